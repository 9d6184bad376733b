"""From variables to columns: which levels and which products make the columns of X and Z.

A factor is coded by contrasts where its margin is in the model already, and by a column for each level where it is not,
as in R; so `x:f` gives each level a slope of its own, and `x + x:f` gives differences.

Source: Chambers & Hastie (1992), Statistical Models in S, section 2.4.1; R's TermCode, in model.c.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import product
from typing import TypeVar

import numpy as np
import pandas as pd

from ..errors import ModelError
from .bases import Matrix
from .contrasts import label
from .expressions import Node
from .formula import INTERCEPT
from .terms import Part
from .variables import Variable

Column = TypeVar("Column")
Columns = list[tuple[str, Column]]  # a variable's columns with their names


def columns_of(
    part: Part, is_factor: Mapping[Node, bool], columns: Callable[[Node, bool], Columns[Column]]
) -> dict[str, tuple[Column, ...]]:
    """The columns of a part of a formula, by name: each is the product of some; the intercept is one of none.

    Args:
        part: its terms, in order.
        is_factor: whether a factor of the formula has levels.
        columns: gives the columns of a factor, coded by contrasts (True) or by a column for each level (False).

    Raises:
        ModelError: two columns have the same name.
    """
    made: dict[str, tuple[Column, ...]] = {}
    for term in columns_by_term(part, is_factor, columns):
        for name, pieces in term:
            if name in made:
                raise ModelError(f"two columns of the model would be called {name}; rename a column or a level")
            made[name] = pieces
    return made


def columns_by_term(
    part: Part, is_factor: Mapping[Node, bool], columns: Callable[[Node, bool], Columns[Column]]
) -> Iterator[list[tuple[str, tuple[Column, ...]]]]:
    """The columns of each term of a part, with their names; see `columns_of`."""
    # Without an intercept the first variable with levels takes its place.
    stands_in = next((f for term in part for f in term if is_factor[f]), None) if () not in part else None
    for place, term in enumerate(part):
        coded = []
        for factor in term:
            margin = set(term) - {factor}
            there = not margin or any(margin <= set(before) for before in part[:place])
            if factor == stands_in:
                there, stands_in = False, None
            coded.append(columns(factor, there))
        # The first factor's columns change fastest.
        products = [pieces[::-1] for pieces in product(*reversed(coded))]
        yield [(":".join(n for n, _ in pieces) or INTERCEPT, tuple(c for _, c in pieces)) for pieces in products]


def columns_of_variable(variable: Variable, by_contrasts: bool) -> Columns[np.ndarray]:
    """A variable's columns (n,): numbers, the levels' indicators, or contrasts of them.

    Raises:
        ModelError: the reference level of its contrasts is not there.
    """
    values, name = variable.values, variable.name
    if isinstance(values, Matrix):
        return [(f"{name}[{tail}]", values.values[:, k]) for k, tail in enumerate(values.labels)]
    if not isinstance(values, pd.Categorical):
        return [(name, values)]
    if not by_contrasts:
        return [(f"{name}[{label(level)}]", values.codes == k) for k, level in enumerate(values.categories)]
    try:
        coding, tails = variable.contrasts.matrix(list(values.categories))
    except ValueError as error:
        raise ModelError(f"{name}: {error}") from None
    names = [f"{name}[{tail}]" for tail in tails]
    if variable.contrasts.kind in ("treatment", "SAS"):
        return [(column, values.codes == np.argmax(weights)) for column, weights in zip(names, coding.T, strict=True)]
    return [(column, weights[values.codes]) for column, weights in zip(names, coding.T, strict=True)]
