"""A fit with a random intercept, retraced step by step in sums that fit on a page: the same numbers as `hlm.lmer`'s.

With a random intercept alone the matrices of `deviance` shrink to numbers. A school's regression on its Z is its mean,
known with the variance sigma2 / n_j; the true means vary with tau00 besides; so school j counts with the weight

    w_j = 1 / (tau00 + sigma2 / n_j),

and least squares, likelihood and degrees of freedom become sums over schools. The functions below compute these sums
from the schools' moments. They are for reading, and for checking the estimator by another route; `lmer` does not
use them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..arguments import checked, real_numbers, require_samples
from ..errors import ModelError, listed, require_free
from ..inference.satterthwaite import Satterthwaite
from ..inference.simulation import draw_stages
from ..model.deviance import Deviance
from ..model.formula import INTERCEPT
from ..model.optimum import optimum
from ..results import OneFactorFit
from .rows import require_table

__all__ = [
    "SatterthwaiteSteps",
    "deviance_curve",
    "deviance_parts",
    "newton_steps",
    "satterthwaite_steps",
    "school_weights",
    "simulated_variances",
    "weighted_means",
]

FLAT = 1e-6  # a slope of the deviance at which Newton's method may stop
FARTHEST = 10.0  # schools ten times as far apart as their students: beyond this no Newton step comes back


# ------------------------------------------------------------------------------------- least squares over schools


@checked
def school_weights(fit: OneFactorFit) -> pd.DataFrame:
    """Each school's moments, and the weight that its mean has in the fit.

    Args:
        fit: a model with a random intercept only.

    Returns:
        DataFrame, a row for each school: n (students); the school's means of the predictors and of the response, by
        name; variance = tau00 + sigma2 / n, of the school's mean about its expectation; weight = 1 / variance.

    Raises:
        ModelError: the model has other random coefficients, or a column called n, variance or weight.

    Source: Raudenbush & Bryk (2002), eq. 3.8 and 3.10.
    """
    schools = _Schools.of(fit)
    require_free((*fit.layout.columns, fit.endog_name), ("n", "variance", "weight"), "school_weights")
    means = fit.moments.origin + fit.moments.mean
    table = pd.DataFrame(means, index=fit.moments.groups, columns=[*fit.layout.columns, fit.endog_name])
    # Such as sector: a school's own value rather than a mean.
    table = table.astype({name: int for name in table.columns if (table[name] == table[name].round()).all()})
    table.insert(0, "n", schools.n.astype(int))
    table["variance"] = schools.variance(_tau00(fit), fit.scale)
    table["weight"] = 1 / table["variance"]
    return table


@checked
def weighted_means(schools: pd.DataFrame, y: str, by: str) -> pd.DataFrame:
    """The mean of y in each group of schools, every school with its own weight: generalised least squares by hand.

    Args:
        schools: what `school_weights` returns. y, by: columns of it; `by` is the same for all students of a school.

    Returns:
        DataFrame, a row for each group: schools; weight, the sum of theirs; mean; se = 1 / sqrt(weight).

    Raises:
        DataError: there is no such column, or it holds no numbers.
    """
    require_table(schools, "the schools", ("weight", y, by))
    weight = schools["weight"].groupby(schools[by])
    total = weight.sum()
    weighted = (schools["weight"] * schools[y]).groupby(schools[by]).sum()
    return pd.DataFrame({"schools": weight.size(), "weight": total, "mean": weighted / total, "se": 1 / np.sqrt(total)})


# --------------------------------------------------------------------------------------------------- the likelihood

WITHIN, BETWEEN = "students about the mean of their school", "school means about the model"
FIXED, CONSTANT = "fixed effects estimated, not known", "constants"


@checked
def deviance_parts(fit: OneFactorFit, tau00: float | None = None, sigma2: float | None = None) -> pd.Series:
    """Minus twice the log-likelihood, in the parts that make it up.

    The n_j students of a school tell two independent things: their mean, normal with variance tau00 + sigma2 / n_j, and
    their deviations from it, which depend on sigma2 alone. REML adds the price of estimating the fixed effects.

    Args:
        fit: a model with a random intercept only.
        tau00, sigma2: where to take the likelihood; the estimates if None. The fixed effects are the best for them.

    Returns:
        Series of four parts, and "total": -2 log-likelihood (REML's, if the fit is REML's).

    Raises:
        ModelError: the model has other random coefficients, tau00 is below zero, or sigma2 is not above.
    """
    schools = _Schools.of(fit)
    tau00 = _tau00(fit) if tau00 is None else float(tau00)
    sigma2 = fit.scale if sigma2 is None else float(sigma2)
    if not (0 <= tau00 < np.inf and 0 < sigma2 < np.inf):
        raise ModelError(f"tau00 must be zero or more and sigma2 above zero, not {tau00!r} and {sigma2!r}")
    J, p = schools.X.shape
    variance = schools.variance(tau00, sigma2)
    information, beta = schools.least_squares(tau00, sigma2)
    away = schools.y - schools.X @ beta
    contrast = np.append(-beta, 1.0)
    scatter = contrast @ schools.within @ contrast
    parts = {
        WITHIN: (fit.nobs - J) * np.log(sigma2) + scatter / sigma2,
        BETWEEN: (np.log(variance) + away**2 / variance).sum(),
        FIXED: np.linalg.slogdet(information)[1] if fit.reml else 0.0,
        CONSTANT: (fit.nobs - p * fit.reml) * np.log(2 * np.pi) + np.log(schools.n).sum(),
    }
    return pd.Series({**parts, "total": sum(parts.values())}, name="deviance").rename_axis("part")


@checked
def deviance_curve(fit: OneFactorFit, theta: Iterable[float], reml: bool | None = None) -> pd.DataFrame:
    """The deviance as a function of theta = sqrt(tau00 / sigma2), everything else at its best.

    Args:
        fit: a model with a random intercept only. theta: where. reml: the fit's own criterion if None.

    Returns:
        DataFrame, a row for each theta: theta; icc = theta^2 / (1 + theta^2); tau00 and sigma2 at their best for this
        theta; deviance, above the lowest possible.

    Raises:
        ModelError: the model has other random coefficients; or a theta is below zero or above 10, where the schools
        would be ten times as far apart as their students.
    """
    _random_intercept(fit)
    where = np.ravel(real_numbers([*theta], "theta"))
    if not (np.isfinite(where) & (where >= 0) & (where <= FARTHEST)).all():
        raise ModelError(
            f"theta lies between 0 and {FARTHEST:g}; {where[~((where >= 0) & (where <= FARTHEST))][0]:g} does not"
        )
    reml = fit.reml if reml is None else reml
    lowest = optimum(fit.at.stage, reml).at.value
    points = [Deviance(fit.at.stage, np.array([value]), reml) for value in where]
    table = pd.DataFrame({"theta": [at.theta[0] for at in points]})
    table["icc"] = table["theta"] ** 2 / (1 + table["theta"] ** 2)
    table["sigma2"] = [at.s2 * fit.at.stage.scale.unit_y**2 for at in points]
    table["tau00"] = table["theta"] ** 2 * table["sigma2"]
    table["deviance"] = [at.value - lowest for at in points]
    return table


@checked
def newton_steps(fit: OneFactorFit, start: float, steps: int = 25) -> pd.DataFrame:
    """Newton's way down the deviance: at each theta, to the bottom of the parabola that touches the curve there.

    `lmer` goes the same way, and takes care where a step would lead uphill (`hlm.model.optimum`).

    Args:
        fit: a model with a random intercept only. start: the first theta. steps: at most.

    Returns:
        DataFrame, a row for each step: theta, deviance (above the lowest possible), slope and curvature there; the last
        row is the first whose slope is zero to six decimals.

    Raises:
        ModelError: the model has other random coefficients; or the steps lead away, since the curve does not bend
        upwards at `start`.
    """
    _random_intercept(fit)
    lowest = fit.at.value
    theta, rows = float(start), []
    if abs(theta) > FARTHEST:
        raise ModelError(f"start must lie between {-FARTHEST:g} and {FARTHEST:g}, not {start!r}")
    for _ in range(steps):
        at = Deviance(fit.at.stage, np.array([theta]), fit.reml)
        slope, curvature = float(at.gradient[0]), float(at.hessian[0, 0])
        rows.append((theta, at.value - lowest, slope, curvature))
        if curvature <= 0 or abs(theta) > FARTHEST:
            break
        if abs(slope) < FLAT:
            return pd.DataFrame(rows, columns=["theta", "deviance", "slope", "curvature"]).rename_axis("step")
        theta -= slope / curvature
    raise ModelError(f"Newton's method does not arrive from theta = {start}; start nearer to {fit.at.theta[0]:.2f}")


# ----------------------------------------------------------------------------------------------- degrees of freedom


@dataclass(frozen=True)
class SatterthwaiteSteps:
    """The numbers on the way to Satterthwaite's degrees of freedom of one coefficient.

    Attributes:
        variance: v, the squared standard error.
        slope: Series, how v moves with tau00 and with sigma2.
        cov: DataFrame (2, 2), sampling covariance of the estimates of tau00 and sigma2.
        var_variance: sampling variance of v = slope' cov slope (the delta method).
        df: 2 v^2 / var(v).
    """

    variance: float
    slope: pd.Series
    cov: pd.DataFrame
    var_variance: float
    df: float


@checked
def satterthwaite_steps(fit: OneFactorFit, term: str) -> SatterthwaiteSteps:
    """Satterthwaite's degrees of freedom of a fixed effect, by way of tau00 and sigma2.

    Args:
        fit: a model with a random intercept only. term: a fixed effect, by name.

    Raises:
        ModelError: the model has other random coefficients, no such term, or a tau00 of zero, where the deviance has
        no curvature by tau00 to go by.

    Source: Kuznetsova, Brockhoff & Christensen (2017), section 2.2. They take derivatives by theta and sigma; at an
    optimum the result is the same for any parameters.
    """
    schools, row, tau00 = _Schools.of(fit), _row(fit, term), _tau00(fit)
    if tau00 == 0:
        raise ModelError("tau00 is zero: its sampling variance cannot be told from the curvature of the deviance")
    weight = 1 / schools.variance(tau00, fit.scale)
    information, _ = schools.least_squares(tau00, fit.scale)
    seen = np.linalg.solve(information, row)
    # v = l' I^-1 l, so v moves by -seen' dI seen; and I is a sum of X X' w over schools and of what is within them.
    along, inside = (schools.X @ seen) ** 2, seen @ schools.within[:-1, :-1] @ seen
    slope = np.array([along @ weight**2, along @ (weight**2 / schools.n) + inside / fit.scale**2])
    cov = _covariance_of_variances(fit)
    v, var_v = float(row @ seen), float(slope @ cov @ slope)
    names = ["tau00", "sigma2"]
    return SatterthwaiteSteps(
        variance=v,
        slope=pd.Series(slope, index=names),
        cov=pd.DataFrame(cov, index=names, columns=names),
        var_variance=var_v,
        df=2 * v**2 / var_v,
    )


def _covariance_of_variances(fit: OneFactorFit) -> np.ndarray:
    """(2, 2) twice the inverse curvature of the deviance by (tau00, sigma2)."""
    theta, sigma = float(fit.at.theta[0]), np.sqrt(fit.at.s2)
    turn = fit.at.stage.scale.unit_y**2 * np.array([[2 * theta * sigma**2, 2 * theta**2 * sigma], [0.0, 2 * sigma]])
    return turn @ Satterthwaite(fit.at).cov_parameters @ turn.T


@checked
def simulated_variances(fit: OneFactorFit, term: str, n: int = 1000, seed: int = 1) -> pd.Series:
    """The squared standard error of a fixed effect in new samples of the same schools, drawn from the fitted model.

    Args:
        fit: a model with a random intercept only. term: a fixed effect, by name. n: samples. seed: of the draws.

    Returns:
        Series (n,), in squared units of y.

    Raises:
        ModelError: the model has other random coefficients, or no such term; n is not positive, or the seed negative.
    """
    _random_intercept(fit)
    require_samples(n, seed)
    at = fit.at
    row = at.stage.scale.unit_y * at.stage.scale.to_x.T @ _row(fit, term)
    fits = (optimum(stage, fit.reml).at for stage in draw_stages(at.stage, at.beta, at.Lambda, at.s2, n, seed))
    return pd.Series([new.s2 * row @ new.C @ row for new in fits], name=f"squared standard error of {term}")


# ------------------------------------------------------------------------------------------------- the schools' sums


@dataclass(frozen=True)
class _Schools:
    """What the sums are over: n (J,); means of X (J, p) and y (J,); scatter of [X y] within schools (p + 1, p + 1)."""

    n: np.ndarray
    X: np.ndarray
    y: np.ndarray
    within: np.ndarray

    @classmethod
    def of(cls, fit: OneFactorFit) -> _Schools:
        _random_intercept(fit)
        m, layout = fit.moments, fit.layout
        means = m.origin + m.mean
        X, within = np.ones((m.ngroups, len(layout.x))), np.zeros((len(layout.x) + 1,) * 2)
        varying = [a for a, name in enumerate(layout.x) if name != INTERCEPT]
        places = [layout.columns.index(layout.x[a]) for a in varying]
        X[:, varying] = means[:, places]
        within[np.ix_([*varying, -1], [*varying, -1])] = m.within[np.ix_([*places, -1], [*places, -1])]
        return cls(m.n, X, means[:, -1], within)

    def variance(self, tau00: float, sigma2: float) -> np.ndarray:
        """(J,) of each school's mean about its expectation."""
        return tau00 + sigma2 / self.n

    def least_squares(self, tau00: float, sigma2: float) -> tuple[np.ndarray, np.ndarray]:
        """X'V^-1 X and the fixed effects that are best for these variances."""
        weighted = self.X.T / self.variance(tau00, sigma2)
        information = weighted @ self.X + self.within[:-1, :-1] / sigma2
        return information, np.linalg.solve(information, weighted @ self.y + self.within[:-1, -1] / sigma2)


def _random_intercept(fit: OneFactorFit) -> None:
    if fit.layout.z != (INTERCEPT,):
        raise ModelError(
            f"{fit.formula!r} has the random coefficients {listed(fit.layout.z)}; "
            "these steps are those of a random intercept alone"
        )


def _tau00(fit: OneFactorFit) -> float:
    return float(fit.cov_re.to_numpy()[0, 0])


def _row(fit: OneFactorFit, term: str) -> np.ndarray:
    names = list(fit.layout.x)
    if term not in names:
        raise ModelError(f"the model has no fixed effect {term!r}; they are {listed(names)}")
    return np.eye(len(names))[names.index(term)]
