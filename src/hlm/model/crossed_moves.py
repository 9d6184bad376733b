"""What V moves by when D does, of several grouping factors: four kinds of numbers, of which one is dear.

A direction E of D moves V by S = Z (I x E) Z'. With the system of `crossed_system`, G = Z_s'V^-1 Z_s = M (I - Q M),

    Z_1'V^-1 Z_s = K (I - Q M),    trace(V^-1 S_i V^-1 S_k) = trace(K'E_iK Q K'E_kK Q) + ...   within the first factor,

and this product of large matrices takes longer than the deviance and its slope together. So it waits until somebody
asks for `pairs`; all else takes sums over groups and products with tall matrices.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np

from .blocks import Blocks
from .crossed_system import CrossedSystem
from .deviance import symmetric_units, times


class Units:
    """What the r free elements of D, each with its mirror image, move, for X (whitened: X half_C) and the residual r.

    Attributes:
        trace: (r,) trace(V^-1 S_i). pairs: (r, r) trace(V^-1 S_i V^-1 S_k).
        once: (r, p + 1, p + 1) [X r]'V^-1 S_i V^-1 [X r].
        twice: (r, r, p + 1, p + 1) [X r]'V^-1 S_i V^-1 S_k V^-1 [X r].
    """

    def __init__(self, at: CrossedSystem):
        q = at.stage.first.q
        self.at, self.E = at, symmetric_units(*at.stage.free, at.stage.q)
        self._each = [_OfFirst(at, E[:q, :q]) if E[:q, :q].any() else _OfOther(at, E) for E in self.E]

    @cached_property
    def trace(self) -> np.ndarray:
        return np.einsum("iab,ab->i", self.E, self.at.seen_of_groups)

    @cached_property
    def once(self) -> np.ndarray:
        return np.array([one.once for one in self._each])

    @cached_property
    def twice(self) -> np.ndarray:
        r, width = len(self._each), self.at.stage.p + 1
        twice = np.empty((r, r, width, width))
        for i, one in enumerate(self._each):
            for k, other in enumerate(self._each[: i + 1]):
                twice[i, k] = _twice(self.at, one, other)
                twice[k, i] = twice[i, k].T
        return twice

    @cached_property
    def pairs(self) -> np.ndarray:
        return self._pairs(Blocks.__matmul__)

    @cached_property
    def rough_pairs(self) -> np.ndarray:
        """(r, r) `pairs` to some six digits, in less time."""
        return self._pairs(Blocks.roughly_times)

    def _pairs(self, product: Callable[[Blocks, Blocks], Blocks]) -> np.ndarray:
        for one in self._each:
            if isinstance(one, _OfFirst):
                one.Q_K_E_K = product(self.at.Q, one.K_E_K)
        pairs = np.empty((len(self._each),) * 2)
        for i, one in enumerate(self._each):
            for k, other in enumerate(self._each[: i + 1]):
                pairs[i, k] = pairs[k, i] = _pair(self.at, one, other)
        return pairs


class _OfFirst:
    """A direction E (q_1, q_1) of the first factor's D_1."""

    Q_K_E_K: Blocks  # as exact as the pairs are to be

    def __init__(self, at: CrossedSystem, E: np.ndarray):
        self.at, self.E = at, E

    @cached_property
    def E_B(self) -> np.ndarray:
        return np.einsum("ab,bcj->acj", self.E, self.at.B_first)

    @cached_property
    def K_E_B(self) -> np.ndarray:
        return self.at.K_turned(self.E_B)

    @property
    def once(self) -> np.ndarray:
        return np.einsum("acj,adj->cd", self.at.B_first, self.E_B)

    @property
    def K_E_K(self) -> Blocks:
        return self.at.K_K[tuple(np.argwhere(self.E)[-1])]


class _OfOther:
    """A direction E (q, q) of another factor's D."""

    def __init__(self, at: CrossedSystem, E: np.ndarray):
        self.at, self.E = at, E

    @cached_property
    def E_B(self) -> np.ndarray:
        return self.at.turned_rows(self.at.B_others, self.E)

    @property
    def once(self) -> np.ndarray:
        return self.at.B_others.T @ self.E_B

    @cached_property
    def E_G(self) -> Blocks:
        return self.at.turned(self.at.G, self.E)


def _twice(at: CrossedSystem, one: _OfFirst | _OfOther, other: _OfFirst | _OfOther) -> np.ndarray:
    """[X r]'V^-1 S_i V^-1 S_k V^-1 [X r]."""
    if isinstance(other, _OfOther):
        left = at.left_times(other.E_B)
        return one.K_E_B.T @ left if isinstance(one, _OfFirst) else one.E_B.T @ at.M.times(left)
    if isinstance(one, _OfOther):
        return _twice(at, other, one).T
    twice = np.einsum("acj,adj->cd", one.E_B, times(at.W, other.E_B))
    return twice - one.K_E_B.T @ at.Q.times(other.K_E_B)


def _pair(at: CrossedSystem, one: _OfFirst | _OfOther, other: _OfFirst | _OfOther) -> float:
    """trace(V^-1 S_i V^-1 S_k)."""
    if isinstance(one, _OfFirst):
        if isinstance(other, _OfOther):
            return _across(at, one, other)
        E_W_E = np.einsum("ab,bcj,cd->adj", one.E, at.W, other.E)
        pair = float(np.einsum("adj,daj->", E_W_E, at.W))
        pair -= at.through(at.turned_by_T(E_W_E + E_W_E.transpose(1, 0, 2)))
        return pair + one.Q_K_E_K.trace_of_product(other.Q_K_E_K)
    return _across(at, other, one) if isinstance(other, _OfFirst) else one.E_G.trace_of_product(other.E_G)


def _across(at: CrossedSystem, one: _OfFirst, other: _OfOther) -> float:
    """trace(V^-1 S_i V^-1 S_k): of K'E_iK (I - Q M) and (I - Q M) E_k, or of Q K'E_iK Q and D^-1 E_k D^-1."""
    if at.precision is None:
        left_E = at.turned(at.left.transposed(), other.E).transposed()
        return (one.K_E_K @ at.left).dot(left_E)
    trace = 0.0
    for places, part in zip(at.stage.places, at.stage.slices[1:], strict=True):
        precision, E = at.precision[part, part], other.E[part, part]
        if E.any():
            inside = one.Q_K_E_K.diagonal_blocks_of_product(at.Q, places).sum(axis=0)
            trace += float(np.vdot(precision @ E @ precision, inside))
    return trace
