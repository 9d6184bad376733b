"""Cheap steps towards the optimum of several factors, where the Hessian is dear and need lead the last ones only.

The average of the observed and the expected information leads (Gilmour, Thompson & Cullis 1995): the traces of products
of large matrices cancel in it.
"""

from __future__ import annotations

import numpy as np

from .crossed_deviance import CrossedDeviance

LITTLE = 1e-6  # a step that promises to lower the deviance by less is the Hessian's to make


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
    stage = at.stage
    seen = np.einsum("iab,ab->i", at.units, at.dd) / at.s2
    beside = at.once[:, :-1, -1]
    average = (at.twice[:, :, -1, -1] - beside @ beside.T) / at.s2 - np.outer(seen, seen) / at.dof
    slope = np.einsum("iab,ab->i", at.units, at.Gamma)
    moves = -np.linalg.solve(average, slope)
    dD, Lambda = np.tensordot(moves, at.units, 1), np.zeros_like(at.D)
    for part, groups in zip(stage.slices, stage.groups, strict=True):
        for block in stage.blocks:
            if part.start <= block[0] < part.stop:
                here = np.ix_(block, block)
                W = at.seen_of_groups[here] / groups
                Lambda[here] = np.linalg.cholesky(at.D[here] + np.linalg.inv(W - W @ dD[here] @ W) - np.linalg.inv(W))
    return Lambda[stage.free], float(-slope @ moves)
