"""What was fitted, and what was estimated: every number comes from the deviance at its optimum."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Self, cast

import numpy as np
import pandas as pd

from ..arguments import checked_methods
from ..errors import ModelError
from ..inference import prediction
from ..model import estimates
from ..model.design import Design
from ..model.formula import Layout
from ..model.group_moments import Moments
from ..model.optimum import Solution, solve

if TYPE_CHECKING:
    from ..model.crossings import CrossedMoments
    from ..model.deviance import Deviance


@checked_methods
class Estimates:
    """What was fitted, and the estimates.

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

    def _require_rows(self, what: str) -> None:
        if self._rows is None:
            raise ModelError(
                f"{what} needs the rows, and this model was fitted from moments, which hold none; fit a data frame"
            )

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

    # ------------------------------------------------------------------------------------- by the other criterion

    def as_ml(self) -> Self:
        """The same model by maximum likelihood; the fit itself if it is one."""
        return type(self)(self.moments, self._rows, solve(self.moments, reml=False)) if self.reml else self

    def as_reml(self) -> Self:
        """The same model by restricted maximum likelihood; the fit itself if it is one."""
        return self if self.reml else type(self)(self.moments, self._rows, solve(self.moments, reml=True))
