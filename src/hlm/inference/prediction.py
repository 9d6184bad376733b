"""Predictions, and how far off they may be: with all, some or none of the random coefficients.

A prediction x'beta + z'u is off by what the estimate of beta and the prediction of u are off together. Since u is
predicted from what beta leaves, the variance is, for whitened fixed effects,

    sigma2 (|x - B'D z|^2 + z'(Z'Z + D^-1)^-1 z),

a sum of squares. A group that the fit has not seen has its prior variance, and nothing of beta is in its u.

Source: Henderson (1975), Biometrics 31, eq. 5; G and sigma2 are taken as known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy import special

from ..model.estimates import mean_residual_variance, random_covariance, residual_variance
from ..model.posterior import fixed_in, left, slices
from .hypotheses import Method

if TYPE_CHECKING:
    from ..model.criterion import AnyDeviance

Interval = Literal["confidence", "prediction"]


@dataclass(frozen=True)
class Rows:
    """What is to be predicted.

    Attributes:
        X: (m, p) and Z: (m, q), in the user's units.
        places: for each grouping factor (m,) each row's group as a position in the fit's; -1 for another.
        offset: (m,) what is added to X beta + Z u. weights: (m,) of a new response's residual; None for one.
    """

    X: np.ndarray
    Z: np.ndarray
    places: list[np.ndarray]
    offset: np.ndarray | float = 0.0
    weights: np.ndarray | None = None


def standard_errors(at: AnyDeviance, rows: Rows, taken: Sequence[bool]) -> np.ndarray:
    """(m,) standard errors of x'beta + z'u, in the user's units.

    Args:
        at: the deviance at the optimum.
        rows: what is predicted.
        taken: (q,) which random coefficients are part of the prediction.
    """
    scale = at.stage.scale
    z = np.where(taken, rows.Z, 0.0) @ scale.to_z
    parts = [z[:, part] for part in slices(at)]
    g = rows.X @ scale.to_x @ at.half_C - fixed_in(at, parts, rows.places)
    variance = np.einsum("mp,mp->m", g, g) + left(at, parts, rows.places)
    return np.sqrt(mean_residual_variance(at) * variance)


def half_width(
    se: np.ndarray, at: AnyDeviance, rows: Rows, taken: Sequence[bool], method: Method, kind: Interval, alpha: float
) -> np.ndarray:
    """(m,) half the widths of intervals of level 1 - alpha around predictions.

    Args:
        se: (m,) standard errors.
        at, rows, taken: see `standard_errors`.
        method: for the d.f. of what is predicted from the fixed effects alone.
        kind: "confidence", of the mean; "prediction", of a new response, whose random coefficients that are not taken
            are those of another group.
    """
    if kind == "prediction":
        others = np.where(taken, 0.0, rows.Z)
        residual = residual_variance(at) / (1.0 if rows.weights is None else rows.weights)
        new = np.einsum("ma,ab,mb->m", others, random_covariance(at), others)
        return special.ndtri(1 - alpha / 2) * np.sqrt(se**2 + new + residual)
    if any(taken):
        return special.ndtri(1 - alpha / 2) * se
    known = ~np.isnan(rows.X).any(axis=1)
    quantile = np.full(len(se), np.nan)
    quantile[known] = special.stdtrit(method.df(rows.X[known]), 1 - alpha / 2)
    return quantile * se


def random_effects_se(at: AnyDeviance) -> list[np.ndarray]:
    """(J_k, q_k) of each factor: standard deviations of the random coefficients, given the data and the estimates
    (lme4's condVar)."""
    parts, found = slices(at), list[np.ndarray]()
    groups = [len(d[0]) for d in ([at.d] if len(parts) == 1 else at.d)]
    for k, part in enumerate(parts):
        J = groups[k]
        spread = np.empty((J, part.stop - part.start))
        for a, row in enumerate(at.stage.scale.to_z[part, part]):
            z = [np.tile(row, (J, 1)) if m == k else np.zeros((J, p.stop - p.start)) for m, p in enumerate(parts)]
            places = [np.arange(J) if m == k else np.full(J, -1) for m in range(len(parts))]
            spread[:, a] = left(at, z, places)
        found.append(np.sqrt(mean_residual_variance(at) * spread))
    return found
