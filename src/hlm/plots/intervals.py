"""Pictures of the two sectors side by side: their students, their schools, and the difference with its interval."""

import numpy as np
import pandas as pd

from ..course.descriptives import school_summary
from ..tables.numbers import num
from .style import MIXED, MUTED, OLS, SECTORS, BookFigure, bare, book_style, figure

__all__ = ["math_by_sector", "two_intervals"]


@book_style
def math_by_sector(data: pd.DataFrame) -> BookFigure:
    """Draw the two sectors on one scale: all students as a histogram, the schools' means as dots under it.

    Args:
        data: a row per student, with the columns `sch.id`, `math` and `sector`.

    Returns:
        BookFigure
    """
    schools = school_summary(data)
    bins = np.arange(np.floor(data["math"].min()), np.ceil(data["math"].max()) + 1)

    drawing, both = figure(height=4.3, rows=2, sharex=True, sharey=True)
    for axes, (code, role) in zip(both, SECTORS.items(), strict=True):
        scores = data.loc[data["sector"] == code, "math"]
        percent = 100 * np.histogram(scores, bins)[0] / len(scores)
        axes.stairs(percent, bins, fill=True, color=role.color, alpha=0.3, linewidth=0)

        means = schools.loc[schools["sector"] == code, "mean"]
        x, depth = _stacked(means, width=0.4)
        axes.scatter(x, -0.7 - 0.42 * depth, s=13, color=role.color, marker=role.marker, linewidths=0)

        mean = scores.mean()
        axes.plot([mean, mean], [-4.6, 6.9], color=role.dark, linewidth=1.5, linestyle=role.linestyle)
        axes.text(mean, 7.1, f"mean {num(mean, 1)}", color=role.dark, ha="center", fontweight="bold")
        axes.set_title(f"{role.name[0].upper()}{role.name[1:]} schools", color=role.dark)
        axes.text(bins[0], 3.6, "all students", color=MUTED)
        axes.text(bins[0], -1.6, "school means", color=MUTED)
        bare(axes)
    both[-1].set_xlabel("mathematics achievement (points)")
    return drawing


@book_style
def two_intervals(ols, mixed, term: str = "sector") -> BookFigure:
    """Draw one coefficient twice, with its 95 per cent confidence interval: as OLS has it, and as the mixed model.

    Args:
        ols, mixed: fitted models with `params` and `conf_int()`, both by coefficient.
        term: the coefficient; its zero is drawn too, as the place of no difference.

    Returns:
        BookFigure

    Raises:
        ValueError: a model has no such coefficient.
    """
    drawing, axes = figure(height=2.2)
    rows = ((1, OLS, "OLS", ols), (0, MIXED, "mixed model", mixed))
    for y, role, name, fit in rows:
        if term not in fit.params.index:
            raise ValueError(f"the {name} has no coefficient {term!r}; it has {', '.join(fit.params.index)}.")
        estimate = fit.params[term]
        low, high = np.asarray(fit.conf_int().loc[term], dtype=float)
        axes.plot([low, high], [y, y], color=role.color, linewidth=5, solid_capstyle="butt")
        axes.plot(estimate, y, role.marker, color=role.dark, markersize=9)
        axes.text(estimate, y + 0.24, name, ha="center", va="bottom", color=role.dark, fontweight="bold")
        for end, align, shift in ((low, "right", -0.04), (high, "left", 0.04)):
            axes.text(end + shift, y, num(end, 2), ha=align, va="center", fontsize=9.5)
    axes.axvline(0, color=MUTED, linewidth=1)
    axes.annotate("no difference", (0, 0.5), xytext=(5, 0), textcoords="offset points", va="center", color=MUTED)
    bare(axes)
    axes.set(xlabel="Catholic minus public, in points of mathematics achievement", ylim=(-0.45, 1.65))
    axes.margins(x=0.12)
    return drawing


def _stacked(values: pd.Series, width: float) -> tuple[pd.Series, pd.Series]:
    """Where to put dots so that none hides another: the middle of each one's bin, and its place in the stack."""
    values = values.sort_values()
    bins = np.floor(values / width)
    return (bins + 0.5) * width, values.groupby(bins).cumcount()
