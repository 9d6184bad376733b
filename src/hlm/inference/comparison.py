"""Comparison of two mixed models: information criteria, and the likelihood ratio where one nests the other."""

from __future__ import annotations

from typing import Any

import pandas as pd
from scipy import special

from ..arguments import checked
from ..errors import ModelError
from ..model.moments import Moments
from .fit import Fit
from .nesting import why_not_nested
from .shown import Shown


@checked
def compare(smaller: Fit, larger: Fit) -> pd.DataFrame:
    """Compare two models: by AIC and BIC, and by the likelihood ratio if the smaller is a special case of the larger.

    Models whose fixed effects differ are refitted by maximum likelihood first: REML likelihoods of different fixed
    effects are of different data. Where only the random parts differ, the fits are compared as they are, if both are
    REML or both ML; else both are refitted by ML.

    Args:
        smaller, larger: fits of the same rows by `hlm.lmer`; their order does not matter.

    Returns:
        DataFrame, a row a model: parameters, aic, bic, llf, deviance, chi2, df, p. A variance tested against zero
        lies on the boundary, which makes p too large, by a factor of two for one variance (Self & Liang 1987):
        `hlm.boundary_p` puts that right. Where neither model nests the other, chi2, df and p are NaN, and a further
        column, note, says why. That is decided by the spaces that the columns of X and of each random term span.

    Raises:
        ModelError: not two fits of `hlm.lmer`; or different responses, groups or rows.

    Source: Pinheiro & Bates (2000), Mixed-Effects Models in S and S-PLUS, section 2.4.1.

    Example:
        >>> import hlm
        >>> d = hlm.load_hsb()
        >>> null, fit = (hlm.lmer(f"math ~ {x} + (1 | sch.id)", d) for x in ("1", "sector"))
        >>> hlm.compare(null, fit)["parameters"].tolist()
        [3, 4]
    """
    if smaller.df_modelwc > larger.df_modelwc:
        smaller, larger = larger, smaller
    _require_same_data(smaller, larger)
    if smaller.moments.layout.x != larger.moments.layout.x or smaller.at.reml != larger.at.reml:
        smaller, larger = smaller.as_ml(), larger.as_ml()
    fits = [smaller, larger]
    chi2 = max(0.0, 2 * (larger.llf - smaller.llf))
    df = larger.df_modelwc - smaller.df_modelwc
    reason = why_not_nested(smaller, larger)
    test = [chi2, df, float(special.chdtrc(df, chi2))] if reason is None else [float("nan")] * 3
    return Shown(
        {
            "parameters": [fit.df_modelwc for fit in fits],
            "aic": [fit.aic for fit in fits],
            "bic": [fit.bic for fit in fits],
            "llf": [fit.llf for fit in fits],
            "deviance": [-2 * fit.llf for fit in fits],
            **{name: [float("nan"), value] for name, value in zip(("chi2", "df", "p"), test, strict=True)},
            **({} if reason is None else {"note": ["", reason]}),
        },
        index=[fit.moments.layout.formula for fit in fits],
    )


def _require_same_data(smaller: Fit, larger: Fit) -> None:
    here, there = smaller.moments, larger.moments
    if here.layout.response != there.layout.response:
        raise ModelError(f"the models explain different responses: {here.layout.response} and {there.layout.response}")
    if here.layout.group != there.layout.group and max(len(here.layout.grouping), len(there.layout.grouping)) == 1:
        raise ModelError(f"the models have different groups: {here.layout.group} and {there.layout.group}")
    if here.nobs != there.nobs or not _same_response(here, there):
        raise ModelError(
            f"the models were fitted to different rows ({here.nobs:,} and {there.nobs:,}), weights or offsets; "
            "drop rows that are missing a value of any variable, then fit both"
        )


def _same_response(here: Any, there: Any) -> bool:
    """Moments of one factor know only others of one; those of several know both."""
    return (
        there.same_response(here)
        if isinstance(here, Moments) and not isinstance(there, Moments)
        else here.same_response(there)
    )
