"""How the variance is divided, with no predictors and with them; tests and intervals of variances."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from hlm import MixedResults

from .rows import Factor


@dataclass(frozen=True)
class Share:
    """One factor's part of the variance in the null model.

    Attributes:
        factor: its name. tau00: the variance between its groups. share: of the whole variance.
        p: of the likelihood ratio of tau00 = 0, on the boundary. chi2: the ratio.
        low, high: ends of a 95 per cent interval of the standard deviation; missing where it was not computed.
        reliability: (J,) of the groups' means, tau00 / (tau00 + sigma2 / n_j).
        design_effect: 1 + (n - 1) share, with the mean size that makes it so, sum n_j^2 / N.
    """

    factor: str
    tau00: float
    share: float
    chi2: float
    p: float
    low: float
    high: float
    reliability: np.ndarray
    design_effect: float


def boundary(chi2: float, df: float) -> float:
    """p of a likelihood ratio where one of df parameters is a variance that is zero (Stram & Lee 1994)."""
    fewer = special.chdtrc(df - 1, chi2) if df > 1 else float(chi2 <= 0)
    return float(np.mean([fewer, special.chdtrc(df, chi2)]))


def shares_of(null: MixedResults, factors: list[Factor], intervals: bool) -> list[Share]:
    """Each factor's part of the variance, in the order of the factors. `intervals`: of the standard deviations too."""
    tests: Any = null.ranova().drop(index="<none>")
    several = len(factors) > 1
    variances = intercepts_of(null)
    total = sum(variances.values()) + null.scale
    ends: Any = null.variance_intervals() if intervals else None
    found = []
    for factor in factors:
        test = tests.loc[next(name for name in tests.index if name.strip("()").split("| ")[-1] == factor.name)]
        tau00 = variances[factor.name]
        row = f"sd Intercept | {factor.name}" if several else "sd Intercept"
        low, high = (float(v) for v in ends.loc[row, ["lower", "upper"]]) if ends is not None else (np.nan, np.nan)
        n0 = float((factor.sizes**2).sum() / factor.sizes.sum())
        share = tau00 / total
        p = boundary(float(test["LRT"]), 1)
        reliability = tau00 / (tau00 + null.scale / factor.sizes)
        found.append(
            Share(factor.name, tau00, share, float(test["LRT"]), p, low, high, reliability, 1 + (n0 - 1) * share)
        )
    return found


def covariances(fit: MixedResults) -> dict[str, pd.DataFrame]:
    """G by factor."""
    return fit.cov_re if isinstance(fit.cov_re, dict) else {fit.group_name: fit.cov_re}


def intercepts_of(fit: MixedResults) -> dict[str, float]:
    """The variance of the intercepts by factor, of a fit with random intercepts only."""
    return {factor: float(np.diag(G)[0]) for factor, G in covariances(fit).items()}


@dataclass(frozen=True)
class Gain:
    """What the predictors bring: a likelihood ratio of all together, and how far each variance fell.

    Attributes:
        chi2, df, p: of the likelihood ratio, by ML. aic: by how much AIC fell.
        fell: by factor, and "rows", the share of the null model's variance that the parallel model is without.
    """

    chi2: float
    df: int
    p: float
    aic: float
    fell: dict[str, float]


def gain_of(null: MixedResults, parallel: MixedResults) -> Gain | None:
    """What predictors add to the null model; None if there are none. Both have random intercepts only."""
    more = len(parallel.layout.x) - len(null.layout.x)
    if more < 1:
        return None
    small, large = null.as_ml(), parallel.as_ml()
    chi2 = max(0.0, 2 * (large.llf - small.llf))
    before, after = intercepts_of(null), intercepts_of(parallel)
    fell = {factor: 1 - after[factor] / variance for factor, variance in before.items() if variance > 0}
    fell["rows"] = 1 - parallel.scale / null.scale
    return Gain(chi2, more, float(special.chdtrc(more, chi2)), small.aic - large.aic, fell)
