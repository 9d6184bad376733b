"""What makes moments a model: enough data, independent columns, variances that leave marks of their own."""

from __future__ import annotations

import numpy as np

from ..errors import ModelError
from .deviance import Deviance, symmetric_units, trace_of_products
from .moments import Moments
from .rank import determined, spread_and_size
from .two_stage import TwoStage

EXACT = 1e-26  # a residual variance below this, in variances of the response, is rounding error


def require_data(m: Moments) -> None:
    """Refuse data from which the model cannot be estimated, naming what is wrong."""
    layout = m.layout
    if m.ngroups < 2:
        raise ModelError(f"{layout.group} has one group only; the spread between groups needs at least two")
    if m.ngroups >= m.nobs:
        raise ModelError(
            f"every one of the {m.nobs:,} rows is a group of its own in {layout.group}; "
            "the spread between groups cannot be told from the residual"
        )
    require_columns(m)


@np.errstate(over="ignore", invalid="ignore")
def require_columns(m: Moments) -> None:
    """Refuse a response or columns of X from which no regression can be estimated, naming what is wrong."""
    layout, p = m.layout, len(m.layout.x)
    if p == 0:
        raise ModelError(f"formula {layout.formula!r} has no fixed effect; keep at least the intercept")
    if m.nobs <= p:
        raise ModelError(f"{m.nobs:,} complete rows cannot determine {p} fixed effects")
    spread, size = spread_and_size(m)
    if not np.isfinite(spread).all():
        names = [*layout.columns, layout.response]
        raise ModelError(f"{names[int(np.argmin(np.isfinite(spread)))]} is too large: its squares overflow")
    if spread[-1] <= 1e-14 * size[-1]:
        raise ModelError(
            f"the response {layout.response} is constant (or too small to square); there is nothing to explain"
        )
    if determined(m):
        raise ModelError(f"some columns of {layout.formula!r} determine others; leave these out first (of_full_rank)")


def require_identified(stage: TwoStage, m: Moments, reml: bool) -> None:
    """Refuse a random part whose variances leave the same mark on the data as each other, as the residual, or, with
    REML, none that the fixed effects have not taken already: there the likelihood is flat."""
    own, scale = stage.own_residual_variance, stage.scale
    if own is not None and own * scale.unit_y**2 < EXACT * scale.size_y**2:
        raise ModelError(
            f"the residual variance of {m.layout.formula!r} is zero: within {m.layout.group} its columns explain "
            f"{m.layout.response} exactly, and the likelihood has no maximum"
        )
    rows, columns = stage.free
    E = symmetric_units(rows, columns, stage.q)
    none = Deviance(stage, np.zeros(len(rows)), reml)
    size = np.sqrt(np.diag(trace_of_products(stage.A, stage.A, E)))
    idle = [m.layout.z[r] for r, c, s in zip(rows, columns, size, strict=True) if r == c and s <= 0]
    if idle:
        raise ModelError(f"the random coefficient of {', '.join(idle)} has nothing to act on: its column does not vary")
    size = np.append(size, np.sqrt(stage.nobs))
    if not size.all() or np.linalg.eigvalsh(none.expected_information(E) / np.outer(size, size))[0] < 1e-11:
        raise ModelError(
            f"the data cannot identify the random part of {m.layout.formula!r}: the (co)variances of "
            f"{', '.join(m.layout.z)} within {m.layout.group} and the residual variance do not leave separate marks "
            "beside the fixed effects; a coefficient needs a column that differs within groups, more rows in a group "
            "than coefficients, and more groups than fixed effects that differ between groups only"
        )
