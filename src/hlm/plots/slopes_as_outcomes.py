"""Pictures of a model whose intercepts and slopes depend on the school's sector and mean SES (chapter 9)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from scipy import stats

from ..course.rows import require_rows, require_sectors, require_table
from ..errors import ModelError, listed
from ..results import OneFactorFit
from ..tables.numbers import num
from .style import INK, MUTED, SECTORS, BookFigure, at_end, book_style, figure

__all__ = ["lines_by_mean_ses", "slopes_by_mean_ses", "variances_left"]

SLOPE, MEAN = "ses_within", "meanses"
TERMS = ("Intercept", MEAN, "sector", SLOPE, f"{MEAN}:{SLOPE}", f"sector:{SLOPE}")


@book_style
def slopes_by_mean_ses(fit: OneFactorFit, lines: pd.DataFrame, data: pd.DataFrame) -> BookFigure:
    """Draw the slope that the model predicts by the school's mean SES, for both sectors, over the schools' own slopes.

    Args:
        fit: with the fixed effects Intercept, meanses, sector, ses_within, and the products of ses_within with both.
        lines: of `hlm.school_regressions`, of the same students.
        data: the rows it was fitted to.

    Returns:
        BookFigure: a panel for each sector, each line over the mean SES that its schools have, with 95 per cent
        intervals.

    Raises:
        DataError, ModelError: the model has other fixed effects, or a column or a value is missing.
    """
    _require(fit)
    require_sectors(data)
    require_rows(data, numbers=(MEAN,))
    require_table(lines, "the lines", ("slope",))
    schools = data.groupby("sch.id")[["sector", MEAN]].first().join(lines["slope"])
    drawing, panels = figure(height=3.6, columns=2, sharex=True, sharey=True)
    for axes, (code, role) in zip(panels, SECTORS.items(), strict=True):
        of = schools[schools["sector"] == code]
        axes.scatter(of[MEAN], of["slope"], s=18, marker=role.marker, color=role.color, alpha=0.4, linewidths=0)
        x = np.linspace(of[MEAN].min(), of[MEAN].max(), 60)
        at = np.column_stack([0 * x, 0 * x, 0 * x, 1 + 0 * x, x, code + 0 * x])
        _line_and_band(axes, x, *_interval(fit, at), role.dark, role.color, role.linestyle)
        axes.axhline(0, color=MUTED, linewidth=0.8, zorder=0)
        axes.set_title(f"{role.name[0].upper()}{role.name[1:]} schools", color=role.dark)
        axes.set_xlabel("mean SES of the school")
    panels[0].set_ylabel("slope within the school\n(points per unit of SES)")
    return drawing


@book_style
def lines_by_mean_ses(fit: OneFactorFit, data: pd.DataFrame) -> BookFigure:
    """Draw the lines that the model predicts for three schools of each sector: poor, average and well off.

    Args:
        fit, data: as in `slopes_by_mean_ses`.

    Returns:
        BookFigure: schools whose mean SES is the mean over schools, and one standard deviation below and above it; each
        line reaches as far as two standard deviations within schools, with 95 per cent intervals.

    Raises:
        DataError, ModelError: the model has other fixed effects, or a column or a value is missing.
    """
    _require(fit)
    require_rows(data, "sch.id", numbers=(MEAN, SLOPE))
    means = data.groupby("sch.id")[MEAN].first()
    reach = 2 * data[SLOPE].std()
    within = np.linspace(-reach, reach, 60)
    drawing, panels = figure(height=3.9, columns=2, sharex=True, sharey=True)
    for axes, (code, role) in zip(panels, SECTORS.items(), strict=True):
        for name, step in (("low", -1), ("average", 0), ("high", 1)):
            mean = means.mean() + step * means.std()
            one = np.ones_like(within)
            at = np.column_stack([one, mean * one, code * one, within, mean * within, code * within])
            middle, half = _interval(fit, at)
            _line_and_band(axes, mean + within, middle, half, role.dark, role.color, role.linestyle)
            axes.plot(mean, middle[len(middle) // 2 - 1 : len(middle) // 2 + 1].mean(), "o", color=INK, markersize=5)
            at_end(axes, mean + reach, middle[-1], name, color=role.dark)
        axes.set_title(f"{role.name[0].upper()}{role.name[1:]} schools", color=role.dark)
        axes.set_xlabel("SES of the student")
    panels[0].set_ylabel("mathematics achievement (points)")
    panels[0].set_xlim(right=means.mean() + means.std() + reach + 1.1)
    return drawing


@book_style
def variances_left(fits: Mapping[str, OneFactorFit]) -> BookFigure:
    """Draw the variances of intercepts and of slopes that are left in each of several models, with the share that fell.

    Args:
        fits: by name, models with the same random intercept and slope, the first being what the others are set against.

    Returns:
        BookFigure

    Raises:
        ModelError: there are fewer than two, or one has another number of random coefficients.
    """
    if len(fits) < 2 or any(len(fit.layout.z) != 2 for fit in fits.values()):
        raise ModelError("the picture needs two or more models, each with a random intercept and one random slope")
    drawing, panels = figure(height=1.1 + 0.45 * len(fits), columns=2, sharey=True)
    titles = (r"intercepts, $\tau_{00}$", r"slopes, $\tau_{11}$")
    for k, (axes, title) in enumerate(zip(panels, titles, strict=True)):
        values = {name: np.diag(fit.cov_re)[k] for name, fit in fits.items()}
        whole = next(iter(values.values()))
        for y, value in zip(range(len(fits))[::-1], values.values(), strict=True):
            axes.barh(y, value, height=0.55, color=MUTED, linewidth=0)
            share = "" if value == whole else f" ({num(100 * (value / whole - 1), 0)} %)"
            at_end(axes, value, y, f"{num(value, 2)}{share}")
        axes.set_yticks(range(len(fits))[::-1], list(fits))
        axes.tick_params(axis="both", length=0)
        axes.set_xticks([])
        axes.set_xlim(0, 1.55 * max(values.values()))
        axes.spines[["left", "bottom"]].set_visible(False)
        axes.set_title(title, fontweight="normal")
        for text in axes.get_yticklabels():
            text.set_color(INK)
    return drawing


def _require(fit: OneFactorFit) -> None:
    if set(fit.params.index) != set(TERMS):
        raise ModelError(
            f"the picture needs the fixed effects {', '.join(TERMS)}; {fit.formula!r} has {listed(fit.params.index)}"
        )


def _interval(fit: OneFactorFit, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of each row of weights, in the order of TERMS: the weighted sum of the coefficients, and half its interval."""
    rows = [fit.contrast(dict(zip(TERMS, weights, strict=True))).iloc[0] for weights in at]
    table = pd.DataFrame(rows)
    half = table["se"] * stats.t.ppf(0.975, table["df"])
    return table["estimate"].to_numpy(), half.to_numpy()


def _line_and_band(
    axes: Axes, x: np.ndarray, middle: np.ndarray, half: np.ndarray, dark: str, color: str, style: str
) -> None:
    axes.fill_between(x, middle - half, middle + half, color=color, alpha=0.18, linewidth=0)
    axes.plot(x, middle, linestyle=style, color=dark, linewidth=2.2)
