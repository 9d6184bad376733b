"""A student's predictor in two parts, the school's mean and the deviation from it, and what its slope is a mean of.

The deviations of a school's students sum to zero, so the data split in two: the deviations, which tell the slope
within schools, and the J school means, which tell the slope between them. A model that gives both one coefficient has

    slope = (P_w b_w + P_b b_b) / (P_w + P_b),
    P_w = sum of squares within schools / sigma2,
    P_b = sum_j w_j (mean_j - mean)^2,    w_j = 1 / (tau00 + sigma2 / n_j),

a mean of the two, each weighted by its precision (Raudenbush & Bryk 2002, chapter 5; Mundlak 1978). Least squares is
the case of tau00 = 0.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..arguments import checked, checked_but
from ..errors import ModelError, listed
from ..results import OneFactorFit
from .rows import require_rows
from .school_regressions import one_line

__all__ = ["slope_parts", "spread_of_means", "within_between"]


@checked
def within_between(data: pd.DataFrame, column: str, group: str = "sch.id") -> pd.DataFrame:
    """Split a column into the mean of its group and the deviation from that mean.

    Args:
        data: a row per student.
        column: a numeric column.
        group: the column that says which school a student is in.

    Returns:
        DataFrame: a copy of the data with two more columns, `<column>_between`, the mean of the student's school over
        its students in the data, and `<column>_within`, how far the student is from it. Their sum is the column. They
        are missing where the column is.

    Raises:
        ModelError: there is no such column, it is not numeric, or one of the new columns is there already.

    Example:
        >>> import hlm
        >>> d = hlm.within_between(hlm.load_hsb(), "ses")
        >>> print(d[["ses", "ses_between", "ses_within"]].round(3).iloc[0].tolist())
        [-1.528, -0.434, -1.094]
    """
    for name in (column, group):
        if name not in data.columns:
            raise ModelError(f"there is no column {name!r} in the data; there are {listed(data.columns)}")
    if not pd.api.types.is_numeric_dtype(data[column]):
        raise ModelError(f"{column!r} is not numeric, and has no mean to deviate from")
    names = [f"{column}_between", f"{column}_within"]
    if there := [name for name in names if name in data.columns]:
        raise ModelError(f"the data have a column {there[0]!r} already; rename it, or it would be lost")
    means = data.groupby(group)[column].transform("mean")
    return data.assign(**{names[0]: means, names[1]: data[column] - means})


@checked_but("formula")
def slope_parts(formula: str, data: pd.DataFrame, tau00: float, sigma2: float, group: str = "sch.id") -> pd.DataFrame:
    """The slope within schools, that between them, and the total slope that is their mean, weighted by precision.

    Args:
        formula: one response and one numeric predictor, such as `math ~ ses`.
        data: a row per student.
        tau00: variance between schools, given the predictor; zero for least squares. sigma2: variance within them.
        group: the column that says which school a student is in.

    Returns:
        DataFrame with the rows within, between and total, and the columns slope; precision, one over the slope's
        sampling variance; se, its root upside down; and weight, the share of the precision. With the tau00 and sigma2
        of a random-intercept model the total is that model's coefficient, and se its standard error.

    Raises:
        ModelError: see `hlm.lmer`; the formula is not of one line; a variance is out of bounds; or the predictor does
            not vary within schools, or does not vary between them.

    Source: Raudenbush & Bryk (2002), chapter 5, on person-level and compositional effects.

    Example:
        >>> import hlm
        >>> parts = hlm.slope_parts("math ~ ses", hlm.load_hsb(), tau00=0, sigma2=40)
        >>> print(parts["slope"].round(2).to_dict())
        {'within': 2.19, 'between': 5.72, 'total': 3.18}
    """
    if not 0 <= tau00 < np.inf or not 0 < sigma2 < np.inf:
        raise ModelError(f"tau00 must be 0 or more and sigma2 above 0; they are {tau00!r} and {sigma2!r}")
    rows = one_line(formula, data, group)
    x, y, J = rows.column(rows.layout.columns[0]), rows.column(rows.layout.response), len(rows.groups)
    n = np.bincount(rows.codes, minlength=J)
    mean_x, mean_y = (np.bincount(rows.codes, values, J) / n for values in (x, y))
    dx, dy = x - mean_x[rows.codes], y - mean_y[rows.codes]
    for part, varies in (("within", dx), ("between", mean_x - x.mean())):
        if np.abs(varies).max() <= 1e-9 * np.abs(x - x.mean()).max():
            raise ModelError(f"{rows.layout.columns[0]!r} does not vary {part} schools, and has no slope there")
    within = _line(dx, dy, np.full(len(dx), 1 / sigma2))
    between = _line(mean_x, mean_y, 1 / (tau00 + sigma2 / n))

    table = pd.DataFrame([within, between], index=["within", "between"], columns=["slope", "precision"])
    total = table["precision"].sum()
    table.loc["total"] = [(table["slope"] * table["precision"]).sum() / total, total]
    return table.assign(se=table["precision"] ** -0.5, weight=table["precision"] / total)


def _line(x: np.ndarray, y: np.ndarray, weights: np.ndarray) -> tuple[float, float]:
    """Slope of a weighted regression, and the weighted sum of squares of x: one over the slope's variance."""
    dx = x - np.average(x, weights=weights)
    squares = float((weights * dx**2).sum())
    return float((weights * dx * y).sum()) / squares, squares


@checked
def spread_of_means(fit: OneFactorFit, data: pd.DataFrame, x: str, sets: int = 5) -> pd.DataFrame:
    """How far school means spread about what their model's fixed effects say of them, by a predictor of the school.

    Args:
        fit: a model with a random intercept.
        data: the rows it was fitted to.
        x: a column that says the same of all students of a school.
        sets: schools are put into so many sets of equal size, by `x`.

    Returns:
        DataFrame, a row for each set: low, high (of `x`), schools, and variance: the mean squared deviation of the
        schools' means from the mean of their fixed effects, less sigma2 / n, which is what chance gives a mean. It can
        be below zero.

    Raises:
        DataError, ModelError: a column is not there or has gaps, `x` varies within schools, or there are fewer schools
            than sets.

    Example:
        >>> import hlm
        >>> d = hlm.load_hsb()
        >>> fit = hlm.lmer("math ~ meanses + (1 | sch.id)", d)
        >>> print(hlm.course.spread_of_means(fit, d, "meanses")["schools"].tolist())
        [32, 32, 32, 32, 32]
    """
    group = fit.group_name
    require_rows(data, group, numbers=(x, fit.endog_name))
    by_school = data[x].groupby(data[group])
    if by_school.nunique().gt(1).any():
        raise ModelError(f"{x!r} varies within schools; it must say the same of all students of a school")
    if not 1 <= sets <= len(by_school):
        raise ModelError(f"{len(by_school)} schools cannot be put into {sets} sets")
    left = (data[fit.endog_name] - fit.predict(data, random_effects=False)).groupby(data[group])
    schools = pd.DataFrame({"x": by_school.first(), "square": left.mean() ** 2 - fit.scale / left.size()})
    place = schools["x"].rank(method="first")
    rows = schools.groupby(np.ceil(place * sets / len(schools)).astype(int))
    table = pd.DataFrame(
        {"low": rows["x"].min(), "high": rows["x"].max(), "schools": rows.size(), "variance": rows["square"].mean()}
    )
    return table.rename_axis("set")
