"""The profiled deviance of a linear mixed model, as a function of the relative covariance factor Lambda.

The model is y = X beta + Z u + e with u_j ~ N(0, sigma2 D), D = Lambda Lambda', in Bates et al.'s (2015) notation.
Seen from the schools it is a regression in two stages (Raudenbush & Bryk 2002, chapter 3). Each school regresses every
column of [X y] on its own Z; its coefficients are R_j, known with precision A_j = Z_j'Z_j. Because the true
coefficients vary with D, what R_j tells of the fixed effects has the precision

    W_j = (A_j^-1 + D)^-1 = Z_j' V_j^-1 Z_j = (I + A_j D)^-1 A_j                with  V_j = I + Z_j D Z_j',

and generalised least squares is a sum over schools of what their Z cannot explain, S, and what their coefficients do:

    [X y]' V^-1 [X y] = S + sum_j R_j' W_j R_j.

Every term is a square, so nothing cancels; and |V_j| = |I + A_j D| is Bates et al.'s |L_theta|^2. From here on the
criterion is theirs, section 3.4: eq. 34 (ML) and eq. 41 (REML).

Columns are centred and scaled first, and all results scaled back at the end, so that the units of the data (dollars,
thousands, a year counted from 0 or from 2000) cost no digits.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .formula import INTERCEPT, Layout
from .moments import Moments, varying_z

# A direction of Z in which a school's students differ by less than this (squared, in standard deviations of the
# whole sample) is rounding error: the school says nothing about that coefficient.
NO_SPREAD = 1e-24


@dataclass(frozen=True)
class Scale:
    """How the columns used inside relate to the user's: x = shift + unit * x_inside.

    `to_x` (p, p) and `to_z` (q, q) carry coefficients of the inside columns to those of the user's.
    """

    to_x: np.ndarray
    to_z: np.ndarray
    unit_y: float
    shift_y: float


@dataclass(frozen=True)
class TwoStage:
    """What the deviance needs of each school, in inside units.

    Attributes:
        A: (J, q, q) Z'Z. R: (J, q, p + 1) the school's regression of each column of [X y] on Z.
        S: (p + 1, p + 1) cross-products of [X y] that no school's Z explains, summed.
        nobs: rows. scale: the way back to the user's units.
        free: the rows and columns of Lambda's lower triangle that are parameters, as two arrays.
    """

    A: np.ndarray
    R: np.ndarray
    S: np.ndarray
    nobs: int
    scale: Scale
    free: tuple[np.ndarray, np.ndarray]

    @property
    def p(self) -> int:
        return self.S.shape[0] - 1

    @property
    def q(self) -> int:
        return self.A.shape[1]


def two_stage(m: Moments) -> TwoStage:
    """Standardise a model's moments and turn them into each school's own regressions."""
    layout, k = m.layout, len(m.layout.columns)
    grand = m.n @ m.mean / m.n.sum()
    spread = np.sqrt((np.diag(m.within) + m.n @ (m.mean - grand) ** 2) / m.n.sum())
    x_shift = grand if INTERCEPT in layout.x else -m.origin
    z_shift = np.where(_centred_in_z(layout), grand, -m.origin)
    about = np.hypot(spread, np.abs(x_shift - grand))  # the column's size as the model sees it
    unit = np.where(about > 0, about, 1.0)

    mean, within = (m.mean - x_shift) / unit, m.within / np.outer(unit, unit)
    x = [_place(layout, name) for name in layout.x] + [k]
    mean_x = _with_intercept(mean, x)
    S = _with_intercept(within, x, 0.0)
    S = _with_intercept(S.T, x, 0.0).T

    z = [_place(layout, name) for name in layout.z]
    mean_z = _with_intercept((m.mean - z_shift) / unit, z)
    varying = [a for a, name in enumerate(layout.z) if name != INTERCEPT]
    zv = varying_z(layout)
    Szz = m.scatter[:, :, zv] / np.outer(unit[zv], unit[zv])
    Szx = _with_intercept(m.scatter / (unit[zv, None] * unit), x, 0.0)

    A = m.n[:, None, None] * mean_z[:, :, None] * mean_z[:, None, :]
    A[np.ix_(range(m.ngroups), varying, varying)] += Szz
    if INTERCEPT in layout.z:
        # The school's slopes come from deviations about its means; its intercept puts the line through the means.
        slopes = _inverse(Szz, m.n) @ Szx
        S = S - np.einsum("jza,jzb->ab", slopes, Szx)
        R = np.empty((m.ngroups, len(z), len(x)))
        R[:, varying] = slopes
        R[:, layout.z.index(INTERCEPT)] = mean_x - np.einsum("jz,jzx->jx", mean_z[:, varying], slopes)
    else:
        B = m.n[:, None, None] * mean_z[:, :, None] * mean_x[:, None, :] + Szx
        R = _inverse(A, m.n) @ B
        S = S + (mean_x.T * m.n) @ mean_x - np.einsum("jza,jzb->ab", R, B)
    return TwoStage(A, R, S, m.nobs, _scale(layout, m.origin + x_shift, m.origin + z_shift, unit), _free(layout))


def _place(layout: Layout, name: str) -> int:
    return -1 if name == INTERCEPT else layout.columns.index(name)


def _with_intercept(values: np.ndarray, places: list[int], constant: float = 1.0) -> np.ndarray:
    """Pick columns (last axis) by place; the place -1 stands for the constant column."""
    picked = values[..., places].copy()
    picked[..., [a for a, place in enumerate(places) if place == -1]] = constant
    return picked


def _centred_in_z(layout: Layout) -> np.ndarray:
    """Which columns may be centred in Z: those whose block has an intercept to take up the shift."""
    movable = {layout.z[a] for block in layout.blocks if INTERCEPT in (layout.z[b] for b in block) for a in block}
    return np.array([name in movable for name in (*layout.columns, layout.response)], dtype=bool)


def _inverse(S: np.ndarray, n: np.ndarray) -> np.ndarray:
    """Inverse of each (J, m, m) matrix on the directions in which the school's students differ at all."""
    values, vectors = np.linalg.eigh(S)
    known = values > NO_SPREAD * n[:, None]
    if values.shape[1] > 1:
        known &= values > 1e-13 * values[:, -1:]
    inverse = np.where(known, 1 / np.where(known, values, 1.0), 0.0)
    return (vectors * inverse[:, None, :]) @ vectors.transpose(0, 2, 1)


def _scale(layout: Layout, x_shift: np.ndarray, z_shift: np.ndarray, unit: np.ndarray) -> Scale:
    def back(names: tuple[str, ...], shift: np.ndarray, centred: np.ndarray) -> np.ndarray:
        places = [_place(layout, name) for name in names]
        T = np.diag([1.0 if place < 0 else 1 / unit[place] for place in places])
        if INTERCEPT in names:
            row = names.index(INTERCEPT)
            for column, place in enumerate(places):
                if place >= 0 and centred[place]:
                    T[row, column] = -shift[place] / unit[place]
        return T

    k = len(layout.columns)
    everywhere = np.full(k + 1, INTERCEPT in layout.x)
    return Scale(
        to_x=back(layout.x, x_shift, everywhere),
        to_z=back(layout.z, z_shift, _centred_in_z(layout)),
        unit_y=unit[k],
        shift_y=x_shift[k] if INTERCEPT in layout.x else 0.0,
    )


def _free(layout: Layout) -> tuple[np.ndarray, np.ndarray]:
    pairs = [(r, c) for block in layout.blocks for r in block for c in block if c <= r]
    return np.array([r for r, _ in pairs]), np.array([c for _, c in pairs])


class Deviance:
    """-2 log-likelihood (ML, or REML) at one Lambda, profiled over beta and sigma2, with its derivatives.

    Attributes (inside units):
        Lambda, D: (q, q). W: (J, q, q). value: the deviance up to `constant`. beta: (p,). s2: the profiled sigma2.
        C: (p, p) inverse of X'V^-1 X, so that cov(beta) = s2 C.
        WR: (J, q, p + 1) Z'V^-1 [X y], of which B is the first p columns. d: (J, q) Z'V^-1 (y - X beta).
    """

    def __init__(self, stage: TwoStage, theta: np.ndarray, reml: bool):
        self.stage, self.theta, self.reml = stage, theta, reml
        q, p = stage.q, stage.p
        self.Lambda = np.zeros((q, q))
        self.Lambda[stage.free] = theta
        self.D = self.Lambda @ self.Lambda.T
        self.dof = stage.nobs - p if reml else stage.nobs

        self.W, determinant = precision(stage.A, self.D)
        self.WR = _times(self.W, stage.R)
        N = stage.S + _over_schools(stage.R, self.WR)
        L = np.linalg.cholesky(N)  # its last row holds beta's equation, its last corner the residual
        self.rx = L[:p, :p]
        self.half_C = np.linalg.inv(self.rx).T  # (p, p), half_C half_C' = C
        self.beta = self.half_C @ L[p, :p]
        self.s2 = L[p, p] ** 2 / self.dof
        self.logdet_V = np.log(determinant).sum()
        self.logdet_X = 2 * np.log(np.diag(self.rx)).sum()
        self.value = self.logdet_V + self.reml * self.logdet_X + self.dof * np.log(self.s2)

    @cached_property
    def C(self) -> np.ndarray:
        return self.half_C @ self.half_C.T

    @cached_property
    def d(self) -> np.ndarray:
        return (self._stacked @ np.append(-self.beta, 1.0)).reshape(self.W.shape[:2])

    @cached_property
    def B_white(self) -> np.ndarray:
        """(J, q, p) B half_C, so that B C B' is its product with its own transpose."""
        rows = self._stacked @ np.vstack([self.half_C, np.zeros(self.stage.p)])
        return rows.reshape(*self.W.shape[:2], self.stage.p)

    @property
    def _stacked(self) -> np.ndarray:
        """(J q, p + 1) Z'V^-1 [X y], all schools' rows in one matrix."""
        return self.WR.reshape(-1, self.stage.p + 1)

    @cached_property
    def Gamma(self) -> np.ndarray:
        """(q, q) derivative of the deviance: moving D by dD moves it by trace(Gamma dD).

        For REML it is the sum over schools of Z'PZ - Z'Py y'PZ / s2, with P = V^-1 - V^-1 X C X'V^-1.
        """
        gamma = self.W.sum(0) - self.d.T @ self.d / self.s2
        if self.reml:
            by_row = self.B_white.transpose(1, 0, 2).reshape(self.stage.q, -1)
            gamma -= by_row @ by_row.T
        return (gamma + gamma.T) / 2

    @cached_property
    def gradient(self) -> np.ndarray:
        """(parameters,) derivative by theta, the free elements of Lambda: 2 Gamma Lambda."""
        return (2 * self.Gamma @ self.Lambda)[self.stage.free]

    @cached_property
    def directions(self) -> np.ndarray:
        """(parameters, q, q) how D moves with each element of theta."""
        rows, columns = self.stage.free
        E = np.zeros((len(rows), self.stage.q, self.stage.q))
        E[np.arange(len(rows)), rows] = self.Lambda[:, columns].T
        return E + E.transpose(0, 2, 1)

    @cached_property
    def residual_slope(self) -> np.ndarray:
        """(parameters,) minus the derivative of r'V^-1 r by theta, divided by s2."""
        return np.einsum("iab,ab->i", self.directions, self.d.T @ self.d) / self.s2

    @cached_property
    def hessian(self) -> np.ndarray:
        """(parameters, parameters) second derivative by theta, sigma2 profiled out."""
        return self.hessian_given_sigma - np.outer(self.residual_slope, self.residual_slope) / self.dof

    @cached_property
    def hessian_given_sigma(self) -> np.ndarray:
        """(parameters, parameters) second derivative by theta with sigma2 held at s2.

        For two directions E, F of D it is trace(M E W F) summed over schools, M = 2 dd'/s2 + 2 BCB' - W, less what
        estimating beta takes away; then the bend of D itself along theta is added.
        """
        q, E = self.stage.q, self.directions
        J = len(self.W)
        M = 2 / self.s2 * self.d[:, :, None] * self.d[:, None, :] - self.W
        if self.reml:
            M += 2 * self.B_white @ self.B_white.transpose(0, 2, 1)
        hessian = trace_of_products(M, self.W, E)

        Bd = self.B_white.reshape(J, -1).T @ self.d  # (q * p, q)
        moved = np.einsum("iab,apb->ip", E, Bd.reshape(q, -1, q))
        hessian -= 2 / self.s2 * moved @ moved.T
        if self.reml:
            F = self.information_moved.reshape(len(E), -1)
            hessian -= F @ F.T

        rows, columns = self.stage.free
        return hessian + 2 * self.Gamma[np.ix_(rows, rows)] * (columns[:, None] == columns)

    @cached_property
    def information_moved(self) -> np.ndarray:
        """(parameters, p, p) minus the derivative of X'V^-1 X by theta, whitened: half_C' (sum_j B'EB) half_C."""
        return moved_information(self.B_white, self.directions)


def precision(A: np.ndarray, D: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """W = (A^-1 + D)^-1 (J, q, q) and |I + A D| (J,) for each school's A.

    One and two random coefficients have the closed forms of 1 x 1 and 2 x 2 inverses, written as sums of positive
    terms: W = (A + |A| adj(D)) / |I + A D|, |I + A D| = 1 + trace(A D) + |A| |D|. They are right for singular A too.
    """
    q = len(D)
    if q == 1:
        determinant = 1 + A[:, 0, 0] * D[0, 0]
        return A / determinant[:, None, None], determinant
    if q == 2:
        size = A[:, 0, 0] * A[:, 1, 1] - A[:, 0, 1] ** 2
        determinant = 1 + A.reshape(-1, 4) @ D.ravel() + size * (D[0, 0] * D[1, 1] - D[0, 1] ** 2)
        adjugate = np.array([[D[1, 1], -D[0, 1]], [-D[0, 1], D[0, 0]]])
        return (A + size[:, None, None] * adjugate) / determinant[:, None, None], determinant
    M = np.eye(q) + A @ D
    return np.linalg.solve(M, A), np.linalg.det(M)


def _times(W: np.ndarray, R: np.ndarray) -> np.ndarray:
    """W_j R_j for every school: a sum of q outer products, which for small q is faster than J small matrix products."""
    product = W[:, :, 0, None] * R[:, 0, None, :]
    for k in range(1, W.shape[2]):
        product += W[:, :, k, None] * R[:, k, None, :]
    return product


def _over_schools(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """sum_j left_j' right_j for two (J, q, k) arrays, as one matrix product."""
    J, q, k = left.shape
    return left.reshape(J * q, k).T @ right.reshape(J * q, k)


def trace_of_products(M: np.ndarray, W: np.ndarray, E: np.ndarray) -> np.ndarray:
    """(r, r) symmetric part of sum_j trace(M_j E_i W_j E_k), for (J, q, q) arrays M, W and directions E (r, q, q)."""
    J, q, _ = M.shape
    MW = (M.reshape(J, q * q).T @ W.reshape(J, q * q)).reshape(q, q, q, q)
    flat = E.reshape(len(E), q * q)
    traces = flat @ MW.transpose(1, 2, 3, 0).reshape(q * q, q * q) @ flat.T
    return (traces + traces.T) / 2


def moved_information(B: np.ndarray, E: np.ndarray) -> np.ndarray:
    """(r, p, p) sum_j B_j' E_i B_j, for a (J, q, p) array B and directions E (r, q, q)."""
    J, q, p = B.shape
    BB = (B.reshape(J, q * p).T @ B.reshape(J, q * p)).reshape(q, p, q, p)
    return np.einsum("iab,apbr->ipr", E, BB)


def symmetric_units(rows: np.ndarray, columns: np.ndarray, q: int) -> np.ndarray:
    """(r, q, q) the directions in which single elements (and their mirror images) of a symmetric matrix move."""
    E = np.zeros((len(rows), q, q))
    E[np.arange(len(rows)), rows, columns] = 1.0
    return np.maximum(E, E.transpose(0, 2, 1))
