"""Profile-likelihood intervals for standard deviations and correlations.

A value belongs to the interval if the best model that has it is not much less likely than the best model of all: the
deviance, minimised over everything else, rises by no more than the chi-square quantile (Bates et al. 2015,
section 5.1). `variance_intervals` tells the story.

One component is held in a lower-triangular root of G whose first rows are the coefficients that it is about
(`Profile`). There the deviance is smooth up to and at the ends of the component's range, so that a standard deviation
of 0 and a correlation of plus or minus 1 are tried as any other value is: the interval ends there if that value is not
ruled out, and for no other reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import scipy  # loads scipy.optimize when it is used
from scipy.special import chdtri

from ..errors import ModelError
from ..model.criterion import deviance_at
from ..model.estimates import random_covariance, residual_variance
from .shown import Shown

if TYPE_CHECKING:
    from ..model.criterion import AnyDeviance, AnyStage

FAR = 1e6  # a standard deviation this many times smaller than its estimate stands for zero in the residual's profile
VALLEYS = 1e-6  # two minima whose deviances differ by less are the same
STEPS = 8  # between the estimate and a finite end of the range


def variance_intervals(
    at: AnyDeviance, z: tuple[str, ...], of: Sequence[str], alpha: float, parm: Sequence[str] | None = None
) -> Shown:
    """Profile intervals of a model's standard deviations and correlations.

    Args:
        at: the deviance at the optimum, of the criterion (REML or ML) that is profiled.
        z: names of the random coefficients, `Layout.z`. of: what follows each name: of several factors, which it is of.
        alpha: the intervals have level 1 - alpha. parm: the components that are wanted, all unless given.

    Returns:
        DataFrame (estimate, lower, upper) with `notes`, a row for each component; see
        `MixedResults.variance_intervals`.

    Raises:
        ModelError: alpha outside 0 to 1; a component that the model has not.

    Source: Bates, Maechler, Bolker & Walker (2015), section 5.1.
    """
    if not 0 < alpha < 1:
        raise ModelError(f"alpha must lie between 0 and 1, not {alpha!r}; 0.05 gives 95 per cent intervals")
    limit, nearly = chdtri(1, alpha), chdtri(1, alpha / 2)
    components = _components(at.stage, z, of)
    names = list(components) if parm is None else list(parm)
    foreign = [repr(name) for name in names if name not in components]
    if foreign or not names:
        what = f"no component of this model is named {foreign[0]}" if foreign else "parm names no component"
        raise ModelError(f"{what}; its components are {', '.join(components)}")
    rows, told = {}, {}
    for name in names:
        profile = Profile(at, components[name])
        ends = [_end(profile, side, limit) for side in (-1, 1)]
        notes = [_note(profile, end, side, limit, nearly) for end, side in zip(ends, (-1, 1), strict=True)]
        values = [float(profile.value(place)) for place in (profile.estimate, *ends)]
        if profile.vanishing:
            values[0] = float("nan")
        rows[name] = values
        if any(notes):
            told[name] = "; ".join(filter(None, notes))
    table = Shown.from_dict(rows, orient="index", columns=["estimate", "lower", "upper"])
    table.attrs["notes"] = told
    return table


Held = tuple[int, ...]  # the rows of G that a component is about: a standard deviation's, a correlation's two, or none


def _components(stage: AnyStage, z: tuple[str, ...], of: Sequence[str]) -> dict[str, Held]:
    """What is profiled, by name: standard deviations and correlations of G, the residual's standard deviation last."""
    rows, columns = stage.free
    pairs = [(int(rows[k]), int(columns[k])) for k in np.lexsort((rows != columns,))]
    names = {(r, c): f"sd {z[r]}{of[r]}" if r == c else f"cor {z[c]}, {z[r]}{of[r]}" for r, c in pairs}
    held = {names[r, c]: (r,) if r == c else (c, r) for r, c in pairs}
    return {**held, "sd residual": ()}


class Profile:
    """How much the deviance rises where one component is held, minimised over everything else.

    The component has a place on a scale without kinks: a standard deviation its own value, a correlation the angle
    whose sine it is. The random coefficients are written in a basis whose first members are those of the component:
    D = basis^-1 T T' basis^-T, with T lower triangular. A held standard deviation, over sigma, is T's first element;
    with a held correlation r, T's first rows are (s, 0) and t (r, sqrt(1 - r^2)).

    Attributes:
        estimate: the component's place at the optimum. bounds: the ends of its range.
        vanishing: it is a correlation with what does not vary at the optimum.
    """

    def __init__(self, at: AnyDeviance, held: Held):
        stage, scale = at.stage, at.stage.scale
        self.at, self.stage, self.held = at, stage, held
        self._blocks = sorted(stage.blocks, key=lambda block: not set(held) <= set(block)) if held else stage.blocks
        self._basis = _basis(scale.to_z, held, self._blocks)
        self._back = np.linalg.inv(self._basis)
        places = np.repeat(np.arange(len(self._blocks)), [len(block) for block in self._blocks])
        self._free = np.tril(places[:, None] == places)
        self._free[: len(held), : len(held)] = False
        self._amounts = self._free.sum() + np.arange(2 if len(held) == 2 else 0)  # s and t, which are not negative
        # A standard deviation's unit: of one, in the basis, in the user's units. The residual's is y's.
        of_one = np.linalg.norm(scale.to_z[held[0]]) if len(held) == 1 else np.sqrt(scale.weight)
        self._unit = scale.unit_y * of_one
        # Parameters are in units of their standard errors, roughly, so that a first step does not leave its valley.
        self._unit_T, self._unit_log_sigma = 0.5 / np.sqrt(stage.schools), 0.5 / np.sqrt(at.dof)

        sigma, sd = np.sqrt(residual_variance(at)), np.sqrt(np.diag(random_covariance(at)))
        self.vanishing = len(held) == 2 and bool(sd[list(held)].min() == 0)
        self.bounds: tuple[float, float]
        if not held:
            self.estimate, self.bounds = sigma, (sigma / FAR, np.inf)
        elif len(held) == 1:
            self.estimate, self.bounds = float(sd[held[0]]), (0.0, np.inf)
        else:
            r = 0.0 if self.vanishing else random_covariance(at)[held] / sd[list(held)].prod()
            r = np.sign(r) if abs(r) > 1 - 1e-9 else r
            self.estimate, self.bounds = float(np.arcsin(r)), (-np.pi / 2, np.pi / 2)
        self._known = {self.estimate: (0.0, self._start(at.Lambda))}
        self._searched = {self.estimate}

    def value(self, place: float) -> float:
        """The component at a place: a standard deviation is its own place, a correlation the sine of it."""
        if len(self.held) == 2:
            return float(np.sin(place))
        return 0.0 if not self.held and place == self.bounds[0] else place

    def step(self, side: int) -> float:
        """How far apart places are tried, on the way from the estimate to a side."""
        bound = self.bounds[side > 0]
        if np.isfinite(bound):
            return abs(bound - self.estimate) / STEPS
        return max(self.estimate, 0.05 * np.sqrt(self.at.s2) * self._unit) / 4

    def rise(self, place: float, everywhere: bool = False) -> float:
        """The least deviance at a place, less that at the optimum.

        Args:
            place: of the component.
            everywhere: search from many starts, since the best of the others may be far from the path that led here;
                else from the parameters at the nearest places known, if the place itself is not.
        """
        if place in (self._searched if everywhere else self._known):
            return self._known[place][0]
        near = sorted(self._known, key=lambda known: abs(known - place))[:2]
        starts = [self._known[known][1] for known in near]
        if everywhere:
            starts += [self._start(root) for root in self._roots()]
            self._searched.add(place)
        rough = (self._descend(place, start, 1e-5) for start in starts)
        found = self._descend(place, min(rough, key=lambda found: found.fun).x, 1e-14)
        self._known[place] = (float(found.fun), found.x)
        return float(found.fun)

    def follow(self, place: float) -> None:
        """Go on from this place: forget the others, whose parameters are those of a worse minimum."""
        self._known = {at: self._known[at] for at in (self.estimate, place)}
        self._searched = {self.estimate, place}

    def _roots(self) -> list[np.ndarray]:
        """Roots of D to start from: the optimum's; of uncorrelated coefficients with little, some and much variance,
        or with none of one; of correlated ones."""
        size = np.maximum(np.sqrt(np.diag(self.at.D)), 0.03)
        q = len(size)
        roots = [self.at.Lambda, *(np.diag(factor * size) for factor in (0.1, 1.0, 5.0))]
        if q > 1:
            roots += [np.diag(np.where(np.arange(q) == k, 1e-3, size)) for k in range(q)]
        if self.held and q > 1:
            turns = np.array(list(product((-1, 1), repeat=min(q - 1, 3))))
            for turn in np.pad(turns, ((0, 0), (1, q - 1 - turns.shape[1])), constant_values=1):
                roots.append(size[:, None] * np.linalg.cholesky(0.7 * np.outer(turn, turn) + 0.3 * np.eye(q)))
        return roots

    def _start(self, root: np.ndarray) -> np.ndarray:
        """The parameters at a root of D and the optimum's sigma: T's free elements, s and t, log sigma.

        An element of zero would stay there, since the deviance is even in each of T's columns.
        """
        T = _lower(self._basis @ root, _consecutive(self._blocks))
        T *= np.where(np.diag(T) < 0, -1, 1)  # s and t are not negative
        np.fill_diagonal(T, np.maximum(np.diag(T), 1e-2))
        amounts = np.linalg.norm(T[:2], axis=1) if len(self.held) == 2 else []
        log_sigma = [np.log(self.at.s2) / 2 / self._unit_log_sigma] if self.held else []
        return np.array([*T[self._free] / self._unit_T, *np.divide(amounts, self._unit_T), *log_sigma])

    def _descend(self, place: float, start: np.ndarray, tolerance: float) -> scipy.optimize.OptimizeResult:
        bounds = [(0.0 if k in self._amounts else None, None) for k in range(len(start))]
        if self.held:  # sigma stays within what numbers can hold
            middle, far = np.log(self.at.s2) / 2, np.log(FAR)
            bounds[-1] = ((middle - far) / self._unit_log_sigma, (middle + far) / self._unit_log_sigma)
        options = {"ftol": tolerance, "gtol": 1e-2 * np.sqrt(tolerance), "maxiter": 500}
        wall = 1e300

        def deviance(x: np.ndarray) -> tuple[float, np.ndarray]:
            nonlocal wall
            try:
                value, gradient = self._deviance(x, place)
            except np.linalg.LinAlgError:  # a first step went to variances that numbers cannot hold
                return wall, np.zeros_like(x)
            wall = min(wall, 10 * (1 + abs(value)))
            return value, gradient

        return scipy.optimize.minimize(deviance, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options)

    def _deviance(self, x: np.ndarray, place: float) -> tuple[float, np.ndarray]:
        """The deviance at a place and the other parameters, less that at the optimum, and its gradient by those."""
        sigma = np.exp(x[-1] * self._unit_log_sigma) if self.held else place / self._unit
        turn = np.array([np.sin(place), np.cos(place)])
        T = np.zeros_like(self._back)
        T[self._free] = x[: self._free.sum()] * self._unit_T
        if len(self.held) == 1:
            T[0, 0] = place / self._unit / sigma
        elif self.held:
            s, t = x[self._amounts] * self._unit_T
            T[0, 0], T[1, :2] = s, t * turn
        F = self._back @ T
        at = deviance_at(self.stage, _lower(F, self.stage.blocks)[self.stage.free], self.at.reml)
        residual = at.s2 * at.dof / sigma**2
        value = at.value + at.dof * (2 * np.log(sigma) - np.log(at.s2)) + residual
        # Gamma holds dd'/s2; here sigma is not the profiled one.
        by_D = at.Gamma + at.dd * (1 / at.s2 - 1 / sigma**2)
        by_T = 2 * self._back.T @ by_D @ F
        gradient = [*by_T[self._free] * self._unit_T]
        if len(self.held) == 2:
            gradient += [by_T[0, 0] * self._unit_T, by_T[1, :2] @ turn * self._unit_T]
        if self.held:
            by_log_sigma = 2 * at.dof - 2 * residual - (by_T[0, 0] * T[0, 0] if len(self.held) == 1 else 0.0)
            gradient.append(by_log_sigma * self._unit_log_sigma)
        return value - self.at.value - self.at.dof, np.array(gradient)


def _basis(to_z: np.ndarray, held: Held, blocks: Sequence[np.ndarray]) -> np.ndarray:
    """(q, q) a basis of the random coefficients, block by block, whose first members are the user's held ones, each
    over its length; the rest of their block is at right angles to them."""
    basis = np.zeros_like(to_z)
    place = 0
    for block in blocks:
        within = basis[place : place + len(block)]
        within[:, block] = np.eye(len(block))
        if held and set(held) <= set(block):
            first = to_z[np.ix_(np.array(held), block)]
            within[: len(held), block] = first / np.linalg.norm(first, axis=1, keepdims=True)
            within[len(held) :, block] = np.linalg.svd(first)[2][len(held) :]
        place += len(block)
    return basis


def _consecutive(blocks: Sequence[np.ndarray]) -> list[np.ndarray]:
    """The places of blocks that stand one after the other."""
    ends = np.cumsum([len(block) for block in blocks])
    return [np.arange(end - len(block), end) for end, block in zip(ends, blocks, strict=True)]


def _lower(F: np.ndarray, blocks: Sequence[np.ndarray]) -> np.ndarray:
    """A lower-triangular L with L L' = F F', block by block; F may be singular."""
    L = np.zeros_like(F)
    for block in blocks:
        L[np.ix_(block, block)] = np.linalg.qr(F[block].T)[1].T
    return L


def _end(profile: Profile, side: int, limit: float) -> float:
    """The first place on one side of the estimate where the rise crosses the limit; the bound, if it never does.

    The path that led there is one way to minimise over the others: if a search from many starts finds a better one at
    the crossing, the value is not ruled out, and the way goes on from there.
    """
    here, bound, step = profile.estimate, profile.bounds[side > 0], profile.step(side)
    while here != bound:
        there = here + side * step
        if side * (bound - there) < 0.1 * step:
            there = bound
        if profile.rise(there, everywhere=there == bound) <= limit:
            here, step = there, step if np.isfinite(bound) else 1.3 * step
            continue
        crossing = scipy.optimize.brentq(lambda place: profile.rise(place) - limit, here, there, xtol=1e-10, rtol=1e-10)
        if crossing == here or profile.rise(crossing, everywhere=True) > limit - VALLEYS:
            return float(crossing)
        profile.follow(crossing)
        here = crossing
    return here


def _note(profile: Profile, end: float, side: int, limit: float, nearly: float) -> str:
    """What an end does not say by itself: that the profile is flat there, or that the other side of it is not empty."""
    bound = profile.bounds[side > 0]
    if not np.isfinite(bound) or bound == profile.estimate:
        return ""
    rise, name = profile.rise(bound, everywhere=True), f"{profile.value(bound):.0f}"
    if end == bound:
        return f"{name} is not ruled out (rise {rise:.3f})"
    if rise <= limit:
        return f"{name} is not ruled out (rise {rise:.3f}), though values before it are"
    return f"{name} is only just ruled out (rise {rise:.3f})" if rise <= nearly else ""
