"""The profiled deviance of a linear mixed model, as a function of the relative covariance factor Lambda.

The model is y = X beta + Z u + e with u_j ~ N(0, sigma2 D), D = Lambda Lambda', in Bates et al.'s (2015) notation.
Seen from the schools it is a regression in two stages (Raudenbush & Bryk 2002, chapter 3). Each school regresses every
column of [X y] on its own Z; its coefficients are R_j, known with precision A_j = Z_j'Z_j. Because the true
coefficients vary with D, what R_j tells of the fixed effects has the precision

    W_j = (A_j^-1 + D)^-1 = Z_j' V_j^-1 Z_j = (I + A_j D)^-1 A_j                with  V_j = I + Z_j D Z_j',

and generalised least squares is a sum over schools of what their Z cannot explain, S, and what their coefficients do:

    [X y]' V^-1 [X y] = S + sum_j R_j' W_j R_j.

Every term is a square, so nothing cancels; and |V_j| = |I + A_j D| is Bates et al.'s |L_theta|^2. From here on the
criterion is theirs, section 3.4: eq. 35 (ML) and eq. 42 (REML).

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
    """What the deviance needs of each school, in inside units; schools are the last axis, so that sums run along it.

    Attributes:
        A: (q, q, J) Z'Z. R: (q, p + 1, J) the school's regression of each column of [X y] on Z.
        det_A: (J,) the determinants of A, for q = 2. S: (p + 1, p + 1) cross-products of [X y] that no school's Z
            explains, summed.
        nobs: rows. scale: the way back to the user's units.
        free: the rows and columns of Lambda's lower triangle that are parameters, as two arrays.
        blocks: the rows of Lambda that belong together, random term by random term.
    """

    A: np.ndarray
    R: np.ndarray
    det_A: np.ndarray | None
    S: np.ndarray
    nobs: int
    scale: Scale
    free: tuple[np.ndarray, np.ndarray]
    blocks: tuple[np.ndarray, ...]

    @property
    def p(self) -> int:
        return self.S.shape[0] - 1

    @property
    def q(self) -> int:
        return self.A.shape[0]

    @property
    def schools(self) -> int:
        return self.A.shape[2]

    @cached_property
    def own_residual_variance(self) -> float | None:
        """What is left of y after X and a regression of each school's own, a degree of freedom; None without any."""
        spare = self.nobs - self.q * self.schools - self.p
        x, y = self.S[:-1, :-1], self.S[:-1, -1]
        left = self.S[-1, -1] - y @ np.linalg.pinv(x, rcond=1e-12, hermitian=True) @ y
        return float(left / spare) if spare > 0 else None


def two_stage(m: Moments) -> TwoStage:
    """Standardise a model's moments and turn them into each school's own regressions."""
    layout, k = m.layout, len(m.layout.columns)
    grand = m.n @ m.mean / m.n.sum()
    spread = np.sqrt((np.diag(m.within) + m.n @ (m.mean - grand) ** 2) / m.n.sum())
    x_shift = grand if INTERCEPT in layout.x else -m.origin
    z_shift = np.where(_centred_in_z(layout), grand, -m.origin)
    # A column's unit is its size as the model sees it: about its mean if it is centred, else about zero.
    unit, z_unit = (_positive(np.hypot(spread, shift - grand)) for shift in (x_shift, z_shift))

    mean, within = (m.mean - x_shift) / unit, m.within / np.outer(unit, unit)
    x = [_place(layout, name) for name in layout.x] + [k]
    mean_x = _with_intercept(mean, x)
    S = _with_intercept(within, x, 0.0)
    S = _with_intercept(S.T, x, 0.0).T

    z = [_place(layout, name) for name in layout.z]
    mean_z = _with_intercept((m.mean - z_shift) / z_unit, z)
    varying = [a for a, name in enumerate(layout.z) if name != INTERCEPT]
    zv = varying_z(layout)
    Szz = m.scatter[:, :, zv] / np.outer(z_unit[zv], z_unit[zv])
    Szx = _with_intercept(m.scatter / (z_unit[zv, None] * unit), x, 0.0)

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
    A, R = (np.ascontiguousarray(np.moveaxis(part, 0, -1)) for part in (A, R))
    det_A = None
    if len(z) == 2:  # with an intercept in Z the difference of products would cancel; n times the scatter does not
        det_A = m.n * Szz[:, 0, 0] if INTERCEPT in layout.z else A[0, 0] * A[1, 1] - A[0, 1] ** 2
    scale = _scale(layout, m.origin, (x_shift, unit), (z_shift, z_unit))
    return TwoStage(A, R, det_A, S, m.nobs, scale, _free(layout), tuple(np.array(block) for block in layout.blocks))


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


def _positive(size: np.ndarray) -> np.ndarray:
    return np.where(size > 0, size, 1.0)


def _scale(layout: Layout, origin: np.ndarray, x: tuple[np.ndarray, ...], z: tuple[np.ndarray, ...]) -> Scale:
    """The way back from columns shifted and scaled as x and z (each: shift from the origin, unit) say."""

    def back(names: tuple[str, ...], shift: np.ndarray, unit: np.ndarray, centred: np.ndarray) -> np.ndarray:
        places = [_place(layout, name) for name in names]
        T = np.diag([1.0 if place < 0 else 1 / unit[place] for place in places])
        if INTERCEPT in names:
            row = names.index(INTERCEPT)
            for column, place in enumerate(places):
                if place >= 0 and centred[place]:
                    T[row, column] = -(origin + shift)[place] / unit[place]
        return T

    k = len(layout.columns)
    everywhere = np.full(k + 1, INTERCEPT in layout.x)
    return Scale(
        to_x=back(layout.x, *x, everywhere),
        to_z=back(layout.z, *z, _centred_in_z(layout)),
        unit_y=x[1][k],
        shift_y=(origin + x[0])[k] if INTERCEPT in layout.x else 0.0,
    )


def _free(layout: Layout) -> tuple[np.ndarray, np.ndarray]:
    pairs = [(r, c) for block in layout.blocks for r in block for c in block if c <= r]
    return np.array([r for r, _ in pairs]), np.array([c for _, c in pairs])


class Deviance:
    """-2 log-likelihood (ML, or REML) at one Lambda, profiled over beta and sigma2, with its derivatives.

    Attributes (inside units):
        Lambda, D: (q, q). W: (q, q, J). value: the deviance up to `constant`. beta: (p,). s2: the profiled sigma2.
        C: (p, p) inverse of X'V^-1 X, so that cov(beta) = s2 C.
        WR: (q, p + 1, J) Z'V^-1 [X y], of which B is the first p columns. d: (q, J) Z'V^-1 (y - X beta).
    """

    def __init__(self, stage: TwoStage, theta: np.ndarray, reml: bool):
        self.stage, self.theta, self.reml = stage, theta, reml
        q, p = stage.q, stage.p
        self.Lambda = np.zeros((q, q))
        self.Lambda[stage.free] = theta
        self.D = self.Lambda @ self.Lambda.T
        self.dof = stage.nobs - p if reml else stage.nobs

        self.W, determinant = precision(stage, self.D)
        self.WR = times(self.W, stage.R)
        N = stage.S + (stage.R @ self.WR.transpose(0, 2, 1)).sum(axis=0)
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
        return np.append(-self.beta, 1.0) @ self.WR

    @cached_property
    def B_white(self) -> np.ndarray:
        """(q, p, J) B half_C, so that B C B' is its product with its own transpose."""
        return self.half_C.T @ self.WR[:, :-1]

    @cached_property
    def Gamma(self) -> np.ndarray:
        """(q, q) derivative of the deviance: moving D by dD moves it by trace(Gamma dD).

        For REML it is the sum over schools of Z'PZ - Z'Py y'PZ / s2, with P = V^-1 - V^-1 X C X'V^-1.
        """
        gamma = self.W.sum(axis=-1) - self.d @ self.d.T / self.s2
        if self.reml:
            B = self.B_white.reshape(self.stage.q, -1)
            gamma -= B @ B.T
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
        return np.einsum("iab,ab->i", self.directions, self.d @ self.d.T) / self.s2

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
        E = self.directions
        M = 2 / self.s2 * self.d[:, None] * self.d - self.W
        if self.reml:
            M += 2 * self.BCB
        hessian = trace_of_products(M, self.W, E)

        moved = np.einsum("iab,apb->ip", E, _over_schools(self.B_white, self.d))
        hessian -= 2 / self.s2 * moved @ moved.T
        if self.reml:
            F = self.information_moved.reshape(len(E), -1)
            hessian -= F @ F.T

        rows, columns = self.stage.free
        return hessian + 2 * self.Gamma[np.ix_(rows, rows)] * (columns[:, None] == columns)

    def expected_information(self, E: np.ndarray) -> np.ndarray:
        """(r + 1, r + 1) twice the Fisher information about how much the covariance of the data moves along each
        direction E (r, q, q) of D and, last, as a whole; after estimating beta if REML (Kenward & Roger 1997, sec. 2).
        """
        information = np.empty((len(E) + 1, len(E) + 1))
        information[:-1, :-1] = trace_of_products(self.W, self.W, E)
        whole = np.einsum("iab,ab->i", E, self.W.sum(axis=-1))
        information[-1, -1] = self.dof
        if self.reml:
            P = moved_information(self.B_white, E)
            information[:-1, :-1] += np.einsum("ipr,krp->ik", P, P) - 2 * trace_of_products(self.BCB, self.W, E)
            whole -= np.einsum("ipp->i", P)
        information[:-1, -1] = information[-1, :-1] = whole
        return information

    @property
    def BCB(self) -> np.ndarray:
        """(q, q, J) what estimating beta takes off each school's W."""
        return np.einsum("apj,bpj->abj", self.B_white, self.B_white)

    @cached_property
    def information_moved(self) -> np.ndarray:
        """(parameters, p, p) minus the derivative of X'V^-1 X by theta, whitened: half_C' (sum_j B'EB) half_C."""
        return moved_information(self.B_white, self.directions)


def precision(stage: TwoStage, D: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """W = (A^-1 + D)^-1 (q, q, J) and |I + A D| (J,) for each school's A.

    One and two random coefficients have the closed forms of 1 x 1 and 2 x 2 inverses, written as sums of positive
    terms: W = (A + |A| adj(D)) / |I + A D|, |I + A D| = 1 + trace(A D) + |A| |D|. They are right for singular A too.
    """
    A, q = stage.A, stage.q
    if q == 1:
        determinant = 1 + A[0, 0] * D[0, 0]
        return A / determinant, determinant
    if q == 2:
        determinant = 1 + D.ravel() @ A.reshape(4, -1) + stage.det_A * (D[0, 0] * D[1, 1] - D[0, 1] ** 2)
        adjugate = np.array([[D[1, 1], -D[0, 1]], [-D[0, 1], D[0, 0]]])
        return (A + stage.det_A * adjugate[:, :, None]) / determinant, determinant
    by_school = np.moveaxis(A, -1, 0)
    M = np.eye(q) + by_school @ D
    return np.ascontiguousarray(np.moveaxis(np.linalg.solve(M, by_school), 0, -1)), np.linalg.det(M)


def times(W: np.ndarray, R: np.ndarray) -> np.ndarray:
    """(q, k, J) the product W_j R_j of every school: a sum of q products along the schools."""
    return sum(W[:, b, None] * R[b] for b in range(len(R)))


def _over_schools(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Products of every element of left_j with every element of right_j, summed over the schools (last axis)."""
    J = left.shape[-1]
    return (left.reshape(-1, J) @ right.reshape(-1, J).T).reshape(*left.shape[:-1], *right.shape[:-1])


def trace_of_products(M: np.ndarray, W: np.ndarray, E: np.ndarray) -> np.ndarray:
    """(r, r) symmetric part of sum_j trace(M_j E_i W_j E_k), for (q, q, J) arrays M, W and directions E (r, q, q)."""
    q = len(M)
    flat = E.reshape(len(E), q * q)
    traces = flat @ _over_schools(M, W).transpose(1, 2, 3, 0).reshape(q * q, q * q) @ flat.T
    return (traces + traces.T) / 2


def moved_information(B: np.ndarray, E: np.ndarray) -> np.ndarray:
    """(r, p, p) sum_j B_j' E_i B_j, for a (q, p, J) array B and directions E (r, q, q)."""
    return np.einsum("iab,apbr->ipr", E, _over_schools(B, B))


def symmetric_units(rows: np.ndarray, columns: np.ndarray, q: int) -> np.ndarray:
    """(r, q, q) the directions in which single elements (and their mirror images) of a symmetric matrix move."""
    E = np.zeros((len(rows), q, q))
    E[np.arange(len(rows)), rows, columns] = 1.0
    return np.maximum(E, E.transpose(0, 2, 1))
