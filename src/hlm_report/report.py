"""A model and its data with all that a report tells of them; each thing is computed when it is first asked for."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import pandas as pd

import hlm
from hlm import DataError, MixedResults, ModelError
from hlm.inference.hypotheses import Ddf

from . import formulas
from .facts import checks, coefficients, columns, rows, sampling, slopes, variances, within_between
from .facts.checks import Deviations, Influence, Residuals
from .facts.coefficients import Coefficient, Levels
from .facts.rows import Factor, Missing, Outcome
from .facts.sampling import Sampling
from .facts.slopes import Slope
from .facts.variances import Gain, Share
from .facts.within_between import Split
from .problems import ReportError
from .reading import LABELS
from .refusals import parsed_for

FEW = 50  # groups: from here on, Kenward and Roger's tests hardly differ from Satterthwaite's
MANY_ROWS = 100_000
CROSSED_ROWS = 5_000  # of a model with several factors: with more, profile intervals of variances take minutes


def fact(compute: Callable[[Any], Any]) -> Any:
    """A property that is computed once, without a warning: what hlm warns of, sentences say."""

    def computed(self: Report) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return compute(self)

    computed.__doc__ = compute.__doc__
    return cached_property(computed)


class Report:
    """A mixed model of some data, and what the report says of it.

    Attributes:
        data: a row for each unit, as read. formula: lme4's, as for `hlm.lmer`.
        labels: what columns are called in words, where that is known.
        fit: the model, by REML. null: the same without predictors and with random intercepts only. parallel: the same
            without random slopes. ols: by least squares, without groups. All of the rows in which nothing is missing.
    """

    def __init__(self, formula: str, data: pd.DataFrame, labels: Mapping[str, str] | None = None) -> None:
        """Fit the model.

        Raises:
            ReportError: the formula or the data do not make a model, or one that a report can be written of.
        """
        self.formula, self.data = formula, data
        self.labels = {**data.attrs.get(LABELS, {}), **(labels or {})}
        try:
            parsed_for(formula, data)
            self.fit = self._fitted
        except (ModelError, DataError) as error:
            raise ReportError(str(error)) from None
        self.parts = formulas.parts(formula)

    @fact
    def _fitted(self) -> MixedResults:
        return hlm.lmer(self.formula, self.data)

    @property
    def y(self) -> str:
        """The outcome's name."""
        return self.fit.endog_name

    @fact
    def rows(self) -> pd.DataFrame:
        """The rows of the data that the model was fitted to."""
        source = self.fit.design.source
        assert source is not None
        return source.frame

    @fact
    def null(self) -> MixedResults:
        """The model without predictors."""
        return self.fit if self.parts.null == self.formula else hlm.lmer(self.parts.null, self.rows)

    @fact
    def parallel(self) -> MixedResults:
        """The model with the same slopes in all groups; the fit itself if it has no random slopes."""
        return hlm.lmer(self.parts.parallel, self.rows) if self.has_slopes else self.fit

    @fact
    def ols(self) -> Any:
        """The regression that ignores groups."""
        return hlm.ols(self.parts.ols, self.rows)

    @property
    def has_slopes(self) -> bool:
        """Whether anything but intercepts differs by group."""
        return any(name != "Intercept" for name in self.fit.layout.z)

    # ------------------------------------------------------------------------------------------------------ facts

    @fact
    def factors(self) -> list[Factor]:
        """The grouping factors, the one with the most groups first."""
        return rows.factors_of(self.fit)

    @property
    def main(self) -> Factor:
        """The factor with the most groups."""
        return self.factors[0]

    @property
    def fewest(self) -> Factor:
        """The factor with the fewest groups."""
        return self.factors[-1]

    @fact
    def missing(self) -> Missing:
        """What was left out, and why."""
        return rows.missing_of(self.fit, self.data)

    @fact
    def outcome(self) -> Outcome:
        """The outcome in the rows used."""
        return rows.outcome_of(self.fit)

    @fact
    def nearly_constant(self) -> dict[tuple[str, str], float]:
        """Predictors that differ within a few groups only."""
        return rows.nearly_constant(self.fit, self.data)

    @property
    def few(self) -> bool:
        """Whether groups are so few that tests are Kenward and Roger's."""
        return self.fewest.J < FEW and self.fit.nobs < MANY_ROWS

    @property
    def ddf(self) -> Ddf:
        """How coefficients are tested: the method's name, as hlm has it."""
        return "kenward-roger" if self.few else "satterthwaite"

    @property
    def profiled(self) -> bool:
        """Whether the variances get profile intervals: not where these take minutes."""
        return len(self.factors) == 1 or self.fit.nobs <= CROSSED_ROWS

    @fact
    def intervals(self) -> Any:
        """Profile intervals of the model's standard deviations and correlations; None if there are none."""
        return self.fit.variance_intervals() if self.profiled else None

    @fact
    def shares(self) -> list[Share]:
        """How the null model divides the variance, by factor."""
        return variances.shares_of(self.null, self.factors, self.profiled)

    @fact
    def gain(self) -> Gain | None:
        """What the predictors bring."""
        return variances.gain_of(self.null, self.parallel)

    @fact
    def sampling(self) -> Sampling:
        """Where standard errors come from."""
        return sampling.sampling_of(self.fit)

    @fact
    def coefficients(self) -> list[Coefficient]:
        """The coefficients, the intercept first."""
        other: Ddf = "kenward-roger" if not self.few and self.fit.nobs < MANY_ROWS else "satterthwaite"
        return coefficients.coefficients_of(self.fit, self.ols, self.factors, self.sampling, self.ddf, other)

    @property
    def predictors(self) -> list[Coefficient]:
        """The coefficients but for the intercept."""
        return [each for each in self.coefficients if each.kind != columns.INTERCEPT]

    @fact
    def large_factors(self) -> list[Levels]:
        """Factors of so many levels that these are not told one by one."""
        return coefficients.large_factors(self.fit, self.coefficients, self.ddf)

    @fact
    def told(self) -> list[Coefficient]:
        """The predictors' coefficients, but for the levels of large factors."""
        large = {each.variable for each in self.large_factors}
        return [each for each in self.predictors if each.variable not in large or each.kind != columns.LEVEL]

    @fact
    def split_shares(self) -> dict[str, float]:
        """Predictors that vary within groups of the main factor and between them: the share between."""
        mistaken = {column for column, _ in self.nearly_constant}
        found = within_between.candidates(self.fit, self.main)
        return {name: share for name, share in found.items() if name not in mistaken}

    @fact
    def split_fit(self) -> MixedResults | None:
        """The model with these predictors' group means besides."""
        if not self.split_shares:
            return None
        return within_between.split_fit(self.fit, self.split_shares, self.main)

    @fact
    def splits(self) -> list[Split]:
        """Slopes within and between groups."""
        if self.split_fit is None:
            return []
        return within_between.splits_of(self.fit, self.split_fit, self.split_shares, self.ddf)

    @fact
    def slopes(self) -> list[Slope]:
        """The random slopes."""
        return slopes.slopes_of(self.fit, self.intervals if self.has_slopes else None)

    @fact
    def residuals(self) -> Residuals:
        """What the residuals say."""
        return checks.residuals_of(self.fit, self.main)

    @fact
    def deviations(self) -> list[Deviations]:
        """The groups' predicted U."""
        return checks.deviations_of(self.fit)

    @fact
    def influence(self) -> list[Influence]:
        """The fits without single groups, by factor."""
        found = (checks.influence_of(self.fit, factor, self.sampling, self.fit.params.index) for factor in self.factors)
        return [each for each in found if each is not None and len(each.moves)]

    @fact
    def nearness(self) -> float:
        """How near G is to its boundary."""
        return checks.nearness(self.fit)

    def name(self, column: str) -> str:
        """A column in words: its label, or else its name."""
        return self.labels.get(column, column)

    def __repr__(self) -> str:
        return f"<Report of {self.fit!r}>"
