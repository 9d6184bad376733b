"""Several grouping factors: the cross-products that they need beside the moments of the first, and these as a stage.

The factor with the most groups is eliminated group by group, as in a model of one factor. The random coefficients of
the other factors, s in all, are then few enough to be a system of equations of their own. Its sums

    C = Z_1'Z_s,    N = Z_s'Z_s,    NX = Z_s'[X y]

are made once, in the units of `two_stage`; no later step touches a row. Coefficients of factors that no group of the
first brings together fall into blocks of their own (`blocks`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from ..errors import ModelError
from .blocks import Blocks, Pattern, components
from .design import Design
from .formula import INTERCEPT, Layout
from .groupings import Grouping, Pairs, require_groupings
from .meetings import meetings
from .moments import Moments, of_design
from .rank import left_out
from .two_stage import Scale, TwoStage, free_elements, mean_weight, that_meet, two_stage, x_change, z_back, z_change

MOST = 250_000_000  # numbers in one matrix of the system of equations: two gigabytes, and several are needed
ROWS = 1 << 15  # at a time: each takes a number for every column of X and of every Z
CHEAP = 300  # coefficients in one system of equations, up to which more starts cost little


@dataclass(frozen=True)
class CrossedStage:
    """What the deviance of a model with several factors needs, in inside units.

    Attributes:
        first: the stage of the first factor by itself, with all of X.
        C: (J q_1, s) Z_1'Z_s, sparse, a row for each coefficient of each group of the first factor.
        N: (s, s) Z_s'Z_s. NX: (s, p + 1) Z_s'[X y].
        places: for each further factor, (J_k, q_k) where its coefficients stand among the s.
        scale: the way back to the user's units; `to_z` is that of all factors, one below the other.
        free, blocks: as in `TwoStage`, of all factors' coefficients.
        slices: of these, the ones of each factor.
    """

    first: TwoStage
    C: sparse.csr_array
    N: Blocks
    NX: np.ndarray
    places: tuple[np.ndarray, ...]
    scale: Scale
    free: tuple[np.ndarray, np.ndarray]
    blocks: tuple[np.ndarray, ...]
    slices: tuple[slice, ...]

    def recombined(self, T: np.ndarray) -> CrossedStage:
        """The stage of the columns [X y] T, for a (p + 1, m + 1) matrix T; the way back to the user's units stays."""
        return replace(self, first=self.first.recombined(T), NX=self.NX @ T)

    @cached_property
    def C_turned(self) -> sparse.csr_array:
        """(s, J q_1) the transpose of C."""
        return sparse.csr_array(self.C.T)

    @cached_property
    def meetings(self) -> sparse.csr_array | None:
        """Where coefficients meet in groups of the first factor (`meetings`), if these have one coefficient each."""
        return meetings(self.C, self.N.pattern) if self.first.q == 1 else None

    @property
    def nobs(self) -> int:
        """Rows."""
        return self.first.nobs

    @property
    def p(self) -> int:
        """Fixed effects."""
        return self.first.p

    @property
    def q(self) -> int:
        """Kinds of random coefficients: those of a group, summed over factors."""
        return self.slices[-1].stop

    @property
    def schools(self) -> int:
        """Groups of the factor that has the fewest."""
        return min(self.groups)

    @property
    def groups(self) -> list[int]:
        """Groups of each factor."""
        return [self.first.schools, *(len(places) for places in self.places)]

    @property
    def own_residual_variance(self) -> None:
        """Unknown here: what groups' own regressions leave would be of one factor."""
        return None

    @cached_property
    def squares(self) -> np.ndarray:
        """(q, q) Z'Z of each factor, summed over its groups."""
        squares = np.zeros((self.q, self.q))
        parts = [self.first.squares, *(self.N.diagonal_blocks(places).sum(axis=0) for places in self.places)]
        for place, part in zip(self.slices, parts, strict=True):
            squares[place, place] = part
        return squares

    @property
    def cheap(self) -> bool:
        """Whether the deviance costs so little that it can be searched from several starts."""
        return self.N.pattern.batches[-1][1] <= CHEAP


@dataclass(frozen=True)
class CrossedMoments:
    """What a model with several grouping factors is fitted from.

    Attributes:
        layout: the model's shape, of all factors. groupings: these, the one with the most groups first.
        first: the moments of the first factor's groups. stage: these and the other factors' cross-products.
    """

    layout: Layout
    groupings: tuple[Grouping, ...]
    first: Moments
    stage: CrossedStage

    @property
    def nobs(self) -> int:
        """Rows in all."""
        return self.first.nobs

    @property
    def groups(self) -> dict[str, pd.Index]:
        """The labels of each factor's groups."""
        return {factor.name: factor.groups for factor in self.groupings}

    @property
    def ngroups(self) -> dict[str, int]:
        """How many groups each factor has."""
        return {name: len(groups) for name, groups in self.groups.items()}

    def same_response(self, other: Any) -> bool:
        """Whether another model's moments are of the same y, as far as the first factor's groups tell."""
        here, there = self.first, other.first if isinstance(other, CrossedMoments) else other
        if here.layout.group == there.layout.group:
            return here.same_response(there)
        y, y_there = (m.origin[-1] + m.n @ m.mean[:, -1] / m.n.sum() for m in (here, there))
        same = here.layout.response == there.layout.response and here.nobs == there.nobs
        return same and bool(np.isclose(y, y_there, rtol=1e-9))


def of_crossed_design(rows: Design) -> CrossedMoments:
    """Sum a design's rows, of several grouping factors.

    Raises:
        ModelError: a factor has one group, or as many as rows; two make the same groups; or they cross in more places
            than memory can hold.

    Warns:
        GroupingWarning: a label seems to stand for two groups.
        CollinearColumnsWarning: columns of X were left out, since others determine them.
    """
    pairs = require_groupings(rows.groupings, rows.layout.formula)
    first = _of_first_factor(rows)
    if names := left_out(first):
        rows = rows.without(names)
        first = _of_first_factor(rows)
    return CrossedMoments(rows.layout, rows.groupings, first, crossed_stage(rows, first, pairs))


def _of_first_factor(rows: Design) -> Moments:
    factor = rows.groupings[0]
    return of_design(replace(rows, layout=rows.layout.of_factor(factor.name), groupings=(factor,)))


def crossed_stage(rows: Design, m: Moments, pairs: dict[tuple[int, int], Pairs]) -> CrossedStage:
    """Sum what the further factors need, and put it beside the first factor's stage.

    Args:
        rows: the design, whose layout has all factors. m: moments of its first factor (`moments.of_design`).
        pairs: of groups, for each two factors.

    Raises:
        ModelError: the factors cross in more places than memory can hold.
    """
    layout = rows.layout
    own = [layout.of_factor(name) for name in layout.grouping]
    first, further = two_stage(m), own[1:]
    pattern = _pattern(rows.groupings, further, pairs)
    sums = _summed(rows, m, own, pairs, pattern)

    back = [z_back(each, m.origin, z_change(m, each)) for each in own]
    ends = np.cumsum([0, *(len(each.z) for each in own)])
    slices = tuple(slice(int(a), int(b)) for a, b in pairwise(ends))
    to_z = np.zeros((ends[-1], ends[-1]))
    for part, T in zip(slices, back, strict=True):
        to_z[part, part] = T
    scale = replace(first.scale, to_z=to_z)
    blocks = [block.tolist() for block in first.blocks]
    for part, each, A in zip(slices[1:], further, sums.levels, strict=True):
        blocks += [[part.start + a for a in met] for block in each.blocks for met in that_meet(block, A)]
    return CrossedStage(
        first, sums.C, sums.N, sums.NX, sums.places, scale, free_elements(blocks), tuple(map(np.array, blocks)), slices
    )


# ------------------------------------------------------------------------------------------- which groups meet


def _pattern(
    factors: tuple[Grouping, ...], further: list[Layout], pairs: dict[tuple[int, int], Pairs]
) -> tuple[Pattern, list[np.ndarray]]:
    """The blocks of the system of equations, and where each further factor's coefficients (J_k, q_k) stand in it."""
    starts = np.cumsum([0, *(len(f.groups) * len(own.z) for f, own in zip(factors[1:], further, strict=True))])
    before = [
        start + np.arange(len(f.groups) * len(own.z)).reshape(len(f.groups), len(own.z))
        for start, f, own in zip(starts, factors[1:], further, strict=False)
    ]
    links = []
    for k, places in enumerate(before, start=1):
        pair, q = pairs[0, k], places.shape[1]
        shape = (len(factors[0].groups), starts[-1])
        row, column = np.repeat(pair.first, q), places[pair.second].ravel()
        links.append(sparse.csr_array((np.ones(len(row)), (row, column)), shape=shape))
    pattern = Pattern.of(components(starts[-1], [sum(links[1:], links[0])]))
    if pattern.elements > MOST:
        size = pattern.batches[-1][1]
        raise ModelError(
            f"the grouping factors {', '.join(f.name for f in factors)} cross so widely that {size:,} coefficients "
            f"belong to one system of equations, whose matrix would take {8 * size**2 / 2**30:,.1f} GB, and several "
            f"are needed; hlm.lmer goes up to {int(np.sqrt(MOST)):,}. Leave out a factor, or fit parts of the data"
        )
    return pattern, [pattern.places[places] for places in before]


# ---------------------------------------------------------------------------------------------------- the sums


@dataclass(frozen=True)
class _Sums:
    """As in `CrossedStage`; and, for each further factor, Z'Z of each of its groups, (q_k, q_k, J_k)."""

    C: sparse.csr_array
    N: Blocks
    NX: np.ndarray
    places: tuple[np.ndarray, ...]
    levels: tuple[np.ndarray, ...]


def _summed(
    rows: Design,
    m: Moments,
    own: list[Layout],
    pairs: dict[tuple[int, int], Pairs],
    pattern: tuple[Pattern, list[np.ndarray]],
) -> _Sums:
    factors, (blocks, places) = rows.groupings, pattern
    J, q, s, p = [len(f.groups) for f in factors], [len(each.z) for each in own], len(blocks.order), len(own[0].x)
    NX = np.zeros((s, p + 1))
    levels = [np.zeros((q[k], q[k], J[k])) for k in range(len(factors))]
    products = {pair: np.zeros((q[pair[0]], q[pair[1]], len(sums.first))) for pair, sums in pairs.items()}
    for some, x, z in _inside(rows, m, own):
        codes = [f.codes[some] for f in factors]
        for k in range(1, len(factors)):
            for a in range(q[k]):
                for c in range(p + 1):
                    NX[places[k - 1][:, a], c] += np.bincount(codes[k], z[k][a] * x[c], J[k])
                for b in range(q[k]):
                    levels[k][a, b] += np.bincount(codes[k], z[k][a] * z[k][b], J[k])
        for (k, other), sums in pairs.items():
            for a in range(q[k]):
                for b in range(q[other]):
                    products[k, other][a, b] += np.bincount(sums.rows[some], z[k][a] * z[other][b], len(sums.first))

    C, N = _Entries(), _Entries()
    for k in range(1, len(factors)):
        here = places[k - 1]
        pair, product = pairs[0, k], products[0, k]
        for a in range(q[0]):
            for b in range(q[k]):
                C.add(pair.first * q[0] + a, here[pair.second, b], product[a, b])
        for a in range(q[k]):
            for b in range(q[k]):
                N.add(here[:, a], here[:, b], levels[k][a, b])
        for other in range(k + 1, len(factors)):
            pair, product = pairs[k, other], products[k, other]
            for a in range(q[k]):
                for b in range(q[other]):
                    one, two = here[pair.first, a], places[other - 1][pair.second, b]
                    N.add(one, two, product[a, b])
                    N.add(two, one, product[a, b])
    Z1_Zs = C.matrix(J[0] * q[0], s)
    return _Sums(Z1_Zs, blocks.of_sparse(N.matrix(s, s)), NX, tuple(places), tuple(levels[1:]))


class _Entries:
    """The elements of a sparse matrix as they are found."""

    def __init__(self) -> None:
        self.rows: list[np.ndarray] = []
        self.columns: list[np.ndarray] = []
        self.values: list[np.ndarray] = []

    def add(self, rows: np.ndarray, columns: np.ndarray, values: np.ndarray) -> None:
        self.rows.append(rows)
        self.columns.append(columns)
        self.values.append(values)

    def matrix(self, rows: int, columns: int) -> sparse.csr_array:
        entries = np.concatenate(self.values), (np.concatenate(self.rows), np.concatenate(self.columns))
        return sparse.csr_array(entries, shape=(rows, columns))


def _inside(
    rows: Design, m: Moments, own: list[Layout]
) -> Iterator[tuple[slice, list[np.ndarray], list[list[np.ndarray]]]]:
    """Successive blocks of rows: which, the columns of [X y], and those of each factor's Z, all in inside units and
    with weights times their roots."""
    layout = rows.layout
    taken, sharpest = (None, m) if m.sharper is None else m.sharper
    (x_shift, x_unit), changes = x_change(sharpest), [z_change(m, each) for each in own]

    def inside(name: str, of: np.ndarray, origin: np.ndarray, shift: np.ndarray, unit: np.ndarray) -> np.ndarray:
        if name == INTERCEPT:
            return np.ones(of.shape[1])
        place = len(layout.columns) if name == layout.response else layout.columns.index(name)
        return (of[place] - (origin[place] + shift[place])) / unit[place]

    start = 0
    for codes, values in rows.blocks_of_rows(ROWS):
        some = slice(start, start + len(codes))
        start = some.stop
        left = values if taken is None else values - taken.T @ values
        x = [inside(name, left, sharpest.origin, x_shift, x_unit) for name in (*layout.x, layout.response)]
        z = [
            [inside(name, values, m.origin, *change) for name in each.z]
            for each, change in zip(own, changes, strict=True)
        ]
        if rows.weights is not None:
            root = np.sqrt(rows.weights[some] / mean_weight(m))
            x, z = [root * value for value in x], [[root * value for value in part] for part in z]
        yield some, x, z
