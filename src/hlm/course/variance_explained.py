"""What share of each variance a model's predictors explain (Raudenbush & Bryk 2002, chapter 4)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..arguments import checked
from ..errors import ModelError
from ..results import OneFactorFit


@checked
def variance_explained(null: OneFactorFit, fit: OneFactorFit) -> pd.DataFrame:
    """Each variance of a model without the predictors and with them, and by what share it fell.

    Args:
        null: the model without. fit: the model with them, of the same rows and with the same random coefficients.

    Returns:
        DataFrame, a row for each random coefficient and one, "Residual", for sigma2: null, fit (the variances), and
        explained, (null - fit) / null. It can be below zero: the two fits estimate separately.

    Raises:
        ModelError: other rows or random coefficients; or a variance of the first model is zero.

    Example:
        >>> import hlm
        >>> d = hlm.load_hsb()
        >>> null, fit = (hlm.lmer(f"math ~ {x} + (1 | sch.id)", d) for x in ("1", "sector"))
        >>> hlm.variance_explained(null, fit)["explained"].round(3).to_dict()
        {'Intercept': 0.225, 'Residual': -0.0}
    """
    if null.nobs != fit.nobs or not null.moments.same_response(fit.moments):
        raise ModelError(
            f"{null.formula!r} and {fit.formula!r} were fitted to different rows, responses or groups; "
            "their variances are of different things"
        )
    if null.layout.z != fit.layout.z:
        raise ModelError(
            f"the models have different random coefficients ({', '.join(null.layout.z)} and "
            f"{', '.join(fit.layout.z)}), whose variances cannot be compared"
        )
    names = [*null.layout.z, "Residual"]
    table = pd.DataFrame({"null": _variances(null), "fit": _variances(fit)}, index=names)
    if (table["null"] == 0).any():
        raise ModelError(f"{null.formula!r} has a variance of zero; there is nothing of it to explain")
    table["explained"] = 1 - table["fit"] / table["null"]
    return table


def _variances(fit: OneFactorFit) -> np.ndarray:
    return np.append(np.diag(fit.cov_re), fit.scale)
