"""How a mixed model predicts a school's mean: a weighted mean of what its students say and what other schools say.

predicted_j = reliability_j * mean_j + (1 - reliability_j) * expected_j,
reliability_j = tau00 / (tau00 + sigma2 / n_j)        (Raudenbush & Bryk 2002, chapter 3).
"""

from __future__ import annotations

import pandas as pd

from ..arguments import checked
from ..errors import ModelError, listed
from ..model.formula import INTERCEPT
from ..results import OneFactorFit


@checked
def shrinkage(fit: OneFactorFit) -> pd.DataFrame:
    """Each school's mean as observed and as the model predicts it.

    Args:
        fit: a model whose only random coefficient is the intercept.

    Returns:
        DataFrame, a row for each school: n (students); mean, observed, of the response; expected, what the fixed
        effects say of such a school; reliability, the weight of its own mean, 0 to 1; predicted, the mean weighted so.

    Raises:
        ModelError: the model has another random part.

    Example:
        >>> import hlm
        >>> fit = hlm.lmer("math ~ 1 + (1 | sch.id)", hlm.load_hsb())
        >>> hlm.shrinkage(fit)[["mean", "reliability", "predicted"]].round(2).iloc[0].tolist()
        [9.72, 0.91, 9.97]
    """
    if fit.layout.z != (INTERCEPT,):
        raise ModelError(
            f"{fit.formula!r} has the random coefficients {listed(fit.layout.z)}; "
            "a school's mean has one reliability only where the intercept alone is random, as in (1 | g)"
        )
    moments, params = fit.moments, fit.params
    columns = [*moments.layout.columns, fit.endog_name]
    means = pd.DataFrame(moments.mean + moments.origin, index=moments.groups, columns=columns)
    slopes = params.drop(INTERCEPT, errors="ignore")
    expected = params.get(INTERCEPT, 0.0) + means[slopes.index] @ slopes

    tau00 = fit.cov_re.to_numpy()[0, 0]
    reliability = tau00 / (tau00 + fit.scale / moments.n)
    mean = means[fit.endog_name]
    return pd.DataFrame(
        {
            "n": moments.n.astype(int),
            "mean": mean,
            "expected": expected,
            "reliability": reliability,
            "predicted": reliability * mean + (1 - reliability) * expected,
        },
        index=moments.groups,
    )
