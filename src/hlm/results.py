"""What a fitted mixed model has to say, under statsmodels' names."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import special

from .errors import ModelError
from .inference.satterthwaite import DDF, FTest, KenwardRoger, Satterthwaite, f_p, two_sided_p
from .model.design import Design, rebuild
from .model.moments import Moments, with_response
from .model.optimum import Solution, solve

if TYPE_CHECKING:
    from .tables.model_summary import Summ


COEF_COLUMNS = pd.Index(["estimate", "se", "t", "df", "p"])


class MixedResults:
    """A fitted linear mixed model.

    Attributes:
        params: Series, the fixed effects gamma by coefficient name.
        bse: Series, their standard errors.
        cov_re: DataFrame (q, q), G, the covariance of the random coefficients.
        scale: sigma2, the residual variance.
        llf: log-likelihood (of the residuals' contrasts, if REML). aic, bic: count the variance parameters too.
        nobs, ngroups: students and schools used. dropped: rows left out.
        random_effects: DataFrame (J, q), the predicted U_j (BLUPs), a row a school.
        singular: G is on the boundary. converged: the conditions of an optimum were verified.
        reml, formula, endog_name, group_name: what was fitted.
    """

    def __init__(self, moments: Moments, rows: Design | None, solution: Solution):
        self.moments = moments
        self._rows, self._at = rows, solution.at
        self.singular, self.converged = solution.singular, solution.converged

    # ------------------------------------------------------------------------------------------ what was fitted

    @property
    def layout(self):
        return self.moments.layout

    @property
    def formula(self) -> str:
        return self.layout.formula

    @property
    def endog_name(self) -> str:
        return self.layout.response

    @property
    def group_name(self) -> str:
        return self.layout.group

    @property
    def reml(self) -> bool:
        return self._at.reml

    @property
    def nobs(self) -> int:
        return self.moments.nobs

    @property
    def ngroups(self) -> int:
        return self.moments.ngroups

    @property
    def dropped(self) -> int:
        return self._rows.dropped if self._rows is not None else 0

    @property
    def df_modelwc(self) -> int:
        """Parameters in all: fixed effects, elements of G, and sigma2."""
        return len(self.layout.x) + len(self._at.theta) + 1

    # ------------------------------------------------------------------------------------------------ estimates

    @cached_property
    def params(self) -> pd.Series:
        return pd.Series(self._estimate, index=self._names, name="params")

    @cached_property
    def _estimate(self) -> np.ndarray:
        scale = self._at.stage.scale
        beta = scale.unit_y * scale.to_x @ self._at.beta
        if scale.shift_y:
            beta[self.layout.x.index("Intercept")] += scale.shift_y
        return beta

    @cached_property
    def scale(self) -> float:
        return float(self._at.s2 * self._unit2)

    @cached_property
    def cov_re(self) -> pd.DataFrame:
        T = self._at.stage.scale.to_z @ self._at.Lambda
        return pd.DataFrame(self.scale * T @ T.T, index=list(self.layout.z), columns=list(self.layout.z))

    @cached_property
    def random_effects(self) -> pd.DataFrame:
        scale = self._at.stage.scale
        u = scale.unit_y * (scale.to_z @ self._at.D @ self._at.d).T
        return pd.DataFrame(u, index=self.moments.groups, columns=list(self.layout.z))

    @cached_property
    def coefficients(self) -> pd.DataFrame:
        """(J, q) each school's own coefficients: fixed effects plus random effects, where a name has both."""
        fixed = self.params.reindex(list(self.layout.z)).fillna(0.0)
        return self.random_effects + fixed

    @cached_property
    def _names(self) -> pd.Index:
        return pd.Index(self.layout.x)

    @property
    def _unit2(self) -> float:
        return self._at.stage.scale.unit_y**2

    # ------------------------------------------------------------------------------------------------ likelihood

    @cached_property
    def llf(self) -> float:
        at, scale = self._at, self._at.stage.scale
        twice = at.value + at.dof * (1 + np.log(2 * np.pi) + np.log(self._unit2))
        if at.reml:
            twice -= 2 * np.linalg.slogdet(scale.to_x)[1]
        return float(-twice / 2)

    @property
    def aic(self) -> float:
        return -2 * self.llf + 2 * self.df_modelwc

    @property
    def bic(self) -> float:
        return -2 * self.llf + np.log(self.nobs) * self.df_modelwc

    @cached_property
    def icc(self) -> float:
        """Share of the variance that lies between schools: mean of z'Gz over students, over that plus sigma2.

        For a random intercept it is tau00 / (tau00 + sigma2); for random slopes, Johnson's (2014) eq. 10.
        """
        between = np.trace(self._at.stage.A.sum(axis=-1) @ self._at.D) / self.nobs
        return float(between / (between + 1))

    # ------------------------------------------------------------------------------------------------- inference

    @cached_property
    def _satterthwaite(self) -> Satterthwaite:
        return Satterthwaite(self._at)

    @cached_property
    def _kenward_roger(self) -> KenwardRoger:
        return KenwardRoger(self._at)

    def _method(self, ddf: str) -> Satterthwaite | KenwardRoger:
        if ddf not in DDF:
            raise ModelError(f"ddf must be one of {', '.join(map(repr, DDF))}, not {ddf!r}")
        return self._satterthwaite if ddf == DDF[0] else self._kenward_roger

    def cov_params(self, ddf: str = "satterthwaite") -> pd.DataFrame:
        """(p, p) covariance of the fixed effects; Kenward and Roger's adjusted one for ddf="kenward-roger"."""
        return pd.DataFrame(self._unit2 * self._method(ddf).cov, index=self._names, columns=self._names)

    def _se(self, ddf: str) -> np.ndarray:
        return np.sqrt(self._unit2 * np.diag(self._method(ddf).cov))

    @cached_property
    def bse(self) -> pd.Series:
        return pd.Series(self._se("satterthwaite"), index=self._names, name="bse")

    def df(self, method: str = "satterthwaite") -> pd.Series:
        """Degrees of freedom of each coefficient's t, by "satterthwaite" or "kenward-roger"."""
        values = self._method(method).df(np.eye(len(self.layout.x)))
        return pd.Series(values, index=self._names, name="df")

    @cached_property
    def tvalues(self) -> pd.Series:
        return (self.params / self.bse).rename("tvalues")

    @cached_property
    def pvalues(self) -> pd.Series:
        """Two-sided p values with Satterthwaite's d.f."""
        return pd.Series(
            two_sided_p(self.tvalues.to_numpy(), self.df().to_numpy()),
            index=self.params.index,
            name="pvalues",
        )

    def coef_table(self, ddf: str = "satterthwaite") -> pd.DataFrame:
        """A row a fixed effect: estimate, se, t, df, p. "kenward-roger" adjusts se as well as df."""
        method = self._method(ddf)
        estimate, se = self._estimate, self._se(ddf)
        df = method.df(np.eye(len(estimate)))
        t = estimate / se
        values = np.column_stack([estimate, se, t, df, two_sided_p(t, df)])
        return pd.DataFrame(values, index=self._names, columns=COEF_COLUMNS)

    def conf_int(self, alpha: float = 0.05, ddf: str = "satterthwaite") -> pd.DataFrame:
        """(p, 2) confidence intervals of the fixed effects at level 1 - alpha; columns 0 and 1, as in statsmodels."""
        if not 0 < alpha < 1:
            raise ModelError(f"alpha must lie between 0 and 1, not {alpha!r}; 0.05 gives 95 per cent intervals")
        table = self.coef_table(ddf)
        half = table["se"] * special.stdtrit(table["df"], 1 - alpha / 2)
        return pd.DataFrame({0: table["estimate"] - half, 1: table["estimate"] + half})

    def variance_intervals(self, alpha: float = 0.05, reml: bool = False) -> pd.DataFrame:
        """Profile-likelihood intervals of the variance components, as standard deviations and correlations.

        Args:
            alpha: the intervals have level 1 - alpha.
            reml: profile the restricted likelihood instead of the likelihood, which lme4's confint() profiles.

        Returns:
            DataFrame (estimate, lower, upper), a row a component: "sd Intercept", "cor Intercept, ses", "sd residual".
            An interval ends at 0, or at plus or minus 1, where the likelihood does not rule that value out.

        Raises:
            ModelError: alpha outside 0 to 1.
        """
        from .inference.intervals import variance_intervals

        return variance_intervals(self, alpha, reml)

    def contrast(self, L: Any, ddf: str = "satterthwaite") -> pd.DataFrame | FTest:
        """Test L beta = 0.

        Args:
            L: one row (p,) or a mapping from coefficient names to weights: a t test. Several rows (m, p): an F test.
            ddf: "satterthwaite" or "kenward-roger".

        Returns:
            A DataFrame with one row (estimate, se, t, df, p), or an `FTest`.

        Raises:
            ModelError: wrong length, an unknown name, or rows of which one follows from the others.
        """
        method, rows = self._method(ddf), self._contrast_rows(L)
        beta = self.params.to_numpy()
        if rows.ndim == 1:
            estimate = float(rows @ beta)
            se = float(np.sqrt(self._unit2 * rows @ method.cov @ rows))
            df = float(method.df(rows[None])[0])
            t = estimate / se
            values = [[estimate, se, t, df, float(two_sided_p(np.array(t), np.array(df)))]]
            return pd.DataFrame(values, columns=["estimate", "se", "t", "df", "p"])
        statistic, df = method.f_test(rows, beta / self._at.stage.scale.unit_y)
        return FTest(statistic, len(rows), df, f_p(statistic, len(rows), df), ddf)

    def _contrast_rows(self, L: Any) -> np.ndarray:
        names = list(self.layout.x)
        if isinstance(L, dict):
            unknown = [name for name in L if name not in names]
            if unknown:
                raise ModelError(f"contrast: no coefficient is called {unknown[0]!r}; they are {', '.join(names)}")
            L = [L.get(name, 0.0) for name in names]
        rows = np.asarray(L, dtype=float)
        if rows.ndim not in (1, 2) or rows.shape[-1] != len(names) or rows.size == 0:
            raise ModelError(f"contrast: each row needs {len(names)} weights, one for each of {', '.join(names)}")
        if not np.isfinite(rows).all() or not np.atleast_2d(rows).any(axis=1).all():
            raise ModelError("contrast: weights must be finite, and each row needs one that is not zero")
        if rows.ndim == 2 and np.linalg.matrix_rank(rows) < len(rows):
            raise ModelError("contrast: a row follows from the others; leave it out")
        return rows

    # ------------------------------------------------------------------------------------------------- other fits

    def as_ml(self) -> MixedResults:
        """The same model by maximum likelihood; the fit itself if it is one."""
        return MixedResults(self.moments, self._rows, solve(self.moments, reml=False)) if self.reml else self

    def as_reml(self) -> MixedResults:
        """The same model by restricted maximum likelihood; the fit itself if it is one."""
        return self if self.reml else MixedResults(self.moments, self._rows, solve(self.moments, reml=True))

    def refit(self, y: Any) -> MixedResults:
        """The same model of another response for the same students, (n,) in the order of `fittedvalues`.

        X and Z are not summed again; only their products with y are.

        Raises:
            ModelError: another number of values, or values that are missing or infinite.
        """
        y = np.asarray(y, dtype=float)
        if y.shape != (self.nobs,):
            raise ModelError(f"refit needs {self.nobs:,} values of the response, one a row used, not shape {y.shape}")
        if not np.isfinite(y).all():
            raise ModelError(f"refit: the response is missing or infinite in row {int(np.argmin(np.isfinite(y)))}")
        rows = replace(self._data, factors=[*self._data.factors[:-1], (y,)])
        sums = with_response(self.moments, self._data, y)
        return MixedResults(sums, rows, solve(sums, self.reml))

    def simulate(self, n: int = 1, seed: int | None = None) -> pd.DataFrame:
        """n new responses of the same students, drawn from the fitted model: (nobs, n), a column a sample.

        Schools' coefficients are drawn anew too, as in lme4's simulate().
        """
        rows, rng = self._data, np.random.default_rng(seed)
        fixed = rows.matrix(self.layout.x) @ self.params.to_numpy()
        Z = rows.matrix(self.layout.z)
        # cov_re may be singular, so its root is Lambda's, not a Cholesky factor.
        root = np.sqrt(self.scale) * self._at.stage.scale.to_z @ self._at.Lambda
        samples = np.empty((n, self.nobs))
        for sample in samples:
            u = rng.standard_normal((self.ngroups, len(self.layout.z))) @ root.T
            sample[:] = fixed + np.einsum("iq,iq->i", Z, u[rows.codes])
            sample += np.sqrt(self.scale) * rng.standard_normal(self.nobs)
        return pd.DataFrame(samples.T, index=rows.rows)

    # ------------------------------------------------------------------------------------------------ the students

    @property
    def _data(self) -> Design:
        if self._rows is None:
            raise ModelError(
                "this model was fitted from moments, which hold no rows; use predict(data) on the rows you want"
            )
        return self._rows

    @cached_property
    def fittedvalues(self) -> pd.Series:
        """(n,) X beta + Z u for each student used."""
        rows = self._data
        fitted = rows.matrix(self.layout.x) @ self.params.to_numpy()
        u = self.random_effects.to_numpy()
        for column, name in enumerate(self.layout.z):
            fitted += rows.column(name) * u[rows.codes, column]
        return pd.Series(fitted, index=rows.rows, name="fittedvalues")

    @cached_property
    def resid(self) -> pd.Series:
        """(n,) what is left of each student used: y less the fitted value."""
        y = self._data.column(self.endog_name)
        return pd.Series(y - self.fittedvalues.to_numpy(), index=self._data.rows, name="resid")

    def predict(self, data: pd.DataFrame | None = None, random_effects: bool = True) -> pd.Series:
        """Predicted response, (m,).

        Args:
            data: new rows; the fitted ones if None. A group that the fit has not seen is predicted at the average
                of all groups (its U is zero).
            random_effects: False predicts every row at the average of all groups; the group column is not needed.

        Raises:
            ModelError: a column is missing, or a factor has a level that the fit has not seen.
        """
        if data is None:
            if random_effects:
                return self.fittedvalues
            fixed = self._data.matrix(self.layout.x) @ self.params.to_numpy()
            return pd.Series(fixed, index=self._data.rows, name="predicted")
        if not isinstance(data, pd.DataFrame):
            raise ModelError(f"new data must be a DataFrame, not {type(data).__name__}")
        X, Z = rebuild(self.layout, self._rows.specs if self._rows is not None else (), data)
        values = X @ self.params.to_numpy()
        if random_effects:
            if self.group_name not in data.columns:
                raise ModelError(
                    f"new data: there is no column {self.group_name!r}; add it, or predict with random_effects=False"
                )
            place = self.moments.groups.get_indexer(data[self.group_name])
            u = np.where(place[:, None] >= 0, self.random_effects.to_numpy()[place], 0.0)
            values = values + np.einsum("iq,iq->i", Z, u)
        return pd.Series(values, index=data.index, name="predicted")

    # ----------------------------------------------------------------------------------------------- how it looks

    def summary(self) -> Summ:
        """The fixed and random effects as two tables, in the form of R's jtools::summ."""
        from .tables.model_summary import summ

        return summ(self)

    def __repr__(self) -> str:
        criterion = "REML" if self.reml else "ML"
        return (
            f"<MixedResults {self.formula!r}: {criterion}, {self.nobs:,} rows, {self.ngroups:,} groups, "
            f"log-likelihood {self.llf:,.3f}>"
        )
