"""What no report can be made of, each in one sentence that says what to do: asked before anything is fitted."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pandas as pd

from hlm.model.expressions import Name
from hlm.model.formula import ParsedFormula, parse_any
from hlm.model.variables import columns_in

from .formulas import quoted
from .levels import grouping_columns
from .problems import ReportError
from .reading import LINES

MOSTLY = 0.9  # of a column's values: so many numbers, or dates, are not there by chance
LABELS = 10  # a column of so few different values may well be one of labels
DATE = re.compile(r"(\d{4}[-/.]\d\d?[-/.]\d\d?|\d\d?[-/.]\d\d?[-/.]\d{2,4})([T ]\d\d?:.*)?")


def require_sides(formula: str) -> None:
    """Refuse a formula that ends at its tilde."""
    left, tilde, right = formula.partition("~")
    if tilde and left.strip() and not right.strip():
        raise ReportError(
            f"{formula!r}: the right-hand side is missing; right of ~ stand the predictors and a grouping term, as in "
            f"'{left.strip()} ~ x + (1 | g)'"
        )


def require_groups(parsed: ParsedFormula, data: pd.DataFrame) -> None:
    """Refuse a model without groups, and groups of one row each or of all rows."""
    if not parsed.random:
        likely = grouping_columns(data)[:3]
        such = f"(1 | {quoted(str(likely[0])) if likely else 'g'})"
        others = ", ".join(map(str, likely)) or "text or whole numbers that repeat; none looks like it here"
        raise ReportError(
            f"{parsed.text!r} has no grouping term, and a report needs one, such as {such}; columns that may name "
            f"groups: {others}"
        )
    for term in parsed.random:
        there = [name for name in term.groups if name in data.columns]
        if len(there) != len(term.groups):
            continue  # hlm says it well
        rows = data[there].dropna()
        J = len(rows.drop_duplicates())
        if len(rows) == J > 1:
            raise ReportError(
                f"the grouping column {term.group!r} has another value in each of its {J:,} rows; a group is what "
                "several rows share: name the column of schools, not that of students"
            )
        if J < 2:
            raise ReportError(f"the grouping column {term.group!r} has {J} value; groups to compare need two")


def require_numbers(parsed: ParsedFormula, data: pd.DataFrame) -> None:
    """Refuse text where numbers are meant: as the outcome, or a column that holds numbers, or dates, but for a few."""
    used = [columns_in(factor, data.columns) for factor in parsed.factors if isinstance(factor, Name)]
    for name in dict.fromkeys(column for columns in used for column in columns):
        column = data[name]
        if pd.api.types.is_datetime64_any_dtype(column):
            raise ReportError(_of_dates(name, ""))
        if not _is_text(column):
            continue
        values = column.dropna().astype(str).str.strip()
        if values.nunique() > LABELS:
            _require_labels(name, values, data)
    if isinstance(parsed.y, Name) and parsed.y.text in data.columns and _is_text(data[parsed.y.text]):
        values = data[parsed.y.text].dropna().astype(str)
        numbers = pd.to_numeric(values, errors="coerce")
        wrong = values[numbers.isna()]
        what = wrong if len(wrong) else values
        if len(what):
            raise ReportError(
                f"the outcome {parsed.y.text!r} is text, not numbers: {_place(data, what.index[0])} has "
                f"{what.iloc[0]!r}; name a column of numbers"
            )


def _require_labels(name: str, values: pd.Series, data: pd.DataFrame) -> None:
    dates = values[values.map(lambda text: DATE.fullmatch(text) is not None)]
    if len(dates) > MOSTLY * len(values):
        raise ReportError(_of_dates(name, f" ({_place(data, dates.index[0])} has {dates.iloc[0]!r})"))
    plain = pd.to_numeric(values, errors="coerce").notna()
    if plain.all():
        return  # labels such as 0123, which the file has as text
    bare = pd.to_numeric(values.str.replace(r"[%,$€£\s]", "", regex=True), errors="coerce").notna()
    if max(plain.sum(), bare.sum()) > MOSTLY * len(values):
        wrong = values[~plain]
        held = (
            f"{plain.sum():,} of its {len(values):,} values are numbers"
            if plain.any()
            else "its values are numbers with signs about them"
        )
        raise ReportError(
            f"{name} is text: {held}, {_place(data, wrong.index[0])} has {wrong.iloc[0]!r}; mend it or leave it out"
        )


def _of_dates(name: str, where: str) -> str:
    return (
        f"{name} holds dates{where}, which are no numbers: make a column of the days since the first one, or of the "
        "year, and use that"
    )


def _is_text(column: pd.Series) -> bool:
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(column.cat.categories.dtype)
    if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_datetime64_any_dtype(column):
        return False
    return pd.api.types.infer_dtype(column, skipna=True) in ("string", "mixed", "mixed-integer")


def _place(data: pd.DataFrame, row: Any) -> str:
    """Where a row stands: its line in the file, of which the header is the first, or else its place among the rows."""
    at = int(data.index.get_indexer_for(pd.Index([row]))[0])
    return f"line {at + 2:,}" if data.attrs.get(LINES) else f"row {at + 1:,}"


def parsed_for(formula: str, data: pd.DataFrame) -> ParsedFormula:
    """The formula taken apart, of which and of whose data a report can be made.

    Raises:
        ReportError: it cannot. ModelError: the formula does not parse.
    """
    require_sides(formula)
    parsed = parse_any(formula, data.columns)
    if parsed.offsets:
        raise ReportError(f"{formula!r}: a report takes no offset(); subtract it from the outcome")
    checks: tuple[Callable[[ParsedFormula, pd.DataFrame], None], ...] = (require_groups, require_numbers)
    for check in checks:
        check(parsed, data)
    return parsed
