"""What a fitted mixed model has to say, under statsmodels' names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Literal, Protocol, cast, overload

import numpy as np
import pandas as pd

from .arguments import Where, checked_methods, real_numbers, require_samples
from .errors import ModelError
from .inference import adjustment, anova_hypotheses, hypotheses, ls_means, prediction
from .inference.adjustment import Adjust
from .inference.anova import anova_table
from .inference.anova_hypotheses import AnovaType
from .inference.contrasts import hypothesis
from .inference.effect_intervals import effect_intervals
from .inference.hypotheses import Ddf, FTest, Method
from .inference.influence import influence_of_rows
from .inference.intervals import variance_intervals
from .inference.prediction import Interval
from .inference.random_terms import random_term_tests
from .inference.shown import Shown
from .inference.simulation import draw_responses
from .inference.without_groups import influence_of_groups
from .model import estimates
from .model.design import Design, design, rebuild
from .model.fixed_part import FixedPart
from .model.formula import Layout
from .model.given import offset_of_new, weights_of_new
from .model.groupings import labels_in, places_of
from .model.moments import Moments, with_response
from .model.optimum import Solution, solve
from .model.random_part import coefficients_of
from .model.sources import callers_names, frame_of
from .model.update import updated

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

if TYPE_CHECKING:
    from .model.crossings import CrossedMoments
    from .model.deviance import Deviance


@checked_methods
class MixedResults:
    """A fitted linear mixed model, as `hlm.lmer` returns it.

    Attributes:
        moments: the group moments that the model was fitted from.
        at: the deviance at the optimum, in the units used inside; every estimate comes from it.
        singular: G is on the boundary of what a covariance can be.
        converged: the conditions of an optimum were verified.
    """

    def __init__(self, moments: Moments | CrossedMoments, rows: Design | None, solution: Solution):
        self.moments = cast("Moments", moments)
        self.at = cast("Deviance", solution.at)
        self.singular, self.converged = solution.singular, solution.converged
        self._rows = rows

    # ------------------------------------------------------------------------------------------ what was fitted

    @property
    def layout(self) -> Layout:
        """The model's shape: names of the response, the groups, and the columns of X and Z."""
        return self.moments.layout

    @property
    def formula(self) -> str:
        """The formula as it was written."""
        return self.layout.formula

    @property
    def endog_name(self) -> str:
        """The name of the response."""
        return self.layout.response

    @property
    def group_name(self) -> str:
        """The name of the grouping column."""
        return self.layout.group

    @property
    def reml(self) -> bool:
        """Fitted by restricted maximum likelihood; else by maximum likelihood."""
        return self.at.reml

    @property
    def nobs(self) -> int:
        """Rows used."""
        return self.moments.nobs

    @property
    def ngroups(self) -> int:
        """Groups used."""
        return self.moments.ngroups

    @property
    def dropped(self) -> int:
        """Rows left out for missing or infinite values."""
        return self._rows.dropped if self._rows is not None else 0

    @property
    def left_out(self) -> tuple[str, ...]:
        """Names of the columns of X that others determine, and that the fit is without."""
        return self.layout.left_out

    @property
    def df_modelwc(self) -> int:
        """Parameters in all: fixed effects, elements of G, and sigma2."""
        return len(self.layout.x) + len(self.at.theta) + 1

    # ------------------------------------------------------------------------------------------------ estimates

    @cached_property
    def params(self) -> pd.Series:
        """(p,) the fixed effects gamma, by coefficient name."""
        return pd.Series(estimates.fixed_effects(self.at), index=self._names, name="params")

    @cached_property
    def scale(self) -> float:
        """sigma2, the residual variance; with weights, of a row that weighs one."""
        return estimates.residual_variance(self.at)

    @cached_property
    def cov_re(self) -> pd.DataFrame:
        """(q, q) G, the covariance of the random coefficients."""
        names = list(self.layout.z)
        return pd.DataFrame(estimates.random_covariance(self.at), index=names, columns=names)

    @cached_property
    def random_effects(self) -> pd.DataFrame:
        """(J, q) the predicted U_j (BLUPs), a row for each group."""
        effects = estimates.random_effects(self.at)
        return pd.DataFrame(effects, index=self.moments.groups, columns=list(self.layout.z))

    @cached_property
    def random_effects_se(self) -> pd.DataFrame:
        """(J, q) standard errors of the random effects: the spread that the data leave each U_j.

        G, sigma2 and the fixed effects are taken as known: the roots of the diagonals of what lme4 calls condVar.
        """
        (spread,) = prediction.random_effects_se(self.at)
        return pd.DataFrame(spread, index=self.moments.groups, columns=list(self.layout.z))

    @cached_property
    def var_corr(self) -> pd.DataFrame:
        """The variances, as a table: group, var1, var2, vcov, sdcor; a row for each element of G, the residual's last.

        Of a variance, var2 is missing and sdcor the standard deviation; of a covariance, sdcor is the correlation. A
        second term of the same group is called "g.1", as in lme4.
        """
        return estimates.variance_table(self.at, self.layout)

    @cached_property
    def coefficients(self) -> pd.DataFrame:
        """(J, q) each group's own coefficients: fixed effects plus random effects, where a name has both."""
        fixed = self.params.reindex(list(self.layout.z)).fillna(0.0)
        return self.random_effects + fixed

    @cached_property
    def _names(self) -> pd.Index:
        return pd.Index(self.layout.x)

    @property
    def _unit_y(self) -> float:
        return self.at.stage.scale.unit_y

    # ------------------------------------------------------------------------------------------------ likelihood

    @property
    def llf(self) -> float:
        """The log-likelihood (of the residuals' contrasts, if REML)."""
        return estimates.log_likelihood(self.at)

    @property
    def aic(self) -> float:
        """Akaike's information criterion; counts the variance parameters too, as lme4 does."""
        return -2 * self.llf + 2 * self.df_modelwc

    @property
    def bic(self) -> float:
        """Schwarz's information criterion, of `nobs` rows; counts the variance parameters too, as lme4 does."""
        return float(-2 * self.llf + np.log(self.nobs) * self.df_modelwc)

    @cached_property
    def icc(self) -> float:
        """Share of the variance that lies between groups: mean of z'Gz over rows, over that plus sigma2.

        For a random intercept it is tau00 / (tau00 + sigma2); for random slopes, Johnson's (2014) eq. 10. With
        weights, the variance within groups is that of a row of the mean weight.
        """
        return estimates.share_between(self.at)

    # ------------------------------------------------------------------------------------------------- inference

    @cached_property
    def _methods(self) -> dict[str, Method]:
        return {}

    def _method(self, ddf: Ddf) -> Method:
        """Satterthwaite's or Kenward and Roger's method at this fit, made once: it keeps what it computes."""
        if ddf not in self._methods:
            self._methods[ddf] = hypotheses.method_of(self.at, ddf)
        return self._methods[ddf]

    def cov_params(self, ddf: Ddf = "satterthwaite") -> pd.DataFrame:
        """(p, p) covariance of the fixed effects; Kenward and Roger's adjusted one for ddf="kenward-roger"."""
        return pd.DataFrame(self._unit_y**2 * self._method(ddf).cov, index=self._names, columns=self._names)

    @cached_property
    def bse(self) -> pd.Series:
        """(p,) standard errors of the fixed effects."""
        variances = self._unit_y**2 * np.diag(self._method("satterthwaite").cov)
        return pd.Series(np.sqrt(variances), index=self._names, name="bse")

    def df(self, method: Ddf = "satterthwaite") -> pd.Series:
        """(p,) degrees of freedom of each coefficient's t, by "satterthwaite" or "kenward-roger"."""
        return pd.Series(self._method(method).df(np.eye(len(self._names))), index=self._names, name="df")

    @cached_property
    def tvalues(self) -> pd.Series:
        """(p,) fixed effects over their standard errors."""
        return (self.params / self.bse).rename("tvalues")

    @cached_property
    def pvalues(self) -> pd.Series:
        """(p,) two-sided p values with Satterthwaite's d.f."""
        return self.coef_table()["p"].rename("pvalues")

    def coef_table(self, ddf: Ddf = "satterthwaite") -> pd.DataFrame:
        """A row for each fixed effect: estimate, se, t, df, p. "kenward-roger" adjusts se as well as df."""
        return self._t_tests(np.eye(len(self._names)), ddf).set_axis(self._names.rename("coefficient"))

    def _t_tests(self, L: np.ndarray, ddf: Ddf, rhs: Any = 0.0) -> pd.DataFrame:
        return hypotheses.t_tests(self._method(ddf), L, self.params.to_numpy(), self._unit_y, rhs)

    def conf_int(self, alpha: float = 0.05, ddf: Ddf = "satterthwaite") -> pd.DataFrame:
        """Confidence intervals of the fixed effects.

        Args:
            alpha: the intervals have level 1 - alpha.
            ddf: "satterthwaite" or "kenward-roger".

        Returns:
            DataFrame (p, 2), columns 0 and 1, as in statsmodels.

        Raises:
            ModelError: alpha outside 0 to 1.
        """
        table = hypotheses.with_ends(self.coef_table(ddf), alpha)
        return table[hypotheses.ENDS].set_axis([0, 1], axis=1)

    def variance_intervals(
        self, alpha: float = 0.05, reml: bool = False, parm: str | Sequence[str] | None = None
    ) -> Shown:
        """Profile-likelihood intervals of the variance components, as standard deviations and correlations.

        Args:
            alpha: the intervals have level 1 - alpha.
            reml: profile the restricted likelihood instead of the likelihood, which lme4's confint() profiles.
            parm: one component, such as "sd ses", or several; all unless given. Each takes its time.

        Returns:
            DataFrame (estimate, lower, upper), a row for each component: "sd Intercept", "cor Intercept, ses",
            "sd residual". An interval ends at 0, or at plus or minus 1, where that value was tried and is not ruled
            out. Its `notes`, a Series that is printed under it, say so, and by how much the deviance rises there;
            likewise where the value is only just ruled out (an interval of half this alpha would hold it), since the
            profile is often flat on the way there. A correlation with what does not vary has no estimate (NaN), and
            every value of it is as good.

        Raises:
            ModelError: alpha outside 0 to 1; a component that the model has not.

        Source: Bates, Maechler, Bolker & Walker (2015), Journal of Statistical Software 67(1), section 5.1.

        Example:
            >>> import hlm
            >>> fit = hlm.lmer("math ~ ses + (ses | sch.id)", hlm.load_hsb())
            >>> print(fit.variance_intervals(reml=True).notes["cor Intercept, ses"])
            -1 is only just ruled out (rise 4.031); 1 is only just ruled out (rise 4.771)
        """
        best = self.as_reml() if reml else self.as_ml()
        wanted = [parm] if isinstance(parm, str) else parm
        return variance_intervals(best.at, self.layout.z, self.layout.of, alpha, wanted)

    def effect_intervals(self, alpha: float = 0.05) -> pd.DataFrame:
        """Profile-likelihood intervals of the fixed effects, by maximum likelihood, as lme4's confint() has them.

        They hold the values of a coefficient that the data do not rule out, whatever the other parameters may be;
        unlike those of `conf_int`, they need not be symmetric.

        Args:
            alpha: the intervals have level 1 - alpha.

        Returns:
            DataFrame (p, 3), a row for each fixed effect: estimate (of maximum likelihood), lower, upper.

        Raises:
            ModelError: alpha outside 0 to 1.

        Source: Bates, Maechler, Bolker & Walker (2015), Journal of Statistical Software 67(1), section 5.1.

        Example:
            >>> import hlm
            >>> fit = hlm.lmer("math ~ sector + (1 | sch.id)", hlm.load_hsb())
            >>> print(fit.effect_intervals().loc["sector"].round(3).tolist())
            [2.805, 1.945, 3.665]
        """
        hypotheses.require_alpha(alpha)
        return effect_intervals(self.as_ml().at, self._names.rename("coefficient"), alpha)

    @overload
    def contrast(
        self,
        L: str | Mapping[str, float] | Sequence[float] | pd.Series | np.ndarray[tuple[int], Any],
        ddf: Ddf = ...,
        rhs: Any = ...,
        alpha: float = ...,
    ) -> pd.DataFrame: ...
    @overload
    def contrast(
        self,
        L: list[str] | tuple[str, ...] | Sequence[Sequence[float]] | pd.DataFrame | np.ndarray[tuple[int, int], Any],
        ddf: Ddf = ...,
        rhs: Any = ...,
        alpha: float = ...,
    ) -> FTest: ...
    def contrast(
        self, L: Any, ddf: Ddf = "satterthwaite", rhs: Any = None, alpha: float = 0.05
    ) -> pd.DataFrame | FTest:
        """Test L beta = rhs.

        Args:
            L: one row (p,), a mapping from coefficient names to weights, or an equation such as "sector - 2 * ses = 1":
                a t test. Several rows (m, p), or several equations in a list: an F test.
            ddf: "satterthwaite" or "kenward-roger".
            rhs: the value, or one for each row; 0 if None, or what the equations say.
            alpha: of the interval of a t test.

        Returns:
            A DataFrame with one row (estimate, se, t, df, p, and the interval's lower, upper), or an `FTest`.

        Raises:
            ModelError: wrong length, an unknown name, rows of which one follows from the others, or text that is no
                equation.

        Example:
            >>> import hlm
            >>> fit = hlm.lmer("math ~ ses * sector + (1 | sch.id)", hlm.load_hsb())
            >>> print(fit.contrast(["sector = 0", "ses:sector = 0"]))
            F(2, 288.05) = 38.1269, p = 2.042e-15 (satterthwaite d.f.)
            >>> round(fit.contrast("Intercept + sector = 13")["p"].item(), 4)
            0.0003
        """
        rows, values = hypothesis(L, rhs, self.layout.x)
        if rows.ndim == 1:
            return Shown(hypotheses.with_ends(self._t_tests(rows[None], ddf, values), alpha))
        hypotheses.require_alpha(alpha)
        return hypotheses.f_test(self._method(ddf), rows, self.params.to_numpy(), self._unit_y, values)

    # -------------------------------------------------------------------------------------------- tests of the terms

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

    def _require_rows(self, what: str) -> None:
        if self._rows is None:
            raise ModelError(
                f"{what} needs the rows, and this model was fitted from moments, which hold none; fit a data frame"
            )

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
            ModelError: the model was fitted from moments; there are fewer than three groups, or no such factor.

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

    # ------------------------------------------------------------------------------------------------- other fits

    def as_ml(self) -> MixedResults:
        """The same model by maximum likelihood; the fit itself if it is one."""
        return type(self)(self.moments, self._rows, solve(self.moments, reml=False)) if self.reml else self

    def as_reml(self) -> MixedResults:
        """The same model by restricted maximum likelihood; the fit itself if it is one."""
        return self if self.reml else type(self)(self.moments, self._rows, solve(self.moments, reml=True))

    def refit(self, y: Any) -> MixedResults:
        """The same model of another response. X and Z are not summed again; only their products with y are.

        Args:
            y: (n,) the response of the same rows, in the order of `fittedvalues`.

        Raises:
            ModelError: another number of values, values that are missing or infinite, or a fit from moments.
        """
        y = real_numbers(y, "refit: the response's values")
        if y.shape != (self.nobs,):
            raise ModelError(f"refit needs {self.nobs:,} values of the response, one a row used, not shape {y.shape}")
        if not np.isfinite(y).all():
            raise ModelError(f"refit: the response is missing or infinite in row {int(np.argmin(np.isfinite(y)))}")
        rows = self.design.with_response(y)
        sums = self._sums_of(rows, y)
        return type(self)(sums, rows, solve(sums, self.reml))

    def _sums_of(self, rows: Design, y: np.ndarray) -> Moments:
        return with_response(self.moments, self.design, y)

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

    def simulate(self, n: int = 1, seed: int | None = None) -> pd.DataFrame:
        """New responses in the same rows, drawn from the fitted model.

        Groups' coefficients are drawn anew too, as in lme4's simulate().

        Args:
            n: samples.
            seed: of the draws; None draws others each time.

        Returns:
            DataFrame (nobs, n), a column for each sample.

        Raises:
            ModelError: n is not a positive number, or the seed a negative one; or the model was fitted from moments,
                which hold no rows.
        """
        require_samples(n, seed)
        return pd.DataFrame(draw_responses(self.at, self.design, n, seed).T, index=self.design.rows)

    # ------------------------------------------------------------------------------------------------ the rows used

    @property
    def design(self) -> Design:
        """The rows that were fitted, and how their columns come from the data.

        Raises:
            ModelError: the model was fitted from moments, which hold no rows.
        """
        if self._rows is None:
            raise ModelError(
                "this model was fitted from moments, which hold no rows; use predict(data) on the rows you want"
            )
        return self._rows

    @cached_property
    def fittedvalues(self) -> pd.Series:
        """(n,) X beta + Z u, and the offset, for each row used."""
        rows = self.design
        fitted = rows.matrix(self.layout.x) @ self.params.to_numpy()
        for grouping, effects in zip(rows.groupings, self._effects.values(), strict=True):
            u = effects.to_numpy()
            for column, name in enumerate(effects.columns):
                fitted += rows.column(name) * u[grouping.codes, column]
        return pd.Series(rows.plus_offset(fitted), index=rows.rows, name="fittedvalues")

    @property
    def _effects(self) -> dict[str, pd.DataFrame]:
        """The random effects by grouping factor."""
        return {self.layout.group: self.random_effects}

    @cached_property
    def resid(self) -> pd.Series:
        """(n,) what is left of each row used: y less the fitted value."""
        y = self.design.column(self.endog_name)
        return pd.Series(y - self.fittedvalues.to_numpy(), index=self.design.rows, name="resid")

    @overload
    def predict(
        self, data: Any = ..., random_effects: bool | str = ..., se: Literal[False] = ..., interval: None = ...,
        alpha: float = ...,
    ) -> pd.Series: ...  # fmt: skip
    @overload
    def predict(
        self, data: Any = ..., random_effects: bool | str = ..., se: bool = ..., interval: Interval | None = ...,
        alpha: float = ...,
    ) -> pd.Series | pd.DataFrame: ...  # fmt: skip
    def predict(
        self,
        data: Any = None,
        random_effects: bool | str = True,
        se: bool = False,
        interval: Interval | None = None,
        alpha: float = 0.05,
    ) -> pd.Series | pd.DataFrame:
        """Predicted response.

        Args:
            data: new rows, a data frame as for `hlm.lmer`; the fitted ones if None. A group that the fit has not seen
                is predicted at the average of all groups (its U is zero).
            random_effects: False predicts every row at the average of all groups; the group column is not needed. Text
                such as "(1 | g)" takes some of the random coefficients only.
            se: give standard errors too. That of a group's prediction has the uncertainty of the fixed effects and of
                its U together; an unseen group's U has the variance of all.
            interval: "confidence", for the mean that is predicted; "prediction", for a new response, whose random
                coefficients that are not part of the prediction are those of another group, and which weighs one,
                unless the data have the column of weights.
            alpha: the interval has level 1 - alpha. Of a mean without random effects its ends are of Student's t with
                Satterthwaite's d.f.; else normal, with G and sigma2 taken as known.

        Returns:
            Series (m,), by the index of the data; NaN where a predictor is missing. With `se` or `interval` a DataFrame
            (m rows): predicted, se, and the interval's lower and upper.

        Raises:
            ModelError: a column is missing or of another kind, a factor has a level that the fit has not seen, a group
                has the label of one of the fit's, but as text instead of as a number, text names no random term, or the
                fit's offset was an array.

        Source: Henderson (1975), Biometrics 31, eq. 5 (the standard errors).

        Example:
            >>> import hlm
            >>> fit = hlm.lmer("math ~ sector + (1 | sch.id)", hlm.load_hsb())
            >>> new = {"sector": [0, 1], "sch.id": [1224, 1]}
            >>> fit.predict(new, se=True).round(3).to_numpy().tolist()
            [[9.902, 0.861], [14.198, 2.605]]
        """
        hypotheses.require_alpha(alpha)
        if data is None and random_effects is True and not se and interval is None:
            return self.fittedvalues
        taken = self._taken(random_effects)
        rows, index = self._rows_of(data, any(taken), any(taken) or interval == "prediction")
        values, Z, start = rows.X @ self.params.to_numpy() + rows.offset, np.where(taken, rows.Z, 0.0), 0
        if any(taken):
            for place, effects in zip(rows.places, self._effects.values(), strict=True):
                u = np.where(place[:, None] >= 0, effects.to_numpy()[place], 0.0)
                values = values + np.einsum("iq,iq->i", Z[:, start : start + u.shape[1]], u)
                start += u.shape[1]
        predicted = pd.Series(values, index=index, name="predicted")
        if not se and interval is None:
            return predicted
        spread = prediction.standard_errors(self.at, rows, taken)
        table = pd.DataFrame({"predicted": predicted, "se": spread})
        if interval is None:
            return table
        method = self._method("satterthwaite")
        half = prediction.half_width(spread, self.at, rows, taken, method, interval, alpha)
        return table.assign(lower=values - half, upper=values + half)

    def _taken(self, random_effects: bool | str) -> list[bool]:
        """(q,) which random coefficients are part of a prediction."""
        if not isinstance(random_effects, str):
            return [bool(random_effects)] * len(self.layout.z)
        source = self._rows.source if self._rows is not None else None
        return coefficients_of(random_effects, self.layout, source)

    def _rows_of(self, data: Any, groups: bool, random: bool) -> tuple[prediction.Rows, pd.Index]:
        """New rows, or those that were fitted if data are None; with their groups, and with Z, if these are needed."""
        if data is None:
            own = self.design
            Z = np.column_stack([own.matrix(self.layout.of_factor(name).z) for name in self.layout.grouping])
            codes = [each.codes for each in own.groupings]
            offset = 0.0 if own.offset is None else own.offset
            return prediction.Rows(own.matrix(self.layout.x), Z, codes, offset, own.weights), own.rows
        data = frame_of(data, "new data")
        recipe = self._rows.recipe if self._rows is not None else None
        X, Z = rebuild(self.layout, recipe, data, random)
        places = [np.full(len(data), -1)] * len(self._effects)
        if groups:
            for k, (name, effects) in enumerate(self._effects.items()):
                labels = labels_in(data, name, self._rows.columns_of(name) if self._rows is not None else (name,))
                places[k] = places_of(effects.index, labels)
        Z = Z if random else np.zeros((len(data), len(self.layout.z)))
        beside = offset_of_new(self.layout, recipe, data), weights_of_new(self.layout, data)
        return prediction.Rows(X, Z, places, *beside), data.index

    # ----------------------------------------------------------------------------------------------- how it looks

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
