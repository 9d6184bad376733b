"""What can be said of random slopes and G."""

from __future__ import annotations

import numpy as np

from ..facts.coefficients import Coefficient
from ..facts.slopes import Slope
from ..report import Report
from ..wording import code, n, p, percent, plain
from .registry import sentence


def _each(r: Report) -> list[Slope]:
    return r.slopes


def _vary(s: Slope) -> bool:
    return s.sd > 1e-6


def _ratio(s: Slope) -> str:
    return "likelihood ratio of all levels together" if "[" in s.name else "likelihood ratio"


@sentence("slopes", lambda r, s: s.p < 0.05, each=_each)
def slopes_vary(r: Report, s: Slope) -> str:
    return (
        f"The slope of {code(s.name)} is not the same in all groups of {code(s.factor)}: its standard deviation is "
        f"{n(s.sd)}, and so much would seldom come about by chance ({_ratio(s)} {n(s.chi2)}, {p(s.p)} by the "
        "mixture "
        "for a variance that cannot be below zero)."
    )


@sentence("slopes", lambda r, s: s.p >= 0.05 and _vary(s), each=_each)
def slopes_not_told_apart(r: Report, s: Slope) -> str:
    return (
        f"Slopes of {code(s.name)} do not differ between groups of {code(s.factor)} more than chance would have it: "
        "their "
        f"standard deviation is {n(s.sd)} ({_ratio(s)} {n(s.chi2)}, {p(s.p)}). That is no reason to take the term "
        "out: a large *p* is no proof that all slopes are the same."
    )


@sentence("slopes", lambda r, s: not np.isfinite(s.p) and _vary(s), each=_each)
def slopes_have_no_test(r: Report, s: Slope) -> str:
    return (
        f"Slopes of {code(s.name)} have a standard deviation of {n(s.sd)} between groups of {code(s.factor)}; no test "
        "can be made of it, since its likelihood ratio cannot be computed from these data."
    )


@sentence("slopes", lambda r, s: not _vary(s), each=_each)
def slopes_do_not_vary(r: Report, s: Slope) -> str:
    return (
        f"The variance of the slope of {code(s.name)} between groups of {code(s.factor)} is estimated as zero, at the "
        "end of "
        f"its range; the model says that all groups have the slope {n(s.average)}, and the data do not prove it."
    )


@sentence("slopes", lambda r, s: _vary(s) and np.isfinite(s.average), each=_each)
def range_of_slopes(r: Report, s: Slope) -> str:
    return (
        f"Around the average of {n(s.average)}, 95 per cent of the groups are expected to have slopes between "
        f"{n(s.low)} and "
        f"{n(s.high)}."
    )


@sentence("slopes", lambda r, s: _vary(s) and s.other_sign > 0.01, each=_each)
def slopes_of_other_sign(r: Report, s: Slope) -> str:
    return f"In {percent(s.other_sign)} of the groups the slope would have the other sign than the average."


@sentence("slopes", lambda r, s: np.isfinite(s.r) and abs(s.r) < 0.9999 and s.r_low * s.r_high > 0, each=_each)
def slopes_go_with_intercepts(r: Report, s: Slope) -> str:
    way = "steeper (or less falling)" if s.r > 0 else "flatter (or more falling)"
    return (
        f"Groups that are higher where {code(s.name)} is zero tend to have {way} lines: the correlation of intercepts "
        "and "
        f"slopes is {n(s.r, 2)} (95 per cent interval {n(s.r_low, 2)} to {n(s.r_high, 2)})."
    )


@sentence("slopes", lambda r, s: np.isfinite(s.r) and abs(s.r) < 0.9999 and s.r_low * s.r_high <= 0, each=_each)
def correlation_unknown(r: Report, s: Slope) -> str:
    return (
        f"How intercepts and slopes go together the data do not tell: the correlation is {n(s.r, 2)}, with an "
        "interval from "
        f"{n(s.r_low, 2)} to {n(s.r_high, 2)}."
    )


@sentence(
    "slopes",
    lambda r, s: np.isfinite(s.r) and abs(s.r) < 0.9999 and len(np.unique(r.fit.design.column(s.name)[:1000])) > 2,
    each=_each,
)
def lines_closest(r: Report, s: Slope) -> str:
    x = r.fit.design.column(s.name)
    inside = "within" if x.min() <= s.closest <= x.max() else "outside"
    return (
        f"This correlation is about the place where {code(s.name)} is zero; the lines are closest together at "
        f"{n(s.closest)}, {inside} the range of the data ({plain(x.min())} to {plain(x.max())}), and counted from "
        "there intercepts "
        "and slopes would be uncorrelated."
    )


@sentence("slopes", lambda r, s: np.isfinite(s.r) and abs(s.r) >= 0.9999, each=_each, warns=True)
def correlation_at_its_end(r: Report, s: Slope) -> str:
    return (
        f"The correlation of intercepts and slopes of {code(s.name)} is estimated as {n(s.r, 1)}, at the end of its "
        "range: "
        "the data cannot tell the two variances and their covariance apart. Do not interpret it."
    )


def _with_slope(r: Report) -> list[Coefficient]:
    return [c for c in r.predictors if c.lines and c.name in r.parallel.bse.index]


@sentence("slopes", lambda r, c: r.fit.bse[c.name] / r.parallel.bse[c.name] > 1.1, each=_with_slope)
def slope_needs_its_variance(r: Report, c: Coefficient) -> str:
    alone = r.parallel.bse[c.name]
    return (
        f"Without the random slope, {code(c.name)} would have the standard error {n(alone)} instead of "
        f"{n(r.fit.bse[c.name])}{_kind_of_error(r)}, as if the groups' lines were known to be parallel."
    )


def _kind_of_error(r: Report) -> str:
    return " (both the model's own, without Kenward and Roger's correction)" if r.few else ""
