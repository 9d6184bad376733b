"""What a formula's variables are in the rows of a data frame: its factors, evaluated."""

from __future__ import annotations

import operator
import warnings
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from ..errors import ModelError, listed
from .bases import Matrix
from .contrasts import Coded, Contrasts
from .expressions import Attribute, Call, Constant, Item, Name, Node, Operation, Parentheses, words
from .factor_functions import UnseenLevel
from .functions import FUNCTIONS, LEARNING, truth
from .values import Truth, factor, missing, numbers, plain
from .variables import Recipe, Values, Variable, owner


def variables_of(
    factors: Iterable[Node], data: pd.DataFrame, recipe: Recipe, caller: Mapping[str, Any], where: str
) -> dict[Node, Variable]:
    """Each factor's values in the rows of the data.

    Args:
        factors: of a formula.
        data: one row an observation.
        recipe: empty, to be filled; or a fit's, to be followed.
        caller: objects that the formula may use besides the columns.
        where: what errors begin with.

    Raises:
        ModelError: a column or function that is not there, values that are no variable, or a level that is new.
    """
    evaluation = _Evaluation(data, recipe, caller, where)
    return {factor: evaluation.variable(factor) for factor in factors}


class _Evaluation:
    """Works out trees on the rows of a data frame."""

    def __init__(self, data: pd.DataFrame, recipe: Recipe, caller: Mapping[str, Any], where: str):
        self.data, self.recipe, self.caller, self.where = data, recipe, caller, where

    def variable(self, node: Node) -> Variable:
        name = words(node)
        try:
            if isinstance(node, Name):
                value = self.column_of_levels(node.text)
            else:
                with np.errstate(all="ignore"), warnings.catch_warnings():
                    warnings.simplefilter("ignore", RuntimeWarning)
                    value = self.value(node)
            return self.finished(node, name, value)
        except ModelError:
            raise
        except UnseenLevel as error:
            raise self.error(f"{name} {error}{self.row(error.row)}") from None
        except Exception as error:  # whatever the functions in a formula raise
            raise self.error(f"{name}: {_reason(error)}") from error

    def finished(self, node: Node, name: str, value: Any) -> Variable:
        """A value as a variable: of a number in every row, or of levels."""
        contrasts = None
        if isinstance(value, Coded):
            value, contrasts = value.values, value.contrasts
        if isinstance(value, pd.DataFrame):
            value = Matrix(value.to_numpy(dtype=float), tuple(map(str, value.columns)))
        elif isinstance(value, np.ndarray) and value.ndim == 2:
            value = Matrix(value.astype(float), tuple(str(k + 1) for k in range(value.shape[1])))
        if isinstance(value, Matrix):
            if value.values.shape[1] == 1:
                value = value.values[:, 0]
        elif np.ndim(value) == 0 or isinstance(value, (list, tuple, str)) or callable(value):
            raise ValueError("this is not a value in every row")
        else:
            value = plain(value)
        rows = len(value.values) if isinstance(value, Matrix) else len(value)
        if rows != len(self.data):
            raise ValueError(f"this has {rows:,} values, and the data have {len(self.data):,} rows")
        if isinstance(value, Truth):
            value = factor(value)
        if isinstance(value, pd.Categorical) and contrasts is None:
            contrasts = Contrasts("poly" if value.ordered else "treatment")
        if self.recipe.complete:
            value = self.followed(node, name, value)
        return Variable(name, value, contrasts or Contrasts())

    def followed(self, node: Node, name: str, value: Any) -> Values:
        """The value with the levels that the fit had."""
        levels = self.recipe.levels.get(node)
        if isinstance(value, pd.Categorical) != (levels is not None):
            if levels is None and value.isna().all() and isinstance(value, pd.Categorical):
                return np.full(len(value), np.nan)
            if levels is not None and isinstance(value, np.ndarray) and np.isnan(value.astype(float)).all():
                return pd.Categorical([None] * len(value), dtype=levels)
            raise self.error(
                f"{name} is a number here, and has levels in the fit ({listed(levels.categories)})"
                if levels is not None
                else f"{name} is not a number ({value.dropna()[0]!r}), and was one in the fit"
            )
        if levels is None:
            return value
        unseen = ~value.isna() & ~value.isin(levels.categories)
        if unseen.any():
            raise UnseenLevel(value[unseen][0], int(np.argmax(unseen)), list(levels.categories))
        return pd.Categorical(np.asarray(value, dtype=object), dtype=levels)

    # ------------------------------------------------------------------------------------------------------ trees

    def value(self, node: Node) -> Any:
        match node:
            case Constant(value):
                return value
            case Parentheses(inner):
                return self.value(inner)
            case Name(text):
                return self.column_of_levels(text) if text in self.data.columns else self.object(text)
            case Call(function, arguments):
                return self.call(node, function, arguments)
            case Operation(sign, operands):
                return self.operation(sign, operands)
            case Attribute(of, name):
                return getattr(self.for_python(self.value(of)), name)
            case Item(of, index):
                return self.for_python(self.value(of))[self.value(index)]
        raise TypeError(node)

    def column(self, name: str) -> pd.Series:
        """A column as it stands in the data."""
        if name not in self.data.columns:
            raise self.error(f"there is no column {name!r}; the columns are {listed(self.data.columns)}")
        found = self.data[name]
        if isinstance(found, pd.DataFrame):
            raise self.error(f"the data have two columns called {name!r}; rename one of them")
        return found

    def column_of_levels(self, name: str) -> Any:
        """A column's numbers, or its factor with the categories that it had in the fit."""
        try:
            value = plain(self.column(name))
        except ModelError:
            raise
        except ValueError as error:
            raise self.error(f"the column {name!r} {error}") from None
        if not isinstance(value, pd.Categorical):
            return value
        known = self.recipe.categories.setdefault(name, value.dtype)
        if not self.recipe.complete or known is value.dtype:
            return value
        unseen = ~value.isna() & ~value.isin(known.categories)
        if unseen.any():
            raise self.error(
                f"{name} {UnseenLevel(value[unseen][0], 0, list(known.categories))}{self.row(int(np.argmax(unseen)))}"
            )
        return pd.Categorical(np.asarray(value, dtype=object), dtype=known)

    def object(self, text: str) -> Any:
        """An object that is not a column: an attribute of one, the language's, or the caller's."""
        if (name := owner(text, self.data.columns)) is not None:
            return _attributes(self.column(name), text[len(name) + 1 :])
        if text in self.recipe.names:
            return self.recipe.names[text]
        first, _, rest = text.partition(".")
        if text in FUNCTIONS and not callable(self.caller.get(text)):
            return FUNCTIONS[text]
        if text in CONSTANTS and text not in self.caller:
            return CONSTANTS[text]
        if first in self.caller or first == "np":
            found = _attributes(self.caller.get(first, np), rest)
            self.recipe.names[text] = found
            return found
        raise self.error(
            f"the name {text!r} is not defined: it is no column ({listed(self.data.columns)}), no function of the "
            "language, and not known where hlm was called"
        )

    def call(self, node: Call, function: Node, arguments: tuple[tuple[str | None, Node], ...]) -> Any:
        name = function.text if isinstance(function, Name) else ""
        called = self.function(name) if name else self.value(function)
        if called is FUNCTIONS.get(name):
            return self.call_of_ours(node, name, arguments)
        given = [self.for_python(self.raw(value)) for key, value in arguments if key is None]
        named = {key: self.for_python(self.raw(value)) for key, value in arguments if key is not None}
        return called(*given, **named)

    def function(self, name: str) -> Any:
        """What a call calls. The caller's own functions come first, as in R; but not those for single numbers."""
        if name in self.recipe.names:
            return self.recipe.names[name]
        own = self.caller.get(name)
        if name in FUNCTIONS and (not callable(own) or getattr(own, "__module__", "") in ("math", "builtins")):
            return FUNCTIONS[name]
        if callable(own):
            self.recipe.names[name] = own
            return own
        return self.object(name)

    def call_of_ours(self, node: Call, name: str, arguments: tuple[tuple[str | None, Node], ...]) -> Any:
        value_of = self.raw if name in AS_THEY_STAND else self.value
        given = [value_of(value) for key, value in arguments if key is None]
        named = {key.replace(".", "_"): value_of(value) for key, value in arguments if key is not None}
        function = FUNCTIONS[name]
        try:
            if name not in LEARNING:
                return function(*given, **named)
            known, value = function(self.recipe.learned.get(node), *given, **named)
        except TypeError as error:
            raise ValueError(f"{name}() does not take these arguments ({_reason(error)})") from error
        self.recipe.learned[node] = known
        return value

    def raw(self, node: Node) -> Any:
        """A column as it stands; else the value."""
        return self.column(node.text) if isinstance(node, Name) and node.text in self.data.columns else self.value(node)

    def for_python(self, value: Any) -> Any:
        """A value as the caller's functions expect it: a column with the data's index."""
        if isinstance(value, (np.ndarray, Truth, pd.Categorical)) and value.ndim == 1 and len(value) == len(self.data):
            return pd.Series(value, index=self.data.index)
        return value

    def operation(self, sign: str, operands: tuple[Node, ...]) -> Any:
        if sign in COMPARISONS:
            return self.comparison(sign, *map(self.raw, operands))
        values = [self.value(operand) for operand in operands]
        if sign == "%in%":
            found = plain(self.raw(operands[0]))
            return Truth(np.asarray(pd.Series(found).isin(list(values[1]))), np.zeros(len(found), dtype=bool))
        if sign in LOGIC:
            return LOGIC[sign](*map(truth, values))
        if sign == ":":
            start, end = map(numbers, values)
            return list(range(int(start), int(end) + 1))
        if len(values) == 1:
            return -numbers(values[0]) if sign == "-" else numbers(values[0])
        return ARITHMETIC[sign](*map(numbers, values))

    def comparison(self, sign: str, left: Any, right: Any) -> Any:
        compare = COMPARISONS[sign]
        if np.ndim(left) == 0 and np.ndim(right) == 0:
            return compare(left, right)
        left, right = (value if np.ndim(value) == 0 else plain(value) for value in (left, right))
        gone = np.zeros(len(self.data), dtype=bool)
        for value in (left, right):
            if np.ndim(value):
                gone |= missing(value)
        both = [_comparable(value, sign, other) for value, other in ((left, right), (right, left))]
        return Truth(np.where(gone, False, compare(*both)).astype(bool), gone)

    # ------------------------------------------------------------------------------------------------------ errors

    def row(self, place: int) -> str:
        return f" (row {self.data.index[place]!r} of the data)" if len(self.data) else ""

    def error(self, why: str) -> ModelError:
        return ModelError(f"{self.where}: {why}")


ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": np.divide, "^": np.power, "@": operator.matmul,
    "%%": np.mod, "%/%": np.floor_divide,
}  # fmt: skip
COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge,
}  # fmt: skip
LOGIC: dict[str, Callable[..., Any]] = {
    "&": operator.and_, "|": operator.or_, "||": operator.or_, "!": lambda x: not x if isinstance(x, bool) else ~x,
}  # fmt: skip
CONSTANTS = {"pi": np.pi, "T": True, "F": False, "NA": np.nan, "NaN": np.nan, "Inf": np.inf}
AS_THEY_STAND = {"as.numeric", "as.double", "as.character", "is.na", "ifelse"}  # they tell text from a factor


def _comparable(value: Any, sign: str, other: Any) -> Any:
    """One side of a comparison; an ordered factor compares by the places of its levels."""
    if not isinstance(value, pd.Categorical):
        ordered = isinstance(other, pd.Categorical) and other.ordered and sign not in ("==", "!=")
        if ordered and np.ndim(value) == 0:
            if value not in other.categories:
                raise ValueError(f"{value!r} is not a level; the levels are {listed(other.categories)}")
            return other.categories.get_loc(value)
        return value.to_numpy(dtype=float, na_value=np.nan) if isinstance(value, Truth) else value
    if sign in ("==", "!="):
        return np.asarray(value, dtype=object)
    if not value.ordered:
        raise ValueError(f"{sign} compares numbers, and the levels of an ordered factor")
    return value.codes


def _attributes(of: Any, path: str) -> Any:
    for name in filter(None, path.split(".")):
        of = getattr(of, name)
    return of


def _reason(error: Exception) -> str:
    text = next(iter(str(error).splitlines()), "") or type(error).__name__
    return text if isinstance(error, ValueError) else f"{type(error).__name__}: {text}"
