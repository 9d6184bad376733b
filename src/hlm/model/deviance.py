"""The profiled deviance of a linear mixed model, as a function of the relative covariance factor Lambda.

The model is y = X beta + Z u + e with u_j ~ N(0, sigma2 D), D = Lambda Lambda', in Bates et al.'s (2015) notation,
seen from the schools (`two_stage`). Because the true coefficients vary with D, what a school's own coefficients R_j
tell of the fixed effects has the precision

    W_j = (A_j^-1 + D)^-1 = Z_j' V_j^-1 Z_j = (I + A_j D)^-1 A_j                with  V_j = I + Z_j D Z_j',

and generalised least squares is a sum over schools of what their Z cannot explain, S, and what their coefficients do:

    [X y]' V^-1 [X y] = S + sum_j R_j' W_j R_j.

Every term is a square, so nothing cancels; and |V_j| = |I + A_j D| is Bates et al.'s |L_theta|^2. From here on the
criterion is theirs, section 3.4: eq. 35 (ML) and eq. 42 (REML).
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from .two_stage import TwoStage


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

    def seen(self, L: np.ndarray) -> np.ndarray:
        """(p, m) what the model sees of contrasts L (m, p) in the user's units: v with cov(L beta) = s2 v'v."""
        return self.half_C.T @ self.stage.scale.to_x.T @ L.T

    @cached_property
    def C(self) -> np.ndarray:
        """(p, p) inverse of X'V^-1 X."""
        return self.half_C @ self.half_C.T

    @cached_property
    def d(self) -> np.ndarray:
        """(q, J) Z'V^-1 (y - X beta)."""
        return np.append(-self.beta, 1.0) @ self.WR

    @cached_property
    def dd(self) -> np.ndarray:
        """(q, q) the sum of d_j d_j' over schools."""
        return self.d @ self.d.T

    @cached_property
    def B_white(self) -> np.ndarray:
        """(q, p, J) B half_C, so that B C B' is its product with its own transpose."""
        return self.half_C.T @ self.WR[:, :-1]

    @cached_property
    def Gamma(self) -> np.ndarray:
        """(q, q) derivative of the deviance: moving D by dD moves it by trace(Gamma dD).

        For REML it is the sum over schools of Z'PZ - Z'Py y'PZ / s2, with P = V^-1 - V^-1 X C X'V^-1.
        """
        gamma = self.W.sum(axis=-1) - self.dd / self.s2
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

    def products(self, E: np.ndarray) -> np.ndarray:
        """(r, r) trace(V^-1 S_i V^-1 S_k) for the directions S_i in which V moves as D moves along E_i (r, q, q)."""
        return trace_of_products(self.W, self.W, E)

    def information_along(self, E: np.ndarray) -> np.ndarray:
        """(r, p, p) minus the derivative of X'V^-1 X along each direction E (r, q, q) of D, whitened."""
        return moved_information(self.B_white, E)

    def information_twice(self, E: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """(p, p) sum over i, k of weights (r, r) times X'V^-1 S_i V^-1 S_k V^-1 X, whitened."""
        # It is sum_j B_j' K_j B_j with K = sum w_ik E_i W_j E_k.
        q = self.stage.q
        mix = np.einsum("ik,iab,kcd->adbc", weights, E, E, optimize=True).reshape(q * q, q * q)
        K = (mix @ self.W.reshape(q * q, -1)).reshape(q, q, -1)
        return (self.B_white @ times(K, self.B_white).transpose(0, 2, 1)).sum(axis=0)

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


def directions(Lambda: np.ndarray, free: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """(parameters, q, q) how Lambda Lambda' moves with each free element of Lambda."""
    rows, columns = free
    E = np.zeros((len(rows), *Lambda.shape))
    E[np.arange(len(rows)), rows] = Lambda[:, columns].T
    return E + E.transpose(0, 2, 1)


def symmetric_units(rows: np.ndarray, columns: np.ndarray, q: int) -> np.ndarray:
    """(r, q, q) the directions in which single elements (and their mirror images) of a symmetric matrix move."""
    E = np.zeros((len(rows), q, q))
    E[np.arange(len(rows)), rows, columns] = 1.0
    return np.maximum(E, E.transpose(0, 2, 1))
