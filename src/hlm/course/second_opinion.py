"""statsmodels' mixed model beside ours: what its own optimisers find, and what its likelihood says of our optimum."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
from statsmodels.regression.mixed_linear_model import MixedLM, MixedLMParams

from ..arguments import checked
from ..errors import ModelError, listed
from ..results import OneFactorFit

DEFAULT = "default"
OPTIMISERS = ("newton", "nm", "bfgs", "lbfgs", "powell", "cg", "ncg", "basinhopping", "minimize")


@checked
def statsmodels_check(fit: OneFactorFit, term: str, methods: Iterable[str] = (DEFAULT,)) -> pd.DataFrame:
    """Fit the same model by statsmodels, and lay the results beside ours.

    Args:
        fit: of `hlm.lmer`, with one random term such as (1 | g) or (x | g). term: a fixed effect to report.
        methods: statsmodels' optimisers, such as "powell"; "default" leaves the choice to it.

    Returns:
        DataFrame, a row for each fit, ours first: converged (what the program says of itself); llf; variances, the
        trace of G (for a random intercept, tau00); sigma2; estimate and se of the term; warnings, how many were given.

    Raises:
        ModelError: several random terms, no such term or optimiser, or a fit from moments, which hold no rows.
    """
    methods = list(methods)
    for method in methods:
        if method not in (DEFAULT, *OPTIMISERS):
            raise ModelError(f"statsmodels has no optimiser {method!r}; it has {', '.join(OPTIMISERS)}")
    if term not in fit.params.index:
        raise ModelError(f"the model has no fixed effect {term!r}; they are {listed(fit.params.index)}")
    ours = (fit.converged, fit.llf, np.trace(fit.cov_re), fit.scale, fit.params[term], fit.bse[term], 0)
    rows = {"hlm": ours}
    for method in methods:
        rows[f"statsmodels, {method}"] = _theirs(fit, method, list(fit.params.index).index(term))
    columns = ["converged", "llf", "variances", "sigma2", "estimate", "se", "warnings"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("fit")


@checked
def statsmodels_beside(
    models: Mapping[str, tuple[OneFactorFit, str]], methods: Iterable[str] = (DEFAULT,)
) -> pd.DataFrame:
    """What statsmodels makes of several models: how far it stops from the optimum, and with what standard error.

    Args:
        models: by name, a fit and one of its fixed effects. methods: as for `statsmodels_check`.

    Returns:
        DataFrame, a row for each model and method: converged (what statsmodels says), short (by how much its
        log-likelihood is below ours), se of the fixed effect, ours (our standard error), and off (per cent that it is
        too large by).

    Raises:
        ModelError: as `statsmodels_check`.
    """
    methods = list(methods)
    rows = {}
    for name, (fit, term) in models.items():
        check = statsmodels_check(fit, term, methods)
        ours = check.iloc[0]
        for method, (_, row) in zip(methods, check.iloc[1:].iterrows(), strict=True):
            short, off = ours["llf"] - row["llf"], 100 * (row["se"] / ours["se"] - 1)
            rows[f"{name}: {method}"] = (row["converged"], short, row["se"], ours["se"], off)
    columns = ["converged", "short", "se", "ours", "off"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("fit")


@checked
def statsmodels_loglike(fit: OneFactorFit) -> float:
    """The log-likelihood that statsmodels computes for our estimates; ours is `fit.llf`.

    Args:
        fit: of `hlm.lmer`, with one random term and a G that is not singular, which statsmodels cannot invert.

    Raises:
        ModelError: several random terms, a singular fit, or a fit from moments, which hold no rows.
    """
    if fit.singular:
        raise ModelError(f"the fit of {fit.formula!r} is singular; statsmodels has no likelihood there")
    model = _model(fit)
    # What MixedLM.fit sets before it calls loglike; it cannot be had without a search.
    model.reml, model.fe_pen, model.cov_pen, model._cov_sing = fit.reml, None, None, 0
    # Its G is in units of the residual variance, which it profiles out, as we do.
    at = MixedLMParams.from_components(fe_params=fit.params.to_numpy(), cov_re=fit.cov_re.to_numpy() / fit.scale)
    return float(model.loglike(at, profile_fe=False))


def _theirs(fit: OneFactorFit, method: str, place: int) -> tuple:
    with warnings.catch_warnings(record=True) as told, np.errstate(all="ignore"):
        warnings.simplefilter("always")
        found = _model(fit).fit(reml=fit.reml, **({} if method == DEFAULT else {"method": method}))
        se = found.bse_fe[place]
    variances = np.trace(np.atleast_2d(found.cov_re))
    return bool(found.converged), found.llf, variances, found.scale, found.fe_params[place], se, len(told)


def _model(fit: OneFactorFit) -> MixedLM:
    """statsmodels' model of the same y, X, Z and groups."""
    if len(fit.layout.blocks) > 1:
        raise ModelError(f"{fit.formula!r} has several random terms, which statsmodels writes in another way")
    rows = fit.design
    return MixedLM(
        endog=rows.column(fit.endog_name),
        exog=rows.matrix(fit.layout.x),
        groups=rows.codes,
        exog_re=rows.matrix(fit.layout.z),
    )
