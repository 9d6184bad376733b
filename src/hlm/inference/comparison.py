"""Comparison of models: information criteria, and the likelihood ratio of each to the one before, if it nests that."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, cast

import numpy as np
import pandas as pd
from scipy import special

from ..arguments import checked
from ..errors import ModelError
from ..model.group_moments import Moments
from .fit import Fit, Plain, Regression
from .nesting import why_not_nested
from .shown import Shown


@checked
def compare(*fits: Fit | Regression) -> pd.DataFrame:
    """Compare models: by AIC and BIC, and by the likelihood ratio of each to the one before, where it nests that.

    Models are sorted by their numbers of parameters. Where fixed effects differ, or a regression without random terms
    is among them, all are fitted by maximum likelihood first: REML likelihoods of different fixed effects are of
    different data. Where only the random parts differ, the fits are compared as they are, if all are REML or all ML;
    else all are refitted by ML.

    Args:
        fits: two or more, of the same rows, by `hlm.lmer` or `hlm.ols`; their order does not matter.

    Returns:
        DataFrame, a row for each model: parameters, aic, bic, llf, deviance, and of its comparison with the row before
        chi2, df, p. A variance tested against zero lies on the boundary, which makes p too large, by a factor of two
        for one variance (Self & Liang 1987): `hlm.boundary_p` puts that right for the last row. Where a model does not
        nest the one before, chi2, df and p are NaN, and a further column, note, says why. That is decided by the spaces
        that the columns of X and of each random term span.

    Raises:
        ModelError: fewer than two fits, or what is no fit of hlm; or different responses, groups or rows.

    Source: Pinheiro & Bates (2000), Mixed-Effects Models in S and S-PLUS, section 2.4.1.

    Example:
        >>> import hlm
        >>> d = hlm.load_hsb()
        >>> null, fit = (hlm.lmer(f"math ~ {x} + (1 | sch.id)", d) for x in ("1", "sector"))
        >>> hlm.compare(hlm.ols("math ~ 1", d), null, fit)["parameters"].tolist()
        [2, 3, 4]
    """
    if len(fits) < 2:
        raise ModelError(f"compare needs two fits or more, not {len(fits)}")
    models = sorted(map(_compared, fits), key=lambda model: model.df_modelwc)
    for model in models[1:]:
        _require_same_data(models[0], model)
    if len({(model.layout.x, model.reml) for model in models}) > 1:
        models = [model.as_ml() for model in models]
    tests = [(np.nan, np.nan, np.nan, ""), *(_tested(*pair) for pair in pairwise(models))]
    table = Shown(
        {
            "parameters": [model.df_modelwc for model in models],
            "aic": [2 * model.df_modelwc - 2 * model.llf for model in models],
            "bic": [np.log(model.nobs) * model.df_modelwc - 2 * model.llf for model in models],
            "llf": [model.llf for model in models],
            "deviance": [-2 * model.llf for model in models],
            **dict(zip(("chi2", "df", "p", "note"), zip(*tests, strict=True), strict=True)),
        },
        index=[model.layout.formula for model in models],
    )
    return table if any(table["note"]) else Shown(table.drop(columns="note"))


def _compared(fit: Fit | Regression) -> Fit | Plain:
    return cast(Fit, fit) if hasattr(type(fit), "as_ml") else Plain(fit)


def _tested(smaller: Fit | Plain, larger: Fit | Plain) -> tuple[float, float, float, str]:
    """The likelihood ratio, its d.f. and p; or why there is none."""
    reason = why_not_nested(smaller, larger)
    if reason is not None:
        return np.nan, np.nan, np.nan, reason
    chi2, df = max(0.0, 2 * (larger.llf - smaller.llf)), larger.df_modelwc - smaller.df_modelwc
    return chi2, df, float(special.chdtrc(df, chi2)), ""


def _require_same_data(one: Fit | Plain, other: Fit | Plain) -> None:
    here, there = one.layout, other.layout
    if here.response != there.response:
        raise ModelError(f"the models explain different responses: {here.response} and {there.response}")
    if len(here.grouping) == len(there.grouping) == 1 and here.group != there.group:
        raise ModelError(f"the models have different groups: {here.group} and {there.group}")
    if here.weights != there.weights:
        raise ModelError("the models have different weights, so that their likelihoods are of different residuals")
    if one.nobs != other.nobs or not _same_response(one, other):
        raise ModelError(
            f"the models were fitted to different rows ({one.nobs:,} and {other.nobs:,}), or with other offsets; "
            "drop rows that are missing a value of any variable, then fit both"
        )


def _same_response(one: Fit | Plain, other: Fit | Plain) -> bool:
    """Moments of one factor know only others of one; those of several know both."""
    if isinstance(one, Plain) or isinstance(other, Plain):
        return np.array_equal(np.sort(one.design.response), np.sort(other.design.response))
    here, there = cast(Any, one.moments), cast(Any, other.moments)
    return bool(there.same_response(here) if isinstance(here, Moments) else here.same_response(there))
