"""Tests of hypotheses about the fixed effects: t for one contrast, F for several together.

How large a standard error is and how many degrees of freedom it has is one of two methods' to say (`method_of`):
Satterthwaite's, or Kenward and Roger's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special

from ..errors import ModelError
from .kenward_roger import KenwardRoger
from .satterthwaite import Satterthwaite

if TYPE_CHECKING:
    from ..model.criterion import AnyDeviance

Ddf = Literal["satterthwaite", "kenward-roger"]
DDF: tuple[Ddf, ...] = get_args(Ddf)
T_COLUMNS = ["estimate", "se", "t", "df", "p"]
ENDS = ["lower", "upper"]


class Method(Protocol):
    """What a test takes from the method that it is made by; contrasts L (m, p) are in the user's units."""

    @property
    def name(self) -> Ddf:
        """What `ddf` calls it."""

    @property
    def cov(self) -> np.ndarray:
        """(p, p) covariance of beta, in inside units of y."""

    def df(self, L: np.ndarray) -> np.ndarray:
        """(m,) degrees of freedom of each row of L."""

    def f_test(self, L: np.ndarray, estimate: np.ndarray) -> tuple[float, float]:
        """F and denominator d.f. of L beta = 0; the estimate (p,) is in inside units of y."""


def method_of(at: AnyDeviance, ddf: str) -> Method:
    """The method called "satterthwaite" or "kenward-roger", at a fit's optimum.

    Raises:
        ModelError: another name, or Kenward-Roger for a fit by maximum likelihood.
    """
    if ddf not in DDF:
        raise ModelError(f"ddf must be one of {', '.join(map(repr, DDF))}, not {ddf!r}")
    return Satterthwaite(at) if ddf == "satterthwaite" else KenwardRoger(at)


@dataclass(frozen=True)
class FTest:
    """A test that L beta = rhs.

    Attributes:
        statistic: F.
        df_num, df_denom: its degrees of freedom.
        pvalue: the probability of an F at least as large if L beta = rhs.
        ddf: the method for df_denom.
    """

    statistic: float
    df_num: int
    df_denom: float
    pvalue: float
    ddf: Ddf

    def __str__(self) -> str:
        return f"F({self.df_num}, {self.df_denom:.2f}) = {self.statistic:.4f}, p = {self.pvalue:.4g} ({self.ddf} d.f.)"


def t_tests(
    method: Method, L: np.ndarray, estimates: np.ndarray, unit_y: float, rhs: npt.ArrayLike = 0.0
) -> pd.DataFrame:
    """Test each row of L beta = rhs by itself.

    Args:
        method: for standard errors and d.f. L: (m, p) contrasts. estimates: (p,) beta, in the user's units.
        unit_y: the unit of y used inside, in the user's. rhs: (m,), or one value for all.

    Returns:
        DataFrame (m, 5): the columns `T_COLUMNS`.
    """
    estimate = L @ estimates
    cov = method.cov
    se = np.sqrt([unit_y**2 * row @ cov @ row for row in L])
    df = method.df(L)
    t = (estimate - rhs) / se
    return pd.DataFrame(np.column_stack([estimate, se, t, df, two_sided_p(t, df)]), columns=T_COLUMNS)


def with_ends(tests: pd.DataFrame, alpha: float) -> pd.DataFrame:
    """What `t_tests` gives, and the ends of confidence intervals of level 1 - alpha: lower, upper.

    Raises:
        ModelError: alpha outside 0 to 1.
    """
    require_alpha(alpha)
    half = tests["se"] * special.stdtrit(tests["df"], 1 - alpha / 2)
    return tests.assign(lower=tests["estimate"] - half, upper=tests["estimate"] + half)


def require_alpha(alpha: float) -> None:
    """Refuse an alpha that is no probability between 0 and 1."""
    if not 0 < alpha < 1:
        raise ModelError(f"alpha must lie between 0 and 1, not {alpha!r}; 0.05 gives 95 per cent intervals")


def f_test(method: Method, L: np.ndarray, estimates: np.ndarray, unit_y: float, rhs: npt.ArrayLike = 0.0) -> FTest:
    """Test all rows of L beta = rhs together; the arguments are those of `t_tests`."""
    # Some beta that fulfils L beta = rhs; which of them does not matter.
    fulfils = np.linalg.pinv(L) @ np.broadcast_to(rhs, len(L))
    statistic, df = method.f_test(L, (estimates - fulfils) / unit_y)
    return FTest(statistic, len(L), df, f_p(statistic, len(L), df), method.name)


def two_sided_p(t: npt.ArrayLike, df: npt.ArrayLike) -> np.ndarray:
    """P(|T| >= |t|) for Student's t with df degrees of freedom."""
    return 2 * special.stdtr(np.asarray(df), -np.abs(np.asarray(t)))


def f_p(statistic: float, df_num: float, df_denom: float) -> float:
    """P(F >= statistic)."""
    return float(special.fdtrc(df_num, df_denom, statistic))
