"""Pictures that ask whether the model's assumptions hold, of any fit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from hlm import MixedResults
from hlm.plots import BookFigure, normal_quantiles
from hlm.plots.model_checks import CROWD
from hlm.plots.style import FAINT, INK, MIXED, MUTED, book_style, figure

from ..facts.checks import Deviations, Influence
from ..problems import ReportError
from .shared import literal, shortened, wrapped

DOTS = 1_500


@book_style
def residuals(fit: MixedResults, label: str = "") -> BookFigure:
    """Draw residuals against fitted values, with their mean and the middle 95 per cent along the way.

    Args:
        fit: any fit that holds its rows. label: of the outcome.

    Returns:
        BookFigure: a dot a row, or shades where rows are many; the lines are of ten sets of rows, by fitted value.
    """
    fitted, r = fit.fittedvalues.to_numpy(), fit.resid.to_numpy()
    drawing, axes = figure(height=3.7)
    if len(r) <= DOTS:
        axes.plot(fitted, r, "o", color=MUTED, alpha=0.5, markersize=3, markeredgewidth=0)
    else:
        axes.hexbin(fitted, r, gridsize=(34, 20), cmap=CROWD, bins="log", mincnt=1, linewidths=0)
    sets = min(10, len(r) // 15)
    if sets >= 2:
        place = np.ceil(stats.rankdata(fitted, "ordinal") * sets / len(r)).astype(int)
        by = pd.DataFrame({"x": fitted, "r": r}).groupby(place)
        x = by["x"].mean()
        for line, width in ((by["r"].quantile(0.025), 1.6), (by["r"].mean(), 2.6), (by["r"].quantile(0.975), 1.6)):
            axes.plot(x, line, "o-", color=MIXED.dark, linewidth=width, markersize=3.2)
    axes.axhline(0, color=FAINT, linewidth=1, zorder=0)
    axes.set(xlabel=f"fitted value{f' ({literal(label)})' if label else ''}", ylabel="residual")
    return drawing


def quantiles(fit: MixedResults, deviations: list[Deviations]) -> BookFigure:
    """Draw residuals, and the predicted U of up to two random coefficients, against the quantiles of a normal sample.

    Args:
        fit: any fit that holds its rows. deviations: of a report.

    Returns:
        BookFigure: a panel for each, in standard units.
    """
    samples = {"residuals": fit.resid / np.sqrt(fit.scale)}
    for each in deviations[:2]:
        of = "intercepts" if each.name == "Intercept" else f"slopes of {shortened(each.name, 12)}"
        samples[of if len(fit.layout.grouping) == 1 else f"{of}\n{shortened(each.factor, 18)}"] = each.scores.dropna()
    return normal_quantiles(samples)


@book_style
def moves(influences: list[Influence]) -> BookFigure:
    """Draw by how many standard errors each coefficient moves without each group.

    Args:
        influences: of a report.

    Returns:
        BookFigure: a row of dots for each coefficient, a dot a group; the farthest groups are named. A panel for each
        factor; of many coefficients those that move most.

    Raises:
        ReportError: there are no groups to leave out.
    """
    if not influences:
        raise ReportError("with fewer than three groups none can be left out: take this picture out of checks.qmd")
    chosen = []
    for each in influences:
        table = each.moves.drop(columns="Intercept", errors="ignore") if each.moves.shape[1] > 1 else each.moves
        chosen.append((each, table[table.abs().max().nlargest(8).index]))
    heights = [0.75 + 0.42 * table.shape[1] for _, table in chosen]
    drawing, panels = figure(
        height=sum(heights), rows=len(chosen), squeeze=False, gridspec_kw={"height_ratios": heights}
    )
    for axes, (each, table) in zip(panels[:, 0], chosen, strict=True):
        names = list(table.columns)
        for y, name in zip(range(len(names))[::-1], names, strict=True):
            values = table[name].dropna()
            axes.plot(
                values, np.full(len(values), y), "o", color=MIXED.dark, alpha=0.4, markersize=5, markeredgewidth=0
            )
            far: Any = values.abs().idxmax()
            right = values[far] < 0
            axes.annotate(
                shortened(far, 16), (values[far], y), xytext=(0, 6), textcoords="offset points",
                ha="left" if right else "right", fontsize=8.5, annotation_clip=False,
            )  # fmt: skip
        axes.axvline(0, color=MUTED, linewidth=1, zorder=0)
        reach = max(0.5, 1.12 * float(table.abs().max().max()))
        for at in (-1, 1):
            if reach >= 1:
                axes.axvline(at, color=FAINT, linewidth=1, linestyle=(0, (4, 3)), zorder=0)
        axes.set_yticks(range(len(names))[::-1], [shortened(name) for name in names])
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.set(xlim=(-reach, reach), ylim=(-0.5, len(names) - 0.2))
        what = "each group" if each.exact else f"each of {each.tried} groups"
        axes.set_xlabel(wrapped(f"moved by so many standard errors without {what} of {literal(each.factor)}", 46))
        for text in axes.get_yticklabels():
            text.set_color(INK)
    return drawing
