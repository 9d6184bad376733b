"""Numbers and names as a report writes them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from math import floor, isfinite, log10
from typing import Any

import hlm


class NotFinite(ValueError):
    """A sentence would print a number that is missing or infinite."""


_STRICT = ContextVar("strict", default=False)


@contextmanager
def finite_only() -> Iterator[None]:
    """While it lasts, a number that is missing or infinite is refused.

    Raises:
        NotFinite: by the functions that write numbers.
    """
    before = _STRICT.set(True)
    try:
        yield
    finally:
        _STRICT.reset(before)


def _number(x: Any) -> float:
    x = float(x)
    if _STRICT.get() and not isfinite(x):
        raise NotFinite(f"a sentence would print {x}")
    return x


def n(x: Any, digits: int = 3) -> str:
    """A number with so many significant digits, as in running text: 2.39, 0.0047, 1,360."""
    x = _number(x)
    if not isfinite(x) or x == 0:
        return hlm.num(x, 0)
    if abs(x) >= 1e7 or abs(x) < 1e-5:
        mantissa, _, power = f"{x:.{digits - 1}e}".partition("e")
        return f"{hlm.num(float(mantissa), digits - 1)} × 10^{hlm.num(int(power), 0)}^"
    return hlm.num(x, max(0, digits - 1 - floor(log10(abs(x)))))


def plain(x: Any, digits: int = 4) -> str:
    """A value of the data: no more digits than it has, four significant ones at most: 47, 8.5, 12,300."""
    x = _number(x)
    if not isfinite(x) or (x != 0 and not 1e-5 <= abs(x) < 1e7):
        return n(x, digits)
    decimals = max(0, digits - 1 - floor(log10(abs(x)))) if x else 0
    while decimals and round(x, decimals - 1) == round(x, decimals):
        decimals -= 1
    return hlm.num(x, decimals)


def count(x: Any) -> str:
    """A whole number, with commas."""
    return hlm.num(int(_number(x)), 0)


def percent(share: Any) -> str:
    """A share in per cent: "18 per cent", "0.3 per cent"."""
    value = 100 * _number(share)
    digits = 0 if value >= 10 or value == 0 else 1 if value >= 1 else 2
    return f"{hlm.num(value, digits)} per cent"


def p(value: Any) -> str:
    """A p value with its letter: "*p* = 0.018"; a dash if it is missing."""
    value = _number(value)
    text = hlm.p_text(min(1.0, max(0.0, value))) if isfinite(value) else hlm.num(value, 0)
    return f"*p*\N{NO-BREAK SPACE}{text}"


def df(value: Any) -> str:
    """Degrees of freedom: whole where they are many."""
    return hlm.num(_number(value), 1 if value < 100 else 0)


def code(name: Any) -> str:
    """A name as it stands in the data, set as code; in a PDF, too, it is not hyphenated."""
    text = str(name).replace("`", "'")
    return f"`{text}`"


def plural(number: Any, one: str, many: str = "") -> str:
    """ "1 row", "7 rows"."""
    return f"{count(number)} {one if number == 1 else many or one + 's'}"


def listed(items: list[str], word: str = "and") -> str:
    """Items in a sentence: "a, b and c"."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {word} {items[-1]}"


def few(items: list[str], most: int = 4) -> str:
    """Some items of a list, and how many others there are."""
    if len(items) <= most + 1:
        return listed(items)
    return f"{', '.join(items[:most])} and {len(items) - most} others"
