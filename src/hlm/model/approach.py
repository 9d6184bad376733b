"""Cheap steps towards the optimum of a dear model of several factors: the Hessian need lead the last ones only.

The start is Rao's (1971) MIVQUE with all prior variances at zero, from sums that are at hand (Hartley, Rao & LaMotte
1978): unbiased for any variances, if not the best. From there the average of the observed and the expected information
leads (Gilmour, Thompson & Cullis 1995), in which the traces of products of large matrices cancel.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

from .crossed_deviance import CrossedDeviance
from .crossed_system import stacked
from .crossings import CrossedStage
from .deviance import Deviance

LITTLE = 1e-6  # a step that promises to lower the deviance by less is the Hessian's to make
SMALLEST = 0.03  # the least standard deviation, of the residual's, with which the search begins (standardised columns)


def approached(at: CrossedDeviance) -> CrossedDeviance:
    """The deviance near its optimum, or where the average information no longer leads there.

    It leads as long as each step lowers the deviance, and promises less than a quarter of what the last one did.
    """
    promised = np.inf
    while True:
        try:
            theta, promise = averaged(at)
            after = CrossedDeviance(at.stage, theta, at.reml) if LITTLE < promise < promised / 4 else at
        except np.linalg.LinAlgError:
            return at
        if not after.value < at.value:
            return at
        at, promised = after, promise


def averaged(at: CrossedDeviance) -> tuple[np.ndarray, float]:
    """The theta to which the average information leads, and twice what the deviance is to fall by.

    The step dD is taken on a precision rather than on D: a group's own coefficients, as the data show them, have a
    covariance of D and some error, whose inverse is W, the mean of Z_j'V^-1 Z_j over groups. If groups are alike, the
    average information is exact for W, and W - W dD W the optimum.

    Raises:
        LinAlgError: the information is singular, or the step leads out of the space of covariance matrices.
    """
    units, stage = at.units, at.stage
    seen = np.einsum("iab,ab->i", units.E, at.dd) / at.s2
    beside = units.once[:, :-1, -1]
    average = (units.twice[:, :, -1, -1] - beside @ beside.T) / at.s2 - np.outer(seen, seen) / at.dof
    slope = np.einsum("iab,ab->i", units.E, at.Gamma)
    moves = -np.linalg.solve(average, slope)
    dD, Lambda = np.tensordot(moves, units.E, 1), np.zeros_like(at.D)
    for part, groups in zip(stage.slices, stage.groups, strict=True):
        for block in stage.blocks:
            if part.start <= block[0] < part.stop:
                here = np.ix_(block, block)
                W = at.seen_of_groups[here] / groups
                Lambda[here] = np.linalg.cholesky(at.D[here] + np.linalg.inv(W - W @ dD[here] @ W) - np.linalg.inv(W))
    return Lambda[stage.free], float(-slope @ moves)


def unweighted(stage: CrossedStage) -> np.ndarray:
    """(parameters,) the theta of MIVQUE with prior variances of zero, without covariances.

    Raises:
        LinAlgError: the data do not tell the variances apart, or leave none for the residual.
    """
    first, q, p = stage.first, stage.q, stage.p
    plain = Deviance(first, np.zeros(len(first.free[0])), reml=True)
    kinds = [np.tile(np.arange(first.q), first.schools), np.empty(len(stage.NX), dtype=int)]
    for places, part in zip(stage.places, stage.slices[1:], strict=True):
        kinds[1][places] = np.arange(part.start, part.stop)
    kind = np.concatenate(kinds)
    own = sparse.csr_array((np.ones(len(kind)), (kind, np.arange(len(kind)))), shape=(q, len(kind)))
    blocks = np.arange(first.schools + 1)
    A = sparse.bsr_array((np.moveaxis(first.A, -1, 0), blocks[:-1], blocks))
    ZZ = sparse.block_array([[A, stage.C], [stage.C_turned, stage.N.as_sparse()]], format="csr")
    Z_Xy = np.vstack([stacked(plain.WR), stage.NX])
    X, r = Z_Xy[:, :p] @ plain.half_C, Z_Xy @ np.append(-plain.beta, 1.0)

    XX = np.array([X[kind == k].T @ X[kind == k] for k in range(q)])
    information = np.empty((q + 1, q + 1))
    information[:-1, :-1] = (own @ ZZ.power(2) @ own.T).toarray() + np.einsum("ipr,kpr->ik", XX, XX)
    for k in range(q):
        information[:-1, k] -= 2 * own @ (X * (ZZ @ (X * (kind == k)[:, None]))).sum(axis=1)
    information[:-1, -1] = information[-1, :-1] = own @ ZZ.diagonal() - np.einsum("ipp->i", XX)
    information[-1, -1] = plain.dof
    *variances, residual = np.linalg.solve(information, np.append(own @ r**2, plain.dof * plain.s2))
    if residual <= 0:
        raise np.linalg.LinAlgError("no variance is left")
    deviations = np.sqrt(np.maximum(np.array(variances) / residual, SMALLEST**2))
    rows, columns = stage.free
    return np.where(rows == columns, deviations[rows], 0.0)
