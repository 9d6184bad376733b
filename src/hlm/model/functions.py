"""The functions of the language, with the arguments and the meaning that they have in R: of numbers, and conditions.

Those that learn from the data that are fitted (a mean, a spread, knots, levels) are marked `@learns`: they take what
was learned before, or None, and return it beside their value. So `predict` uses the fit's, not the new data's; R does
so for scale, poly, ns and bs, and takes the others' anew.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from .bases import BSplines, NaturalSplines, Powers
from .values import Truth, missing, numbers, plain, texts

FUNCTIONS: dict[str, Callable[..., Any]] = {}
LEARNING: set[str] = set()


def known_as(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Enter a function of the language under these names."""

    def enter(function: Callable[..., Any]) -> Callable[..., Any]:
        FUNCTIONS.update(dict.fromkeys(names, function))
        return function

    return enter


def learns(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Enter a function that learns from the data that are fitted."""
    LEARNING.update(names)
    return known_as(*names)


# ------------------------------------------------------------------------------------------------------- numbers


def _elementwise(function: Callable[..., Any]) -> Callable[[Any], Any]:
    def of(x: Any) -> Any:
        return function(numbers(x))

    return of


_ELEMENTWISE: dict[str, Callable[..., Any]] = {
    "log2": np.log2, "log10": np.log10, "log1p": np.log1p, "exp": np.exp, "exp2": np.exp2, "expm1": np.expm1,
    "sqrt": np.sqrt, "abs": np.abs, "sign": np.sign, "floor": np.floor, "ceiling": np.ceil, "trunc": np.trunc,
    "sin": np.sin, "cos": np.cos, "tan": np.tan, "asin": np.arcsin, "acos": np.arccos, "atan": np.arctan,
    "sinh": np.sinh, "cosh": np.cosh, "tanh": np.tanh, "cumsum": np.cumsum, "cumprod": np.cumprod,
    "as.integer": np.trunc,
}  # fmt: skip
FUNCTIONS |= {name: _elementwise(function) for name, function in _ELEMENTWISE.items()}


@known_as("I")
def _as_is(x: Any) -> Any:
    return x


@known_as("log")
def _log(x: Any, base: Any = None) -> Any:
    value = np.log(numbers(x))
    return value if base is None else value / np.log(numbers(base))


@known_as("round")
def _round(x: Any, digits: Any = 0) -> Any:
    return np.round(numbers(x), int(digits))


@known_as("pmin")
def _pmin(*x: Any, na_rm: bool = False) -> Any:
    return _parallel(np.fmin if na_rm else np.minimum, x)


@known_as("pmax")
def _pmax(*x: Any, na_rm: bool = False) -> Any:
    return _parallel(np.fmax if na_rm else np.maximum, x)


def _parallel(function: Callable[[Any, Any], Any], x: tuple[Any, ...]) -> Any:
    value, *others = map(numbers, x)
    for other in others:
        value = function(value, other)
    return value


@known_as("rank")
def _rank(x: Any) -> Any:
    return pd.Series(numbers(x)).rank().to_numpy()


@known_as("c")
def _c(*values: Any) -> Any:
    if any(isinstance(value, str) for value in values):
        return [str(value) for value in values]
    if all(isinstance(value, (bool, int, float, np.number)) for value in values):
        return list(values)
    return np.concatenate([np.atleast_1d(numbers(value)) for value in values])


@known_as("seq")
def _seq(start: Any, end: Any, by: Any = None, length_out: Any = None) -> Any:
    start, end = numbers(start), numbers(end)
    if length_out is not None:
        return np.linspace(start, end, int(length_out))
    return np.arange(start, end + 1e-10 * max(abs(end), 1.0), 1.0 if by is None else numbers(by))


def _one_number(function: Callable[..., Any]) -> Callable[..., Any]:
    """A number that sums up a variable, which predict remembers."""

    def of(known: Any, *x: Any, na_rm: bool = False) -> tuple[Any, Any]:
        if known is None:
            values = np.concatenate([np.ravel(numbers(one)) for one in x])
            known = float(function(values[~np.isnan(values)] if na_rm else values))
        return known, known

    return of


_SUMMARIES: dict[str, Callable[..., Any]] = {
    "mean": np.mean, "median": np.median, "sum": np.sum, "min": np.min, "max": np.max, "length": len,
    "sd": lambda x: np.std(x, ddof=1), "var": lambda x: np.var(x, ddof=1),
}  # fmt: skip
for _name, _summary in _SUMMARIES.items():
    learns(_name)(_one_number(_summary))


@learns("quantile")
def _quantile(known: Any, x: Any, probs: Any = (0, 0.25, 0.5, 0.75, 1), na_rm: bool = False) -> tuple[Any, Any]:
    if known is None:
        values = numbers(x)
        known = np.quantile(values[~np.isnan(values)] if na_rm else values, probs)
    return known, known


@dataclass(frozen=True)
class _Scale:
    centre: Any
    spread: Any

    def __call__(self, x: Any) -> Any:
        return (x - self.centre) / self.spread


@learns("scale")
def _scale(known: Any, x: Any, center: Any = True, scale: Any = True) -> tuple[Any, Any]:
    x = numbers(x)
    if known is None:
        centre = np.nanmean(x, axis=0) if center is True else 0.0 if center is False else numbers(center)
        left = x - centre
        # R divides by the root of the sum of squares over n - 1, whether or not it has centred.
        count = np.maximum(np.sum(~np.isnan(left), axis=0) - 1, 1)
        root = np.sqrt(np.nansum(left**2, axis=0) / count)
        known = _Scale(centre, root if scale is True else 1.0 if scale is False else numbers(scale))
    return known, known(x)


@learns("center")
def _center(known: Any, x: Any) -> tuple[Any, Any]:
    return _scale(known, x, scale=False)


# --------------------------------------------------------------------------------------- polynomials and splines


@learns("poly")
def _poly(known: Any, x: Any, *more: Any, degree: Any = 1, raw: bool = False) -> tuple[Any, Any]:
    if len(more) == 1 and np.ndim(more[0]) == 0:  # poly(x, 2): what follows one variable is its degree
        degree, more = more[0], ()
    x = [np.asarray(numbers(one)) for one in (x, *more)]
    known = known or Powers.learn(*x, degree=int(degree), raw=raw)
    return known, known(*x)


@learns("bs")
def _bs(
    known: Any, x: Any, df: Any = None, knots: Any = None, degree: Any = 3, intercept: bool = False,
    Boundary_knots: Any = None,
) -> tuple[Any, Any]:  # fmt: skip
    x = numbers(x)
    known = known or BSplines.learn(x, df, _optional(knots), int(degree), intercept, _optional(Boundary_knots))
    return known, known(x)


@learns("ns")
def _ns(
    known: Any, x: Any, df: Any = None, knots: Any = None, intercept: bool = False, Boundary_knots: Any = None
) -> tuple[Any, Any]:
    x = numbers(x)
    known = known or NaturalSplines.learn(x, df, _optional(knots), intercept, _optional(Boundary_knots))
    return known, known(x)


def _optional(x: Any) -> Any:
    return None if x is None else np.atleast_1d(np.asarray(x, dtype=float))


# ------------------------------------------------------------------------------------------------------ conditions


@known_as("is.na")
def _is_na(x: Any) -> Any:
    rows = missing(plain(x))
    return Truth(rows, np.zeros_like(rows))


def truth(x: Any) -> Truth | bool:
    """A condition; numbers are true unless they are 0."""
    if isinstance(x, (bool, np.bool_)):
        return bool(x)
    found = x if isinstance(x, Truth) else numbers(x)
    if isinstance(found, Truth):
        return found
    return Truth(np.asarray(found != 0), np.isnan(found)) if np.ndim(found) else bool(found)


@known_as("ifelse")
def _ifelse(test: Any, yes: Any, no: Any) -> Any:
    condition = truth(test)
    if isinstance(condition, bool):
        return yes if condition else no
    chosen = condition.to_numpy(dtype=bool, na_value=False)
    unknown = np.asarray(condition.isna())
    if isinstance(yes, str) or isinstance(no, str) or any(isinstance(v, pd.Categorical) for v in (yes, no)):
        one, other = (np.full(len(chosen), v, dtype=object) if isinstance(v, str) else texts(v) for v in (yes, no))
        found = np.where(chosen, one, other)
        found[unknown] = None
        return plain(found)
    return np.where(unknown, np.nan, np.where(chosen, numbers(yes), numbers(no)))
