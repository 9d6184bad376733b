"""The same coefficients by several methods, side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from ..arguments import checked
from ..errors import ModelError

__all__ = ["coefficients_beside"]


@checked
def coefficients_beside(fits: Mapping[str, Any], terms: Sequence[str]) -> pd.DataFrame:
    """Set some coefficients of several fits side by side, with their standard errors.

    Args:
        fits: by the name of the method, fits of `hlm.lmer`, `hlm.ols` or `hlm.separate_variances`, or a table of
            coefficients such as `hlm.cluster_robust` makes.
        terms: names of coefficients.

    Returns:
        DataFrame, a row for each method: for each term its estimate, under its name, and the standard error, as "SE "
        and the name. They are missing where a method has no such coefficient.

    Raises:
        ModelError: there are no fits, something is no fit, or no fit has one of the terms.

    Example:
        >>> import hlm
        >>> d = hlm.load_hsb()
        >>> fits = {"OLS": hlm.ols("math ~ sector", d), "mixed": hlm.lmer("math ~ sector + (1 | sch.id)", d)}
        >>> print(hlm.coefficients_beside(fits, ["sector"]).round(2).to_dict("list"))
        {'sector': [2.81, 2.8], 'SE sector': [0.16, 0.44]}
    """
    tables = {name: coefficients_of(name, fit) for name, fit in fits.items()}
    if not tables:
        raise ModelError("there are no fits to set side by side")
    for term in terms:
        if all(term not in table.index for table in tables.values()):
            raise ModelError(f"no fit has a coefficient {term!r}")
    rows = {name: table[["estimate", "se"]].reindex(list(terms)) for name, table in tables.items()}
    columns = [column for term in terms for column in (term, f"SE {term}")]
    return pd.DataFrame.from_dict(
        {name: row.to_numpy().ravel() for name, row in rows.items()}, orient="index", columns=columns
    ).rename_axis("method")


def coefficients_of(name: str, fit: Any) -> pd.DataFrame:
    """A fit's coefficients: estimate, se and df, by name."""
    if isinstance(fit, pd.DataFrame):
        table = fit
    elif hasattr(fit, "coef_table"):
        table = fit.coef_table()
    elif hasattr(fit, "bse") and hasattr(fit, "df_resid"):
        table = pd.DataFrame({"estimate": fit.params, "se": fit.bse, "df": np.full(len(fit.params), fit.df_resid)})
    else:
        raise ModelError(f"{name!r} is {type(fit).__name__}, and no fit")
    if lacking := [column for column in ("estimate", "se", "df") if column not in table.columns]:
        raise ModelError(f"the table of {name!r} has no column {lacking[0]!r}")
    return table
