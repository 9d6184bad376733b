"""What a model takes for chance, in standard units: students' residuals, and the schools' predicted U."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..arguments import checked
from ..inference.prediction import random_effects_se
from ..model.estimates import random_covariance
from ..model.posterior import slices
from ..results import MixedResults

__all__ = ["standard_scores"]


@checked
def standard_scores(fit: MixedResults) -> dict[str, pd.Series]:
    """Residuals and predicted U, each divided by the standard deviation that the model gives it.

    A school with few students has its U drawn closer to zero than others, so each school has a standard deviation of
    its own: the root of Var(U_j predicted), which is U_j's variance less what the data leave of it, apart from what
    estimating gamma takes off.

    Args:
        fit: a model fitted to rows.

    Returns:
        dict: "residual", a Series by row, and for each random coefficient its name ("ses"; of several grouping factors
        "ses | sch.id"), a Series by school. A coefficient without variance has only missing values. If the model holds,
        all look like draws from the standard normal.

    Raises:
        ModelError: the model was fitted from moments, which hold no rows.

    Source: Raudenbush & Bryk (2002), chapter 9.

    Example:
        >>> import hlm
        >>> scores = hlm.course.standard_scores(hlm.lmer("math ~ 1 + (1 | sch.id)", hlm.load_hsb()))
        >>> print({name: round(float(values.std()), 2) for name, values in scores.items()})
        {'residual': 0.99, 'Intercept': 1.0}
    """
    scores = {"residual": fit.resid / np.sqrt(fit.scale)}
    effects = fit.random_effects
    by_factor = list(effects.values()) if isinstance(effects, dict) else [effects]
    spreads, prior = random_effects_se(fit.at), np.diag(random_covariance(fit.at))
    for part, U, spread in zip(slices(fit.at), by_factor, spreads, strict=True):
        variance = prior[part] - spread**2
        sd = np.sqrt(np.where(variance > 1e-12 * prior[part], variance, np.nan))
        for k, (name, of) in enumerate(zip(fit.layout.z[part], fit.layout.of[part], strict=True)):
            scores[f"{name}{of}"] = U[name] / sd[:, k]
    return scores
