"""What makes a standard error smaller (chapter 3): more students, more schools, and the power that they buy."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from ..course.standard_errors import power, se_hlm
from ..errors import ModelError
from ..tables.numbers import num
from .style import (
    MIXED,
    MUTED,
    TAU00,
    VAR_X,
    BookFigure,
    at_end,
    book_style,
    figure,
    halo,
)

__all__ = ["power_curves", "schools_or_students", "se_floor"]


@book_style
def se_floor(
    tau00: float, sigma2: float, n: float, J: int, var_x: float, others: Sequence[int] = (40, 80, 320)
) -> BookFigure:
    """Draw the standard error against students per school, for several numbers of schools, with each one's floor.

    Args:
        tau00, sigma2, n, J, var_x: as in `hlm.se_hlm`, of the data: its curve is drawn bold, with a dot at n.
        others: numbers of schools to set beside it.

    Returns:
        BookFigure

    Raises:
        ModelError: as `hlm.se_hlm` does.
    """
    sizes = np.linspace(2, max(100, 2 * n), 300)
    drawing, axes = figure(height=3.7)
    for schools in sorted({J, *others}):
        ours = schools == J
        se = se_hlm(tau00, sigma2, sizes, schools, var_x)
        floor = se_hlm(tau00, 0, 1, schools, var_x)
        axes.plot([sizes[0], sizes[-1]], [floor, floor], color=MUTED, linewidth=0.9, linestyle=(0, (4, 3)))
        axes.plot(sizes, se, color=MIXED.dark if ours else MIXED.color, linewidth=2.4 if ours else 1.4)
        at_end(axes, sizes[-1], (se[-1] + floor) / 2, f"{schools} schools", bold=ours)
    axes.plot(n, se_hlm(tau00, sigma2, n, J, var_x), MIXED.marker, color=MIXED.dark, markersize=7)
    axes.annotate(
        "these schools",
        (n, se_hlm(tau00, sigma2, n, J, var_x)),
        xytext=(0, 8),
        textcoords="offset points",
        ha="center",
        fontweight="bold",
        color=MIXED.dark,
        path_effects=halo(),
    )
    few = min({J, *others})
    axes.annotate(
        rf"floor: $\sqrt{{{TAU00}/(J\,{VAR_X})}}$",
        (sizes[-1] / 2, se_hlm(tau00, 0, 1, few, var_x)),
        xytext=(0, -5),
        textcoords="offset points",
        va="top",
        color=MUTED,
        path_effects=halo(),
    )
    axes.set(
        xlabel=r"students per school, $n$",
        ylabel=r"SE of $\hat\gamma_{01}$ (points)",
        xlim=(0, sizes[-1]),
        ylim=(0, se_hlm(tau00, sigma2, 4, few, var_x)),
    )
    return drawing


@book_style
def schools_or_students(tau00: float, sigma2: float, n: float, J: int, var_x: float, times: float = 8) -> BookFigure:
    """Draw two ways to spend on more students: on more schools, or on more students in the same schools.

    Args:
        tau00, sigma2, n, J, var_x: as in `hlm.se_hlm`, of the data: where both ways begin.
        times: how many times as many students the ways end with.

    Returns:
        BookFigure

    Raises:
        ModelError: as `hlm.se_hlm` does; or if `times` is not above 1, or more than a thousand.
    """
    if not 1 < times <= 1000:
        raise ModelError(
            f"times must be more than 1 and 1,000 at most, not {times!r}: the figure shows what more students buy"
        )
    growth = np.geomspace(1, times, 100)
    ways = {
        "more schools": ("-", se_hlm(tau00, sigma2, n, J * growth, var_x)),
        "more students\nin the same schools": ("--", se_hlm(tau00, sigma2, n * growth, J, var_x)),
    }
    start, floor = ways["more schools"][1][0], se_hlm(tau00, 0, 1, J, var_x)

    drawing, axes = figure(height=3.1)
    axes.axhline(floor, color=MUTED, linewidth=0.9, linestyle=(0, (1, 3)))
    for name, (linestyle, se) in ways.items():
        axes.plot(growth * n * J, se, color=MIXED.dark, linewidth=2, linestyle=linestyle)
        at_end(axes, n * J * times, se[-1], name, bold=True, color=MIXED.dark)
    axes.plot(n * J, start, MIXED.marker, color=MIXED.dark, markersize=8)
    axes.annotate("these schools", (n * J, start), xytext=(6, 8), textcoords="offset points", fontweight="bold")
    axes.annotate(
        "floor for this number of schools",
        (n * J * times, floor),
        xytext=(-4, -5),
        textcoords="offset points",
        ha="right",
        va="top",
        color=MUTED,
        path_effects=halo(),
    )
    axes.set_xscale("log")
    doublings = n * J * 2.0 ** np.arange(np.floor(np.log2(times)) + 1)
    axes.set_xticks(doublings, [num(total, 0) for total in doublings])
    axes.set_xticks([], minor=True)
    axes.set(
        xlabel="students tested in all, $nJ$ (each mark doubles them)",
        ylabel=r"SE of $\hat\gamma_{01}$ (points)",
        xlim=(n * J * 0.93, n * J * times),
        ylim=(0, start * 1.2),
    )
    return drawing


@book_style
def power_curves(
    effect: float,
    tau00: float,
    sigma2: float,
    n: float,
    J: int,
    var_x: float,
    students: Sequence[int] = (2, 5, 15),
    schools: Sequence[int] = (40, 80, 320),
) -> BookFigure:
    """Draw the power of the mixed model's test: against schools, and against students per school.

    Args:
        effect: the true coefficient, in points.
        tau00, sigma2, n, J, var_x: as in `hlm.se_hlm`, of the data: its curves are drawn bold, with a dot.
        students: students per school of the other curves on the left.
        schools: schools of the other curves on the right.

    Returns:
        BookFigure

    Raises:
        ModelError: as `hlm.power` does.
    """
    here = power(effect, tau00, sigma2, n, J, var_x)
    drawing, (left, right) = figure(height=3.5, columns=2, sharey=True)

    grid = np.linspace(6, 2.25 * J, 150)
    for size in sorted({n, *students}):
        ours, chance = size == n, power(effect, tau00, sigma2, size, grid, var_x)
        _power_curve(left, grid, chance, rf"$n$ = {num(size, 0)}", ours)
    left.set(xlabel=r"schools, $J$", ylabel="power")

    sizes = np.linspace(2, max(100, 2 * n), 150)
    for count in sorted({J, *schools}):
        chance = power(effect, tau00, sigma2, sizes, count, var_x)
        _power_curve(right, sizes, chance, rf"$J$ = {count}", count == J)
    right.set(xlabel=r"students per school, $n$")

    for axes, x, title in ((left, J, "More schools"), (right, n, "More students")):
        axes.plot(x, here, MIXED.marker, color=MIXED.dark, markersize=7, zorder=4)
        axes.set_title(title)
        axes.set(ylim=(0, 1), xlim=(0, None))
        axes.grid(axis="y")
    left.set_yticks(np.linspace(0, 1, 6))
    return drawing


def _power_curve(axes: Axes, x: np.ndarray, y: np.ndarray, label: str, ours: bool) -> None:
    axes.plot(x, y, color=MIXED.dark if ours else MIXED.color, linewidth=2.4 if ours else 1.3)
    at_end(axes, x[-1], y[-1], label, bold=ours)
