"""What can be said of the coefficients: what they are, how sure they are and why, and what OLS would have said."""

from __future__ import annotations

import numpy as np
from scipy import stats

import hlm

from ..facts.coefficients import Coefficient, Levels
from ..facts.columns import BINARY, LEVEL, MEAN, NUMBER, PRODUCT, SLOPES_DIFFER
from ..facts.sampling import ROWS
from ..facts.within_between import Split
from ..report import Report
from ..wording import code, count, df, listed, n, p, percent
from .registry import sentence


def _each(r: Report) -> list[Coefficient]:
    return r.told


def _of_groups(r: Report) -> list[Coefficient]:
    return [c for c in r.predictors if c.constant]


def tested(c: Coefficient) -> str:
    """A coefficient's interval and test, to stand in parentheses."""
    return f"95 per cent interval {n(c.low)} to {n(c.high)}, *t*({df(c.df)}) = {n(c.t)}, {p(c.p)}"


def _alone(r: Report) -> str:
    return ", the other predictors being equal" if len(r.predictors) > 1 else ""


def _sides(c: Coefficient) -> tuple[str, str]:
    """What is compared: where the mean is higher or lower, and than where."""
    if c.kind == LEVEL:
        return f"where {code(c.variable)} is {c.level}", f"where it is {c.first}"
    return f"where {code(c.name)} is 1", "where it is 0"


SIMPLE = (NUMBER, BINARY, LEVEL, PRODUCT, SLOPES_DIFFER)


def _zeros(r: Report, c: Coefficient) -> list[str]:
    """Where all that a coefficient's column is multiplied with in the products of the model is zero, in words."""
    if c.kind not in SIMPLE:
        return []
    products = [o.column for o in r.predictors if c.column.nodes < o.column.nodes]
    zeros = [piece.zero for product in products for piece in product.pieces if piece.node not in c.column.nodes]
    return list(dict.fromkeys(zeros))


# ------------------------------------------------------------------------------------------------------- estimates


@sentence("coefficients", lambda r, c: c.significant and c.kind == NUMBER, each=_each)
def has_a_slope(r: Report, c: Coefficient) -> str:
    way = "higher" if c.estimate > 0 else "lower"
    return (
        f"{code(c.name)}: for each unit more of it, the mean of {code(r.y)} is {n(abs(c.estimate))} {way}{_alone(r)} "
        f"({tested(c)})."
    )


@sentence("coefficients", lambda r, c: not c.significant and c.kind == NUMBER, each=_each)
def has_no_slope_to_tell(r: Report, c: Coefficient) -> str:
    return (
        f"{code(c.name)}: means of {code(r.y)} do not go up or down with it more than chance would have it "
        f"({n(c.estimate)} for each unit; {tested(c)}). Any slope inside the interval is compatible with the data, "
        "zero "
        "among them."
    )


@sentence("coefficients", lambda r, c: c.significant and c.kind in (BINARY, LEVEL), each=_each)
def differs(r: Report, c: Coefficient) -> str:
    here, there = _sides(c)
    way = "higher" if c.estimate > 0 else "lower"
    return (
        f"{code(c.name)}: the mean of {code(r.y)} is {n(abs(c.estimate))} {way} {here} than {there}{_alone(r)} "
        f"({tested(c)})."
    )


@sentence("coefficients", lambda r, c: not c.significant and c.kind in (BINARY, LEVEL), each=_each)
def does_not_differ(r: Report, c: Coefficient) -> str:
    here, there = _sides(c)
    return (
        f"{code(c.name)}: means of {code(r.y)} {here} and {there} do not differ more than chance would have it "
        f"(difference {n(c.estimate)}; {tested(c)}). Any difference inside the interval is compatible with the data, "
        "zero "
        "among them."
    )


@sentence("coefficients", lambda r, f: f.significant, each=lambda r: r.large_factors)
def levels_differ(r: Report, f: Levels) -> str:
    return (
        f"{code(f.variable)}: its {count(f.count)} levels differ more than chance would have it "
        f"(*F*({count(f.df_num)}, {df(f.df_denom)}) = {n(f.F)}, {p(f.p)}). The mean of {code(r.y)} is lowest at "
        f"{f.lowest[0]} and highest at {f.highest[0]}, {n(f.highest[1] - f.lowest[1])} apart{_alone(r)}."
    )


@sentence("coefficients", lambda r, f: not f.significant, each=lambda r: r.large_factors)
def levels_do_not_differ(r: Report, f: Levels) -> str:
    return (
        f"{code(f.variable)}: its {count(f.count)} levels do not differ more than chance would have it "
        f"(*F*({count(f.df_num)}, {df(f.df_denom)}) = {n(f.F)}, {p(f.p)})."
    )


@sentence("coefficients", lambda r, c: c.kind == MEAN, each=_each)
def is_a_mean(r: Report, c: Coefficient) -> str:
    others = any(o.column.term != c.column.term for o in r.predictors)
    where = " and the other columns of the model are zero" if others else ""
    return (
        f"{code(c.name)}: the mean of {code(r.y)} where {code(c.variable)} is {c.level}{where} is {n(c.estimate)} "
        f"(95 per cent interval {n(c.low)} to {n(c.high)})."
    )


@sentence("coefficients", lambda r, c: not c.tested, each=_each)
def has_no_test(r: Report, c: Coefficient) -> str:
    return (
        f"{code(c.name)}: the estimate is {n(c.estimate)}; no test can be made of it, since its standard error or its "
        "degrees of freedom cannot be computed from these data."
    )


@sentence("coefficients", lambda r, f: not f.tested, each=lambda r: r.large_factors)
def levels_have_no_test(r: Report, f: Levels) -> str:
    return (
        f"{code(f.variable)}: the test that none of its {count(f.count)} levels differs cannot be made of these data."
    )


@sentence("coefficients", lambda r, c: bool(_zeros(r, c)), each=_each)
def at_zero_of_the_other(r: Report, c: Coefficient) -> str:
    return f"Since the model has products, this {n(c.estimate)} holds where {listed(_zeros(r, c))}, and only there."


@sentence("coefficients", lambda r, c: c.df < 10, each=_each)
def few_degrees_of_freedom(r: Report, c: Coefficient) -> str:
    limit = stats.t.ppf(0.975, c.df)
    return (
        f"On {df(c.df)} degrees of freedom, *t* has to exceed {n(limit)} instead of 1.96: so little evidence is there "
        "about it, however many rows there are."
    )


# ------------------------------------------------------------------------------- where the standard error comes from


def _error(c: Coefficient) -> str:
    """The standard error whose square the parts are of: the model's own."""
    if not c.widened:
        return f"standard error {n(c.own)}"
    return (
        f"standard error {n(c.own)} by the model's own (the rest of its {n(c.se)} is Kenward and Roger's allowance for "
        "the variances being estimates)"
    )


@sentence("errors", lambda r, c: max(c.shares.drop(ROWS)) >= 0.5, each=_each)
def error_from_groups(r: Report, c: Coefficient) -> str:
    factor = c.shares.drop(ROWS).idxmax()
    J = next(f.J for f in r.factors if f.name == factor)
    return (
        f"{code(c.name)}, {_error(c)}: {percent(c.shares[factor])} of its square is there because groups "
        "of "
        f"{code(factor)} differ, so more groups than these {count(J)} would make it smaller, and more rows in each "
        "would "
        "not by much."
    )


def _from_rows(r: Report, c: Coefficient) -> bool:
    """Whether it compares rows of the same groups: most of its variance and of its evidence is that of rows."""
    own = r.fit.nobs - sum(f.J for f in r.factors)
    return bool(c.shares[ROWS] >= 0.9 and not c.constant and c.df > 0.5 * own)


def _at_zero(r: Report) -> bool:
    """Whether no variance between groups is left by the model, so that all of it is that of rows."""
    return bool((r.sampling.shares[ROWS] > 1 - 1e-8).all())


@sentence("errors", lambda r, c: _from_rows(r, c) and not _at_zero(r), each=_each)
def error_from_rows(r: Report, c: Coefficient) -> str:
    return (
        f"{code(c.name)}, {_error(c)}: {percent(c.shares[ROWS])} of its square is there because rows of "
        "the "
        "same group differ. It is a comparison within groups, in which what the groups have in common cancels, and the "
        f"evidence is counted in rows ({df(c.df)} degrees of freedom)."
    )


@sentence("errors", lambda r, c: _at_zero(r), each=_each)
def error_without_groups(r: Report, c: Coefficient) -> str:
    return (
        f"{code(c.name)}, {_error(c)}: the variance between groups is estimated as zero, so all of it "
        "comes "
        "from rows. If groups do differ a little, it is larger."
    )


@sentence(
    "errors",
    lambda r, c: max(c.shares.drop(ROWS)) < 0.5 and not _from_rows(r, c) and not _at_zero(r),
    each=_each,
)
def error_from_both(r: Report, c: Coefficient) -> str:
    parts = [f"{percent(share)} comes from {_source(name)}" for name, share in c.shares.items() if share > 0.005]
    return f"{code(c.name)}, {_error(c)}: of its square, {listed(parts)}."


def _source(name: str) -> str:
    return "differences among rows" if name == ROWS else f"differences between groups of {code(name)}"


def formula_se(r: Report, c: Coefficient) -> float:
    """The standard error by the course's formula, for groups of the mean size and no other predictor."""
    (factor,) = r.factors
    tau00 = float(r.fit.cov_re.iloc[0, 0])
    size = float(1 / np.mean(1 / factor.sizes))
    var = c.sd**2 * (factor.J - 1) / factor.J
    return hlm.se_hlm(tau00, r.fit.scale, size, factor.J, var)


def _by_formula(r: Report, c: Coefficient) -> bool:
    return len(r.factors) == 1 and not r.has_slopes and bool(c.constant) and c.kind in (NUMBER, BINARY, LEVEL)


def _near(r: Report, c: Coefficient) -> bool:
    return abs(formula_se(r, c) / c.own - 1) < 0.1


@sentence("errors", lambda r, c: _by_formula(r, c) and _near(r, c), each=_each)
def error_by_formula(r: Report, c: Coefficient) -> str:
    (factor,) = r.factors
    tau00, size = float(r.fit.cov_re.iloc[0, 0]), float(1 / np.mean(1 / factor.sizes))
    return (
        f"The formula for groups of one size gives nearly the same: √((τ₀₀ + σ²/n)/(J·var x)) = "
        f"√(({n(tau00)} + {n(r.fit.scale)}/{n(size)})/({count(factor.J)} × {n(c.sd**2 * (factor.J - 1) / factor.J)})) "
        "= "
        f"{n(formula_se(r, c))}."
    )


@sentence("errors", lambda r, c: _by_formula(r, c) and not _near(r, c), each=_each)
def error_not_by_formula(r: Report, c: Coefficient) -> str:
    why = (
        "it goes along with other predictors, or group sizes differ" if len(r.predictors) > 1 else "group sizes differ"
    )
    return (
        f"The formula for groups of one size and a single predictor would give {n(formula_se(r, c))}, "
        f"{n(formula_se(r, c) / c.own, 2)} times as much: {why}."
    )


# ----------------------------------------------------------------------------------------------- beside least squares


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
    if not _at_zero(r):
        return f". OLS takes {count(r.fit.nobs)} rows for as many independent pieces of evidence"
    return ", by Kenward and Roger's allowance for the variances being estimates" if c.widened else ""


@sentence("ols", lambda r, c: c.ratio > 1.1 and c.ols["p"] < 0.05 <= c.p and not _at_zero(r), each=_with_ols)
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
        f"The estimate of {code(c.name)} itself is another, {n(c.ols['estimate'])} by OLS and {n(c.estimate)} by the mixed model, more "
        "than "
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


@sentence("tests", lambda r, c: r.few and (c.p < 0.05) != (c.other["p"] < 0.05), each=_each, warns=True)
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
        f"With {count(r.fewest.J)} groups of {code(r.fewest.name)}, tests are those of Kenward and Roger, who take into account that the "
        "variances "
        f"are estimates. That makes standard errors larger, most of all that of {code(c.name)}: {n(c.se)} instead of "
        f"{n(c.other['se'])}."
    )


@sentence("tests", lambda r: r.few and _widest(r).se / _widest(r).other["se"] <= 1.005)
def kenward_roger_agrees(r: Report) -> str:
    return (
        f"With {count(r.fewest.J)} groups of {code(r.fewest.name)}, tests are those of Kenward and Roger, who take into account that the "
        "variances "
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
        f"{percent(s.share).capitalize()} of its variance lies between groups, so that {_most(s.share)} of what it could tell is "
        "about groups."
    )


def _most(share: float) -> str:
    return "most" if round(100 * share) > 55 else "about half"
