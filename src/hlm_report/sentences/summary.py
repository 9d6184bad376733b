"""The paragraph that can be reported, sentence by sentence, and what stands at the head of the report."""

from __future__ import annotations

import numpy as np

from ..facts.coefficients import Coefficient, Levels
from ..facts.variances import covariances
from ..report import Report
from ..wording import code, count, df, listed, n, p, percent, plural
from .registry import sentence


def _method(r: Report) -> str:
    return "Kenward and Roger" if r.few else "Satterthwaite"


@sentence("paragraph", lambda r: not r.has_slopes)
def reported_model(r: Report) -> str:
    groups = listed([f"{count(f.J)} groups of {code(f.name)}" for f in r.factors])
    return (
        f"A linear mixed model of {code(r.y)} with random intercepts was fitted to {plural(r.fit.nobs, 'row')} in "
        f"{groups} "
        f"by restricted maximum likelihood; tests of coefficients use degrees of freedom by {_method(r)}."
    )


@sentence("paragraph", lambda r: r.has_slopes)
def reported_model_with_slopes(r: Report) -> str:
    groups = listed([f"{count(f.J)} groups of {code(f.name)}" for f in r.factors])
    slopes = listed([f"{code(s.name)} by {code(s.factor)}" for s in r.slopes])
    return (
        f"A linear mixed model of {code(r.y)} with {_intercepts(r)}random slopes of {slopes} was fitted to "
        f"{plural(r.fit.nobs, 'row')} in {groups} by restricted maximum likelihood; tests of coefficients use degrees "
        "of "
        f"freedom by {_method(r)}."
    )


def _intercepts(r: Report) -> str:
    return "random intercepts and " if "Intercept" in r.fit.layout.z else ""


@sentence("paragraph", lambda r: r.fit.dropped > 0)
def reported_missing(r: Report) -> str:
    return f"{plural(r.fit.dropped, 'row')} with missing values {'was' if r.fit.dropped == 1 else 'were'} left out."


@sentence("paragraph", lambda r: r.parts.null != r.formula)
def reported_icc(r: Report) -> str:
    shares = listed([f"{percent(s.share)} between groups of {code(s.factor)}" for s in r.shares])
    return f"Of the variance without predictors, {shares.replace(' between', ' lay between', 1)}."


@sentence("paragraph", lambda r, f: True, each=lambda r: r.large_factors)
def reported_factor(r: Report, f: Levels) -> str:
    verdict = "differed" if f.significant else "could not be told apart"
    return (
        f"The {count(f.count)} levels of {code(f.variable)} {verdict} (*F*({count(f.df_num)}, {df(f.df_denom)}) = "
        f"{n(f.F)}, "
        f"{p(f.p)})."
    )


@sentence("paragraph", lambda r: any(c.tested and c.significant for c in r.told))
def reported_differences(r: Report) -> str:
    found = [c for c in r.told if c.tested and c.significant]
    return f"{_coefficients(found[:6])} passed a test at the 5 per cent level{_rest(found)}."


@sentence("paragraph", lambda r: any(c.tested and not c.significant for c in r.told))
def reported_none(r: Report) -> str:
    found = [c for c in r.told if c.tested and not c.significant]
    did = "did not" if len(found) < len(r.told) else "did not pass a test at the 5 per cent level"
    return f"{_coefficients(found[:6])} {did}{_rest(found)}."


def _coefficients(found: list[Coefficient]) -> str:
    return listed(
        [
            f"{code(c.name)} (*b* = {n(c.estimate)}, 95 per cent interval {n(c.low)} to {n(c.high)}, *t*({df(c.df)}) = "
            f"{n(c.t)}, {p(c.p)})"
            for c in found
        ]
    )


def _rest(found: list[Coefficient]) -> str:
    return f", and so it was with {count(len(found) - 6)} more" if len(found) > 6 else ""


@sentence("paragraph", lambda r: not r.fit.singular)
def reported_variances(r: Report) -> str:
    return f"Standard deviations: {_spreads(r)}."


def _spreads(r: Report) -> str:
    parts = [
        f"{'intercepts' if name == 'Intercept' else 'slopes of ' + code(name)} by {code(factor)}, "
        f"{n(np.sqrt(max(0.0, float(np.diag(G)[G.columns.get_loc(name)]))))}"
        for factor, G in covariances(r.fit).items()
        for name in G.columns
    ]
    return f"{'; '.join(parts)}; residuals, {n(np.sqrt(r.fit.scale))}"


@sentence("paragraph", lambda r: r.fit.singular)
def reported_singular(r: Report) -> str:
    return (
        f"The fit was singular, so that not all variances of the model could be told apart; standard deviations as "
        f"estimated: {_spreads(r)}."
    )
