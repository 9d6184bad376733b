"""Pictures of persons measured again and again: lines, the zero of time, how alike occasions are (chapter 11)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..course.g_matrix import correlation, move_zero
from ..course.occasions import Neighbours
from ..course.rows import require_table
from ..errors import ModelError
from ..model.formula import INTERCEPT
from ..results import OneFactorFit
from ..tables.numbers import num
from .style import FAINT, INK, MIXED, MUTED, OLS, BookFigure, bare, book_style, figure, halo

__all__ = ["correlations_apart", "growth_panels", "neighbours_expected", "zero_of_time"]

PANELS = 36  # more are too many to read


@book_style
def growth_panels(fit: OneFactorFit, ylabel: str | None = None, columns: int = 6) -> BookFigure:
    """Draw each person's occasions with the person's own line, by least squares, and the line that the model predicts.

    Args:
        fit: a model with a random intercept and slope of time. ylabel: of the response, for its name in the data.
        columns: panels in a row.

    Returns:
        BookFigure: a panel for each person, in the order of the labels, with the average line in each.

    Raises:
        ModelError: another random part, more than 36 persons, or no panel in a row.
    """
    time = _time(fit)
    if columns < 1:
        raise ModelError(f"a row has one panel or more, not {columns}")
    rows, names = fit.design, fit.design.groups
    if len(names) > PANELS:
        raise ModelError(f"{len(names)} panels are too many to read; draw {PANELS} persons or fewer")
    t, y = rows.column(time), rows.column(fit.endog_name)
    ends = np.array([t.min(), t.max()])
    count = -(-len(names) // columns)
    height = 0.75 + 1.35 * count
    drawing, grid = figure(height=height, rows=count, columns=columns, sharex=True, sharey=True, squeeze=False)
    # So many panels take the constrained layout seconds; these places are the same for any of them.
    drawing.set_layout_engine(None)
    drawing.subplots_adjust(0.115, 0.6 / height, 0.995, 1 - 0.25 / height, wspace=0.12, hspace=0.24)
    average, predicted = _line(fit.params, time), fit.coefficients
    for axes, k in zip(grid.flat, range(len(names)), strict=False):
        of = rows.codes == k
        axes.plot(ends, average[0] + average[1] * ends, color=MUTED, linewidth=0.8)
        axes.plot(t[of], y[of], ".", color=INK, alpha=0.6, markersize=5, markeredgewidth=0)
        if np.ptp(t[of]) > 0:
            slope, height_at_zero = np.polyfit(t[of], y[of], 1)
            axes.plot(ends, height_at_zero + slope * ends, OLS.linestyle, color=OLS.color, linewidth=2.2, zorder=4)
        own = _line(predicted.iloc[k], time)
        axes.plot(ends, own[0] + own[1] * ends, MIXED.linestyle, color=MIXED.dark, linewidth=2)
        axes.set_title(str(names[k]), fontsize=9, fontweight="normal", color=MUTED, pad=2)
    for axes in grid.flat[len(names) :]:
        axes.set_visible(False)
    drawing.supxlabel(time, fontsize=10, color=MUTED, y=0.08 / height)
    drawing.supylabel(ylabel or fit.endog_name, fontsize=10, color=MUTED, x=0.01)
    return drawing


@book_style
def zero_of_time(fit: OneFactorFit, ylabel: str | None = None) -> BookFigure:
    """Draw the lines that the model expects of persons, and the correlation of their height and slope, over time.

    Args:
        fit: a model with a random intercept and slope of time. ylabel: of the response, for its name in the data.

    Returns:
        BookFigure: on the left the predicted lines, and the range that holds 95 per cent of all; on the right the
        correlation that G has if the intercept is taken at each time.

    Raises:
        ModelError: another random part, or a singular G, whose correlation says nothing.
    """
    time = _time(fit)
    if fit.singular:
        raise ModelError(f"the fit of {fit.formula!r} is singular; its correlation says nothing")
    t = fit.design.column(time)
    at = np.linspace(t.min(), t.max(), 57)
    moved = [move_zero(fit.cov_re, x) for x in at]
    sd = np.sqrt([G.to_numpy()[0, 0] for G in moved])
    average = _line(fit.params, time)
    middle = average[0] + average[1] * at
    drawing, (left, right) = figure(height=3.4, columns=2)
    left.fill_between(at, middle - 1.96 * sd, middle + 1.96 * sd, color=MIXED.color, alpha=0.16, linewidth=0)
    for _, row in fit.coefficients.iterrows():
        own = _line(row, time)
        left.plot(at[[0, -1]], own[0] + own[1] * at[[0, -1]], color=MIXED.dark, linewidth=0.8, alpha=0.7)
    left.plot(at, middle, color=INK, linewidth=2.4)
    left.set(xlabel=time, ylabel=ylabel or fit.endog_name)
    left.set_title("persons' lines", fontweight="normal")
    cor = [float(correlation(G).to_numpy()[0, 1]) for G in moved]
    right.axhline(0, color=FAINT, linewidth=1)
    right.plot(at, cor, color=MIXED.dark, linewidth=2.4)
    for k, align, shift in ((0, "left", (4, -14)), (-1, "right", (-2, -16))):
        right.plot(at[k], cor[k], MIXED.marker, color=MIXED.dark, markersize=7)
        right.annotate(num(cor[k], 2), (at[k], cor[k]), shift, textcoords="offset points", ha=align)
    right.set(xlabel="where zero is put", ylabel="correlation of intercept and slope", ylim=(-1, 1))
    right.set_title("G's correlation", fontweight="normal")
    return drawing


@book_style
def correlations_apart(pairs: pd.DataFrame, xlabel: str = "apart") -> BookFigure:
    """Draw the correlation of any two occasions by how far they are apart, in the data and by the model.

    Args:
        pairs: of `hlm.course.occasion_correlations`. xlabel: of their distance.

    Returns:
        BookFigure: a dot for each pair, the mean of the pairs at each distance as a bar, and the model's mean as a
        line.

    Raises:
        DataError: a column is missing.
    """
    require_table(pairs, "the pairs", ("apart", "data", "model"))
    means = pairs.groupby("apart")[["data", "model"]].mean()
    drawing, axes = figure(height=3.4)
    axes.scatter(pairs["apart"], pairs["data"], s=16, color=MUTED, alpha=0.5, linewidths=0)
    step = np.diff(means.index).min() if len(means) > 1 else 1.0
    axes.hlines(means["data"], means.index - 0.3 * step, means.index + 0.3 * step, color=INK, linewidth=2.6)
    axes.plot(means.index, means["model"], MIXED.linestyle, color=MIXED.dark, linewidth=2.2, marker=MIXED.marker)
    axes.annotate(
        "the data: pairs, and their mean",
        (means.index[0] - 0.3 * step, pairs["data"].max()),
        (0, 8),
        textcoords="offset points",
        fontweight="bold",
    )
    axes.annotate(
        "the model",
        (means.index[0], means["model"].iloc[0]),
        (-2, -22),
        textcoords="offset points",
        color=MIXED.dark,
        fontweight="bold",
        path_effects=halo(),
    )
    axes.set(xlabel=xlabel, ylabel="correlation of two occasions", ylim=(min(0, pairs["data"].min()) - 0.02, 1))
    return drawing


@book_style
def neighbours_expected(neighbours: Neighbours) -> BookFigure:
    """Draw how alike neighbouring residuals are in the data, among what the model expects.

    Args:
        neighbours: of `hlm.course.neighbouring_residuals`.

    Returns:
        BookFigure: a histogram of the simulated correlations, and the one found as a line.
    """
    drawing, axes = figure(height=2.6)
    counts, _, _ = axes.hist(neighbours.simulated, bins=20, color=MIXED.color, alpha=0.35, linewidth=0)
    top = counts.max()
    axes.plot([neighbours.found] * 2, [0, 1.1 * top], color=INK, linewidth=2.4)
    axes.text(neighbours.found, 1.13 * top, "these data", ha="center", va="bottom", fontweight="bold")
    axes.text(np.median(neighbours.simulated), 1.13 * top, "drawn from the model", ha="center", color=MIXED.dark)
    bare(axes, (0, 1.4 * top))
    axes.set_xlabel("correlation of a residual with the next one of the same person")
    return drawing


def _time(fit: OneFactorFit) -> str:
    if len(fit.layout.z) != 2 or fit.layout.z[0] != INTERCEPT or fit.layout.z[1] not in fit.params.index:
        raise ModelError(
            f"{fit.formula!r} has no random intercept and slope of time beside its average line, "
            "as in time + (time | person)"
        )
    return fit.layout.z[1]


def _line(coefficients: pd.Series, time: str) -> tuple[float, float]:
    return float(coefficients[INTERCEPT]), float(coefficients[time])
