"""Satterthwaite's degrees of freedom of the fixed effects, from the curvature of the deviance.

Contrasts arrive as rows of L (m, p) in the user's units. Everything is a sum over schools; no matrix has the size of
the data.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from ..model.criterion import AnyDeviance


class Satterthwaite:
    """Satterthwaite's degrees of freedom: 2 v^2 / var(v) for v = var(l'beta).

    var(v) comes by the delta method from the curvature of the deviance in (theta, sigma). At a singular fit the
    directions in which the deviance does not curve are left out.

    Args:
        at: the deviance at the optimum.

    Source: Satterthwaite (1946), Biometrics Bulletin 2; as Kuznetsova, Brockhoff & Christensen (2017), Journal of
    Statistical Software 82(13), section 2.2, define them.
    """

    name: Final = "satterthwaite"

    def __init__(self, at: AnyDeviance):
        self.at = at

    @property
    def cov(self) -> np.ndarray:
        """(p, p) covariance of beta, in inside units of y: the plain one."""
        T = self.at.stage.scale.to_x
        return self.at.s2 * T @ self.at.C @ T.T

    @cached_property
    def cov_parameters(self) -> np.ndarray:
        """Asymptotic covariance of (theta, sigma): twice the inverse Hessian of the deviance."""
        at, sigma = self.at, np.sqrt(self.at.s2)
        H = np.empty((len(at.theta) + 1,) * 2)
        H[:-1, :-1] = at.hessian_given_sigma
        H[:-1, -1] = H[-1, :-1] = 2 * at.residual_slope / sigma
        H[-1, -1] = 4 * at.dof / at.s2
        size = np.sqrt(np.maximum(np.abs(np.diag(H)), 1e-8 * np.abs(np.diag(H)).max()))
        values, vectors = np.linalg.eigh(H / np.outer(size, size))
        curved = values > 1e-9
        half = vectors[:, curved] / np.sqrt(values[curved]) / size[:, None]
        return 2 * half @ half.T

    def df(self, L: np.ndarray) -> np.ndarray:
        """(m,) degrees of freedom of each row of L."""
        at, v = self.at, self.at.seen(L)
        square = np.einsum("pm,pm->m", v, v)
        by_theta = at.s2 * np.einsum("pm,ipr,rm->im", v, at.information_moved, v)
        slope = np.vstack([by_theta, 2 * np.sqrt(at.s2) * square])
        return 2 * (at.s2 * square) ** 2 / np.einsum("im,ik,km->m", slope, self.cov_parameters, slope)

    def f_test(self, L: np.ndarray, estimate: np.ndarray) -> tuple[float, float]:
        """F and denominator d.f. of L beta = 0 (lmerTest's contestMD).

        L is turned into independent rows, each with a t and d.f. of its own; F is the mean of t^2, and its d.f. are
        such that its expectation is that of the sum.

        Args:
            L: (m, p) contrasts, of full row rank. estimate: (p,) beta, in inside units of y.
        """
        values, vectors = np.linalg.eigh(L @ self.cov @ L.T)
        rows = vectors.T @ L
        t2 = (rows @ estimate) ** 2 / values
        return float(t2.mean()), _joint_df(self.df(rows))


def _joint_df(nu: np.ndarray) -> float:
    """D.f. of an F that averages independent t^2 with nu d.f. each (Fai & Cornelius 1996)."""
    if np.ptp(nu) < 1e-8:
        return float(nu.mean())
    if (nu <= 2).any():
        return 2.0
    expected = (nu / (nu - 2)).sum()
    return float(2 * expected / (expected - len(nu)))
