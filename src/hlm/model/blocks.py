"""Symmetric matrices that fall into blocks: coefficients of different blocks have nothing to do with each other.

Where factors nest, each school is a block by itself; where they cross, all levels are one block. Blocks are dense, and
those of one size are computed together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import product

import numpy as np
import scipy.linalg
from scipy import sparse
from threadpoolctl import ThreadpoolController

LARGE = 200  # coefficients in one block, from which on BLAS takes several threads
HUGE = 2000  # and from which on they are worth the risk


@dataclass(frozen=True)
class Pattern:
    """Which of s coefficients belong together, in the order in which the blocks stand.

    Attributes:
        order: (s,) the coefficients, block by block, small blocks first.
        batches: (number of blocks, size) of each size, in that order.
    """

    order: np.ndarray
    batches: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, component: np.ndarray) -> Pattern:
        """The pattern in which coefficients of one component (s,) are a block."""
        size = np.bincount(component)[component]
        order = np.lexsort((component, size))
        sizes, rows = np.unique(size, return_counts=True)
        return cls(order, tuple((int(r // s), int(s)) for s, r in zip(sizes, rows, strict=True)))

    @cached_property
    def places(self) -> np.ndarray:
        """(s,) where each coefficient stands."""
        places = np.empty_like(self.order)
        places[self.order] = np.arange(len(self.order))
        return places

    @property
    def elements(self) -> int:
        """How many numbers a matrix of this pattern holds."""
        return sum(count * size**2 for count, size in self.batches)

    def ranges(self) -> Iterator[tuple[slice, int, int]]:
        """The rows, number and size of the blocks of each batch."""
        start = 0
        for count, size in self.batches:
            yield slice(start, start + count * size), count, size
            start += count * size

    @cached_property
    def first(self) -> tuple[np.ndarray, np.ndarray]:
        """Of each row: where its block's row begins among all elements, and the first column of its block."""
        begin, first, elements = [], [], 0
        for rows, count, size in self.ranges():
            begin.append(elements + size * np.arange(count * size))
            first.append(rows.start + np.repeat(size * np.arange(count), size))
            elements += count * size**2
        return np.concatenate(begin), np.concatenate(first)

    def of_sparse(self, matrix: sparse.csr_array) -> Blocks:
        """The blocks of a sparse matrix (s, s), which has nothing outside of them."""
        rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
        begin, first = self.first
        flat = np.zeros(self.elements)
        flat[begin[rows] + matrix.indices - first[rows]] = matrix.data
        return self.of_flat(flat)

    def of_flat(self, flat: np.ndarray) -> Blocks:
        """The blocks of all their elements in a row."""
        parts, start = [], 0
        for count, size in self.batches:
            parts.append(flat[start : start + count * size**2].reshape(count, size, size))
            start += count * size**2
        return Blocks(self, parts)


@dataclass(frozen=True)
class Blocks:
    """A block-diagonal matrix (s, s): the blocks of each batch, (number, size, size)."""

    pattern: Pattern
    parts: list[np.ndarray]

    def __add__(self, other: Blocks) -> Blocks:
        return Blocks(self.pattern, [a + b for a, b in zip(self.parts, other.parts, strict=True)])

    def __sub__(self, other: Blocks) -> Blocks:
        return Blocks(self.pattern, [a - b for a, b in zip(self.parts, other.parts, strict=True)])

    def __matmul__(self, other: Blocks) -> Blocks:
        return Blocks(self.pattern, [_product(a, b) for a, b in zip(self.parts, other.parts, strict=True)])

    def flat(self) -> np.ndarray:
        """All elements in a row."""
        return self.parts[0].ravel() if len(self.parts) == 1 else np.concatenate([part.ravel() for part in self.parts])

    def as_sparse(self) -> sparse.csr_array:
        """(s, s) its elements that are not zero."""
        flat, (begin, first) = self.flat(), self.pattern.first
        here = np.flatnonzero(flat)
        rows = np.searchsorted(begin, here, side="right") - 1
        return sparse.csr_array((flat[here], (rows, here - begin[rows] + first[rows])), shape=(len(begin),) * 2)

    def roughly_times(self, other: Blocks) -> Blocks:
        """The product to six digits: in single precision a large one takes half the time."""
        pairs = zip(self.parts, other.parts, strict=True)
        single = [_product(a.astype(np.float32), b.astype(np.float32)) for a, b in pairs]
        return Blocks(self.pattern, [part.astype(float) for part in single])

    def times(self, columns: np.ndarray) -> np.ndarray:
        """(s, c) the product with a tall matrix (s, c)."""
        product = np.empty_like(columns)
        for part, (rows, count, size) in zip(self.parts, self.pattern.ranges(), strict=True):
            product[rows] = _product(part, columns[rows].reshape(count, size, -1)).reshape(count * size, -1)
        return product

    def plus_identity(self) -> Blocks:
        """I + the matrix, in its place: a large block is dear to make room for."""
        for part in self.parts:
            np.einsum("iaa->ia", part)[...] += 1
        return self

    def identity_less(self) -> Blocks:
        """I - the matrix."""
        return Blocks(self.pattern, [-part for part in self.parts]).plus_identity()

    def scaled(self, size: np.ndarray) -> Blocks:
        """The matrix between two diagonal ones of these elements (s,)."""
        parts = []
        for part, (rows, count, wide) in zip(self.parts, self.pattern.ranges(), strict=True):
            here = size[rows].reshape(count, wide)
            parts.append(part * here[:, :, None])
            parts[-1] *= here[:, None, :]
        return Blocks(self.pattern, parts)

    def symmetric_part(self) -> Blocks:
        """The mean of the matrix and its transpose."""
        parts = [part + part.transpose(0, 2, 1) for part in self.parts]
        for part in parts:
            part /= 2
        return Blocks(self.pattern, parts)

    def trace(self) -> float:
        """The trace."""
        return float(sum(np.einsum("iaa->", part) for part in self.parts))

    def diagonal_blocks(self, places: np.ndarray) -> np.ndarray:
        """(J, q, q) the elements in the rows and columns that each row of `places` (J, q) names, all of one block."""
        found = np.empty((*places.shape, places.shape[1]))
        for part, (rows, _, size) in zip(self.parts, self.pattern.ranges(), strict=True):
            here = (places[:, 0] >= rows.start) & (places[:, 0] < rows.stop)
            which, inside = np.divmod(places[here] - rows.start, size)
            found[here] = part[which[:, :, None], inside[:, :, None], inside[:, None, :]]
        return found

    def diagonal_blocks_of_product(self, other: Blocks, places: np.ndarray) -> np.ndarray:
        """(J, q, q) as `diagonal_blocks`, of this matrix times the other, transposed."""
        found = np.empty((*places.shape, places.shape[1]))
        for one, two, (rows, _, size) in zip(self.parts, other.parts, self.pattern.ranges(), strict=True):
            here = (places[:, 0] >= rows.start) & (places[:, 0] < rows.stop)
            inside = places[here] - rows.start
            for a, b in product(range(places.shape[1]), repeat=2):
                left, right = one.reshape(-1, size)[inside[:, a]], two.reshape(-1, size)[inside[:, b]]
                found[here, a, b] = np.einsum("ic,ic->i", left, right)
        return found

    def transposed(self) -> Blocks:
        """The transpose."""
        return Blocks(self.pattern, [part.transpose(0, 2, 1) for part in self.parts])

    def rows_turned(self, turn: Callable[[np.ndarray, slice], np.ndarray]) -> Blocks:
        """Each batch's rows, (number x size, size) beside their places, turned into others."""
        turned = [
            turn(part.reshape(-1, size), rows).reshape(count, size, size)
            for part, (rows, count, size) in zip(self.parts, self.pattern.ranges(), strict=True)
        ]
        return Blocks(self.pattern, turned)

    def dot(self, other: Blocks) -> float:
        """The sum of the products of their elements: trace(A' B)."""
        return float(sum(np.einsum("iab,iab->", a, b) for a, b in zip(self.parts, other.parts, strict=True)))

    def trace_of_product(self, other: Blocks) -> float:
        """trace(A B)."""
        return float(sum(np.einsum("iab,iba->", a, b) for a, b in zip(self.parts, other.parts, strict=True)))

    def inverse(self) -> tuple[Blocks, float]:
        """The inverse of a positive definite matrix, and the logarithm of the matrix's determinant. It takes its place.

        Raises:
            LinAlgError: it is not positive definite.
        """
        parts, logdet = [], 0.0
        for part in self.parts:
            if part.shape[-1] == 1:
                if not (part > 0).all():
                    raise np.linalg.LinAlgError("not positive definite")
                parts.append(1 / part)
                logdet += np.log(part).sum()
            elif len(part) == 1:
                inverse, log = _inverse_of_one(part[0])
                parts.append(inverse[None])
                logdet += log
            else:
                root = np.linalg.cholesky(part)
                half = np.linalg.inv(root)
                parts.append(half.transpose(0, 2, 1) @ half)
                logdet += 2 * np.log(np.diagonal(root, axis1=1, axis2=2)).sum()
        return Blocks(self.pattern, parts), float(logdet)


def _product(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Blocks (number, size, size) times (number, size, c).

    A single large block goes to SciPy's BLAS, which inverts it too: NumPy's is another library with threads of its
    own, and the two would wait for each other's.
    """
    if len(one) > 1 or one.shape[-1] < LARGE:
        return one @ other
    with _threads(one.shape[-1]):
        product = scipy.linalg.blas.dgemm if one.dtype == np.float64 else scipy.linalg.blas.sgemm
        return product(1.0, other[0].T, one[0].T).T[None]


def _inverse_of_one(matrix: np.ndarray) -> tuple[np.ndarray, float]:
    """LAPACK's inverse from a Cholesky factor: half the work of a general one."""
    with _threads(len(matrix)):
        root, info = scipy.linalg.lapack.dpotrf(matrix.T, lower=1, overwrite_a=1)
        if info:
            raise np.linalg.LinAlgError("not positive definite")
        logdet = 2 * np.log(np.diag(root)).sum()
        lower, _ = scipy.linalg.lapack.dpotri(root, lower=1, overwrite_c=1)  # above its diagonal are zeros
    inverse = lower + lower.T
    np.einsum("aa->a", inverse)[...] /= 2
    return inverse, float(logdet)


def _threads(size: int) -> AbstractContextManager:
    """One thread of BLAS for blocks of fewer than HUGE coefficients.

    OpenBLAS's threads wait for one another by turning round: beside any other busy program that takes ten times as long
    as one thread does by itself, and on a quiet machine two save a blink.
    """
    return nullcontext() if size >= HUGE else _blas().limit(limits=1, user_api="blas")


@cache
def _blas() -> ThreadpoolController:
    return ThreadpoolController()


def components(shape: int, links: Sequence[sparse.csr_array]) -> np.ndarray:
    """(s,) the component of each of s coefficients, where the rows of each matrix (m, s) link those they have."""
    whole = sparse.vstack([abs(link) for link in links], format="csr")
    m = whole.shape[0]
    graph = sparse.block_array([[None, whole], [whole.T, None]], format="csr")
    _, component = sparse.csgraph.connected_components(graph, directed=False)
    _, component = np.unique(component[m:], return_inverse=True)
    assert len(component) == shape
    return component
