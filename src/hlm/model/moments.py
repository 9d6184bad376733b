"""What a mixed model needs to know of each group: its size, its means, and how its members scatter about them.

For each school j and columns v (those of X and Z that vary, then y):

    n_j,   mean_j = sum_i v_ij / n_j,   scatter_j = sum_i (v_ij - mean_j)(v_ij - mean_j)'

Only the rows of scatter_j that belong to Z are kept by school; the rest is summed over schools into `within`. Nothing
else about the data enters the likelihood, so no later step touches a row. Deviations are taken from the group's own
mean, in a second look at each block of rows, and means from an origin near the data (Chan, Golub & LeVeque 1983):
a column with a large mean and a small spread keeps its digits. Where the columns of X explain almost all of y, or of
each other, what they explain is taken off before the products are summed (`sharpened`): what is left keeps its digits
too. Moments of two parts of the data add up to those of the whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from ..arguments import checked_methods
from ..errors import ModelError
from .design import Design
from .formula import INTERCEPT, Layout

CANCELS = 1e-6  # a column of which the others leave a smaller share unexplained loses too many digits in products
COLLINEAR = 1e-11  # and a column of X of which they leave less than this is left out of the model (rank)


@checked_methods
@dataclass(frozen=True)
class Moments:
    """Group moments of [X Z y]; a model is fitted from them alone.

    Attributes:
        layout: the model's shape; columns below are `layout.columns`, then the response (k in all).
        groups: the J group labels.
        n: (J,) rows in each group; with weights, their sum, and all means and products below are weighted.
        origin: (k,) the point from which means are measured.
        mean: (J, k) group means minus origin.
        scatter: (J, m, k) centred cross-products of the m varying columns of Z with all columns.
        within: (k, k) centred cross-products summed over groups.
        sharper: where products cancel, what was taken off the columns and the moments of what is left; else None.
        weighted: with weights, what else the likelihood needs of them; else None.
    """

    layout: Layout
    groups: pd.Index
    n: np.ndarray
    origin: np.ndarray
    mean: np.ndarray
    scatter: np.ndarray
    within: np.ndarray
    sharper: Sharper | None = None
    weighted: Weighted | None = None

    @property
    def rows(self) -> np.ndarray:
        """(J,) rows in each group."""
        return self.n if self.weighted is None else self.weighted.rows

    @property
    def nobs(self) -> int:
        """Rows in all."""
        return int(self.rows.sum())

    @property
    def ngroups(self) -> int:
        """Groups in all."""
        return len(self.groups)

    def same_response(self, other: Moments) -> bool:
        """Whether the other moments are of the same y in the same groups, as far as group sizes and means tell."""
        return (
            self.layout.response == other.layout.response
            and self.groups.equals(other.groups)
            and np.array_equal(self.n, other.n)
            and np.allclose(self.origin[-1] + self.mean[:, -1], other.origin[-1] + other.mean[:, -1], rtol=1e-9)
        )

    def __add__(self, other: Moments) -> Moments:
        """Moments of the two sets of rows together; a group may have rows in both (Chan et al. 1983, eq. 2.1)."""
        if not isinstance(other, Moments):
            return NotImplemented
        if self.layout != other.layout:
            raise ModelError("these moments belong to different models and cannot be added")
        kinds = {index.inferred_type for index in (self.groups, other.groups) if len(index)}
        if len(kinds) > 1 and not kinds <= {"integer", "floating", "mixed-integer-float"}:
            raise ModelError(
                f"the groups in {self.layout.group} are {' and '.join(sorted(kinds))}; make them the same first"
            )
        whole = self._plus(other)
        if self.sharper is None and other.sharper is None:
            return whole
        taken = (self.sharper or other.sharper or Sharper(np.zeros_like(self.within), self)).taken
        return replace(whole, sharper=Sharper(taken, self._without(taken)._plus(other._without(taken))))

    def _plus(self, other: Moments) -> Moments:
        groups = self.groups.union(other.groups)
        here, there = self._spread_over(groups, self.origin), other._spread_over(groups, self.origin)
        n = here.n + there.n
        share = (there.n / n)[:, None]
        gap = there.mean - here.mean
        weight = here.n * there.n / n
        z = varying_z(self.layout)
        weighted = None
        if here.weighted is not None and there.weighted is not None:
            weighted = Weighted(here.weighted.rows + there.weighted.rows, here.weighted.logs + there.weighted.logs)
        return replace(
            here,
            n=n,
            weighted=weighted,
            mean=here.mean + share * gap,
            scatter=here.scatter + there.scatter + weight[:, None, None] * gap[:, z, None] * gap[:, None, :],
            within=here.within + there.within + (gap.T * weight) @ gap,
        )

    def _without(self, taken: np.ndarray) -> Moments:
        """The moments of the columns from which `taken` was taken, from the sharpest that there are."""
        known, sharpest = (np.zeros_like(taken), self) if self.sharper is None else self.sharper
        one = np.eye(len(taken))
        change = np.linalg.solve(one - known, one - taken)
        return replace(
            sharpest,
            origin=sharpest.origin @ change,
            mean=sharpest.mean @ change,
            scatter=sharpest.scatter @ change,
            within=change.T @ sharpest.within @ change,
            sharper=None,
        )

    def _spread_over(self, groups: pd.Index, origin: np.ndarray) -> Moments:
        """The same moments on a longer list of groups, with no rows in the new ones, measured from another origin."""
        place = groups.get_indexer(self.groups)
        k = len(origin)
        n, mean, scatter = (
            np.zeros(len(groups)),
            np.zeros((len(groups), k)),
            np.zeros((len(groups), *self.scatter.shape[1:])),
        )
        n[place], mean[place], scatter[place] = self.n, self.mean + (self.origin - origin), self.scatter
        weighted = self.weighted
        if weighted is not None:
            rows, logs = np.zeros(len(groups)), np.zeros(len(groups))
            rows[place], logs[place] = weighted
            weighted = Weighted(rows, logs)
        return replace(self, groups=groups, n=n, origin=origin, mean=mean, scatter=scatter, weighted=weighted)


class Weighted(NamedTuple):
    """What the likelihood needs of the weights, besides their sums.

    Attributes:
        rows: (J,) rows in each group. logs: (J,) the logarithms of their weights, summed.
    """

    rows: np.ndarray
    logs: np.ndarray


class Sharper(NamedTuple):
    """What was taken off each column before its products were summed, and the moments of what is left.

    Attributes:
        taken: (k, k) column b of the moments is that of v_b - sum_a v_a taken[a, b]. No column of Z is changed.
        moments: those of what is left.
    """

    taken: np.ndarray
    moments: Moments


def sharpened(m: Moments, summed: Callable[[np.ndarray], Moments]) -> Moments:
    """The moments m, with sharper ones beside them where products cancel.

    If y = y0 + b x with a large b, the products of y have no digits left for y0. Least squares on the moments finds
    b well enough for y - b x to be of y0's size; its own products are then summed, and the fit adds b again. So with
    columns of X that others almost determine.

    Args:
        m: moments of the columns as they are.
        summed: the moments of the columns from which a matrix `taken` was taken, by another look at the rows.
    """
    taken, left = np.zeros_like(m.within), m
    for _ in range(3):  # what an ill-conditioned first look leaves, a second one takes
        more = _explained(left)
        if not more.any():
            break
        taken = taken + more - taken @ more
        left = summed(taken)
    return replace(m, sharper=Sharper(taken, left)) if taken.any() else m


def _explained(m: Moments) -> np.ndarray:
    """(k, k) what least squares on the columns of X before it says of each column that they almost determine.

    Columns of Z are left as they are, and come first; y comes last.
    """
    layout, k = m.layout, len(m.layout.columns)
    explained, z = np.zeros_like(m.within), varying_z(layout)
    in_x = [layout.columns.index(name) for name in layout.x if name != INTERCEPT]
    places = np.array([*sorted(in_x, key=lambda place: place not in z), k])
    mean = m.mean - (m.n @ m.mean / m.n.sum() if INTERCEPT in layout.x else -m.origin)
    cross = (m.within + (mean.T * m.n) @ mean)[np.ix_(places, places)]
    unit = np.sqrt(np.diag(cross))
    if not np.isfinite(cross).all() or not unit.all():
        return explained  # refused, in checks
    cross = cross / np.outer(unit, unit)
    if _shares_left(cross).min() > CANCELS:
        return explained
    kept = [0]
    for a in range(1, len(places)):
        weights = np.linalg.lstsq(cross[np.ix_(kept, kept)], cross[kept, a], rcond=None)[0]
        left = 1 - weights @ cross[kept, a]
        if left <= COLLINEAR and places[a] != k:  # left out of the model, in rank
            continue
        if left < CANCELS and places[a] not in z:
            explained[places[kept], places[a]] = weights * unit[a] / unit[kept]
        kept.append(a)
    return explained


def _shares_left(cross: np.ndarray) -> np.ndarray:
    """(m,) the share of each standardised column that those before it leave unexplained; 0 if there is none."""
    try:
        return np.diag(np.linalg.cholesky(cross)) ** 2
    except np.linalg.LinAlgError:
        return np.zeros(1)


def varying_z(layout: Layout) -> list[int]:
    """Positions in `layout.columns` of the columns of Z that vary."""
    return [layout.columns.index(name) for name in layout.z if name != INTERCEPT]


@np.errstate(over="ignore", invalid="ignore")  # columns whose squares overflow are refused by name, in checks
def of_design(rows: Design) -> Moments:
    """Sum a design's rows into moments, sharper ones where products cancel."""
    return sharpened(_summed(rows), lambda taken: _summed(rows, taken))


def _summed(rows: Design, taken: np.ndarray | None = None) -> Moments:
    """The moments of a design's rows: means first, then deviations from them, a block of rows at a time."""
    layout, groups, z = rows.layout, len(rows.groups), varying_z(rows.layout)
    n, weighted = _group_sizes(rows)
    origin = np.array([np.prod([float(a[0]) for a in arrays]) for arrays in rows.factors])
    if taken is not None:
        origin -= origin @ taken
    k = len(origin)

    def blocks() -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray | None]]:
        start = 0
        for codes, values in rows.blocks_of_rows():
            if taken is not None:
                values -= taken.T @ values
            values -= origin[:, None]
            yield codes, values, None if rows.weights is None else rows.weights[start : start + len(codes)]
            start += len(codes)

    total = np.zeros((k, groups))
    for codes, values, weights in blocks():
        for line, value in zip(total, values, strict=True):
            line += np.bincount(codes, value if weights is None else weights * value, groups)
    mean = total / n

    scatter, within = np.zeros((len(z), k, groups)), np.zeros((k, k))
    for codes, values, weights in blocks():
        for value, centre in zip(values, mean, strict=True):
            value -= centre[codes]
        if weights is not None:
            values *= np.sqrt(weights)
        within += values @ values.T
        for a, row in enumerate(z):
            for b in range(k):
                # Products are symmetric; those of two columns of Z are summed once.
                mirrored = b in z and z.index(b) < a
                scatter[a, b] += 0.0 if mirrored else np.bincount(codes, values[row] * values[b], groups)
    for a, row in enumerate(z):
        for b, other in enumerate(z[:a]):
            scatter[a, other] = scatter[b, row]
    scatter = np.ascontiguousarray(scatter.transpose(2, 0, 1))
    return Moments(layout, rows.groups, n, origin, mean.T, scatter, within, weighted=weighted)


def _group_sizes(rows: Design) -> tuple[np.ndarray, Weighted | None]:
    """(J,) rows in each group; or the sum of their weights, and what else there is to know of these."""
    count = np.bincount(rows.codes, minlength=len(rows.groups)).astype(float)
    if rows.weights is None:
        return count, None
    n, logs = (np.bincount(rows.codes, value, len(rows.groups)) for value in (rows.weights, np.log(rows.weights)))
    return n, Weighted(count, logs)


def with_response(m: Moments, rows: Design, y: np.ndarray) -> Moments:
    """The moments of the same X and Z with another response; only products with y are summed, unless they cancel."""
    new = rows.with_response(y)
    y = new.factors[-1][0]
    if m.sharper is not None:
        return of_design(new)
    k, groups, z = len(m.origin) - 1, m.ngroups, varying_z(m.layout)
    origin = np.append(m.origin[:-1], float(y[0]))
    weights = rows.weights
    deviation = y - origin[k]
    mean_y = np.bincount(rows.codes, deviation if weights is None else weights * deviation, groups) / m.n
    mean = np.column_stack([m.mean[:, :k], mean_y])
    scatter, within = m.scatter.copy(), m.within.copy()
    scatter[:, :, k] = within[k] = within[:, k] = 0.0
    start = 0
    for codes, values in new.blocks_of_rows():
        values[k] -= origin[k]
        values[k] -= mean_y[codes]
        deviation = values[k] if weights is None else weights[start : start + len(codes)] * values[k]
        start += len(codes)
        for column in z:
            values[column] -= origin[column]
            values[column] -= mean[codes, column]
        for a, column in enumerate(z):
            scatter[:, a, k] += np.bincount(codes, values[column] * deviation, groups)
        # Deviations of y sum to zero in each group, so those of the other columns need not be formed.
        within[k] += values @ deviation
    within[:, k] = within[k]
    sums = replace(m, origin=origin, mean=mean, scatter=scatter, within=within)
    return sharpened(sums, lambda taken: _summed(new, taken))
