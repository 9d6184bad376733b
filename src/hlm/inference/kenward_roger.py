"""Kenward and Roger's covariance and degrees of freedom of the fixed effects.

Contrasts arrive as rows of L (m, p) in the user's units. Everything is a sum over schools; no matrix has the size of
the data.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

from ..errors import ModelError
from ..model.deviance import symmetric_units

if TYPE_CHECKING:
    from ..model.criterion import AnyDeviance


class KenwardRoger:
    """Kenward & Roger's adjusted covariance of the fixed effects, and their degrees of freedom.

    Parameters are those in which the covariance of the data is linear. As these, the elements of D and, in place
    of the residual variance, the covariance as a whole are taken: a change of basis that leaves the results alone and
    makes every sum one over W and B (for the covariance as a whole, P and Q are the information itself).

    Args:
        at: the deviance at the optimum.

    Raises:
        ModelError: a fit by maximum likelihood.

    Source: Kenward & Roger (1997), Biometrics 53; as Halekoh & Hojsgaard (2014), Journal of Statistical Software
    59(9), compute them.
    """

    name: Final = "kenward-roger"

    def __init__(self, at: AnyDeviance):
        if not at.reml:
            raise ModelError(
                "Kenward-Roger needs a REML fit: its adjustment corrects the REML information, and ML variances are "
                "biased downwards. Fit with reml=True, or use ddf='satterthwaite'"
            )
        self.at = at

    @cached_property
    def _E(self) -> np.ndarray:
        """(r, q, q) the directions of D's free elements."""
        return symmetric_units(*self.at.stage.free, self.at.stage.q)

    @cached_property
    def P(self) -> np.ndarray:
        """(r + 1, p, p) whitened derivative of the information by each parameter; the last is the identity."""
        at = self.at
        return np.concatenate([at.information_along(self._E), np.eye(at.stage.p)[None]])

    @cached_property
    def cov_parameters(self) -> np.ndarray:
        """(r + 1, r + 1) twice the inverse of the expected REML information (their W)."""
        information = self.at.expected_information(self._E)
        size = np.sqrt(np.diag(information))
        return 2 * np.linalg.pinv(information / np.outer(size, size), hermitian=True) / np.outer(size, size)

    @cached_property
    def cov(self) -> np.ndarray:
        """(p, p) adjusted covariance of beta (their eq. 3), in inside units of y."""
        at, E, P, w = self.at, self._E, self.P[:-1], self.cov_parameters[:-1, :-1]
        p = at.stage.p
        U = at.information_twice(E, w)
        U = U - np.einsum("ik,ipr,krs->ps", w, P, P, optimize=True)
        U = (U + U.T) / 2
        T = at.stage.scale.to_x @ at.half_C
        return at.s2 * T @ (np.eye(p) + 2 * U) @ T.T

    def df(self, L: np.ndarray) -> np.ndarray:
        """(m,) degrees of freedom of each row of L."""
        return np.array([self._scaled_f(row[None])[1] for row in L])

    def f_test(self, L: np.ndarray, estimate: np.ndarray) -> tuple[float, float]:
        """F, scaled, and denominator d.f. of L beta = 0.

        Args:
            L: (m, p) contrasts, of full row rank. estimate: (p,) beta, in inside units of y.
        """
        scaling, df = self._scaled_f(L)
        b = L @ estimate
        return float(scaling * b @ np.linalg.solve(L @ self.cov @ L.T, b) / len(L)), df

    def _scaled_f(self, L: np.ndarray) -> tuple[float, float]:
        """The scaling of F and its denominator d.f. (Kenward & Roger 1997, section 3.2)."""
        m, w, v = len(L), self.cov_parameters, self.at.seen(L)
        onto = v @ np.linalg.solve(v.T @ v, v.T)
        MP = onto @ self.P
        traces = np.einsum("ipp->i", MP)
        A1 = traces @ w @ traces
        A2 = np.einsum("ik,ipr,krp->", w, MP, MP, optimize=True)
        if m == 1:  # both moments then agree with those of t^2 on 2 / A2 degrees of freedom, unscaled
            return 1.0, float(2 / A2)
        B = (A1 + 6 * A2) / (2 * m)
        g = ((m + 1) * A1 - (m + 4) * A2) / ((m + 2) * A2)
        below = 3 * m + 2 * (1 - g)
        c1, c2, c3 = g / below, (m - g) / below, (m + 2 - g) / below
        V0, V1, V2 = (0.0 if abs(x) < 1e-10 else x for x in (1 + c1 * B, 1 - c2 * B, 1 - c3 * B))
        ratio = 1.0 if V1 == 0 and abs(1 - A2 / m) < 1e-14 else (1 - A2 / m) / V1
        rho = ratio**2 * V0 / V2 / m if V2 else np.inf
        df = 4 + (m + 2) / (m * rho - 1)
        return float(df * (1 - A2 / m) / (df - 2)), float(df)
