"""Pictures for a report on the sectors, and for what it must not conclude (chapter 13)."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from ..course.rows import require_rows, require_sectors
from ..errors import ModelError
from ..results import OneFactorFit
from ..tables.numbers import num
from .style import FAINT, INK, MUTED, SECTORS, BookFigure, bare, book_style, figure

__all__ = ["sector_gap", "sectors_compared", "selection_needed"]

GAP = ("sector", "sector:ses_within")
BIN = 0.1  # of mean SES: as wide as a dot
FAR = 1e6  # what no number of a picture exceeds


@book_style
def sector_gap(fit: OneFactorFit, data: pd.DataFrame) -> BookFigure:
    """Draw by how much the model expects Catholic schools to be ahead, by where a student stands in the school.

    Args:
        fit: a model with the coefficients sector and sector:ses_within.
        data: the rows it was fitted to, with `ses_within`.

    Returns:
        BookFigure: a line with a band of 95 per cent intervals, from the lowest to the highest student; in the middle,
        marked on the axis, 95 per cent of the students.

    Raises:
        DataError, ModelError: the model lacks one of the two coefficients, or `ses_within` is missing.
    """
    require_rows(data, numbers=("ses_within",))
    if missing := [name for name in GAP if name not in fit.params.index]:
        raise ModelError(f"{fit.formula!r} has no coefficient {missing[0]!r}, which the difference is made of")
    x = np.linspace(data["ses_within"].min(), data["ses_within"].max(), 61)
    rows = pd.DataFrame([fit.contrast(dict(zip(GAP, (1.0, w), strict=True))).iloc[0] for w in x])
    middle, half = rows["estimate"].to_numpy(), (rows["se"] * stats.t.ppf(0.975, rows["df"])).to_numpy()
    drawing, axes = figure(height=3.4)
    axes.axhline(0, color=MUTED, linewidth=1)
    axes.fill_between(x, middle - half, middle + half, color=MUTED, alpha=0.2, linewidth=0)
    axes.plot(x, middle, color=INK, linewidth=2.4)
    low, high = (middle - half).min(), (middle + half).max()
    ends = data["ses_within"].quantile([0.025, 0.975])
    foot = low - 0.12 * (high - low)
    axes.plot(ends, [foot, foot], color=INK, linewidth=3, solid_capstyle="butt")
    axes.text(ends.mean(), foot + 0.025 * (high - low), "95 per cent of the students", ha="center", va="bottom")
    for y, label, side in ((high, "Catholic schools ahead", "top"), (low, "public schools ahead", "bottom")):
        axes.text(x[-1] if y == high else x[0], y, label, ha="right" if y == high else "left", va=side, color=MUTED)
    axes.text(x[0], 0.02 * (high - low), "no difference", color=MUTED, va="bottom")
    axes.set(xlabel="SES of the student, less the school's mean", ylim=(foot - 0.05 * (high - low), None))
    axes.set_ylabel("Catholic minus public (points),\nat the same mean SES")
    return drawing


@book_style
def sectors_compared(data: pd.DataFrame) -> BookFigure:
    """Draw the schools of both sectors by their mean SES, Catholic ones upwards and public ones downwards.

    Args:
        data: a row per student, with the columns `sch.id`, `sector` and `meanses`.

    Returns:
        BookFigure: one mark for each school, and the mean of each sector as a line.

    Raises:
        DataError: a column or a value is missing, or a sector.
    """
    require_sectors(data)
    require_rows(data, numbers=("meanses",))
    schools = data.groupby("sch.id")[["sector", "meanses"]].first()
    drawing, axes = figure(height=3.2)
    axes.axhline(0, color=FAINT, linewidth=1)
    ends = schools.groupby("sector")["meanses"].agg(["min", "max"])
    low, high = ends["min"].max(), ends["max"].min()
    for code, role in SECTORS.items():
        of, way = schools.loc[schools["sector"] == code, "meanses"].sort_values(), 1 if code else -1
        place = _columns(of, low, high)
        heights = way * (of.groupby(place).cumcount() + 0.8)
        axes.scatter(place, heights, s=34, color=role.color, marker=role.marker, linewidths=0)
        top = way * (abs(heights).max() + 1)
        beside = heights[(place - of.mean()).abs() < BIN]  # the line of the mean ends where the marks below it do
        foot = way * (abs(beside).max() + 0.8 if len(beside) else 0)
        axes.plot([of.mean(), of.mean()], [foot, top], color=role.dark, linewidth=1.6, linestyle=role.linestyle)
        label = f"{len(of)} {role.name} schools, mean {num(of.mean(), 2)}"
        axes.text(of.mean(), top + 0.3 * way, label, ha="center", va="bottom" if code else "top", color=role.dark)
    bare(axes)
    axes.margins(y=0.14)
    axes.set_xlabel("mean SES of the school")
    return drawing


def _columns(values: pd.Series, low: float, high: float) -> pd.Series:
    """The middle of the column that each school stands in.

    From `low` to `high`, where there are schools of both sectors, columns are equally wide. What lies beyond stands in
    columns of its own, so that those without a counterpart can be counted.
    """
    if high <= low:
        return (np.floor(values / BIN) + 0.5) * BIN
    shared = max(1, round((high - low) / BIN))
    wide = (high - low) / shared
    column = np.floor((values - low) / wide)
    column = column.where(values >= low, np.minimum(column, -1)).where(values <= high, np.maximum(column, shared))
    inside = values.between(low, high)
    return low + (column.where(~inside, column.clip(0, shared - 1)) + 0.5) * wide


@book_style
def selection_needed(gap: float, sd: float, measured: float) -> BookFigure:
    """Draw how far the sectors' students would have to differ beforehand for that to make up a difference of `gap`.

    If one standard deviation of an earlier score goes with b standard deviations of the outcome, a difference of D
    standard deviations in it makes up D * b * sd of the gap: all of it where D = gap / (b * sd).

    Args:
        gap: the difference in the outcome, in its units. sd: the outcome's standard deviation.
        measured: the difference in a variable that was measured, in standard deviations, to compare with.

    Returns:
        BookFigure: D by b.

    Raises:
        ModelError: one of the three is not above zero, or they are too far apart to be drawn.
    """
    if not all(0 < value < FAR for value in (gap, sd, measured, gap / sd if sd else 0)):
        raise ModelError(f"gap, sd and measured must be above zero and finite, not {gap!r}, {sd!r} and {measured!r}")
    b = np.linspace(0.2, 1, 81)
    needed = gap / sd / b
    drawing, axes = figure(height=3.2)
    axes.fill_between(b, needed, needed.max(), color=MUTED, alpha=0.16, linewidth=0)
    axes.plot(b, needed, color=INK, linewidth=2.4)
    axes.axhline(measured, color=MUTED, linewidth=1.2, linestyle="--")
    axes.text(0.98, measured, "how far they differ in SES", ha="right", va="bottom", color=MUTED)
    for place, label in ((0.8, "more than all of the difference"), (0.08, "a part of it")):
        axes.text(0.98, place * needed.max(), label, ha="right", va="center")
    axes.set(
        xlim=(0.2, 1),
        ylim=(0, needed.max()),
        xlabel="SDs of mathematics that go with one SD of an earlier score",
        ylabel="difference of the sectors\nin the earlier score (SDs)",
    )
    return drawing
