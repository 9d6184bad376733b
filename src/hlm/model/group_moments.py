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

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from ..arguments import checked_methods
from ..errors import ModelError
from .formula import INTERCEPT, Layout


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


def varying_z(layout: Layout) -> list[int]:
    """Positions in `layout.columns` of the columns of Z that vary."""
    return [layout.columns.index(name) for name in layout.z if name != INTERCEPT]
