"""Ordinary least squares, for comparison: statsmodels has it right."""

from __future__ import annotations

import pandas as pd
import statsmodels.formula.api as smf
from statsmodels.regression.linear_model import RegressionResultsWrapper

from .errors import ModelError


def ols(formula: str, data: pd.DataFrame) -> RegressionResultsWrapper:
    """Fit a regression that knows nothing of schools.

    Args:
        formula: such as `math ~ sector`.
        data: one row a student.

    Returns:
        statsmodels' RegressionResults.

    Raises:
        ModelError: the formula has a random term, or statsmodels cannot read it.

    Example:
        >>> import hlm
        >>> round(hlm.ols("math ~ sector", hlm.load_hsb()).params["sector"], 3)
        np.float64(2.806)
    """
    if "|" in formula:
        raise ModelError(f"formula {formula!r} has a random term; hlm.lmer fits those")
    try:
        return smf.ols(formula, data).fit()
    except Exception as error:  # its formula engines raise many types; the message is what a reader needs
        raise ModelError(f"least squares for {formula!r}: {str(error).splitlines()[0]}") from error
