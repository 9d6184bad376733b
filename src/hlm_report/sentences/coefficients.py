"""What can be said of the coefficients: what they are and how sure."""

from __future__ import annotations

from scipy import stats

from ..facts.coefficients import Coefficient, Levels
from ..facts.columns import BINARY, LEVEL, MEAN, NUMBER, PRODUCT, SLOPES_DIFFER
from ..report import Report
from ..wording import code, count, df, listed, n, p
from .registry import sentence


def _each(r: Report) -> list[Coefficient]:
    return r.told


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
