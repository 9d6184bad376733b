"""Confidence intervals by OLS and by the mixed model, side by side (chapters 2 and 4)."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arguments import require_fit
from ..errors import ModelError, listed
from ..tables.numbers import num
from .style import (
    MIXED,
    MUTED,
    OLS,
    BookFigure,
    bare,
    book_style,
    figure,
)

__all__ = ["coefficient_intervals", "two_intervals"]


@book_style
def two_intervals(ols: Any, mixed: Any, term: str = "sector") -> BookFigure:
    """Draw one coefficient twice, with its 95 per cent confidence interval: as OLS has it, and as the mixed model.

    Args:
        ols, mixed: fitted models with `params` and `conf_int()`, both by coefficient.
        term: the coefficient; its zero is drawn too, as the place of no difference.

    Returns:
        BookFigure

    Raises:
        ModelError: a model has no such coefficient, or is none.
    """
    _require_fits(ols, mixed)
    drawing, axes = figure(height=2.2)
    rows = ((1, OLS, "OLS", ols), (0, MIXED, "mixed model", mixed))
    for y, role, name, fit in rows:
        if term not in fit.params.index:
            raise ModelError(f"the {name} has no coefficient {term!r}; it has {listed(fit.params.index)}.")
        estimate = fit.params[term]
        low, high = np.asarray(fit.conf_int().loc[term], dtype=float)
        axes.plot([low, high], [y, y], color=role.color, linewidth=5, solid_capstyle="butt")
        axes.plot(estimate, y, role.marker, color=role.dark, markersize=9)
        axes.text(estimate, y + 0.24, name, ha="center", va="bottom", color=role.dark, fontweight="bold")
        for end, align, shift in ((low, "right", -0.04), (high, "left", 0.04)):
            axes.text(end + shift, y, num(end, 2), ha=align, va="center", fontsize=9.5)
    axes.axvline(0, color=MUTED, linewidth=1)
    axes.annotate("no difference", (0, 0.5), xytext=(5, 0), textcoords="offset points", va="center", color=MUTED)
    bare(axes)
    axes.set(xlabel="Catholic minus public, in points of mathematics achievement", ylim=(-0.45, 1.65))
    axes.margins(x=0.12)
    return drawing


@book_style
def coefficient_intervals(ols: Any, mixed: Any) -> BookFigure:
    """Draw every coefficient that two models share, with its 95 per cent confidence interval by each.

    Args:
        ols, mixed: fitted models with `params` and `conf_int()`, both by coefficient.

    Returns:
        BookFigure: a panel for each coefficient, the intercept last; a point is as long in each.

    Raises:
        ModelError: they have no coefficient in common, or one is no model.
    """
    _require_fits(ols, mixed)
    terms = sorted(ols.params.index.intersection(mixed.params.index), key=lambda term: term == "Intercept")
    if not terms:
        raise ModelError(f"the models share no coefficient: {listed(ols.params.index)} in the one")
    half = 0.75 * max(np.diff(fit.conf_int().loc[terms], axis=1).max() for fit in (ols, mixed))

    drawing, panels = figure(height=2.4, columns=len(terms), sharey=True, squeeze=False)
    for axes, term in zip(panels[0], terms, strict=True):
        for y, role, name, fit in ((1, OLS, "OLS", ols), (0, MIXED, "mixed model", mixed)):
            low, high = np.asarray(fit.conf_int().loc[term], dtype=float)
            axes.plot([low, high], [y, y], color=role.color, linewidth=5, solid_capstyle="butt")
            axes.plot(fit.params[term], y, role.marker, color=role.dark, markersize=8)
            label = f"{name}: {num(fit.params[term], 2)}, SE {num(fit.bse[term], 2)}"
            axes.text(fit.params[term], y + 0.22, label, ha="center", va="bottom", color=role.dark, fontweight="bold")
        middle = (ols.params[term] + mixed.params[term]) / 2
        axes.set_xlim(middle - half, middle + half)
        axes.set_title("Constant" if term == "Intercept" else term)
        axes.set_xlabel("points")
        bare(axes, (-0.4, 1.6))
    return drawing


def _require_fits(ols: Any, mixed: Any) -> None:
    for name, fit in (("ols", ols), ("mixed", mixed)):
        require_fit(fit, name, "params", "bse", "conf_int")
