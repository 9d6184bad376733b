"""What makes moments a model: enough data, independent columns, variances that leave marks of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..errors import ModelError
from .deviance import symmetric_units
from .formula import Layout
from .moments import Moments
from .rank import spread_and_size
from .two_stage import TwoStage

if TYPE_CHECKING:
    from .criterion import AnyDeviance, AnyLook, AnyStage
    from .crossings import CrossedMoments

NEXT_TO_NOTHING = 1e-12  # what the sums of several factors cannot tell from nothing, in variances of what X leaves of y
EXACT = 1e-26  # a residual variance below this, in variances of the response, is rounding error


def require_data(sums: Moments | CrossedMoments) -> None:
    """Refuse data from which the model cannot be estimated, naming what is wrong."""
    if not isinstance(sums, Moments):  # its groups were looked at before they were summed
        require_columns(sums.first)
        return
    m, layout = sums, sums.layout
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
    """Refuse a response or columns of X from which no regression can be estimated, naming what is wrong.

    That columns determine others is dealt with before (`rank`).
    """
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


def require_identified(at: AnyLook, layout: Layout) -> None:
    """Refuse a random part whose variances leave the same mark on the data as each other, as the residual, or, with
    REML, none that the fixed effects have not taken already: there the likelihood is flat, wherever it is looked at."""
    stage = at.stage
    own = stage.own_residual_variance
    if own is not None:
        _require_residual(own, stage, layout)
    rows, columns = stage.free
    E = symmetric_units(rows, columns, stage.q)
    size = np.sqrt(np.diag(at.products(E)))
    idle = [layout.z[r] for r, c, s in zip(rows, columns, size, strict=True) if r == c and s <= 0]
    if idle:
        raise ModelError(f"the random coefficient of {', '.join(idle)} has nothing to act on: its column does not vary")
    size = np.append(size, np.sqrt(stage.nobs))
    hint = _split_factor(layout)
    if not size.all() or np.linalg.eigvalsh(at.expected_information(E) / np.outer(size, size))[0] < 1e-11:
        raise ModelError(
            f"the data cannot identify the random part of {layout.formula!r}: the (co)variances of "
            f"{', '.join(layout.z)} within {layout.group} and the residual variance do not leave separate marks "
            "beside the fixed effects; a coefficient needs a column that differs within groups, more rows in a group "
            f"than coefficients, and more groups than fixed effects that differ between groups only{hint}"
        )


def _split_factor(layout: Layout) -> str:
    """What to write for (f || g) of a factor f, whose columns add up to the intercept that || sets apart from them."""
    if "||" not in layout.formula or not any("[" in name for name in layout.z):
        return ""
    return (
        "; of a factor f, (f || g) stands for (1 | g) + (0 + f | g), where the columns of f add up to the intercept: "
        "write (f | g) or (0 + f | g)"
    )


def require_residual(at: AnyDeviance, layout: Layout) -> None:
    """Refuse an optimum at which the model explains the response exactly."""
    nothing = not isinstance(at.stage, TwoStage) and at.s2 < NEXT_TO_NOTHING
    _require_residual(0.0 if nothing else at.s2, at.stage, layout)


def _require_residual(variance: float, stage: AnyStage, layout: Layout) -> None:
    if variance * stage.scale.unit_y**2 < EXACT * stage.scale.size_y**2:
        raise ModelError(
            f"the residual variance of {layout.formula!r} is zero: within {layout.group} its columns explain "
            f"{layout.response} exactly, and the likelihood has no maximum"
        )
