"""Group moments computed where the data lives: one GROUP BY in DuckDB, or in whatever engine Ibis reaches.

Only the moments come to Python; of a model with several grouping factors, the columns that it names (`rows`). Means
are taken from an origin that a first query finds, and the engines' own covariances are of deviations (DuckDB's follow
Welford 1962), so large means cost no digits here either.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from itertools import combinations_with_replacement
from typing import Any

import numpy as np
import pandas as pd

from ..caller import warn
from ..errors import MissingDataWarning, ModelError, listed
from .coding import Columns, columns_of
from .expressions import Name, Node, words
from .formula import INTERCEPT, Layout, ParsedFormula, layout_of, parse
from .given import ARRAY, Given
from .group_moments import Moments, varying_z
from .moments import sharpened
from .variables import columns_in


def moments(formula: str, data: Any) -> Moments:
    """Group moments from a Parquet file, a DuckDB relation or an Ibis table; see `hlm.moments`.

    Raises:
        ModelError: unknown kind of data, a missing column, text where a number is needed, or a term that is not a
            product of columns (make it a column in the engine first).
    """
    table, run = _table(data)
    parsed = parse(formula, table.columns)
    group_name = _one_column(parsed)
    layout, terms = _terms(parsed, table)
    columns = {name: _product(table, factors) for name, factors in terms.items()}
    for offset in parsed.offsets:
        columns[parsed.response] = columns[parsed.response] - table[words(offset)].cast("float64")
    group = table[group_name]

    complete = group.notnull()
    for value in columns.values():
        complete = complete & value.notnull() & ~value.isnan() & ~value.isinf()
    kept = table.mutate(**{f"v{k}": value for k, value in enumerate(columns.values())}, g=group).filter(complete)
    v = [f"v{k}" for k in range(len(columns))]

    whole = run(table.aggregate(rows=table.count()))["rows"].iloc[0]
    means = run(kept.aggregate(rows=kept.count(), **{name: kept[name].mean() for name in v})).iloc[0]
    if not means["rows"]:
        raise ModelError(f"no row is complete in the columns {listed([*columns, group_name])}")
    if whole > means["rows"]:
        warn(
            f"{whole - means['rows']:,.0f} of {whole:,} rows left out for missing or infinite values",
            MissingDataWarning,
        )
    origin = means[v].to_numpy(dtype=float)

    def summed(taken: np.ndarray) -> Moments:
        left = kept.mutate(**{name: _without(kept, v, name, taken[:, k]) for k, name in enumerate(v)})
        return _summed(layout, left, v, origin - origin @ taken, run, group_name)

    return sharpened(summed(np.zeros((len(v), len(v)))), summed)


def rows(formula: str, data: Any, given: Given) -> pd.DataFrame | None:
    """The rows of a model whose groups no GROUP BY of one column makes, with the columns that it names.

    Args:
        formula, data: as for `moments`. given: weights and offset beside the formula.

    Returns:
        DataFrame; None for a model that `moments` can sum.

    Raises:
        ModelError: unknown kind of data, a formula that does not parse or names no column, or weights or an offset in
            an array: an engine's rows have no order.
    """
    table, run = _table(data)
    parsed = parse(formula, table.columns)
    if _is_of_one_column(parsed):
        return None
    for what, name in given.called().items():
        if name == ARRAY:
            raise ModelError(f"{what} must be the name of a column: the rows of an engine's data have no order")
    named = [name for columns in parsed.factors_of_groups.values() for name in columns]
    named += [name for factor in parsed.factors for name in columns_in(factor, table.columns) or _itself(factor)]
    for name in (*named, *given.called().values()):
        _require_column(name, table)
    return run(table.select(*(name for name in table.columns if name in {*named, *given.called().values()})))


def _itself(factor: Node) -> list[str]:
    return [factor.text] if isinstance(factor, Name) else []


def _require_column(name: str, table: Any) -> None:
    if name not in table.columns:
        raise ModelError(f"there is no column {name!r}; the columns are {listed(table.columns)}")


def _is_of_one_column(parsed: ParsedFormula) -> bool:
    return [len(columns) for columns in parsed.factors_of_groups.values()] == [1]


def _one_column(parsed: ParsedFormula) -> str:
    """The name of the one column that makes the groups; an engine's GROUP BY sums for no other model."""
    if not _is_of_one_column(parsed):
        raise ModelError(
            f"formula {parsed.text!r}: moments are of groups that one column names; make such a column, or give "
            "hlm.lmer the data themselves"
        )
    ((column,),) = parsed.factors_of_groups.values()
    return column


def _without(table: Any, v: list[str], name: str, taken: np.ndarray) -> Any:
    """The named column less what was taken of the columns v."""
    value = table[name]
    for other, weight in zip(v, taken, strict=True):
        if weight:
            value = value - float(weight) * table[other]
    return value


def _summed(
    layout: Layout, kept: Any, v: list[str], origin: np.ndarray, run: Callable[[Any], pd.DataFrame], group: str
) -> Moments:
    """The moments of the columns v of a table of complete rows, whose group is its column g."""
    z = varying_z(layout)
    pairs = list(combinations_with_replacement(range(len(v)), 2))
    centred = kept.mutate(**{name: kept[name] - float(o) for name, o in zip(v, origin, strict=True)})
    sums = {"n": centred.count(), **{f"m{k}": centred[name].mean() for k, name in enumerate(v)}}
    sums |= {f"s{a}_{b}": centred[v[a]].cov(centred[v[b]], how="pop") for a, b in pairs}
    frame = run(centred.group_by("g").aggregate(**sums).order_by("g"))

    n = frame["n"].to_numpy(dtype=float)
    cross = np.zeros((len(n), len(v), len(v)))
    for a, b in pairs:
        cross[:, a, b] = cross[:, b, a] = n * frame[f"s{a}_{b}"].to_numpy(dtype=float)
    mean = frame[[f"m{k}" for k in range(len(v))]].to_numpy(dtype=float)
    groups = pd.Index(frame["g"], name=group)
    return Moments(layout, groups, n, origin, mean, np.ascontiguousarray(cross[:, z]), cross.sum(axis=0))


def _table(data: Any) -> tuple[Any, Callable[[Any], pd.DataFrame]]:
    """An Ibis table for the data, and what runs an expression on it."""
    try:
        import duckdb
        import ibis
    except ImportError as error:
        raise ModelError(
            f"moments from an engine need duckdb and ibis-framework[duckdb] ({error.name} is missing)"
        ) from None
    if isinstance(data, (str, os.PathLike)):
        if not os.path.exists(data):
            raise ModelError(f"there is no file {os.fspath(data)}")
        try:
            data = duckdb.read_parquet(os.fspath(data))
        except duckdb.Error as error:
            raise ModelError(f"{os.fspath(data)} is not a Parquet file that DuckDB reads: {error}") from None
    if isinstance(data, duckdb.DuckDBPyRelation):
        kinds = {name: _kind(str(kind)) for name, kind in zip(data.columns, data.types, strict=True)}
        table = ibis.table(kinds, name="rows")
        relation: Any = data  # DuckDB's stubs say that a query may return None
        return table, lambda expression: relation.query("rows", ibis.to_sql(expression, dialect="duckdb")).df()
    if isinstance(data, ibis.Table):
        return data, lambda expression: expression.execute()
    raise ModelError(
        "data must be a data frame (of pandas, polars, pyarrow, or a dict of columns), the path of a Parquet file, "
        f"a DuckDB relation or an Ibis table, not {type(data).__name__}"
    )


def _kind(name: str) -> str:
    """Ibis's name for a DuckDB type, as far as it matters here: number, truth value, or else."""
    if name == "BOOLEAN":
        return "boolean"
    if name.endswith(("INT", "INTEGER")):
        return "int64"
    return "float64" if name in {"DOUBLE", "FLOAT", "REAL"} or name.startswith("DECIMAL") else "string"


Factor = tuple[str, bool]  # a column as a number; or, if False, one less that number


def _terms(parsed: ParsedFormula, table: Any) -> tuple[Layout, dict[str, tuple[Factor, ...]]]:
    """The model's shape, and the table's columns whose product each of its columns is (the response last)."""
    kinds = dict(zip(table.columns, table.schema().types, strict=True))

    def kind(factor: Node) -> Any:
        name = words(factor)
        if not isinstance(factor, Name):
            raise ModelError(f"{name}: an engine's data may use columns and their products; make it a column there")
        _require_column(name, table)
        if not (kinds[name].is_numeric() or kinds[name].is_boolean()):
            raise ModelError(f"{name} is {kinds[name]}, not a number; make its indicator columns in the engine")
        return kinds[name]

    def columns(factor: Node, by_contrasts: bool) -> Columns[Factor]:
        name = words(factor)
        if not is_boolean[factor]:
            return [(name, (name, True))]
        if by_contrasts:
            return [(f"{name}[T.True]", (name, True))]
        return [(f"{name}[False]", (name, False)), (f"{name}[True]", (name, True))]

    if (group := _one_column(parsed)) not in kinds:
        raise ModelError(f"the group {group!r} is not a column; the columns are {listed(table.columns)}")
    is_boolean = {factor: kind(factor).is_boolean() for factor in parsed.factors}
    parts = [columns_of(part, is_boolean, columns) for part in parsed.parts]
    named = {name: made for part in parts for name, made in part.items() if name != INTERCEPT}
    return layout_of(parsed, parts), {**named, parsed.response: ((parsed.response, True),)}


def _product(table: Any, factors: tuple[Factor, ...]) -> Any:
    values = [table[name].cast("float64") if itself else 1.0 - table[name].cast("float64") for name, itself in factors]
    product = values[0]
    for value in values[1:]:
        product = product * value
    return product
