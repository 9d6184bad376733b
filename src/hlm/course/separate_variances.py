"""A mixed model whose residual variance differs between kinds of rows, such as students of the two sectors.

If the residuals of kind k have the standard deviation r_k sigma, divide all that is known of these rows by r_k, the
intercept's column of ones as well: in the new rows every residual has the standard deviation sigma, and the model is
the usual one. Its group moments are those of the kinds, each weighted by 1 / r_k^2 and added, so the likelihood of any
r costs one fit from moments. What is left is to find the best r (Pinheiro & Bates 2000, section 5.2).
"""

from __future__ import annotations

import operator
from dataclasses import dataclass, replace
from functools import reduce

import numpy as np
import pandas as pd
from scipy import optimize, special

from ..arguments import checked_but, checked_methods
from ..errors import ModelError, listed
from ..mixed_model import lmer
from ..model.optimum import optimum
from ..model.two_stage import two_stage
from ..results import MixedResults
from .parts import moments_of_rows, weighted

__all__ = ["SeparateVariances", "separate_variances"]


@checked_methods
@dataclass(frozen=True)
class SeparateVariances:
    """A model with a residual variance for each kind of rows, beside the one with a single variance.

    Attributes:
        sd: the residual standard deviation of each kind, by its label.
        params: (p,) fixed effects. bse: their standard errors, given the variances. cov_re: (q, q) G.
        llf: log-likelihood (REML or ML).
        chi2, df, p: the likelihood-ratio test against one variance for all.
    """

    sd: pd.Series
    params: pd.Series
    bse: pd.Series
    cov_re: pd.DataFrame
    llf: float
    chi2: float
    df: int
    p: float
    _fit: MixedResults

    def coef_table(self) -> pd.DataFrame:
        """A row for each fixed effect: estimate, se, t, df (Satterthwaite's, given the ratios of the variances), p."""
        return self._fit.coef_table()


@checked_but("formula")
def separate_variances(formula: str, data: pd.DataFrame, by: str, reml: bool = True) -> SeparateVariances:
    """Fit a mixed model with a residual variance of its own for each value of a column.

    Args:
        formula: as for `hlm.lmer`. data: a row per student.
        by: the column whose values get a variance each, such as `sector`.
        reml: restricted maximum likelihood, or maximum likelihood if False.

    Returns:
        SeparateVariances

    Raises:
        ModelError: see `hlm.lmer`; the model has several grouping factors, there is no such column, it has missing
            values or only one value, or a value has fewer rows than the model has coefficients.

    Source: Pinheiro & Bates (2000), section 5.2; R's nlme has it as `varIdent`.

    Example:
        >>> import hlm
        >>> own = hlm.separate_variances("math ~ sector + (1 | sch.id)", hlm.load_hsb(), by="sector")
        >>> print(own.sd.round(2).tolist())
        [6.64, 5.85]
    """
    data = data.reset_index(drop=True)
    if by not in data.columns:
        raise ModelError(f"there is no column {by!r} in the data; there are {listed(data.columns)}")
    same = lmer(formula, data, reml)
    rows = same.design
    if len(rows.groupings) > 1:
        raise ModelError(f"{formula!r} has several grouping factors; separate variances are for models with one")
    kinds, labels = _kinds(data[by].loc[rows.rows], by, len(same.params) + len(same.layout.z))
    parts = [moments_of_rows(rows, kinds == k) for k in range(len(labels))]
    counts = np.bincount(kinds)

    def fitted(log_ratios: np.ndarray) -> tuple[MixedResults, float]:
        """The best fit with the residuals' standard deviations in these proportions, and its log-likelihood."""
        log_r = np.append(0.0, log_ratios)
        sums = reduce(operator.add, map(weighted, parts, np.exp(-2 * log_r)))
        stage = replace(two_stage(sums), nobs=rows.nobs)
        fit = MixedResults(sums, None, optimum(stage, reml))
        return fit, fit.llf - counts @ log_r  # the density of y is that of y / r, divided by r, for each row

    spread = same.resid.groupby(kinds).std().to_numpy()
    best = optimize.minimize(
        lambda log_ratios: -2 * fitted(log_ratios)[1],
        np.log(spread[1:] / spread[0]),
        method="Nelder-Mead",
        options={"xatol": 1e-8, "fatol": 1e-9, "maxiter": 4000},
    )
    fit, llf = fitted(best.x)
    chi2, df = 2 * (llf - same.llf), len(labels) - 1
    sd = pd.Series(np.sqrt(fit.scale) * np.exp(np.append(0.0, best.x)), index=labels, name="sd")
    p = float(special.chdtrc(df, max(chi2, 0.0)))
    return SeparateVariances(sd, fit.params, fit.bse, fit.cov_re, llf, chi2, df, p, fit)


def _kinds(column: pd.Series, by: str, coefficients: int) -> tuple[np.ndarray, pd.Index]:
    """Each row's kind as a position in the sorted labels, and these."""
    if column.isna().any():
        raise ModelError(f"{by!r} has missing values, so that it is not known which variance their rows have")
    kinds, labels = pd.factorize(column, sort=True)
    if len(labels) < 2:
        raise ModelError(
            f"{by!r} has one value, {labels.tolist()[0]!r}; there is no other variance to tell from its own"
        )
    for label, count in zip(labels.tolist(), np.bincount(kinds), strict=True):
        if count <= coefficients:
            raise ModelError(f"{by!r} is {label!r} in too few rows ({count}) for a variance of its own")
    return kinds, pd.Index(labels, name=by)
