"""What V moves by when D does, of several grouping factors: four kinds of numbers, of which one is dear.

A direction E of D moves V by S = Z (I x E) Z'. With the system of `crossed_system`, G = Z_s'V^-1 Z_s = M (I - Q M),

    Z_1'V^-1 Z_s = K (I - Q M),    trace(V^-1 S_i V^-1 S_k) = trace(K'E_iK Q K'E_kK Q) + ...   within the first factor,

and this product of large matrices takes longer than the deviance and its slope together. So it waits until somebody
asks for `pairs`; all else takes sums over groups and products with tall matrices.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np

from .blocks import Blocks
from .crossed_system import CrossedSystem
from .deviance import symmetric_units, times


class CrossedMoves(CrossedSystem):
    """What the r free elements of D, each with its mirror image, move, for X (whitened: X half_C) and residuals r."""

    @cached_property
    def units(self) -> np.ndarray:
        """(r, q, q) these directions of D."""
        return symmetric_units(*self.stage.free, self.stage.q)

    @cached_property
    def _each(self) -> list[_Unit]:
        q = self.stage.first.q
        return [_Unit(self, E, first=bool(E[:q, :q].any())) for E in self.units]

    @cached_property
    def trace(self) -> np.ndarray:
        """(r,) trace(V^-1 S_i)."""
        return np.einsum("iab,ab->i", self.units, self.seen_of_groups)

    @cached_property
    def once(self) -> np.ndarray:
        """(r, p + 1, p + 1) [X r]'V^-1 S_i V^-1 [X r]."""
        return np.array([one.once for one in self._each])

    @cached_property
    def twice(self) -> np.ndarray:
        """(r, r, p + 1, p + 1) [X r]'V^-1 S_i V^-1 S_k V^-1 [X r]."""
        return _symmetric(self._each, self._twice)

    @cached_property
    def pairs(self) -> np.ndarray:
        """(r, r) trace(V^-1 S_i V^-1 S_k)."""
        return self._pairs(Blocks.__matmul__)

    @cached_property
    def rough_pairs(self) -> np.ndarray:
        """(r, r) `pairs` to some six digits, in less time."""
        return self._pairs(Blocks.roughly_times)

    def _pairs(self, product: Callable[[Blocks, Blocks], Blocks]) -> np.ndarray:
        large = [
            product(self.Q, self.K_K[one.place]) if one.first else self.turned(self.G, one.E) for one in self._each
        ]
        return _symmetric(list(zip(self._each, large, strict=True)), self._pair)

    def _twice(self, one: _Unit, other: _Unit) -> np.ndarray:
        """[X r]'V^-1 S_i V^-1 S_k V^-1 [X r]."""
        if other.first and not one.first:
            return self._twice(other, one).T
        if other.first:
            twice = np.einsum("acj,adj->cd", one.E_B, times(self.W, other.E_B))
            return twice - one.K_E_B.T @ other.solved
        if one.first:
            return one.K_E_B.T @ other.solved
        return one.E_B.T @ self.right_times(other.E_B, other.solved)

    def _pair(self, one: tuple[_Unit, Blocks], other: tuple[_Unit, Blocks]) -> np.ndarray:
        """trace(V^-1 S_i V^-1 S_k), from Q K'E_iK or E_iG of each."""
        (i, of_i), (k, of_k) = one, other
        if i.first != k.first:
            return np.array(self._across(i, of_i, k) if i.first else self._across(k, of_k, i))
        pair = of_i.trace_of_product(of_k)
        if i.first:
            q = self.stage.first.q
            E_W_E = np.einsum("ab,bcj,cd->adj", i.E[:q, :q], self.W, k.E[:q, :q])
            pair += float(np.einsum("adj,daj->", E_W_E, self.W))
            pair -= self.through(self.turned_by_T(E_W_E + E_W_E.transpose(1, 0, 2)))
        return np.array(pair)

    def _across(self, one: _Unit, Q_K_E_K: Blocks, other: _Unit) -> float:
        """trace(V^-1 S_i V^-1 S_k): of K'E_iK (I - Q M) and (I - Q M) E_k, or of Q K'E_iK Q and D^-1 E_k D^-1."""
        if self.precision is None:
            left_E = self.turned(self.left.transposed(), other.E).transposed()
            return (self.K_K[one.place] @ self.left).dot(left_E)
        trace = 0.0
        for places, part in zip(self.stage.places, self.stage.slices[1:], strict=True):
            precision, E = self.precision[part, part], other.E[part, part]
            if E.any():
                inside = Q_K_E_K.diagonal_blocks_of_product(self.Q, places).sum(axis=0)
                trace += float(np.vdot(precision @ E @ precision, inside))
        return trace


class _Unit:
    """A direction E (q, q) of D, of the first factor or of another.

    Attributes:
        place: the element that moves. E_B: E Z'V^-1 [X r], and K_E_B: K' times that, of the first factor.
        solved: Q times K_E_B of the first factor, I - Q M times E_B of another.
        once: (p + 1, p + 1) as in `CrossedMoves`.
    """

    def __init__(self, at: CrossedSystem, E: np.ndarray, first: bool):
        self.E, self.first, self.place = E, first, tuple(np.argwhere(E)[-1])
        if first:
            q = at.stage.first.q
            self.E_B = np.einsum("ab,bcj->acj", E[:q, :q], at.B_first)
            self.K_E_B = at.K_turned(self.E_B)
            self.solved = at.Q.times(self.K_E_B)
            self.once = np.einsum("acj,adj->cd", at.B_first, self.E_B)
        else:
            self.E_B = at.turned_rows(at.B_others, E)
            self.solved = at.left_times(self.E_B)
            self.once = at.B_others.T @ self.E_B


def _symmetric(each: list[Any], of_two: Callable[[Any, Any], np.ndarray]) -> np.ndarray:
    """(r, r, ...) of every two, where the other way round is the transpose."""
    found = {(i, k): of_two(each[i], each[k]) for i in range(len(each)) for k in range(i + 1)}
    return np.array([[found[i, k] if k <= i else found[k, i].T for k in range(len(each))] for i in range(len(each))])
