"""Pictures of coefficients: two fits beside each other, and where sampling variances come from."""

from __future__ import annotations

from typing import Any

import numpy as np

import hlm
from hlm import MixedResults
from hlm.inference.hypotheses import Ddf
from hlm.plots import BookFigure
from hlm.plots.style import FAINT, INK, MIXED, MUTED, OLS, bare, book_style, figure

from ..facts.sampling import ROWS, Sampling
from ..facts.within_between import Split
from ..problems import ReportError
from .shared import evenly, literal, sampled, shortened, wrapped

MOST = 12  # coefficients in one picture; a table has them all
POINTS = 1_000  # groups as dots


def _chosen(fit: MixedResults) -> tuple[list[str], str]:
    """The first coefficients, without the intercept unless it is the only one; and which they are, if not all."""
    names = [name for name in fit.params.index if name != "Intercept"] or ["Intercept"]
    return names[:MOST], f" (the first {MOST} of {len(names)} coefficients)" if len(names) > MOST else ""


@book_style
def intervals_beside(ols: Any, fit: MixedResults, ddf: Ddf = "satterthwaite") -> BookFigure:
    """Draw the coefficients with their 95 per cent intervals, as least squares has them and as the mixed model.

    Args:
        ols: of `hlm.ols`. fit: of `hlm.lmer`. ddf: how the mixed model's intervals are made.

    Returns:
        BookFigure: a row for each coefficient, each on a scale of its own, on which zero is marked; of many
        coefficients the first twelve.
    """
    names, which = _chosen(fit)
    drawing, panels = figure(height=0.5 + 0.62 * len(names), rows=len(names), squeeze=False)
    mixed, least = fit.conf_int(ddf=ddf), ols.conf_int()
    for place, (axes, name) in enumerate(zip(panels[:, 0], names, strict=True)):
        for y, role, model, ends in ((1, OLS, ols, least), (0, MIXED, fit, mixed)):
            if name not in model.params.index:
                continue
            low, high = (float(v) for v in np.asarray(ends.loc[name], dtype=float))
            axes.plot([low, high], [y, y], color=role.color, linewidth=4, solid_capstyle="butt")
            axes.plot(model.params[name], y, role.marker, color=role.dark, markersize=6)
            if not place:
                axes.annotate(
                    role.name, (high, y), xytext=(6, 0), textcoords="offset points", va="center", color=role.dark,
                    fontweight="bold", annotation_clip=False,
                )  # fmt: skip
        bare(axes, (-0.7, 1.7))
        axes.axvline(0, color=MUTED, linewidth=1, zorder=0)
        axes.margins(x=0.14)
        axes.tick_params(axis="x", labelsize=8.5)
        axes.locator_params(axis="x", nbins=6)
        axes.set_ylabel(shortened(name), rotation=0, ha="right", va="center", color=INK)
    panels[-1, 0].set_xlabel(wrapped(f"coefficient, with 95 per cent interval; the upright line is zero{which}", 54))
    return drawing


@book_style
def sampling_shares(sampling: Sampling, fit: MixedResults) -> BookFigure:
    """Draw where the sampling variance of each coefficient comes from: the groups of each factor, and the rows.

    Args:
        sampling: of the report. fit: the fit that it is of.

    Returns:
        BookFigure: a bar for each coefficient, in parts that add up to one; of many the first twelve.
    """
    names, which = _chosen(fit)
    shares = sampling.shares.loc[names]
    drawing, axes = figure(height=1.0 + 0.42 * len(names))
    y = np.arange(len(names))[::-1]
    start = np.zeros(len(names))
    factors = [column for column in shares.columns if column != ROWS]
    grey = np.linspace(0.85, 0.4, len(factors)) if len(factors) > 1 else [0.75]
    for name, alpha in [*zip(factors, grey, strict=True), (ROWS, 1.0)]:
        width = shares[name].to_numpy()
        look = (
            {"facecolor": "none", "edgecolor": MUTED, "hatch": "////", "linewidth": 0.8}
            if name == ROWS
            else {"color": MUTED, "alpha": float(alpha), "linewidth": 0}
        )
        what = "differences among rows" if name == ROWS else f"differences between groups of {literal(name)}"
        axes.barh(y, width, left=start, height=0.62, label=what, **look)
        start = start + width
    axes.set_yticks(y, [shortened(name) for name in names])
    axes.tick_params(axis="y", length=0)
    for text in axes.get_yticklabels():
        text.set_color(INK)
    axes.spines["left"].set_visible(False)
    axes.set(
        xlim=(0, 1), xticks=[0, 0.25, 0.5, 0.75, 1], xlabel=wrapped(f"share of the squared standard error{which}", 54)
    )
    axes.set_xticklabels(["0", "25", "50", "75", "100 %"])
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=1, fontsize=9, borderaxespad=0.2, handlelength=1.4)
    return drawing


@book_style
def slopes_within_and_between(splits: list[Split]) -> BookFigure:
    """Draw the slopes within groups and between them of each predictor, with 95 per cent intervals.

    Args:
        splits: of a report.

    Returns:
        BookFigure: a panel for each predictor, each on a scale of its own.

    Raises:
        ReportError: there are none.
    """
    if not splits:
        raise ReportError(
            "no predictor of the model varies within groups and between them: take within-between.qmd out of "
            "_quarto.yml"
        )
    drawing, panels = figure(height=0.4 + 1.25 * len(splits), rows=len(splits), squeeze=False)
    for axes, split in zip(panels[:, 0], splits, strict=True):
        for y, (estimate, low, high) in zip((2, 1, 0), split.slopes.values(), strict=True):
            axes.plot([low, high], [y, y], color=MIXED.color, linewidth=4, solid_capstyle="butt")
            axes.plot(estimate, y, MIXED.marker, color=MIXED.dark, markersize=6)
            axes.annotate(
                hlm.num(estimate, 2), (high, y), xytext=(6, 0), textcoords="offset points", va="center", fontsize=9
            )
        bare(axes, (-0.6, 2.6))
        axes.axvline(0, color=MUTED, linewidth=1, zorder=0)
        axes.set_yticks((2, 1, 0), list(split.slopes))
        axes.tick_params(axis="y", labelleft=True, length=0)
        axes.margins(x=0.14)
        axes.set_title(literal(split.name), fontweight="normal")
    panels[-1, 0].set_xlabel("slope, with 95 per cent interval; the upright line is zero")
    return drawing


@book_style
def groups_and_slope(fit: MixedResults, split: Split, label: str = "") -> BookFigure:
    """Draw the means of the groups, with the slope between them and the slope within.

    Args:
        fit: any fit that holds its rows. split: of one of its predictors. label: of the outcome.

    Returns:
        BookFigure: a dot for each group, the larger the more rows it has; of many groups a sample, evenly by the mean
        of the predictor, which the axis says.
    """
    codes = fit.design.groupings[0].codes
    J = len(fit.design.groupings[0].groups)
    size = np.bincount(codes, minlength=J)
    x, y = (np.bincount(codes, v, J) / size for v in (fit.design.column(split.name), fit.design.response))
    drawing, axes = figure(height=3.8)
    shown = evenly(np.argsort(x), POINTS)
    large = 4 + 36 * size[shown] / size.max()
    axes.scatter(x[shown], y[shown], s=large, color=MUTED, alpha=0.75 if J < 300 else 0.3, linewidths=0)
    middle = np.array([np.average(x, weights=size), np.average(y, weights=size)])
    ends = np.array([x.min(), x.max()])
    for slope, name, style, color in (
        (split.between, "between groups", "-", INK),
        (split.within, "within groups", (0, (4, 3)), MIXED.dark),
    ):
        axes.plot(ends, middle[1] + slope * (ends - middle[0]), linestyle=style, color=color, linewidth=2.2)
        axes.annotate(
            name, (ends[1], middle[1] + slope * (ends[1] - middle[0])), xytext=(5, 0), textcoords="offset points",
            va="center", color=color, fontweight="bold", annotation_clip=False,
        )  # fmt: skip
    axes.axhline(middle[1], color=FAINT, linewidth=1, zorder=0)
    what = f" ({sampled(fit.design.groupings[0].name, len(shown), J)})"
    axes.set_xlabel(wrapped(f"{literal(split.name)}, mean of the group{what}"))
    axes.set_ylabel(f"{literal(label or fit.endog_name)}, mean of the group")
    return drawing
