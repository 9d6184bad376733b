"""Pictures of the groups: how many rows each has, where its rows lie, and where the model places it."""

from __future__ import annotations

import numpy as np
import pandas as pd

import hlm
from hlm import MixedResults
from hlm.plots import BookFigure
from hlm.plots.style import FAINT, INK, MIXED, MUTED, bare, book_style, figure, halo

from ..facts.rows import factors_of
from ..problems import ReportError
from ..wording import n
from .shared import evenly, literal, sampled, shortened, wrapped

DOTS = 400  # groups of which each can be a dot


@book_style
def group_sizes(fit: MixedResults) -> BookFigure:
    """Draw how many rows each group has: a dot for each group, or bars where there are too many for dots.

    Args:
        fit: any fit that holds its rows.

    Returns:
        BookFigure: a panel for each grouping factor.
    """
    factors = factors_of(fit)
    drawing, panels = figure(height=1.9 * len(factors) + 0.2, rows=len(factors), squeeze=False)
    for axes, factor in zip(panels[:, 0], factors, strict=True):
        sizes = pd.Series(np.sort(factor.sizes))
        low, high = int(sizes.iloc[0]), int(sizes.iloc[-1])
        width = max(1, int(np.ceil((high - low + 1) / 60)))
        bins = (sizes - low) // width
        stack = sizes.groupby(bins).cumcount()
        x = low + bins * width + (width - 1) / 2
        top = stack.max() + 1
        if len(sizes) <= DOTS and top <= 40:
            axes.scatter(x, stack + 0.5, s=min(30, 1600 / (top + 4)), color=MUTED, linewidths=0)
            what = f"{hlm.num(len(sizes), 0)} groups, a dot each"
        else:
            counts = bins.value_counts().sort_index()
            axes.bar(low + counts.index * width + (width - 1) / 2, counts, width=0.9 * width, color=MUTED, linewidth=0)
            what = f"{hlm.num(len(sizes), 0)} groups"
            top = counts.max()
        mean = float(sizes.mean())
        axes.axvline(mean, color=FAINT, linewidth=1.4, zorder=0)
        axes.annotate(
            f"mean {hlm.num(mean, 1)}", (mean, 1.02), xycoords=("data", "axes fraction"), ha="center", va="bottom",
            fontweight="bold", annotation_clip=False,
        )  # fmt: skip
        bare(axes, (0, 1.08 * top))
        reach = max(1.0, 0.06 * (high - low))
        axes.set_xlim(low - reach, high + reach)
        axes.set_xlabel(wrapped(f"rows of a group of {literal(factor.name)} ({what})"))
        if high - low < 8:
            axes.set_xticks(range(low, high + 1))
    return drawing


@book_style
def groups_by_mean(fit: MixedResults, label: str = "") -> BookFigure:
    """Draw the groups of the first factor from the lowest mean to the highest, each with the middle half of its rows.

    Args:
        fit: any fit that holds its rows. label: of the outcome.

    Returns:
        BookFigure: of many groups a sample, evenly from the lowest to the highest, which the axis says.
    """
    factor = factors_of(fit)[0]
    y = pd.Series(fit.design.response).groupby(factor.codes)
    table = pd.DataFrame({"mean": y.mean(), "low": y.quantile(0.25), "high": y.quantile(0.75)}).sort_values("mean")
    shown = table.iloc[evenly(np.arange(len(table)))]
    drawing, axes = figure(height=3.6)
    place = np.arange(len(shown))
    overall = float(fit.design.response.mean())
    axes.axhline(overall, color=MUTED, linewidth=0.9, zorder=0)
    thick = 1.3 if len(shown) > 40 else 2.4
    axes.vlines(place, shown["low"], shown["high"], color=MUTED, alpha=0.5, linewidth=thick)
    axes.plot(place, shown["mean"], "o", color=INK, markersize=3 if len(shown) > 40 else 5, markeredgewidth=0)
    axes.annotate(
        f"mean of all rows: {n(overall)}", (0, overall), xytext=(0, 3), textcoords="offset points", va="bottom",
        path_effects=halo(),
    )  # fmt: skip
    axes.set(xticks=[], ylabel=literal(label or fit.endog_name), xlim=(-1, len(shown)))
    note = ", by their mean; lines: the middle half of a group's rows"
    axes.set_xlabel(wrapped(sampled(factor.name, len(shown), factor.J) + note))
    return drawing


@book_style
def predicted_groups(fit: MixedResults, label: str = "") -> BookFigure:
    """Draw the predicted intercepts of the groups, with 95 per cent intervals, from the lowest to the highest.

    Args:
        fit: any fit with random intercepts. label: of the outcome.

    Returns:
        BookFigure: a panel for each factor with random intercepts; of many groups a sample, which the axis says.

    Raises:
        ReportError: the fit has no random intercept.
    """
    effects = fit.random_effects if isinstance(fit.random_effects, dict) else {fit.group_name: fit.random_effects}
    errors = fit.random_effects_se if isinstance(fit.random_effects_se, dict) else {
        fit.group_name: fit.random_effects_se
    }  # fmt: skip
    factors = [name for name, table in effects.items() if "Intercept" in table.columns]
    if not factors:
        raise ReportError(f"{fit.formula!r} has no random intercepts to draw")
    drawing, panels = figure(height=2.9 * len(factors), rows=len(factors), squeeze=False)
    for axes, name in zip(panels[:, 0], factors, strict=True):
        u = effects[name]["Intercept"].sort_values()
        shown = u.iloc[evenly(np.arange(len(u)))]
        half = 1.96 * errors[name]["Intercept"].reindex(shown.index)
        place = np.arange(len(shown))
        axes.axhline(0, color=MUTED, linewidth=0.9, zorder=0)
        axes.vlines(
            place, shown - half, shown + half, color=MIXED.color, alpha=0.5, linewidth=1.3 if len(shown) > 40 else 3
        )
        axes.plot(place, shown, "o", color=MIXED.dark, markersize=3 if len(shown) > 40 else 5, markeredgewidth=0)
        axes.set(xticks=[], xlim=(-1, len(shown)), ylabel="above or below\nthe average")
        axes.set_xlabel(wrapped(sampled(name, len(shown), len(u)) + ", by predicted intercept"))
        if len(shown) <= 12:
            names = [shortened(group, 12) for group in shown.index]
            crowded = max(map(len, names)) * len(names) > 60
            axes.set_xticks(
                place, names, fontsize=8, rotation=30 if crowded else 0, ha="right" if crowded else "center"
            )
    if label:
        drawing.supylabel(literal(label), fontsize=10, color=MUTED)
    return drawing
