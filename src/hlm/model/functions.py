"""The functions of the language, with the arguments and the meaning that they have in R.

Those that learn from the data that are fitted (a mean, a spread, knots, levels) are marked `@learns`: they take what
was learned before, or None, and return it beside their value. So `predict` uses the fit's, not the new data's; R does
so for scale, poly, ns and bs, and takes the others' anew.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from ..errors import listed
from .bases import BSplines, NaturalSplines, Powers
from .contrasts import Coded, Contrasts, label
from .values import Truth, factor, missing, numbers, plain, texts

FUNCTIONS: dict[str, Callable[..., Any]] = {}
LEARNING: set[str] = set()


def _known_as(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def enter(function: Callable[..., Any]) -> Callable[..., Any]:
        FUNCTIONS.update(dict.fromkeys(names, function))
        return function

    return enter


def _learns(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    LEARNING.update(names)
    return _known_as(*names)


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


@_known_as("I")
def _as_is(x: Any) -> Any:
    return x


@_known_as("log")
def _log(x: Any, base: Any = None) -> Any:
    value = np.log(numbers(x))
    return value if base is None else value / np.log(numbers(base))


@_known_as("round")
def _round(x: Any, digits: Any = 0) -> Any:
    return np.round(numbers(x), int(digits))


@_known_as("pmin")
def _pmin(*x: Any, na_rm: bool = False) -> Any:
    return _parallel(np.fmin if na_rm else np.minimum, x)


@_known_as("pmax")
def _pmax(*x: Any, na_rm: bool = False) -> Any:
    return _parallel(np.fmax if na_rm else np.maximum, x)


def _parallel(function: Callable[[Any, Any], Any], x: tuple[Any, ...]) -> Any:
    value, *others = map(numbers, x)
    for other in others:
        value = function(value, other)
    return value


@_known_as("rank")
def _rank(x: Any) -> Any:
    return pd.Series(numbers(x)).rank().to_numpy()


@_known_as("c")
def _c(*values: Any) -> Any:
    if any(isinstance(value, str) for value in values):
        return [str(value) for value in values]
    if all(isinstance(value, (bool, int, float, np.number)) for value in values):
        return list(values)
    return np.concatenate([np.atleast_1d(numbers(value)) for value in values])


@_known_as("seq")
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
    _learns(_name)(_one_number(_summary))


@_learns("quantile")
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


@_learns("scale")
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


@_learns("center")
def _center(known: Any, x: Any) -> tuple[Any, Any]:
    return _scale(known, x, scale=False)


# --------------------------------------------------------------------------------------- polynomials and splines


@_learns("poly")
def _poly(known: Any, x: Any, *more: Any, degree: Any = 1, raw: bool = False) -> tuple[Any, Any]:
    if len(more) == 1 and np.ndim(more[0]) == 0:  # poly(x, 2): what follows one variable is its degree
        degree, more = more[0], ()
    x = [np.asarray(numbers(one)) for one in (x, *more)]
    known = known or Powers.learn(*x, degree=int(degree), raw=raw)
    return known, known(*x)


@_learns("bs")
def _bs(
    known: Any, x: Any, df: Any = None, knots: Any = None, degree: Any = 3, intercept: bool = False,
    Boundary_knots: Any = None,
) -> tuple[Any, Any]:  # fmt: skip
    x = numbers(x)
    known = known or BSplines.learn(x, df, _optional(knots), int(degree), intercept, _optional(Boundary_knots))
    return known, known(x)


@_learns("ns")
def _ns(
    known: Any, x: Any, df: Any = None, knots: Any = None, intercept: bool = False, Boundary_knots: Any = None
) -> tuple[Any, Any]:
    x = numbers(x)
    known = known or NaturalSplines.learn(x, df, _optional(knots), intercept, _optional(Boundary_knots))
    return known, known(x)


def _optional(x: Any) -> Any:
    return None if x is None else np.atleast_1d(np.asarray(x, dtype=float))


# -------------------------------------------------------------------------------------------------------- factors


def _levels(known: Any, value: pd.Categorical, drop: bool = False) -> tuple[Any, pd.Categorical]:
    """The factor with the levels that it had when it was learned."""
    if known is None:
        value = value.remove_unused_categories() if drop else value
        return value.dtype, value
    unseen = ~value.isna() & ~value.isin(known.categories)
    if unseen.any():
        raise UnseenLevel(value[unseen][0], int(np.argmax(unseen)), list(known.categories))
    return known, pd.Categorical(np.asarray(value, dtype=object), dtype=known)


class UnseenLevel(ValueError):
    """A level that the fitted data had not: its value, its row (counted from 0), and the levels there were."""

    def __init__(self, value: Any, row: int, levels: list[Any]):
        super().__init__(f"has the level {value!r}, which the fit has not seen; it had {listed(map(label, levels))}")
        self.row = row


@_learns("factor", "as.factor", "ordered", "as.ordered")
def _factor(known: Any, x: Any, levels: Any = None, labels: Any = None, ordered: bool | None = None) -> tuple[Any, Any]:
    value = factor(x)
    if levels is not None:
        value = pd.Categorical(np.asarray(value, dtype=object), categories=levels, ordered=value.ordered)
    else:
        value = value.remove_unused_categories() if known is None else value
    if labels is not None:
        if isinstance(labels, str) or len(labels) != len(value.categories):
            raise ValueError(f"needs {len(value.categories)} labels, one a level")
        value = value.rename_categories(labels)
    if ordered is not None:
        value = value.as_ordered() if ordered else value.as_unordered()
    return _levels(known, value)


def _ordered(known: Any, x: Any, levels: Any = None, labels: Any = None) -> tuple[Any, Any]:
    return _factor(known, x, levels, labels, ordered=True)


FUNCTIONS |= {"ordered": _ordered, "as.ordered": _ordered}


@_learns("droplevels")
def _droplevels(known: Any, x: Any) -> tuple[Any, Any]:
    return _levels(known, factor(x), drop=True)


@_learns("relevel")
def _relevel(known: Any, x: Any, ref: Any) -> tuple[Any, Any]:
    value = factor(x)
    if value.ordered:
        raise ValueError("'relevel' is for factors without an order")
    levels = list(value.categories)
    if ref not in levels:
        raise ValueError(f"the level {ref!r} is not there; the levels are {listed(map(label, levels))}")
    return _levels(known, value.reorder_categories([ref, *(level for level in levels if level != ref)]))


@_learns("interaction")
def _interaction(known: Any, *x: Any, sep: str = ".") -> tuple[Any, Any]:
    """Levels in R's order: the first factor's change fastest."""
    value = factor(x[0])
    for other in map(factor, x[1:]):
        names = [f"{label(a)}{sep}{label(b)}" for b in other.categories for a in value.categories]
        codes = np.where(
            (value.codes < 0) | (other.codes < 0), -1, value.codes + len(value.categories) * other.codes.astype(np.intp)
        )
        levels: Any = pd.CategoricalDtype(names)
        value = pd.Categorical.from_codes(codes, dtype=levels)
    return _levels(known, value)


@_learns("cut")
def _cut(
    known: Any, x: Any, breaks: Any, labels: Any = None, include_lowest: bool = False, right: bool = True,
    dig_lab: Any = 3, ordered_result: bool = False,
) -> tuple[Any, Any]:  # fmt: skip
    x = numbers(x)
    if known is None:
        known = np.sort(np.atleast_1d(np.asarray(breaks, dtype=float)))
        if len(known) == 1:
            if known[0] < 2:
                raise ValueError("the number of intervals must be at least 2")
            if np.isnan(x).all():
                raise ValueError("there are no values to cut")
            low, high = np.nanmin(x), np.nanmax(x)
            width = high - low or abs(low)
            known = np.linspace(low, high, int(known[0]) + 1)
            known[[0, -1]] = low - width / 1000, high + width / 1000
        if len(np.unique(known)) < len(known):
            raise ValueError("the breaks are not all different")
    cells = pd.cut(x, known, right=right, include_lowest=include_lowest, labels=False)
    if include_lowest and not right:  # R's include.lowest is of the interval that is open at its far end, first or last
        cells = np.where(x == known[-1], len(known) - 2, cells)
    if labels is False:
        return known, cells + 1.0
    names = _intervals(known, right, include_lowest, int(dig_lab)) if labels is None else labels
    codes = np.where(np.isnan(cells), -1, cells).astype(np.intp)
    return known, pd.Categorical.from_codes(codes, categories=pd.Index(names), ordered=ordered_result)


def _intervals(breaks: np.ndarray, right: bool, include_lowest: bool, digits: int) -> list[str]:
    """R's labels: the fewest significant digits, at least three, that tell the breaks apart."""
    for significant in range(digits, max(12, digits) + 1):
        ends = [f"{value:.{significant}g}" for value in breaks]
        if len(set(ends)) == len(ends):
            break
    names = [f"({a},{b}]" if right else f"[{a},{b})" for a, b in pairwise(ends)]
    if include_lowest:
        place = 0 if right else -1
        names[place] = f"[{names[place][1:-1]}]"
    return names


@_learns("C")
def _contrasts(
    known: Any, x: Any, contr: Any = None, how_many: Any = None, base: Any = None, levels: Any = None
) -> tuple[Any, Any]:
    known, value = _factor(known, x, levels)
    if contr is None:
        return known, value if base is None else Coded(value, Contrasts(base=base))
    chosen = contr
    if isinstance(contr, str) or callable(contr):
        made = _CONTRASTS_BY_NAME.get(contr, _no_contrasts)
        chosen = made() if base is None else made(base=base)
    if not isinstance(chosen, Contrasts):
        _no_contrasts()
    if how_many is not None:
        chosen = Contrasts(chosen.kind, chosen.base, int(how_many))
    return known, Coded(value, chosen)


def _no_contrasts(**_: Any) -> Contrasts:
    raise ValueError("contrasts are contr.treatment, contr.sum, contr.helmert, contr.poly, contr.SAS or contr.diff")


def _treatment(n: Any = None, base: Any = None, reference: Any = None) -> Contrasts:
    """contr.treatment(3, base = 2), contr.treatment("b"), Treatment(reference="b")."""
    base = reference if reference is not None else base
    return Contrasts(base=n if base is None and isinstance(n, str) else base)


def _kind_of_contrasts(kind: str) -> Callable[..., Contrasts]:
    def contrasts(n: Any = None) -> Contrasts:
        return Contrasts(kind)

    return contrasts


_KINDS = {kind: _kind_of_contrasts(kind) for kind in ("sum", "helmert", "poly", "SAS", "diff")}
FUNCTIONS |= {f"contr.{kind}": function for kind, function in _KINDS.items()}
FUNCTIONS |= {kind.capitalize(): function for kind, function in _KINDS.items() if kind != "SAS"}
FUNCTIONS |= {"contr.treatment": _treatment, "Treatment": _treatment}
FUNCTIONS |= {"treatment": _treatment, "helmert": _KINDS["helmert"]}  # C(x, treatment), as R has it
_CONTRASTS_BY_NAME: dict[Any, Any] = {"treatment": _treatment, "contr.treatment": _treatment, _treatment: _treatment}
for _kind, _function in _KINDS.items():
    _CONTRASTS_BY_NAME |= {_kind: _function, f"contr.{_kind}": _function, _function: _function}
for _kind in ("sum", "poly"):
    _CONTRASTS_BY_NAME[FUNCTIONS[_kind]] = _KINDS[_kind]  # C(x, sum), as R has it


@_known_as("as.numeric", "as.double")
def _as_numeric(x: Any) -> Any:
    """A factor's places of its levels, counted from 1; text has to hold numbers."""
    found = plain(x.values if isinstance(x, Coded) else x)
    if not isinstance(found, pd.Categorical):
        return numbers(found)
    if isinstance(x, pd.Series) and not isinstance(x.dtype, pd.CategoricalDtype):
        return pd.to_numeric(x).to_numpy(dtype=float, na_value=np.nan)
    return np.where(found.codes < 0, np.nan, found.codes + 1.0)


@_known_as("as.character")
def _as_character(x: Any) -> Any:
    names = texts(x)
    return pd.Categorical(names, categories=sorted({name for name in names if name is not None}))


@_known_as("as.logical")
def _as_logical(x: Any) -> Any:
    found = numbers(x)
    return Truth(found != 0, np.isnan(found))


@_known_as("dummy")
def _dummy(x: Any, level: Any) -> Any:
    """lme4's dummy(): 1 where a factor has the level."""
    value = factor(x)
    if level not in value.categories:
        raise ValueError(f"the level {level!r} is not there; the levels are {listed(map(label, value.categories))}")
    return np.where(value.isna(), np.nan, np.asarray(value == level, dtype=float))


# ------------------------------------------------------------------------------------------------------ conditions


@_known_as("is.na")
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


@_known_as("ifelse")
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
