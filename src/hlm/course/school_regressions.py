"""A regression in each school by itself, and how the lines found so spread.

The spread of such lines is that of the schools, G, plus sampling error: each line is drawn through a few dozen
students. Swamy (1970) takes the second from the first:

    covariance of the lines  -  mean sampling covariance of a line  =  an estimate of G.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..arguments import checked, checked_but
from ..caller import warn
from ..errors import ModelError, listed
from ..model.design import Design, design
from ..model.formula import INTERCEPT
from ..results import OneFactorFit

COEFFICIENTS = ["intercept", "slope"]


@checked_but("formula")
def school_regressions(formula: str, data: pd.DataFrame, group: str = "sch.id") -> pd.DataFrame:
    """Least squares in each school, as if no other school were known.

    Args:
        formula: one response and one numeric predictor, such as `math ~ ses`.
        data: one row a student.
        group: the column that says which school a student is in.

    Returns:
        DataFrame, a row for each school, sorted by its label: n (students), intercept, slope, se_intercept, se_slope,
        and cov, the sampling covariance of intercept and slope. With two students a line fits perfectly and the last
        three are missing; a school whose students do not differ in the predictor has no line, and only n.

    Raises:
        ModelError: see `hlm.lmer`; or the formula is not of one line.

    Warns:
        UserWarning: schools that have no line.

    Example:
        >>> import hlm
        >>> lines = hlm.school_regressions("math ~ ses", hlm.load_hsb())
        >>> print(f"{lines['slope'].mean():.2f}")
        2.20
    """
    rows = one_line(formula, data, group)
    x, y, J = rows.column(rows.layout.columns[0]), rows.column(rows.layout.response), len(rows.groups)

    def total(values: np.ndarray) -> np.ndarray:
        return np.bincount(rows.codes, values, J)

    if max(np.abs(x).max(), np.abs(y).max()) > 1e150:
        raise ModelError(f"the values of {formula!r} are too large: their squares overflow")
    n = total(np.ones(len(x)))
    mean_x, mean_y = total(x) / n, total(y) / n
    # Deviations from the school's own means: sums of raw squares would lose digits where the means are large.
    dx, dy = x - mean_x[rows.codes], y - mean_y[rows.codes]
    spread = np.where(_differs(x, rows), total(dx**2), np.nan)

    slope = total(dx * dy) / spread
    leftover = total((dy - slope[rows.codes] * dx) ** 2)
    sigma2 = leftover / np.where(n > 2, n - 2, np.nan)

    lines = pd.DataFrame(
        {
            "n": n.astype(int),
            "intercept": mean_y - slope * mean_x,
            "slope": slope,
            "se_intercept": np.sqrt(sigma2 * (1 / n + mean_x**2 / spread)),
            "se_slope": np.sqrt(sigma2 / spread),
            "cov": -sigma2 * mean_x / spread,
        },
        index=rows.groups,
    )
    _warn_of_missing_lines(lines, rows.layout.columns[0])
    return lines


@checked
def spread_of_lines(lines: pd.DataFrame, fit: OneFactorFit) -> pd.DataFrame:
    """How much lines differ from school to school: as seen, without sampling error, and by a mixed model.

    Args:
        lines: of `school_regressions`. Schools whose standard errors are missing are left out of the first three.
        fit: a model with a random intercept and slope of the same predictor.

    Returns:
        DataFrame with the rows var_intercept, var_slope, cov, cor and the columns
        lines: of the schools' own regressions;
        error: mean sampling variances and covariance of these;
        rest: lines less error, which estimates G (Swamy 1970);
        model: G by the mixed model;
        predicted: of the lines that the mixed model predicts for the schools (BLUPs).
        A correlation is missing where it has no meaning, as that of a negative variance.

    Raises:
        ModelError: the model's random coefficients are not an intercept and one slope; fewer than two schools whose
            standard errors are known.

    Example:
        >>> import hlm
        >>> d = hlm.load_hsb()
        >>> fit = hlm.lmer("math ~ ses + (ses | sch.id)", d)
        >>> spread = hlm.spread_of_lines(hlm.school_regressions("math ~ ses", d), fit)
        >>> spread.loc["var_slope"].round(2).to_dict()
        {'lines': 2.66, 'error': 2.2, 'rest': 0.46, 'model': 0.41, 'predicted': 0.08}
    """
    if len(fit.layout.z) != 2 or fit.layout.z[0] != INTERCEPT:
        raise ModelError(
            f"{fit.formula!r} has the random coefficients {listed(fit.layout.z)}; "
            "to compare lines it needs an intercept and one slope, as in (x | g)"
        )
    lacking = [name for name in (*COEFFICIENTS, "se_intercept", "se_slope", "cov") if name not in lines]
    if lacking:
        raise ModelError(f"lines have no column {lacking[0]!r}; give what hlm.school_regressions returns")
    known = lines.dropna()
    if len(known) < 2:
        raise ModelError(f"the spread of lines needs two schools with standard errors, and there are {len(known)}")
    seen = known[COEFFICIENTS].cov().to_numpy()
    error = np.array(
        [
            [(known["se_intercept"] ** 2).mean(), known["cov"].mean()],
            [known["cov"].mean(), (known["se_slope"] ** 2).mean()],
        ]
    )
    matrices = {
        "lines": seen,
        "error": error,
        "rest": seen - error,
        "model": fit.cov_re.to_numpy(),
        "predicted": fit.coefficients.cov().to_numpy(),
    }
    return pd.DataFrame({name: _spread(matrix) for name, matrix in matrices.items()})


def _spread(G: np.ndarray) -> pd.Series:
    (var_intercept, cov), (_, var_slope) = G
    cor = cov / np.sqrt(var_intercept * var_slope) if min(var_intercept, var_slope) > 0 else np.nan
    return pd.Series({"var_intercept": var_intercept, "var_slope": var_slope, "cov": cov, "cor": cor})


def one_line(formula: str, data: pd.DataFrame, group: str) -> Design:
    """The rows of `y ~ x`, for what computes with one line: x in `column(layout.columns[0])`, the groups in `codes`."""
    if isinstance(formula, str) and "|" in formula:
        raise ModelError(f"formula {formula!r} has a random term; give the response and the predictor alone")
    rows = design(f"{formula} + (1 | {group})", data)
    if rows.layout.x != (INTERCEPT, *rows.layout.columns) or len(rows.layout.columns) != 1:
        raise ModelError(
            f"formula {formula!r} has the coefficients {listed(rows.layout.x)}; "
            "a line has an intercept and one slope, as in math ~ ses"
        )
    return rows


def _differs(x: np.ndarray, rows: Design) -> np.ndarray:
    """(J,) whether a school's students differ in x at all."""
    by_school = pd.Series(x).groupby(rows.codes)
    return (by_school.max() > by_school.min()).to_numpy()


def _warn_of_missing_lines(lines: pd.DataFrame, x: str) -> None:
    without = lines.index[lines["slope"].isna()]
    if len(without):
        shown = listed(without, 5)
        warn(
            f"{len(without)} of {len(lines)} schools have no line of their own, "
            f"because their students do not differ in {x!r}: {shown}",
            UserWarning,
        )
