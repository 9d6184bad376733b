"""The likelihood of a model with several grouping factors, and V^-1 between whatever its derivatives ask for.

V = I + Z_1 (I x D_1) Z_1' + Z_s D_s Z_s': the first factor, then all others. The first is eliminated group by group,
as in `deviance`; with V_1 = I + Z_1 (I x D_1) Z_1' and T_j = (I + A_j D_1)^-1 of each of its groups,

    K = Z_1'V_1^-1 Z_s = T C,    M = Z_s'V_1^-1 Z_s = N - C'F C,    F = D_1 T,

and what is left is a system in the s coefficients of the others, M + D_s^-1, whose inverse Q is that of
I + Lambda_s'M Lambda_s between two Lambda_s, so that a variance of zero does no harm (Bates et al. 2015, eq. 19). Then

    V^-1 = V_1^-1 - V_1^-1 Z_s Q Z_s'V_1^-1.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np
from scipy import sparse

from .blocks import Blocks
from .crossings import CrossedStage
from .deviance import precision, times

NEAR_ZERO = 0.02  # a singular value of Lambda below this is too near zero to divide by its square


class CrossedSystem:
    """-2 log-likelihood (ML, or REML) at one Lambda, profiled over beta and sigma2, and products with V^-1.

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
        self.M = stage.N - self.between((F + F.transpose(1, 0, 2)) / 2)
        self.MX = stage.NX - stage.C_turned @ stacked(np.einsum("ab,bcj->acj", D1, self.WR))

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

    def between(self, weights: np.ndarray) -> Blocks:
        """(s, s) C' weights C, for symmetric weights (q_1, q_1, J) of the first factor's groups."""
        stage = self.stage
        if stage.meetings is not None:
            half = stage.N.pattern.of_flat(stage.meetings.T @ weights.ravel())
            return half + half.transposed()
        return stage.N.pattern.of_sparse(stage.C_turned @ _weighted(weights, stage.C))

    def turned(self, matrix: Blocks, E: np.ndarray) -> Blocks:
        """(I x E) times a matrix (s, s), for E (q, q), of which the blocks of the further factors are used."""
        return matrix.rows_turned(lambda rows, where: self.turned_rows(rows, E, where))

    def _turned_twice(self, matrix: Blocks, E: np.ndarray) -> Blocks:
        """(I x E) matrix (I x E)', for a symmetric matrix (s, s)."""
        if not any((E[part, part] - np.diag(np.diag(E[part, part]))).any() for part in self.stage.slices[1:]):
            return matrix.scaled(self._diagonal(E))
        return self.turned(self.turned(matrix, E).transposed(), E)

    def turned_rows(self, rows: np.ndarray, E: np.ndarray, where: slice = slice(None)) -> np.ndarray:
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
        if self.precision is not None:
            return self.turned_rows(self.QMX, self.precision) @ self._columns
        return (self.MX - self.M.times(self.QMX)) @ self._columns

    @cached_property
    def precision(self) -> np.ndarray | None:
        """(q, q) the inverse of D, if no variance among the further factors is near zero.

        Then (Woodbury) I - Q M = Q D^-1 and M (I - Q M) = D^-1 - D^-1 Q D^-1, which spares large products.
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
    def left(self) -> Blocks:
        """(s, s) I - Q M: Z_1'V^-1 Z_s = K (I - Q M) and Z_s'V^-1 Z_s = M (I - Q M)."""
        if self.precision is not None:
            return self.turned(self.Q, self.precision).transposed()
        return (self.Q @ self.M).identity_less()

    @cached_property
    def G(self) -> Blocks:
        """(s, s) Z_s'V^-1 Z_s."""
        if self.precision is not None:
            return self._of_levels(self.precision) - self._turned_twice(self.Q, self.precision)
        return (self.M @ self.left).symmetric_part()

    def _of_levels(self, E: np.ndarray) -> Blocks:
        """I x E as a matrix (s, s)."""
        one = Blocks(self.Q.pattern, [np.zeros_like(part) for part in self.Q.parts]).plus_identity()
        return self.turned(one, E)

    @cached_property
    def _G_of_levels(self) -> list[np.ndarray]:
        """(J_k, q_k, q_k) Z'V^-1 Z of each group of each further factor: the diagonal blocks of G."""
        if self.precision is None:
            return [self.G.diagonal_blocks(places) for places in self.stage.places]
        blocks = []
        for places, part in zip(self.stage.places, self.stage.slices[1:], strict=True):
            precision = self.precision[part, part]
            blocks.append(precision - precision @ self.Q.diagonal_blocks(places) @ precision)
        return blocks

    def left_times(self, columns: np.ndarray) -> np.ndarray:
        """(s, c) I - Q M times columns (s, c)."""
        if self.precision is not None:
            return self.Q.times(self.turned_rows(columns, self.precision))
        return columns - self.Q.times(self.M.times(columns))

    def right_times(self, columns: np.ndarray, left: np.ndarray) -> np.ndarray:
        """(s, c) G times columns (s, c), of which `left` is what `left_times` makes."""
        if self.precision is not None:
            return self.turned_rows(columns - left, self.precision)
        return self.M.times(left)

    @cached_property
    def K(self) -> sparse.csr_array:
        """(J q_1, s) Z_1'V_1^-1 Z_s."""
        return _weighted(self.T, self.stage.C)

    def K_turned(self, values: np.ndarray) -> np.ndarray:
        """(s, c) K' times values (q_1, c, J)."""
        return self.stage.C_turned @ stacked(times(self.T.transpose(1, 0, 2), values))

    def through(self, weights: np.ndarray) -> float:
        """trace(Q C' weights C), for symmetric weights (q_1, q_1, J) of the first factor's groups."""
        if self.stage.meetings is None:
            return self.Q.dot(self.between(weights))
        return float(weights.ravel() @ self._Q_met)

    @cached_property
    def _Q_met(self) -> np.ndarray:
        """(J,) C_j Q C_j' of each group of a first factor with one coefficient."""
        return 2 * (self.stage.meetings @ self.Q.flat())

    def turned_by_T(self, weights: np.ndarray) -> np.ndarray:
        """(q_1, q_1, J) T' weights T: K' weights K is C' of that C."""
        return np.einsum("baj,bcj,cdj->adj", self.T, weights, self.T)

    @cached_property
    def K_K(self) -> dict[tuple[int, int], Blocks]:
        """For each element of D_1 on and below its diagonal, which E moves with its mirror image: (s, s) K'EK."""
        return {place: self.between(self.turned_by_T(E)) for place, E in self._elements()}

    def _elements(self) -> Iterator[tuple[tuple[int, int], np.ndarray]]:
        """The elements of D_1 on and below its diagonal, and each as a direction (q_1, q_1, 1)."""
        q = self.stage.first.q
        for place in ((a, b) for a in range(q) for b in range(a + 1)):
            E = np.zeros((q, q, 1))
            E[place] = E[place[::-1]] = 1.0
            yield place, E

    @cached_property
    def seen_of_groups(self) -> np.ndarray:
        """(q, q) the sum of Z'V^-1 Z over groups, factor by factor: what the data say of a group's coefficients."""
        first = self.W.sum(axis=-1)
        for (a, b), E in self._elements():
            spared = self.stage.meetings is not None
            taken = self.through(self.turned_by_T(E)) if spared else self.Q.dot(self.K_K[a, b])
            first[a, b] -= taken / (1 if a == b else 2)
            first[b, a] = first[a, b]
        return self.by_factor([first, *(levels.sum(axis=0) for levels in self._G_of_levels)])

    def by_factor(self, parts: list[np.ndarray]) -> np.ndarray:
        """(q, q) a matrix for each factor, along the diagonal."""
        whole = np.zeros((self.stage.q, self.stage.q))
        for place, part in zip(self.stage.slices, parts, strict=True):
            whole[place, place] = part
        return whole


def _inverse_of_sum(A: np.ndarray, D: np.ndarray) -> np.ndarray:
    """(q, q, J) T = (I + A_j D)^-1."""
    if len(A) == 1:
        return 1 / (1 + A * D[0, 0])
    return np.ascontiguousarray(np.moveaxis(np.linalg.inv(np.eye(len(A)) + np.moveaxis(A, -1, 0) @ D), 0, -1))


def stacked(values: np.ndarray) -> np.ndarray:
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
