"""The p value of a likelihood ratio whose smaller model lies on the boundary: a variance tested against zero.

A variance cannot fall below zero. Where the truth is zero, chance would push half of all estimates below; these end at
zero, and so the model gains less than a coefficient without bounds would. The likelihood ratio then follows, half and
half, the chi-square distributions with all the extra parameters and with one fewer (Stram & Lee 1994, case 3;
Self & Liang 1987).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from ..arguments import checked
from ..errors import ModelError


@checked
def boundary_p(comparison: Any) -> float:
    """p value of a comparison of two models that differ by one random coefficient.

    Args:
        comparison: of `hlm.compare`, the larger model having one random coefficient more: one variance, with its
            covariances or without.

    Returns:
        The probability of a likelihood ratio at least as large if the variance is zero.

    Raises:
        ModelError: not a comparison of two models, or of models that are not nested.

    Source: Stram & Lee (1994), Biometrics 50, case 3.

    Example:
        >>> import hlm
        >>> d = hlm.load_hsb()
        >>> lines = [hlm.lmer(f"math ~ ses + ({x} | sch.id)", d) for x in ("1", "ses")]
        >>> f"{hlm.boundary_p(hlm.compare(*lines)):.3f}"
        '0.060'
    """
    if not isinstance(comparison, pd.DataFrame) or not {"chi2", "df"} <= set(comparison.columns):
        raise ModelError("boundary_p needs what hlm.compare(smaller, larger) returns")
    chi2, df = comparison[["chi2", "df"]].iloc[-1]
    if np.isnan(chi2):
        reason = comparison["note"].iloc[-1] if "note" in comparison else "it has no likelihood ratio"
        raise ModelError(f"this comparison tests nothing ({reason}), so there is no p value to put right")
    fewer = special.chdtrc(df - 1, chi2) if df > 1 else float(chi2 <= 0)  # chi-square with 0 d.f. is always zero
    return float(np.mean([fewer, special.chdtrc(df, chi2)]))
