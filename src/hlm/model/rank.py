"""Columns of X that those before them determine: as in lme4 they are left out of the fit, and named in a warning.

The columns that stay span the same space, so what the model predicts and how likely it is do not change with them; what
a coefficient means does, and the warning says so. Which columns these are is read off the moments.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..caller import warn
from ..errors import CollinearColumnsWarning, ModelError, listed
from .design import Design
from .formula import INTERCEPT, Layout
from .group_moments import Moments
from .moments import COLLINEAR, of_design

CONSTANT = 1e-13  # a column whose spread, in units of its size, is below this is constant
MOST = 5  # columns that the warning names, of those left out and of those that determine one


def of_full_rank(m: Moments, rows: Design | None) -> Moments:
    """The moments, of these rows if there are any, without the columns of X that others determine.

    Raises:
        ModelError: products cancel in moments without rows, from which a column cannot be taken back.

    Warns:
        CollinearColumnsWarning: there are such columns.
    """
    names = left_out(m)
    if not names:
        return m
    if m.sharper is None:
        return _without(m, names)
    if rows is None:
        raise ModelError(
            f"{m.layout.formula!r}: the columns explain {m.layout.response} so well that moments cannot be freed of "
            f"{listed(names, between=' and ')}; take {'it' if len(names) == 1 else 'them'} out of the formula"
        )
    return of_design(rows.without(names))


def left_out(m: Moments) -> tuple[str, ...]:
    """The names of the columns of X that others determine.

    Warns:
        CollinearColumnsWarning: there are such columns.
    """
    found = determined(m)
    if not found:
        return ()
    named = listed((f"{name}, which {_told(by, m.layout)}" for name, by in found.items()), MOST, "; ")
    where = " `left_out` of the fit names them all." if len(found) > MOST + 1 else ""
    warn(
        f"{m.layout.formula!r} has more columns than the data tell apart. Left out: {named}.{where} The coefficients "
        "of the other columns take their part, as in lme4",
        CollinearColumnsWarning,
    )
    return tuple(found)


def _told(by: list[str], layout: Layout) -> str:
    if not by:
        return "is constant" if INTERCEPT in layout.x else "is zero"
    last = ["the intercept"] if INTERCEPT in layout.x else []
    if len(by) > MOST + 1:
        return f"{len(by):,} others{' and the intercept' * len(last)} determine, {', '.join(by[:MOST])} among them"
    by = [*by, *last]
    return f"{by[0]} determines" if len(by) == 1 else f"{', '.join(by[:-1])} and {by[-1]} determine"


def spread_and_size(m: Moments) -> tuple[np.ndarray, np.ndarray]:
    """(k,) the standard deviation and the size of the mean of each column, y last."""
    weight = m.n.sum()
    grand = m.n @ m.mean / weight
    return np.sqrt((np.diag(m.within) + m.n @ (m.mean - grand) ** 2) / weight), np.abs(m.origin + grand)


@np.errstate(over="ignore", invalid="ignore")
def determined(m: Moments) -> dict[str, list[str]]:
    """The columns of X that those before them determine, each with these: none for a constant beside the intercept."""
    layout, k = m.layout, len(m.layout.columns)
    with_intercept = INTERCEPT in layout.x
    names = [name for name in layout.x if name != INTERCEPT]
    places = [layout.columns.index(name) for name in names]
    spread, size = spread_and_size(m)
    if not np.isfinite(spread).all():
        return {}  # refused by name, in checks
    spread, size = spread[places], size[places]
    idle = spread <= CONSTANT * np.maximum(size, 1e-300) if with_intercept else np.hypot(spread, size) == 0
    if len(names) < 2 and not idle.any():
        return {}
    shift = m.n @ m.mean[:, :k] / m.n.sum() if with_intercept else -m.origin[:k]
    mean = m.mean[:, :k] - shift
    cross = (m.within[:k, :k] + (mean.T * m.n) @ mean)[np.ix_(places, places)]
    unit = np.sqrt(np.diag(cross))
    unit[unit == 0] = 1.0
    cross = cross / (unit[:, None] * unit)
    if not idle.any() and _independent(cross):
        return {}
    found: dict[str, list[str]] = {}
    kept: list[int] = []
    for a, name in enumerate(names):
        if idle[a]:
            found[name] = []
            continue
        weights = np.linalg.solve(cross[np.ix_(kept, kept)], cross[kept, a])
        if 1 - weights @ cross[kept, a] < COLLINEAR:
            found[name] = [names[b] for b, weight in zip(kept, weights, strict=True) if abs(weight) > 1e-6]
        else:
            kept.append(a)
    return found


def _independent(cross: np.ndarray) -> bool:
    """Whether each standardised column has plainly more than COLLINEAR that is not in those before it."""
    try:
        return bool((np.diag(np.linalg.cholesky(cross)) ** 2 > 10 * COLLINEAR).all())
    except np.linalg.LinAlgError:
        return False


def _without(m: Moments, names: tuple[str, ...]) -> Moments:
    """The moments of a model whose X is without some columns; those that Z has too stay there."""
    layout = m.layout.without(names)
    keep = np.array([m.layout.columns.index(name) for name in layout.columns] + [len(m.layout.columns)])
    return replace(
        m,
        layout=layout,
        origin=m.origin[keep],
        mean=m.mean[:, keep],
        scatter=m.scatter[:, :, keep],
        within=m.within[np.ix_(keep, keep)],
    )
