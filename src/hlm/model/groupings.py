"""Grouping factors: which group each row belongs to, and what the groups are called.

A factor is a column, or the combinations of several, as in `school:class`: class 1 of one school is then another group
than class 1 of the next. Its groups are called as lme4 calls them, `class:school`, such as "1:1224".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..caller import warn
from ..errors import GroupingWarning, ModelError
from .contrasts import label
from .formula import ParsedFormula
from .variables import listed

ALMOST_NESTED = 0.8  # of a factor's groups: if as many lie in one group of another each, the rest look like a mistake


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
    return [
        Grouping(name, columns, *_combined([_coded(parsed, column, data) for column in columns], name))
        for name, columns in parsed.factors_of_groups.items()
    ]


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
    combined, missing = codes.astype(np.int64), codes < 0
    for more, further in others:
        combined, missing = combined * len(further) + more, missing | (more < 0)
    present, place = np.unique(combined[~missing], return_inverse=True)
    codes = np.full(len(combined), -1, dtype=np.intp)
    codes[~missing] = place
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


def require_groupings(factors: Sequence[Grouping], formula: str) -> None:
    """Refuse a factor with one group, or with as many as rows, and two factors that make the same groups; warn of a
    label that seems to stand for groups of two others."""
    for k, factor in enumerate(factors):
        J, n = len(factor.groups), len(factor.codes)
        if J < 2:
            raise ModelError(f"{factor.name} has one group only; the spread between groups needs at least two")
        if n <= J:
            raise ModelError(
                f"every one of the {n:,} rows is a group of its own in {factor.name}; "
                "the spread between groups cannot be told from the residual"
            )
        for other in factors[:k]:
            pairs = len(np.unique(other.codes * J + factor.codes))
            if pairs == J == len(other.groups):
                raise ModelError(
                    f"formula {formula!r}: {other.name} and {factor.name} put the rows into the same {J:,} groups, and "
                    "their variances cannot be told apart; leave one of them out"
                )
            _warn_of_labels_used_twice(other, factor)


def _warn_of_labels_used_twice(finer: Grouping, coarser: Grouping) -> None:
    pairs = np.unique(np.column_stack([finer.codes, coarser.codes]), axis=0)
    homes = np.bincount(pairs[:, 0], minlength=len(finer.groups))
    if homes.max() == 1 or (homes == 1).mean() < ALMOST_NESTED:
        return
    which = int(np.argmax(homes > 1))
    first, second = (label(coarser.groups[k]) for k in pairs[pairs[:, 0] == which, 1][:2])
    name = label(finer.groups[which])
    warn(
        f"{finer.name} {name} has rows in two groups of {coarser.name}, {first} and {second}, though most groups of "
        f"{finer.name} lie in one each; if these are two groups of one name, write "
        f"(1 | {coarser.name}/{finer.name}) for (1 | {finer.name}) + (1 | {coarser.name})",
        GroupingWarning,
    )
