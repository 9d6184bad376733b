"""Each coefficient: what it is of, what is estimated, how sure that is, and what least squares makes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from hlm import MixedResults
from hlm.inference.hypotheses import Ddf

from .columns import LEVEL, Column, columns_of
from .rows import Factor
from .sampling import Sampling


@dataclass(frozen=True)
class Coefficient:
    """One coefficient of a model.

    Attributes:
        name: as the fit calls it. column: what its column is made of.
        constant: the factors within whose groups the column does not vary.
        sd: standard deviation of the column over rows; over groups where it is constant within them.
        estimate, se, df, t, p, low, high: by the report's method of testing.
        own: the standard error by the model itself, as if its variances were known to be those estimated.
        other: the same of the other method (Satterthwaite's beside Kenward and Roger's): se, df, p.
        ols: least squares' estimate, se and p; missing if it has no such coefficient.
        shares: of the sampling variance, by factor and "rows".
        lines: that a random slope belongs to it, the factors.
    """

    name: str
    column: Column
    constant: tuple[str, ...]
    sd: float
    estimate: float
    se: float
    df: float
    t: float
    p: float
    low: float
    high: float
    own: float
    other: Any
    ols: Any
    shares: Any
    lines: tuple[str, ...]

    @property
    def kind(self) -> str:
        """What it is a coefficient of."""
        return self.column.kind

    @property
    def variable(self) -> str:
        """Of a level, its variable."""
        return self.column.pieces[0].variable if self.column.pieces else ""

    @property
    def level(self) -> str:
        """Of a level, which it is."""
        return self.column.pieces[0].level if self.column.pieces else ""

    @property
    def first(self) -> str:
        """Of a level, the one that it is compared with."""
        return self.column.pieces[0].first if self.column.pieces else ""

    @property
    def tested(self) -> bool:
        """Whether there is a test of it: where a number is missing, there is none."""
        return bool(np.isfinite([self.se, self.df, self.t, self.p, self.low, self.high]).all())

    @property
    def widened(self) -> bool:
        """Whether its standard error has an allowance for the variances being estimates, which is to be seen."""
        return self.se > 1.005 * self.own

    @property
    def significant(self) -> bool:
        """Whether chance alone would seldom go so far, by the usual level."""
        return self.p < 0.05

    @property
    def ratio(self) -> float:
        """The standard error over that of least squares."""
        return float(self.se / self.ols["se"])


@dataclass(frozen=True)
class Levels:
    """A factor of many levels: their test together, and the two that lie farthest apart.

    Attributes:
        variable: its name. count: of its levels. F, df_num, df_denom, p: of the test that none differs.
        lowest, highest: levels, with how far each lies above the first level.
    """

    variable: str
    count: int
    F: float
    df_num: float
    df_denom: float
    p: float
    lowest: tuple[str, float]
    highest: tuple[str, float]

    @property
    def tested(self) -> bool:
        """Whether there is a test of it."""
        return bool(np.isfinite([self.F, self.df_denom, self.p]).all())

    @property
    def significant(self) -> bool:
        """Whether levels differ more than chance would have it, by the usual level."""
        return self.p < 0.05


MANY_LEVELS = 8  # of a factor with more, the levels are not told one by one


def large_factors(fit: MixedResults, found: list[Coefficient], ddf: Ddf) -> list[Levels]:
    """The factors of more levels than can be told one by one."""
    of: dict[str, list[Coefficient]] = {}
    for each in found:
        if each.kind == LEVEL:
            of.setdefault(each.variable, []).append(each)
    large = []
    for variable, levels in of.items():
        if len(levels) < MANY_LEVELS:
            continue
        names = list(fit.layout.x)
        L = np.eye(len(names))[[names.index(each.name) for each in levels]]
        test: Any = fit.contrast(L, ddf)
        apart = {levels[0].first: 0.0, **{each.level: each.estimate for each in levels}}
        low, high = min(apart, key=lambda k: apart[k]), max(apart, key=lambda k: apart[k])
        large.append(
            Levels(
                variable=variable,
                count=len(levels) + 1,
                F=float(test.statistic),
                df_num=float(test.df_num),
                df_denom=float(test.df_denom),
                p=float(test.pvalue),
                lowest=(low, apart[low]),
                highest=(high, apart[high]),
            )
        )
    return large


def coefficients_of(
    fit: MixedResults, ols: Any, factors: list[Factor], sampling: Sampling, ddf: Ddf, others: Ddf
) -> list[Coefficient]:
    """The coefficients of a fit in its order, the intercept first."""
    table: Any = fit.coef_table(ddf)
    other: Any = fit.coef_table(others)
    ends: Any = fit.conf_int(ddf=ddf)
    of_ols: Any = pd.DataFrame({"estimate": ols.params, "se": ols.bse, "p": ols.pvalues}).reindex(table.index)
    shares: Any = sampling.shares
    columns = columns_of(fit)
    found = []
    for name in table.index:
        column = fit.design.column(name)
        constant = tuple(factor.name for factor in factors if _is_constant(column, factor))
        own = next((factor for factor in factors if factor.name in constant), None)
        values = column if own is None else _of_groups(column, own)
        lines = tuple(factor.name for factor in factors if name != "Intercept" and name in _random(fit, factor.name))
        tested = {key: float(table.loc[name, key]) for key in ("estimate", "se", "df", "t", "p")}
        low, high = (float(end) for end in ends.loc[name])
        found.append(
            Coefficient(
                name=name,
                column=columns[name],
                constant=constant if name != "Intercept" else (),
                sd=float(values.std(ddof=1)),
                **tested,
                low=low,
                high=high,
                own=float(np.sqrt(sampling.variance.loc[name].to_numpy().sum())),
                other=other.loc[name],
                ols=of_ols.loc[name],
                shares=shares.loc[name],
                lines=lines,
            )
        )
    return found


def _random(fit: MixedResults, factor: str) -> list[str]:
    G = fit.cov_re[factor] if isinstance(fit.cov_re, dict) else fit.cov_re
    return list(G.columns)


def _is_constant(column: np.ndarray, factor: Factor) -> bool:
    return bool((column == _of_groups(column, factor)[factor.codes]).all())


def _of_groups(column: np.ndarray, factor: Factor) -> np.ndarray:
    """(J,) the value in the first row of each group."""
    first = np.empty(factor.J)
    first[factor.codes[::-1]] = column[::-1]
    return first
