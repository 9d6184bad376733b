"""Do slopes differ between schools? The question put to several models, each against itself with one slope for all."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import pandas as pd

from ..arguments import checked
from ..errors import ModelError
from ..inference.boundary import boundary_p
from ..inference.comparison import compare
from ..mixed_model import lmer
from ..results import OneFactorFit

__all__ = ["slope_tests"]

ONE_SLOPE = re.compile(r"\(\s*(?:1\s*\+\s*)?[^\W\d][\w.]*\s*\|\s*([\w.]+)\s*\)")


@checked
def slope_tests(models: Mapping[str, OneFactorFit], data: pd.DataFrame) -> pd.DataFrame:
    """Compare each model with the one in which all schools have the same slope, by the likelihood ratio.

    Args:
        models: fits by name, each with a random intercept and slope, as in `math ~ ses + (ses | sch.id)`.
        data: the rows they were fitted to.

    Returns:
        DataFrame, a row for each model: tau11, the variance of the slopes; chi2, the likelihood ratio; p_two_df, its p
        value by chi-square with two degrees of freedom; and p, by the mixture that holds for a variance
        (`hlm.boundary_p`).

    Raises:
        ModelError: a model has other random terms than `(x | group)`, or was fitted to other rows.

    Source: Stram & Lee (1994), Biometrics 50, case 3.

    Example:
        >>> import hlm
        >>> d = hlm.load_hsb()
        >>> fit = hlm.lmer("math ~ ses + (ses | sch.id)", d)
        >>> print(hlm.slope_tests({"raw": fit}, d).round(3)["p"].tolist())
        [0.06]
    """
    return pd.DataFrame({name: _slope_test(fit, data) for name, fit in models.items()}).T


def _slope_test(fit: OneFactorFit, data: pd.DataFrame) -> pd.Series:
    same, found = ONE_SLOPE.subn(r"(1 | \1)", fit.formula)
    if found != 1 or len(fit.layout.z) != 2:
        raise ModelError(f"{fit.formula!r} has no random intercept and slope, as in (x | group), to compare without")
    comparison = compare(lmer(same, data, reml=fit.reml), fit)
    chi2, p = comparison[["chi2", "p"]].iloc[-1]
    tau11 = np.diag(fit.cov_re)[1]
    return pd.Series({"tau11": tau11, "chi2": chi2, "p_two_df": p, "p": boundary_p(comparison)})
