"""Predictions, and how far off they may be: with all, some or none of the random coefficients.

A prediction x'beta + z'u is off by what the estimate of beta and the prediction of u are off together. Seen from the
optimum, u is predicted from what beta leaves; so for a row of group j the variance is

    sigma2 (g'Cg + v'(I + Lambda'A_j Lambda)^-1 v)    with  g = x - B_j'D z,  v = Lambda'z,

a sum of squares. For a group that the fit has not seen, u has its prior variance, and g is x.

Source: Henderson (1975), Biometrics 31, eq. 5; G and sigma2 are taken as known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import special

from ..model.deviance import Deviance
from ..model.estimates import random_covariance, residual_variance
from .hypotheses import Method

Interval = Literal["confidence", "prediction"]


@dataclass(frozen=True)
class Rows:
    """What is to be predicted.

    Attributes:
        X: (m, p) and Z: (m, q), in the user's units.
        place: (m,) each row's group as a position in the fit's; -1 for another.
    """

    X: np.ndarray
    Z: np.ndarray
    place: np.ndarray


def standard_errors(at: Deviance, rows: Rows, taken: Sequence[bool]) -> np.ndarray:
    """(m,) standard errors of x'beta + z'u, in the user's units.

    Args:
        at: the deviance at the optimum.
        rows: what is predicted.
        taken: (q,) which random coefficients are part of the prediction.
    """
    scale, seen = at.stage.scale, rows.place >= 0
    x, z = rows.X @ scale.to_x, np.where(taken, rows.Z, 0.0) @ scale.to_z
    B = np.moveaxis(at.WR[:, :-1], -1, 0)[rows.place]
    g = x - np.where(seen[:, None], np.einsum("ma,map->mp", z @ at.D, B), 0.0)
    v = z @ at.Lambda
    left = np.where(seen[:, None, None], _left_of_prior(at)[rows.place], np.eye(at.stage.q))
    variance = np.einsum("mp,pr,mr->m", g, at.C, g) + np.einsum("ma,mab,mb->m", v, left, v)
    return np.sqrt(residual_variance(at) * variance)


def half_width(
    se: np.ndarray, at: Deviance, rows: Rows, taken: Sequence[bool], method: Method, kind: Interval, alpha: float
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
        new = np.einsum("ma,ab,mb->m", others, random_covariance(at), others)
        return special.ndtri(1 - alpha / 2) * np.sqrt(se**2 + new + residual_variance(at))
    if any(taken):
        return special.ndtri(1 - alpha / 2) * se
    known = ~np.isnan(rows.X).any(axis=1)
    quantile = np.full(len(se), np.nan)
    quantile[known] = special.stdtrit(method.df(rows.X[known]), 1 - alpha / 2)
    return quantile * se


def random_effects_se(at: Deviance) -> np.ndarray:
    """(J, q) standard deviations of the random coefficients, given the data and the estimates (lme4's condVar)."""
    T = at.stage.scale.to_z @ at.Lambda
    return np.sqrt(residual_variance(at) * np.einsum("ak,jkl,al->ja", T, _left_of_prior(at), T))


def _left_of_prior(at: Deviance) -> np.ndarray:
    """(J, q, q) (I + Lambda'A_j Lambda)^-1: what a group's data leave of the coefficients' prior variance."""
    by_group = np.moveaxis(at.stage.A, -1, 0)
    return np.linalg.inv(np.eye(at.stage.q) + at.Lambda.T @ by_group @ at.Lambda)
