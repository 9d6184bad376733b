"""Numbers in print: in running text, and in tables to so many decimals; or rounded first as R's stargazer does."""

from __future__ import annotations

from math import isfinite, isnan

import numpy as np

from ..arguments import checked, checked_but, shortened
from ..errors import ArgumentError, ModelError

MINUS = "−"
NO_VALUE = "–"

SIGNIFICANT = 7  # what R's format() keeps unless told otherwise
EXTRA = 2  # more decimals that R's stargazer tries on a number that would print as zero (its digits.extra)
WHOLE = 2.0**-26  # what is as near as this to a whole number is one to it (R: the root of .Machine$double.eps)


@checked_but("value")
def num(value: float, digits: int | None = None) -> str:
    """A number for the running text: comma for thousands, a true minus sign, and `digits` decimals.

    Args:
        value: the number.
        digits: decimals. Without them, whole numbers are shown whole and any other with two.

    Returns:
        The text; a dash for a number that is missing.

    Raises:
        ValueError: `value` is not one number.

    Example:
        >>> num(7185), num(-2.806225, 3), num(44.90625, 1)
        ('7,185', '−2.806', '44.9')
    """
    if not isinstance(value, int | float | np.integer | np.floating) or isinstance(value, bool):
        raise ArgumentError(f"num: value must be a number, not {shortened(value)}")
    if digits is not None and digits < 0:
        raise ModelError(f"num() shows zero decimals or more, not {digits}.")
    if not isfinite(value):
        return NO_VALUE if isnan(value) else ("∞" if value > 0 else f"{MINUS}∞")
    if digits is None:
        digits = 0 if value == int(value) else 2
    text = f"{value:,.{digits}f}"
    # -0.001 to two decimals is 0.00: a minus before nothing but zeros would claim a sign that is not seen.
    negative = text.startswith("-") and text.strip("-0.,") != ""
    return (MINUS if negative else "") + text.lstrip("-")


class _InLine(str):
    """Text for an inline expression. Renderers print its repr, in which a str writes a no-break space as \\xa0."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"'{self}'"


@checked
def p_text(p: float, digits: int = 3) -> str:
    """A p value for the running text, with the sign before it: "= 0.018", or "< 0.001" where the digits end.

    The space is one at which no line breaks.

    Args:
        p: a probability, 0 to 1. digits: decimals.

    Raises:
        ModelError: p is no probability, or digits are fewer than one.

    Example:
        >>> p_text(0.0183).split(), p_text(0.00002).split()
        (['=', '0.018'], ['<', '0.001'])
    """
    if not 0 <= p <= 1:
        raise ModelError(f"a p value lies between 0 and 1, not at {p!r}")
    if digits < 1:
        raise ModelError(f"p_text() shows one decimal or more, not {digits}")
    least = 10.0**-digits
    return _InLine(f"<\N{NO-BREAK SPACE}{least:.{digits}f}" if p < least else f"=\N{NO-BREAK SPACE}{p:.{digits}f}")


def decimals(x: float | None, digits: int) -> str:
    """The number to `digits` decimals: -23,540.067 for -23540.06685. Nothing for None, NaN or infinity."""
    return "" if x is None or not isfinite(x) else f"{x:,.{digits}f}"


def p_value(p: float | None, digits: int) -> str:
    """A p value to `digits` decimals; below the smallest that they can show, what it is less than: < 0.00001."""
    least = 10.0**-digits
    return f"< {least:.{digits}f}" if p is not None and 0 <= p < least / 2 else decimals(p, digits)


def decimals_as_r(x: float | None, digits: int, up: bool = False) -> str:
    """The number as R's stargazer prints it: to seven significant digits first, so -23,540.070 for -23540.06685.

    Small numbers get up to two more decimals until a digit other than 0 shows. `up` is for p values, which are
    rounded upwards. (Hlavac 2022, stargazer 5.2.3.)
    """
    if x is None or not isfinite(x):
        return ""
    size = abs(x)
    places = digits
    whole = abs(size - round(size)) < WHOLE
    while digits and not whole and round(size, places) == 0 and places < digits + EXTRA:
        places += 1
    rounded = round(size, places)
    if up and rounded < size:
        rounded = rounded + 10**-places if size > 10 ** -(places + 1) else 0.0
    kept = float(f"{rounded:.{SIGNIFICANT}g}")
    return ("-" if x < 0 else "") + f"{kept:,.{places}f}"
