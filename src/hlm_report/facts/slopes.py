"""Random slopes: how far they differ, whether by more than chance, and how they go with intercepts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from hlm import MixedResults

from .variances import boundary, covariances


@dataclass(frozen=True)
class Slope:
    """The slope of one column by the groups of one factor.

    Attributes:
        name, factor: the column, and the factor.
        average: the fixed effect; missing if there is none. sd: of the groups' slopes around it.
        low, high: between which 95 per cent of the groups' slopes are expected.
        other_sign: the share of groups whose slope has the other sign than the average, by the normal distribution.
        chi2, df, p: of the likelihood ratio to the model in which all have one slope.
        r: the correlation with the intercept; missing if the model has none, or one of the two does not vary.
        r_low, r_high: its 95 per cent interval; missing where it was not computed.
        closest: where the lines are closest together, in units of the column.
    """

    name: str
    factor: str
    average: float
    sd: float
    low: float
    high: float
    other_sign: float
    chi2: float
    df: float
    p: float
    r: float
    r_low: float
    r_high: float
    closest: float


def slopes_of(fit: MixedResults, ends: Any) -> list[Slope]:
    """All random slopes of a fit; `ends` are its `variance_intervals()`, or None."""
    several = len(fit.layout.grouping) > 1
    named = [(f, name) for f, G in covariances(fit).items() for name in G.columns if name != "Intercept"]
    if not named:
        return []
    tests: Any = fit.ranova().drop(index="<none>")
    found = []
    for factor, name in named:
        G: Any = covariances(fit)[factor]
        sd = float(np.sqrt(max(0.0, G.loc[name, name])))
        average = float(fit.params.get(name, np.nan))
        low, high = average - 1.96 * sd, average + 1.96 * sd
        other = float(stats.norm.cdf(0, abs(average), sd)) if sd > 0 and np.isfinite(average) else np.nan
        chi2, df, p = _test(tests, name, factor)
        r, r_low, r_high, closest = np.nan, np.nan, np.nan, np.nan
        if "Intercept" in G.columns and _together(fit, factor, name):
            sd0 = float(np.sqrt(max(0.0, G.loc["Intercept", "Intercept"])))
            if sd > 0 and sd0 > 0:
                r = float(np.clip(G.loc["Intercept", name] / (sd * sd0), -1, 1))
                closest = float(-G.loc["Intercept", name] / G.loc[name, name])
            row = f"cor Intercept, {name}" + (f" | {factor}" if several else "")
            if ends is not None and row in ends.index:
                r_low, r_high = (float(v) for v in ends.loc[row, ["lower", "upper"]])
        found.append(Slope(name, factor, average, sd, low, high, other, chi2, df, p, r, r_low, r_high, closest))
    return found


def _together(fit: MixedResults, factor: str, name: str) -> bool:
    """Whether the slope and the intercept share a block, and so a correlation."""
    for block, of in zip(fit.layout.blocks, fit.layout.factors, strict=True):
        names = [fit.layout.z[k] for k in block]
        if of == factor and name in names:
            return "Intercept" in names
    return False


def _test(tests: Any, name: str, factor: str) -> tuple[float, float, float]:
    """The likelihood ratio of the term that the column comes from: a factor's levels are tested together."""
    term = name.split("[")[0]
    for label in tests.index:
        head, _, tail = label.partition(" in (")
        if (head == term and tail.rstrip(")").endswith(f"| {factor}")) or (
            not tail and label.strip("()") == f"0 + {term} | {factor}"
        ):
            row = tests.loc[label]
            return float(row["LRT"]), float(row["df"]), boundary(float(row["LRT"]), float(row["df"]))
    return np.nan, np.nan, np.nan
