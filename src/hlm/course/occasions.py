"""The same persons measured again and again: how alike two occasions are, and how alike a model with lines has them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from ..arguments import checked
from ..errors import ModelError, listed
from ..model.formula import INTERCEPT
from ..results import OneFactorFit

__all__ = ["Neighbours", "neighbouring_residuals", "occasion_correlations"]


@checked
def occasion_correlations(fit: OneFactorFit) -> pd.DataFrame:
    """The correlation over persons of any two occasions, and that which a model with a line for each person expects.

    Two occasions s and t of a person share the line. By the rules for sums,

        Cov(Y_s, Y_t) = tau00 + (s + t) tau01 + s t tau11,    Var(Y_t) = tau00 + 2 t tau01 + t^2 tau11 + sigma2.

    Args:
        fit: a model with a random intercept and slope of time, `y ~ time + (time | person)`, of persons who were all
            measured at the same times, once at each.

    Returns:
        DataFrame, a row for each pair of occasions: first, second (times), apart (their distance), data, and model.

    Raises:
        ModelError: another random part; times that differ between persons; or fewer than three persons.

    Source: Raudenbush & Bryk (2002), chapter 6.
    """
    time, table = _by_person(fit)
    Z = np.column_stack([np.ones(len(time)), time])
    V = Z @ fit.cov_re.to_numpy() @ Z.T + fit.scale * np.eye(len(time))
    sd = np.sqrt(np.diag(V))
    found, expected = np.corrcoef(table.T), V / np.outer(sd, sd)
    return pd.DataFrame(
        [
            {
                "first": time[i],
                "second": time[k],
                "apart": time[k] - time[i],
                "data": found[i, k],
                "model": expected[i, k],
            }
            for i, k in combinations(range(len(time)), 2)
        ]
    )


@dataclass(frozen=True)
class Neighbours:
    """How alike the residuals of neighbouring occasions are.

    Attributes:
        found: the correlation of a residual with the next of the same person.
        simulated: (n,) the same in data that were drawn from the fitted model and fitted again.
        p: the share of these in which it is at least as large.
    """

    found: float
    simulated: np.ndarray
    p: float


@checked
def neighbouring_residuals(fit: OneFactorFit, n: int = 200, seed: int = 1) -> Neighbours:
    """Whether what a line leaves over on one occasion tells something of the next, beside what the model expects.

    A person's residuals sum to about zero and lie around a line that was fitted to them, so that neighbours are not
    uncorrelated even where the model is true. What to expect is found by simulation.

    Args:
        fit: as for `occasion_correlations`. n: simulated data sets. seed: of the draws.

    Returns:
        Neighbours.

    Raises:
        ModelError: as `occasion_correlations`; or n is below one.
    """
    if n < 1:
        raise ModelError(f"to simulate takes one data set or more, not {n}")
    _by_person(fit)
    order = _order(fit)
    found = _next(fit.resid.to_numpy()[order], fit.ngroups)
    draws = fit.simulate(n, seed)
    simulated = []
    for k in range(n):
        y = draws.iloc[:, k].to_numpy()
        left = y - fit.refit(y).fittedvalues.to_numpy()
        simulated.append(_next(left[order], fit.ngroups))
    drawn = np.array(simulated)
    return Neighbours(found, drawn, float(np.mean(drawn >= found)))


def _next(residuals: np.ndarray, persons: int) -> float:
    """The correlation of residuals, sorted by person and time, with the next ones."""
    of = residuals.reshape(persons, -1)
    return float(np.corrcoef(of[:, :-1].ravel(), of[:, 1:].ravel())[0, 1])


def _order(fit: OneFactorFit) -> np.ndarray:
    rows = fit.design
    return np.lexsort([rows.column(fit.layout.z[1]), rows.codes])


def _by_person(fit: OneFactorFit) -> tuple[np.ndarray, np.ndarray]:
    """The times, and the response as a row for each person and a column for each time."""
    if len(fit.layout.z) != 2 or fit.layout.z[0] != INTERCEPT:
        raise ModelError(
            f"{fit.formula!r} has the random coefficients {listed(fit.layout.z)}; "
            "a line for each person needs an intercept and one slope of time, as in (time | person)"
        )
    rows, order = fit.design, _order(fit)
    times = rows.column(fit.layout.z[1])[order]
    codes, persons = rows.codes[order], fit.ngroups
    if persons < 3:
        raise ModelError(f"a correlation over persons needs three of them, and there are {persons}")
    of_first = times[codes == codes[0]]
    same = len(times) == persons * len(of_first) and np.array_equal(times, np.tile(of_first, persons))
    if not same or len(np.unique(of_first)) < len(of_first) or len(of_first) < 2:
        raise ModelError(f"the persons of {fit.formula!r} were not all measured at the same times, once at each")
    return of_first, rows.column(fit.endog_name)[order].reshape(persons, -1)
