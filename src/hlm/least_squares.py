"""Ordinary least squares, for comparison: statsmodels has it right."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from statsmodels.regression.linear_model import OLS, RegressionResultsWrapper

from .arguments import checked_but
from .model.checks import require_columns
from .model.design import Design, design_without_groups
from .model.formula import Layout
from .model.moments import of_design
from .model.new_data import rebuild
from .model.rank import of_full_rank
from .model.sources import callers_names, frame_of


@checked_but("formula")
def ols(formula: str, data: Any) -> LeastSquares:
    """Fit a regression that knows nothing of groups.

    Args:
        formula: such as `math ~ sector`; the language is that of `hlm.lmer`, without random terms.
        data: a data frame as for `hlm.lmer`, one row an observation.

    Returns:
        LeastSquares: statsmodels' RegressionResults, which predict from new data as `hlm.lmer`'s do.

    Raises:
        ModelError: the formula has a random term, or formula and data do not make a regression; see `hlm.lmer`.

    Warns:
        MissingDataWarning: rows were left out.
        CollinearColumnsWarning: columns of X were left out, since those before them determine them. R's lm() keeps
            them in its table, with NA; here they have no row.

    Example:
        >>> import hlm
        >>> round(hlm.ols("math ~ sector", hlm.load_hsb()).params["sector"], 3)
        np.float64(2.806)
    """
    rows = design_without_groups(formula, frame_of(data), callers_names())
    sums = of_full_rank(of_design(rows), rows)
    require_columns(sums)
    rows = rows.without(sums.layout.left_out)
    x = rows.layout.x
    X = pd.DataFrame(rows.matrix(x), index=rows.rows, columns=list(x))
    y = pd.Series(rows.response, index=rows.rows, name=rows.layout.response)
    return LeastSquares(OLS(y, X).fit()._results, rows)


class LeastSquares(RegressionResultsWrapper):
    """statsmodels' RegressionResults, of a formula as `hlm.lmer` reads it.

    Attributes:
        formula: as it was written.
        dropped: how many rows were left out for missing or infinite values.
        left_out: names of the columns of X that others determine, and that the fit is without.
    """

    def __init__(self, results: Any, rows: Design):
        super().__init__(results)
        self._rows = rows
        self.formula, self.dropped, self.left_out = rows.layout.formula, rows.dropped, rows.layout.left_out

    @property
    def layout(self) -> Layout:
        """The model's shape: names of the response and of the columns of X."""
        return self._rows.layout

    @property
    def llf(self) -> float:
        """The log-likelihood, with the residual variance of maximum likelihood."""
        return float(self._results.llf)

    @property
    def design(self) -> Design:
        """The rows that were fitted, and how their columns come from the data."""
        return self._rows

    def predict(self, exog: Any = None, *args: Any, **kwargs: Any) -> Any:
        """Predicted response.

        Args:
            exog: new rows, a data frame; the fitted ones if None.
            args, kwargs: as in statsmodels.

        Returns:
            Series (m,), by the index of the data; NaN where a predictor is missing.

        Raises:
            ModelError: a column is missing or of another kind, or a factor has a level that the fit has not seen.
        """
        return self._results.predict(self._columns(exog), *args, **kwargs)

    def get_prediction(self, exog: Any = None, *args: Any, **kwargs: Any) -> Any:
        """statsmodels' get_prediction: predicted means with their intervals, from new rows as `predict` takes them."""
        return self._results.get_prediction(self._columns(exog), *args, **kwargs)

    def _columns(self, exog: Any) -> Any:
        """X of new rows; an array is X already."""
        if exog is None or isinstance(exog, np.ndarray):
            return exog
        frame = frame_of(exog, "new data")
        if list(frame.columns) == list(self.layout.x):  # they are the columns of X already
            return frame
        X, _ = rebuild(self.layout, self._rows.recipe, frame)
        return pd.DataFrame(X, index=frame.index, columns=list(self.layout.x))
