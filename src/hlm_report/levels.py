"""Which columns vary within groups, and which are the groups' own: for each column that may name groups."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from .problems import ReportError
from .reading import LABELS

NAMED = re.compile(  # what columns that name groups are often called
    r"(^|[^a-z])(id|nr|no|code)$|id$|school|class|group|site|cent(er|re)|subject|person|patient|firm|state|country|county"
    r"|region|district|clinic|hospital|ward$|team|village|plot$|block|litter|batch|rater|teacher|family|household",
    re.I,
)
MOST = 0.8  # more groups than this share of the rows: hardly any has two rows
CONSTANT, WITHIN, MOSTLY = "group", "row", "group, nearly"
NEARLY = 0.1  # a column that varies within fewer groups than this is the groups' own, but for mistakes


def grouping_columns(data: pd.DataFrame) -> list[str]:
    """The columns that may say which group a row belongs to, the likeliest first.

    A grouping column repeats its values. It is text or a factor; or whole numbers, if its name or another column that
    does not vary within its groups speaks for it. The more speaks for it, and the more groups it has, the likelier.
    """
    found = {}
    for name in data.columns:
        column = data[name]
        if pd.api.types.is_float_dtype(column) and not _whole(column):
            continue
        J = column.nunique()
        if not 2 <= J <= MOST * len(data):
            continue
        own = sum(level == CONSTANT for level in columns_within(data, [name]).values())
        named = bool(NAMED.search(str(name)))
        if not own and not named and (J < 6 or pd.api.types.is_numeric_dtype(column)):  # a factor, or a measure
            continue
        found[name] = (own + 2 * named, J)
    return sorted(found, key=lambda name: found[name], reverse=True)


def _whole(column: pd.Series) -> bool:
    values = column.dropna()
    return bool(len(values)) and bool((values == values.round()).all())


def columns_by_level(data: pd.DataFrame, group: str) -> pd.DataFrame:
    """Say of each column whether it varies within the groups of one.

    Args:
        data: a row for each unit. group: the column that names groups.

    Returns:
        DataFrame, a row for each other column: label, kind ("numbers", "text", ...), values (how many different ones),
        missing, level ("row": varies within groups; "group": does not; "group, nearly": varies within fewer than one
        group in ten), and between, the share of its variance that lies between groups' means (of numbers).

    Raises:
        ReportError: there is no such column.
    """
    if group not in data.columns:
        raise ReportError(f"there is no column {group!r}; there are {', '.join(map(str, data.columns))}")
    levels, labels = columns_within(data, [group]), data.attrs.get(LABELS, {})
    rows = []
    for name, level in levels.items():
        column = data[name]
        numeric = pd.api.types.is_numeric_dtype(column)
        rows.append(
            {
                "column": name,
                "label": labels.get(name, ""),
                "kind": _kind(column),
                "values": int(column.nunique()),
                "missing": int(column.isna().sum()),
                "level": level,
                "between": _share_between(column, data[group]) if numeric else np.nan,
            }
        )
    return pd.DataFrame(rows).set_index("column")


def _kind(column: pd.Series) -> str:
    if pd.api.types.is_bool_dtype(column):
        return "true or false"
    if pd.api.types.is_numeric_dtype(column):
        return "0 or 1" if set(pd.unique(column.dropna())) <= {0, 1} else "numbers"
    if pd.api.types.is_datetime64_any_dtype(column):
        return "dates"
    return "factor" if isinstance(column.dtype, pd.CategoricalDtype) else "text"


def columns_within(data: pd.DataFrame, groups: Sequence[str]) -> dict[str, str]:
    """The level of each column: "row", "group", or "group, nearly"; groups are the combinations of some columns."""
    numbers = data.groupby(list(groups), sort=False, observed=True).ngroup()  # missing where a label is
    codes = numbers.fillna(-1).to_numpy(dtype=np.int64)
    size = np.bincount(codes[codes >= 0])
    found = {}
    for name in data.columns:
        if name in groups:
            continue
        share = share_varying(pd.factorize(data[name])[0], codes, size)
        found[name] = CONSTANT if share == 0 else MOSTLY if share < NEARLY else WITHIN
    return found


def share_varying(values: np.ndarray, codes: np.ndarray, size: np.ndarray) -> float:
    """The share of the groups of two rows and more in which values, (n,) whole numbers or -1, are not all the same."""
    there = (codes >= 0) & (values >= 0)
    varies = np.zeros(len(size), dtype=bool)
    first = np.full(len(size), -1, dtype=np.int64)
    first[codes[there][::-1]] = values[there][::-1]  # the first row of a group is written last
    varies[codes[there][values[there] != first[codes[there]]]] = True
    several = size > 1
    return float(varies[several].mean()) if several.any() else 0.0


def _share_between(column: pd.Series, group: pd.Series) -> float:
    """The intraclass correlation by the one-way analysis of variance, 0 at the least."""
    there = column.notna() & group.notna()
    codes = pd.factorize(group[there])[0]
    return share_between(column[there].to_numpy(dtype=float), codes)


def share_between(x: np.ndarray, codes: np.ndarray) -> float:
    """ICC(1) of (n,) values in groups: (MSB - MSW) / (MSB + (n0 - 1) MSW), 0 at the least."""
    size = np.bincount(codes)
    size, J, N = size[size > 0], int((np.bincount(codes) > 0).sum()), len(x)
    if J < 2 or J >= N:
        return float("nan")
    means = np.bincount(codes, x) / np.maximum(np.bincount(codes), 1)
    within = ((x - means[codes]) ** 2).sum() / (N - J)
    between = ((means[codes] - x.mean()) ** 2).sum() / (J - 1)
    n0 = (N - (size**2).sum() / N) / (J - 1)
    total = between + (n0 - 1) * within
    return float(max(0.0, (between - within) / total)) if total > 0 else float("nan")
