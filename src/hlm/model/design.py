"""The binding to rows: how a formula's columns come from a data frame, and which rows can be used.

Nothing is computed here that a `Design` can leave to later: it says how each column comes from the data, and hands
out blocks of rows to whoever sums them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from ..caller import warn
from ..errors import MissingDataWarning, ModelError, listed
from .coding import Columns, columns_of, columns_of_variable
from .contrasts import label
from .expressions import Name, Node, words
from .formula import INTERCEPT, Layout, ParsedFormula, layout_of, parse, parse_any
from .given import NOTHING, Given, noted, offset_of
from .groupings import Grouping, groupings_of
from .values import missing
from .variables import Recipe, Variable, columns_in, variables_of

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
    _require_numeric_response(parsed, data)
    variables = variables_of(parsed.factors, data, recipe, context or {}, f"formula {parsed.text!r}")
    if not isinstance(variables[parsed.y].values, np.ndarray):
        variables[parsed.y] = _as_number(parsed, variables[parsed.y])
    beside = given.variables(data)
    use = _usable_rows(data, variables, groupings, beside.values())
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


def _require_numeric_response(parsed: ParsedFormula, data: pd.DataFrame) -> None:
    """Refuse a column of text as the response, naming the row that is no number."""
    name = parsed.y.text if isinstance(parsed.y, Name) else None
    if name not in data.columns or isinstance(column := data[name], pd.DataFrame):
        return
    if pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_complex_dtype(column.dtype):
        return
    if pd.api.types.infer_dtype(column, skipna=True) in ("boolean", "integer", "floating", "mixed-integer-float"):
        return
    wrong = pd.to_numeric(column.astype(object), errors="coerce").isna() & column.notna()
    where = f"; row {data.index[wrong][0]} has {column[wrong].iloc[0]!r}" if wrong.any() else ""
    raise ModelError(f"the response {name!r} is {column.dtype}, not a number{where}; convert it first")


def _as_number(parsed: ParsedFormula, response: Variable) -> Variable:
    """A response of truth values as 0 and 1, as in R."""
    values = response.values
    if isinstance(values, pd.Categorical) and list(values.categories) == [False, True]:
        return Variable(response.name, np.where(values.codes < 0, np.nan, values.codes.astype(float)))
    what = "text or a factor" if isinstance(values, pd.Categorical) else "several columns"
    raise ModelError(
        f"formula {parsed.text!r}: the response {parsed.response!r} is {what}; "
        "a mixed model of this kind needs one number in every row"
    )


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


# -------------------------------------------------------------------------------------------- rows that can be used


def _usable_rows(
    data: pd.DataFrame, variables: Mapping[Node, Variable], groupings: list[Grouping], beside: Iterable[Variable]
) -> np.ndarray | None:
    """(n,) True for rows with nothing missing or infinite, or None if that is all of them; warns with the counts.

    As lme4's na.omit, this looks at the variables of the formula, not at the columns that they are made from: a
    missing value that a function deals with costs no row.
    """
    bad: dict[str, np.ndarray] = {}
    for factor, variable in variables.items():
        with np.errstate(over="ignore", invalid="ignore"):
            gone = variable.missing()
        if gone.any():
            for name, rows in _by_column(factor, variable, gone, data).items():
                bad[name] = bad.get(name, False) | rows
    bad |= {variable.name: gone for variable in beside if (gone := variable.missing()).any()}
    for grouping in groupings:
        if len(grouping.codes) and grouping.codes.min() < 0:
            bad[grouping.name] = grouping.codes < 0
    if not bad:
        return None
    use = ~np.logical_or.reduce(list(bad.values()))
    counts = listed(f"{name}: {mask.sum():,}" for name, mask in bad.items())
    if not use.any():
        raise ModelError(f"no row is complete: missing or infinite values by column are {counts}")
    warn(
        f"{len(use) - use.sum():,} of {len(use):,} rows left out for missing or infinite values ({counts})",
        MissingDataWarning,
    )
    return use


def _by_column(factor: Node, variable: Variable, gone: np.ndarray, data: pd.DataFrame) -> dict[str, np.ndarray]:
    """The rows in which a variable is missing, by the column that is missing there; else by the variable's name."""
    if isinstance(factor, Name):
        return {factor.text: gone}
    found = {}
    for name in columns_in(factor, data.columns):
        if (rows := gone & data[name].isna().to_numpy()).any():
            found[name] = rows
            gone = gone & ~rows
    return found | ({variable.name: gone} if gone.any() else {})


# ---------------------------------------------------------------------------------------------------------- new data


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
