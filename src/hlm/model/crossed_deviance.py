"""The profiled deviance of a model with several grouping factors, and its derivatives.

V = I + Z_1 (I x D_1) Z_1' + Z_s D_s Z_s': the first factor, then all others. The first is eliminated group by group,
as in `deviance`; with V_1 = I + Z_1 (I x D_1) Z_1' and T_j = (I + A_j D_1)^-1 of each of its groups,

    K = Z_1'V_1^-1 Z_s = T C,    M = Z_s'V_1^-1 Z_s = N - C'F C,    F = D_1 T,

and what is left is a system in the s coefficients of the others, M + D_s^-1, whose inverse Q is that of
I + Lambda_s'M Lambda_s between two Lambda_s, so that a variance of zero does no harm (Bates et al. 2015, eq. 19). Then

    V^-1 = V_1^-1 - V_1^-1 Z_s Q Z_s'V_1^-1.

Every derivative of the deviance, and every quantity of Satterthwaite's and of Kenward and Roger's, is made of four
kinds of numbers about the directions S_i = Z (I x E_i) Z' in which V moves (`Moved`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse

from .blocks import Blocks
from .crossings import CrossedStage
from .deviance import directions, precision, symmetric_units, times

NEAR_ZERO = 0.02  # a singular value of Lambda below this is too near zero to divide by its square


@dataclass(frozen=True)
class Moved:
    """What r directions of V move, with V^-1 before and after them, for X (whitened: X half_C) and the residual r.

    Attributes:
        trace: (r,) trace(V^-1 S_i). pairs: (r, r) trace(V^-1 S_i V^-1 S_k).
        once: (r, p + 1, p + 1) [X r]'V^-1 S_i V^-1 [X r].
        twice: (r, r, p + 1, p + 1) [X r]'V^-1 S_i V^-1 S_k V^-1 [X r].
    """

    trace: np.ndarray
    pairs: np.ndarray
    once: np.ndarray
    twice: np.ndarray


class CrossedDeviance:
    """-2 log-likelihood (ML, or REML) at one Lambda, profiled over beta and sigma2, with its derivatives.

    Attributes (inside units), beside those of `Deviance`:
        W, T: (q_1, q_1, J) of the first factor's groups. M: (s, s). Q: (s, s) the inverse of M + D_s^-1.
        MX: (s, p + 1) Z_s'V_1^-1 [X y]. WR: (q_1, p + 1, J) Z_1'V_1^-1 [X y].
    """

    def __init__(self, stage: CrossedStage, theta: np.ndarray, reml: bool):
        self.stage, self.theta, self.reml = stage, theta, reml
        first, p = stage.first, stage.p
        self.Lambda = np.zeros((stage.q, stage.q))
        self.Lambda[stage.free] = theta
        self.D = self.Lambda @ self.Lambda.T
        self.dof = stage.nobs - p if reml else stage.nobs

        D1 = self.D[: first.q, : first.q]
        self.W, determinant = precision(first, D1)
        self.T = _inverse_of_sum(first.A, D1)
        self.WR = times(self.W, first.R)
        F = np.einsum("ab,bcj->acj", D1, self.T)
        self.M = stage.N - self._between((F + F.transpose(1, 0, 2)) / 2)
        self.MX = stage.NX - stage.C_turned @ _stacked(np.einsum("ab,bcj->acj", D1, self.WR))

        inverse, logdet = self._turned_twice(self.M, self.Lambda.T).plus_identity().inverse()
        self.Q = self._turned_twice(inverse, self.Lambda)
        self.QMX = self.Q.times(self.MX)
        N = first.S + (first.R @ self.WR.transpose(0, 2, 1)).sum(axis=0) - self.MX.T @ self.QMX
        L = np.linalg.cholesky((N + N.T) / 2)
        self.rx = L[:p, :p]
        self.half_C = np.linalg.inv(self.rx).T
        self.beta = self.half_C @ L[p, :p]
        self.s2 = L[p, p] ** 2 / self.dof
        self.logdet_V = np.log(determinant).sum() + logdet
        self.logdet_X = 2 * np.log(np.diag(self.rx)).sum()
        self.value = self.logdet_V + self.reml * self.logdet_X + self.dof * np.log(self.s2)

    # ------------------------------------------------------------------------------- products with the other factors

    def _between(self, weights: np.ndarray) -> Blocks:
        """(s, s) C' weights C, for symmetric weights (q_1, q_1, J) of the first factor's groups."""
        stage = self.stage
        return stage.N.pattern.of_sparse(stage.C_turned @ _weighted(weights, stage.C))

    def _turned(self, matrix: Blocks, E: np.ndarray) -> Blocks:
        """(I x E) times a matrix (s, s), for E (q, q), of which the blocks of the further factors are used."""
        return matrix.rows_turned(lambda rows, where: self._turned_rows(rows, E, where))

    def _turned_twice(self, matrix: Blocks, E: np.ndarray) -> Blocks:
        """(I x E) matrix (I x E)', for a symmetric matrix (s, s)."""
        if not any((E[part, part] - np.diag(np.diag(E[part, part]))).any() for part in self.stage.slices[1:]):
            return matrix.scaled(self._diagonal(E))
        return self._turned(self._turned(matrix, E).transposed(), E)

    def _turned_rows(self, rows: np.ndarray, E: np.ndarray, where: slice = slice(None)) -> np.ndarray:
        """(I x E) times the rows (m, c) that stand at `where` among the s."""
        turned = rows * self._diagonal(E)[where, None]
        for places, part in zip(self.stage.places, self.stage.slices[1:], strict=True):
            beside = E[part, part] - np.diag(np.diag(E[part, part]))
            if not beside.any():
                continue
            start, stop, _ = where.indices(len(self.stage.NX))
            here = places[(places[:, 0] >= start) & (places[:, 0] < stop)] - start
            for a, b in zip(*np.nonzero(beside), strict=True):
                turned[here[:, a]] += beside[a, b] * rows[here[:, b]]
        return turned

    def _diagonal(self, E: np.ndarray) -> np.ndarray:
        """(s,) the diagonal of I x E."""
        diagonal = np.empty(len(self.stage.NX))
        for places, part in zip(self.stage.places, self.stage.slices[1:], strict=True):
            diagonal[places] = np.diag(E[part, part])
        return diagonal

    # ----------------------------------------------------------------------------------------- Z'V^-1 [X r], Z'V^-1 Z

    @cached_property
    def _columns(self) -> np.ndarray:
        """(p + 1, p + 1) what makes whitened columns of X, and the residual, of [X y]."""
        p = self.stage.p
        to = np.eye(p + 1)
        to[:p, :p], to[:p, p] = self.half_C, -self.beta
        return to

    @cached_property
    def B_first(self) -> np.ndarray:
        """(q_1, p + 1, J) Z_1'V^-1 [X r], X whitened."""
        back = _unstacked(self.stage.C @ self.QMX, self.stage.first.q)
        return np.einsum("acj,cd->adj", self.WR - times(self.T, back), self._columns)

    @cached_property
    def B_others(self) -> np.ndarray:
        """(s, p + 1) Z_s'V^-1 [X r], X whitened."""
        return (self.MX - self.M.times(self.QMX)) @ self._columns

    @cached_property
    def _precision(self) -> np.ndarray | None:
        """(q, q) the inverse of D, if no variance among the further factors is near zero.

        Then (Woodbury) I - Q M = Q D^-1 and M (I - Q M) = D^-1 - D^-1 Q D^-1, which spares products of large matrices.
        """
        q = self.stage.first.q
        part, others = slice(q, None), [block for block in self.stage.blocks if block[0] >= q]
        least = min(np.linalg.svd(self.Lambda[np.ix_(b, b)], compute_uv=False)[-1] for b in others)
        inverse = np.zeros_like(self.D)
        if least < NEAR_ZERO:
            return None
        inverse[part, part] = np.linalg.inv(self.D[part, part])
        return inverse

    @cached_property
    def _left(self) -> Blocks:
        """(s, s) I - Q M: Z_1'V^-1 Z_s = K (I - Q M) and Z_s'V^-1 Z_s = M (I - Q M)."""
        if self._precision is not None:
            return self._turned(self.Q, self._precision).transposed()
        return (self.Q @ self.M).identity_less()

    @cached_property
    def _G(self) -> Blocks:
        """(s, s) Z_s'V^-1 Z_s."""
        if self._precision is not None:
            return self._of_levels(self._precision) - self._turned(self._left, self._precision)
        return (self.M @ self._left).symmetric_part()

    def _of_levels(self, E: np.ndarray) -> Blocks:
        """I x E as a matrix (s, s)."""
        one = Blocks(self.Q.pattern, [np.zeros_like(part) for part in self.Q.parts]).plus_identity()
        return self._turned(one, E)

    @cached_property
    def _G_of_levels(self) -> list[np.ndarray]:
        """(J_k, q_k, q_k) Z'V^-1 Z of each group of each further factor: the diagonal blocks of G."""
        if self._precision is None:
            return [self._G.diagonal_blocks(places) for places in self.stage.places]
        blocks = []
        for places, part in zip(self.stage.places, self.stage.slices[1:], strict=True):
            precision = self._precision[part, part]
            blocks.append(precision - precision @ self.Q.diagonal_blocks(places) @ precision)
        return blocks

    @cached_property
    def K(self) -> sparse.csr_array:
        """(J q_1, s) Z_1'V_1^-1 Z_s."""
        return _weighted(self.T, self.stage.C)

    def _K_K(self, weights: np.ndarray) -> Blocks:
        """(s, s) K' weights K, for symmetric weights (q_1, q_1, J)."""
        return self._between(np.einsum("baj,bcj,cdj->adj", self.T, weights, self.T))

    @cached_property
    def _first_units(self) -> list[tuple[int, int, Blocks]]:
        """For each element of D_1 on and below its diagonal, which E moves with its mirror image: K'EK."""
        q, J = self.stage.first.q, self.stage.first.schools
        units = []
        for a in range(q):
            for b in range(a + 1):
                weights = np.zeros((q, q, J))
                weights[a, b] = weights[b, a] = 1.0
                units.append((a, b, self._K_K(weights)))
        return units

    # ----------------------------------------------------------------------------------------------- what moves

    def moved(self, E: np.ndarray) -> Moved:
        """What directions E (r, q, q) of D, each within blocks of Lambda, move: sums of what its single elements do."""
        units, of_units = self._of_units, E[:, *self.stage.free]
        twice = np.tensordot(of_units, np.tensordot(of_units, units.twice, (1, 1)), (1, 1))
        return Moved(
            of_units @ units.trace, of_units @ units.pairs @ of_units.T, np.tensordot(of_units, units.once, 1), twice
        )

    @cached_property
    def _of_units(self) -> Moved:
        """What the free elements of D, each with its mirror image, move."""
        q, width = self.stage.first.q, self.stage.p + 1
        units = symmetric_units(*self.stage.free, self.stage.q)
        directions = [_OfFirst(self, E[:q, :q]) if E[:q, :q].any() else _OfOther(self, E) for E in units]
        r = len(directions)
        trace, once = np.array([d.trace for d in directions]), np.array([d.once for d in directions])
        pairs, twice = np.empty((r, r)), np.empty((r, r, width, width))
        for i, one in enumerate(directions):
            for k, other in enumerate(directions[: i + 1]):
                pairs[i, k], twice[i, k] = self._together(one, other)
                pairs[k, i], twice[k, i] = pairs[i, k], twice[i, k].T
        return Moved(trace, pairs, once, twice)

    def _together(self, one: _OfFirst | _OfOther, other: _OfFirst | _OfOther) -> tuple[float, np.ndarray]:
        """trace(V^-1 S_i V^-1 S_k) and [X r]'V^-1 S_i V^-1 S_k V^-1 [X r]."""
        if isinstance(one, _OfFirst) and isinstance(other, _OfFirst):
            E_W_E = np.einsum("ab,bcj,cd->adj", one.E, self.W, other.E)
            pairs = float(np.einsum("adj,daj->", E_W_E, self.W))
            pairs -= self.Q.dot(self._K_K(E_W_E + E_W_E.transpose(1, 0, 2)))
            pairs += one.Q_K_E_K.trace_of_product(other.Q_K_E_K)
            twice = np.einsum("acj,adj->cd", one.E_B, times(self.W, other.E_B))
            return pairs, twice - one.K_E_B.T @ self.Q.times(other.K_E_B)
        if isinstance(one, _OfFirst) and isinstance(other, _OfOther):
            return self._across(one, other), one.K_E_B.T @ self._left.times(other.E_B)
        if isinstance(one, _OfOther) and isinstance(other, _OfFirst):
            pairs, twice = self._together(other, one)
            return pairs, twice.T
        assert isinstance(one, _OfOther)
        assert isinstance(other, _OfOther)
        return one.E_G.trace_of_product(other.E_G), one.E_B.T @ self._G.times(other.E_B)

    def _across(self, one: _OfFirst, other: _OfOther) -> float:
        """trace(V^-1 S_i V^-1 S_k): of K'E_iK (I - Q M) and (I - Q M) E_k, or of Q K'E_iK Q and D^-1 E_k D^-1."""
        if self._precision is None:
            left_E = self._turned(self._left.transposed(), other.E).transposed()
            return (one.K_E_K @ self._left).dot(left_E)
        trace = 0.0
        for places, part in zip(self.stage.places, self.stage.slices[1:], strict=True):
            precision, E = self._precision[part, part], other.E[part, part]
            if E.any():
                inside = one.Q_K_E_K.diagonal_blocks_of_product(self.Q, places).sum(axis=0)
                trace += float(np.vdot(precision @ E @ precision, inside))
        return trace

    @cached_property
    def _moved_by_theta(self) -> Moved:
        return self.moved(self.directions)

    # --------------------------------------------------------------------------------------- what optima and tests ask

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
        return self._by_factor([d @ d.T for d in self.d])

    @cached_property
    def Gamma(self) -> np.ndarray:
        """(q, q) derivative of the deviance: moving D by dD, within factors, moves it by trace(Gamma dD)."""
        first = self.W.sum(axis=-1)
        for a, b, K_K in self._first_units:
            first[a, b] -= self.Q.dot(K_K) / (1 if a == b else 2)
            first[b, a] = first[a, b]
        parts = [first, *(levels.sum(axis=0) for levels in self._G_of_levels)]
        gamma = self._by_factor(parts) - self.dd / self.s2
        if self.reml:
            X = [self.B_first[:, :-1], *(self.B_others[places, :-1].transpose(1, 2, 0) for places in self.stage.places)]
            gamma -= self._by_factor([np.einsum("apj,bpj->ab", x, x) for x in X])
        return (gamma + gamma.T) / 2

    def _by_factor(self, parts: list[np.ndarray]) -> np.ndarray:
        whole = np.zeros((self.stage.q, self.stage.q))
        for place, part in zip(self.stage.slices, parts, strict=True):
            whole[place, place] = part
        return whole

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

        With P = V^-1 less what beta takes, it is 2 r'PS_iPS_kPr / s2 - trace(P S_i P S_k), less the latter's P for ML,
        and Gamma along the second derivatives of D.
        """
        moved = self._moved_by_theta
        beside = moved.once[:, :-1, -1]
        hessian = 2 / self.s2 * (moved.twice[:, :, -1, -1] - beside @ beside.T)
        hessian -= self._products(moved)
        rows, columns = self.stage.free
        return hessian + 2 * self.Gamma[np.ix_(rows, rows)] * (columns[:, None] == columns)

    def _products(self, moved: Moved) -> np.ndarray:
        """(r, r) trace(P S_i P S_k); for ML with V^-1 in the place of P."""
        if not self.reml:
            return moved.pairs
        X = moved.once[:, :-1, :-1].reshape(len(moved.once), -1)
        twice = np.einsum("ikpp->ik", moved.twice[:, :, :-1, :-1])
        return moved.pairs - twice - twice.T + X @ X.T

    def products(self, E: np.ndarray) -> np.ndarray:
        """(r, r) as `Deviance.products`."""
        return self.moved(E).pairs

    def information_along(self, E: np.ndarray) -> np.ndarray:
        """(r, p, p) as `Deviance.information_along`."""
        return self.moved(E).once[:, :-1, :-1]

    def information_twice(self, E: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """(p, p) as `Deviance.information_twice`."""
        return np.einsum("ik,ikpr->pr", weights, self.moved(E).twice[:, :, :-1, :-1])

    def expected_information(self, E: np.ndarray) -> np.ndarray:
        """(r + 1, r + 1) as `Deviance.expected_information`: twice the Fisher information about D, and V as a whole."""
        moved = self.moved(E)
        whole = moved.trace - self.reml * np.einsum("ipp->i", moved.once[:, :-1, :-1])
        information = np.empty((len(E) + 1, len(E) + 1))
        information[:-1, :-1], information[-1, -1] = self._products(moved), self.dof
        information[:-1, -1] = information[-1, :-1] = whole
        return information

    @cached_property
    def information_moved(self) -> np.ndarray:
        """(parameters, p, p) minus the derivative of X'V^-1 X by theta, whitened."""
        return self._moved_by_theta.once[:, :-1, :-1]


class _OfFirst:
    """A direction E (q_1, q_1) of the first factor's D_1."""

    def __init__(self, at: CrossedDeviance, E: np.ndarray):
        self.E = E
        self.E_B = np.einsum("ab,bcj->acj", E, at.B_first)
        self.K_E_B = at.stage.C_turned @ _stacked(times(at.T.transpose(1, 0, 2), self.E_B))
        self.K_E_K = Blocks.combined([(E[a, b], K_K) for a, b, K_K in at._first_units if E[a, b]])
        self.Q_K_E_K = at.Q @ self.K_E_K
        self.trace = float(np.einsum("ab,abj->", E, at.W)) - self.Q_K_E_K.trace()
        self.once = np.einsum("acj,adj->cd", at.B_first, self.E_B)


class _OfOther:
    """A direction E (q, q) of another factor's D."""

    def __init__(self, at: CrossedDeviance, E: np.ndarray):
        self.E = E
        self.E_B = at._turned_rows(at.B_others, E)
        self.E_G = at._turned(at._G, E)
        self.trace = self.E_G.trace()
        self.once = at.B_others.T @ self.E_B


def _inverse_of_sum(A: np.ndarray, D: np.ndarray) -> np.ndarray:
    """(q, q, J) T = (I + A_j D)^-1."""
    if len(A) == 1:
        return 1 / (1 + A * D[0, 0])
    return np.ascontiguousarray(np.moveaxis(np.linalg.inv(np.eye(len(A)) + np.moveaxis(A, -1, 0) @ D), 0, -1))


def _stacked(values: np.ndarray) -> np.ndarray:
    """(J q, c) of an array (q, c, J): a row for each coefficient of each group."""
    return values.transpose(2, 0, 1).reshape(-1, values.shape[1])


def _unstacked(rows: np.ndarray, q: int) -> np.ndarray:
    """(q, c, J) of (J q, c)."""
    return np.ascontiguousarray(rows.reshape(-1, q, rows.shape[1]).transpose(1, 2, 0))


def _weighted(weights: np.ndarray, C: sparse.csr_array) -> sparse.csr_array:
    """(J q, s) the sparse matrix C, each group's rows multiplied by its weights (q, q, J)."""
    q, _, J = weights.shape
    if q == 1:
        return sparse.csr_array((C.data * np.repeat(weights[0, 0], np.diff(C.indptr)), C.indices, C.indptr), C.shape)
    blocks = sparse.bsr_array((np.ascontiguousarray(np.moveaxis(weights, -1, 0)), np.arange(J), np.arange(J + 1)))
    return sparse.csr_array(blocks @ C)
