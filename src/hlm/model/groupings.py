"""Grouping factors: which group each row belongs to, and what the groups are called.

A factor is a column, or the combinations of several, as in `school:class`: class 1 of one school is then another group
than class 1 of the next. Its groups are called as lme4 calls them, `class:school`, such as "1:1224".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from ..caller import warn
from ..errors import GroupingWarning, ModelError, listed
from .contrasts import label
from .formula import ParsedFormula

ALMOST_NESTED = 0.8  # of a factor's groups: if as many lie in one group of another each, the rest look like a mistake
FEW = 1 << 12  # pairs that a table is made for, to grow as it needs; pandas would make it for all rows


@dataclass(frozen=True)
class Grouping:
    """One grouping factor of a model.

    Attributes:
        name: such as "school" or "class:school". columns: whose combinations are the groups.
        codes: (n,) each row's group, as a position in `groups`; -1 where a label is missing.
        groups: (J,) the labels, sorted; those of combinations as text.
    """

    name: str
    columns: tuple[str, ...]
    codes: np.ndarray
    groups: pd.Index

    def rows(self, use: np.ndarray | None) -> Grouping:
        """The factor of some of the rows, without the groups that have none; None for all rows."""
        if use is None:
            return self
        present, codes = np.unique(self.codes[use], return_inverse=True)
        return Grouping(self.name, self.columns, codes, self.groups[present])


def groupings_of(parsed: ParsedFormula, data: pd.DataFrame) -> list[Grouping]:
    """The grouping factors of a formula, in its order.

    Raises:
        ModelError: a group is not a column, or its labels cannot be told apart.
    """
    found = []
    for name, columns in parsed.factors_of_groups.items():
        codes, groups = _combined([_coded(parsed, column, data) for column in columns], name)
        several = len(parsed.factors_of_groups) > 1  # half the memory; one factor's are counted faster as they are
        found.append(Grouping(name, columns, codes.astype(np.int32) if several else codes, groups))
    return found


def _coded(parsed: ParsedFormula, name: str, data: pd.DataFrame) -> tuple[np.ndarray, pd.Index]:
    """Each row's label as a position among the sorted labels; -1 where it is missing."""
    if name not in data.columns:
        raise ModelError(
            f"formula {parsed.text!r}: the group {name!r} is not a column; the columns are {listed(data.columns)}"
        )
    column = data[name]
    if isinstance(column, pd.DataFrame):
        raise ModelError(f"formula {parsed.text!r}: the data have two columns called {name!r}; rename one of them")
    try:
        codes, labels = pd.factorize(column)
        if not pd.Index(labels).is_monotonic_increasing:  # sorting at once would touch every row again, needed or not
            codes, labels = pd.factorize(column, sort=True)
    except TypeError as error:
        raise ModelError(f"the labels in the group {column.name!r} cannot be told apart: {error}") from None
    return codes, pd.Index(labels, name=column.name)


def _combined(factors: list[tuple[np.ndarray, pd.Index]], name: str) -> tuple[np.ndarray, pd.Index]:
    """The combinations of several factors' labels that there are, in the order of the labels."""
    (codes, labels), *others = factors
    if not others:
        return codes, labels
    combined = codes.astype(np.int64)
    for more, further in others:
        gone = (combined < 0) | (more < 0)
        combined *= len(further)
        combined += more
        combined[gone] = -1
    place, found = pd.factorize(combined, size_hint=FEW)
    order = np.argsort(found)
    order = order[found[order] >= 0]
    present, back = found[order], np.full(len(found), -1, dtype=np.intp)
    back[order] = np.arange(len(order))
    codes = back[place]
    texts, left = [], present
    for _, further in others[::-1]:
        left, own = np.divmod(left, len(further))
        texts.append([label(further[k]) for k in own])
    texts.append([label(labels[k]) for k in left])
    return codes, pd.Index([":".join(parts) for parts in zip(*texts[::-1], strict=True)], dtype=object, name=name)


def labels_in(data: pd.DataFrame, name: str, columns: tuple[str, ...]) -> pd.Series:
    """Each row's group in new data, as the factor called `name`, made of these columns, calls it; missing where one is.

    Raises:
        ModelError: a column is missing.
    """
    for column in columns:
        if column not in data.columns:
            raise ModelError(f"new data: there is no column {column!r}; add it, or predict with random_effects=False")
    if len(columns) == 1:
        return data[columns[0]]
    texts = [data[column].astype(object).map(label, na_action="ignore") for column in columns]
    return texts[0].str.cat(pd.concat(texts[1:], axis=1), sep=":").rename(name)


def places_of(groups: pd.Index, column: pd.Series) -> np.ndarray:
    """(m,) each row's group as a position in the fit's labels; -1 for a group that the fit has not seen.

    Raises:
        ModelError: a label is that of one of the groups, but text where the fit has numbers, or the other way round.
    """
    if isinstance(column, pd.DataFrame):
        raise ModelError("new data: two columns have the name of the group; rename one of them")
    labels, known = (pd.Index(x.astype(object) if x.dtype == "category" else x) for x in (column, groups))
    try:
        place = known.get_indexer(labels)
        new = pd.unique(labels[(place < 0) & ~labels.isna()])
        ours, theirs = {label(k): k for k in known}, {label(k): k for k in new}
    except TypeError as error:
        raise ModelError(f"new data: the labels in {column.name!r} cannot be told apart: {error}") from None
    mistaken = next((text for text in theirs if text in ours), None)
    if mistaken is not None:
        kinds = ["text" if isinstance(k, str) else "a number" for k in (theirs[mistaken], ours[mistaken])]
        raise ModelError(
            f"new data: the group {mistaken!r} in {column.name!r} is {kinds[0]} here and {kinds[1]} in the data that "
            "were fitted; make them the same"
        )
    return place


# ------------------------------------------------------------------------------------------- factors that do not fit


@dataclass(frozen=True)
class Pairs:
    """The pairs of groups of two factors that some row has both of.

    Attributes:
        rows: (n,) each row's pair. first, second: (pairs,) its groups.
    """

    rows: np.ndarray
    first: np.ndarray
    second: np.ndarray

    @classmethod
    def of(cls, one: Grouping, other: Grouping) -> Pairs:
        """The pairs of two factors' groups."""
        wide = len(other.groups)
        key = one.codes.astype(np.int64)
        key *= wide
        key += other.codes
        rows, found = pd.factorize(key, size_hint=FEW)
        return cls(rows.astype(np.int32), *np.divmod(found, wide))


def require_groupings(factors: Sequence[Grouping], formula: str) -> dict[tuple[int, int], Pairs]:
    """Refuse a factor with one group, or with as many as rows, and two factors that make the same groups; warn of a
    label that seems to stand for groups of two others.

    Returns:
        The pairs of groups of each two factors, by their places.
    """
    for factor in factors:
        J, n = len(factor.groups), len(factor.codes)
        if J < 2:
            raise ModelError(f"{factor.name} has one group only; the spread between groups needs at least two")
        if n <= J:
            raise ModelError(
                f"every one of the {n:,} rows is a group of its own in {factor.name}; "
                "the spread between groups cannot be told from the residual"
            )
    pairs = {}
    for k, m in combinations(range(len(factors)), 2):
        finer, coarser = factors[k], factors[m]
        pairs[k, m] = Pairs.of(finer, coarser)
        if len(pairs[k, m].first) == len(finer.groups) == len(coarser.groups):
            raise ModelError(
                f"formula {formula!r}: {finer.name} and {coarser.name} put the rows into the same "
                f"{len(finer.groups):,} groups, and their variances cannot be told apart; leave one of them out"
            )
        _warn_of_labels_used_twice(finer, coarser, pairs[k, m])
    return pairs


def _warn_of_labels_used_twice(finer: Grouping, coarser: Grouping, pairs: Pairs) -> None:
    homes = np.bincount(pairs.first, minlength=len(finer.groups))
    if homes.max() == 1 or (homes == 1).mean() < ALMOST_NESTED:
        return
    which = int(np.argmax(homes > 1))
    first, second = (label(coarser.groups[k]) for k in np.sort(pairs.second[pairs.first == which])[:2])
    warn(
        f"{finer.name} {label(finer.groups[which])} has rows in two groups of {coarser.name}, {first} and {second}, "
        f"though most groups of {finer.name} lie in one each; if these are two groups of one name, write "
        f"(1 | {coarser.name}/{finer.name}) for (1 | {finer.name}) + (1 | {coarser.name})",
        GroupingWarning,
    )
