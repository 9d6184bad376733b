"""From moments to the optimum of the likelihood: `solve` tells the story."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from ..caller import warn
from ..errors import ConvergenceWarning, ModelError, SingularFitWarning
from .checks import require_data, require_identified, require_residual
from .criterion import deviance_at
from .deviance import Deviance
from .moments import Moments
from .starts import first_look, near_most_data, scored_start
from .two_stage import TwoStage, two_stage

if TYPE_CHECKING:
    from .criterion import AnyDeviance, AnyStage
    from .crossings import CrossedMoments

GRADIENT = 1e-6  # an optimum's gradient, in deviance a unit of theta (standardised columns), is at most this
BOUNDARY = 1e-5  # a singular value of Lambda below this is tried at zero
ANOTHER = 1e-6  # minima whose deviances differ by less are one, found twice
NOTHING = 1e-17  # a gain in deviance of this much moves no parameter by more than 3e-9 of its standard error
NEAR = 0.1  # near the optimum a step changes no standard deviation by more than this share of it
FLAT = 1e-3  # six digits of a Hessian are enough if none of its eigenvalues is a smaller share of the largest
SHOWN = 1e-9  # rounding may hide a gain in deviance below this
ITERATIONS = 200
FEW_SCHOOLS = 6  # with fewer schools than this for each element of theta, the deviance often has several minima
MANY_SCHOOLS = 8000  # from here on, a first look at a quarter as many saves passes over all


@dataclass(frozen=True)
class Solution:
    """The optimum of a model's likelihood.

    Attributes:
        at: the deviance at the best Lambda. singular: that Lambda is on the boundary of what a covariance can be.
        converged: the conditions of a minimum were verified there.
    """

    at: AnyDeviance
    singular: bool
    converged: bool


def solve(sums: Moments | CrossedMoments, reml: bool) -> Solution:
    """Check that the moments make a model, find its optimum, and warn of what a reader should know."""
    require_data(sums)
    stage = two_stage(sums) if isinstance(sums, Moments) else sums.stage
    try:
        look = first_look(stage, reml)
        require_identified(look, sums.layout)
        found = optimum(stage, reml, None if isinstance(stage, TwoStage) else scored_start(look))
        require_residual(found.at, sums.layout)
    except np.linalg.LinAlgError:
        raise ModelError(
            f"the fit of {sums.layout.formula!r} breaks down: its columns explain {sums.layout.response} exactly, "
            "or some are too nearly collinear"
        ) from None
    _tell(found, sums)
    return found


def optimum(stage: AnyStage, reml: bool, start: np.ndarray | None = None, elsewhere: bool = True) -> Solution:
    """The Lambda of least deviance.

    Newton steps on the elements of Lambda, with the exact Hessian. The deviance is even in each column of Lambda, so
    no bounds are needed: the boundary of the space of covariance matrices is an ordinary stationary point, and it is
    the solution if and only if the deviance rises from it inwards (`verified`). The search begins at `start`, or near
    most data if there is none, and unless `elsewhere` is false, it is tried from where other minima may be as well.
    """
    begin = _start(stage, reml) if start is None else _off_the_boundary(start)
    at = _descend(_nearer(deviance_at(stage, begin, reml)))
    for other in _other_starts(at) if elsewhere else ():
        at = _better(at, _descend(deviance_at(stage, other, reml)))
    for _ in range(3):
        at, singular = _at_the_boundary(at)
        inward = _downhill_from_the_boundary(at) if singular else None
        if inward is None:
            break
        at = _descend(deviance_at(stage, inward, reml))
    return Solution(at, singular, verified(at))


def verified(at: AnyDeviance) -> bool:
    """Whether the conditions of a minimum hold: no slope along Lambda, and none downhill off its boundary."""
    flat = np.abs(at.gradient).max() <= GRADIENT
    return bool(flat and _downhill_from_the_boundary(at) is None)


def _better(at: AnyDeviance, found: AnyDeviance) -> AnyDeviance:
    """The lower of two minima; if they are one minimum found twice, where its slope is less."""
    if abs(found.value - at.value) > ANOTHER:
        return min(at, found, key=lambda end: end.value)
    return min(at, found, key=lambda end: np.abs(end.gradient).max())


def _other_starts(at: AnyDeviance) -> Iterator[np.ndarray]:
    """Starts for what may be another, better optimum.

    Uncorrelated terms can stand in for one another: each gets a start in which it has almost all of the variance. And
    if schools' own regressions leave much less unexplained than the model does, their coefficients may vary so much
    that its first start was too small by orders of magnitude. A few schools may be explained in several ways: by a
    coefficient that varies alone, or by several that vary together, in this direction or that.
    """
    stage, blocks = at.stage, at.stage.blocks
    diagonal = stage.free[0] == stage.free[1]
    if not stage.cheap:
        return
    lonely = {block[0] for block in blocks if len(block) == 1}
    for block in blocks if len(blocks) > 1 else ():
        yield np.where(diagonal, np.where(np.isin(stage.free[0], block), 1.0, 0.01), 0.0)
    own = stage.own_residual_variance
    if own is not None and 0 < own < at.s2 / 2:
        yield np.where(diagonal, 3 * np.sqrt(at.s2 / own), 0.0)
    if len(at.theta) > 1 and stage.schools < FEW_SCHOOLS * len(at.theta):
        several = not isinstance(stage, TwoStage)
        for alone in range(stage.q):
            if not (several and alone in lonely):
                yield np.where(diagonal, np.where(stage.free[0] == alone, 3.0, 0.03), 0.0)
        widest = max(len(block) for block in blocks) if several else stage.q
        for size, signs in product((1.0, 5.0), product((1, -1), repeat=min(widest - 1, 3))):
            yield size * _together(stage, signs)[stage.free]


def _together(stage: AnyStage, signs: Sequence[int]) -> np.ndarray:
    """A Lambda whose coefficients vary together, with the first or, by `signs`, against it; of several factors, within
    each block."""
    Lambda = np.zeros((stage.q, stage.q))
    for block in [np.arange(stage.q)] if isinstance(stage, TwoStage) else stage.blocks:
        turn = np.array([1, *signs, *[1] * stage.q])[: len(block)]
        Lambda[np.ix_(block, block)] = np.linalg.cholesky(0.8 * np.outer(turn, turn) + 0.2 * np.eye(len(block)))
    return Lambda


def _start(stage: AnyStage, reml: bool) -> np.ndarray:
    """Where to begin: near most data, at the optimum of a sample of the schools if they are many; of several factors,
    where scoring leads from a first look."""
    if not isinstance(stage, TwoStage):
        return scored_start(first_look(stage, reml))
    near = near_most_data(stage)
    if stage.schools <= MANY_SCHOOLS:
        return near
    try:
        theta = _descend(deviance_at(_sample(stage), near, reml)).theta
    except np.linalg.LinAlgError:  # the sample lacks what is rare among schools
        return near
    return _off_the_boundary(theta)


def _nearer(at: AnyDeviance) -> AnyDeviance:
    """The deviance where cheap steps lead to, if its Hessian is dear."""
    if isinstance(at, Deviance) or at.stage.cheap:
        return at
    from .approach import approached

    return approached(at)


def _off_the_boundary(theta: np.ndarray) -> np.ndarray:
    """A start nearby that is not on the boundary, where every slope is zero."""
    return theta + np.where(np.abs(theta) < BOUNDARY, 1e-2, 0.0)


def _sample(stage: TwoStage) -> TwoStage:
    """A quarter of MANY_SCHOOLS schools, drawn at random (always the same ones), as a stage of their own."""
    some = np.random.default_rng(0).choice(stage.schools, MANY_SCHOOLS // 4, replace=False)
    share = len(some) / stage.schools
    return replace(
        stage,
        A=np.ascontiguousarray(stage.A[..., some]),
        R=np.ascontiguousarray(stage.R[..., some]),
        det_A=None if stage.det_A is None else stage.det_A[some],
        S=share * stage.S,
        nobs=max(stage.p + 1, round(share * stage.nobs)),
    )


def _descend(at: AnyDeviance) -> AnyDeviance:
    for _ in range(ITERATIONS):
        hessian = _leading_hessian(at)
        values, vectors = np.linalg.eigh(hessian)
        slope = vectors.T @ at.gradient
        # Along directions that curve downwards the step is uphill's opposite; flat ones are left alone.
        curve = np.maximum(np.abs(values), 1e-10 * max(1.0, np.abs(values).max()))
        step = -vectors @ (slope / curve)
        longest = np.abs(step).max() / max(0.5, np.abs(at.theta).max())
        step /= max(1.0, longest)
        expected = -at.gradient @ step  # half of this is what is left to gain
        if not at.stage.cheap:
            if expected <= NOTHING and np.abs(at.gradient).max() <= GRADIENT:
                return at
            step = _in_logarithms(at, step, hessian)
        after = _polished(at, step) if expected <= SHOWN else at
        if after is at and expected > 1e-13:
            after = _step_down(at, step, expected)
        if after is at or expected <= 1e-13:
            return after
        at = after
    return at


def _leading_hessian(at: AnyDeviance) -> np.ndarray:
    """The Hessian; a dear one to six digits if another step is to follow, and no direction is too flat for so few."""
    if isinstance(at, Deviance) or at.stage.cheap or np.abs(at.gradient).max() <= GRADIENT:
        return at.hessian
    values = np.linalg.eigvalsh(at.rough_hessian)
    return at.rough_hessian if values[0] > FLAT * values[-1] else at.hessian


def _in_logarithms(at: AnyDeviance, step: np.ndarray, hessian: np.ndarray) -> np.ndarray:
    """Near the optimum, Newton's step on the logarithms of Lambda's diagonal in place of `step`, his on theta.

    The deviance is nearer to a parabola there: what a step leaves is a tenth as far away, and saves another one.
    """
    rows, columns = at.stage.free
    diagonal = rows == columns
    if (np.abs(step) >= NEAR * np.abs(at.theta))[diagonal].any():
        return step
    turn = np.where(diagonal, at.theta, 1.0)
    curvature = hessian * np.outer(turn, turn) + np.diag(np.where(diagonal, turn * at.gradient, 0.0))
    if np.linalg.eigvalsh(curvature)[0] <= 0:
        return step
    move = np.linalg.solve(curvature, -turn * at.gradient)
    return np.where(diagonal, turn * np.expm1(move), move)


def _step_down(at: AnyDeviance, step: np.ndarray, expected: float) -> AnyDeviance:
    """The deviance after a step, halved until it pays (Armijo), short of what rounding hides."""
    noise = 1e-13 * abs(at.value) + 1e-12
    for halving in range(40):
        after = deviance_at(at.stage, at.theta + step / 2**halving, at.reml)
        if after.value <= at.value - 1e-4 * expected / 2**halving + noise:
            return after
    return at


def _polished(at: AnyDeviance, step: np.ndarray) -> AnyDeviance:
    """The last Newton steps are below what the deviance can show; the gradient judges them."""
    after = deviance_at(at.stage, at.theta + step, at.reml)
    return after if np.abs(after.gradient).max() <= np.abs(at.gradient).max() else at


def _at_the_boundary(at: AnyDeviance) -> tuple[AnyDeviance, bool]:
    """Put singular values of Lambda that are almost zero at zero, where the deviance is no higher for it."""
    moved, singular = at.Lambda.copy(), False
    for block in at.stage.blocks:
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
    exact = deviance_at(at.stage, moved[at.stage.free], at.reml)
    if exact.value > at.value + 1e-9:
        return at, False
    return _descend(exact), True


def _downhill_from_the_boundary(at: AnyDeviance) -> np.ndarray | None:
    """A theta just inside the boundary from which the deviance falls, or None (Gamma is not negative off Lambda)."""
    moved = None
    for block in at.stage.blocks:
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


def _tell(found: Solution, m: Moments | CrossedMoments) -> None:
    at = found.at
    if not np.isfinite(at.value) or not np.isfinite(at.theta).all():
        raise ModelError(
            f"the likelihood of {m.layout.formula!r} is not finite; the fit explains the response exactly?"
        )
    if found.singular:
        warn(
            f"singular fit of {m.layout.formula!r}: the most likely G is on the boundary ({_where_singular(found, m)})",
            SingularFitWarning,
        )
    if not found.converged:
        warn(
            f"the optimum of {m.layout.formula!r} could not be verified: the largest slope left is "
            f"{np.abs(at.gradient).max():.1e}",
            ConvergenceWarning,
        )


def _where_singular(found: Solution, m: Moments | CrossedMoments) -> str:
    """Which variances or correlations are on the boundary, in words."""
    at, names, where = found.at, m.layout.grouping, []
    slices = (slice(0, at.stage.q),) if isinstance(at.stage, TwoStage) else at.stage.slices
    for block in at.stage.blocks:
        if np.linalg.svd(at.Lambda[np.ix_(block, block)], compute_uv=False)[-1] >= BOUNDARY:
            continue
        factor = next(name for name, part in zip(names, slices, strict=True) if part.start <= block[0] < part.stop)
        terms = ", ".join(m.layout.z[k] for k in block)
        where.append(
            f"the variance of {terms} within {factor} is zero"
            if len(block) == 1
            else f"a variance of {terms} within {factor} is zero, or a correlation is plus or minus one"
        )
    return "; ".join(where)
