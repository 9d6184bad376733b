"""Options that cannot be: each refused in one sentence that says what was given and what can be."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any

from ..errors import ModelError


def listed(models: Any) -> list[Any]:
    """The models as a list, whether one was given or several; refuses none."""
    models = [*models] if isinstance(models, list | tuple) else [models]
    if not models:
        raise ModelError("there are no models to show: give a list of one or more fitted models")
    return models


def strings(option: str, names: Any) -> list[str]:
    """A list of strings; refuses one string, which would be taken for its letters."""
    if isinstance(names, str) or not all(isinstance(name, str) for name in names):
        raise ModelError(f"{option} is {names!r}; give a list of strings")
    return [*names]


def one_of(option: str, value: Any, known: Any) -> Any:
    """The value, if it is one of those known."""
    if value not in [*known]:
        raise ModelError(f"{option} is {value!r}; it can be {', '.join(map(repr, known))}")
    return value


def fraction(option: str, value: Any) -> float:
    """A number between 0 and 1, both excluded."""
    if isinstance(value, bool) or not isinstance(value, Real) or not 0 < float(value) < 1:
        raise ModelError(f"{option} has {value!r}; give numbers between 0 and 1, such as 0.05")
    return float(value)


def decimal_places(digits: Any) -> int:
    """A whole number from 0 to 9."""
    if not whole(digits) or not 0 <= digits <= 9:
        raise ModelError(f"digits is {digits!r}; give a whole number from 0 to 9")
    return int(digits)


def whole(value: Any) -> bool:
    """Whether the value is a whole number; True and False are none."""
    return isinstance(value, Integral) and not isinstance(value, bool)


def no_duplicates(problem: str, values: Any) -> None:
    """Refuse a value that comes twice, saying the problem and the value."""
    seen = set()
    for value in values:
        if value in seen:
            raise ModelError(f"{problem} {value!r}")
        seen.add(value)
