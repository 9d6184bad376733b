"""Read G off a picture of the schools' lines (chapter 7): the lines, the points that they are, the matrix.

The lines of `lines_and_g` are made up, to show one thing each; those of `nine_schools` are real.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from ..arguments import real_numbers
from ..course.rows import require_rows
from ..course.school_regressions import school_regressions
from ..errors import ModelError
from ..tables.numbers import num
from .style import (
    FAINT,
    INK,
    MIXED,
    MUTED,
    OLS,
    BookFigure,
    at_end,
    bare,
    book_style,
    figure,
)

__all__ = ["lines_and_g", "lines_to_match", "nine_schools"]

# Pictures of lines share this window, so that they can be compared; it grows where lines leave it.
SES, MATH, INTERCEPTS, SLOPES = (0, 1), (-2, 30), (4, 21), (-7.5, 10.5)


@book_style
def lines_and_g(intercepts: Any, slopes: Any, answer: bool = True, students: pd.DataFrame | None = None) -> BookFigure:
    """Draw schools' lines, the same schools as points, and the covariance matrix of the points.

    Args:
        intercepts, slopes: (J,) of each school; or one number, the same for all.
        answer: False draws the lines alone.
        students: with the columns `ses` and `math`: drawn as faint dots under the lines, as far as they are in the
            window.

    Returns:
        BookFigure

    Raises:
        DataError, ModelError: there are not as many intercepts as slopes, fewer than two schools, a number is not
            finite, or a column of the students is missing.
    """
    lines = _lines(intercepts, slopes)
    if students is not None:
        require_rows(students, numbers=("ses", "math"))
    if not answer:
        drawing, axes = figure(height=2.6, width=4.2)
        _draw_lines(axes, lines, students)
        return drawing
    drawing, axes, matrix, points = _lines_matrix_points()
    _draw_lines(axes, lines, students)
    _draw_matrix(matrix, np.cov(lines.T))
    _draw_points(points, lines)
    return drawing


@book_style
def lines_to_match(pictures: Mapping[str, tuple[Any, Any]]) -> BookFigure:
    """Draw the lines of several sets of schools, for a reader to say which G belongs to which.

    Args:
        pictures: by name, the intercepts and slopes of the schools, as `lines_and_g` takes them.

    Returns:
        BookFigure: a panel per name, all with the same axes.

    Raises:
        ModelError: as `lines_and_g`.
    """
    if not pictures:
        raise ModelError("there are no lines to draw")
    sets = {name: _lines(*both) for name, both in pictures.items()}
    rows = -(-len(sets) // 2)
    drawing, grid = figure(height=0.3 + 2.1 * rows, rows=rows, columns=2, sharex=True, sharey=True, squeeze=False)
    for axes, (name, lines) in zip(grid.flat, sets.items(), strict=False):
        _draw_lines(axes, lines, named=False)
        axes.set_title(name)
        axes.label_outer()
    for unused in grid.flat[len(sets) :]:
        unused.set_visible(False)
    return drawing


@book_style
def nine_schools(data: pd.DataFrame, schools: int = 9) -> BookFigure:
    """Draw the students and the regression lines of the first schools, the schools as points, and their covariances.

    Args:
        data: a row per student, with the columns `sch.id`, `math` and `ses`.
        schools: how many, in the order in which the data name them.

    Returns:
        BookFigure

    Raises:
        DataError, ModelError: the data lack a column or a value, or fewer than two schools are asked for or are there.
    """
    require_rows(data, "sch.id", numbers=("math", "ses"))
    names = data["sch.id"].unique()
    if not 2 <= schools <= len(names):
        raise ModelError(f"there are {len(names)} schools in the data; a G needs two, and {schools} cannot be shown")
    shown = data[data["sch.id"].isin(names[:schools])]
    lines = school_regressions("math ~ ses", shown)[["intercept", "slope"]]
    drawing, axes, matrix, points = _lines_matrix_points()
    axes.axvline(0, color=FAINT, linewidth=1, zorder=0)
    axes.plot(shown["ses"], shown["math"], ".", color=INK, alpha=0.3, markersize=3.4, markeredgewidth=0)
    for name, (intercept, slope) in lines.iterrows():
        own = shown.loc[shown["sch.id"] == name, "ses"]
        x = np.array([min(own.min(), 0), max(own.max(), 0)])  # as far as zero, where intercepts are compared
        axes.plot(x, intercept + slope * x, color=OLS.dark, linewidth=1.6)
        axes.plot(0, intercept, OLS.marker, color=OLS.dark, markersize=4.5, zorder=3)
    axes.set(xlabel="ses", ylabel="math")
    axes.margins(x=0.04)
    _draw_matrix(matrix, np.cov(lines.T))
    _draw_points(points, lines.to_numpy())
    return drawing


def _lines_matrix_points() -> tuple[BookFigure, Axes, Axes, Axes]:
    """A figure with room for lines on the left, and on the right for a matrix above points."""
    drawing, grid = figure(
        height=2.9, rows=2, columns=2, gridspec_kw={"width_ratios": [1.4, 1], "height_ratios": [1, 1.75]}
    )
    axes = drawing.add_subplot(grid[0, 0].get_gridspec()[:, 0], facecolor="none")
    for unused in grid[:, 0]:
        unused.remove()
    return drawing, axes, grid[0, 1], grid[1, 1]


def _draw_lines(axes: Axes, lines: np.ndarray, students: pd.DataFrame | None = None, named: bool = True) -> None:
    """One line per school; the average one is thick."""
    x = np.array(SES, dtype=float)
    if students is not None:
        inside = students[students["ses"].between(*SES)]
        axes.plot(inside["ses"], inside["math"], ".", color=INK, alpha=0.22, markersize=3.4, markeredgewidth=0)
    for intercept, slope in lines:
        axes.plot(x, intercept + slope * x, color=MUTED, linewidth=1.3)
        axes.plot(0, intercept, "o", color=MUTED, markersize=4.5, clip_on=False, zorder=3)
    intercept, slope = lines.mean(axis=0)
    axes.plot(x, intercept + slope * x, color=MIXED.dark, linewidth=3.2, zorder=4)
    if named:
        at_end(axes, x[-1], intercept + slope * x[-1], "average", bold=True, color=MIXED.dark)
    heights = lines[:, :1] + lines[:, 1:] * x
    low, high = min(MATH[0], heights.min() - 1), max(MATH[1], heights.max() + 1)
    axes.set(xlabel="ses", ylabel="math", xlim=SES, ylim=(low, high), xticks=(0, 0.5, 1))


def _draw_points(axes: Axes, lines: np.ndarray) -> None:
    """One point per school: its intercept and its slope."""
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
    axes.set(xticks=[], xlim=(-0.6, 10), ylim=(0, 3))
    axes.text(-0.6, 1, "$G$ =", va="center", fontsize=11)
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
    intercepts, slopes = real_numbers(intercepts, "intercepts"), real_numbers(slopes, "slopes")
    if not (np.isfinite(intercepts).all() and np.isfinite(slopes).all()):
        raise ModelError("an intercept or a slope is missing or infinite; a line needs both")
    sizes = {np.size(values) for values in (intercepts, slopes)} - {1}
    if len(sizes) != 1:
        raise ModelError(
            f"there are {np.size(intercepts)} intercepts and {np.size(slopes)} slopes; give one of each a school, or "
            "one number for all schools, and two schools at least"
        )
    return np.column_stack(np.broadcast_arrays(np.ravel(intercepts), np.ravel(slopes)))
