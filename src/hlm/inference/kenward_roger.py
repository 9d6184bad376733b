"""How sure the fixed effects are: degrees of freedom by Satterthwaite, covariance and degrees of freedom by
Kenward and Roger. Both come from sums over schools; neither forms a matrix of the size of the data.

Contrasts arrive as rows of L (m, p) in the user's units; inside, v = half_C' T'L' (p, m) is what the model sees of
them, so that cov(L beta) = s2 v'v.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import special

from ..errors import ModelError
from ..model.deviance import Deviance, moved_information, symmetric_units, times

DDF = ("satterthwaite", "kenward-roger")


@dataclass(frozen=True)
class FTest:
    """A test that L beta = 0.

    Attributes:
        statistic: F. df_num, df_denom: its degrees of freedom. pvalue: of F. ddf: the method for df_denom.
    """

    statistic: float
    df_num: int
    df_denom: float
    pvalue: float
    ddf: str

    def __str__(self) -> str:
        return f"F({self.df_num}, {self.df_denom:.2f}) = {self.statistic:.4f}, p = {self.pvalue:.4g} ({self.ddf} d.f.)"


def _seen(at: Deviance, L: np.ndarray) -> np.ndarray:
    return at.half_C.T @ at.stage.scale.to_x.T @ L.T


class Satterthwaite:
    """Satterthwaite's (1946) degrees of freedom as Kuznetsova, Brockhoff & Christensen (2017), section 2.2, define
    them: 2 v^2 / var(v) for v = var(l'beta), var(v) by the delta method from the curvature of the deviance in
    (theta, sigma). At a singular fit the directions in which the deviance does not curve are left out."""

    name = "satterthwaite"

    def __init__(self, at: Deviance):
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
        at, v = self.at, _seen(self.at, L)
        square = np.einsum("pm,pm->m", v, v)
        by_theta = at.s2 * np.einsum("pm,ipr,rm->im", v, at.information_moved, v)
        slope = np.vstack([by_theta, 2 * np.sqrt(at.s2) * square])
        return 2 * (at.s2 * square) ** 2 / np.einsum("im,ik,km->m", slope, self.cov_parameters, slope)

    def f_test(self, L: np.ndarray, estimate: np.ndarray) -> tuple[float, float]:
        """F and denominator d.f. of L beta = 0, L of full row rank (lmerTest's contestMD).

        L is turned into independent rows, each with a t and d.f. of its own; F is the mean of t^2, and its d.f. are
        such that its expectation is that of the sum.
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


class KenwardRoger:
    """Kenward & Roger's (1997) adjusted covariance and degrees of freedom, as Halekoh & Hojsgaard (2014) compute them.

    Parameters are those in which the covariance of the data is linear. As these, the elements of D and, in place
    of the residual variance, the covariance as a whole are taken: a change of basis that leaves the results alone and
    makes every sum one over W and B (for the covariance as a whole, P and Q are the information itself).
    """

    name = "kenward-roger"

    def __init__(self, at: Deviance):
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
        return np.concatenate([moved_information(at.B_white, self._E), np.eye(at.stage.p)[None]])

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
        p, q = at.stage.p, at.stage.q
        # sum over i, k of w_ik Q_ik is sum_j B_j' K_j B_j with K = sum w_ik E_i W_j E_k.
        mix = np.einsum("ik,iab,kcd->adbc", w, E, E, optimize=True).reshape(q * q, q * q)
        K = (mix @ at.W.reshape(q * q, -1)).reshape(q, q, -1)
        KB = times(K, at.B_white)
        U = (at.B_white @ KB.transpose(0, 2, 1)).sum(axis=0)
        U = U - np.einsum("ik,ipr,krs->ps", w, P, P, optimize=True)
        U = (U + U.T) / 2
        T = at.stage.scale.to_x @ at.half_C
        return at.s2 * T @ (np.eye(p) + 2 * U) @ T.T

    def df(self, L: np.ndarray) -> np.ndarray:
        """(m,) degrees of freedom of each row of L."""
        return np.array([self._scaled_f(row[None])[1] for row in L])

    def f_test(self, L: np.ndarray, estimate: np.ndarray) -> tuple[float, float]:
        """F, scaled, and denominator d.f. of L beta = 0, L of full row rank."""
        scaling, df = self._scaled_f(L)
        b = L @ estimate
        return float(scaling * b @ np.linalg.solve(L @ self.cov @ L.T, b) / len(L)), df

    def _scaled_f(self, L: np.ndarray) -> tuple[float, float]:
        """The scaling of F and its denominator d.f. (Kenward & Roger 1997, section 3.2)."""
        m, w, v = len(L), self.cov_parameters, _seen(self.at, L)
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


def two_sided_p(t: np.ndarray, df: np.ndarray) -> np.ndarray:
    """P(|T| >= |t|) for Student's t with df degrees of freedom."""
    return 2 * special.stdtr(df, -np.abs(t))


def f_p(statistic: float, df_num: float, df_denom: float) -> float:
    """P(F >= statistic)."""
    return float(special.fdtrc(df_num, df_denom, statistic))
