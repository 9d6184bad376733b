"""What y, X, Z and the groups are: lme4's formulas, read with formulaic.

`math ~ ses + (ses | sch.id)` is split into a fixed part, which formulaic parses, and random terms, each of which
names its columns (left of the bar) and its groups (right of it). Nothing is computed here: a `Design` says how each
column comes from the data, and hands out blocks of rows to whoever sums them.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from formulaic import Formula
from formulaic.errors import FormulaicError

from ..errors import MissingDataWarning, ModelError

INTERCEPT = "Intercept"
ROWS_PER_BLOCK = 1 << 18  # keeps a block of a few columns within a processor's cache and memory use flat


@dataclass(frozen=True)
class RandomTerm:
    """One `(columns | group)`: a block of random coefficients that share a covariance matrix."""

    text: str
    columns: Formula
    group: str


@dataclass(frozen=True)
class Layout:
    """The model's shape, without its data.

    Attributes:
        formula: the formula as it was written.
        response: name of y. group: name of the grouping column.
        x: names of the columns of X, in order; z: names of the columns of Z.
        columns: the distinct varying columns behind X and Z (all but "Intercept").
        blocks: the positions in z of each random term; coefficients of different blocks are uncorrelated.
    """

    formula: str
    response: str
    group: str
    x: tuple[str, ...]
    z: tuple[str, ...]
    columns: tuple[str, ...]
    blocks: tuple[tuple[int, ...], ...]


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
    if not isinstance(formula, str):
        raise ModelError(f"the formula must be text, not {type(formula).__name__}")
    if data.empty:
        raise ModelError("the data frame has no rows; there is nothing to fit")
    twice = data.columns[data.columns.duplicated()]
    if any(str(name) in formula for name in twice):
        raise ModelError(f"the data frame has two columns called {twice[0]!r}; rename one of them")
    parsed = parse(formula, dotted_names(formula, data.columns))
    _require_columns(parsed, data, context)
    columns = _plain_columns(parsed, data) or _evaluated_columns(parsed, data, context)
    return _without_missing(parsed, data, columns)


# ---------------------------------------------------------------------------------------------- reading a formula


@dataclass(frozen=True)
class ParsedFormula:
    text: str
    response: str
    response_formula: Formula
    fixed: Formula
    random: tuple[RandomTerm, ...]

    @property
    def group(self) -> str:
        return self.random[0].group

    @property
    def parts(self) -> tuple[Formula, ...]:
        return (self.fixed, *(term.columns for term in self.random))


@lru_cache(maxsize=256)
def parse(formula: str, dotted: tuple[str, ...] = ()) -> ParsedFormula:
    """Read an lme4 formula; `dotted` lists column names with dots in them, such as sch.id, to be taken whole."""
    fixed_text, bars = _split_random_terms(formula)
    if fixed_text.count("~") != 1:
        raise ModelError(f"formula {formula!r}: write the response, one ~, then the terms, as in 'y ~ x + (1 | g)'")
    left, right = (part.strip() for part in fixed_text.split("~"))
    if not left:
        raise ModelError(f"formula {formula!r}: there is no response left of the ~")
    response = _formulaic(f"0 + {_quote(left, dotted)}", formula)
    if len(response) != 1:
        raise ModelError(f"formula {formula!r}: the response must be one variable, not {left!r}")
    fixed = _formulaic(_quote(right, dotted) or "1", formula)
    if not bars:
        raise ModelError(
            f"formula {formula!r} has no random term such as (1 | school); "
            "without one, use hlm.ols, which is least squares"
        )
    random = tuple(term for bar in bars for term in _random_terms(*bar, formula, dotted))
    others = sorted({term.group for term in random} - {random[0].group})
    if others:
        raise ModelError(
            f"formula {formula!r} has more than one grouping factor ({random[0].group}, {', '.join(others)}); "
            "nested or crossed grouping factors are not supported, hlm.lmer fits one"
        )
    return ParsedFormula(formula, left, response, fixed, random)


def _split_random_terms(formula: str) -> tuple[str, list[tuple[str, str, str]]]:
    """Take the parenthesised terms with a bar out of a formula: the rest, and (left, bar, right) of each."""
    rest, bars, depth, start = [], [], 0, 0
    for place, sign in enumerate(formula):
        if sign == "(":
            if depth == 0:
                start = place
            depth += 1
        elif sign == ")":
            depth -= 1
            if depth < 0:
                raise ModelError(f"formula {formula!r}: the ) at character {place + 1} closes nothing")
            inner = formula[start + 1 : place]
            called = bool(re.search(r"[\w.)]\s*$", formula[:start]))
            if depth == 0 and "|" in inner and not called:
                bar = "||" if "||" in inner else "|"
                left, *right = inner.split(bar)
                if len(right) != 1 or "|" in right[0] or not left.strip() or not right[0].strip():
                    raise ModelError(f"formula {formula!r}: cannot read the random term ({inner}); write (x | g)")
                bars.append((left.strip(), bar, right[0].strip()))
            elif depth == 0:
                rest.append(formula[start : place + 1])
        elif depth == 0:
            rest.append(sign)
    if depth:
        raise ModelError(f"formula {formula!r}: the ( at character {start + 1} is not closed")
    fixed = "".join(rest)
    if "|" in fixed:
        raise ModelError(f"formula {formula!r}: put the random term in parentheses, as in (1 | g)")
    fixed = re.sub(r"\+\s*(?=[+-]|$)", "", fixed)  # the + that joined a term now taken out
    return re.sub(r"~\s*\+", "~", fixed), bars


def _random_terms(left: str, bar: str, group: str, formula: str, dotted: tuple[str, ...]) -> Iterator[RandomTerm]:
    group_name = group.strip("`")
    if not re.fullmatch(r"[^\W\d][\w.]*", group_name) and not group.startswith("`"):
        raise ModelError(
            f"formula {formula!r}: the group {group!r} is not one column; nested (a/b) and interaction (a:b) groups "
            "are not supported, make a column that names the group and use that"
        )
    columns = _formulaic(_quote(left, dotted), formula)
    if not len(columns):
        raise ModelError(f"formula {formula!r}: the random term ({left} {bar} {group}) has no coefficient in it")
    text = f"({left} {bar} {group})"
    if bar == "|":
        yield RandomTerm(text, columns, group_name)
    else:  # (x || g) is (1 | g) + (0 + x | g): Bates et al. (2015), section 2.2
        for term in columns:
            yield RandomTerm(text, Formula([term]), group_name)


def _formulaic(text: str, formula: str) -> Formula:
    try:
        return Formula(text)
    except FormulaicError as error:
        reason = re.sub(r"\x1b\[[\d;]*m|[⧛⧚](\[[\d;]*m)?", "", str(error)).split("\n")[0]
        raise ModelError(f"formula {formula!r} does not parse: {reason}") from None


def name_of(term: Any) -> str:
    """The name of a term's column where it has just one: "Intercept", "ses", "ses:sector"."""
    return INTERCEPT if str(term) == "1" else str(term).replace("`", "")


def dotted_names(formula: str, columns: pd.Index) -> tuple[str, ...]:
    return tuple(c for c in columns if isinstance(c, str) and "." in c and c in formula)


def _quote(text: str, dotted: tuple[str, ...]) -> str:
    """Put backticks round column names with dots, which formulaic would read as Python attributes."""
    for name in sorted(dotted, key=len, reverse=True):
        text = re.sub(rf"(?<![\w.`]){re.escape(name)}(?![\w.`(])", f"`{name}`", text)
    return text


# ------------------------------------------------------------------------------------------- columns from the data


@dataclass
class _Columns:
    """The columns of each part (fixed, then each random term) by name, as arrays to be multiplied."""

    parts: list[dict[str, tuple[np.ndarray, ...]]]
    response: np.ndarray
    specs: tuple[Any, ...]
    missing: dict[str, np.ndarray]  # (n,) True where a variable that a column was made from is missing, by its name


def _require_columns(parsed: ParsedFormula, data: pd.DataFrame, context: Mapping[str, Any] | None) -> None:
    if parsed.group not in data.columns:
        raise ModelError(
            f"formula {parsed.text!r}: the group {parsed.group!r} is not a column; "
            f"the columns are {_listed(data.columns)}"
        )
    for part in (parsed.response_formula, *parsed.parts):
        for term in part:
            for factor in term.factors:
                if factor.eval_method.value != "lookup":
                    continue
                if (
                    factor.expr in data.columns
                    and factor.expr != parsed.response
                    and pd.api.types.is_complex_dtype(data[factor.expr].dtype)
                ):
                    raise ModelError(f"the column {factor.expr!r} has complex numbers; a model takes real ones")
                if factor.expr not in data.columns:
                    raise ModelError(
                        f"formula {parsed.text!r}: there is no column {factor.expr!r}; "
                        f"the columns are {_listed(data.columns)}"
                    )

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

    def arrays(term) -> tuple[np.ndarray, ...] | None:
        found = []
        for factor in term.factors:
            if factor.eval_method.value != "lookup" or not _is_numeric(data[factor.expr]):
                return None
            found.append(_as_array(data[factor.expr]))
        return tuple(found)

    parts = []
    for part in parsed.parts:
        columns = {}
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
        columns = {}
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
    missing = {name: used[name].isna().to_numpy() for name in used if name != parsed.group and used[name].isna().any()}
    return _Columns(parts, next(iter(response.values()))[0], tuple(specs), missing)


def _mentioned(parsed: ParsedFormula) -> set[str]:
    """Every name that the formula's factors could take from the data (formulaic's own list leaves out a column
    that shares its name with one of its functions, such as Treatment)."""
    expressions = [f.expr for part in (parsed.response_formula, *parsed.parts) for term in part for f in term.factors]
    words = (word for text in expressions for word in re.findall(r"[^\W\d]\w*", text))
    return {parsed.group, *expressions, *words}


def rebuild(layout: Layout, specs: tuple[Any, ...], data: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """X (m, p) and Z (m, q) of new data, with the levels, knots and contrasts (`specs`) of the data that was fitted.

    Raises:
        ModelError: a column is missing, or a factor has a level that the fitted data had not.
    """
    parsed = parse(layout.formula, dotted_names(layout.formula, data.columns))
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
    columns: dict[str, tuple[np.ndarray, ...]] = {}
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


def layout_of(parsed: ParsedFormula, parts: list[dict[str, Any]]) -> Layout:
    """The model's shape, from the columns by name of its fixed part and of each random term."""
    fixed, *random = parts
    z = [name for block in random for name in block]
    twice = sorted({name for name in z if z.count(name) > 1})
    if twice:
        raise ModelError(f"formula {parsed.text!r}: {', '.join(twice)} stands in two random terms of the same group")
    ends = np.cumsum([0, *map(len, random)])
    return Layout(
        formula=parsed.text,
        response=parsed.response.strip("`"),
        group=parsed.group,
        x=tuple(fixed),
        z=tuple(z),
        columns=tuple(dict.fromkeys(name for part in parts for name in part if name != INTERCEPT)),
        blocks=tuple(tuple(range(a, b)) for a, b in pairwise(ends)),
    )


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
    columns: dict[str, tuple[np.ndarray, ...]],
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
