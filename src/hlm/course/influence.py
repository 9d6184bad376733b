"""How much an answer hangs on single schools: the exact fit without each of them.

The moments of the data are sums over schools. To leave a school out is to take its share off them, and no other row is
looked at again; what remains is fitted to its own optimum, not approximated.
"""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pandas as pd

from ..arguments import checked
from ..errors import ModelError, SingularFitWarning
from ..model.design import Design
from ..model.moments import Moments
from ..model.optimum import solve
from ..results import MixedResults, OneFactorFit
from .parts import moments_of_rows

__all__ = ["influence"]


@checked
def influence(fit: OneFactorFit) -> pd.DataFrame:
    """Fit the model again without each school in turn.

    Args:
        fit: a model fitted to rows, with three schools or more.

    Returns:
        DataFrame, a row a school, named after the school that was left out: the fixed effects by name, then the
        distinct elements of G as "var ses" and "cov Intercept, ses", "var residual", and `singular`, whether G is on
        the boundary without the school.

    Raises:
        ModelError: the model was fitted from moments, which hold no rows; there are fewer than three schools; or what
            is left without a school makes no model, as when it alone has a level of a factor.

    Source: the idea is Cook's (1977), Technometrics 19, for single cases; Snijders & Bosker (2012), chapter 10, for
        groups.

    Example:
        >>> import hlm
        >>> fit = hlm.lmer("math ~ sector + (1 | sch.id)", hlm.load_hsb())
        >>> without = hlm.influence(fit)
        >>> print(without["sector"].agg(["min", "max"]).round(2).tolist())
        [2.72, 2.9]
    """
    rows = fit.design
    if fit.ngroups < 3:
        raise ModelError(f"influence needs three groups or more, to leave one out; {fit.group_name} has {fit.ngroups}")
    by_school = np.split(np.argsort(rows.codes, kind="stable"), np.cumsum(np.bincount(rows.codes))[:-1])
    table = [_estimates(_refit(fit, _without(fit.moments, rows, j, own))) for j, own in enumerate(by_school)]
    return pd.DataFrame(table, index=pd.Index(rows.groups, name=fit.group_name))


def _without(m: Moments, rows: Design, j: int, own: np.ndarray) -> Moments:
    """The moments of all schools but the j-th, whose rows are at the places `own`."""
    if m.sharper is not None:  # products cancel, and differences of them would cancel again
        return moments_of_rows(rows, np.delete(np.arange(rows.nobs), own))
    rest = np.arange(m.ngroups) != j
    within = m.within - moments_of_rows(rows, own).within
    return replace(m, groups=m.groups[rest], n=m.n[rest], mean=m.mean[rest], scatter=m.scatter[rest], within=within)


def _refit(fit: MixedResults, sums: Moments) -> MixedResults:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SingularFitWarning)  # told in a column
        try:
            return MixedResults(sums, None, solve(sums, fit.reml))
        except ModelError as error:
            left_out = fit.moments.groups.difference(sums.groups)[0]
            raise ModelError(f"without {fit.group_name} {left_out}: {error}") from None


def _estimates(fit: MixedResults) -> dict:
    z, G = fit.layout.z, fit.cov_re.to_numpy()
    rows, columns = fit.at.stage.free
    names = [f"var {z[r]}" if r == c else f"cov {z[c]}, {z[r]}" for r, c in zip(rows, columns, strict=True)]
    variances = dict(zip(names, G[rows, columns], strict=True))
    return {**fit.params, **variances, "var residual": fit.scale, "singular": fit.singular}
