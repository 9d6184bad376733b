"""Where the search for the optimum of a likelihood begins: near most data, or where scoring leads from a first look."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .criterion import deviance_at, without_variances
from .deviance import symmetric_units
from .two_stage import TwoStage

if TYPE_CHECKING:
    from .criterion import AnyLook, AnyStage

SMALLEST = 0.03  # the least standard deviation, in standardised columns, with which a dear search begins


def first_look(stage: AnyStage, reml: bool) -> AnyLook:
    """The deviance without random effects; of several factors near most data or, where it is dear, without random
    effects too, but its information alone."""
    if isinstance(stage, TwoStage) or not stage.cheap:
        return without_variances(stage, reml)
    return deviance_at(stage, near_most_data(stage), reml)


def near_most_data(stage: AnyStage) -> np.ndarray:
    """In standardised columns, random coefficients of a third of the residual's spread each, uncorrelated."""
    rows, columns = stage.free
    size = np.sqrt(np.diag(stage.squares) / stage.nobs)
    return np.where(rows == columns, 0.35 / np.where(size > 0, size, 1.0)[rows], 0.0)


def scored_start(look: AnyLook) -> np.ndarray:
    """The theta to which scoring leads; from near most data if from no variances it leads to none."""
    theta = scored(look, None if look.stage.cheap else SMALLEST)
    return theta if theta.any() else scored(deviance_at(look.stage, near_most_data(look.stage), look.reml))


def scored(at: AnyLook, smallest: float | None = None) -> np.ndarray:
    """The theta to which one step of Fisher's scoring leads, if it is a covariance matrix; else `at`'s own.

    With a smallest standard deviation, what falls short of it is lifted to it, and is a covariance matrix again.

    From whatever variances one starts, that is an unbiased estimate (Rao's MIVQUE, 1971): for many groups a good one.
    """
    E = symmetric_units(*at.stage.free, at.stage.q)
    seen = np.append(np.einsum("iab,ab->i", E, at.dd), at.dof * at.s2)
    try:
        *moves, whole = np.linalg.solve(at.expected_information(E), seen)
        D = at.D + np.tensordot(moves, E, 1) / whole
        Lambda = np.zeros_like(D)
        for block in at.stage.blocks:
            here = np.ix_(block, block)
            values, vectors = np.linalg.eigh(D[here])
            lifted = np.zeros_like(values) if smallest is None else np.maximum(smallest**2 - values, 0.0)
            Lambda[here] = np.linalg.cholesky(D[here] + vectors * lifted @ vectors.T)
    except np.linalg.LinAlgError:
        return at.theta
    return Lambda[at.stage.free] if whole > 0 else at.theta
