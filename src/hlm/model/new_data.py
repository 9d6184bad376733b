"""The columns of X and Z in new data, made as those of the data that were fitted."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..errors import ModelError
from .coding import columns_of, columns_of_variable
from .design import Arrays
from .evaluation import variables_of
from .expressions import Name, Node, words
from .formula import Layout, parse_any
from .values import missing
from .variables import Recipe


def rebuild(
    layout: Layout, recipe: Recipe | None, data: pd.DataFrame, random: bool = True
) -> tuple[np.ndarray, np.ndarray]:
    """X (m, p) and Z (m, q) of new data, with the levels, knots and contrasts of the data that were fitted.

    Rows in which a variable is missing are NaN. Without `random`, Z is not made, and its columns are not needed.

    Raises:
        ModelError: a column is missing or of another kind, or a factor has a level that the fitted data had not.
    """
    parsed = parse_any(layout.formula, data.columns if recipe is None else recipe.columns)
    parts = [parsed.fixed]
    if random:  # by factor, as in the layout
        parts += [t.columns for factor in layout.grouping for t in parsed.random if t.group == factor]
    factors = list(dict.fromkeys(f for part in parts for term in part for f in term))
    if recipe is None:
        recipe = _recipe_of_numbers(layout, factors)
    variables = variables_of(factors, data, recipe, {}, "new data")
    gone = np.zeros(len(data), dtype=bool)
    for variable in variables.values():
        if isinstance(variable.values, pd.Categorical):
            gone |= missing(variable.values)
    is_factor = {factor: variable.is_factor for factor, variable in variables.items()}
    made = [
        columns_of(part, is_factor, lambda factor, flag: columns_of_variable(variables[factor], flag)) for part in parts
    ]
    made[0] = {name: arrays for name, arrays in made[0].items() if name not in layout.left_out}
    X = _side_by_side(made[:1], len(data))
    Z = _side_by_side(made[1:], len(data))
    X[gone] = np.nan
    return X, Z


def _recipe_of_numbers(layout: Layout, factors: list[Node]) -> Recipe:
    """The recipe of a model that was fitted from moments: its columns are products of numbers and truth values."""
    pieces = {piece for name in (*layout.columns, *layout.left_out) for piece in name.split(":")}
    levels: dict[Node, pd.CategoricalDtype | None] = {}
    for factor in factors:
        name = words(factor)
        if not isinstance(factor, Name) or any(
            piece.startswith(f"{name}[") and not piece.endswith(("True]", "False]")) for piece in pieces
        ):
            raise ModelError(
                f"this model was fitted from moments, which do not keep how {name} is made of new data; "
                "fit it to a data frame"
            )
        levels[factor] = None if name in pieces else pd.CategoricalDtype([False, True])
    return Recipe(levels=levels, complete=True)


def _side_by_side(parts: list[dict[str, Arrays]], rows: int) -> np.ndarray:
    columns = [arrays for part in parts for arrays in part.values()]
    made = np.ones((rows, len(columns)))
    for column, arrays in zip(made.T, columns, strict=True):
        for array in arrays:
            column *= array
    return made
