"""How often tests find a difference that is not there, by the number of schools: cluster-robust ones need many.

The predictor tells two kinds of schools apart, and the schools of a kind have one mean in common. Least squares then
knows of a school only its mean and its size, so that a sample is a row of school means. With N_k students of a kind,

    difference = sum_j n_j ybar_j / N_1 - sum_j n_j ybar_j / N_0,    share_j = n_j (ybar_j - mean_k) / N_k,

and the cluster-robust variance of the difference is the sum of the squared shares (Cameron & Miller 2015, section II).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import special

from ..arguments import checked, require_samples
from ..errors import ModelError
from ..model.formula import INTERCEPT
from ..results import OneFactorFit

__all__ = ["few_schools"]


@checked
def few_schools(
    fit: OneFactorFit,
    schools: Sequence[int] = (6, 10, 20, 40, 80),
    ones: int | None = None,
    n: int = 4000,
    seed: int = 1,
) -> pd.DataFrame:
    """How often tests at the 5 per cent level call a difference between two kinds of schools that is zero significant.

    Args:
        fit: a model `y ~ x + (1 | g)` whose x is 0 for some schools and 1 for the others. Its tau00 and sigma2, and the
            sizes of its schools, are those of the samples.
        schools: how many a sample has, drawn with replacement. ones: how many of them have x = 1; half of them if None.
        n: samples for each number of schools. seed: of the draws.

    Returns:
        DataFrame by number of schools, with the share of samples in which the difference was called significant, by
        OLS; by OLS with cluster-robust errors, CR1 and CR2, and the t distribution with J - 1 degrees of freedom; and
        by a t test of the school means, a case a school.

    Raises:
        ModelError: the model is another one, a sample would have fewer than two schools of a kind, or n is not
            positive.

    Source: Cameron & Miller (2015), Journal of Human Resources 50, section VI, on few clusters.

    Example:
        >>> import hlm
        >>> fit = hlm.lmer("math ~ sector + (1 | sch.id)", hlm.load_hsb())
        >>> print(list(hlm.course.few_schools(fit, schools=[6], n=50).columns))
        ['OLS', 'CR1', 'CR2', 'school means']
    """
    require_samples(n, seed)
    of_kinds = {J: (J - (J // 2 if ones is None else ones), J // 2 if ones is None else ones) for J in schools}
    if short := [J for J, both in of_kinds.items() if min(both) < 2]:
        raise ModelError(f"a sample needs two schools of either kind; {short[0]} schools would be {of_kinds[short[0]]}")
    kind = _kinds(fit)
    rng = np.random.default_rng(seed)
    sizes = [fit.moments.n[kind == k] for k in (0, 1)]
    tau00, sigma2 = float(fit.cov_re.to_numpy()[0, 0]), fit.scale
    rates = {J: _rates(rng, list(zip(sizes, both, strict=True)), tau00, sigma2, n) for J, both in of_kinds.items()}
    return pd.DataFrame.from_dict(rates, orient="index").rename_axis("schools")


def _kinds(fit: OneFactorFit) -> np.ndarray:
    """(J,) each school's x, 0 or 1."""
    layout, m = fit.layout, fit.moments
    kind = (m.mean + m.origin)[:, 0]
    line = layout.z == (INTERCEPT,) and layout.x == (INTERCEPT, *layout.columns) and len(layout.columns) == 1
    if not line or set(kind) != {0.0, 1.0}:
        raise ModelError(
            f"{fit.formula!r} is not of the form y ~ x + (1 | g), with an x that is 0 for some groups and 1 for others"
        )
    return kind


def _rates(
    rng: np.random.Generator, kinds: list[tuple[np.ndarray, int]], tau00: float, sigma2: float, n: int
) -> dict[str, float]:
    """Shares of n samples, each with so many schools of each kind, whose sizes are drawn from those given."""
    J = sum(count for _, count in kinds)
    drawn = [_kind(rng, sizes, count, tau00, sigma2, n) for sizes, count in kinds]
    zero, one = drawn
    N = zero["students"] + one["students"]
    difference = one["mean"] - zero["mean"]
    CR0, CR2, squares, per_student, per_school, of_means = (
        zero[name] + one[name] for name in ("CR0", "CR2", "squares", "per student", "per school", "squares of means")
    )
    OLS = (squares + sigma2 * rng.chisquare(N - J)) / (N - 2) * per_student
    tests = {
        "OLS": (difference, OLS, N - 2),
        "CR1": (difference, CR0 * J / (J - 1) * (N - 1) / (N - 2), J - 1),
        "CR2": (difference, CR2, J - 1),
        "school means": (one["mean of means"] - zero["mean of means"], of_means / (J - 2) * per_school, J - 2),
    }
    return {
        name: float((np.abs(estimate) > special.stdtrit(df, 0.975) * np.sqrt(variance)).mean())
        for name, (estimate, variance, df) in tests.items()
    }


def _kind(
    rng: np.random.Generator, sizes: np.ndarray, count: int, tau00: float, sigma2: float, n: int
) -> dict[str, np.ndarray]:
    """What n samples of `count` schools of one kind contribute to the tests, an array (n,) each."""
    size = rng.choice(sizes, (n, count))
    mean = rng.standard_normal(size.shape) * np.sqrt(tau00 + sigma2 / size)
    weight = size / size.sum(axis=1, keepdims=True)
    kind_mean = (weight * mean).sum(axis=1)
    left = mean - kind_mean[:, None]
    squared_shares = (weight * left) ** 2
    return {
        "students": size.sum(axis=1),
        "per student": 1 / size.sum(axis=1),
        "per school": np.full(n, 1 / count),
        "mean": kind_mean,
        "squares": (size * left**2).sum(axis=1),
        "CR0": squared_shares.sum(axis=1),
        "CR2": (squared_shares / (1 - weight)).sum(axis=1),
        "mean of means": mean.mean(axis=1),
        "squares of means": count * mean.var(axis=1),
    }
