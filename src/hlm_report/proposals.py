"""Formulas to begin with, from what the columns are: the null model, one with predictors, one with a slope."""

from __future__ import annotations

import pandas as pd

from .formulas import quoted
from .levels import CONSTANT, WITHIN, columns_by_level, grouping_columns

FEW = 3  # predictors of each level in a proposal: a beginning, not a search


def propose(data: pd.DataFrame, group: str) -> list[str]:
    """Formulas for groups of one column, from the plainest on.

    The outcome is the column of numbers with the most different values among those that vary within groups; which one
    is meant only the reader knows.

    Args:
        data: a row for each unit. group: the column that names groups.

    Returns:
        Formulas; none if no column of numbers varies within the groups.
    """
    table = columns_by_level(data, group).drop(
        index=[name for name in grouping_columns(data) if name != group], errors="ignore"
    )
    usable = table[(table["missing"] < 0.5 * len(data)) & (table["values"] > 1)]
    within = usable[usable["level"] == WITHIN]
    outcomes = within[within["kind"] == "numbers"]
    outcomes = outcomes.drop(index=[name for name in outcomes.index if _counts_rows(data[name])])
    if outcomes.empty:
        return []
    outcome = outcomes["values"].idxmax()
    predictors = [name for name in _few(within.drop(index=outcome)) if name != outcome]
    own = _few(usable[usable["level"] == CONSTANT])
    y, g = quoted(str(outcome)), quoted(group)
    found = [f"{y} ~ 1 + (1 | {g})"]
    if predictors or own:
        found.append(f"{y} ~ {' + '.join(map(quoted, [*predictors, *own]))} + (1 | {g})")
    slope = next((name for name in predictors if table.loc[name, "kind"] == "numbers"), None)
    if slope is not None:
        found.append(f"{y} ~ {' + '.join(map(quoted, [*predictors, *own]))} + ({quoted(slope)} | {g})")
    return found


def _counts_rows(column: pd.Series) -> bool:
    """Whether it is a whole number of its own for each row, and so a name for it."""
    return bool(column.nunique() == len(column) and (column == column.round()).all())


def _few(table: pd.DataFrame) -> list[str]:
    """The first columns of a table that can be predictors: numbers, or text of a few values."""
    fit = table[(table["kind"].isin(["numbers", "0 or 1", "true or false"])) | (table["values"] <= 6)]
    return [str(name) for name in fit.index[:FEW]]
