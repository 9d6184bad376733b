"""Group moments summed over the rows of a design, and sharper ones where products cancel."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from .design import Design
from .formula import INTERCEPT
from .group_moments import Moments, Sharper, Weighted, varying_z

CANCELS = 1e-6  # a column of which the others leave a smaller share unexplained loses too many digits in products
COLLINEAR = 1e-11  # and a column of X of which they leave less than this is left out of the model (rank)


def sharpened(m: Moments, summed: Callable[[np.ndarray], Moments]) -> Moments:
    """The moments m, with sharper ones beside them where products cancel.

    If y = y0 + b x with a large b, the products of y have no digits left for y0. Least squares on the moments finds
    b well enough for y - b x to be of y0's size; its own products are then summed, and the fit adds b again. So with
    columns of X that others almost determine.

    Args:
        m: moments of the columns as they are.
        summed: the moments of the columns from which a matrix `taken` was taken, by another look at the rows.
    """
    taken, left = np.zeros_like(m.within), m
    for _ in range(3):  # what an ill-conditioned first look leaves, a second one takes
        more = _explained(left)
        if not more.any():
            break
        taken = taken + more - taken @ more
        left = summed(taken)
    return replace(m, sharper=Sharper(taken, left)) if taken.any() else m


def _explained(m: Moments) -> np.ndarray:
    """(k, k) what least squares on the columns of X before it says of each column that they almost determine.

    Columns of Z are left as they are, and come first; y comes last.
    """
    layout, k = m.layout, len(m.layout.columns)
    explained, z = np.zeros_like(m.within), varying_z(layout)
    in_x = [layout.columns.index(name) for name in layout.x if name != INTERCEPT]
    places = np.array([*sorted(in_x, key=lambda place: place not in z), k])
    mean = m.mean - (m.n @ m.mean / m.n.sum() if INTERCEPT in layout.x else -m.origin)
    cross = (m.within + (mean.T * m.n) @ mean)[np.ix_(places, places)]
    unit = np.sqrt(np.diag(cross))
    if not np.isfinite(cross).all() or not unit.all():
        return explained  # refused, in checks
    cross = cross / np.outer(unit, unit)
    if _shares_left(cross).min() > CANCELS:
        return explained
    kept = [0]
    for a in range(1, len(places)):
        weights = np.linalg.lstsq(cross[np.ix_(kept, kept)], cross[kept, a], rcond=None)[0]
        left = 1 - weights @ cross[kept, a]
        if left <= COLLINEAR and places[a] != k:  # left out of the model, in rank
            continue
        if left < CANCELS and places[a] not in z:
            explained[places[kept], places[a]] = weights * unit[a] / unit[kept]
        kept.append(a)
    return explained


def _shares_left(cross: np.ndarray) -> np.ndarray:
    """(m,) the share of each standardised column that those before it leave unexplained; 0 if there is none."""
    try:
        return np.diag(np.linalg.cholesky(cross)) ** 2
    except np.linalg.LinAlgError:
        return np.zeros(1)


@np.errstate(over="ignore", invalid="ignore")  # columns whose squares overflow are refused by name, in checks
def of_design(rows: Design) -> Moments:
    """Sum a design's rows into moments, sharper ones where products cancel."""
    return sharpened(_summed(rows), lambda taken: _summed(rows, taken))


def _summed(rows: Design, taken: np.ndarray | None = None) -> Moments:
    """The moments of a design's rows: means first, then deviations from them, a block of rows at a time."""
    layout, groups, z = rows.layout, len(rows.groups), varying_z(rows.layout)
    n, weighted = _group_sizes(rows)
    origin = np.array([np.prod([float(a[0]) for a in arrays]) for arrays in rows.factors])
    if taken is not None:
        origin -= origin @ taken
    k = len(origin)

    def blocks() -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray | None]]:
        start = 0
        for codes, values in rows.blocks_of_rows():
            if taken is not None:
                values -= taken.T @ values
            values -= origin[:, None]
            yield codes, values, None if rows.weights is None else rows.weights[start : start + len(codes)]
            start += len(codes)

    total = np.zeros((k, groups))
    for codes, values, weights in blocks():
        for line, value in zip(total, values, strict=True):
            line += np.bincount(codes, value if weights is None else weights * value, groups)
    mean = total / n

    scatter, within = np.zeros((len(z), k, groups)), np.zeros((k, k))
    for codes, values, weights in blocks():
        for value, centre in zip(values, mean, strict=True):
            value -= centre[codes]
        if weights is not None:
            values *= np.sqrt(weights)
        within += values @ values.T
        for a, row in enumerate(z):
            for b in range(k):
                # Products are symmetric; those of two columns of Z are summed once.
                mirrored = b in z and z.index(b) < a
                scatter[a, b] += 0.0 if mirrored else np.bincount(codes, values[row] * values[b], groups)
    for a, row in enumerate(z):
        for b, other in enumerate(z[:a]):
            scatter[a, other] = scatter[b, row]
    scatter = np.ascontiguousarray(scatter.transpose(2, 0, 1))
    return Moments(layout, rows.groups, n, origin, mean.T, scatter, within, weighted=weighted)


def _group_sizes(rows: Design) -> tuple[np.ndarray, Weighted | None]:
    """(J,) rows in each group; or the sum of their weights, and what else there is to know of these."""
    count = np.bincount(rows.codes, minlength=len(rows.groups)).astype(float)
    if rows.weights is None:
        return count, None
    n, logs = (np.bincount(rows.codes, value, len(rows.groups)) for value in (rows.weights, np.log(rows.weights)))
    return n, Weighted(count, logs)


def with_response(m: Moments, rows: Design, y: np.ndarray) -> Moments:
    """The moments of the same X and Z with another response; only products with y are summed, unless they cancel."""
    new = rows.with_response(y)
    y = new.factors[-1][0]
    if m.sharper is not None:
        return of_design(new)
    k, groups, z = len(m.origin) - 1, m.ngroups, varying_z(m.layout)
    origin = np.append(m.origin[:-1], float(y[0]))
    weights = rows.weights
    deviation = y - origin[k]
    mean_y = np.bincount(rows.codes, deviation if weights is None else weights * deviation, groups) / m.n
    mean = np.column_stack([m.mean[:, :k], mean_y])
    scatter, within = m.scatter.copy(), m.within.copy()
    scatter[:, :, k] = within[k] = within[:, k] = 0.0
    start = 0
    for codes, values in new.blocks_of_rows():
        values[k] -= origin[k]
        values[k] -= mean_y[codes]
        deviation = values[k] if weights is None else weights[start : start + len(codes)] * values[k]
        start += len(codes)
        for column in z:
            values[column] -= origin[column]
            values[column] -= mean[codes, column]
        for a, column in enumerate(z):
            scatter[:, a, k] += np.bincount(codes, values[column] * deviation, groups)
        # Deviations of y sum to zero in each group, so those of the other columns need not be formed.
        within[k] += values @ deviation
    within[:, k] = within[k]
    sums = replace(m, origin=origin, mean=mean, scatter=scatter, within=within)
    return sharpened(sums, lambda taken: _summed(new, taken))
