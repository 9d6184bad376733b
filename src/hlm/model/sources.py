"""Where group moments can be had from: a data frame, a file, or a database engine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import narwhals.stable.v1 as nw
import pandas as pd

from ..arguments import checked_but
from ..caller import caller
from ..errors import ModelError
from . import engines
from .design import design
from .given import Given, Rows
from .group_moments import Moments
from .moments import of_design


@checked_but("formula", "weights", "offset")
def moments(
    formula: str,
    data: Any,
    context: Mapping[str, Any] | None = None,
    weights: Rows | None = None,
    offset: Rows | None = None,
) -> Moments:
    """Group moments of a model's columns.

    Args:
        formula: lme4's, such as `math ~ ses + (ses | sch.id)`, with one grouping factor.
        data: a data frame (of pandas, polars or pyarrow, or a dict of columns); or the path of a Parquet file, an Ibis
            table expression or a DuckDB relation, whose engine then computes the moments by GROUP BY and sends only
            them.
        context: names that the formula may use besides the columns; those known where it is called if None.
        weights, offset: as in `hlm.lmer`, if the data are a data frame.

    Returns:
        Moments: what `hlm.lmer` fits a model from; those of two parts of the data add up to those of the whole.

    Raises:
        ModelError: see `hlm.lmer`.

    Example:
        >>> import hlm
        >>> sums = hlm.moments("math ~ ses + (ses | sch.id)", hlm.load_hsb())
        >>> sums.nobs, sums.ngroups
        (7185, 160)
    """
    frame, given = as_frame(data), Given(weights, offset)
    if frame is None:
        if given.anything:
            raise ModelError(
                "weights= and offset= are taken with a data frame only; with an engine, write offset(x) in the formula"
            )
        return engines.moments(formula, data)
    rows = design(formula, frame, callers_names() if context is None else context, given)
    if len(rows.groupings) > 1:
        raise ModelError(
            f"formula {formula!r} has several grouping factors, and moments are of one; give hlm.lmer the data "
            "themselves"
        )
    return of_design(rows)


def as_frame(data: Any) -> pd.DataFrame | None:
    """A table that is in memory as a pandas DataFrame; None for what is none.

    Raises:
        ModelError: columns of a dict that are not equally long, a polars LazyFrame, or a table that pandas cannot take.
    """
    if isinstance(data, pd.DataFrame):
        return data
    if isinstance(data, Mapping):
        try:
            return pd.DataFrame(dict(data))
        except (ValueError, TypeError) as error:
            raise ModelError(f"data, a dict, does not make a table of columns: {error}") from None
    if nw.dependencies.is_polars_lazyframe(data):
        raise ModelError("data is a polars LazyFrame, which holds no rows yet; give data.collect()")
    if not nw.dependencies.is_into_dataframe(data):
        return None
    try:
        return nw.from_native(data, eager_only=True).to_pandas()
    except ImportError as error:  # polars needs pyarrow for it
        raise ModelError(f"data cannot be made a pandas DataFrame; give data.to_pandas() ({error})") from None


def frame_of(data: Any, what: str = "data") -> pd.DataFrame:
    """A table that is in memory as a pandas DataFrame.

    Raises:
        ModelError: data are no such table.
    """
    frame = as_frame(data)
    if frame is None:
        raise ModelError(
            f"{what} must be a data frame (of pandas, polars, pyarrow, or a dict of columns), not {type(data).__name__}"
        )
    return frame


def callers_names() -> dict[str, Any]:
    """The names known where hlm was called, which a formula may use."""
    frame, _ = caller()
    return {**frame.f_globals, **frame.f_locals} if frame else {}
