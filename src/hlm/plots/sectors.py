"""The two sectors on one scale (chapter 2): their students and their schools."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..course.descriptives import school_summary
from ..course.rows import require_rows, require_sectors
from ..tables.numbers import num
from .style import (
    MUTED,
    SECTORS,
    BookFigure,
    bare,
    book_style,
    figure,
)

__all__ = ["math_by_sector"]


@book_style
def math_by_sector(data: pd.DataFrame) -> BookFigure:
    """Draw the two sectors on one scale: all students as a histogram, the schools' means as dots under it.

    Args:
        data: a row per student, with the columns `sch.id`, `math` and `sector`.

    Returns:
        BookFigure

    Raises:
        DataError: a column or a value is missing, or `sector` is not 0 and 1, a school's own.
    """
    require_sectors(data)
    require_rows(data, "sch.id", numbers=("math",))
    schools = school_summary(data)
    bins = _bins(data["math"])

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


def _bins(scores: pd.Series) -> np.ndarray:
    """A bin a point, as long as these can be told apart."""
    low, high = np.floor(scores.min()), np.ceil(scores.max())
    return np.arange(low, high + 1) if high - low <= 200 else np.linspace(low, high, 101)


def _stacked(values: pd.Series, width: float) -> tuple[pd.Series, pd.Series]:
    """Where to put dots so that none hides another: the middle of each one's bin, and its place in the stack."""
    values = values.sort_values()
    bins = np.floor(values / width)
    return (bins + 0.5) * width, values.groupby(bins).cumcount()
