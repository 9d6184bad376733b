"""What becomes of a standard error that ignores schools (chapter 3): how far too small it is, and false positives."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MultipleLocator
from scipy import stats

from ..course.standard_errors import design_effect
from ..errors import ModelError
from ..tables.numbers import num
from .style import (
    FAINT,
    INK,
    MIXED,
    MUTED,
    OLS,
    BookFigure,
    Role,
    at_end,
    bare,
    book_style,
    figure,
)

__all__ = ["design_effects", "false_positive_tests"]


@book_style
def design_effects(icc: float, n: float, others: Sequence[float] = (0.01, 0.05, 0.3)) -> BookFigure:
    """Draw how many times too small OLS's standard error is, against students per school, for several ICCs.

    Args:
        icc, n: of the data: this curve is drawn bold, with a dot at n.
        others: ICCs to set beside it.

    Returns:
        BookFigure

    Raises:
        ModelError: an ICC lies outside 0 to 1, or n is not positive.
    """
    sizes = np.linspace(1, max(100, 2 * n), 200)
    drawing, axes = figure(height=3.2)
    axes.axhline(1, color=FAINT, linewidth=1.2, zorder=1)
    for value in sorted({icc, *others}):
        ours = value == icc
        ratio = np.sqrt(design_effect(value, sizes))
        axes.plot(sizes, ratio, color=INK if ours else MUTED, linewidth=2.2 if ours else 1.2)
        label = f"ICC {num(value, 2)}"
        at_end(axes, sizes[-1], ratio[-1], f"{label},\nthese schools" if ours else label, bold=ours)
    here = np.sqrt(design_effect(icc, n))
    axes.plot(n, here, "o", color=INK, markersize=7)
    axes.annotate(
        f"{num(here, 1)} times",
        (n, here),
        xytext=(6, -5),
        textcoords="offset points",
        va="top",
        fontweight="bold",
    )
    axes.text(sizes[-1], 0.93, "as it should be", ha="right", va="top", color=MUTED)
    axes.set(
        xlabel=r"students per school, $n$",
        ylabel="true SE, as a multiple of OLS's",
        xlim=(0, sizes[-1]),
        ylim=(0.5, None),
    )
    return drawing


@book_style
def false_positive_tests(results: pd.DataFrame) -> BookFigure:
    """Draw the t values of many samples in which the sectors do not differ, those called significant in full colour.

    Args:
        results: of `hlm.false_positives`: a row for each sample and method, with `method`, `estimate`, `se` and
            `rejected`.

    Returns:
        BookFigure

    Raises:
        ModelError: a column or a method is missing.
    """
    missing = [name for name in ("method", "estimate", "se", "rejected") if name not in results]
    if missing:
        raise ModelError(f"results have no column {missing[0]!r}; draw what hlm.false_positives returns")
    absent = {"OLS", "HLM"} - set(results["method"])
    if absent:
        raise ModelError(
            f"results have no samples of the method {min(absent)!r}; draw what hlm.false_positives returns"
        )

    results = results.assign(t=results["estimate"] / results["se"])
    limit = np.ceil(results["t"].abs().quantile(0.999))
    bins = np.arange(-limit, limit + 0.25, 0.25)
    drawing, both = figure(height=4.4, rows=2, sharex=True, sharey=True)
    for axes, method, role, name in ((both[0], "OLS", OLS, "OLS"), (both[1], "HLM", MIXED, "Mixed model")):
        _tests_of(axes, results[results["method"] == method], role, name, bins)
    both[1].set_xlabel(r"$t = \hat\gamma_{01}\,/\,\mathrm{SE}$, in samples where the sectors do not differ")
    return drawing


def _tests_of(axes: Axes, sample: pd.DataFrame, role: Role, name: str, bins: np.ndarray) -> None:
    width, count = bins[1] - bins[0], len(sample)
    every = np.histogram(sample["t"], bins)[0] / (count * width)
    rejected = np.histogram(sample.loc[sample["rejected"], "t"], bins)[0] / (count * width)
    axes.stairs(every, bins, fill=True, color=role.color, alpha=0.3, linewidth=0)
    axes.stairs(rejected + (every - rejected), bins, baseline=every - rejected, fill=True, color=role.color)
    grid = np.linspace(bins[0], bins[-1], 400)
    axes.plot(grid, stats.norm.pdf(grid), color=INK, linewidth=1.2)
    axes.set_title(name, color=role.dark)
    share = num(100 * sample["rejected"].mean(), 1)
    axes.text(bins[0], 0.22, f"{share} per cent", color=role.dark, fontsize=15, fontweight="bold", va="bottom")
    axes.text(bins[0], 0.21, "say that the\nsectors differ", color=role.dark, va="top")
    axes.annotate(
        "what the test\nexpects",
        (0.75, stats.norm.pdf(0.75)),
        xytext=(26, 4),
        textcoords="offset points",
        va="center",
        arrowprops={"arrowstyle": "-", "color": MUTED},
    )
    axes.xaxis.set_major_locator(MultipleLocator(5))
    bare(axes)
