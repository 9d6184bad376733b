"""What a frame must hold before the course summarises or draws it: its columns, and numbers where they are needed."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from ..errors import DataError, listed

__all__ = ["require_rows", "require_sectors", "require_table"]


def require_rows(data: pd.DataFrame, *columns: str, numbers: Iterable[str] = ()) -> None:
    """Refuse data that lack a column or a value in it, or hold no numbers where numbers are needed.

    Args:
        data: a row per student. columns: that must be there, without gaps. numbers: those that must be numeric too.

    Raises:
        DataError: what is wrong, in which column, and what to do.
    """
    if not isinstance(data, pd.DataFrame):
        raise DataError(f"the data are a {type(data).__name__}. Pass a pandas DataFrame with a row per student.")
    needed = list(dict.fromkeys([*columns, *numbers]))
    _require_columns(data, "the data", needed)
    if data.empty:
        raise DataError("the data have no rows. There is nothing to summarise.")
    twice = data.columns[data.columns.duplicated()]
    if len(twice):
        raise DataError(f"the data have two columns called {twice[0]!r}. Rename one of them.")
    infinite = data.isin([np.inf, -np.inf]).any()
    if infinite.any():
        raise DataError(f"column {infinite.idxmax()!r} has infinite values. Correct them, or leave these rows out.")
    for name in needed:
        missing = data[name].isna()
        if missing.any():
            raise DataError(
                f"column {name!r}: {missing.sum():,} missing values, the first in row {missing.idxmax()!r}."
                " Fill them in, or leave these rows out with dropna()."
            )
    _require_numbers(data, numbers)


def require_sectors(data: pd.DataFrame) -> None:
    """Refuse data in which `sector` is not 0 and 1, both there, and a school's own: for figures of the two sectors."""
    require_rows(data, "sch.id", "sector")
    codes = sorted(data["sector"].unique(), key=str)
    if set(codes) != {0, 1}:
        shown = ", ".join(repr(code.item() if isinstance(code, np.generic) else code) for code in codes[:5])
        raise DataError(f"column 'sector' must hold 0 (public) and 1 (Catholic), both; it holds {shown}.")
    differs = data.groupby("sch.id")["sector"].nunique() > 1
    if differs.any():
        raise DataError(f"school {differs.idxmax()!r} has students of both sectors. A school has one.")


def require_table(table: pd.DataFrame, what: str, numbers: Iterable[str]) -> None:
    """Refuse a computed table that has no row, or lacks a column of numbers. `what` names its rows, in the plural."""
    _require_columns(table, what, numbers)
    if not len(table):
        raise DataError(f"there are no {what.removeprefix('the ')} in the table. There is nothing to draw.")
    _require_numbers(table, numbers)


def _require_columns(table: pd.DataFrame, what: str, columns: Iterable[str]) -> None:
    for name in columns:
        if name not in table.columns:
            known = listed(table.columns) or "none"
            raise DataError(f"there is no column {name!r}. {what[0].upper()}{what[1:]} have: {known}.")


def _require_numbers(table: pd.DataFrame, columns: Iterable[str]) -> None:
    for name in columns:
        if not pd.api.types.is_numeric_dtype(table[name]):
            raise DataError(f"column {name!r} holds {table[name].dtype} values. Its mean needs numbers.")
