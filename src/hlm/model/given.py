"""What a model is given beside its formula, a number in each row: its weight, and its offset.

The residual of a row with weight w has the variance sigma2 / w: a row that is the mean of w measurements weighs as much
as they do. An offset is added to the prediction with the coefficient one. Both are columns of the data, by name, or
arrays; an offset may stand in the formula too, as `offset(x)`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from ..arguments import shortened
from ..errors import ModelError, listed
from .evaluation import variables_of
from .expressions import Name, Node, words
from .formula import Layout, ParsedFormula, parse_any
from .values import plain
from .variables import Recipe, Variable

ARRAY = "(an array)"  # what a layout calls weights or an offset that have no name
Rows = str | np.ndarray | pd.Series | list[float]  # a column's name, or a number in each row


@dataclass(frozen=True)
class Given:
    """The arguments beside the formula: a column's name, an array, or None.

    Attributes:
        weights: of the residuals; None if all rows weigh one.
        offset: added to that of the formula; None if there is no other.
    """

    weights: Any = None
    offset: Any = None

    def variables(self, data: pd.DataFrame) -> dict[str, Variable]:
        """Each argument that was given, as a number in every row of the data; missing ones are NaN.

        Raises:
            ModelError: there is no such column, the values are no real numbers or not one a row, or a weight is not
                positive.
        """
        found = {what: _numbers(what, value, data) for what, value in vars(self).items() if value is not None}
        if "weights" in found:
            _require_positive(found["weights"], data.index)
        return found

    @property
    def anything(self) -> bool:
        """Whether there is one."""
        return self.weights is not None or self.offset is not None

    def called(self) -> dict[str, str]:
        """What a layout says of them."""
        named = {what: value if isinstance(value, str) else ARRAY for what, value in vars(self).items()}
        return {what: name for what, name in named.items() if vars(self)[what] is not None}


NOTHING = Given()


def _numbers(what: str, value: Any, data: pd.DataFrame) -> Variable:
    name = value if isinstance(value, str) else what
    if isinstance(value, str):
        if value not in data.columns:
            raise ModelError(f"{what}: there is no column {value!r}; the columns are {listed(data.columns)}")
        value = data[value]
        if isinstance(value, pd.DataFrame):
            raise ModelError(f"{what}: the data have two columns called {name!r}; rename one of them")
        name = f"{what} {name}"
    elif isinstance(value, pd.Series) and not value.index.equals(data.index):
        raise ModelError(
            f"{what}: the Series has another index than the data; give a column's name, or an array in the order of "
            "the rows"
        )
    if not _is_flat(value):
        raise ModelError(
            f"{what} must be the name of a column or an array of numbers, one a row, not {shortened(value)}"
        )
    try:
        numbers = plain(value if isinstance(value, pd.Series) else pd.Series(list(value)))
    except (ValueError, TypeError) as error:
        raise ModelError(f"{name} {error}") from None
    if not isinstance(numbers, np.ndarray):
        raise ModelError(f"{name} must be numbers, and holds text, categories or truth values")
    if len(numbers) != len(data):
        raise ModelError(f"{what}: {len(numbers):,} values for {len(data):,} rows; give one a row of the data")
    return Variable(name, numbers.astype(float))


def _is_flat(value: Any) -> bool:
    try:
        return np.ndim(value) == 1
    except ValueError:  # lists of different lengths
        return False


def _require_positive(weights: Variable, rows: pd.Index) -> None:
    values = np.asarray(weights.values)
    wrong = ~np.isnan(values) & ~((values > 0) & np.isfinite(values))
    if wrong.any():
        place = int(np.argmax(wrong))
        raise ModelError(
            f"{weights.name}: row {rows[place]} weighs {values[place]:g}; a weight is a positive number, and a row "
            "that should not count is left out of the data"
        )


# -------------------------------------------------------------------------------------------------- the offset


def offset_of(
    parsed: ParsedFormula, variables: Mapping[Node, Variable], given: Variable | None, where: str
) -> np.ndarray | None:
    """(n,) the sum of the formula's offsets and the one given; None if there is none.

    Raises:
        ModelError: an offset is no number.
    """
    found = [variables[node] for node in parsed.offsets] + ([] if given is None else [given])
    for variable in found:
        if not isinstance(variable.values, np.ndarray):
            raise ModelError(f"{where}: the offset {variable.name} is not a number in every row")
    return np.sum([np.asarray(each.values, dtype=float) for each in found], axis=0) if found else None


def offset_of_new(layout: Layout, recipe: Recipe | None, data: pd.DataFrame) -> np.ndarray | float:
    """(m,) the offset of new rows, NaN where it is missing; zero if the model has none.

    Raises:
        ModelError: a column is missing or not a number, or the fit's offset was an array.
    """
    parsed = parse_any(layout.formula, data.columns if recipe is None else recipe.columns)
    if layout.offset == ARRAY:
        raise ModelError(
            "new data: the offset of this model was an array, which tells nothing of new rows; fit it with the name of "
            "a column instead"
        )
    given = _numbers("offset", layout.offset, data) if layout.offset else None
    if recipe is None:
        if unknown := [words(node) for node in parsed.offsets if not isinstance(node, Name)]:
            raise ModelError(
                f"this model was fitted from moments, which do not keep how {unknown[0]} is made of new data; "
                "fit it to a data frame"
            )
        recipe = Recipe(levels=dict.fromkeys(parsed.offsets), complete=True)
    variables = variables_of(parsed.offsets, data, recipe, {}, "new data")
    found = offset_of(parsed, variables, given, "new data")
    return 0.0 if found is None else found


def weights_of_new(layout: Layout, data: pd.DataFrame) -> np.ndarray | None:
    """(m,) the weights of new rows, if these have the column that the fit took them from.

    Raises:
        ModelError: a weight is not a positive number.
    """
    if layout.weights not in data.columns or layout.weights == ARRAY or not layout.weights:
        return None
    return np.asarray(Given(layout.weights).variables(data)["weights"].values)


def noted(layout: Layout, given: Given) -> Layout:
    """A model's shape, with the names of what it was given."""
    called = given.called()
    return replace(layout, weights=called.get("weights", ""), offset=called.get("offset", ""))
