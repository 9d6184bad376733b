"""What a table must know of a fitted model of any package, in the terms of stargazer's translators.

What it shows of a mixed model is in `mixed_models`, which needs neither stargazer nor statsmodels. Importing this
registers hlm's fits with stargazer, so that `Stargazer([ols, fit])` knows them too. Statsmodels' and linearmodels'
results go through stargazer's own translators.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy import stats
from stargazer.stargazer import RESULTS_CLASSES
from stargazer.translators import register_class
from statsmodels.base.model import Model
from statsmodels.regression.linear_model import RegressionResults, RegressionResultsWrapper
from statsmodels.regression.mixed_linear_model import MixedLMResults

from ..errors import ArgumentError, ModelError
from ..model.formula import INTERCEPT
from ..results import MixedResults
from .mixed_models import TestedBy, groups, tests, variances

INTERCEPT_NAMES = (INTERCEPT, "const", "(Intercept)", "Constant")  # formulas, statsmodels' arrays, R, stargazer
MIXED = "linear\nmixed-effects"
KINDS = {"Logit": "logistic", "Probit": "probit"}  # as R's stargazer heads them; others go by their class's name


def read(model: Any, place: int, ddf: TestedBy, level: float) -> dict[str, Any]:
    """All that a table shows of one model: what stargazer's translator says, and what it leaves out.

    Args:
        model: results of statsmodels, linearmodels or `hlm.lmer`.
        place: the model's number in the table, for messages.
        ddf: how a mixed model's tests are made, a key of `DDF`.
        level: of the confidence intervals, such as 0.95.

    Raises:
        TypeError: stargazer does not know this kind of model, or it is not fitted.
        ValueError: it is a statsmodels MixedLM, which stargazer would show wrongly.
    """
    if isinstance(model, MixedResults):
        return translate_mixed(model, ddf, level)
    _require_known(model, place)
    if isinstance(model, RegressionResults):  # get_robustcov_results: bare arrays, on which stargazer 0.0.7 fails
        model = RegressionResultsWrapper(model)
    translator = next(RESULTS_CLASSES[c] for c in type(model).__mro__ if c in RESULTS_CLASSES)
    data = translator(model)
    return _one_name_for_the_intercept(data | _left_out_by_stargazer(model, data, level))


def translate_mixed(fit: MixedResults, ddf: TestedBy = "satterthwaite", level: float = 0.95) -> dict[str, Any]:
    """A fit of `hlm.lmer` in stargazer's terms: coefficients only. Variances are not tested and get no stars."""
    t = tests(fit, ddf)
    half = stats.t.ppf((1 + level) / 2, t["df"]) * t["se"]
    return {
        "dependent_variable": fit.endog_name,
        "cov_names": t.index.to_numpy(),
        "cov_values": t["estimate"],
        "cov_std_err": t["se"],
        "t_values": t["t"],
        "p_values": t["p"],
        "conf_int_low_values": t["estimate"] - half,
        "conf_int_high_values": t["estimate"] + half,
        "nobs": fit.nobs,
        "ngroups": ", ".join(f"{count:,}" for count in groups(fit).values()),
        "groups": {name: f"{count:,}" for name, count in groups(fit).items()},
        "llf": fit.llf,
        "aic": fit.aic,
        "bic": fit.bic,
        "variances": variances(fit),
        "kind": MIXED,
        **dict.fromkeys(("r2", "r2_adj", "pseudo_r2", "resid_std_err", "f_statistic", "f_p_value")),
        **dict.fromkeys(("degree_freedom", "degree_freedom_resid")),
    }


def _left_out_by_stargazer(model: Any, data: dict[str, Any], level: float) -> dict[str, Any]:
    names = pd.Index(data["cov_names"])
    interval = np.asarray(_interval(model, level))
    # R's stargazer gives the likelihood where there is no R2 to give.
    by_likelihood = data.get("r2") is None
    likelihood = {name: getattr(model, name, None) if by_likelihood else None for name in ("llf", "aic", "bic")}
    fitted = type(getattr(model, "model", model)).__name__
    return likelihood | {
        "t_values": pd.Series(np.asarray(_first(model, "tvalues", "tstats")), index=names),
        "conf_int_low_values": pd.Series(interval[:, 0], index=names),
        "conf_int_high_values": pd.Series(interval[:, 1], index=names),
        "variances": {},
        "kind": KINDS.get(fitted, fitted),
    }


def _interval(model: Any, level: float) -> Any:
    try:
        return model.conf_int(alpha=1 - level)
    except TypeError:  # linearmodels
        return model.conf_int(level=level)


def _first(model: Any, *names: str) -> Any:
    return next(getattr(model, name) for name in names if hasattr(model, name))


def _one_name_for_the_intercept(data: dict[str, Any]) -> dict[str, Any]:
    """Statsmodels calls the intercept "const" where it was given arrays: the same row of the table."""
    names = list(data["cov_names"])
    other = [name for name in names if name in INTERCEPT_NAMES]
    if len(other) != 1 or other[0] == INTERCEPT:
        return data
    renamed = {key: x.rename({other[0]: INTERCEPT}) for key, x in data.items() if isinstance(x, pd.Series)}
    return data | renamed | {"cov_names": np.array([INTERCEPT if n == other[0] else n for n in names])}


def _require_known(model: Any, place: int) -> None:
    name = type(model).__name__
    if isinstance(model, Model):
        raise ArgumentError(f"model {place} is not fitted: it is a {name}, give the result of its fit()")
    if isinstance(getattr(model, "_results", model), MixedLMResults):
        raise ModelError(
            f"model {place} is statsmodels' MixedLM, whose variances stargazer takes for coefficients; "
            "fit it with hlm.lmer(formula, data)"
        )
    if not any(c in RESULTS_CLASSES for c in type(model).__mro__):
        what = f"the class {model.__name__}" if isinstance(model, type) else f"a {name}"
        called = ", call it" if callable(model) and not isinstance(model, type) else ""
        raise ArgumentError(
            f"model {place} is {what}, which stargazer does not know{called}; "
            "give fits of hlm.lmer or results of statsmodels"
        )


register_class(MixedResults, translate_mixed)
