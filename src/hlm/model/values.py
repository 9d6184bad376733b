"""What a variable can be: numbers, truth values, or a factor; whatever kind of column it came from.

Missing values are NaN among numbers, and masked in the others (pandas' BooleanArray and Categorical).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from pandas.api import types

from .bases import Matrix
from .contrasts import Coded, label

Truth = pd.arrays.BooleanArray
Plain = np.ndarray | Truth | pd.Categorical


def plain(column: Any) -> Plain:
    """A column, or what a function has made, as numbers, truth values or a factor.

    Numbers are returned as they are, without a copy. Text makes a factor with its levels in alphabetical order; a
    categorical column keeps its own order.

    Raises:
        ValueError: dates, complex numbers, and what is none of these.
    """
    if isinstance(column, (Truth, pd.Categorical)):
        return column
    dtype = getattr(column, "dtype", None)
    if isinstance(dtype, np.dtype) and dtype.kind in "iuf":
        return np.asarray(column)
    if isinstance(dtype, np.dtype) and dtype.kind == "b":
        return Truth(np.asarray(column), np.zeros(len(column), dtype=bool))
    if isinstance(dtype, pd.CategoricalDtype):
        return pd.Categorical(column)
    series = pd.Series(column)
    if types.is_complex_dtype(series.dtype):
        raise ValueError("has complex numbers; a model takes real ones")
    if types.is_bool_dtype(series.dtype):
        return _truth(series)
    if types.is_numeric_dtype(series.dtype):
        return series.to_numpy(dtype=float, na_value=np.nan)
    try:
        kind = types.infer_dtype(series, skipna=True)
        if kind == "boolean":
            return _truth(series)
        if kind in ("integer", "floating", "mixed-integer-float", "decimal", "empty"):
            return pd.to_numeric(series).to_numpy(dtype=float, na_value=np.nan)
        if kind in ("string", "mixed", "mixed-integer"):
            return _factor(series)
    except TypeError:
        raise ValueError("has values that are neither numbers nor text") from None
    raise ValueError(
        f"holds {kind} values ({series.dtype}); make a number of them first, such as the days since the first"
    )


def _truth(series: pd.Series) -> Truth:
    gone = series.isna().to_numpy()
    return Truth(np.where(gone, False, series.to_numpy(dtype=object)).astype(bool), gone)


def _factor(series: pd.Series) -> pd.Categorical:
    values = series.to_numpy(dtype=object)
    present = pd.unique(values[series.notna().to_numpy()])
    if any(not isinstance(value, (str, int, float, np.number)) for value in present):
        raise TypeError
    return pd.Categorical(values, categories=pd.Index(sorted(present, key=str), dtype=object))


def numbers(value: Any) -> Any:
    """The value as floats: a number, or an array (n,) or (n, k).

    Raises:
        ValueError: text, or a factor.
    """
    if isinstance(value, Matrix):
        return value.values
    if isinstance(value, Coded):
        value = value.values
    if isinstance(value, (bool, int, float, np.number, np.bool_)):
        return float(value)
    if value is None:
        raise ValueError("NULL is not a number")
    if isinstance(value, str):
        raise ValueError(f"{value!r} is text, not a number")
    if isinstance(value, pd.DataFrame) or np.ndim(value) == 2:
        return np.asarray(value, dtype=float)
    if callable(value):
        raise ValueError(f"{getattr(value, '__name__', value)} is a function, not a number")
    found = plain(value)
    if isinstance(found, pd.Categorical):
        raise ValueError("text and factors are not numbers")
    if isinstance(found, Truth):
        return found.to_numpy(dtype=float, na_value=np.nan)
    return found.astype(float)


def factor(value: Any) -> pd.Categorical:
    """The value as a factor: numbers and truth values become levels in their order."""
    if isinstance(value, Coded):
        value = value.values
    found = plain(value)
    if isinstance(found, pd.Categorical):
        return found
    if isinstance(found, Truth):
        codes = np.where(found.isna(), -1, found.to_numpy(dtype=bool, na_value=False))
        levels: Any = pd.CategoricalDtype([False, True])
        return pd.Categorical.from_codes(codes, dtype=levels)
    levels = np.unique(found[~np.isnan(found)])
    if found.dtype.kind == "f" and len(levels) and (levels == np.floor(levels)).all() and np.abs(levels).max() < 2**53:
        levels = levels.astype(np.int64)  # a column of integers with gaps is one of floats
    return pd.Categorical(found, categories=levels)


def texts(value: Any) -> np.ndarray:
    """The value as text (n,), None where it is missing."""
    found = plain(value)
    if isinstance(found, np.ndarray):
        return np.array([None if np.isnan(v) else label(v) for v in found], dtype=object)
    if isinstance(found, Truth):
        found = factor(found)
    names = np.array([*map(_r_text, found.categories), None], dtype=object)
    return names[found.codes]


def _r_text(level: object) -> str:
    return str(level).upper() if isinstance(level, (bool, np.bool_)) else label(level)


def missing(value: Plain) -> np.ndarray:
    """(n,) True where the value is missing."""
    if isinstance(value, np.ndarray):
        if value.dtype.kind != "f":
            return np.zeros(len(value), dtype=bool)
        return np.asarray(np.isnan(value) if value.ndim == 1 else np.isnan(value).any(axis=1))
    return np.asarray(value.isna())
