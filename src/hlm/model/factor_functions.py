"""The functions of the language that make or take factors, with the arguments and the meaning that they have in R."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from ..errors import listed
from .contrasts import Coded, Contrasts, label
from .functions import FUNCTIONS, known_as, learns
from .values import Truth, factor, numbers, plain, texts


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


@learns("factor", "as.factor", "ordered", "as.ordered")
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


@learns("droplevels")
def _droplevels(known: Any, x: Any) -> tuple[Any, Any]:
    return _levels(known, factor(x), drop=True)


@learns("relevel")
def _relevel(known: Any, x: Any, ref: Any) -> tuple[Any, Any]:
    value = factor(x)
    if value.ordered:
        raise ValueError("'relevel' is for factors without an order")
    levels = list(value.categories)
    if ref not in levels:
        raise ValueError(f"the level {ref!r} is not there; the levels are {listed(map(label, levels))}")
    return _levels(known, value.reorder_categories([ref, *(level for level in levels if level != ref)]))


@learns("interaction")
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


@learns("cut")
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


@learns("C")
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


@known_as("as.numeric", "as.double")
def _as_numeric(x: Any) -> Any:
    """A factor's places of its levels, counted from 1; text has to hold numbers."""
    found = plain(x.values if isinstance(x, Coded) else x)
    if not isinstance(found, pd.Categorical):
        return numbers(found)
    if isinstance(x, pd.Series) and not isinstance(x.dtype, pd.CategoricalDtype):
        return pd.to_numeric(x).to_numpy(dtype=float, na_value=np.nan)
    return np.where(found.codes < 0, np.nan, found.codes + 1.0)


@known_as("as.character")
def _as_character(x: Any) -> Any:
    names = texts(x)
    return pd.Categorical(names, categories=sorted({name for name in names if name is not None}))


@known_as("as.logical")
def _as_logical(x: Any) -> Any:
    found = numbers(x)
    return Truth(found != 0, np.isnan(found))


@known_as("dummy")
def _dummy(x: Any, level: Any) -> Any:
    """lme4's dummy(): 1 where a factor has the level."""
    value = factor(x)
    if level not in value.categories:
        raise ValueError(f"the level {level!r} is not there; the levels are {listed(map(label, value.categories))}")
    return np.where(value.isna(), np.nan, np.asarray(value == level, dtype=float))
