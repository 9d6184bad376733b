"""A model built step by step: each step tested against the one before, by the likelihood that the step allows."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import numpy as np
import pandas as pd

from ..arguments import checked
from ..errors import ModelError
from ..inference.boundary import boundary_p
from ..inference.comparison import compare
from ..results import OneFactorFit

__all__ = ["model_steps"]

COEFFICIENTS, RANDOM_PART = "coefficients", "random part"


@checked
def model_steps(models: Mapping[str, OneFactorFit]) -> pd.DataFrame:
    """Test each model against the one before it, by the likelihood ratio.

    A step either adds fixed coefficients, and then both models are compared by maximum likelihood, since REML
    likelihoods of different coefficients are of different data; or it adds to the random part, and then by REML. A
    random coefficient more has a variance that is tested against zero, and its p value is the mixture's of
    `hlm.boundary_p`.

    Args:
        models: fits of the same rows by name, two or more, from the smallest to the largest.

    Returns:
        DataFrame, a row for each step, named after its larger model: added ("coefficients" or "random part"); by, which
        likelihood; chi2, the likelihood ratio; df, the parameters that are new; p; and AIC, how much lower than before
        it is (below zero: higher), by the same likelihood.

    Raises:
        ModelError: fewer than two models, or fits of different rows; or a step that adds nothing, adds to both parts at
            once or adds several random coefficients, or whose model is no special case of the next.

    Source: Pinheiro & Bates (2000), section 2.4; Stram & Lee (1994), Biometrics 50, for the mixture.

    Example:
        >>> import hlm
        >>> d = hlm.load_hsb()
        >>> formulas = {"null": "1 + (1 | sch.id)", "ses": "ses + (1 | sch.id)", "lines": "ses + (ses | sch.id)"}
        >>> steps = hlm.model_steps({name: hlm.lmer(f"math ~ {x}", d) for name, x in formulas.items()})
        >>> print(steps[["by", "chi2", "df"]].round(1).to_dict("index"))
        {'ses': {'by': 'ML', 'chi2': 474.8, 'df': 1}, 'lines': {'by': 'REML', 'chi2': 4.8, 'df': 2}}
    """
    if len(models) < 2:
        raise ModelError(f"steps lead from model to model: give two or more, not {len(models)}")
    return pd.DataFrame(
        {name: _step(f"{before!r} to {name!r}", models[before], models[name]) for before, name in pairwise(models)}
    ).T.astype({"chi2": float, "df": int, "p": float, "AIC": float})


def _step(step: str, smaller: OneFactorFit, larger: OneFactorFit) -> dict:
    added = _added(step, smaller, larger)
    by_ml = added == COEFFICIENTS
    fits = [fit.as_ml() if by_ml else fit.as_reml() for fit in (smaller, larger)]
    comparison = compare(*fits)
    chi2, df, p = comparison[["chi2", "df", "p"]].iloc[-1]
    if np.isnan(chi2):
        raise ModelError(f"the step from {step} has no test: {comparison['note'].iloc[-1]}")
    if len(larger.layout.z) > len(smaller.layout.z):  # a variance that can be zero at the least
        p = boundary_p(comparison)
    lower = fits[0].aic - fits[1].aic
    return {"added": added, "by": "ML" if by_ml else "REML", "chi2": chi2, "df": df, "p": p, "AIC": lower}


def _added(step: str, smaller: OneFactorFit, larger: OneFactorFit) -> str:
    """Which part of the model a step adds to: one of the two."""
    fixed = set(smaller.layout.x) != set(larger.layout.x)
    random = _random_part(smaller) != _random_part(larger)
    if fixed and random:
        raise ModelError(
            f"the step from {step} changes the coefficients and the random part at once; make two steps of it, "
            "for the first are compared by ML and the second by REML"
        )
    if not fixed and not random:
        raise ModelError(f"the step from {step} leads to the same model; leave one of the two out")
    if smaller.df_modelwc >= larger.df_modelwc:
        raise ModelError(f"the step from {step} adds nothing; put the smaller model first")
    if (more := len(larger.layout.z) - len(smaller.layout.z)) > 1:
        raise ModelError(f"the step from {step} adds {more} random coefficients; add one at a time")
    return COEFFICIENTS if fixed else RANDOM_PART


def _random_part(fit: OneFactorFit) -> set[frozenset[str]]:
    return {frozenset(fit.layout.z[k] for k in block) for block in fit.layout.blocks}
