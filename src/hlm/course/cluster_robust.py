"""Standard errors that hold whatever goes on inside schools, as long as the schools are independent of each other.

Every fit here solves an equation in which each school has a share, s_j = X_j' V_j^-1 (y_j - X_j beta), and the shares
sum to zero. If the model for V_j is right, the shares vary as it says. Cluster-robust standard errors ask the shares
themselves instead (Liang & Zeger 1986):

    Cov(beta) = C (sum_j s_j s_j') C,    C = (sum_j X_j' V_j^-1 X_j)^-1.

Least squares works with V_j = sigma2 I. For both kinds of fit V_j^-1 (y_j - X_j beta) is the fit's residuals over
sigma2, those of a mixed model being what its predicted U leave.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from ..arguments import checked
from ..errors import ModelError
from ..inference.hypotheses import two_sided_p
from ..least_squares import LeastSquares
from ..results import MixedResults, OneFactorFit

__all__ = ["cluster_robust"]


@checked
def cluster_robust(
    fit: OneFactorFit | LeastSquares, groups: pd.Series | None = None, kind: Literal["CR0", "CR1", "CR2"] = "CR1"
) -> pd.DataFrame:
    """The coefficients of a fit with cluster-robust standard errors.

    Args:
        fit: of `hlm.ols`, or of `hlm.lmer`.
        groups: for least squares, the column that says which school a student is in, by the index of the data. A mixed
            model knows its groups.
        kind: "CR0", the formula as it is; "CR1", times J / (J - 1) and (N - 1) / (N - p), as Stata and statsmodels
            have it; "CR2", with residuals that would have the right variance if the model were true (Bell & McCaffrey
            2002), which is better with few schools.

    Returns:
        DataFrame, a row for each coefficient: estimate, se, t, df (J - 1), p.

    Raises:
        ModelError: least squares without groups, a mixed model with them, groups that are missing or of other rows,
            fewer than two of them, or a model that was fitted from moments.

    Source: Liang & Zeger (1986), Biometrika 73; Cameron & Miller (2015), Journal of Human Resources 50, sections II
        and VI.

    Example:
        >>> import hlm
        >>> d = hlm.load_hsb()
        >>> robust = hlm.cluster_robust(hlm.ols("math ~ sector", d), d["sch.id"])
        >>> print(robust["se"].round(3).to_dict())
        {'Intercept': 0.282, 'sector': 0.422}
    """
    codes, X, Z, y = _mixed(fit, groups) if isinstance(fit, MixedResults) else _least_squares(fit, groups)
    schools = _rows_of(codes)
    if len(schools) < 2:
        raise ModelError("cluster-robust standard errors need two groups or more; there is one")
    C = np.asarray(fit.cov_params())
    if kind == "CR2":
        left = y - X @ np.asarray(fit.params)
        shares = np.array([_adjusted_share(X[own], left[own], C, _variance(fit, Z, own)) for own in schools])
    else:
        terms = X * np.asarray(fit.resid)[:, None] / fit.scale
        shares = np.array([terms[own].sum(axis=0) for own in schools])
    cov = C @ shares.T @ shares @ C
    J, (N, p) = len(schools), X.shape
    if kind == "CR1":
        cov *= J / (J - 1) * (N - 1) / (N - p)
    estimate, se = np.asarray(fit.params), np.sqrt(np.diag(cov))
    t = estimate / se
    columns = {"estimate": estimate, "se": se, "t": t, "df": float(J - 1), "p": two_sided_p(t, J - 1)}
    return pd.DataFrame(columns, index=pd.Index(fit.params.index, name="coefficient"))


def shares_of(fit: LeastSquares, groups: pd.Series) -> pd.DataFrame:
    """(J, p) how far each school's residuals push each coefficient: C s_j, a row for each school; columns sum to 0."""
    codes, X, _, _ = _least_squares(fit, groups)
    terms = X * np.asarray(fit.resid)[:, None] / fit.scale
    shares = np.array([terms[own].sum(axis=0) for own in _rows_of(codes)])
    return pd.DataFrame(shares @ np.asarray(fit.cov_params()), columns=list(fit.params.index))


def _least_squares(fit: LeastSquares, groups: pd.Series | None) -> tuple[np.ndarray, np.ndarray, None, np.ndarray]:
    """Each row's group, X, no Z, and y."""
    if groups is None:
        raise ModelError("least squares knows no groups; say which school each row is in, as in groups=d['sch.id']")
    if not groups.index.equals(fit.resid.index):  # rows were left out, or are in another order
        if not groups.index.is_unique or len(fit.resid.index.difference(groups.index)):
            raise ModelError("groups have another index than the rows that were fitted; take them from the same data")
        groups = groups[fit.resid.index]
    codes = pd.factorize(groups)[0]
    if (codes < 0).any():
        raise ModelError(f"the group is missing in row {groups.index[codes < 0][0]}")
    return codes, np.asarray(fit.model.exog), None, np.asarray(fit.model.endog)


def _mixed(fit: MixedResults, groups: pd.Series | None) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Each row's group, X, Z, and y."""
    if groups is not None:
        raise ModelError(f"{fit.formula!r} has its own groups, {fit.group_name}; leave out groups")
    rows = fit.design
    return rows.codes, rows.matrix(fit.layout.x), rows.matrix(fit.layout.z), rows.response


def _rows_of(codes: np.ndarray) -> list[np.ndarray]:
    """The places of each group's rows."""
    return np.split(np.argsort(codes, kind="stable"), np.cumsum(np.bincount(codes))[:-1])


def _variance(fit: MixedResults | LeastSquares, Z: np.ndarray | None, own: np.ndarray) -> np.ndarray:
    """(n, n) the variance of a school's students, given X, by the model."""
    V = fit.scale * np.eye(len(own))
    return V if Z is None else V + Z[own] @ np.asarray(fit.cov_re) @ Z[own].T


def _adjusted_share(X: np.ndarray, left: np.ndarray, C: np.ndarray, V: np.ndarray) -> np.ndarray:
    """A school's share with its residuals blown up by what fitting took off their variance V, that is X C X'.

    Source: Pustejovsky & Tipton (2018), Journal of Business & Economic Statistics 36.
    """
    D = np.linalg.cholesky(V).T
    size, axes = np.linalg.eigh(D @ (V - X @ C @ X.T) @ D.T)
    kept = size > 1e-10 * size[-1]
    root = (axes[:, kept] / np.sqrt(size[kept])) @ axes[:, kept].T
    return X.T @ np.linalg.solve(V, D.T @ root @ D @ left)
