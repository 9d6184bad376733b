"""Pictures of how much an answer hangs on single schools, and of what a singular fit says of them (chapter 10)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from ..errors import ModelError, listed
from ..model.estimates import random_covariance, random_names
from ..model.formula import INTERCEPT
from ..results import MixedResults
from .style import FAINT, INK, MIXED, MUTED, BookFigure, book_style, figure

__all__ = ["predicted_deviations", "without_each_school"]


@book_style
def without_each_school(without: pd.DataFrame, fit: MixedResults, x: str, y: str, named: int = 2) -> BookFigure:
    """Draw two estimates as they are without each school in turn, around those from all schools.

    Args:
        without: of the fit's `influence_of_groups`. fit: the model of all schools.
        x: a fixed effect; a bar shows one standard error to either side of its estimate.
        y: another column of `without`, such as "var Intercept".
        named: so many schools are named that move x most, and as many that move y most.

    Returns:
        BookFigure: a dot for each school that was left out.

    Raises:
        ModelError: x is no fixed effect of the fit, or y no column of the table.
    """
    if x not in fit.params.index:
        raise ModelError(f"the model has no fixed effect {x!r}; they are {listed(fit.params.index)}")
    for column in (x, y):
        if column not in without.columns:
            raise ModelError(f"there is no column {column!r}; there are {listed(without.columns)}")
    whole = np.array([fit.params[x], _estimate(fit, y)])
    moves = (without[[x, y]] - whole).abs()
    names = moves[x].nlargest(named).index.union(moves[y].nlargest(named).index)
    drawing, axes = figure(height=3.8)
    axes.axvline(whole[0], color=FAINT, linewidth=1, zorder=0)
    axes.axhline(whole[1], color=FAINT, linewidth=1, zorder=0)
    axes.plot(without[x], without[y], "o", color=MIXED.color, alpha=0.55, markersize=5, markeredgewidth=0)
    axes.plot(*whole, "+", color=INK, markersize=13, markeredgewidth=2)
    for name in names:
        right = without.loc[name, x] >= whole[0]
        axes.annotate(
            f"{name}",
            without.loc[name, [x, y]].astype(float),
            xytext=(-6 if right else 6, -5),
            textcoords="offset points",
            ha="right" if right else "left",
            va="top",
        )
    low = without[y].min() - 0.16 * np.ptp(without[y])
    axes.plot(
        whole[0] + np.array([-1, 1]) * fit.bse[x], [low, low], color=MIXED.dark, linewidth=5, solid_capstyle="butt"
    )
    axes.annotate(
        "one standard error to either side",
        (whole[0], low),
        xytext=(0, -7),
        textcoords="offset points",
        ha="center",
        va="top",
        color=MIXED.dark,
    )
    axes.set_ylim(low - 0.18 * np.ptp(without[y]), None)
    left_out = "the school" if len(fit.layout.grouping) == 1 else f"the {without.index.name}"
    axes.set(xlabel=f"coefficient of {x}, without {left_out}", ylabel=f"{_in_words(y, fit)}, without {left_out}")
    return drawing


def _in_words(name: str, fit: MixedResults) -> str:
    """What a column of `influence_of_groups` holds."""
    if name in fit.params.index:
        return f"coefficient of {name}"
    if name == "var residual":
        return "residual variance"
    if name.startswith("var "):
        return "variance of the intercepts" if name == f"var {INTERCEPT}" else f"variance of {name[4:]}"
    return name


def _estimate(fit: MixedResults, name: str) -> float:
    """An estimate of the fit, by the name of its column in `influence_of_groups`."""
    if name in fit.params.index:
        return float(fit.params[name])
    if name == "var residual":
        return fit.scale
    names = random_names(fit.layout, fit.at.stage.free)
    if name not in names:
        return np.nan
    return float(random_covariance(fit.at)[fit.at.stage.free][names.index(name)])


@book_style
def predicted_deviations(fits: Mapping[str, MixedResults], group: str | None = None) -> BookFigure:
    """Draw the predicted U of all schools, intercept to the right and slope upwards, for two or more models.

    Args:
        fits: by the title of their panel, models with a random intercept and one random slope.
        group: the grouping factor whose coefficients these are, of models with several.

    Returns:
        BookFigure: a panel for each model, a dot for each school, on the same axes.

    Raises:
        ModelError: there are none, one has another number of random coefficients, or no such factor.
    """
    effects = {name: _effects_of(fit, group) for name, fit in fits.items()}
    if not fits or any(len(U.columns) != 2 for U in effects.values()):
        raise ModelError("the picture needs models with a random intercept and one random slope")
    drawing, panels = figure(height=3.1, columns=len(fits), sharex=True, sharey=True, squeeze=False)
    for axes, (name, U) in zip(panels[0], effects.items(), strict=True):
        axes.axhline(0, color=FAINT, linewidth=1, zorder=0)
        axes.axvline(0, color=FAINT, linewidth=1, zorder=0)
        axes.plot(*U.to_numpy().T, "o", color=MIXED.dark, alpha=0.55, markersize=4, markeredgewidth=0)
        axes.set_title(name, fontweight="normal", color=INK)
        axes.set_xlabel("predicted $U_{0j}$ (points)", color=MUTED)
    panels[0][0].set_ylabel("predicted $U_{1j}$\n(points per unit of SES)")
    return drawing


def _effects_of(fit: MixedResults, group: str | None) -> pd.DataFrame:
    """The predicted U of one grouping factor, a row a group."""
    factors, effects = fit.layout.grouping, fit.random_effects
    if group not in (*factors, *([None] if len(factors) == 1 else [])):
        raise ModelError(f"group must be the grouping factor to draw, {' or '.join(map(repr, factors))}, not {group!r}")
    return effects[group] if isinstance(effects, dict) else effects
