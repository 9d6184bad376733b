"""Where the sampling variance of each coefficient comes from: the groups of each factor, and the rows.

With V = sum_f Z_f G_f Z_f' + sigma2 I and C = (X' V^-1 X)^-1, a coefficient is a weighted sum of the responses, with
weights W = V^-1 X C. Its variance is W' V W = C, and falls into one part for each term of V:

    C = sum_f W' Z_f G_f Z_f' W + sigma2 W' W.

V^-1 X is found from the sparse Z, as a regression that is penalised by G (Bates et al. 2015, section 3):
V^-1 = (I - A (sigma2 I + A'A)^-1 A') / sigma2 with A = Z T, where T T' = G.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.sparse.linalg import splu

from hlm import MixedResults


@dataclass(frozen=True)
class Sampling:
    """Parts of each coefficient's sampling variance, and each group's push on the coefficients.

    Attributes:
        variance: a row for each coefficient, a column for each factor and one, "rows", for the residuals; each row's
            sum is the squared standard error.
        pushes: by factor, (J, p): the groups' shares in the estimates, C X_j' V^-1 (y - X beta)_j, whose sum is zero.
    """

    variance: pd.DataFrame
    pushes: dict[str, pd.DataFrame]

    @property
    def shares(self) -> pd.DataFrame:
        """The parts of the variance as shares of it."""
        return self.variance.div(self.variance.sum(axis=1), axis=0)


ROWS = "rows"


def sampling_of(fit: MixedResults) -> Sampling:
    """The parts of the sampling variance of a fit's coefficients; G and sigma2 as estimated."""
    X, r = fit.design.matrix(fit.layout.x), fit.design.response
    blocks = [(each.name, each.codes, len(each.groups)) for each in fit.design.groupings]
    covariances = fit.cov_re if isinstance(fit.cov_re, dict) else {blocks[0][0]: fit.cov_re}
    names = [*fit.layout.x]
    spread = [_times_root(fit, codes, J, covariances[name]) for name, codes, J in blocks]
    A = sparse.hstack(spread, format="csc")
    weights = fit.design.weights
    if weights is not None:  # of rows whose residual variance is sigma2 / w
        raise NotImplementedError("weights")
    inner = splu((A.T @ A + fit.scale * sparse.identity(A.shape[1])).tocsc())
    B = (X - A @ inner.solve(A.T @ X)) / fit.scale  # V^-1 X
    C = np.linalg.inv(X.T @ B)
    W = B @ C
    parts = {name: ((S.T @ W) ** 2).sum(axis=0) for (name, _, _), S in zip(blocks, spread, strict=True)}
    parts[ROWS] = fit.scale * (W**2).sum(axis=0)
    left = r - X @ fit.params.to_numpy()
    push = W * left[:, None]
    pushes = {}
    for each in fit.design.groupings:
        sums = np.column_stack([np.bincount(each.codes, column, len(each.groups)) for column in push.T])
        pushes[each.name] = pd.DataFrame(sums, index=each.groups, columns=names)
    return Sampling(pd.DataFrame(parts, index=names), pushes)


def _times_root(fit: MixedResults, codes: np.ndarray, J: int, G: pd.DataFrame) -> sparse.csc_matrix:
    """Z_f T of one factor, (n, J q): T is the symmetric root of its G, which is there where G is singular too."""
    values, vectors = np.linalg.eigh(G.to_numpy())
    root = vectors * np.sqrt(np.clip(values, 0, None)) @ vectors.T
    Z = fit.design.matrix(tuple(G.columns)) @ root
    n, q = Z.shape
    places = (codes[:, None] * q + np.arange(q)).ravel()
    return sparse.csc_matrix((Z.ravel(), (np.repeat(np.arange(n), q), places)), shape=(n, J * q))
