"""A table of F tests, a row for each term of the fixed part."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from .hypotheses import Method, f_p
from .shown import Shown

COLUMNS = ["sum_sq", "mean_sq", "df_num", "df_denom", "F", "p"]
NO_ROW = np.sqrt(np.finfo(float).eps)  # a combination of rows whose variance is a smaller share of the largest is none


def anova_table(
    hypotheses: Mapping[str, np.ndarray], method: Method, beta: np.ndarray, residual_variance: float
) -> pd.DataFrame:
    """Test the hypotheses about each term.

    Args:
        hypotheses: L (m, p) by term, in the user's units; rows may follow from others.
        method: for standard errors and d.f.
        beta: (p,) the fixed effects, in inside units of y. residual_variance: sigma2, in the user's.

    Returns:
        DataFrame, a row for each term: sum_sq, mean_sq, df_num, df_denom, F, p; NaN where a term has no hypothesis.
    """
    rows = [_tested(L, method, beta, residual_variance) for L in hypotheses.values()]
    table = Shown(rows, index=pd.Index(list(hypotheses), name="term"), columns=COLUMNS, dtype=float)
    if table["df_num"].notna().all():
        table["df_num"] = table["df_num"].astype(int)
    return table


def _tested(L: np.ndarray, method: Method, beta: np.ndarray, residual_variance: float) -> list[float]:
    if not L.size:
        return [float("nan")] * len(COLUMNS)
    L = independent(L, method.cov)
    effect = L @ beta
    # Kenward and Roger scale F; as in lmerTest, sums of squares are those of the F that is not scaled.
    unscaled = float(effect @ np.linalg.solve(L @ method.cov @ L.T, effect) / len(L))
    F, df = method.f_test(L, beta)
    mean_sq = residual_variance * unscaled
    return [mean_sq * len(L), mean_sq, len(L), df, F, f_p(F, len(L), df)]


def independent(L: np.ndarray, cov: np.ndarray) -> np.ndarray:
    """The rows L (m, p), or where some follow from others as many of their combinations as do not."""
    values, vectors = np.linalg.eigh(L @ cov @ L.T)
    there = values > NO_ROW * values[-1]
    return L if there.all() else vectors[:, there].T @ L
