"""A picture of groups inside groups, and of groups that cross (chapter 11)."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from .style import FAINT, INK, MUTED, BookFigure, book_style, figure

__all__ = ["nested_and_crossed"]


@book_style
def nested_and_crossed() -> BookFigure:
    """Draw students in classes in schools, and students who share a neighbourhood but not a school.

    Returns:
        BookFigure: on the left a tree of three levels, on the right a table of two groupings. Nothing in it is data.
    """
    drawing, (tree, cells) = figure(height=3.2, columns=2)
    _nested(tree)
    _crossed(cells)
    for axes in (tree, cells):
        axes.spines[["left", "bottom"]].set_visible(False)
        axes.tick_params(length=0)
    return drawing


def _nested(axes: Axes) -> None:
    classes, students = np.array([0.0, 4, 8, 14, 18]), np.array([-1.2, 0, 1.2])
    schools = {4.0: classes[:3], 16.0: classes[3:]}
    for school, of in schools.items():
        for place in of:
            axes.plot([school, place], [2, 1], color=FAINT, linewidth=1.4, zorder=0)
            for student in place + students:
                axes.plot([place, student], [1, 0], color=FAINT, linewidth=1.2, zorder=0)
    axes.plot(list(schools), [2] * len(schools), "s", color=INK, markersize=12)
    axes.plot(classes, np.ones(len(classes)), "D", color=MUTED, markersize=8)
    axes.plot(
        (classes[:, None] + students).ravel(), np.zeros(classes.size * students.size), "o", color=INK, markersize=4
    )
    axes.set_yticks([0, 1, 2], ["students", "classes", "schools"])
    axes.set_xticks([])
    axes.set(xlim=(-2.5, 20.5), ylim=(-0.5, 2.6))
    axes.set_title("nested", fontweight="normal")


def _crossed(axes: Axes) -> None:
    counts = np.array([[3, 1, 0, 2], [0, 3, 2, 1], [2, 0, 3, 1]])
    for row, line in enumerate(counts):
        for column, count in enumerate(line):
            places = column + 0.2 * (np.arange(count) - (count - 1) / 2)
            axes.plot(places, np.full(count, row), "o", color=INK, markersize=4)
    for edge in np.arange(-0.5, counts.shape[1]):
        axes.plot([edge, edge], [-0.5, counts.shape[0] - 0.5], color=FAINT, linewidth=1, zorder=0)
    for edge in np.arange(-0.5, counts.shape[0]):
        axes.plot([-0.5, counts.shape[1] - 0.5], [edge, edge], color=FAINT, linewidth=1, zorder=0)
    axes.set_xticks(range(counts.shape[1]), list("ABCD"))
    axes.set_yticks(range(counts.shape[0]), ["III", "II", "I"])
    axes.set_xlabel("school")
    axes.set_ylabel("neighbourhood")
    axes.set_title("crossed", fontweight="normal")
