"""What share of each variance a model's predictors explain (Raudenbush & Bryk 2002, chapter 4)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..arguments import checked
from ..errors import ModelError, listed
from ..model.estimates import random_covariance
from ..results import MixedResults


@checked
def variance_explained(null: MixedResults, fit: MixedResults) -> pd.DataFrame:
    """Each variance of a model without the predictors and with them, and by what share it fell.

    Args:
        null: the model without. fit: the model with them, of the same rows and with the same random coefficients.

    Returns:
        DataFrame, a row for each random coefficient ("ses"; of several grouping factors "ses | sch.id") and one,
        "Residual", for sigma2: null, fit (the variances), and explained, (null - fit) / null. It can be below zero: the
        two fits estimate separately.

    Raises:
        ModelError: other rows or random coefficients; or a variance of the first model is zero.

    Example:
        >>> import hlm
        >>> d = hlm.load_hsb()
        >>> null, fit = (hlm.lmer(f"math ~ {x} + (1 | sch.id)", d) for x in ("1", "sector"))
        >>> hlm.variance_explained(null, fit)["explained"].round(3).to_dict()
        {'Intercept': 0.225, 'Residual': -0.0}
    """
    before, after = _variances(null), _variances(fit)
    if set(before.index) != set(after.index):
        there, here = (listed(variances.index[:-1]) for variances in (before, after))
        raise ModelError(
            f"the models have different random coefficients ({there} and {here}), whose variances cannot be compared"
        )
    if null.nobs != fit.nobs or not null.moments.same_response(fit.moments):
        raise ModelError(
            f"{null.formula!r} and {fit.formula!r} were fitted to different rows, responses or groups; "
            "their variances are of different things"
        )
    table = pd.DataFrame({"null": before, "fit": after.reindex(before.index)})
    if (table["null"] == 0).any():
        raise ModelError(f"{null.formula!r} has a variance of zero; there is nothing of it to explain")
    table["explained"] = 1 - table["fit"] / table["null"]
    return table


def _variances(fit: MixedResults) -> pd.Series:
    names = [f"{name}{of}" for name, of in zip(fit.layout.z, fit.layout.of, strict=True)]
    return pd.Series(np.append(np.diag(random_covariance(fit.at)), fit.scale), [*names, "Residual"])
