"""Which coefficients of the further factors meet in each group of the first, found once for all weights of groups.

C'wC is a sum over groups j of w_j C_j'C_j, and trace(Q C'wC) one of w_j C_j Q C_j'. Both need the products of every two
elements of a row of C, and where in the blocks (`blocks.Pattern`) they belong; only w and Q change from one deviance
to the next. These products are one sparse matrix, with a row for each group.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

from .blocks import Pattern

ROOM = 2  # products for each number in a matrix of these blocks, up to which they are kept


def meetings(C: sparse.csr_array, pattern: Pattern) -> sparse.csr_array | None:
    """(J, elements) the products of every two elements of each row of C, at their places in the blocks.

    A pair stands once, on one side of the diagonal, and a square by half: with its transpose it adds up to C'C.

    Returns:
        None if they are too many to keep.
    """
    ends = np.repeat(C.indptr[1:], np.diff(C.indptr))
    partners = ends - np.arange(C.nnz)  # of each element: itself, and those behind it in its row
    total = int(partners.sum())
    if total > ROOM * pattern.elements:
        return None
    begin, first = pattern.first
    starts = np.concatenate([[0], np.cumsum(partners)])
    other = np.arange(total) - np.repeat(starts[:-1] - np.arange(C.nnz), partners)
    places = np.repeat(begin[C.indices] - first[C.indices], partners) + C.indices[other]
    products = np.repeat(C.data, partners) * C.data[other]
    products[starts[:-1]] /= 2
    return sparse.csr_array((products, places.astype(np.int32), starts[C.indptr]), shape=(C.shape[0], pattern.elements))
