"""What a mixed model needs to know of each group: its size, its means, and how its members scatter about them.

For each school j and columns v (those of X and Z that vary, then y):

    n_j,   mean_j = sum_i v_ij / n_j,   scatter_j = sum_i (v_ij - mean_j)(v_ij - mean_j)'

Only the rows of scatter_j that belong to Z are kept by school; the rest is summed over schools into `within`. Nothing
else about the data enters the likelihood, so no later step touches a row. Deviations are taken from the group's own
mean, in a second look at each block of rows, and means from an origin near the data (Chan, Golub & LeVeque 1983):
a column with a large mean and a small spread keeps its digits. Moments of two parts of the data add up to those of
the whole.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ..errors import ModelError
from .design import Design
from .formula import INTERCEPT, Layout


@dataclass(frozen=True)
class Moments:
    """Group moments of [X Z y]; a model is fitted from them alone.

    Attributes:
        layout: the model's shape; columns below are `layout.columns`, then the response (k in all).
        groups: the J group labels.
        n: (J,) rows in each group.
        origin: (k,) the point from which means are measured.
        mean: (J, k) group means minus origin.
        scatter: (J, m, k) centred cross-products of the m varying columns of Z with all columns.
        within: (k, k) centred cross-products summed over groups.
    """

    layout: Layout
    groups: pd.Index
    n: np.ndarray
    origin: np.ndarray
    mean: np.ndarray
    scatter: np.ndarray
    within: np.ndarray

    @property
    def nobs(self) -> int:
        """Rows in all."""
        return int(self.n.sum())

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
        groups = self.groups.union(other.groups)
        here, there = self._spread_over(groups, self.origin), other._spread_over(groups, self.origin)
        n = here.n + there.n
        share = (there.n / n)[:, None]
        gap = there.mean - here.mean
        weight = here.n * there.n / n
        z = varying_z(self.layout)
        return replace(
            here,
            n=n,
            mean=here.mean + share * gap,
            scatter=here.scatter + there.scatter + weight[:, None, None] * gap[:, z, None] * gap[:, None, :],
            within=here.within + there.within + (gap.T * weight) @ gap,
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
        return replace(self, groups=groups, n=n, origin=origin, mean=mean, scatter=scatter)


def varying_z(layout: Layout) -> list[int]:
    """Positions in `layout.columns` of the columns of Z that vary."""
    return [layout.columns.index(name) for name in layout.z if name != INTERCEPT]


@np.errstate(over="ignore", invalid="ignore")  # columns whose squares overflow are refused by name, in checks
def of_design(rows: Design) -> Moments:
    """Sum a design's rows into moments: means first, then deviations from them, a block of rows at a time."""
    layout, groups, z = rows.layout, len(rows.groups), varying_z(rows.layout)
    n = np.bincount(rows.codes, minlength=groups).astype(float)
    origin = np.array([np.prod([float(a[0]) for a in arrays]) for arrays in rows.factors])
    k = len(origin)

    total = np.zeros((k, groups))
    for codes, values in rows.blocks_of_rows():
        values -= origin[:, None]
        for line, value in zip(total, values, strict=True):
            line += np.bincount(codes, value, groups)
    mean = total / n

    scatter, within = np.zeros((len(z), k, groups)), np.zeros((k, k))
    for codes, values in rows.blocks_of_rows():
        values -= origin[:, None]
        for value, centre in zip(values, mean, strict=True):
            value -= centre[codes]
        within += values @ values.T
        for a, row in enumerate(z):
            for b in range(k):
                # Products are symmetric; those of two columns of Z are summed once.
                mirrored = b in z and z.index(b) < a
                scatter[a, b] += 0.0 if mirrored else np.bincount(codes, values[row] * values[b], groups)
    for a, row in enumerate(z):
        for b, other in enumerate(z[:a]):
            scatter[a, other] = scatter[b, row]
    return Moments(layout, rows.groups, n, origin, mean.T, np.ascontiguousarray(scatter.transpose(2, 0, 1)), within)


def with_response(m: Moments, rows: Design, y: np.ndarray) -> Moments:
    """The moments of the same X and Z with another response; only products with y are summed."""
    new = replace(rows, factors=[*rows.factors[:-1], (y,)])
    k, groups, z = len(m.origin) - 1, m.ngroups, varying_z(m.layout)
    origin = np.append(m.origin[:-1], float(y[0]))
    mean_y = np.bincount(rows.codes, y - origin[k], groups) / m.n
    mean = np.column_stack([m.mean[:, :k], mean_y])
    scatter, within = m.scatter.copy(), m.within.copy()
    scatter[:, :, k] = within[k] = within[:, k] = 0.0
    for codes, values in new.blocks_of_rows():
        values[k] -= origin[k]
        values[k] -= mean_y[codes]
        for column in z:
            values[column] -= origin[column]
            values[column] -= mean[codes, column]
        for a, column in enumerate(z):
            scatter[:, a, k] += np.bincount(codes, values[column] * values[k], groups)
        # Deviations of y sum to zero in each group, so those of the other columns need not be formed.
        within[k] += values @ values[k]
    within[:, k] = within[k]
    return replace(m, origin=origin, mean=mean, scatter=scatter, within=within)
