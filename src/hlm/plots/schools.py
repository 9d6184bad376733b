"""Pictures of the schools one by one: how many students each has in the data, and how far their means differ."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.legend_handler import HandlerTuple
from matplotlib.lines import Line2D

from ..course.descriptives import school_summary
from ..course.rows import require_rows, require_sectors
from ..tables.numbers import num
from .style import FAINT, MUTED, SECTORS, BookFigure, bare, book_style, figure, halo

__all__ = ["school_means", "school_sizes"]


@book_style
def school_sizes(data: pd.DataFrame) -> BookFigure:
    """Draw how many students each school has in the data: a dot for each school, stacked where schools are alike.

    Args:
        data: a row per student, with the columns `sch.id` and `math`.

    Returns:
        BookFigure
    """
    sizes = school_summary(data)["n"].sort_values()
    height = sizes.groupby(sizes).cumcount() + 0.5
    tallest, mean = height.max() + 0.5, sizes.mean()

    drawing, axes = figure(height=2.3)
    axes.plot([mean, mean], [0, tallest + 0.8], color=FAINT, linewidth=1.4, zorder=1)
    axes.text(mean, tallest + 1, f"mean {num(mean, 1)}", ha="center", va="bottom", fontweight="bold")
    axes.scatter(sizes, height, s=30, color=MUTED, linewidths=0)
    axes.annotate(
        "each dot\nis a school",
        xy=(sizes.iloc[0], 0.9),
        xytext=(sizes.iloc[0], tallest / 2),
        ha="center",
        color=MUTED,
        arrowprops={"arrowstyle": "-", "color": FAINT},
    )
    bare(axes)
    axes.set(xlabel="students of the school in the data", xlim=(sizes.min() - 4, sizes.max() + 2))
    axes.set_ylim(0, tallest + 2.6)
    return drawing


@book_style
def school_means(data: pd.DataFrame) -> BookFigure:
    """Draw every school, from the lowest mean to the highest, with the middle half of its students.

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
    quartiles = data.groupby("sch.id", sort=False)["math"].quantile(np.array([0.25, 0.75])).unstack()
    schools = schools.join(quartiles).sort_values("mean")
    schools["rank"] = np.arange(1, len(schools) + 1)

    drawing, axes = figure(height=4)
    overall = data["math"].mean()
    axes.axhline(overall, color=MUTED, linewidth=0.9, zorder=2.5)
    for code, role in SECTORS.items():
        of = schools[schools["sector"] == code]
        axes.vlines(of["rank"], of[0.25], of[0.75], color=role.color, alpha=0.35, linewidth=1.3)
        axes.scatter(
            of["rank"],
            of["mean"],
            s=13,
            color=role.color,
            marker=role.marker,
            linewidths=0,
            zorder=3,
            label=f"mean of a {role.name} school",
        )
    axes.text(
        len(schools) + 1,
        overall - 0.35,
        f"all students: mean {num(overall, 1)}",
        ha="right",
        va="top",
        path_effects=halo(),
    )
    for school, side, shift in ((schools.iloc[0], "left", -1.2), (schools.iloc[-1], "right", 1.2)):
        axes.text(
            school["rank"] + shift,
            school["mean"],
            num(school["mean"], 1),
            ha="right" if side == "left" else "left",
            va="center",
        )
    marks, names = axes.get_legend_handles_labels()
    halves = tuple(Line2D([], [], color=role.color, alpha=0.5, linewidth=1.3) for role in SECTORS.values())
    axes.legend(
        [*marks, halves],
        [*names, "the middle half of its students"],
        handler_map={tuple: HandlerTuple(ndivide=None, pad=0.2)},
        loc="lower right",
        handlelength=1.6,
        borderaxespad=0,
        labelspacing=0.35,
        fontsize=9.5,
    )
    axes.set(
        xlabel="schools, ordered by their mean",
        ylabel="mathematics achievement (points)",
        xlim=(-9, len(schools) + 11),
        xticks=[],
    )
    return drawing
