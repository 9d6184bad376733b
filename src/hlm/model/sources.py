"""Where group moments can be had from: a data frame, a file, or a database engine."""

from __future__ import annotations

from typing import Any

import pandas as pd

from . import engines
from .design import design
from .moments import Moments, of_design


def moments(formula: str, data: Any, context: dict[str, Any] | None = None) -> Moments:
    """Group moments of a model's columns.

    Args:
        formula: lme4's, such as `math ~ ses + (ses | sch.id)`.
        data: a pandas DataFrame; or the path of a Parquet file, an Ibis table expression or a DuckDB relation, whose
            engine then computes the moments by GROUP BY and sends only them.
        context: names that the formula may use besides the columns.

    Returns:
        Moments: what `hlm.lmer` fits a model from; those of two parts of the data add up to those of the whole.

    Raises:
        ModelError: see `hlm.lmer`.

    Example:
        >>> import hlm
        >>> sums = hlm.moments("math ~ ses + (ses | sch.id)", hlm.load_hsb())
        >>> sums.nobs, sums.ngroups
        (7185, 160)
    """
    if isinstance(data, pd.DataFrame):
        return of_design(design(formula, data, context))
    return engines.moments(formula, data)
