"""How sure the fixed effects and the variances are: tests, intervals and contrasts of coefficients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, overload

import numpy as np
import pandas as pd

from ..arguments import checked_methods
from ..inference import hypotheses
from ..inference.contrasts import hypothesis
from ..inference.effect_intervals import effect_intervals
from ..inference.hypotheses import Ddf, FTest, Method
from ..inference.intervals import variance_intervals
from ..inference.shown import Shown
from .estimates import Estimates


@checked_methods
class Coefficients(Estimates):
    """Tests and intervals of the coefficients."""

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
