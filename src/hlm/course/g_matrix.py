"""What to do with G: read the correlation off it, move the point at which intercepts are taken, compare several."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from ..arguments import checked, real_numbers
from ..errors import ModelError

__all__ = ["correlation", "g_of_lines", "move_zero"]


@checked
def correlation(G: Any) -> pd.DataFrame:
    """The correlations that a covariance matrix holds: each covariance over the product of the standard deviations.

    Args:
        G: (q, q) covariance matrix, such as a fit's `cov_re`.

    Returns:
        DataFrame (q, q), with G's names. A correlation with something that does not vary has no meaning and is
        missing.

    Raises:
        ModelError: G is no covariance matrix.

    Example:
        >>> import hlm
        >>> print(hlm.correlation([[4, 3], [3, 9]]).iloc[0, 1])
        0.5
    """
    G = _covariances(G)
    sd = np.sqrt(np.diag(G))
    with np.errstate(invalid="ignore", divide="ignore"):
        return G / np.outer(sd, sd)


@checked
def move_zero(G: Any, to: float) -> pd.DataFrame:
    """G as it would be if the predictor were counted from another point.

    A line has its intercept where the predictor is 0. Counted from `to`, a school's intercept is the height of its
    line there, U0 + to U1, and its slope is what it was. So

        tau00' = tau00 + 2 to tau01 + to^2 tau11,    tau01' = tau01 + to tau11,    tau11' = tau11.

    Args:
        G: (2, 2) covariance matrix of intercepts and slopes, in this order.
        to: the new zero, in the predictor's units.

    Returns:
        DataFrame (2, 2), with G's names.

    Raises:
        ModelError: G is no covariance matrix of an intercept and one slope, or `to` is not finite.

    Source: Snijders & Bosker (2012), Multilevel Analysis, section 5.1.

    Example:
        >>> import hlm
        >>> hlm.move_zero([[4.0, -1.0], [-1.0, 1.0]], to=2.0).to_numpy().tolist()
        [[4.0, 1.0], [1.0, 1.0]]
    """
    G = _covariances(G)
    if G.shape != (2, 2):
        raise ModelError(f"G has {len(G)} rows; to move the zero it needs two, an intercept and one slope")
    if not np.isfinite(float(to)):
        raise ModelError(f"the new zero must be finite, not {to!r}")
    move = np.array([[1.0, to], [0.0, 1.0]])
    return pd.DataFrame(move @ G.to_numpy() @ move.T, index=G.index, columns=G.columns)


@checked
def g_of_lines(sets: Mapping[str, tuple[Any, Any]]) -> pd.DataFrame:
    """The three numbers of G for sets of schools whose intercepts and slopes are known.

    Args:
        sets: by name, the intercepts and slopes of the schools, (J,) each; or one number, the same for all.

    Returns:
        DataFrame, a row per set: the variance of the intercepts (τ₀₀), the covariance (τ₀₁), and the variance of the
        slopes (τ₁₁), with J - 1 in the denominator.

    Raises:
        ModelError: a set has fewer than two schools, or not as many intercepts as slopes.

    Example:
        >>> import hlm
        >>> hlm.course.g_of_lines({"one height": (10, [1, 2, 3])}).loc["one height"].tolist()
        [0.0, 0.0, 1.0]
    """
    rows = {}
    for name, both in sets.items():
        intercepts, slopes = (real_numbers(values, f"{name!r}: intercepts and slopes") for values in both)
        sizes = {np.size(values) for values in (intercepts, slopes)} - {1}
        if len(sizes) != 1:
            raise ModelError(
                f"{name!r} has {np.size(intercepts)} intercepts and {np.size(slopes)} slopes; give one of each per "
                "school, or one number for all schools, and two schools at least"
            )
        G = np.cov(np.stack(np.broadcast_arrays(np.ravel(intercepts), np.ravel(slopes))))
        rows[name] = {"τ₀₀": G[0, 0], "τ₀₁": G[0, 1], "τ₁₁": G[1, 1]}
    return pd.DataFrame.from_dict(rows, orient="index")


def _covariances(G: Any) -> pd.DataFrame:
    if isinstance(G, Mapping):
        raise ModelError(
            f"a dict holds a matrix for each grouping factor; give one of them, cov_re[{next(iter(G), 'factor')!r}]"
        )
    values = real_numbers(G, "a covariance matrix's elements")
    if values.ndim != 2 or values.shape[0] != values.shape[1] or not values.size:
        raise ModelError(f"a covariance matrix is square, and this has shape {values.shape}")
    if not np.isfinite(values).all() or not np.allclose(values, values.T, rtol=1e-8, atol=0):
        raise ModelError("a covariance matrix is finite and symmetric, and this is not")
    least = np.linalg.eigvalsh(values)[0]
    if least < -1e-9 * np.abs(values).max():
        raise ModelError(
            "this is no covariance matrix: a variance is negative, or a covariance larger than "
            f"the variances allow (smallest eigenvalue {least:.3g})"
        )
    if isinstance(G, pd.DataFrame):
        return pd.DataFrame(values, index=G.index, columns=G.columns)
    return pd.DataFrame(values)
