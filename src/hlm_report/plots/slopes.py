"""Pictures of random slopes: the groups' lines, and each line as a point."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.collections import LineCollection

from hlm import MixedResults
from hlm.plots import BookFigure
from hlm.plots.style import FAINT, INK, MIXED, MUTED, book_style, figure, halo

from ..facts.variances import covariances
from ..problems import ReportError
from .shared import evenly, literal, sampled, wrapped

LINES, POINTS = 80, 1_500
OUT = "the model has no random slope with a random intercept beside it: take slopes.qmd out of _quarto.yml"


def _first(fit: MixedResults) -> tuple[str, str]:
    """The factor and the column of the first random slope that stands beside an intercept."""
    for factor, G in covariances(fit).items():
        slopes = [name for name in G.columns if name != "Intercept"]
        if "Intercept" in G.columns and slopes:
            return factor, slopes[0]
    raise ReportError(OUT)


def _coefficients(fit: MixedResults, factor: str) -> pd.DataFrame:
    found = fit.coefficients
    return found[factor] if isinstance(found, dict) else found


@book_style
def group_lines(fit: MixedResults, label: str = "") -> BookFigure:
    """Draw the groups' lines as the model predicts them, each over its own rows, and the average line.

    Args:
        fit: any fit with a random intercept and a random slope; of several slopes the first is drawn, the other
            predictors at zero. label: of the outcome.

    Returns:
        BookFigure: of many groups a sample, evenly from the flattest line to the steepest, which the picture says.

    Raises:
        ReportError: the fit has no random slope with an intercept.
    """
    factor, name = _first(fit)
    grouping = next(each for each in fit.design.groupings if each.name == factor)
    lines, x = _coefficients(fit, factor), fit.design.column(name)
    by = pd.Series(x).groupby(grouping.codes)
    ends = np.column_stack([by.min(), by.max()])
    shown = evenly(np.argsort(lines[name].to_numpy()), LINES)
    y = lines[["Intercept"]].to_numpy()[shown] + lines[[name]].to_numpy()[shown] * ends[shown]
    drawing, axes = figure(height=3.9)
    axes.add_collection(
        LineCollection(list(np.stack([ends[shown], y], axis=2)), colors=MIXED.color, alpha=0.45, linewidths=0.9)
    )
    wide = np.array([x.min(), x.max()])
    average = fit.params.get("Intercept", 0.0) + fit.params.get(name, 0.0) * wide
    axes.plot(wide, average, color=INK, linewidth=2.4)
    axes.annotate(
        "average", (wide[1], average[1]), xytext=(5, 0), textcoords="offset points", va="center", fontweight="bold",
        annotation_clip=False,
    )  # fmt: skip
    axes.autoscale_view()
    axes.set(
        xlabel=wrapped(f"{literal(name)} ({sampled(factor, len(shown), len(lines))})"),
        ylabel=literal(label or fit.endog_name),
    )
    return drawing


@book_style
def lines_as_points(fit: MixedResults) -> BookFigure:
    """Draw each group's line as a point, its predicted intercept and slope, with G's ellipse for 95 per cent of groups.

    Args:
        fit: any fit with a random intercept and a random slope; of several slopes the first is drawn.

    Returns:
        BookFigure

    Raises:
        ReportError: the fit has no random slope with an intercept.
    """
    factor, name = _first(fit)
    lines = _coefficients(fit, factor)
    shown = evenly(np.argsort(lines[name].to_numpy()), POINTS)
    points = lines[["Intercept", name]].to_numpy()[shown]
    G = covariances(fit)[factor].loc[["Intercept", name], ["Intercept", name]].to_numpy()
    centre = np.array([fit.params.get("Intercept", 0.0), fit.params.get(name, 0.0)])
    values, vectors = np.linalg.eigh(G)
    root = vectors * np.sqrt(np.clip(values, 0, None)) @ vectors.T
    angle = np.linspace(0, 2 * np.pi, 181)
    ellipse = centre + np.sqrt(-2 * np.log(0.05)) * np.column_stack([np.cos(angle), np.sin(angle)]) @ root
    drawing, axes = figure(height=3.9)
    axes.plot(
        *points.T, "o", color=MIXED.dark, alpha=0.55 if len(points) < 300 else 0.25, markersize=4, markeredgewidth=0
    )
    axes.plot(*ellipse.T, color=INK, linewidth=1.5)
    axes.plot(*centre, "+", color=INK, markersize=12, markeredgewidth=1.8)
    axes.axhline(0, color=FAINT, linewidth=1, zorder=0)
    top = ellipse[np.argmax(ellipse[:, 1])]
    axes.annotate(
        "95 per cent of groups, by G", top, xytext=(0, 5), textcoords="offset points", path_effects=halo(), color=MUTED,
        ha="left" if top[0] < centre[0] else "right",
    )  # fmt: skip
    axes.margins(0.1)
    which = sampled(factor, len(points), len(lines))
    axes.set_xlabel(wrapped(f"intercept, where {literal(name)} is zero ({which})"))
    axes.set_ylabel(f"slope of {literal(name)} in the group")
    return drawing
