"""What the sums of several factors say of the variances before any of them is known: a first look that costs little.

With V = I all that the expected information takes is products of sparse sums. A step of scoring from there is Rao's
(1971) MIVQUE with prior variances of zero (Hartley, Rao & LaMotte 1978): unbiased for any variances, if not the best.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from scipy import sparse

from .crossed_system import stacked
from .crossings import CrossedStage
from .deviance import Deviance, symmetric_units


class Unweighted:
    """What `checks.require_identified` and `starts.scored` ask of a deviance, where Lambda is zero.

    Attributes:
        ZZ: Z'Z of all factors, sparse. X: (its rows, p) Z'X, X whitened.
    """

    def __init__(self, stage: CrossedStage, reml: bool):
        first, q = stage.first, stage.q
        self.stage, self.reml = stage, reml
        self.theta, self.D = np.zeros(len(stage.free[0])), np.zeros((q, q))
        plain = Deviance(first, np.zeros(len(first.free[0])), reml)
        self.dof, self.s2 = plain.dof, plain.s2
        groups, rows = np.arange(first.schools + 1), first.schools * first.q
        A = sparse.bsr_array((np.moveaxis(first.A, -1, 0), groups[:-1], groups))
        self.ZZ = sparse.block_array([[A, stage.C], [stage.C_turned, stage.N.as_sparse()]], format="csr")
        self._places = [np.arange(rows).reshape(-1, first.q), *(rows + places for places in stage.places)]
        Z_Xy = np.vstack([stacked(plain.WR), stage.NX])
        self.X, d = Z_Xy[:, :-1] @ plain.half_C, Z_Xy @ np.append(-plain.beta, 1.0)
        self.dd = np.zeros((q, q))
        for part, places in zip(stage.slices, self._places, strict=True):
            self.dd[part, part] = d[places].T @ d[places]

    def _along(self, E: np.ndarray) -> sparse.csr_array:
        """I x E, for each group of each factor."""
        entries = [
            (np.full(len(places), E[part.start + a, part.start + b]), places[:, a], places[:, b])
            for part, places in zip(self.stage.slices, self._places, strict=True)
            for a, b in zip(*np.nonzero(E[part, part]), strict=True)
        ]
        values, rows, columns = (np.concatenate(each) for each in zip(*entries, strict=True))
        return sparse.csr_array((values, (rows, columns)), shape=self.ZZ.shape)

    @cached_property
    def _units(self) -> list[sparse.csr_array]:
        return [self._along(E) for E in symmetric_units(*self.stage.free, self.stage.q)]

    @cached_property
    def _pairs(self) -> np.ndarray:
        moved = [E @ self.ZZ for E in self._units]
        turned = [sparse.csr_array(each.T) for each in moved]
        return np.array([[one.multiply(other).sum() for other in turned] for one in moved])

    def products(self, E: np.ndarray) -> np.ndarray:
        """(r, r) as `Deviance.products`."""
        of = E[:, *self.stage.free]
        return of @ self._pairs @ of.T

    def expected_information(self, E: np.ndarray) -> np.ndarray:
        """(r + 1, r + 1) as `Deviance.expected_information`."""
        of = E[:, *self.stage.free]
        moved = [E @ self.X for E in self._units]
        once = np.array([self.X.T @ each for each in moved])
        twice = np.array([[np.vdot(one, self.ZZ @ other) for other in moved] for one in moved])
        trace = np.array([E.multiply(self.ZZ).sum() for E in self._units])
        pairs = self._pairs + self.reml * (np.einsum("ipr,krp->ik", once, once) - twice - twice.T)
        whole = of @ (trace - self.reml * np.einsum("ipp->i", once))
        return np.block([[of @ pairs @ of.T, whole[:, None]], [whole, np.array([self.dof])]])
