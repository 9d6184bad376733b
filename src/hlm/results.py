"""What a fitted mixed model has to say, under statsmodels' names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Protocol, cast, overload

import numpy as np
import pandas as pd
from scipy import special

from .arguments import Where, checked_methods, real_numbers, require_samples
from .errors import ModelError
from .inference import hypotheses
from .inference.hypotheses import Ddf, FTest, Method
from .inference.intervals import variance_intervals
from .inference.shown import Shown
from .inference.simulation import draw_responses
from .model import estimates
from .model.design import Design, rebuild
from .model.formula import Layout
from .model.given import offset_of_new
from .model.groupings import labels_in, places_of
from .model.moments import Moments, with_response
from .model.optimum import Solution, solve
from .model.sources import frame_of

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
        """(J, q) the predicted U_j (BLUPs), a row a group."""
        effects = estimates.random_effects(self.at)
        return pd.DataFrame(effects, index=self.moments.groups, columns=list(self.layout.z))

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
        """A row a fixed effect: estimate, se, t, df, p. "kenward-roger" adjusts se as well as df."""
        return self._t_tests(np.eye(len(self._names)), ddf, self._names).rename_axis("coefficient")

    def _t_tests(self, L: np.ndarray, ddf: Ddf, names: pd.Index | None = None) -> pd.DataFrame:
        tests = hypotheses.t_tests(self._method(ddf), L, self.params.to_numpy(), self._unit_y)
        return pd.DataFrame(tests, index=names, columns=hypotheses.T_COLUMNS)

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
        if not 0 < alpha < 1:
            raise ModelError(f"alpha must lie between 0 and 1, not {alpha!r}; 0.05 gives 95 per cent intervals")
        table = self.coef_table(ddf)
        half = table["se"] * special.stdtrit(table["df"], 1 - alpha / 2)
        return pd.DataFrame({0: table["estimate"] - half, 1: table["estimate"] + half})

    def variance_intervals(self, alpha: float = 0.05, reml: bool = False) -> Shown:
        """Profile-likelihood intervals of the variance components, as standard deviations and correlations.

        Args:
            alpha: the intervals have level 1 - alpha.
            reml: profile the restricted likelihood instead of the likelihood, which lme4's confint() profiles.

        Returns:
            DataFrame (estimate, lower, upper), a row a component: "sd Intercept", "cor Intercept, ses",
            "sd residual". An interval ends at 0, or at plus or minus 1, where that value was tried and is not ruled
            out. Its `notes`, a Series that is printed under it, say so, and by how much the deviance rises there;
            likewise where the value is only just ruled out (an interval of half this alpha would hold it), since the
            profile is often flat on the way there. A correlation with what does not vary has no estimate (NaN), and
            every value of it is as good.

        Raises:
            ModelError: alpha outside 0 to 1.

        Source: Bates, Maechler, Bolker & Walker (2015), Journal of Statistical Software 67(1), section 5.1.

        Example:
            >>> import hlm
            >>> fit = hlm.lmer("math ~ ses + (ses | sch.id)", hlm.load_hsb())
            >>> print(fit.variance_intervals(reml=True).notes["cor Intercept, ses"])
            -1 is only just ruled out (rise 4.031); 1 is only just ruled out (rise 4.771)
        """
        best = self.as_reml() if reml else self.as_ml()
        return variance_intervals(best.at, self.layout.z, self.layout.of, alpha)

    @overload
    def contrast(
        self, L: Mapping[str, float] | Sequence[float] | pd.Series | np.ndarray[tuple[int], Any], ddf: Ddf = ...
    ) -> pd.DataFrame: ...
    @overload
    def contrast(
        self, L: Sequence[Sequence[float]] | pd.DataFrame | np.ndarray[tuple[int, int], Any], ddf: Ddf = ...
    ) -> FTest: ...
    def contrast(self, L: Any, ddf: Ddf = "satterthwaite") -> pd.DataFrame | FTest:
        """Test L beta = 0.

        Args:
            L: one row (p,) or a mapping from coefficient names to weights: a t test. Several rows (m, p): an F test.
            ddf: "satterthwaite" or "kenward-roger".

        Returns:
            A DataFrame with one row (estimate, se, t, df, p), or an `FTest`.

        Raises:
            ModelError: wrong length, an unknown name, or rows of which one follows from the others.

        Example:
            >>> import hlm
            >>> fit = hlm.lmer("math ~ ses * sector + (1 | sch.id)", hlm.load_hsb())
            >>> print(fit.contrast([[0, 0, 1, 0], [0, 0, 0, 1]]))
            F(2, 288.05) = 38.1269, p = 2.042e-15 (satterthwaite d.f.)
        """
        rows = hypotheses.contrast_rows(L, self.layout.x)
        if rows.ndim == 1:
            return self._t_tests(rows[None], ddf)
        return hypotheses.f_test(self._method(ddf), rows, self.params.to_numpy(), self._unit_y)

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

    def simulate(self, n: int = 1, seed: int | None = None) -> pd.DataFrame:
        """New responses in the same rows, drawn from the fitted model.

        Groups' coefficients are drawn anew too, as in lme4's simulate().

        Args:
            n: samples.
            seed: of the draws; None draws others each time.

        Returns:
            DataFrame (nobs, n), a column a sample.

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

    def predict(self, data: Any = None, random_effects: bool = True) -> pd.Series:
        """Predicted response.

        Args:
            data: new rows, a data frame as for `hlm.lmer`; the fitted ones if None. A group that the fit has not seen
                is predicted at the average of all groups (its U is zero).
            random_effects: False predicts every row at the average of all groups; the group column is not needed.

        Returns:
            Series (m,), by the index of the data; NaN where a predictor is missing.

        Raises:
            ModelError: a column is missing or of another kind, a factor has a level that the fit has not seen, or a
                group has the label of one of the fit's, but as text instead of as a number; or the fit's offset was an
                array.
        """
        if data is None:
            if random_effects:
                return self.fittedvalues
            fixed = self.design.plus_offset(self.design.matrix(self.layout.x) @ self.params.to_numpy())
            return pd.Series(fixed, index=self.design.rows, name="predicted")
        data = frame_of(data, "new data")
        recipe = self._rows.recipe if self._rows is not None else None
        X, Z = rebuild(self.layout, recipe, data, random_effects)
        values = X @ self.params.to_numpy()
        offset = offset_of_new(self.layout, recipe, data)
        if offset is not None:
            values = values + offset
        if random_effects:
            start = 0
            for name, effects in self._effects.items():
                labels = labels_in(data, name, self._rows.columns_of(name) if self._rows is not None else (name,))
                place = places_of(effects.index, labels)
                u = np.where(place[:, None] >= 0, effects.to_numpy()[place], 0.0)
                values = values + np.einsum("iq,iq->i", Z[:, start : start + u.shape[1]], u)
                start += u.shape[1]
        return pd.Series(values, index=data.index, name="predicted")

    # ----------------------------------------------------------------------------------------------- how it looks

    def summary(self) -> Summary:
        """The fixed and random effects as two tables, in the form of R's jtools::summ; `hlm.summ` has options."""
        return _summarise(self)

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
        """A row a fixed effect."""

    @property
    def random(self) -> pd.DataFrame | None:
        """A row a variance."""

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
