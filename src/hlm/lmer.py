"""The linear mixed model: from a formula and data to the optimum of its likelihood.

`lmer` reads as the whole story: bind the formula, sum the moments, find the optimum, hand over the results.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from .deviance import Deviance, TwoStage, symmetric_units, trace_of_products, two_stage
from .errors import ConvergenceWarning, ModelError, SingularFitWarning
from .formula import INTERCEPT, design
from .moments import Moments, moments, of_design
from .results import MixedResults

GRADIENT = 1e-6  # an optimum's gradient, in deviance a unit of theta (standardised columns), is at most this
BOUNDARY = 1e-5  # a singular value of Lambda below this is tried at zero
ITERATIONS = 200
MANY_SCHOOLS = 8000  # from here on, a first look at a quarter as many saves passes over all


def lmer(formula: str, data: Any, reml: bool = True) -> MixedResults:
    """Fit a linear mixed model with one grouping factor, by REML or maximum likelihood.

    Args:
        formula: lme4's: `y ~ x * z + (1 + x | g)`, `(x || g)` for uncorrelated terms, `(0 + x | g)` for no random
            intercept. Transformations and factors as in formulaic. A column such as sch.id may be named as it is.
        data: a pandas DataFrame, one row a student; or what `hlm.moments` takes or returns.
        reml: restricted maximum likelihood, or maximum likelihood if False.

    Returns:
        MixedResults: estimates and what can be inferred from them.

    Raises:
        ModelError: the formula or the data do not make a model; the message names the column, row or term.

    Warns:
        MissingDataWarning: rows were left out. SingularFitWarning: G is on the boundary. ConvergenceWarning: the
        conditions of an optimum do not hold at the solution.

    Source: Bates, Maechler, Bolker & Walker (2015), Journal of Statistical Software 67(1), sections 2 to 4.

    Example:
        >>> import hlm
        >>> fit = hlm.lmer("math ~ sector + (1 | sch.id)", hlm.load_hsb())
        >>> round(fit.bse["sector"], 3)
        np.float64(0.439)
    """
    rows = None
    if isinstance(data, Moments):
        sums = _same_formula(formula, data)
    elif isinstance(data, pd.DataFrame):
        rows = design(formula, data, _CallersNames())
        sums = of_design(rows)
    else:
        sums = moments(formula, data)
    return fit(sums, rows, reml)


def fit(sums: Moments, rows: Any, reml: bool) -> MixedResults:
    """Fit the model of these moments; `rows`, where there are any, serve fitted values and residuals."""
    _require_data(sums)
    stage = two_stage(sums)
    _require_identified(stage, sums)
    try:
        at, singular, converged = optimum(stage, reml)
    except np.linalg.LinAlgError:
        raise ModelError(
            f"the fit of {sums.layout.formula!r} breaks down: its columns explain {sums.layout.response} exactly, "
            "or some are too nearly collinear"
        ) from None
    _tell(at, sums, singular, converged)
    return MixedResults(sums, rows, at, singular, converged)


def optimum(stage: TwoStage, reml: bool) -> tuple[Deviance, bool, bool]:
    """The Lambda of least deviance: (the deviance there, whether Lambda is singular, whether it was verified).

    Newton steps on the elements of Lambda, with the exact Hessian. The deviance is even in each column of Lambda, so
    no bounds are needed: the boundary of the space of covariance matrices is an ordinary stationary point, and it is
    the solution if and only if the deviance rises from it inwards (`verified`).
    """
    at = _descend(Deviance(stage, _start(stage, reml), reml))
    for other in _other_starts(at):
        at = min(at, _descend(Deviance(stage, other, reml)), key=lambda found: found.value)
    for _ in range(3):
        at, singular = _at_the_boundary(at)
        inward = _downhill_from_the_boundary(at) if singular else None
        if inward is None:
            break
        at = _descend(Deviance(stage, inward, reml))
    return at, singular, verified(at)


def verified(at: Deviance) -> bool:
    """Whether the conditions of a minimum hold: no slope along Lambda, and none downhill off its boundary."""
    flat = np.abs(at.gradient).max() <= GRADIENT
    return bool(flat and _downhill_from_the_boundary(at) is None)


def _other_starts(at: Deviance) -> Iterator[np.ndarray]:
    """Starts for what may be another, better optimum.

    Uncorrelated terms can stand in for one another: each gets a start in which it has almost all of the variance. And
    if schools' own regressions leave much less unexplained than the model does, their coefficients may vary so much
    that its first start was too small by orders of magnitude.
    """
    stage, blocks = at.stage, _blocks(at.stage)
    diagonal = stage.free[0] == stage.free[1]
    for block in blocks if len(blocks) > 1 else ():
        yield np.where(diagonal, np.where(np.isin(stage.free[0], block), 1.0, 0.01), 0.0)
    spare = stage.nobs - stage.q * stage.schools - stage.p
    if spare > 0:
        x, y = stage.S[:-1, :-1], stage.S[:-1, -1]
        own = (stage.S[-1, -1] - y @ np.linalg.pinv(x, rcond=1e-12, hermitian=True) @ y) / spare
        if 0 < own < at.s2 / 2:
            yield np.where(diagonal, 3 * np.sqrt(at.s2 / own), 0.0)


def _start(stage: TwoStage, reml: bool) -> np.ndarray:
    """Where to begin: at the optimum of a sample of the schools, if they are many; else near most data.

    That is, in standardised columns, random coefficients of a third of the residual's spread each, uncorrelated.
    """
    if stage.schools > MANY_SCHOOLS:
        every = stage.schools // (MANY_SCHOOLS // 4)
        A, R = (np.ascontiguousarray(part[..., ::every]) for part in (stage.A, stage.R))
        share = A.shape[-1] / stage.schools
        sample = replace(
            stage,
            A=A,
            R=R,
            det_A=None if stage.det_A is None else stage.det_A[::every],
            S=share * stage.S,
            nobs=max(1, round(share * stage.nobs)),
        )
        theta = _descend(Deviance(sample, _start(sample, reml), reml)).theta
        return theta + np.where(np.abs(theta) < BOUNDARY, 1e-2, 0.0)  # off the boundary, where every slope is zero
    rows, columns = stage.free
    size = np.sqrt(np.einsum("qqj->q", stage.A) / stage.nobs)
    return np.where(rows == columns, 0.35 / np.where(size > 0, size, 1.0)[rows], 0.0)


def _descend(at: Deviance) -> Deviance:
    for _ in range(ITERATIONS):
        values, vectors = np.linalg.eigh(at.hessian)
        slope = vectors.T @ at.gradient
        # Along directions that curve downwards the step is uphill's opposite; flat ones are left alone.
        curve = np.maximum(np.abs(values), 1e-10 * max(1.0, np.abs(values).max()))
        step = -vectors @ (slope / curve)
        longest = np.abs(step).max() / max(0.5, np.abs(at.theta).max())
        step /= max(1.0, longest)
        expected = -at.gradient @ step
        if expected <= 1e-13:  # half of this is what is left to gain
            return _polished(at, step)
        at = _step_down(at, step, expected)
    return at


def _step_down(at: Deviance, step: np.ndarray, expected: float) -> Deviance:
    """The deviance after a step, halved until it pays (Armijo), short of what rounding hides."""
    noise = 1e-13 * abs(at.value) + 1e-12
    for halving in range(40):
        after = Deviance(at.stage, at.theta + step / 2**halving, at.reml)
        if after.value <= at.value - 1e-4 * expected / 2**halving + noise:
            return after
    return at


def _polished(at: Deviance, step: np.ndarray) -> Deviance:
    """The last Newton step is below what the deviance can show; the gradient judges it."""
    after = Deviance(at.stage, at.theta + step, at.reml)
    return after if np.abs(after.gradient).max() <= np.abs(at.gradient).max() else at


def _blocks(stage: TwoStage) -> list[np.ndarray]:
    """The rows of Lambda that share a block."""
    linked = np.eye(stage.q, dtype=bool)
    linked[stage.free] = True
    linked |= linked.T
    return [np.flatnonzero(line) for line in np.unique(linked, axis=0)[::-1]]


def _at_the_boundary(at: Deviance) -> tuple[Deviance, bool]:
    """Put singular values of Lambda that are almost zero at zero, where the deviance is no higher for it."""
    moved, singular = at.Lambda.copy(), False
    for block in _blocks(at.stage):
        here = np.ix_(block, block)
        left, size, _ = np.linalg.svd(at.Lambda[here])
        small = size < BOUNDARY
        if small.any():
            singular = True
            factor = left * np.where(small, 0.0, size)
            lower = np.linalg.qr(factor.T)[1].T  # a lower-triangular factor of the same matrix
            lower *= np.where(np.diag(lower) < 0, -1.0, 1.0)
            lower[:, np.abs(lower).max(axis=0) < BOUNDARY] = 0.0
            moved[here] = np.tril(lower)
    if not singular:
        return at, False
    exact = Deviance(at.stage, moved[at.stage.free], at.reml)
    if exact.value > at.value + 1e-9:
        return at, False
    return _descend(exact), True


def _downhill_from_the_boundary(at: Deviance) -> np.ndarray | None:
    """A theta just inside the boundary from which the deviance falls, or None (Gamma is not negative off Lambda)."""
    moved = None
    for block in _blocks(at.stage):
        here = np.ix_(block, block)
        left, size, _ = np.linalg.svd(at.Lambda[here])
        null = left[:, size < BOUNDARY]
        if not null.size:
            continue
        slopes, directions = np.linalg.eigh(null.T @ at.Gamma[here] @ null)
        if slopes[0] < -1e-6 * max(1.0, np.abs(at.Gamma).max()):
            inward = null @ directions[:, 0]
            D = at.D[here] + 1e-2 * np.outer(inward, inward) + 1e-12 * np.eye(len(block))
            moved = at.Lambda.copy() if moved is None else moved
            moved[here] = np.linalg.cholesky(D)
    return None if moved is None else moved[at.stage.free]


# ----------------------------------------------------------------------------------------- what cannot be fitted


class _CallersNames(dict):
    """Names in the frame that called `lmer`, looked up only if the formula uses them."""

    def __init__(self) -> None:
        frame = inspect.currentframe().f_back.f_back
        super().__init__({**frame.f_globals, **frame.f_locals} if frame else {})


def _same_formula(formula: str, sums: Moments) -> Moments:
    if formula != sums.layout.formula:
        raise ModelError(f"these moments were made for {sums.layout.formula!r}, not for {formula!r}")
    return sums


def _require_data(m: Moments) -> None:
    """Refuse data from which the model cannot be estimated, naming what is wrong."""
    layout, p = m.layout, len(m.layout.x)
    if m.ngroups < 2:
        raise ModelError(f"{layout.group} has one group only; the spread between groups needs at least two")
    if m.ngroups >= m.nobs:
        raise ModelError(
            f"every one of the {m.nobs:,} rows is a group of its own in {layout.group}; "
            "the spread between groups cannot be told from the residual"
        )
    if p == 0:
        raise ModelError(f"formula {layout.formula!r} has no fixed effect; keep at least the intercept")
    if m.nobs <= p:
        raise ModelError(f"{m.nobs:,} complete rows cannot determine {p} fixed effects")
    size = np.abs(m.origin + m.n @ m.mean / m.nobs)
    spread = np.sqrt((np.diag(m.within) + m.n @ (m.mean - m.n @ m.mean / m.nobs) ** 2) / m.nobs)
    if not np.isfinite(spread).all():
        names = [*layout.columns, layout.response]
        raise ModelError(f"{names[int(np.argmin(np.isfinite(spread)))]} is too large: its squares overflow")
    if spread[-1] <= 1e-14 * size[-1]:
        raise ModelError(f"the response {layout.response} is constant; there is nothing to explain")
    _require_independent(m, spread, size)


def _require_independent(m: Moments, spread: np.ndarray, size: np.ndarray) -> None:
    """Refuse columns of X that others determine, naming them."""
    layout, k = m.layout, len(m.layout.columns)
    with_intercept = INTERCEPT in layout.x
    names = [name for name in layout.x if name != INTERCEPT]
    places = [layout.columns.index(name) for name in names]
    if with_intercept:
        constant = [name for name, a in zip(names, places, strict=True) if spread[a] <= 1e-13 * max(size[a], 1e-300)]
        if constant:
            raise ModelError(f"{', '.join(constant)}: constant in these data, so the intercept already says it all")
    shift = m.n @ m.mean[:, :k] / m.nobs if with_intercept else -m.origin[:k]
    mean = m.mean[:, :k] - shift
    cross = (m.within[:k, :k] + (mean.T * m.n) @ mean)[np.ix_(places, places)]
    unit = np.sqrt(np.diag(cross))
    cross = cross / np.outer(unit, unit) if len(unit) else cross
    kept: list[int] = []
    for a, name in enumerate(names):
        if kept:
            weights = np.linalg.solve(cross[np.ix_(kept, kept)], cross[kept, a])
            if 1 - weights @ cross[kept, a] < 1e-11:
                others = [names[b] for b, weight in zip(kept, weights, strict=True) if abs(weight) > 1e-6]
                joined = " and ".join(others)
                raise ModelError(
                    f"collinear columns: {name} is determined by {joined}"
                    f"{' and the intercept' if with_intercept else ''}; leave one of them out"
                )
        kept.append(a)


def _require_identified(stage: TwoStage, m: Moments) -> None:
    """Refuse a random term whose variances leave the same mark on the data as others, or as the residual."""
    rows, columns = stage.free
    E = symmetric_units(rows, columns, stage.q)
    # The covariance of the data moves by Z E Z'; these are the inner products of those moves, the residual's last.
    inner = np.empty((len(E) + 1, len(E) + 1))
    inner[:-1, :-1] = trace_of_products(stage.A, stage.A, E)
    inner[:-1, -1] = inner[-1, :-1] = np.einsum("iab,ab->i", E, stage.A.sum(axis=-1))
    inner[-1, -1] = stage.nobs
    size = np.sqrt(np.diag(inner))
    empty = [m.layout.z[r] for r, c, s in zip(rows, columns, size[:-1], strict=True) if r == c and s <= 0]
    if empty:
        raise ModelError(f"the random coefficient of {', '.join(empty)} has nothing to act on: the column is all zero")
    if np.linalg.eigvalsh(inner / np.outer(size, size))[0] < 1e-11:
        raise ModelError(
            f"the data cannot identify the random part of {m.layout.formula!r}: the (co)variances of "
            f"{', '.join(m.layout.z)} within {m.layout.group} and the residual variance do not leave separate marks; "
            "a coefficient needs a column that differs within groups, and more rows in a group than coefficients"
        )


def _tell(at: Deviance, m: Moments, singular: bool, converged: bool) -> None:
    if not np.isfinite(at.value) or not np.isfinite(at.theta).all():
        raise ModelError(
            f"the likelihood of {m.layout.formula!r} is not finite; the fit explains the response exactly?"
        )
    if singular:
        warnings.warn(
            f"singular fit of {m.layout.formula!r}: the most likely G is on the boundary (a variance of "
            f"{', '.join(m.layout.z)} within {m.layout.group} is zero, or a correlation is plus or minus one)",
            SingularFitWarning,
            stacklevel=4,
        )
    if not converged:
        warnings.warn(
            f"the optimum of {m.layout.formula!r} could not be verified: the largest slope left is "
            f"{np.abs(at.gradient).max():.1e}",
            ConvergenceWarning,
            stacklevel=4,
        )
