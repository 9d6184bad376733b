"""What to look at before any model: the variables by level, the schools one by one, the groups side by side."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

from ..arguments import checked_but
from ..errors import DataError, listed, require_free
from .rows import require_rows

__all__ = ["TTest", "describe", "group_summary", "school_summary", "t_test"]


@checked_but("data")
def describe(data: pd.DataFrame, group: str = "sch.id") -> pd.DataFrame:
    """Summarise each numeric variable at its own level.

    A variable that never differs between two students of a school belongs to the school (level 2): it is
    counted once per school. Every other variable belongs to the student (level 1). Counting `sector` once per
    student would weigh each school by the number of its students who happened to be sampled.

    Args:
        data: a row per student.
        group: the column that says which school a student is in; it is a label and is left out of the result.

    Returns:
        DataFrame: a row per numeric variable, students' variables first, with `level` (1 or 2), `n` (values that are
            not missing), `mean`, `sd` (divisor n - 1), `min` and `max`, in the units of the variable.

    Raises:
        DataError: there is no row or no column `group`.

    Example:
        >>> import hlm
        >>> hlm.describe(hlm.load_hsb()).loc["math", ["n", "mean"]].round(2).tolist()
        [7185.0, 12.75]
    """
    require_rows(data, group)
    variables = data.drop(columns=group).select_dtypes("number")
    of_the_school = _constant_within(variables, data[group])

    schools = variables.groupby(data[group], sort=False).first()
    rows = [
        {"variable": name, "level": level, **_summary(values)}
        for level, frame in ((1, variables.loc[:, ~of_the_school]), (2, schools.loc[:, of_the_school]))
        for name, values in frame.items()
    ]
    columns = ["variable", "level", "n", "mean", "sd", "min", "max"]
    return pd.DataFrame(rows, columns=columns).set_index("variable")


@checked_but("data")
def school_summary(data: pd.DataFrame, y: str = "math", group: str = "sch.id") -> pd.DataFrame:
    """Summarise the outcome in each school.

    Args:
        data: a row per student.
        y, group: columns: the outcome, and the school.

    Returns:
        DataFrame: a row per school, in the order in which the data name them: `n` (students), `mean` and `sd` of `y`
            (in its units; `sd` is missing where a school has one student), `se` of the mean (sd / sqrt(n)), then each
            variable of the school (level 2), such as `sector`.

    Raises:
        DataError: there is no row, a column is missing, `y` is not numeric or has missing values, or a variable of the
            school is called as one of the columns that are computed.

    Example:
        >>> import hlm
        >>> hlm.school_summary(hlm.load_hsb())[["n", "mean", "se"]].round(2).iloc[0].tolist()
        [47.0, 9.72, 1.11]
    """
    require_rows(data, group, numbers=(y,))
    others = data.drop(columns=[group, y])
    keys = data[group]
    of_the_school = _constant_within(others, keys)

    schools = data[y].groupby(keys, sort=False).agg(n="size", mean="mean", sd="std")
    schools["se"] = schools["sd"] / np.sqrt(schools["n"])
    variables = others.loc[:, of_the_school]
    require_free(variables, schools, "school_summary", DataError)
    return schools.join(variables.groupby(keys, sort=False).first())


@checked_but("data")
def group_summary(data: pd.DataFrame, y: str, by: str, names: Mapping | None = None) -> pd.DataFrame:
    """Mean, standard deviation and number of rows of each group.

    Args:
        data: a row per student (or per school, to compare schools).
        y, by: columns: the outcome, and the groups to compare.
        names: what to call the groups, by value of `by`, such as `{0: "public", 1: "Catholic"}`.

    Returns:
        DataFrame: a row per value of `by`, sorted by it, with `mean` and `sd` (divisor n - 1) of `y`, and `n`.

    Raises:
        DataError: there is no row, a column is missing, `y` is not numeric or has missing values, or `names` leaves a
            group out.

    Example:
        >>> import hlm
        >>> hlm.group_summary(hlm.load_hsb(), "math", "sector", {0: "public", 1: "Catholic"})["mean"].round(2).to_dict()
        {'public': 11.36, 'Catholic': 14.17}
    """
    require_rows(data, by, numbers=(y,))
    groups = data.groupby(by, observed=True)[y]
    summary = pd.DataFrame({"mean": groups.mean(), "sd": groups.std(), "n": groups.size()})
    summary.index = pd.Index(_named(summary.index, by, names), name=by)
    return summary


@dataclass(frozen=True)
class TTest:
    """Student's t test of the difference between two means, with one variance for both groups.

    Attributes:
        mean_dif: mean of the first group minus that of the second, in the units of the outcome.
        std_error: of the difference, in the same units.
        t_value, df, p_value: of the test; p is two-sided.
        groups: the two values, in the order of the difference.
    """

    mean_dif: float
    std_error: float
    t_value: float
    df: int
    p_value: float
    groups: tuple

    def frame(self) -> pd.DataFrame:
        """The test as a table of one row: mean.dif, std.error, t.value, df, p.value."""
        row = {
            "mean.dif": self.mean_dif,
            "std.error": self.std_error,
            "t.value": self.t_value,
            "df": self.df,
            "p.value": self.p_value,
        }
        first, second = self.groups
        return pd.DataFrame(row, index=pd.Index([f"{first} − {second}"], name="difference"))


@checked_but("data")
def t_test(data: pd.DataFrame, y: str, by: str, names: Mapping | None = None) -> TTest:
    """Compare two groups' means by Student's pooled t test, as if all students were independent of each other.

    Args:
        data: a row per student.
        y, by: columns: the outcome, and a variable with two values. The difference is the mean at the smaller value
            minus the mean at the larger, as in R's `t.test(y ~ by, var.equal = TRUE)`.
        names: what to call the groups, by value of `by`.

    Returns:
        TTest

    Raises:
        DataError: there is no row, a column is missing, `y` is not numeric or has missing values, `by` does not have
            two values, a group has fewer than two students, or `names` leaves a group out.

    Source: Student (1908); computed by statsmodels (`CompareMeans`, pooled variance).

    Example:
        >>> import hlm
        >>> round(hlm.t_test(hlm.load_hsb(), "math", "sector").t_value, 3)
        -17.66
    """
    require_rows(data, by, numbers=(y,))
    groups = dict(iter(data.groupby(by, observed=True)[y]))
    if len(groups) != 2:
        found = listed(map(repr, groups), 5)
        raise DataError(
            f"column {by!r}: a t test compares two groups, and there are {len(groups)} ({found})."
            " Choose a variable with two values, or select the rows of two groups."
        )
    for value, values in groups.items():
        if len(values) < 2:
            raise DataError(f"column {by!r}: group {value!r} has one row; its spread needs at least two.")

    comparison = CompareMeans(*(DescrStatsW(values) for values in groups.values()))
    t_value, p_value, df = comparison.ttest_ind(usevar="pooled")
    return TTest(
        mean_dif=float(comparison.d1.mean - comparison.d2.mean),
        std_error=float(comparison.std_meandiff_pooledvar),
        t_value=float(t_value),
        df=int(df),
        p_value=float(p_value),
        groups=tuple(_named(groups, by, names)),
    )


def _constant_within(variables: pd.DataFrame, groups: pd.Series) -> pd.Series:
    """True for each variable that belongs to the group (level 2)."""
    return (variables.groupby(groups, sort=False).nunique(dropna=False) == 1).all()


def _summary(values: pd.Series) -> dict:
    return {
        "n": int(values.count()),
        "mean": values.mean(),
        "sd": values.std(),
        "min": values.min(),
        "max": values.max(),
    }


def _named(groups: Iterable, by: str, names: Mapping | None) -> list:
    if names is None:
        return list(groups)
    unnamed = [value for value in groups if value not in names]
    if unnamed:
        raise DataError(f"column {by!r}: names has none for the group {unnamed[0]!r}. Add it.")
    return [names[value] for value in groups]
