"""How much an answer hangs on single rows: leverages, residuals in standard units, Cook's distances.

A fitted value is a sum over all responses, weighted by a row of the hat matrix H. Its diagonal is what a row's own
response contributes, and is known from the fitted value's standard error: of y_i with variance sigma2 / w_i,

    h_i = w_i Var(x_i'beta + z_i'u - its prediction) / sigma2,

which holds for one grouping factor and for several, G taken as known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..model.estimates import residual_variance
from .prediction import Rows, standard_errors

if TYPE_CHECKING:
    from ..model.criterion import AnyDeviance


def influence_of_rows(at: AnyDeviance, rows: Rows, resid: pd.Series) -> pd.DataFrame:
    """Leverage, residuals and Cook's distance of each row; see `MixedResults.influence_of_rows`.

    Args:
        at: the deviance at the optimum. rows: those that were fitted. resid: (n,) their residuals.
    """
    sigma2, weights = residual_variance(at), 1.0 if rows.weights is None else rows.weights
    hat = weights * standard_errors(at, rows, [True] * at.stage.q) ** 2 / sigma2
    scaled = np.sqrt(weights / sigma2) * resid
    left = np.where(hat < 1 - 1e-10, 1 - hat, np.nan)  # a row that is fitted exactly says nothing of its own distance
    return pd.DataFrame(
        {
            "hat": hat,
            "resid": resid,
            "scaled": scaled,
            "studentized": scaled / np.sqrt(left),
            "cooks_distance": (scaled / left) ** 2 * hat / at.stage.p,
        },
        index=resid.index,
    )
