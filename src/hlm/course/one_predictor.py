"""One predictor at a time, by least squares and by the mixed model: its coefficient and its standard error."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from ..arguments import checked
from ..least_squares import ols
from ..mixed_model import lmer
from .standard_errors import design_effect

__all__ = ["both_ways"]


@checked
def both_ways(data: pd.DataFrame, predictors: Iterable[str], y: str = "math", group: str = "sch.id") -> pd.DataFrame:
    """Fit `y ~ predictor` and `y ~ predictor + (1 | group)` for each predictor, and set the results side by side.

    Args:
        data: a row per student. predictors: numeric columns, each the only predictor of its two models.
        y, group: columns: the outcome, and the school.

    Returns:
        DataFrame, a row per predictor: `ols` and `mixed`, its coefficient by either model; `se_ols` and `se_mixed`,
            their standard errors; `ratio`, the second over the first; `tau00` and `icc` of the mixed model, which are
            those that this predictor leaves; and `expected`, the root of the design effect at this ICC and the mean
            number of students per school, which the ratio comes near if the predictor is one of the school.

    Raises:
        ModelError: a column is missing, or a model cannot be fitted.

    Source: Kish (1965) for the design effect.

    Example:
        >>> import hlm
        >>> table = hlm.course.both_ways(hlm.load_hsb(), ["sector", "meanses"])
        >>> table["ratio"].round(2).tolist()
        [2.76, 1.96]
    """
    rows = {name: _row(data, name, y, group) for name in predictors}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("predictor")


def _row(data: pd.DataFrame, name: str, y: str, group: str) -> dict[str, float]:
    flat = ols(f"{y} ~ {name}", data)
    mixed = lmer(f"{y} ~ {name} + (1 | {group})", data)
    term = mixed.params.index[-1]
    return {
        "ols": flat.params[term],
        "mixed": mixed.params[term],
        "se_ols": flat.bse[term],
        "se_mixed": mixed.bse[term],
        "ratio": mixed.bse[term] / flat.bse[term],
        "tau00": mixed.cov_re.iloc[0, 0],
        "icc": mixed.icc,
        "expected": np.sqrt(design_effect(mixed.icc, mixed.nobs / mixed.ngroups)),
    }
