"""What a table shows of a mixed model: its coefficients and their tests, its variances."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
from scipy import special

from ..inference.hypotheses import Ddf
from ..results import MixedResults

TestedBy = Ddf | Literal["normal"]

# How the tests can be made, and what the note under a table says of it.
DDF: dict[TestedBy, str] = {
    "satterthwaite": "Satterthwaite's d.f.",
    "kenward-roger": "Kenward-Roger's SE and d.f.",
    "normal": "normal approximation",
}


def tests(fit: MixedResults, ddf: TestedBy) -> pd.DataFrame:
    """(coefficients) x (estimate, se, t, df, p). The normal approximation is a t test with infinite d.f."""
    if ddf != "normal":
        return fit.coef_table(ddf=ddf)
    t = fit.params / fit.bse
    p = 2 * special.ndtr(-np.abs(t))
    return pd.DataFrame({"estimate": fit.params, "se": fit.bse, "t": t, "df": np.inf, "p": p})


def variances(fit: MixedResults) -> dict[tuple[str, ...], float]:
    """The variance components in reading order: (group, coefficient), (group, coefficient, coefficient), ()."""
    out: dict[tuple[str, ...], float] = {}
    for group, G in covariances(fit).items():
        out |= {(group, a): G.loc[a, a] for a in G.index}
        for i, a in enumerate(G.index):
            out |= {(group, a, b): G.loc[a, b] for b in G.index[i + 1 :] if G.loc[a, b]}
    return out | {(): fit.scale}


def covariances(fit: MixedResults) -> dict[str, pd.DataFrame]:
    """G by grouping factor."""
    return fit.cov_re if isinstance(fit.cov_re, dict) else {fit.group_name: fit.cov_re}


def groups(fit: MixedResults) -> dict[str, int]:
    """How many groups each grouping factor has."""
    return fit.ngroups if isinstance(fit.ngroups, dict) else {fit.group_name: fit.ngroups}
