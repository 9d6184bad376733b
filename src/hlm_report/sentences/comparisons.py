"""What can be said of coefficients beside OLS, by other degrees of freedom, within groups and between."""

from __future__ import annotations

import numpy as np

from ..facts.coefficients import Coefficient
from ..facts.within_between import Split
from ..report import Report
from ..wording import code, count, df, n, p, percent
from .errors import at_zero
from .registry import sentence


def _with_ols(r: Report) -> list[Coefficient]:
    return [c for c in r.told if np.isfinite(c.ols["se"]) and c.ols["se"] > 0]


@sentence("ols", lambda r, c: c.ratio > 1.1, each=_with_ols)
def ols_too_sure(r: Report, c: Coefficient) -> str:
    return (
        f"{code(c.name)}: OLS gives the standard error {n(c.ols['se'])}, the mixed model {n(c.se)}, {n(c.ratio, 2)} "
        "times "
        f"as much{_why_larger(r, c)}."
    )


def _why_larger(r: Report, c: Coefficient) -> str:
    if not at_zero(r):
        return f". OLS takes {count(r.fit.nobs)} rows for as many independent pieces of evidence"
    return ", by Kenward and Roger's allowance for the variances being estimates" if c.widened else ""


@sentence("ols", lambda r, c: c.ratio > 1.1 and c.ols["p"] < 0.05 <= c.p and not at_zero(r), each=_with_ols)
def ols_would_announce(r: Report, c: Coefficient) -> str:
    return (
        f"OLS would have announced a difference ({p(c.ols['p'])}) which is not to be told from chance once groups are "
        "taken "
        f"into account ({p(c.p)})."
    )


@sentence("ols", lambda r, c: c.ratio < 0.9, each=_with_ols)
def ols_too_cautious(r: Report, c: Coefficient) -> str:
    return (
        f"{code(c.name)}: OLS gives the standard error {n(c.ols['se'])}, the mixed model {n(c.se)}, {n(c.ratio, 2)} "
        "times "
        "as much. To OLS the differences between groups are noise; a comparison within groups is free of them."
    )


@sentence("ols", lambda r, c: c.ratio < 0.9 and c.p < 0.05 <= c.ols["p"], each=_with_ols)
def ols_would_miss(r: Report, c: Coefficient) -> str:
    return f"OLS would have missed it ({p(c.ols['p'])}, against {p(c.p)})."


@sentence("ols", lambda r, c: abs(c.ols["estimate"] - c.estimate) > 2 * c.se, each=_with_ols)
def ols_estimates_another(r: Report, c: Coefficient) -> str:
    return (
        f"The estimate of {code(c.name)} itself is another, {n(c.ols['estimate'])} by OLS and {n(c.estimate)} by "
        "the mixed model, more than "
        "two standard errors apart: the two weigh differences within groups and between groups in other proportions, "
        "and "
        "here these do not agree."
    )


@sentence("ols", lambda r: bool(_with_ols(r)) and all(0.9 <= c.ratio <= 1.1 for c in _with_ols(r)))
def ols_agrees(r: Report) -> str:
    least, most = (f(c.ratio for c in _with_ols(r)) for f in (min, max))
    times = f"{n(least)} to {n(most)}" if n(least) != n(most) else n(least)
    return (
        f"OLS and the mixed model give nearly the same standard errors here, the mixed model {times} times those of "
        "OLS: "
        "groups hardly matter for these comparisons."
    )


# ---------------------------------------------------------------------------------------------- Kenward and Roger


@sentence("tests", lambda r, c: r.few and (c.p < 0.05) != (c.other["p"] < 0.05), each=lambda r: r.told, warns=True)
def method_decides(r: Report, c: Coefficient) -> str:
    return (
        f"Whether {code(c.name)} passes a test at the usual level depends on how its degrees of freedom are counted: "
        f"{p(c.p)} by Kenward and Roger, {p(c.other['p'])} by Satterthwaite. Let it not decide what is concluded."
    )


def _widest(r: Report) -> Coefficient:
    return max(r.coefficients, key=lambda c: c.se / c.other["se"])


@sentence("tests", lambda r: r.few and _widest(r).se / _widest(r).other["se"] > 1.005)
def kenward_roger_widens(r: Report) -> str:
    c = _widest(r)
    return (
        f"With {count(r.fewest.J)} groups of {code(r.fewest.name)}, tests are those of Kenward and Roger, who "
        "take into account that the variances "
        f"are estimates. That makes standard errors larger, most of all that of {code(c.name)}: {n(c.se)} instead of "
        f"{n(c.other['se'])}."
    )


@sentence("tests", lambda r: r.few and _widest(r).se / _widest(r).other["se"] <= 1.005)
def kenward_roger_agrees(r: Report) -> str:
    return (
        f"With {count(r.fewest.J)} groups of {code(r.fewest.name)}, tests are those of Kenward and Roger, who "
        "take into account that the variances "
        "are estimates; in these data their standard errors are no larger than the model's own "
        f"(the largest ratio is {n(_widest(r).se / _widest(r).other['se'], 4)})."
    )


@sentence("tests", lambda r: not r.few)
def satterthwaite_serves(r: Report) -> str:
    c = min(r.coefficients, key=lambda c: c.df)
    return (
        f"Tests are *t* tests with Satterthwaite's degrees of freedom, the fewest being the {df(c.df)} of "
        f"{code(c.name)}; "
        f"with {count(r.fewest.J)} groups of {code(r.fewest.name)}, Kenward and Roger's would be nearly the same."
    )


# ---------------------------------------------------------------------------------------------- within and between


def _splits(r: Report) -> list[Split]:
    return r.splits


@sentence("within-between", lambda r, s: s.p < 0.05, each=_splits)
def slopes_within_and_between_differ(r: Report, s: Split) -> str:
    return (
        f"{code(s.name)}: within groups of {code(r.main.name)} the slope is {n(s.within)}, between them "
        f"{n(s.between)}. "
        f"They differ by {n(s.difference)} (95 per cent interval {n(s.low)} to {n(s.high)}, *t*({df(s.df)}) = "
        f"{n(s.t)}, "
        f"{p(s.p)}), so the one coefficient of the model, {n(s.one)}, is a mixture of two, and neither."
    )


@sentence("within-between", lambda r, s: s.p >= 0.05, each=_splits)
def slopes_within_and_between_agree(r: Report, s: Split) -> str:
    return (
        f"{code(s.name)}: within groups of {code(r.main.name)} the slope is {n(s.within)}, between them "
        f"{n(s.between)}. "
        f"They do not differ more than chance would have it ({n(s.difference)}, 95 per cent interval {n(s.low)} to "
        f"{n(s.high)}, {p(s.p)})."
    )


@sentence("within-between", lambda r, s: s.p < 0.05 and s.within * s.between < 0, each=_splits)
def slopes_of_opposite_sign(r: Report, s: Split) -> str:
    return (
        f"They even have opposite signs: {n(s.within)} says nothing about groups, and {n(s.between)} nothing about "
        "rows "
        "of one group."
    )


@sentence("within-between", lambda r, s: s.share > 0.5, each=_splits)
def predictor_mostly_between(r: Report, s: Split) -> str:
    return (
        f"{percent(s.share).capitalize()} of its variance lies between groups, so that {_most(s.share)} of what it "
        "could tell is about groups."
    )


def _most(share: float) -> str:
    return "most" if round(100 * share) > 55 else "about half"
