"""What can be said of the variance between groups: the null model, and what predictors take away from it."""

from __future__ import annotations

import numpy as np

from ..facts.variances import Share
from ..report import Report
from ..wording import code, count, listed, n, p, percent, plural
from .data import VERY_FEW
from .registry import sentence


def _shares(r: Report) -> list[Share]:
    return r.shares


def _clear(s: Share) -> bool:
    return s.p < 0.05


def _alone(r: Report, s: Share) -> bool:
    """Whether groups of one kind differ, and there is no other kind to which their rows belong."""
    return _clear(s) and len(r.factors) == 1


@sentence("null", lambda r, s: _clear(s), each=_shares)
def groups_differ(r: Report, s: Share) -> str:
    return (
        f"{percent(s.share).capitalize()} of the variance of {code(r.y)} {'lies' if len(r.factors) == 1 else 'is'} "
        "between "
        f"groups of {code(s.factor)} (the intraclass correlation): τ₀₀ is {n(s.tau00)}, beside σ² = {n(r.null.scale)} "
        f"{'within them' if len(r.factors) == 1 else 'of the rows'}. So much would seldom come about by chance "
        f"(likelihood ratio {n(s.chi2)}, {p(s.p)})."
    )


@sentence("null", lambda r, s: not _clear(s) and s.tau00 > 1e-8 * r.null.scale, each=_shares)
def groups_not_told_apart(r: Report, s: Share) -> str:
    return (
        f"Groups of {code(s.factor)} do not differ more than chance would have it: between them lies "
        f"{percent(s.share)} of the variance (τ₀₀ = {n(s.tau00)}, likelihood ratio {n(s.chi2)}, {p(s.p)}). "
        "That is no proof that they are alike."
    )


@sentence("null", lambda r, s: not np.isfinite(s.p) and s.tau00 > 1e-8 * r.null.scale, each=_shares)
def groups_have_no_test(r: Report, s: Share) -> str:
    return (
        f"Between groups of {code(s.factor)} lies {percent(s.share)} of the variance (τ₀₀ = {n(s.tau00)}); no test can "
        "be made of it, since its likelihood ratio cannot be computed from these data."
    )


@sentence("null", lambda r, s: s.tau00 <= 1e-8 * r.null.scale, each=_shares)
def no_variance_between(r: Report, s: Share) -> str:
    return (
        f"The variance between groups of {code(s.factor)} is estimated as zero, beside σ² = {n(r.null.scale)} of the "
        "rows: the groups' means differ no more than rows drawn at random into groups would make them. A variance "
        "cannot "
        "come out below zero, so zero is where small ones often end, and it does not say that there are no differences."
    )


@sentence("null", lambda r, s: s.low > 0 and np.isfinite(s.high), each=_shares)
def spread_of_groups(r: Report, s: Share) -> str:
    return (
        f"As a standard deviation it is {n(np.sqrt(s.tau00))}, with a 95 per cent interval from {n(s.low)} to "
        f"{n(s.high)}."
    )


@sentence("null", lambda r, s: s.low == 0 and s.tau00 > 1e-8 * r.null.scale, each=_shares)
def spread_may_be_zero(r: Report, s: Share) -> str:
    return (
        f"The 95 per cent interval of their standard deviation goes from zero to {n(s.high)}: the data do not rule out "
        "that there is none."
    )


@sentence("null", lambda r, s: _clear(s) and len(r.factors) == 1 and r.main.J > VERY_FEW, each=_shares)
def range_of_means(r: Report, s: Share) -> str:
    middle, half = float(r.null.params.iloc[0]), 1.96 * np.sqrt(s.tau00)
    return (
        f"If groups' means are normally distributed around {n(middle)}, 95 per cent of them are between "
        f"{n(middle - half)} "
        f"and {n(middle + half)}."
    )


@sentence("null", lambda r, s: _alone(r, s) and s.design_effect > 1.5, each=_shares)
def rows_are_not_independent(r: Report, s: Share) -> str:
    return (
        f"For an average over all rows, {count(r.fit.nobs)} rows in these groups are worth as much as "
        f"{count(round(r.fit.nobs / s.design_effect))} independent ones (the design effect is {n(s.design_effect)})."
    )


@sentence("null", lambda r, s: _alone(r, s) and np.median(s.reliability) < 0.6, each=_shares)
def means_unreliable(r: Report, s: Share) -> str:
    return (
        f"A single group's own mean tells little about the group: its reliability is {n(np.median(s.reliability), 2)} "
        "in "
        "the middle, on a scale from zero to one, and so the model draws predictions far towards the average."
    )


@sentence("null", lambda r, s: _alone(r, s) and np.median(s.reliability) >= 0.8, each=_shares)
def means_reliable(r: Report, s: Share) -> str:
    return (
        f"A group's own mean says much about the group: its reliability is {n(np.median(s.reliability), 2)} in the "
        "middle, "
        "on a scale from zero to one."
    )


# ------------------------------------------------------------------------------------------------- with predictors


@sentence("gain", lambda r: r.gain is not None and r.gain.p < 0.05)
def predictors_help(r: Report) -> str:
    g = r.gain
    return (
        "Beside the null model, the predictors together make the data more likely than chance would "
        f"(likelihood ratio {n(g.chi2)} on {plural(g.df, 'degree')} of freedom, {p(g.p)}; AIC falls by {n(g.aic)}, by "
        "maximum "
        "likelihood, since REML likelihoods of different predictors cannot be compared)."
    )


@sentence("gain", lambda r: r.gain is not None and r.gain.p >= 0.05)
def predictors_do_not_help(r: Report) -> str:
    g = r.gain
    return (
        "All predictors together bring no more than as many columns of chance might "
        f"(likelihood ratio {n(g.chi2)} on {plural(g.df, 'degree')} of freedom, {p(g.p)}, by maximum likelihood)."
    )


@sentence("gain", lambda r: r.gain is not None and not np.isfinite(r.gain.p))
def predictors_have_no_test(r: Report) -> str:
    return (
        f"The predictors together have {plural(r.gain.df, 'coefficient')}; no test can be made of them, since their "
        "likelihood ratio cannot be computed from these data."
    )


@sentence("gain", lambda r: r.gain is None)
def no_predictors(r: Report) -> str:
    return (
        f"The model has no predictors, so there is one mean to tell, {n(r.fit.params.iloc[0])}, and how the "
        f"{count(r.fit.nobs)} rows spread around it."
    )


def _fell(r: Report) -> list[tuple[str, float]]:
    return [] if r.gain is None else [(name, share) for name, share in r.gain.fell.items()]


@sentence("gain", lambda r, item: item[1] > 0.005, each=_fell)
def variance_explained(r: Report, item: tuple[str, float]) -> str:
    return f"With them, {_which(item[0])} is {percent(item[1])} smaller than in the null model."


@sentence("gain", lambda r, item: item[1] < -0.05, each=_fell)
def variance_grown(r: Report, item: tuple[str, float]) -> str:
    return (
        f"With them, {_which(item[0])} is {percent(-item[1])} larger than in the null model. That is no mistake: what "
        "varies within groups had hidden some of the differences between them, or chance had made up for it."
    )


def _which(name: str) -> str:
    return "the variance of the rows, σ²," if name == "rows" else f"the variance between groups of {code(name)}"


@sentence("null", lambda r: len(r.factors) > 1)
def variance_by_factor(r: Report) -> str:
    first, *others = [f"{percent(s.share)} lies between groups of {code(s.factor)}" for s in r.shares]
    left = 1 - sum(s.share for s in r.shares)
    others = [text.replace(" lies", "") for text in others]
    return f"Of the null model's variance, {listed([first, *others, f'{percent(left)} among rows'])}."
