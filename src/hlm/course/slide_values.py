"""What the course slides print, computed anew from the data: the values of this book in the ledger."""

from __future__ import annotations

import re
from math import floor
from typing import Any

import numpy as np
import pandas as pd

from ..least_squares import ols
from ..mixed_model import lmer
from ..model.deviance import Deviance
from ..model.optimum import Solution
from ..results import OneFactorFit
from ..tables.regression import regression_table
from .descriptives import group_summary, school_summary, t_test
from .r_random import RRandom
from .school_regressions import school_regressions
from .standard_errors import se_hlm, se_ols

SLOPES = [0, 3, -1, 7, 2, -6, 1, 9, 4]  # of the slide's nine lines through one intercept
INTERCEPTS = np.linspace(5, 20, 9)  # of its nine lines of one slope

Values = dict[str, Any]  # numbers, lists of numbers, and text as another program prints it


def slide_values(data: pd.DataFrame, theta: float) -> Values:
    """Every value that the course slides print, by name.

    Args:
        data: what `hlm.load_hsb` returns.
        theta: where lme4 stopped, sqrt(tau00 / sigma2): some slides print the numbers of that place.

    Returns:
        dict from the names in data/slides.csv to numbers, lists of numbers, or text as another program prints it.
    """
    without = ols("math ~ sector", data)
    null = lmer("math ~ 1 + (1 | sch.id)", data)
    fit = lmer("math ~ sector + (1 | sch.id)", data)
    described = _described(data)
    return {
        **{f"row {i + 1}": list(row) for i, row in enumerate(data.head(6).itertuples(index=False))},
        **described,
        **_t_test(data),
        "ols se": without.bse["sector"],
        "ols sigma2": without.mse_resid,
        **_coefficients(fit, ""),
        **_coefficients(_at(fit, theta), "stopped "),
        "sum of gammas": [*fit.params, fit.params.sum()],
        **_variances(null, fit),
        **_by_formula(without.mse_resid, null, fit, described),
        "log-likelihood": fit.llf,
        "AIC": fit.aic,
        "BIC": fit.bic,
        **_side_by_side(without, fit),
        **_school_lines(data),
        **_nine_draws(),
        "covariance with the intercept 10": np.cov(SLOPES, np.full(9, 10))[0, 1],
        "covariance with the slope 3": np.cov(INTERCEPTS, np.full(9, 3))[0, 1],
    }


def _described(data: pd.DataFrame) -> Values:
    sectors = group_summary(data, "math", "sector", {0: "public", 1: "Catholic"})
    schools = school_summary(data)
    return {
        "students": len(data),
        "schools": len(schools),
        "students a school": schools["n"].mean(),
        "variance of sector": data["sector"].var(),
        **{f"{sector} {what}": value for sector, row in sectors.iterrows() for what, value in row.items()},
    }


def _t_test(data: pd.DataFrame) -> Values:
    test = t_test(data, "math", "sector")
    return {
        "t test difference": test.mean_dif,
        "t test se": test.std_error,
        "t test t": test.t_value,
        "t test p": test.p_value,
    }


def _coefficients(fit: OneFactorFit, where: str) -> Values:
    names = {"Intercept": "gamma00", "sector": "gamma01"}
    return {
        f"{where}{names[str(coefficient)]} {what}": value
        for coefficient, row in fit.coef_table().iterrows()
        for what, value in row.items()
    }


def _at(fit: OneFactorFit, theta: float) -> OneFactorFit:
    """The same model of the same data at a theta that is not the optimum: lme4's sqrt(tau00 / sigma2)."""
    stage = fit.at.stage
    at = Deviance(stage, np.array([theta]) / stage.scale.to_z[0], fit.reml)
    return OneFactorFit(fit.moments, None, Solution(at, singular=False, converged=False))


def _variances(null: OneFactorFit, fit: OneFactorFit) -> Values:
    return {
        "tau00": fit.cov_re.to_numpy()[0, 0],
        "sigma2": fit.scale,
        "null tau00": null.cov_re.to_numpy()[0, 0],
        "null sigma2": null.scale,
        "null sigma2 cut": floor(100 * null.scale) / 100,
    }


def _by_formula(sigma2_star: float, null: OneFactorFit, fit: OneFactorFit, described: Values) -> Values:
    """The slides' arithmetic, with its numbers rounded as the slides round them, and without rounding."""
    tau00, before = fit.cov_re.to_numpy()[0, 0], null.cov_re.to_numpy()[0, 0]
    n, J = round(described["students a school"]), described["schools"]
    var_sector, star = round(described["variance of sector"], 2), round(sigma2_star, 2)
    rounded = (round(before, 2) - round(tau00, 2)) / round(before, 2)
    exact = (before - tau00) / before
    return {
        "formula se": se_hlm(round(tau00, 2), round(fit.scale, 2), n, J, var_sector),
        "ols formula without n": se_ols(star, 1, J, var_sector),
        "ols formula with n": se_ols(star, n, J, var_sector),
        "share of rounded": rounded,
        "percentage of rounded": 100 * rounded,
        "share": exact,
        "percentage": 100 * exact,
    }


def _side_by_side(without: Any, fit: OneFactorFit) -> Values:
    """The cells of the regression table, rounded as stargazer rounds, by row and model: "table sector se 2"."""
    text = regression_table([without, fit], star_cutoffs=(0.05, 0.01, 0.001), r_rounding=True, ddf_note=False).text
    cells: Values = {}
    label, middles = "", []
    for line in text.splitlines():
        pieces = [((found.start() + found.end()) / 2, found[0]) for found in re.finditer(r"\S+(?: \S+)*", line)]
        if [piece for _, piece in pieces] == ["(1)", "(2)"]:
            middles = [middle for middle, _ in pieces]
        elif middles and pieces and not line.startswith(("-", "=", "Note")):
            named = not line.startswith(" ")  # a standard error stands in a line without a label
            label = pieces[0][1] if named else label
            for middle, piece in pieces[named:]:
                model = 1 + int(np.argmin(np.abs(np.subtract(middles, middle))))
                cells[f"table {label}{'' if named else ' se'} {model}"] = piece
    return cells


def _school_lines(data: pd.DataFrame) -> Values:
    lines = school_regressions("math ~ ses", data)
    return {"regressions": len(lines)}


def _nine_draws() -> Values:
    U = RRandom(1).mvrnorm(9, [0, 0], [[4, 0.2], [0.2, 5]])
    return {
        "correlation of U": U[0].corr(U[1]),
        "correlation of beta": (10 + U[0]).corr(2 + U[1]),
    }
