"""What a model takes for chance, in standard units: students' residuals, and the schools' predicted U."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..arguments import checked
from ..results import OneFactorFit

__all__ = ["standard_scores"]


@checked
def standard_scores(fit: OneFactorFit) -> dict[str, pd.Series]:
    """Residuals and predicted U, each divided by the standard deviation that the model gives it.

    A school with few students has its U drawn closer to zero than others, so each school has a standard deviation of
    its own: the root of Var(U_j predicted) = G Z'V^-1 Z G, apart from what estimating gamma takes off it.

    Args:
        fit: a model fitted to rows.

    Returns:
        dict: "residual", a Series by row, and for each random coefficient its name, a Series by school. A coefficient
        without variance has only missing values. If the model holds, all look like draws from the standard normal.

    Raises:
        ModelError: the model was fitted from moments, which hold no rows.

    Source: Raudenbush & Bryk (2002), chapter 9.

    Example:
        >>> import hlm
        >>> scores = hlm.course.standard_scores(hlm.lmer("math ~ 1 + (1 | sch.id)", hlm.load_hsb()))
        >>> print({name: round(float(values.std()), 2) for name, values in scores.items()})
        {'residual': 0.99, 'Intercept': 1.0}
    """
    at = fit.at
    T = at.stage.scale.to_z @ at.D
    variance = fit.scale * np.einsum("ab,bcj,ac->ja", T, at.W, T)
    sd = np.sqrt(np.where(variance > 1e-12 * np.diag(fit.cov_re).max(), variance, np.nan))
    scores = fit.random_effects.div(pd.DataFrame(sd, fit.random_effects.index, fit.random_effects.columns))
    return {"residual": fit.resid / np.sqrt(fit.scale), **{name: scores[name] for name in fit.layout.z}}
