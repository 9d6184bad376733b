"""The linear mixed model: from a formula and data to the optimum of its likelihood.

`lmer` reads as the whole story: bind the formula, sum the moments, leave out columns that others
determine, find the optimum, hand over the results.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .arguments import checked_but
from .errors import ModelError
from .model import engines
from .model.design import Design, design
from .model.given import Given, Rows
from .model.group_moments import Moments
from .model.moments import of_design
from .model.optimum import solve
from .model.rank import of_full_rank
from .model.sources import as_frame, callers_names, moments
from .results import MixedResults, update_with

if TYPE_CHECKING:
    from .results.crossed import CrossedResults


@checked_but("formula", "weights", "offset")
def lmer(
    formula: str, data: Any, reml: bool = True, weights: Rows | None = None, offset: Rows | None = None
) -> MixedResults:
    """Fit a linear mixed model, by REML or maximum likelihood.

    Args:
        formula: lme4's: `y ~ x * z + (1 + x | g)`, `(x || g)` for uncorrelated terms, `(0 + x | g)` for no random
            intercept. Functions as in R (`log(x)`, `factor(f)`, `poly(x, 2)`, `I(x^2)`) or of Python (`np.log(x)`,
            and your own). A column such as sch.id may be named as it is; `offset(x)` is an offset. Several grouping
            factors may nest, `(1 | school/class)`, or cross, `(1 | student) + (x | lecturer)`.
        data: a data frame, one row an observation (of pandas, polars or pyarrow, or a dict of columns); or what
            `hlm.moments` takes or returns. Of an engine's data a model with one grouping column is fitted from moments;
            for any other, the columns that the formula names are fetched, and the fit has its rows.
        reml: restricted maximum likelihood, or maximum likelihood if False.
        weights: of the rows, positive: the residual of a row with weight w has variance sigma2 / w. The name of a
            column, or an array (n,).
        offset: what is added to each row's prediction, with the coefficient one. The name of a column, or an array
            (n,), which new data for `predict` would not have.

    Returns:
        MixedResults: estimates and what can be inferred from them.

    Raises:
        ModelError: the formula or the data do not make a model; the message names the column, row or term.

    Warns:
        MissingDataWarning: rows were left out.
        CollinearColumnsWarning: columns of X were left out, since those before them determine them.
        SingularFitWarning: G is on the boundary.
        ConvergenceWarning: the conditions of an optimum do not hold at the solution.

    Source: Bates, Maechler, Bolker & Walker (2015), Journal of Statistical Software 67(1), sections 2 to 4.

    Example:
        >>> import hlm
        >>> fit = hlm.lmer("math ~ sector + (1 | sch.id)", hlm.load_hsb())
        >>> round(fit.bse["sector"], 3)
        np.float64(0.439)
    """
    if not isinstance(reml, (bool, np.bool_)):
        raise ModelError(f"reml must be True or False, not {reml!r}")
    given = Given(weights, offset)
    if isinstance(data, Moments):
        sums = _same_formula(formula, data, given)
    elif (frame := as_frame(data)) is not None or (frame := engines.rows(formula, data, given)) is not None:
        return fit_of_rows(design(formula, frame, callers_names(), given), reml)
    else:
        sums = moments(formula, data, weights=weights, offset=offset)
    sums = of_full_rank(sums, None)
    return MixedResults(sums, None, solve(sums, reml))


def fit_of_rows(rows: Design, reml: bool) -> MixedResults:
    """The fit of a formula that has been bound to rows."""
    if len(rows.groupings) > 1:
        return _crossed(rows, reml)
    sums = of_full_rank(of_design(rows), rows)
    rows = rows.without(sums.layout.left_out)
    return MixedResults(sums, rows, solve(sums, reml))


update_with(fit_of_rows)


def _crossed(rows: Design, reml: bool) -> CrossedResults:
    """Several grouping factors: what they need is loaded when a model first has them."""
    from .model.crossings import of_crossed_design
    from .results.crossed import CrossedResults

    sums = of_crossed_design(rows)
    return CrossedResults(sums, rows.without(sums.layout.left_out), solve(sums, reml))


def _same_formula(formula: str, sums: Moments, given: Given) -> Moments:
    if formula != sums.layout.formula:
        raise ModelError(f"these moments were made for {sums.layout.formula!r}, not for {formula!r}")
    if given.anything:
        raise ModelError("moments are sums already; give weights and offset to hlm.moments, which makes them")
    return sums
