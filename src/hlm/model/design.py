"""The binding to rows: how a formula's columns come from a data frame, and which rows can be used.

Nothing is computed here that a `Design` can leave to later: it says how each column comes from the data, and hands
out blocks of rows to whoever sums them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from ..errors import ModelError
from .coding import Columns, columns_of, columns_of_variable
from .contrasts import label
from .evaluation import variables_of
from .expressions import Node, words
from .formula import INTERCEPT, Layout, ParsedFormula, layout_of, parse, parse_any
from .given import NOTHING, Given, noted, offset_of
from .groupings import Grouping, groupings_of
from .response import as_number, require_numeric_response
from .usable_rows import usable_rows
from .variables import Recipe, Variable

ROWS_PER_BLOCK = 1 << 18  # keeps a block of a few columns within a processor's cache and memory use flat


@dataclass(frozen=True)
class Source:
    """Where the columns came from: for tests of terms, and for other models of the same data.

    Attributes:
        parsed: the formula. variables: each of its factors in the rows used.
        data: the data frame. used: which of its rows, as (n,) truth values; None for all.
        given: the weights and the offset beside the formula.
        own_response: y is the data's, not one that was given to a refit.
    """

    parsed: ParsedFormula
    variables: Mapping[Node, Variable]
    data: pd.DataFrame
    used: np.ndarray | None
    given: Given = NOTHING
    own_response: bool = True

    @property
    def frame(self) -> pd.DataFrame:
        """The rows of the data that were used."""
        return self.data if self.used is None else self.data[self.used]


@dataclass
class Design:
    """A layout bound to rows: how each varying column is computed, and each row's group.

    Attributes:
        layout: the model's shape.
        factors: for each column of `layout.columns`, then y less the offset, the arrays (n,) whose product it is.
        groupings: the grouping factors; of several, the one with the most groups first.
        rows: the data frame's index of the rows that are used.
        dropped: how many rows were left out for missing or infinite values.
        recipe: how the columns were made, to make the same columns of new data.
        source: the variables and the data that they were made from.
        weights: (n,) of the residuals' precision; None if all rows weigh one.
        offset: (n,) what is added to the prediction with the coefficient one; None if nothing is.
    """

    layout: Layout
    factors: list[tuple[np.ndarray, ...]]
    groupings: tuple[Grouping, ...]
    rows: pd.Index
    dropped: int
    recipe: Recipe | None = field(repr=False, default=None)
    source: Source | None = field(repr=False, default=None)
    weights: np.ndarray | None = None
    offset: np.ndarray | None = None

    @property
    def codes(self) -> np.ndarray:
        """(n,) each row's group of the first factor, as a position in `groups`."""
        return self.groupings[0].codes

    @property
    def groups(self) -> pd.Index:
        """(J,) the labels of the first factor's groups, sorted."""
        return self.groupings[0].groups

    def columns_of(self, factor: str) -> tuple[str, ...]:
        """The columns whose combinations are the groups of the named factor."""
        return next(each.columns for each in self.groupings if each.name == factor)

    @property
    def nobs(self) -> int:
        """The number of rows used."""
        return len(self.codes)

    def blocks_of_rows(self, size: int | None = None) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield (codes (m,), values (columns + 1, m)) for successive blocks of rows; y is the last line of values."""
        size = size or ROWS_PER_BLOCK
        for start in range(0, self.nobs, size):
            rows = slice(start, start + size)
            codes = self.codes[rows]
            values = np.empty((len(self.factors), len(codes)))
            for line, arrays in zip(values, self.factors, strict=True):
                line[:] = arrays[0][rows]
                for other in arrays[1:]:
                    line *= other[rows]
            yield codes, values

    def column(self, name: str) -> np.ndarray:
        """The named column of X or Z, or the response, as (n,) float64."""
        if name == INTERCEPT:
            return np.ones(self.nobs)
        if name == self.layout.response:
            return self.response
        first, *others = self.factors[self.layout.columns.index(name)]
        value = np.array(first, dtype=float)
        for other in others:
            value *= other
        return value

    @property
    def response(self) -> np.ndarray:
        """y, as (n,) float64."""
        y = np.array(self.factors[-1][0], dtype=float)
        return y if self.offset is None else y + self.offset

    def matrix(self, names: tuple[str, ...]) -> np.ndarray:
        """The named columns side by side, (n, len(names))."""
        return np.column_stack([self.column(name) for name in names])

    def plus_offset(self, predicted: np.ndarray) -> np.ndarray:
        """(n,) what columns predict, and the offset."""
        return predicted if self.offset is None else predicted + self.offset

    def some(self, use: np.ndarray) -> Design:
        """Some of the rows, with the same columns and the groups that they are in; use is (n,) bool, or places."""
        weights, offset = (None if each is None else each[use] for each in (self.weights, self.offset))
        return replace(
            self,
            factors=[tuple(array[use] for array in arrays) for arrays in self.factors],
            groupings=tuple(grouping.rows(use) for grouping in self.groupings),
            rows=self.rows[use],
            weights=weights,
            offset=offset,
        )

    def without(self, names: tuple[str, ...]) -> Design:
        """The same rows with some columns left out of X."""
        if not names:
            return self
        layout = self.layout.without(names)
        kept = [self.factors[self.layout.columns.index(name)] for name in layout.columns]
        return replace(self, layout=layout, factors=[*kept, self.factors[-1]])

    def with_response(self, y: np.ndarray) -> Design:
        """The same rows with another response."""
        less = y if self.offset is None else y - self.offset
        source = self.source and replace(self.source, own_response=False)
        return replace(self, factors=[*self.factors[:-1], (less,)], source=source)


def design(
    formula: str, data: pd.DataFrame, context: Mapping[str, Any] | None = None, given: Given = NOTHING
) -> Design:
    """Bind an lme4 formula to a data frame.

    Args:
        formula: such as `math ~ ses * sector + (ses | sch.id)`.
        data: one row an observation; columns by name.
        context: names that the formula may use besides the columns (functions such as `np.log`).
        given: the weights and the offset beside the formula.

    Raises:
        ModelError: the formula does not parse, names a column that is not there, or asks for what is not supported.
    """
    return _bound(parse(formula, data.columns), data, context, given)


def design_without_groups(formula: str, data: pd.DataFrame, context: Mapping[str, Any] | None = None) -> Design:
    """Bind the formula of a regression without random terms: all rows are one group.

    Raises:
        ModelError: see `design`; or the formula has a random term or an offset.
    """
    parsed = parse_any(formula, data.columns)
    if parsed.random:
        raise ModelError(f"formula {formula!r} has the random term {parsed.random[0].text}; hlm.lmer fits those")
    if parsed.offsets:
        x = words(parsed.offsets[0])
        raise ModelError(
            f"formula {formula!r}: hlm.ols takes no offset({x}); subtract it from the response, as in "
            f"'{parsed.response} - {x} ~ ...'"
        )
    return _bound(parsed, data, context, NOTHING)


def _bound(parsed: ParsedFormula, data: pd.DataFrame, context: Mapping[str, Any] | None, given: Given) -> Design:
    if not len(data):
        raise ModelError("the data frame has no rows; there is nothing to fit")
    recipe = Recipe(columns=tuple(data.columns))
    groupings = groupings_of(parsed, data) or [_one_group(len(data))]
    require_numeric_response(parsed, data)
    variables = variables_of(parsed.factors, data, recipe, context or {}, f"formula {parsed.text!r}")
    if not isinstance(variables[parsed.y].values, np.ndarray):
        variables[parsed.y] = as_number(parsed, variables[parsed.y])
    beside = given.variables(data)
    use = usable_rows(data, variables, groupings, beside.values())
    rows = data.index
    if use is not None:
        variables = {factor: variable.rows(use) for factor, variable in variables.items()}
        beside = {what: variable.rows(use) for what, variable in beside.items()}
        rows = rows[use]
    # The factor with the most groups is eliminated group by group; so come first those that have more, as in lme4.
    groupings = sorted((each.rows(use) for each in groupings), key=lambda each: -len(each.groups))
    variables = {factor: _with_levels_present(parsed, variable) for factor, variable in variables.items()}
    recipe.levels = {f: v.values.dtype if isinstance(v.values, pd.Categorical) else None for f, v in variables.items()}
    recipe.complete = True

    parts = _coded(parsed, variables)
    columns = {name: arrays for part in parts for name, arrays in part.items() if name != INTERCEPT}
    y = np.asarray(variables[parsed.y].values)
    offset = offset_of(parsed, variables, beside.get("offset"), f"formula {parsed.text!r}")
    weights = np.asarray(beside["weights"].values) if "weights" in beside else None
    factors = [*columns.values(), (y if offset is None else y - offset,)]
    layout = noted(layout_of(parsed, parts, [each.name for each in groupings] if parsed.random else ()), given)
    source = Source(parsed, variables, data.copy(deep=False), use, given)
    return Design(
        layout, factors, tuple(groupings), rows, len(data) - len(rows), recipe, source, weights=weights, offset=offset
    )


Arrays = tuple[np.ndarray, ...]  # a column is the product of these, each (n,); the intercept of none


def _coded(parsed: ParsedFormula, variables: Mapping[Node, Variable]) -> list[dict[str, Arrays]]:
    """The columns of each part (fixed, then each random term) by name."""
    is_factor = {factor: variable.is_factor for factor, variable in variables.items()}

    @cache  # a factor stands in several terms
    def columns(factor: Node, by_contrasts: bool) -> Columns[np.ndarray]:
        return columns_of_variable(variables[factor], by_contrasts)

    return [columns_of(part, is_factor, columns) for part in parsed.parts]


def with_other_terms(rows: Design, parsed: ParsedFormula) -> Design:
    """The design of another model of the same rows, whose terms are made of the same variables, by the same groups."""
    assert rows.source is not None
    parts = _coded(parsed, {factor: rows.source.variables[factor] for factor in parsed.factors})
    columns = {name: arrays for part in parts for name, arrays in part.items() if name != INTERCEPT}
    groupings = tuple(each for each in rows.groupings if each.name in parsed.factors_of_groups)
    whole = replace(
        rows,
        layout=noted(layout_of(parsed, parts, [each.name for each in groupings]), rows.source.given),
        factors=[*columns.values(), rows.factors[-1]],
        groupings=groupings,
        source=replace(rows.source, parsed=parsed),
    )
    return whole.without(rows.layout.left_out)


def _one_group(rows: int) -> Grouping:
    """What a regression without random terms has for a grouping factor."""
    return Grouping("", (), np.zeros(rows, dtype=np.intp), pd.Index(["all"]))


def _with_levels_present(parsed: ParsedFormula, variable: Variable) -> Variable:
    """A factor without the levels that no row used has, as in lme4."""
    if not isinstance(variable.values, pd.Categorical):
        return variable
    values = variable.values.remove_unused_categories()
    if len(values.categories) < 2:
        only = f"the one level {label(values.categories[0])!r}" if len(values.categories) else "no level"
        raise ModelError(
            f"formula {parsed.text!r}: {variable.name} has {only} in the rows used, so there is nothing to compare; "
            "leave it out"
        )
    return Variable(variable.name, values, variable.contrasts)
