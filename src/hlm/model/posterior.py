"""What the data leave of the random coefficients' prior variance, of one grouping factor or of several.

Given the fixed effects, u has the variance sigma2 (Z'Z + D^-1)^-1. Of one factor this is, group by group,
Lambda (I + Lambda'A_j Lambda)^-1 Lambda'. Of several, the first is eliminated as in `crossed_system`: with P_j that
matrix of its own and w = z_s - K_j'D_1 z_1, the variance of z'u is z_1'P_j z_1 + w'Q w.

Combinations of coefficients come as z, a list with a matrix (m, q_k) for each factor, in inside units, and `places`,
with (m,) the groups that they are of; -1 is a group that the fit has not seen, whose prior variance is left whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import scipy  # loads scipy.sparse when it is used

from .deviance import Deviance

if TYPE_CHECKING:
    from .criterion import AnyDeviance
    from .crossed_deviance import CrossedDeviance

ELEMENTS = 4_000_000  # of the dense matrix that w is in, a piece of the rows at a time

Parts = Sequence[np.ndarray]


def slices(at: AnyDeviance) -> tuple[slice, ...]:
    """Which of all q coefficients are each factor's."""
    return (slice(0, at.stage.q),) if isinstance(at, Deviance) else at.stage.slices


def left(at: AnyDeviance, z: Parts, places: Parts) -> np.ndarray:
    """(m,) the variance of z'u given the data and the fixed effects, over sigma2."""
    (first, *_), (group, *_) = z, places
    part = slices(at)[0]
    stage = at.stage if isinstance(at, Deviance) else at.stage.first
    known, Lambda = group >= 0, at.Lambda[part, part]
    by_group = np.moveaxis(stage.A, -1, 0)
    kept = np.linalg.inv(np.eye(len(Lambda)) + Lambda.T @ by_group @ Lambda)
    v = first @ Lambda
    variance = np.einsum("ma,ma->m", v, v)
    variance[known] = np.einsum("ma,mab,mb->m", v[known], kept[group[known]], v[known])
    return variance if isinstance(at, Deviance) else variance + _left_of_others(at, z, places)


def fixed_in(at: AnyDeviance, z: Parts, places: Parts) -> np.ndarray:
    """(m, p) how much of the fixed effects, whitened, is in the prediction of z'u: B'D z."""
    found = np.zeros((len(places[0]), at.stage.p))
    for k, (part, each, group) in enumerate(zip(slices(at), z, places, strict=True)):
        known = group >= 0
        found[known] = found[known] + np.einsum("ma,map->mp", each[known] @ at.D[part, part], _B(at, k)[group[known]])
    return found


def _B(at: AnyDeviance, factor: int) -> np.ndarray:
    """(J_k, q_k, p) Z_k'V^-1 X of each group, X whitened."""
    if isinstance(at, Deviance):
        return np.moveaxis(at.B_white, -1, 0)
    if factor == 0:
        return np.moveaxis(at.B_first[:, :-1], -1, 0)
    return at.B_others[at.stage.places[factor - 1], :-1]


def _left_of_others(at: CrossedDeviance, z: Parts, places: Parts) -> np.ndarray:
    """(m,) w'Q w, and the prior variance of the further factors' groups that the fit has not seen."""
    m, s, variance = len(places[0]), len(at.stage.NX), np.zeros(len(places[0]))
    rows, columns, values = list[np.ndarray](), list[np.ndarray](), list[np.ndarray]()
    for part, where, each, group in zip(at.stage.slices[1:], at.stage.places, z[1:], places[1:], strict=True):
        known = group >= 0
        new = each[~known]
        variance[~known] += np.einsum("ma,ab,mb->m", new, at.D[part, part], new)
        rows.append(np.repeat(np.flatnonzero(known), each.shape[1]))
        columns.append(where[group[known]].ravel())
        values.append(each[known].ravel())
    own = (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns)))
    w = scipy.sparse.csr_array(own, shape=(m, s)) - _through_first(at, z[0], places[0])
    step = max(1, ELEMENTS // s)
    for start in range(0, m, step):
        some = slice(start, start + step)
        dense = w[some].toarray().T
        variance[some] += np.einsum("sm,sm->m", dense, at.Q.times(dense))
    return variance


def _through_first(at: CrossedDeviance, z: np.ndarray, group: np.ndarray) -> scipy.sparse.csr_array:
    """(m, s) K_j'D_1 z: what a group's own coefficients take of the further factors'."""
    q, known = z.shape[1], np.flatnonzero(group >= 0)
    D = at.D[:q, :q]
    columns = (group[known, None] * q + np.arange(q)).ravel()
    own = ((z[known] @ D).ravel(), (np.repeat(known, q), columns))
    return scipy.sparse.csr_array(own, shape=(len(group), at.K.shape[0])) @ at.K
