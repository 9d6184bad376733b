"""New data from a fitted model: students' responses, or what the estimator looks at, the schools' moments.

Given X and Z, what a random-intercept or random-slope model uses of y is each school's own regression R_jy, normal
about R_j beta + u_j with covariance sigma2 A_j^-1, and three sums of what no school's Z explains, which are normal and
chi-square. Drawing these gives the same distribution as drawing every student and summing (Cochran 1934), at the
cost of O(schools): thousands of samples a second.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..arguments import checked, require_samples
from ..errors import SingularFitWarning, require_free
from ..model.design import Design
from ..model.estimates import (
    fixed_effects,
    inside,
    random_covariance,
    random_names,
    random_root,
    residual_variance,
)
from ..model.optimum import optimum
from ..model.two_stage import TwoStage
from .fit import Fit

if TYPE_CHECKING:
    from ..model.criterion import AnyDeviance


def draw_stages(
    stage: TwoStage, beta: np.ndarray, Lambda: np.ndarray, s2: float, n: int, seed: int
) -> Iterator[TwoStage]:
    """Yield n samples of the model: the stage with everything that depends on y drawn anew.

    Args:
        stage: whose X, Z and schools the samples have.
        beta: (p,) fixed effects, Lambda: (q, q), s2: residual variance, all in the units used inside.
        n: samples. seed: of the draws.

    Source: Cochran (1934), Proceedings of the Cambridge Philosophical Society 30.
    """
    rng = np.random.default_rng(seed)
    J, q, p = stage.schools, stage.q, stage.p
    values, vectors = np.linalg.eigh(np.moveaxis(stage.A, -1, 0))
    known = values > 1e-12 * values[:, -1:]
    noise = vectors * np.where(known, 1 / np.sqrt(np.where(known, values, 1.0)), 0.0)[:, None, :]
    Rx, Sx = stage.R[:, :p], stage.S[:p, :p]
    size, axes = np.linalg.eigh(Sx)
    seen = size > 1e-12 * max(size[-1], 1e-300)
    half = axes[:, seen] * np.sqrt(size[seen])
    spare = stage.nobs - int(known.sum()) - int(seen.sum())  # dimensions that only the residual reaches
    sigma = np.sqrt(s2)
    for _ in range(n):
        u = sigma * rng.standard_normal((J, q)) @ Lambda.T
        R = stage.R.copy()
        e = sigma * np.einsum("jab,jb->ja", noise, rng.standard_normal((J, q)))
        # In directions that a school's students do not span, its R is zero whatever u is.
        R[:, p] = beta @ Rx + (np.einsum("jab,jcb,jc->ja", vectors * known[:, None, :], vectors, u) + e).T
        z = sigma * rng.standard_normal(int(seen.sum()))
        S = stage.S.copy()
        S[p, :p] = S[:p, p] = Sx @ beta + half @ z
        S[p, p] = beta @ Sx @ beta + 2 * beta @ half @ z + z @ z + s2 * rng.chisquare(spare)
        yield replace(stage, R=R, S=S)


def draw_responses(at: AnyDeviance, rows: Design, n: int, seed: int | None) -> np.ndarray:
    """Draw new responses of the same students from a fitted model, their schools' coefficients drawn anew too.

    Args:
        at: the deviance at the optimum. rows: the students. n: samples.
        seed: of the draws; None draws others each time.

    Returns:
        (n, nobs), a row for each sample.
    """
    layout, rng = rows.layout, np.random.default_rng(seed)
    fixed = rows.plus_offset(rows.matrix(layout.x) @ fixed_effects(at))
    root, sigma = random_root(at), np.sqrt(residual_variance(at))
    if rows.weights is not None:
        sigma = sigma / np.sqrt(rows.weights)
    own = [layout.of_factor(factor).z for factor in layout.grouping]
    ends = np.cumsum([0, *map(len, own)])
    parts = [slice(a, b) for a, b in pairwise(ends)]
    Z = [rows.matrix(names) for names in own]
    samples = np.empty((n, rows.nobs))
    for sample in samples:
        sample[:] = fixed
        for grouping, columns, part in zip(rows.groupings, Z, parts, strict=True):
            u = rng.standard_normal((len(grouping.groups), columns.shape[1])) @ root[part, part].T
            sample += np.einsum("iq,iq->i", columns, u[grouping.codes])
        sample += sigma * rng.standard_normal(rows.nobs)
    return samples


@checked
def bootstrap(fit: Fit, n: int = 1000, seed: int = 1) -> pd.DataFrame:
    """Estimates from n samples drawn from a fitted model and fitted again: a parametric bootstrap.

    Args:
        fit: the model to draw from, by its own criterion (REML or ML); of `hlm.lmer`.
        n: samples.
        seed: of the draws.

    Returns:
        DataFrame (n rows): the fixed effects by name, then the distinct elements of G as "var ses" and
        "cov Intercept, ses", then "var residual". Quantiles of a column are the ends of a bootstrap interval.

    Raises:
        ModelError: n is not a positive number, the seed a negative one, or a fixed effect has the name of a variance.

    Example:
        >>> import hlm
        >>> fit = hlm.lmer("math ~ sector + (1 | sch.id)", hlm.load_hsb())
        >>> list(hlm.bootstrap(fit, n=2).columns)
        ['Intercept', 'sector', 'var Intercept', 'var residual']
    """
    require_samples(n, seed)
    at, layout = fit.at, fit.moments.layout
    samples, free = [], at.stage.free
    own = [*random_names(layout, free), "var residual"]
    require_free(layout.x, own, "bootstrap")
    for again in _fitted_again(fit, n, seed):
        samples.append([*fixed_effects(again), *random_covariance(again)[free], residual_variance(again)])
    return pd.DataFrame(samples, columns=[*layout.x, *own])


def _fitted_again(fit: Fit, n: int, seed: int) -> Iterator[AnyDeviance]:
    """The optima of samples: of one factor from moments drawn anew, of several from responses drawn row by row."""
    at = fit.at
    if isinstance(at.stage, TwoStage):
        beta = inside(at, fixed_effects(at))
        for stage in draw_stages(at.stage, beta, at.Lambda, at.s2, n, seed):
            yield optimum(stage, at.reml).at
        return
    rng = np.random.default_rng(seed)
    for seed_of_one in rng.integers(2**63, size=n):
        y = draw_responses(at, fit.design, 1, int(seed_of_one))[0]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SingularFitWarning)  # that some samples are is expected
            yield fit.refit(y).at
