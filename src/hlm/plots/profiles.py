"""A profile: how much worse the model fits with a correlation held, and where its interval ends (chapter 6)."""

from __future__ import annotations

import numpy as np
from scipy.special import chdtri

from ..course.profiles import correlation_profile as profile
from ..results import OneFactorFit
from ..tables.numbers import num
from .style import FAINT, MIXED, BookFigure, book_style, figure, halo

__all__ = ["correlation_profile"]


@book_style
def correlation_profile(fit: OneFactorFit, reml: bool = True) -> BookFigure:
    """Draw the rise of the deviance over all correlations of intercepts and slopes, and its 95 per cent interval.

    Args:
        fit: a model with two correlated random coefficients.
        reml: of the restricted likelihood, or of the likelihood.

    Returns:
        BookFigure

    Raises:
        ModelError: the model has other random coefficients.
    """
    rise = profile(fit, np.linspace(-1, 1, 41), reml)
    limit = chdtri(1, 0.05)
    first, second = fit.layout.z
    row = fit.variance_intervals(reml=reml, parm=f"cor {first}, {second}").iloc[0]
    drawing, axes = figure(height=2.9)
    axes.axhline(limit, color=FAINT, linewidth=1.2, zorder=0)
    axes.text(-0.53, limit, "the limit of the interval", va="bottom", ha="left", path_effects=halo())
    axes.plot(rise.index, rise, color=MIXED.dark, linewidth=2)
    low, high = row["lower"], row["upper"]
    axes.plot([low, high], [0, 0], color=MIXED.color, linewidth=5, solid_capstyle="butt", clip_on=False)
    axes.vlines([low, high], 0, limit, color=MIXED.color, linewidth=1, linestyle=(0, (4, 3)))
    for end in (low, high):
        axes.annotate(num(end, 2), (end, 0), xytext=(4, 6), textcoords="offset points", ha="left", path_effects=halo())
    axes.set(
        xlabel="correlation of intercepts and slopes, held",
        ylabel="rise of the deviance",
        xlim=(-1.02, 1.02),
        ylim=(0, 1.15 * max(limit, rise.max())),
    )
    return drawing
