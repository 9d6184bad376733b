"""What the model was fitted to: rows used and left out, groups and their sizes, where the outcome ends."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from hlm import MixedResults
from hlm.model.formula import ParsedFormula
from hlm.model.variables import columns_in

from ..levels import share_varying


@dataclass(frozen=True)
class Factor:
    """One grouping factor: its name, the labels of its groups, and their sizes, (J,) each."""

    name: str
    groups: pd.Index
    codes: np.ndarray

    @property
    def J(self) -> int:
        """How many groups there are."""
        return len(self.groups)

    @cached_property
    def sizes(self) -> np.ndarray:
        """(J,) rows in each group."""
        return np.bincount(self.codes, minlength=len(self.groups))

    @property
    def singletons(self) -> int:
        """How many groups have one row."""
        return int((self.sizes == 1).sum())

    @property
    def equal(self) -> bool:
        """Whether all groups have the same number of rows."""
        return bool(self.sizes.min() == self.sizes.max())

    @property
    def in_largest(self) -> float:
        """The share of the rows that the largest tenth of the groups has."""
        tenth = max(1, round(self.J / 10))
        return float(np.sort(self.sizes)[::-1][:tenth].sum() / self.sizes.sum())


@dataclass(frozen=True)
class Missing:
    """What was left out: missing values by column, and what is known of the rows without them.

    Attributes:
        by_column: missing values of each column of the model that has any.
        groups: by factor, how many groups have no row left.
        known: rows left out in which the outcome is known. apart: by how many standard deviations of the outcome their
            mean differs from that of the rows used.
    """

    by_column: dict[str, int]
    groups: dict[str, int]
    known: int
    apart: float


def factors_of(fit: MixedResults) -> list[Factor]:
    """The grouping factors, the one with the most groups first."""
    return [Factor(each.name, each.groups, each.codes) for each in fit.design.groupings]


def columns_of(parsed: ParsedFormula, data: pd.DataFrame) -> list[str]:
    """The data's columns that a formula is made of, the outcome's first."""
    found = columns_in(parsed.y, data.columns)
    for factor in parsed.factors:
        found += columns_in(factor, data.columns)
    for term in parsed.random:
        found += term.groups
    return list(dict.fromkeys(found))


def missing_of(fit: MixedResults, data: pd.DataFrame) -> Missing:
    """What was left out of the data."""
    source = fit.design.source
    assert source is not None
    columns = columns_of(source.parsed, data)
    counts = data[columns].isna().sum()
    lost = {}
    for factor in fit.design.groupings:
        there = data[list(factor.columns)].dropna().drop_duplicates()
        lost[factor.name] = len(there) - len(factor.groups)
    y = data[fit.endog_name] if fit.endog_name in data.columns else pd.Series(dtype=float)
    out = y[~data.index.isin(fit.design.rows)].dropna() if fit.dropped and len(y) else pd.Series(dtype=float)
    used = fit.design.response
    apart = float((out.astype(float).mean() - used.mean()) / used.std(ddof=1)) if len(out) else np.nan
    return Missing({str(name): int(n) for name, n in counts.items() if n}, lost, len(out), apart)


def nearly_constant(fit: MixedResults, data: pd.DataFrame) -> dict[tuple[str, str], float]:
    """Predictors that differ within some groups, but fewer than one in ten, by column and factor: the share.

    Two rows may well be alike by chance; so a group counts only if it has rows enough, three or more on average.
    """
    source = fit.design.source
    assert source is not None
    found = {}
    grouping = {name for factor in fit.design.groupings for name in factor.columns}
    for name in columns_of(source.parsed, data)[1:]:
        if name in grouping:
            continue
        values = pd.factorize(source.frame[name])[0]
        for factor in factors_of(fit):
            if factor.sizes.mean() < 3:
                continue
            share = share_varying(values, factor.codes, factor.sizes)
            if 0 < share < 0.1:
                found[name, factor.name] = share
    return found


@dataclass(frozen=True)
class Outcome:
    """The outcome: how many different values it takes, and which shares of the rows are at its two ends."""

    mean: float
    sd: float
    values: int
    lowest: float
    highest: float
    at_lowest: float
    at_highest: float


def outcome_of(fit: MixedResults) -> Outcome:
    """The outcome in the rows used."""
    y = fit.design.response
    low, high = float(y.min()), float(y.max())
    at = float((y == low).mean()), float((y == high).mean())
    return Outcome(float(y.mean()), float(y.std(ddof=1)), len(np.unique(y)), low, high, *at)
