"""New data from a fitted model, drawn where the estimator looks: at the schools' moments, not at students.

Given X and Z, what a random-intercept or random-slope model uses of y is each school's own regression R_jy, normal
about R_j beta + u_j with covariance sigma2 A_j^-1, and three sums of what no school's Z explains, which are normal and
chi-square. Drawing these gives the same distribution as drawing every student and summing (Cochran 1934), at the
cost of O(schools): thousands of samples a second.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from ..errors import ModelError
from ..model.deviance import Deviance
from ..model.optimum import optimum
from ..model.two_stage import TwoStage
from ..results import MixedResults
from .satterthwaite import Satterthwaite, two_sided_p


def draw_stages(
    stage: TwoStage, beta: np.ndarray, Lambda: np.ndarray, s2: float, n: int, seed: int
) -> Iterator[TwoStage]:
    """Yield n samples of the model (inside units): the stage with everything that depends on y drawn anew."""
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


def bootstrap(fit: MixedResults, n: int = 1000, seed: int = 1) -> pd.DataFrame:
    """Estimates from n samples drawn from a fitted model and fitted again: a parametric bootstrap.

    Args:
        fit: the model to draw from, by its own criterion (REML or ML). n: samples. seed: of the draws.

    Returns:
        DataFrame (n rows): the fixed effects by name, then the distinct elements of G as "var ses" and
        "cov Intercept, ses", then "var residual". Quantiles of a column are the ends of a bootstrap interval.

    Raises:
        ModelError: n is not a positive number.

    Example:
        >>> import hlm
        >>> fit = hlm.lmer("math ~ sector + (1 | sch.id)", hlm.load_hsb())
        >>> list(hlm.bootstrap(fit, n=2).columns)
        ['Intercept', 'sector', 'var Intercept', 'var residual']
    """
    if n < 1:
        raise ModelError(f"the number of samples must be positive, not {n!r}")
    at, z = fit._at, fit.layout.z
    beta = _inside(fit, fit.params.to_numpy())
    rows, columns = at.stage.free
    names = [f"var {z[r]}" if r == c else f"cov {z[c]}, {z[r]}" for r, c in zip(rows, columns, strict=True)]
    samples = []
    for stage in draw_stages(at.stage, beta, at.Lambda, at.s2, n, seed):
        again = MixedResults(fit.moments, None, optimum(stage, fit.reml))
        samples.append([*again.params, *again.cov_re.to_numpy()[rows, columns], again.scale])
    return pd.DataFrame(samples, columns=[*fit.layout.x, *names, "var residual"])


def _inside(fit: MixedResults, params: np.ndarray) -> np.ndarray:
    """Fixed effects in the units that the estimator uses inside."""
    scale, params = fit._at.stage.scale, params.copy()
    if scale.shift_y:
        params[fit.layout.x.index("Intercept")] -= scale.shift_y
    return np.linalg.solve(scale.unit_y * scale.to_x, params)


def false_positives(fit: MixedResults, term: str, n: int = 2000, alpha: float = 0.05, seed: int = 1) -> pd.DataFrame:
    """How often OLS and the mixed model call a fixed effect significant in data where it is zero.

    Args:
        fit: a model whose G, sigma2 and other fixed effects the data are drawn from, on its own X and schools.
        term: the fixed effect that is set to zero and tested. n: samples.
        alpha: level of the tests. seed: of the draws.

    Returns:
        DataFrame (2 n rows): method ("OLS", "HLM"), sample, estimate, se, p, rejected.

    Raises:
        ModelError: the model has no such term, n is not a positive number, or alpha lies outside 0 to 1.
    """
    if n < 1:
        raise ModelError(f"the number of samples must be positive, not {n!r}")
    if not 0 < alpha < 1:
        raise ModelError(f"alpha must lie between 0 and 1, not {alpha!r}")
    names = list(fit.layout.x)
    if term not in names:
        raise ModelError(f"the model has no fixed effect {term!r}; they are {', '.join(names)}")
    at, scale = fit._at, fit._at.stage.scale
    truth = fit.params.to_numpy().copy()
    truth[names.index(term)] = 0.0
    beta = _inside(fit, truth)
    row = scale.unit_y * scale.to_x[names.index(term)]
    rows = []
    for sample, stage in enumerate(draw_stages(at.stage, beta, at.Lambda, at.s2, n, seed)):
        rows.append(("OLS", sample, *_ols_test(stage, row)))
        rows.append(("HLM", sample, *_hlm_test(stage, row, at.reml)))
    table = pd.DataFrame(rows, columns=["method", "sample", "estimate", "se", "p"])
    table["rejected"] = table["p"] < alpha
    return table


def _ols_test(stage: TwoStage, row: np.ndarray) -> tuple[float, float, float]:
    """Estimate, standard error and p of one coefficient by least squares: the mixed model at D = 0."""
    at = Deviance(stage, np.zeros(len(stage.free[0])), reml=True)
    estimate, se = row @ at.beta, np.sqrt(at.s2 * row @ at.C @ row)
    return estimate, se, float(two_sided_p(estimate / se, at.dof))


def _hlm_test(stage: TwoStage, row: np.ndarray, reml: bool) -> tuple[float, float, float]:
    at = optimum(stage, reml).at
    estimate, se = row @ at.beta, np.sqrt(at.s2 * row @ at.C @ row)
    inside = np.linalg.solve(stage.scale.to_x.T, row)  # Satterthwaite takes contrasts in the user's units
    return estimate, se, float(two_sided_p(estimate / se, Satterthwaite(at).df(inside[None])[0]))
