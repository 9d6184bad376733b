"""What speaks against a model: residuals, the groups' predicted U, single groups, a boundary that is near."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

import hlm
from hlm import MixedResults, ModelError

from .rows import Factor
from .sampling import Sampling
from .variances import covariances

EXACT, EXACT_CROSSED, SCREENED = 600, 40, 8  # groups that are left out one by one; of large data, the foremost
BEYOND = 2 * stats.norm.sf(3)


@dataclass(frozen=True)
class Residuals:
    """Residuals in units of sigma.

    Attributes:
        beyond: the share of them beyond three standard deviations; a normal distribution has 0.0027 there.
        count: how many these are. farthest: the largest in size, with its sign.
        p: of so many or more beyond three, or of one so far out, were they normal: twice the smaller of the two.
        low_sd, high_sd: their standard deviation among the fifth of the rows with the lowest fitted values, and the
            highest. spread_p: of the same spread in all fifths, by Brown and Forsythe.
        groups_p: of the same spread in all groups (of five rows and more), by Brown and Forsythe; missing if there are
            fewer than two. rise: the correlation of residuals and fitted values.
        widest, narrowest: the group with the largest spread and the smallest, with it.
    """

    beyond: float
    count: int
    p: float
    farthest: float
    low_sd: float
    high_sd: float
    spread_p: float
    groups_p: float
    rise: float
    widest: tuple[Any, float]
    narrowest: tuple[Any, float]


def residuals_of(fit: MixedResults, factor: Factor) -> Residuals:
    """What the residuals of the rows say."""
    r = fit.resid.to_numpy() / np.sqrt(fit.scale)
    fitted = fit.fittedvalues.to_numpy()
    n = len(r)
    count = int((np.abs(r) > 3).sum())
    fifth = np.floor(5 * (stats.rankdata(fitted, "ordinal") - 1) / n).astype(int)
    low_sd, high_sd = (float(r[fifth == k].std(ddof=1)) if (fifth == k).sum() > 1 else np.nan for k in (0, 4))
    farthest = float(r[np.abs(r).argmax()])
    one = -np.expm1(n * np.log1p(-2 * stats.norm.sf(abs(farthest))))
    p = min(1.0, 2 * min(float(stats.binom.sf(count - 1, n, BEYOND)), float(one)))
    groups_p, widest, narrowest = _by_group(r, factor)
    return Residuals(
        beyond=float((np.abs(r) > 3).mean()),
        count=count,
        p=p,
        farthest=farthest,
        low_sd=low_sd,
        high_sd=high_sd,
        spread_p=_brown_forsythe(r, fifth),
        groups_p=groups_p,
        rise=float(np.corrcoef(r, fitted)[0, 1]) if r.std() > 0 and fitted.std() > 1e-9 * np.sqrt(fit.scale) else 0.0,
        widest=(widest[0], widest[1] * np.sqrt(fit.scale)),
        narrowest=(narrowest[0], narrowest[1] * np.sqrt(fit.scale)),
    )


def _by_group(r: np.ndarray, factor: Factor) -> tuple[float, tuple[Any, float], tuple[Any, float]]:
    """p of equal spread in groups of five rows and more; and those with the largest and the smallest spread."""
    several = factor.sizes >= 5
    if several.sum() < 2:
        return np.nan, (None, np.nan), (None, np.nan)
    use = several[factor.codes]
    by_group = pd.Series(r[use]).groupby(factor.codes[use]).std(ddof=1)
    places: list[Any] = [by_group.idxmax(), by_group.idxmin()]
    widest, narrowest = ((factor.groups[place], float(by_group[place])) for place in places)
    return _brown_forsythe(r[use], factor.codes[use]), widest, narrowest


def _brown_forsythe(values: np.ndarray, codes: np.ndarray) -> float:
    """p of equal spread: a one-way analysis of variance of the distances from each group's median (1974)."""
    frame = pd.DataFrame({"v": values, "g": codes})
    apart = (frame["v"] - frame.groupby("g")["v"].transform("median")).abs()
    by = apart.groupby(frame["g"])
    size, mean = by.size(), by.mean()
    J, n = len(size), len(apart)
    if J < 2 or n <= J:
        return float("nan")
    between = float((size * (mean - apart.mean()) ** 2).sum()) / (J - 1)
    within = float(((apart - mean[frame["g"]].to_numpy()) ** 2).sum()) / (n - J)
    return float(stats.f.sf(between / within, J - 1, n - J)) if within > 0 else float("nan")


@dataclass(frozen=True)
class Deviations:
    """One random coefficient's predicted U in standard units.

    Attributes:
        factor, name: of the random coefficient. scores: (J,) by group; their standard deviations are what the model
            gives them, G - Var(U - predicted U).
        farthest: the group that is farthest out, with its score. p: that one of so many normal values is so far out.
    """

    factor: str
    name: str
    scores: pd.Series
    farthest: tuple[Any, float]
    p: float


def deviations_of(fit: MixedResults) -> list[Deviations]:
    """The predicted U of every random coefficient that varies."""
    effects = fit.random_effects if isinstance(fit.random_effects, dict) else {fit.group_name: fit.random_effects}
    errors = fit.random_effects_se if isinstance(fit.random_effects_se, dict) else {
        fit.group_name: fit.random_effects_se
    }  # fmt: skip
    found = []
    for factor, G in covariances(fit).items():
        for name in G.columns:
            variance = float(np.diag(G)[G.columns.get_loc(name)])
            spread = variance - errors[factor][name] ** 2
            spread = spread.where(spread > 1e-6 * variance) if variance > 0 else spread * np.nan
            scores = (effects[factor][name] / np.sqrt(spread)).rename(name)
            if scores.notna().sum() < 3:
                continue
            place: Any = scores.abs().idxmax()
            one = float(2 * stats.norm.sf(abs(scores[place])))
            found.append(
                Deviations(factor, name, scores, (place, float(scores[place])), -np.expm1(len(scores) * np.log1p(-one)))
            )
    return found


@dataclass(frozen=True)
class Influence:
    """What becomes of the coefficients without single groups of one factor.

    Attributes:
        factor: its name. exact: whether every group was left out in turn; else those whose push on a coefficient is
            largest. tried: how many were left out.
        moves: a row for each group that was left out: by how many standard errors each coefficient is higher without.
        estimates: the coefficients without it. p: of each coefficient without it.
        singular: how many of the fits without a group have G on the boundary.
    """

    factor: str
    exact: bool
    tried: int
    moves: Any
    estimates: Any
    p: Any
    singular: int


def influence_of(fit: MixedResults, factor: Factor, sampling: Sampling, coefficients: pd.Index) -> Influence | None:
    """The fit without single groups; None if there are fewer than three groups."""
    if factor.J < 3:
        return None
    several = len(fit.layout.grouping) > 1
    most = EXACT_CROSSED if several else EXACT
    exact = most >= factor.J
    if exact and not several:
        return _each(fit, factor)
    push = sampling.pushes[factor.name] / fit.bse
    order = push.abs().max(axis=1).sort_values(ascending=False).index
    chosen = order if exact else order[:SCREENED]
    return _some(fit, factor, list(chosen), exact)


def _each(fit: MixedResults, factor: Factor) -> Influence:
    without = fit.influence_of_groups()
    names = list(fit.params.index)
    estimates = without[names]
    # Cook's dfbetas are in units of the standard error without the group; that error gives its t.
    moved = without[[f"dfbetas {name}" for name in names]].set_axis(names, axis=1)
    se = ((fit.params - estimates) / moved).abs()
    t = np.abs(estimates.to_numpy() / np.where(se > 0, se, fit.bse))
    p = pd.DataFrame(2 * stats.t.sf(t, fit.df()), index=estimates.index, columns=names)
    moves = (estimates - fit.params) / fit.bse
    return Influence(factor.name, True, len(moves), moves, estimates, p, int(without["singular"].sum()))


def _some(fit: MixedResults, factor: Factor, groups: list, exact: bool) -> Influence:
    source = fit.design.source
    assert source is not None
    frame, place = source.frame, factor.groups.get_indexer(pd.Index(groups))
    estimates, p, singular = {}, {}, 0
    for group, at in zip(groups, place, strict=True):
        try:
            one = hlm.lmer(fit.formula, frame[factor.codes != at], fit.reml)
        except ModelError:
            continue
        estimates[group], p[group] = one.params.reindex(fit.params.index), one.pvalues.reindex(fit.params.index)
        singular += one.singular
    table = pd.DataFrame(estimates).T.rename_axis(factor.name)
    return Influence(factor.name, exact, len(table), (table - fit.params) / fit.bse, table, pd.DataFrame(p).T, singular)


def nearness(fit: MixedResults) -> float:
    """How near G is to its boundary: the smallest eigenvalue of a factor's random correlations, or of a variance
    relative to sigma2, whichever is smaller; 0 on the boundary."""
    found = []
    for G in covariances(fit).values():
        sd = np.sqrt(np.clip(np.diag(G), 0, None))
        found += [float(v) / fit.scale for v in np.diag(G)]
        if len(sd) > 1 and (sd > 0).all():
            found.append(float(np.linalg.eigvalsh(G.to_numpy() / np.outer(sd, sd))[0]))
    return max(0.0, min(found))
