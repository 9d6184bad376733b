"""Predictors that vary within groups and between them: one slope for both, or two?

To a model with x add the mean of x in each group. The coefficient of x is then the slope within groups, that of the
mean by how much the slope between groups differs from it (Mundlak 1978; Raudenbush & Bryk 2002, chapter 5).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

import hlm
from hlm import MixedResults, ModelError
from hlm.inference.hypotheses import Ddf
from hlm.model.expressions import Name, words

from ..formulas import quoted
from ..levels import share_between
from .rows import Factor

LEAST, GROUPS = 0.02, 10  # a share of variance between groups that is worth a slope; and so many groups


@dataclass(frozen=True)
class Split:
    """One predictor's slopes.

    Attributes:
        name: the column. share: of its variance, between groups.
        one, within, between, difference: estimates; each with its standard error `se_...`.
        df, t, p: of the difference; low, high: its 95 per cent interval.
        slopes: by name, the estimate with its interval: one slope, within, between.
    """

    name: str
    share: float
    one: float
    within: float
    between: float
    difference: float
    df: float
    t: float
    p: float
    low: float
    high: float
    slopes: dict[str, tuple[float, float, float]]


def candidates(fit: MixedResults, factor: Factor) -> dict[str, float]:
    """Columns of numbers that are predictors by themselves and vary at both levels: the share between groups."""
    source = fit.design.source
    assert source is not None
    fixed = source.parsed.fixed
    in_products = {words(node) for term in fixed if len(term) > 1 for node in term}
    single = [words(term[0]) for term in fixed if len(term) == 1 and isinstance(term[0], Name)]
    found = {}
    for name in single:
        if name not in fit.layout.x or name in in_products or factor.J < GROUPS:
            continue
        x = fit.design.column(name)
        mean = np.bincount(factor.codes, x, factor.J) / factor.sizes
        if np.abs(x - mean[factor.codes]).max() <= 1e-9 * (np.abs(x).max() or 1):
            continue
        share = share_between(x, factor.codes)
        if share > LEAST:
            found[name] = share
    return found


def split_fit(fit: MixedResults, shares: dict[str, float], factor: Factor) -> MixedResults | None:
    """The model with the groups' means of the predictors besides; None if the data do not tell them apart."""
    source = fit.design.source
    assert source is not None
    frame = source.frame.copy(deep=False)
    for name in shares:
        x = fit.design.column(name)
        frame[f"{name}_between"] = (np.bincount(factor.codes, x, factor.J) / factor.sizes)[factor.codes]
    formula = " + ".join([fit.formula, *(quoted(f"{name}_between") for name in shares)])
    try:
        return hlm.lmer(formula, frame, fit.reml)
    except ModelError:
        return None


def splits_of(fit: MixedResults, split: MixedResults, shares: dict[str, float], ddf: Ddf) -> list[Split]:
    """The slopes within and between groups of each predictor."""
    found = []
    for name, share in shares.items():
        mean = f"{name}_between"
        if mean not in split.params.index or name not in split.params.index:
            continue  # another column of groups says the same
        rows = {
            "within": split.contrast({name: 1.0}, ddf),
            "between": split.contrast({name: 1.0, mean: 1.0}, ddf),
            "difference": split.contrast({mean: 1.0}, ddf),
            "one": fit.contrast({name: 1.0}, ddf),
        }
        each = {what: row.iloc[0] for what, row in rows.items()}
        slopes = {
            label: (float(each[what]["estimate"]), float(each[what]["lower"]), float(each[what]["upper"]))
            for label, what in (("within groups", "within"), ("between groups", "between"), ("one for both", "one"))
        }
        gap = each["difference"]
        estimates = {what: float(row["estimate"]) for what, row in each.items()}
        found.append(
            Split(
                name=name,
                share=share,
                **estimates,
                df=float(gap["df"]),
                t=float(gap["t"]),
                p=float(gap["p"]),
                low=float(gap["lower"]),
                high=float(gap["upper"]),
                slopes=slopes,
            )
        )
    return found
