"""The derivatives of the profiled deviance of a model with several grouping factors.

Each of them, and every quantity of Satterthwaite's and of Kenward and Roger's, is made of four kinds of numbers about
the directions in which V moves (`crossed_moves`).
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from .crossed_moves import CrossedMoves
from .deviance import directions


class CrossedDeviance(CrossedMoves):
    """-2 log-likelihood (ML, or REML) at one Lambda, profiled over beta and sigma2, with its derivatives."""

    def seen(self, L: np.ndarray) -> np.ndarray:
        """(p, m) what the model sees of contrasts L (m, p) in the user's units: v with cov(L beta) = s2 v'v."""
        return self.half_C.T @ self.stage.scale.to_x.T @ L.T

    @cached_property
    def C(self) -> np.ndarray:
        """(p, p) inverse of X'V^-1 X."""
        return self.half_C @ self.half_C.T

    @property
    def d(self) -> list[np.ndarray]:
        """(q_k, J_k) of each factor: Z_k'V^-1 (y - X beta)."""
        return [self.B_first[:, -1], *(self.B_others[places, -1].T for places in self.stage.places)]

    @cached_property
    def dd(self) -> np.ndarray:
        """(q, q) the sum of d d' over groups, factor by factor."""
        return self.by_factor([d @ d.T for d in self.d])

    @cached_property
    def Gamma(self) -> np.ndarray:
        """(q, q) derivative of the deviance: moving D by dD, within factors, moves it by trace(Gamma dD)."""
        gamma = self.seen_of_groups - self.dd / self.s2
        if self.reml:
            X = [self.B_first[:, :-1], *(self.B_others[places, :-1].transpose(1, 2, 0) for places in self.stage.places)]
            gamma -= self.by_factor([np.einsum("apj,bpj->ab", x, x) for x in X])
        return (gamma + gamma.T) / 2

    @cached_property
    def gradient(self) -> np.ndarray:
        """(parameters,) derivative by theta, the free elements of Lambda: 2 Gamma Lambda."""
        return (2 * self.Gamma @ self.Lambda)[self.stage.free]

    @cached_property
    def directions(self) -> np.ndarray:
        """(parameters, q, q) how D moves with each element of theta."""
        return directions(self.Lambda, self.stage.free)

    @cached_property
    def residual_slope(self) -> np.ndarray:
        """(parameters,) minus the derivative of r'V^-1 r by theta, divided by s2."""
        return np.einsum("iab,ab->i", self.directions, self.dd) / self.s2

    @cached_property
    def hessian(self) -> np.ndarray:
        """(parameters, parameters) second derivative by theta, sigma2 profiled out."""
        return self.hessian_given_sigma - np.outer(self.residual_slope, self.residual_slope) / self.dof

    @cached_property
    def rough_hessian(self) -> np.ndarray:
        """(parameters, parameters) `hessian` to some six digits, in less time: enough to lead a step."""
        rough = self._hessian(self.rough_pairs)
        return rough - np.outer(self.residual_slope, self.residual_slope) / self.dof

    @cached_property
    def hessian_given_sigma(self) -> np.ndarray:
        """(parameters, parameters) second derivative by theta with sigma2 held at s2.

        With P = V^-1 less what beta takes, it is 2 r'PS_iPS_kPr / s2 - trace(P S_i P S_k), less the latter's P for ML,
        and Gamma along the second derivatives of D.
        """
        return self._hessian(self.pairs)

    def _hessian(self, pairs: np.ndarray) -> np.ndarray:
        of = self._of_units(self.directions)
        beside, twice = of @ self.once[:, :-1, -1], of @ self.twice[:, :, -1, -1] @ of.T
        hessian = 2 / self.s2 * (twice - beside @ beside.T) - of @ self._products(pairs) @ of.T
        rows, columns = self.stage.free
        return hessian + 2 * self.Gamma[np.ix_(rows, rows)] * (columns[:, None] == columns)

    def _of_units(self, E: np.ndarray) -> np.ndarray:
        """(r, parameters) directions E (r, q, q) of D, each within blocks of Lambda, as sums of its single elements."""
        return E[:, *self.stage.free]

    def _products(self, pairs: np.ndarray) -> np.ndarray:
        """(r, r) trace(P S_i P S_k) of single elements, from `pairs`; for ML these, with V^-1 in the place of P."""
        if not self.reml:
            return pairs
        X = self.once[:, :-1, :-1].reshape(len(pairs), -1)
        twice = np.einsum("ikpp->ik", self.twice[:, :, :-1, :-1])
        return pairs - twice - twice.T + X @ X.T

    def products(self, E: np.ndarray) -> np.ndarray:
        """(r, r) as `Deviance.products`."""
        of = self._of_units(E)
        return of @ self.pairs @ of.T

    def information_along(self, E: np.ndarray) -> np.ndarray:
        """(r, p, p) as `Deviance.information_along`."""
        return np.tensordot(self._of_units(E), self.once[:, :-1, :-1], 1)

    def information_twice(self, E: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """(p, p) as `Deviance.information_twice`."""
        of = self._of_units(E)
        return np.einsum("ik,ikpr->pr", of.T @ weights @ of, self.twice[:, :, :-1, :-1])

    def expected_information(self, E: np.ndarray) -> np.ndarray:
        """(r + 1, r + 1) as `Deviance.expected_information`: twice the Fisher information about D, and V as a whole."""
        of = self._of_units(E)
        whole = of @ (self.trace - self.reml * np.einsum("ipp->i", self.once[:, :-1, :-1]))
        information = np.empty((len(E) + 1, len(E) + 1))
        information[:-1, :-1], information[-1, -1] = of @ self._products(self.pairs) @ of.T, self.dof
        information[:-1, -1] = information[-1, :-1] = whole
        return information

    @cached_property
    def information_moved(self) -> np.ndarray:
        """(parameters, p, p) minus the derivative of X'V^-1 X by theta, whitened."""
        return self.information_along(self.directions)
