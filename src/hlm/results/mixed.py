"""A fitted mixed model whole, with the fits that are made from it and the tables that it is read from."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, Protocol

import pandas as pd

from ..arguments import Where, checked_methods
from ..errors import ModelError
from ..model.design import Design, design
from ..model.sources import callers_names
from ..model.update import updated
from .terms import Terms

# What users of R look for, and what there is instead.
NOT_HERE = {
    "drop1": "anova(type='III') tests each fixed term, hlm.compare(fit, fit.update('. ~ . - x')) a model without one",
    "step": "terms are not selected by their p values; see anova(), ranova() and hlm.compare for tests of each",
    "VarCorr": "see var_corr, or cov_re and scale",
    "fixef": "see params",
    "ranef": "see random_effects and random_effects_se",
    "coef": "see coefficients, or coef_table()",
    "rand": "see ranova()",
    "lsmeans": "see ls_means()",
    "difflsmeans": "see ls_means(term, pairwise=True)",
    "emmeans": "see ls_means()",
    "confint": "see conf_int(), effect_intervals() and variance_intervals()",
    "contest": "see contrast()",
    **dict.fromkeys(["hatvalues", "rstudent"], "see influence_of_rows()"),
    **dict.fromkeys(["cooks_distance", "dfbetas", "influence"], "see influence_of_rows() and influence_of_groups()"),
}


@checked_methods
class MixedResults(Terms):
    """A fitted linear mixed model, as `hlm.lmer` returns it.

    Attributes:
        moments: the group moments that the model was fitted from.
        at: the deviance at the optimum, in the units used inside; every estimate comes from it.
        singular: G is on the boundary of what a covariance can be.
        converged: the conditions of an optimum were verified.
    """

    def update(self, formula: str) -> MixedResults:
        """Another model of the same data, by the same criterion, whose formula is made from this one's, as in R.

        Args:
            formula: in which a dot left of the ~ is the response, and right of it all terms: ". ~ . - x" is the model
                without x, ". ~ . + z" the one with z besides; ". ~ . - (x | g) + (1 | g)" has another random term, and
                "log(.) ~ ." another response.

        Raises:
            ModelError: the formula does not parse or does not make a model, takes away a random term that is not there;
                or the model was fitted from moments, or to a response that `refit` was given.

        Example:
            >>> import hlm
            >>> fit = hlm.lmer("math ~ ses * sector + (ses | sch.id)", hlm.load_hsb())
            >>> fit.update(". ~ . - ses:sector").formula
            'math ~ ses + sector + (ses | sch.id)'
        """
        self._require_rows("update")
        source = self.design.source
        assert source is not None
        if not source.own_response:
            raise ModelError("update: this fit's response was given to refit; fit a data frame that has it as a column")
        known = self.design.recipe.names if self.design.recipe is not None else {}
        return _fit_of_rows(
            design(updated(source.parsed, formula), source.data, {**known, **callers_names()}, source.given), self.reml
        )

    def summary(self) -> Summary:
        """The fixed and random effects as two tables, in the form of R's jtools::summ; `hlm.summ` has options."""
        return _summarise(self)

    if not TYPE_CHECKING:  # to a type checker, what there is not is an error

        def __getattr__(self, name: str) -> Any:
            raise AttributeError(f"a fit has no {name!r}" + (f": {NOT_HERE[name]}" if name in NOT_HERE else ""))

    def __repr__(self) -> str:
        criterion = "REML" if self.reml else "ML"
        return (
            f"<MixedResults {self.formula!r}: {criterion}, {self.nobs:,} rows, {self.ngroups:,} groups, "
            f"log-likelihood {self.llf:,.3f}>"
        )


OneFactorFit = Annotated[
    MixedResults, Where(lambda fit: len(fit.layout.grouping) == 1, "a fit of hlm.lmer with one grouping factor")
]


class Summary(Protocol):
    """A fit's tables: the numbers as data frames, and as a reader sees them; `str()` is the text."""

    @property
    def fixed(self) -> pd.DataFrame:
        """A row for each fixed effect."""

    @property
    def random(self) -> pd.DataFrame | None:
        """A row for each variance."""

    @property
    def text(self) -> str:
        """For a terminal."""

    @property
    def html(self) -> str:
        """For a page."""

    @property
    def latex(self) -> str:
        """For a paper."""


_summarise: Callable[[MixedResults], Summary]


def summarise_with(tables: Callable[[MixedResults], Summary]) -> None:
    """Say what makes the tables of `MixedResults.summary`: tables know of results, results of no tables."""
    global _summarise
    _summarise = tables


_fit_of_rows: Callable[[Design, bool], MixedResults]


def update_with(fit: Callable[[Design, bool], MixedResults]) -> None:
    """Say what fits the rows of `MixedResults.update`, whose model may have another number of grouping factors."""
    global _fit_of_rows
    _fit_of_rows = fit
