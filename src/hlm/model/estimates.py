"""Estimates in the user's units, from the optimum in the units used inside.

Every function takes the deviance at the optimum.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .formula import Layout

if TYPE_CHECKING:
    from .criterion import AnyDeviance
    from .crossed_deviance import CrossedDeviance
    from .deviance import Deviance


def fixed_effects(at: AnyDeviance) -> np.ndarray:
    """(p,) gamma, the fixed effects."""
    scale = at.stage.scale
    return scale.unit_y * scale.to_x @ at.beta + scale.taken_y


def inside(at: AnyDeviance, effects: np.ndarray) -> np.ndarray:
    """(p,) the way back: fixed effects in the units used inside."""
    scale = at.stage.scale
    return np.linalg.solve(scale.unit_y * scale.to_x, effects - scale.taken_y)


def residual_variance(at: AnyDeviance) -> float:
    """sigma2; with weights, of a row that weighs one."""
    return mean_residual_variance(at) * at.stage.scale.weight


def mean_residual_variance(at: AnyDeviance) -> float:
    """The residual variance of a row of the mean weight, of which D is in units."""
    return float(at.s2 * at.stage.scale.unit_y**2)


def random_covariance(at: AnyDeviance) -> np.ndarray:
    """(q, q) G, the covariance of the random coefficients."""
    T = at.stage.scale.to_z @ at.Lambda
    return mean_residual_variance(at) * T @ T.T


def random_names(layout: Layout, free: tuple[np.ndarray, np.ndarray]) -> list[str]:
    """What the distinct elements of G are called, in the order of `free`: "var ses", "cov Intercept, ses"; of several
    factors with " | sch.id" behind."""
    z, of = layout.z, layout.of
    pairs = zip(*free, strict=True)
    return [f"var {z[r]}{of[r]}" if r == c else f"cov {z[c]}, {z[r]}{of[r]}" for r, c in pairs]


def variance_table(at: AnyDeviance, layout: Layout) -> pd.DataFrame:
    """Variances, then covariances, of each random term, and the residual's variance, as lme4's VarCorr frame.

    Returns:
        DataFrame: group, var1, var2, vcov, sdcor (a standard deviation, or a correlation).
    """
    G, z, rows = random_covariance(at), layout.z, list[tuple[str, str | None, str | None, float, float]]()
    sd = np.sqrt(np.diag(G))
    for place, (block, factor) in enumerate(zip(layout.blocks, layout.factors, strict=True)):
        before = layout.factors[:place].count(factor)
        group = factor + (f".{before}" if before else "")
        rows += [(group, z[k], None, G[k, k], sd[k]) for k in block]
        pairs = [(a, b) for start, a in enumerate(block) for b in block[start + 1 :]]
        with np.errstate(invalid="ignore"):  # a correlation with what does not vary is NaN
            rows += [(group, z[a], z[b], G[a, b], G[a, b] / (sd[a] * sd[b])) for a, b in pairs]
    s2 = residual_variance(at)
    rows.append(("Residual", None, None, s2, np.sqrt(s2)))
    return pd.DataFrame(rows, columns=["group", "var1", "var2", "vcov", "sdcor"])


def random_root(at: AnyDeviance) -> np.ndarray:
    """(q, q) a T with T T' = G. G may be singular, so this is Lambda's, not a Cholesky factor."""
    return np.sqrt(mean_residual_variance(at)) * at.stage.scale.to_z @ at.Lambda


def random_effects(at: Deviance) -> np.ndarray:
    """(J, q) the predicted U_j (BLUPs)."""
    scale = at.stage.scale
    return scale.unit_y * (scale.to_z @ at.D @ at.d).T


def crossed_effects(at: CrossedDeviance) -> list[np.ndarray]:
    """(J_k, q_k) of each factor: the predicted U (BLUPs) of its groups."""
    T = at.stage.scale.unit_y * at.stage.scale.to_z @ at.D
    return [(T[part, part] @ d).T for part, d in zip(at.stage.slices, at.d, strict=True)]


def log_likelihood(at: AnyDeviance) -> float:
    """The log-likelihood; of the residuals' contrasts, if REML.

    Source: Bates, Maechler, Bolker & Walker (2015), section 3.4, eq. 35 (ML) and eq. 42 (REML).
    """
    scale = at.stage.scale
    twice = at.value + at.dof * (1 + np.log(2 * np.pi) + np.log(scale.unit_y**2))
    if at.reml:
        twice -= 2 * np.linalg.slogdet(scale.to_x)[1]
    return float(-(twice - scale.log_weights) / 2)


def share_between(at: AnyDeviance) -> float:
    """Share of the variance that lies between groups: mean of z'Gz over rows, over that plus sigma2.

    With weights, the mean is weighted, and sigma2 / w is taken at the mean weight.

    Source: Johnson (2014), Methods in Ecology and Evolution 5, eq. 10.
    """
    between = np.trace(at.stage.squares @ at.D) / at.stage.nobs
    return float(between / (between + 1))
