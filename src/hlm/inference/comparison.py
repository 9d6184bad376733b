"""Likelihood-ratio comparison of two nested mixed models."""

from __future__ import annotations

import pandas as pd
from scipy import special

from ..errors import ModelError
from ..results import MixedResults


def compare(smaller: MixedResults, larger: MixedResults) -> pd.DataFrame:
    """Test a model against one that it is nested in, by the likelihood ratio.

    Models whose fixed effects differ are refitted by maximum likelihood first: REML likelihoods of different fixed
    effects are of different data (Pinheiro & Bates 2000, section 2.4.1). Where only the random parts differ, the fits
    are compared as they are, if both are REML or both ML; else both are refitted by ML.

    Args:
        smaller, larger: fits of the same rows; their order does not matter.

    Returns:
        DataFrame, a row a model: parameters, aic, bic, llf, deviance, chi2, df, p. A variance tested against zero
        lies on the boundary, which makes p too large, by a factor of two for one variance (Self & Liang 1987).

    Raises:
        ModelError: different responses, groups or rows; or as many parameters in both.
    """
    if smaller.df_modelwc > larger.df_modelwc:
        smaller, larger = larger, smaller
    _require_same_data(smaller, larger)
    if smaller.layout.x != larger.layout.x or smaller.reml != larger.reml:
        smaller, larger = smaller.as_ml(), larger.as_ml()
    fits = [smaller, larger]
    chi2 = max(0.0, 2 * (larger.llf - smaller.llf))
    df = larger.df_modelwc - smaller.df_modelwc
    return pd.DataFrame(
        {
            "parameters": [fit.df_modelwc for fit in fits],
            "aic": [fit.aic for fit in fits],
            "bic": [fit.bic for fit in fits],
            "llf": [fit.llf for fit in fits],
            "deviance": [-2 * fit.llf for fit in fits],
            "chi2": [float("nan"), chi2],
            "df": [float("nan"), df],
            "p": [float("nan"), float(special.chdtrc(df, chi2))],
        },
        index=[fit.formula for fit in fits],
    )


def _require_same_data(smaller: MixedResults, larger: MixedResults) -> None:
    if smaller.endog_name != larger.endog_name:
        raise ModelError(f"the models explain different responses: {smaller.endog_name} and {larger.endog_name}")
    if smaller.group_name != larger.group_name:
        raise ModelError(f"the models have different groups: {smaller.group_name} and {larger.group_name}")
    if smaller.nobs != larger.nobs or not smaller.moments.same_response(larger.moments):
        raise ModelError(
            f"the models were fitted to different rows ({smaller.nobs:,} and {larger.nobs:,}); "
            "drop rows that are missing a value of any variable, then fit both"
        )
    if smaller.df_modelwc == larger.df_modelwc:
        raise ModelError(
            f"both models have {smaller.df_modelwc} parameters; a likelihood ratio needs one to nest the other"
        )
