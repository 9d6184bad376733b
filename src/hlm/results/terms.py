"""Tests of the model's terms, means of its factors, and how much it hangs on single rows and groups."""

from __future__ import annotations

from functools import cached_property

import pandas as pd

from ..arguments import checked_methods
from ..errors import ModelError
from ..inference import adjustment, anova_hypotheses, hypotheses, ls_means
from ..inference.adjustment import Adjust
from ..inference.anova import anova_table
from ..inference.anova_hypotheses import AnovaType
from ..inference.hypotheses import Ddf
from ..inference.influence import influence_of_rows
from ..inference.random_terms import random_term_tests
from ..inference.shown import Shown
from ..inference.without_groups import influence_of_groups
from ..model.fixed_part import FixedPart
from .rows import OfRows


@checked_methods
class Terms(OfRows):
    """Tests of terms, means of factors, and influence."""

    @cached_property
    def _fixed(self) -> FixedPart:
        source = self.design.source
        assert source is not None
        return FixedPart(self.design, source)

    def anova(self, type: AnovaType = "III", ddf: Ddf = "satterthwaite") -> pd.DataFrame:
        """F tests of the terms of the fixed part, as lmerTest's anova().

        Args:
            type: of table. "I": what each term adds to those before it. "II": what it adds to all that do not contain
                it. "III": means that are averaged over the other factors' levels with equal weights. The hypotheses do
                not depend on how factors are coded.
            ddf: "satterthwaite" or "kenward-roger".

        Returns:
            DataFrame, a row for each term: sum_sq, mean_sq, df_num, df_denom, F, p. As in lmerTest, mean squares are F,
            not scaled, times sigma2.

        Raises:
            ModelError: the model was fitted from moments, which hold no rows; or Kenward-Roger for maximum likelihood.

        Source: Kuznetsova, Brockhoff & Christensen (2017), Journal of Statistical Software 82(13), section 2.3.

        Example:
            >>> import hlm
            >>> fit = hlm.lmer("math ~ ses * sector + (1 | sch.id)", hlm.load_hsb())
            >>> fit.anova(type="II")["F"].round(1).tolist()
            [440.5, 39.2, 38.4]
        """
        self._require_rows("anova")
        rows = anova_hypotheses.hypotheses(self._fixed, type)
        return anova_table(rows, self._method(ddf), self.params.to_numpy() / self._unit_y, self.scale)

    def ranova(self) -> pd.DataFrame:
        """Likelihood ratio tests of the random terms, as lmerTest's ranova(), by the fit's own criterion.

        From each random term every column that no other one needs is taken away, and a random intercept by itself:
        (x | g) is compared with (1 | g), and (1 | g) with none. Variances that are tested against zero lie on the
        boundary, where p is too large, by a factor of two for a single one (Self & Liang 1987).

        Returns:
            DataFrame, a row for each smaller model, by what was taken away, the fit itself ("<none>") first: npar, llf,
            aic, LRT, df, p. p is NaN where the other model has as many parameters.

        Raises:
            ModelError: the model was fitted from moments, which hold no rows.

        Source: Kuznetsova, Brockhoff & Christensen (2017), Journal of Statistical Software 82(13).

        Example:
            >>> import hlm
            >>> fit = hlm.lmer("math ~ ses + (ses | sch.id)", hlm.load_hsb())
            >>> print(fit.ranova()["p"].round(4))
            term
            <none>                     NaN
            ses in (ses | sch.id)    0.092
            Name: p, dtype: float64
        """
        self._require_rows("ranova")
        return random_term_tests(self)

    def ls_means(
        self,
        term: str | None = None,
        pairwise: bool = False,
        ddf: Ddf = "satterthwaite",
        adjust: Adjust = "holm",
        alpha: float = 0.05,
    ) -> pd.DataFrame:
        """Least-squares means of a factor's levels, or their differences, as lmerTest's ls_means() and difflsmeans().

        The model's predictions are averaged over the levels of all other factors, with equal weights; covariates stand
        at their means in the rows used, and functions of covariates are those of the means.

        Args:
            term: a factor's name as in the formula, or several with colons between ("f:g": a mean for each
                combination); None for all terms that are made of factors alone.
            pairwise: the differences of all pairs instead.
            ddf: "satterthwaite" or "kenward-roger".
            adjust: how the p values of a term's differences are adjusted for their number: "holm", "bonferroni",
                "sidak" or "none". Intervals are not adjusted, and means by themselves neither.
            alpha: the intervals have level 1 - alpha.

        Returns:
            DataFrame, a row for each level or pair: estimate, se, t, df, p, lower, upper; of several terms, by term and
            level. NaN where cells without data leave a mean undetermined.

        Raises:
            ModelError: not a factor of the fixed part, alpha outside 0 to 1, or a model that was fitted from moments.

        Source: Searle, Speed & Milliken (1980), The American Statistician 34(4).

        Example:
            >>> import hlm
            >>> fit = hlm.lmer("math ~ factor(sector) * ses + (1 | sch.id)", hlm.load_hsb())
            >>> fit.ls_means("factor(sector)", pairwise=True)["estimate"].round(3)
            factor(sector)
            0 - 1   -2.138
            Name: estimate, dtype: float64
        """
        self._require_rows("ls_means")
        hypotheses.require_alpha(alpha)
        if term is None:
            terms = ls_means.factor_terms(self._fixed)
            tables = [self.ls_means(name, pairwise, ddf, adjust, alpha) for name in terms]
            return Shown(pd.concat(tables, keys=terms, names=["term", "levels"]))
        rows = ls_means.means_of_term(self._fixed, term)
        if pairwise:
            rows = ls_means.differences(rows)
        table = hypotheses.with_ends(self._t_tests(rows.to_numpy(), ddf).set_axis(rows.index), alpha)
        return Shown(table.assign(p=adjustment.adjusted(table["p"].to_numpy(), adjust)) if pairwise else table)

    # -------------------------------------------------------------------------------------------------- influence

    def influence_of_rows(self) -> pd.DataFrame:
        """How each row is fitted, and how much the fit hangs on it.

        Returns:
            DataFrame (n, 5), of each row used: `hat`, its leverage, what its own response contributes to its fitted
            value; `resid`, what is left; `scaled`, times the root of its weight and over sigma; `studentized`, that
            over the root of 1 - hat; and Cook's distance. G is taken as known. As lme4's hatvalues(), residuals(),
            rstudent() and cooks.distance(); the last two are NaN where a row is fitted exactly.

        Raises:
            ModelError: the model was fitted from moments, which hold no rows.

        Source: Cook (1977), Technometrics 19; Demidenko & Stukel (2005), Statistics in Medicine 24 (the leverages).

        Example:
            >>> import hlm
            >>> fit = hlm.lmer("math ~ sector + (1 | sch.id)", hlm.load_hsb())
            >>> print(fit.influence_of_rows()["hat"].sum().round(2))
            140.5
        """
        self._require_rows("influence_of_rows")
        return influence_of_rows(self.at, self._rows_of(None, True, True)[0], self.resid)

    def influence_of_groups(self, group: str | None = None) -> Shown:
        """The exact fit without each group in turn, and how far it lies from the fit.

        Of one grouping factor this takes a look at the rows and, for each group, as long as an evaluation or two of
        the likelihood; of several, the rows that are left are summed and fitted anew.

        Args:
            group: the grouping factor, if there are several.

        Returns:
            DataFrame, a row each, named after the group that was left out: the fixed effects by name, then the
            distinct elements of G as "var ses" and "cov Intercept, ses", "var residual", and `singular`, whether G is
            then on the boundary; `cooks_distance`, the squared distance of the fixed effects from the fit's, in terms
            of the fit's covariance and over their number; and "dfbetas ses", the fit's less that without the group,
            over its standard error. NaN is what the data do not tell without the group; `notes` say of which.

        Raises:
            ModelError: the model was fitted from moments; there are fewer than three groups, or no such factor; or a
                fixed effect is called as another column of the table.

        Source: Cook (1977), Technometrics 19; for groups Snijders & Bosker (2012), Multilevel Analysis, section 10.7.
            As R's influence.ME; lme4 multiplies Cook's distance by (J - p) / J, and its dfbetas have the other sign.

        Example:
            >>> import hlm
            >>> fit = hlm.lmer("math ~ sector + (1 | sch.id)", hlm.load_hsb())
            >>> without = fit.influence_of_groups()
            >>> print(without["sector"].agg(["min", "max"]).round(2).tolist())
            [2.72, 2.9]
        """
        self._require_rows("influence_of_groups")
        factors = self.layout.grouping
        if group is None and len(factors) > 1:
            raise ModelError(f"influence_of_groups: say of which factor: {' or '.join(map(repr, factors))}")
        if group is not None and group not in factors:
            raise ModelError(f"influence_of_groups: there is no factor {group!r}, but {', '.join(factors)}")
        return influence_of_groups(self, factors[0] if group is None else group)
