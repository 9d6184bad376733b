"""The binding to rows: how a formula's columns come from a data frame, and which rows can be used.

Nothing is computed here that a `Design` can leave to later: it says how each column comes from the data, and hands
out blocks of rows to whoever sums them.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from formulaic.errors import FormulaicError
from formulaic.parser.types import Term

from ..errors import MissingDataWarning, ModelError
from .formula import INTERCEPT, Layout, ParsedFormula, layout_of, name_of, parse

ROWS_PER_BLOCK = 1 << 18  # keeps a block of a few columns within a processor's cache and memory use flat


@dataclass
class Design:
    """A layout bound to rows: how each varying column is computed, and each row's group.

    Attributes:
        layout: the model's shape.
        factors: for each column of `layout.columns`, then y, the arrays (n,) whose product it is.
        codes: (n,) each row's group, as a position in `groups`.
        groups: the J group labels, sorted.
        rows: the data frame's index of the rows that are used.
        dropped: how many rows were left out for missing or infinite values.
        specs: formulaic's recipes for X and for each block of Z, to build the same columns from new data.
    """

    layout: Layout
    factors: list[tuple[np.ndarray, ...]]
    codes: np.ndarray
    groups: pd.Index
    rows: pd.Index
    dropped: int
    specs: tuple[Any, ...] = field(repr=False, default=())

    @property
    def nobs(self) -> int:
        """The number of rows used."""
        return len(self.codes)

    def blocks_of_rows(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield (codes (m,), values (columns + 1, m)) for successive blocks of rows; y is the last line of values."""
        for start in range(0, self.nobs, ROWS_PER_BLOCK):
            rows = slice(start, start + ROWS_PER_BLOCK)
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
        place = len(self.layout.columns) if name == self.layout.response else self.layout.columns.index(name)
        first, *others = self.factors[place]
        value = np.array(first, dtype=float)
        for other in others:
            value *= other
        return value

    def matrix(self, names: tuple[str, ...]) -> np.ndarray:
        """The named columns side by side, (n, len(names))."""
        return np.column_stack([self.column(name) for name in names])


def design(formula: str, data: pd.DataFrame, context: Mapping[str, Any] | None = None) -> Design:
    """Bind an lme4 formula to a data frame.

    Args:
        formula: such as `math ~ ses * sector + (ses | sch.id)`.
        data: one row a student; columns by name.
        context: names that the formula may use besides the columns (functions such as `np.log`).

    Raises:
        ModelError: the formula does not parse, names a column that is not there, or asks for what is not supported.
    """
    if not isinstance(data, pd.DataFrame):
        raise ModelError(f"data must be a pandas DataFrame, not {type(data).__name__}")
    parsed = parse(formula, data.columns)
    if data.empty:
        raise ModelError("the data frame has no rows; there is nothing to fit")
    twice = data.columns[data.columns.duplicated()]
    if any(str(name) in formula for name in twice):
        raise ModelError(f"the data frame has two columns called {twice[0]!r}; rename one of them")
    _require_columns(parsed, data)
    columns = _plain_columns(parsed, data) or _evaluated_columns(parsed, data, context)
    return _without_missing(parsed, data, columns)


# ------------------------------------------------------------------------------------------- columns from the data


Arrays = tuple[np.ndarray, ...]  # a column is the product of these, each (n,); the intercept of none


@dataclass
class _Columns:
    """The columns of each part (fixed, then each random term) by name, as arrays to be multiplied."""

    parts: list[dict[str, Arrays]]
    response: np.ndarray
    specs: tuple[Any, ...]
    missing: dict[str, np.ndarray]  # (n,) True where a variable that a column was made from is missing, by its name


def _require_columns(parsed: ParsedFormula, data: pd.DataFrame) -> None:
    if parsed.group not in data.columns:
        raise ModelError(
            f"formula {parsed.text!r}: the group {parsed.group!r} is not a column; "
            f"the columns are {_listed(data.columns)}"
        )
    for factor in parsed.factors:
        if factor.eval_method.value != "lookup":
            continue
        if factor.expr not in data.columns:
            raise ModelError(
                f"formula {parsed.text!r}: there is no column {factor.expr!r}; the columns are {_listed(data.columns)}"
            )
        if factor.expr != parsed.response and pd.api.types.is_complex_dtype(data[factor.expr].dtype):
            raise ModelError(f"the column {factor.expr!r} has complex numbers; a model takes real ones")
    name = parsed.response.strip("`")
    if name in data.columns and not _is_numeric(data[name]):
        wrong = pd.to_numeric(data[name], errors="coerce").isna() & data[name].notna()
        where = f"; row {data.index[wrong][0]} has {data[name][wrong].iloc[0]!r}" if wrong.any() else ""
        raise ModelError(f"the response {name!r} is {data[name].dtype}, not a number{where}; convert it first")


def _listed(names: pd.Index) -> str:
    shown = ", ".join(map(str, names[:20]))
    return shown + (", ..." if len(names) > 20 else "")


def _plain_columns(parsed: ParsedFormula, data: pd.DataFrame) -> _Columns | None:
    """Columns straight from the frame where every term is numeric columns or their products; None if not so.

    Nothing is copied: the arrays are the frame's own. (A formulaic model matrix takes about a millisecond and a copy
    of all columns; a random-intercept model of 7,185 students is fitted in less.)
    """

    def arrays(term: Term) -> Arrays | None:
        found = []
        for factor in term.factors:
            if factor.eval_method.value != "lookup" or not _is_numeric(data[factor.expr]):
                return None
            found.append(_as_array(data[factor.expr]))
        return tuple(found)

    parts = []
    for part in parsed.parts:
        columns: dict[str, Arrays] = {}
        for term in part:
            if name_of(term) == INTERCEPT:
                columns[INTERCEPT] = ()
            elif (found := arrays(term)) is not None:
                columns[name_of(term)] = found
            else:
                return None
        parts.append(columns)
    response = arrays(parsed.response_formula[0])
    if response is None or len(response) != 1:
        return None
    return _Columns(parts, response[0], specs=(), missing={})


def _is_numeric(column: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_complex_dtype(column.dtype)


def _as_array(column: pd.Series) -> np.ndarray:
    if isinstance(column.dtype, np.dtype):
        return column.to_numpy()
    return column.to_numpy(dtype=float, na_value=np.nan)  # pandas' nullable and Arrow types


def _evaluated_columns(parsed: ParsedFormula, data: pd.DataFrame, context: Mapping[str, Any] | None) -> _Columns:
    """Columns by formulaic: factors, transformations, splines, whatever it knows."""
    used = data[[c for c in data.columns if c in _mentioned(parsed)]]
    # formulaic refuses missing values in a factor; they are dropped here first, the rest after evaluation.
    whole = used.notna().all(axis=1).to_numpy()
    if not whole.any():
        raise ModelError(f"no row is complete in the columns {_listed(used.columns)}")
    parts, specs = [], []
    for part in (parsed.response_formula, *parsed.parts):
        try:
            with np.errstate(all="ignore"), warnings.catch_warnings():
                warnings.simplefilter("ignore", RuntimeWarning)
                matrix = part.get_model_matrix(used[whole], na_action="ignore", context=context or {}, output="pandas")
        except Exception as error:  # formulaic's own, and whatever the functions in a formula raise
            raise ModelError(f"formula {parsed.text!r}: {str(error).splitlines()[0]}") from error
        specs.append(matrix.model_spec)
        columns: dict[str, Arrays] = {}
        for name in matrix.columns:
            full = np.zeros(len(data))
            full[whole] = np.asarray(matrix[name], dtype=float)
            columns[str(name)] = () if name == INTERCEPT else (full,)
        parts.append(columns)
    response, *parts = parts
    if len(response) != 1 or not next(iter(response.values())):
        raise ModelError(
            f"the response {parsed.response!r} is not a number in every row "
            f"(it makes the columns {_listed(pd.Index(response))}); a mixed model of this kind needs a numeric response"
        )
    gone = {str(name): used[name].isna().to_numpy() for name in used if name != parsed.group}
    missing = {name: rows for name, rows in gone.items() if rows.any()}
    return _Columns(parts, next(iter(response.values()))[0], tuple(specs), missing)


def _mentioned(parsed: ParsedFormula) -> set[str]:
    """Every name that the formula's factors could take from the data (formulaic's own list leaves out a column
    that shares its name with one of its functions, such as Treatment)."""
    expressions = [factor.expr for factor in parsed.factors]
    words = (word for text in expressions for word in re.findall(r"[^\W\d]\w*", text))
    return {parsed.group, *expressions, *words}


def rebuild(layout: Layout, specs: tuple[Any, ...], data: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """X (m, p) and Z (m, q) of new data, with the levels, knots and contrasts (`specs`) of the data that was fitted.

    Raises:
        ModelError: a column is missing, or a factor has a level that the fitted data had not.
    """
    parsed = parse(layout.formula, data.columns)
    if specs:
        try:
            made = [
                np.asarray(s.get_model_matrix(data, na_action="ignore", output="numpy"), dtype=float) for s in specs[1:]
            ]
        except FormulaicError as error:
            raise ModelError(f"new data: {str(error).splitlines()[0]}") from error
        return made[0], np.hstack(made[1:])
    made = []
    for part in parsed.parts:
        columns = []
        for term in part:
            value = np.ones(len(data))
            for factor in term.factors if str(term) != "1" else ():
                if factor.expr not in data.columns:
                    raise ModelError(f"new data: there is no column {factor.expr!r}")
                value = value * _as_array(data[factor.expr])
            columns.append(value)
        made.append(np.column_stack(columns) if columns else np.empty((len(data), 0)))
    return made[0], np.hstack(made[1:])


# -------------------------------------------------------------------------------------------- rows that can be used


def _without_missing(parsed: ParsedFormula, data: pd.DataFrame, made: _Columns) -> Design:
    """Join the parts into one design of the rows that are complete, as lme4's na.omit does; say what was dropped."""
    columns: dict[str, Arrays] = {}
    for part in made.parts:
        columns.update(part)
    columns.pop(INTERCEPT, None)

    codes, groups = _factorize(data[parsed.group])
    use = _usable_rows(parsed, {**columns, parsed.response: (made.response,)}, codes, made.missing)
    factors = [*columns.values(), (made.response,)]
    rows = data.index
    if use is not None:
        factors = [tuple(array[use] for array in arrays) for arrays in factors]
        rows, codes = rows[use], codes[use]
        present, codes = np.unique(codes, return_inverse=True)
        groups = groups[present]
    layout = layout_of(parsed, made.parts)
    return Design(layout, factors, codes, groups, rows, len(data) - len(codes), made.specs)


def _factorize(column: pd.Series) -> tuple[np.ndarray, pd.Index]:
    """Each row's group as a position in the sorted labels; -1 where the label is missing."""
    try:
        codes, labels = pd.factorize(column)
        if not pd.Index(labels).is_monotonic_increasing:  # sorting at once would touch every row again, needed or not
            codes, labels = pd.factorize(column, sort=True)
    except TypeError as error:
        raise ModelError(f"the labels in the group {column.name!r} cannot be told apart: {error}") from None
    return codes, pd.Index(labels, name=column.name)


def _usable_rows(
    parsed: ParsedFormula,
    columns: dict[str, Arrays],
    codes: np.ndarray,
    missing: dict[str, np.ndarray],
) -> np.ndarray | None:
    """(n,) True for rows with nothing missing or infinite, or None if that is all of them; warns with the counts."""
    bad = dict(missing)
    for name, arrays in columns.items():
        for array in arrays:
            # One sum tells of a whole column that it is finite; only where it is not are the rows looked at.
            if array.dtype.kind == "f" and not np.isfinite(array.sum()) and not (finite := np.isfinite(array)).all():
                bad[name] = bad.get(name, False) | ~finite
    if len(codes) and codes.min() < 0:
        bad[parsed.group] = codes < 0
    if not bad:
        return None
    use = ~np.logical_or.reduce(list(bad.values()))
    counts = ", ".join(f"{name}: {mask.sum():,}" for name, mask in bad.items())
    if not use.any():
        raise ModelError(f"no row is complete: missing or infinite values by column are {counts}")
    warnings.warn(
        f"{len(use) - use.sum():,} of {len(use):,} rows left out for missing or infinite values ({counts})",
        MissingDataWarning,
        stacklevel=5,
    )
    return use
