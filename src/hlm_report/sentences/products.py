"""What can be said of the coefficients of products, and of columns that are a function of the data."""

from __future__ import annotations

from ..facts.coefficients import Coefficient
from ..facts.columns import FUNCTION, LEVELS_DIFFER, PRODUCT, SLOPE_AT, SLOPES_DIFFER, Piece
from ..report import Report
from ..wording import code, n
from .coefficients import tested
from .registry import sentence


def _each(r: Report) -> list[Coefficient]:
    return r.told


def _way(c: Coefficient) -> str:
    return "higher" if c.estimate > 0 else "lower"


def _number_and_level(c: Coefficient) -> tuple[Piece, Piece]:
    number, level = sorted(c.column.pieces, key=lambda piece: not piece.number)
    return number, level


@sentence("coefficients", lambda r, c: c.significant and c.kind == PRODUCT, each=_each)
def slopes_differ_by(r: Report, c: Coefficient) -> str:
    return (
        f"{code(c.name)}: the slope of the one is {n(abs(c.estimate))} {_way(c)} for each unit of the other "
        f"({tested(c)})."
    )


@sentence("coefficients", lambda r, c: not c.significant and c.kind == PRODUCT, each=_each)
def slopes_do_not_differ_by(r: Report, c: Coefficient) -> str:
    return (
        f"{code(c.name)}: whether the slope of the one changes with the other cannot be told ({n(c.estimate)} for each "
        f"unit; {tested(c)})."
    )


@sentence("coefficients", lambda r, c: c.significant and c.kind == SLOPES_DIFFER, each=_each)
def slopes_differ_by_level(r: Report, c: Coefficient) -> str:
    number, level = _number_and_level(c)
    return (
        f"{code(c.name)}: the slope of {code(number.variable)} is {n(abs(c.estimate))} {_way(c)} where "
        f"{code(level.variable)} is {level.level} than where it is {level.first} ({tested(c)})."
    )


@sentence("coefficients", lambda r, c: not c.significant and c.kind == SLOPES_DIFFER, each=_each)
def slopes_do_not_differ_by_level(r: Report, c: Coefficient) -> str:
    number, level = _number_and_level(c)
    return (
        f"{code(c.name)}: whether the slope of {code(number.variable)} is another where {code(level.variable)} is "
        f"{level.level} than where it is {level.first} cannot be told (difference {n(c.estimate)}; {tested(c)})."
    )


@sentence("coefficients", lambda r, c: c.kind == SLOPE_AT, each=_each)
def is_a_slope_at_a_level(r: Report, c: Coefficient) -> str:
    number, level = _number_and_level(c)
    return (
        f"{code(c.name)}: the slope of {code(number.variable)} where {code(level.variable)} is {level.level} is "
        f"{n(c.estimate)} ({tested(c)})."
    )


@sentence("coefficients", lambda r, c: c.significant and c.kind == LEVELS_DIFFER, each=_each)
def differences_differ(r: Report, c: Coefficient) -> str:
    one, other = c.column.pieces
    return (
        f"{code(c.name)}: the difference in the mean of {code(r.y)} between {code(one.variable)} {one.level} and "
        f"{one.first} is {n(abs(c.estimate))} {_way(c)} where {code(other.variable)} is {other.level} than where it is "
        f"{other.first} ({tested(c)})."
    )


@sentence("coefficients", lambda r, c: not c.significant and c.kind == LEVELS_DIFFER, each=_each)
def differences_do_not_differ(r: Report, c: Coefficient) -> str:
    one, other = c.column.pieces
    return (
        f"{code(c.name)}: whether the difference in the mean of {code(r.y)} between {code(one.variable)} {one.level} "
        f"and {one.first} is another where {code(other.variable)} is {other.level} than where it is {other.first} "
        f"cannot be told ({n(c.estimate)}; {tested(c)})."
    )


@sentence("coefficients", lambda r, c: c.kind == FUNCTION, each=_each)
def of_a_function(r: Report, c: Coefficient) -> str:
    verdict = "seldom so far from zero by chance" if c.significant else "not told from zero"
    return f"{code(c.name)}: the coefficient is {n(c.estimate)}, {verdict} ({tested(c)})."
