"""Read G off a picture of the schools' lines (chapter 7): the lines, the points that they are, the matrix."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from ..errors import ModelError
from ..tables.numbers import num
from .style import (
    FAINT,
    INK,
    MIXED,
    MUTED,
    BookFigure,
    bare,
    book_style,
    figure,
    halo,
)

__all__ = ["lines_and_g"]

# Pictures of lines share this window, so that they can be compared; it grows where lines leave it.
SES, MATH, INTERCEPTS, SLOPES = (0, 1), (-2, 30), (4, 21), (-7.5, 10.5)


@book_style
def lines_and_g(intercepts: Any, slopes: Any, answer: bool = True) -> BookFigure:
    """Draw schools' lines, the same schools as points, and the covariance matrix of the points.

    Args:
        intercepts, slopes: (J,) of each school; or one number, the same for all.
        answer: False draws the lines alone.

    Returns:
        BookFigure

    Raises:
        ModelError: there are not as many intercepts as slopes, or fewer than two schools.
    """
    lines = _lines(intercepts, slopes)
    if not answer:
        drawing, axes = figure(height=2.6, width=4.2)
        _draw_lines(axes, lines)
        return drawing
    drawing, grid = figure(
        height=2.9, rows=2, columns=2, gridspec_kw={"width_ratios": [1.25, 1], "height_ratios": [1, 1.75]}
    )
    axes = drawing.add_subplot(grid[0, 0].get_gridspec()[:, 0], facecolor="none")
    for unused in grid[:, 0]:
        unused.remove()
    _draw_lines(axes, lines)
    _draw_matrix(grid[0, 1], np.cov(lines.T))
    _draw_points(grid[1, 1], lines)
    return drawing


def _draw_lines(axes: Axes, lines: np.ndarray) -> None:
    """A line a school; the average one is thick."""
    x = np.array(SES, dtype=float)
    for intercept, slope in lines:
        axes.plot(x, intercept + slope * x, color=MUTED, linewidth=1.3)
        axes.plot(0, intercept, "o", color=MUTED, markersize=4.5, clip_on=False, zorder=3)
    intercept, slope = lines.mean(axis=0)
    axes.plot(x, intercept + slope * x, color=MIXED.dark, linewidth=3.2, zorder=4)
    at = 0.97
    axes.annotate(
        "average",
        (at, intercept + slope * at),
        xytext=(0, 5),
        textcoords="offset points",
        ha="right",
        va="bottom",
        color=MIXED.dark,
        fontweight="bold",
        path_effects=halo(),
        zorder=5,
    )
    heights = lines[:, :1] + lines[:, 1:] * x
    low, high = min(MATH[0], heights.min() - 1), max(MATH[1], heights.max() + 1)
    axes.set(xlabel="ses", ylabel="math", xlim=SES, ylim=(low, high), xticks=(0, 0.5, 1))


def _draw_points(axes: Axes, lines: np.ndarray) -> None:
    """A point a school: its intercept and its slope."""
    mean = lines.mean(axis=0)
    axes.axvline(mean[0], color=FAINT, linewidth=1)
    axes.axhline(mean[1], color=FAINT, linewidth=1)
    axes.scatter(lines[:, 0], lines[:, 1], s=24, color=MUTED, linewidths=0, zorder=3)
    axes.plot(*mean, "+", color=MIXED.dark, markersize=12, markeredgewidth=2.4, zorder=4)
    axes.set(xlabel=r"intercept, $\beta_{0j}$", ylabel=r"slope, $\beta_{1j}$")
    axes.set_xlim(min(INTERCEPTS[0], lines[:, 0].min() - 1), max(INTERCEPTS[1], lines[:, 0].max() + 1))
    axes.set_ylim(min(SLOPES[0], lines[:, 1].min() - 1), max(SLOPES[1], lines[:, 1].max() + 1))
    axes.xaxis.set_major_locator(MaxNLocator(4, integer=True))
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))


def _draw_matrix(axes: Axes, G: np.ndarray) -> None:
    """G as it is written, with its rows and columns named: Matplotlib's own mathematics has no matrices."""
    bare(axes)
    axes.spines["bottom"].set_visible(False)
    axes.set(xticks=[], xlim=(0, 10), ylim=(0, 3))
    axes.text(0, 1, "$G$ =", va="center", fontsize=11)
    for k, (column, row) in enumerate(zip((5.1, 8.4), (1.5, 0.5), strict=True)):
        name = rf"$U_{{{k}j}}$"
        axes.text(column, 2.6, name, ha="center", va="center", color=MUTED, fontsize=9)
        axes.text(3, row, name, ha="right", va="center", color=MUTED, fontsize=9)
        for other, place in enumerate((5.1, 8.4)):
            axes.text(
                place, row, num(G[k, other], 0 if G[k, other] == 0 else 1), ha="center", va="center", fontsize=10.5
            )
    for edge, inwards in ((3.4, 0.25), (10, -0.25)):
        axes.plot(
            [edge + inwards, edge, edge, edge + inwards], [2.05, 2.05, -0.05, -0.05], color=INK, lw=1.1, clip_on=False
        )


def _lines(intercepts: Any, slopes: Any) -> np.ndarray:
    sizes = {np.size(values) for values in (intercepts, slopes)} - {1}
    if len(sizes) != 1:
        raise ModelError(
            f"there are {np.size(intercepts)} intercepts and {np.size(slopes)} slopes; give one of each a school, or "
            "one number for all schools, and two schools at least"
        )
    return np.column_stack(np.broadcast_arrays(np.ravel(intercepts), np.ravel(slopes))).astype(float)
