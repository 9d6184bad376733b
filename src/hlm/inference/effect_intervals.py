"""Profile-likelihood intervals of the fixed effects.

A value of a coefficient belongs to the interval if the deviance, minimised over everything else, rises by no more than
the chi-square quantile where the coefficient has that value. To hold it there is to take its column times the value
off y, and to fit the rest.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import scipy  # loads scipy.optimize when it is used
from scipy.special import chdtri

from ..model.estimates import fixed_effects
from ..model.optimum import optimum

if TYPE_CHECKING:
    from ..model.criterion import AnyDeviance

FARTHEST = 1e3  # standard errors; a profile that has not risen until there is taken never to


def effect_intervals(at: AnyDeviance, names: pd.Index, alpha: float) -> pd.DataFrame:
    """Profile intervals of the fixed effects.

    Args:
        at: the deviance at the optimum, of maximum likelihood.
        names: (p,) of the coefficients.
        alpha: the intervals have level 1 - alpha.

    Returns:
        DataFrame (p, 3): estimate, lower, upper.

    Source: Bates, Maechler, Bolker & Walker (2015), section 5.1.
    """
    limit, scale = chdtri(1, alpha), at.stage.scale
    estimates, rows = fixed_effects(at), []
    for estimate, weights in zip(estimates, scale.to_x, strict=True):
        se = np.sqrt(at.s2 * weights @ at.C @ weights)
        rise = _profile(at, weights, se)
        ends = [_crossing(rise, side, limit) * se * scale.unit_y for side in (-1, 1)]
        rows.append([estimate, estimate + ends[0], estimate + ends[1]])
    return pd.DataFrame(rows, index=names, columns=["estimate", "lower", "upper"])


def _profile(at: AnyDeviance, weights: np.ndarray, se: float) -> Callable[[float], float]:
    """How much the least deviance rises where weights'beta lies t standard errors from its estimate."""
    free = np.linalg.svd(weights[None])[2][1:]  # (p - 1, p) the directions in which weights'beta does not move
    along = weights / (weights @ weights)
    T = np.zeros((len(weights) + 1, len(weights)))
    T[:-1, :-1] = free.T
    T[-1, -1] = 1.0

    def rise(t: float) -> float:
        T[:-1, -1] = -(weights @ at.beta + t * se) * along
        return float(optimum(at.stage.recombined(T), reml=False).at.value - at.value)

    return rise


def _crossing(rise: Callable[[float], float], side: int, limit: float) -> float:
    """The first place on one side of 0, in standard errors, at which a profile crosses its limit; infinity if none."""
    known = {0.0: -np.sqrt(limit)}

    def root_of_rise(t: float) -> float:
        """The root is nearly a line, on which the search is soon at its end; less that of the limit."""
        if t not in known:
            known[t] = np.sqrt(max(rise(side * t), 0.0)) - np.sqrt(limit)
        return known[t]

    inside, outside = 0.0, 1.2 * np.sqrt(limit)
    while root_of_rise(outside) < 0:
        inside, outside = outside, 1.5 * outside
        if outside > FARTHEST:
            return side * float("inf")
    return float(side * scipy.optimize.brentq(root_of_rise, inside, outside, xtol=1e-10, rtol=1e-12))
