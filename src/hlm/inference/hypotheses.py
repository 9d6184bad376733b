"""Tests of hypotheses about the fixed effects: t for one contrast, F for several together.

How large a standard error is and how many degrees of freedom it has is one of two methods' to say (`method_of`):
Satterthwaite's, or Kenward and Roger's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special

from ..arguments import real_numbers
from ..errors import ModelError
from .kenward_roger import KenwardRoger
from .satterthwaite import Satterthwaite

if TYPE_CHECKING:
    from ..model.criterion import AnyDeviance

Ddf = Literal["satterthwaite", "kenward-roger"]
DDF: tuple[Ddf, ...] = get_args(Ddf)
T_COLUMNS = pd.Index(["estimate", "se", "t", "df", "p"])


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
    """A test that L beta = 0.

    Attributes:
        statistic: F.
        df_num, df_denom: its degrees of freedom.
        pvalue: the probability of an F at least as large if L beta = 0.
        ddf: the method for df_denom.
    """

    statistic: float
    df_num: int
    df_denom: float
    pvalue: float
    ddf: Ddf

    def __str__(self) -> str:
        return f"F({self.df_num}, {self.df_denom:.2f}) = {self.statistic:.4f}, p = {self.pvalue:.4g} ({self.ddf} d.f.)"


def contrast_rows(L: Any, names: tuple[str, ...]) -> np.ndarray:
    """A contrast's weights (p,), or those of several (m, p), checked.

    Args:
        L: one row, a mapping from coefficient names to weights, or several rows.
        names: of the p coefficients.

    Raises:
        ModelError: wrong length, an unknown name, or rows of which one follows from the others.
    """
    if isinstance(L, pd.Series) and not isinstance(L.index, pd.RangeIndex):
        L = L.to_dict()
    if isinstance(L, Mapping):
        unknown = [name for name in L if name not in names]
        if unknown:
            raise ModelError(f"contrast: no coefficient is called {unknown[0]!r}; they are {', '.join(names)}")
        L = [L.get(name, 0.0) for name in names]
    rows = real_numbers(L, f"contrast: weights, or a mapping from coefficients ({', '.join(names)}) to weights,")
    if rows.ndim not in (1, 2) or rows.shape[-1] != len(names) or rows.size == 0:
        raise ModelError(f"contrast: each row needs {len(names)} weights, one for each of {', '.join(names)}")
    if not np.isfinite(rows).all() or not np.atleast_2d(rows).any(axis=1).all():
        raise ModelError("contrast: weights must be finite, and each row needs one that is not zero")
    if rows.ndim == 2 and np.linalg.matrix_rank(rows) < len(rows):
        raise ModelError("contrast: a row follows from the others; leave it out")
    return rows


def t_tests(method: Method, L: np.ndarray, estimates: np.ndarray, unit_y: float) -> np.ndarray:
    """Test each row of L beta = 0 by itself.

    Args:
        method: for standard errors and d.f. L: (m, p) contrasts. estimates: (p,) beta, in the user's units.
        unit_y: the unit of y used inside, in the user's.

    Returns:
        (m, 5) the columns `T_COLUMNS`.
    """
    estimate = L @ estimates
    cov = method.cov
    se = np.sqrt([unit_y**2 * row @ cov @ row for row in L])
    df = method.df(L)
    t = estimate / se
    return np.column_stack([estimate, se, t, df, two_sided_p(t, df)])


def f_test(method: Method, L: np.ndarray, estimates: np.ndarray, unit_y: float) -> FTest:
    """Test all rows of L beta = 0 together; the arguments are those of `t_tests`."""
    statistic, df = method.f_test(L, estimates / unit_y)
    return FTest(statistic, len(L), df, f_p(statistic, len(L), df), method.name)


def two_sided_p(t: npt.ArrayLike, df: npt.ArrayLike) -> np.ndarray:
    """P(|T| >= |t|) for Student's t with df degrees of freedom."""
    return 2 * special.stdtr(np.asarray(df), -np.abs(np.asarray(t)))


def f_p(statistic: float, df_num: float, df_denom: float) -> float:
    """P(F >= statistic)."""
    return float(special.fdtrc(df_num, df_denom, statistic))
