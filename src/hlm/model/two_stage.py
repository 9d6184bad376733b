"""A mixed model as a regression in two stages (Raudenbush & Bryk 2002, chapter 3): what each school says by itself.

The model is y = X beta + Z u + e. Each school regresses every column of [X y] on its own Z; its coefficients are R_j,
known with precision A_j = Z_j'Z_j. What no school's Z can explain, S, is summed over the schools.

Columns are centred and scaled first, and all results scaled back at the end, so that the units of the data (dollars,
thousands, a year counted from 0 or from 2000) cost no digits.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from .formula import INTERCEPT, Layout
from .group_moments import Moments, varying_z

# A direction of Z in which a school's students differ by less than this (squared, in standard deviations of the
# whole sample) is rounding error: the school says nothing about that coefficient.
NO_SPREAD = 1e-24


@dataclass(frozen=True)
class Scale:
    """How the columns used inside relate to the user's: x = shift + unit * x_inside.

    `to_x` (p, p) and `to_z` (q, q) carry coefficients of the inside columns to those of the user's; `taken_y` (p,) are
    those that were taken off y before. `unit_y` is the size of what is left of y, `size_y` that of y itself.
    With weights, `weight` is the mean row's, which weighs one inside, and `log_weights` the sum of the logarithms of
    the inside weights.
    """

    to_x: np.ndarray
    to_z: np.ndarray
    taken_y: np.ndarray
    unit_y: float
    size_y: float
    weight: float = 1.0
    log_weights: float = 0.0


@dataclass(frozen=True)
class TwoStage:
    """What the deviance needs of each school, in inside units; schools are the last axis, so that sums run along it.

    Attributes:
        A: (q, q, J) Z'Z. R: (q, p + 1, J) the school's regression of each column of [X y] on Z.
        det_A: (J,) the determinants of A, for q = 2. S: (p + 1, p + 1) cross-products of [X y] that no school's Z
            explains, summed.
        nobs: rows. scale: the way back to the user's units.
        free: the rows and columns of Lambda's lower triangle that are parameters, as two arrays.
        blocks: the rows of Lambda that belong together: a random term's, as far as some group has them together.
    """

    A: np.ndarray
    R: np.ndarray
    det_A: np.ndarray | None
    S: np.ndarray
    nobs: int
    scale: Scale
    free: tuple[np.ndarray, np.ndarray]
    blocks: tuple[np.ndarray, ...]

    @property
    def p(self) -> int:
        """Fixed effects."""
        return self.S.shape[0] - 1

    @property
    def q(self) -> int:
        """Random coefficients of a school."""
        return self.A.shape[0]

    @property
    def schools(self) -> int:
        """J, how many schools there are."""
        return self.A.shape[2]

    def recombined(self, T: np.ndarray) -> TwoStage:
        """The stage of the columns [X y] T, for a (p + 1, m + 1) matrix T; the way back to the user's units stays."""
        return replace(self, R=np.tensordot(T, self.R, (0, 1)).swapaxes(0, 1).copy(), S=T.T @ self.S @ T)

    @property
    def squares(self) -> np.ndarray:
        """(q, q) Z'Z, summed over schools."""
        return self.A.sum(axis=-1)

    @property
    def cheap(self) -> bool:
        """Whether the deviance costs so little that it can be searched from several starts."""
        return True

    @cached_property
    def own_residual_variance(self) -> float | None:
        """What is left of y after X and a regression of each school's own, a degree of freedom; None without any."""
        spare = self.nobs - self.q * self.schools - self.p
        x, y = self.S[:-1, :-1], self.S[:-1, -1]
        left = self.S[-1, -1] - y @ np.linalg.pinv(x, rcond=1e-12, hermitian=True) @ y
        return float(left / spare) if spare > 0 else None


def two_stage(m: Moments) -> TwoStage:
    """Standardise a model's moments and turn them into each school's own regressions."""
    if m.sharper is None:
        stage = _two_stage(_of_mean_weight(m), None)
    else:
        stage = _two_stage(_of_mean_weight(m.sharper.moments), m.sharper.taken, x_change(m)[1][-1])
    if m.weighted is None:
        return stage
    weight = mean_weight(m)
    log_weights = float(m.weighted.logs.sum() - m.nobs * np.log(weight))
    return replace(stage, scale=replace(stage.scale, weight=weight, log_weights=log_weights))


def mean_weight(m: Moments) -> float:
    """The weight of a row, on average."""
    return float(m.n.sum() / m.nobs)


def _of_mean_weight(m: Moments) -> Moments:
    """The moments with weights that are one on average: their unit is as arbitrary as that of a column."""
    if m.weighted is None:
        return m
    weight = mean_weight(m)
    return replace(m, n=m.n / weight, scatter=m.scatter / weight, within=m.within / weight)


def x_change(m: Moments) -> Change:
    """Where the columns of X and y are centred, and their sizes as the model sees them: about their means if there is
    an intercept, else about zero."""
    grand = m.n @ m.mean / m.n.sum()
    shift = grand if INTERCEPT in m.layout.x else -m.origin
    return shift, _positive(np.hypot(_spread(m), shift - grand))


def z_change(m: Moments, layout: Layout) -> Change:
    """Where the columns of Z are centred, if their random term has an intercept, and their sizes as a model sees them.

    Args:
        m: the moments of the columns. layout: of the random terms; its columns are those of m.
    """
    grand = m.n @ m.mean / m.n.sum()
    shift = np.where(_centred_in_z(layout), grand, -m.origin)
    return shift, _positive(np.hypot(_spread(m), shift - grand))


def _spread(m: Moments) -> np.ndarray:
    grand = m.n @ m.mean / m.n.sum()
    return np.sqrt((np.diag(m.within) + m.n @ (m.mean - grand) ** 2) / m.n.sum())


def _two_stage(m: Moments, taken: np.ndarray | None, size_y: float | None = None) -> TwoStage:
    """The stages of a model whose columns have lost what was `taken` off them (None: nothing)."""
    layout, k = m.layout, len(m.layout.columns)
    x_shift, unit = x_change(m)
    z_shift, z_unit = z_change(m, layout)

    mean, within = (m.mean - x_shift) / unit, m.within / np.outer(unit, unit)
    x = [_place(layout, name) for name in layout.x] + [k]
    mean_x = _with_intercept(mean, x)
    S = _with_intercept(within, x, 0.0)
    S = _with_intercept(S.T, x, 0.0).T

    z = [_place(layout, name) for name in layout.z]
    mean_z = _with_intercept((m.mean - z_shift) / z_unit, z)
    varying = [a for a, name in enumerate(layout.z) if name != INTERCEPT]
    zv = varying_z(layout)
    Szz = m.scatter[:, :, zv] / np.outer(z_unit[zv], z_unit[zv])
    Szx = _with_intercept(m.scatter / (z_unit[zv, None] * unit), x, 0.0)

    A = m.n[:, None, None] * mean_z[:, :, None] * mean_z[:, None, :]
    A[np.ix_(range(m.ngroups), varying, varying)] += Szz
    if INTERCEPT in layout.z:
        # The school's slopes come from deviations about its means; its intercept puts the line through the means.
        slopes = _inverse(Szz, m.n) @ Szx
        S = S - np.einsum("jza,jzb->ab", slopes, Szx)
        R = np.empty((m.ngroups, len(z), len(x)))
        R[:, varying] = slopes
        R[:, layout.z.index(INTERCEPT)] = mean_x - np.einsum("jz,jzx->jx", mean_z[:, varying], slopes)
    else:
        B = m.n[:, None, None] * mean_z[:, :, None] * mean_x[:, None, :] + Szx
        R = _inverse(A, m.n) @ B
        S = S + (mean_x.T * m.n) @ mean_x - np.einsum("jza,jzb->ab", R, B)
    A, R = (np.ascontiguousarray(np.moveaxis(part, 0, -1)) for part in (A, R))
    det_A = None
    if len(z) == 2:  # with an intercept in Z the difference of products would cancel; n times the scatter does not
        det_A = m.n * Szz[:, 0, 0] if INTERCEPT in layout.z else A[0, 0] * A[1, 1] - A[0, 1] ** 2
    scale = _scale(layout, m.origin, (x_shift, unit), (z_shift, z_unit), taken, size_y)
    blocks = [part for block in layout.blocks for part in that_meet(block, A)]
    return TwoStage(A, R, det_A, S, m.nobs, scale, free_elements(blocks), tuple(map(np.array, blocks)))


def _place(layout: Layout, name: str) -> int:
    return -1 if name == INTERCEPT else layout.columns.index(name)


def _with_intercept(values: np.ndarray, places: list[int], constant: float = 1.0) -> np.ndarray:
    """Pick columns (last axis) by place; the place -1 stands for the constant column."""
    picked = values[..., places].copy()
    picked[..., [a for a, place in enumerate(places) if place == -1]] = constant
    return picked


def _centred_in_z(layout: Layout) -> np.ndarray:
    """Which columns may be centred in Z: those whose block has an intercept to take up the shift."""
    movable = {layout.z[a] for block in layout.blocks if INTERCEPT in (layout.z[b] for b in block) for a in block}
    return np.array([name in movable for name in (*layout.columns, layout.response)], dtype=bool)


def _inverse(S: np.ndarray, n: np.ndarray) -> np.ndarray:
    """Inverse of each (J, m, m) matrix on the directions in which the school's students differ at all."""
    values, vectors = np.linalg.eigh(S)
    known = values > NO_SPREAD * n[:, None]
    if values.shape[1] > 1:
        known &= values > 1e-13 * values[:, -1:]
    inverse = np.where(known, 1 / np.where(known, values, 1.0), 0.0)
    return (vectors * inverse[:, None, :]) @ vectors.transpose(0, 2, 1)


def _positive(size: np.ndarray) -> np.ndarray:
    return np.where(size > 0, size, 1.0)


Change = tuple[np.ndarray, np.ndarray]  # a shift from the origin, and a unit, of each column


def _scale(
    layout: Layout, origin: np.ndarray, x: Change, z: Change, taken: np.ndarray | None, size_y: float | None
) -> Scale:
    """The way back from columns that have lost what was taken, and are then shifted and scaled as x and z say."""

    k = len(layout.columns)
    everywhere = np.full(k + 1, INTERCEPT in layout.x)
    to_x = _back(layout, layout.x, origin, x, everywhere)
    taken_y = np.zeros(len(layout.x))
    if INTERCEPT in layout.x:
        taken_y[layout.x.index(INTERCEPT)] = (origin + x[0])[k]
    if taken is not None:
        varying = [a for a, name in enumerate(layout.x) if name != INTERCEPT]
        places = [_place(layout, layout.x[a]) for a in varying]
        to_x[varying] -= taken[np.ix_(places, places)] @ to_x[varying]
        taken_y[varying] = taken[places, k]
    return Scale(to_x, z_back(layout, origin, z), taken_y, x[1][k], x[1][k] if size_y is None else size_y)


def z_back(layout: Layout, origin: np.ndarray, change: Change) -> np.ndarray:
    """(q, q) what carries coefficients of the inside columns of Z to those of the user's."""
    return _back(layout, layout.z, origin, change, _centred_in_z(layout))


def _back(
    layout: Layout, names: tuple[str, ...], origin: np.ndarray, change: Change, centred: np.ndarray
) -> np.ndarray:
    shift, unit = change
    places = [_place(layout, name) for name in names]
    T = np.diag([1.0 if place < 0 else 1 / unit[place] for place in places])
    if INTERCEPT in names:
        row = names.index(INTERCEPT)
        for column, place in enumerate(places):
            if place >= 0 and centred[place]:
                T[row, column] = -(origin + shift)[place] / unit[place]
    return T


def that_meet(block: tuple[int, ...], A: np.ndarray) -> list[list[int]]:
    """A random term's coefficients, apart where no group can tell how they go together: no group has both.

    Their covariance does not enter the likelihood, as that of a slope for each sex, where groups are persons; it is
    left at zero.
    """
    present = A[block, block] > 0
    parts: list[list[int]] = []
    for a, row in zip(block, present, strict=True):
        met = [part for part in parts if (present[[block.index(b) for b in part]] & row).any()]
        parts = [part for part in parts if part not in met] + [[*(b for part in met for b in part), a]]
    return sorted(parts)


def free_elements(blocks: list[list[int]]) -> tuple[np.ndarray, np.ndarray]:
    """The rows and columns of Lambda's elements that are parameters: the lower triangles of its blocks."""
    pairs = [(r, c) for block in blocks for r in block for c in block if c <= r]
    return np.array([r for r, _ in pairs]), np.array([c for _, c in pairs])
