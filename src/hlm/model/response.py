"""What a response may be: a number in every row, or a truth value."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..errors import ModelError
from .expressions import Name
from .formula import ParsedFormula
from .variables import Variable


def require_numeric_response(parsed: ParsedFormula, data: pd.DataFrame) -> None:
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


def as_number(parsed: ParsedFormula, response: Variable) -> Variable:
    """A response of truth values as 0 and 1, as in R."""
    values = response.values
    if isinstance(values, pd.Categorical) and list(values.categories) == [False, True]:
        return Variable(response.name, np.where(values.codes < 0, np.nan, values.codes.astype(float)))
    what = "text or a factor" if isinstance(values, pd.Categorical) else "several columns"
    raise ModelError(
        f"formula {parsed.text!r}: the response {parsed.response!r} is {what}; "
        "a mixed model of this kind needs one number in every row"
    )
