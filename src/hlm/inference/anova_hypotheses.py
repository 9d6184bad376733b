"""What a table of type I, II or III tests of each term: rows L of L beta = 0.

The hypotheses are lmerTest's, and do not depend on how factors are coded, but in how they are written.

- Type I: what a term adds to those before it.
- Type II: what it adds to all that do not contain it.
- Type III: for a factor that others contain, that its means, averaged over the others' levels with equal weights, do
  not differ, whatever the numbers in the cells.

A term contains another if it has all of the other's factors and more, and the same numbers: `f:g` contains `f`, and
`f:x` contains `x`, but not `f` (`FixedPart.containing`).

Source: SAS/STAT User's Guide, "The Four Types of Estimable Functions"; Kuznetsova, Brockhoff & Christensen (2017),
Journal of Statistical Software 82(13), section 2.3.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from scipy import linalg

from ..model.fixed_part import Coded, FixedPart

AnovaType = Literal["I", "II", "III"]
DEPENDENT = 1e-7  # a column of which those before it leave a smaller share (in lengths) is left out, as in lme4


def hypotheses(fixed: FixedPart, kind: AnovaType) -> dict[str, np.ndarray]:
    """The rows (m, p) that a table tests of each term; p are the columns of X as it was fitted.

    Args:
        fixed: the model's fixed part.
        kind: of table.
    """
    if kind == "I" or len(fixed.names) == 1:
        rows = _sequential(fixed.R)
        return {name: rows[fixed.own.columns(place)] for name, place in fixed.names.items()}
    if kind == "II":
        return {name: _after_all_that_do_not_contain(fixed, place) for name, place in fixed.names.items()}
    return _of_equal_weights(fixed.of_few_rows())


def _sequential(columns: np.ndarray) -> np.ndarray:
    """(p, p) what least squares says of each column with those after it: X'X = L D L' with unit lower triangular L, of
    which this is the transpose. In the place of X stand columns with the same products."""
    R = np.linalg.qr(columns, mode="r")
    return R / np.diag(R)[:, None]


def _after_all_that_do_not_contain(fixed: FixedPart, place: int) -> np.ndarray:
    own = fixed.own
    mine, containing = own.columns(place), own.columns(*fixed.containing(place))
    if not containing.size:
        return np.eye(len(own.names))[mine]
    others = np.setdiff1d(np.arange(len(own.names)), [*mine, *containing])
    order = np.array([*others, *mine, *containing])
    rows = np.zeros((len(mine), len(order)))
    rows[:, order] = _sequential(fixed.R[:, order])[len(others) : len(others) + len(mine)]
    return rows


def _of_equal_weights(fixed: FixedPart) -> dict[str, np.ndarray]:
    """Goodnight's: estimable functions of the model that has a coefficient for every cell, made orthogonal to those of
    the terms that contain the term; written in treatment contrasts first."""
    treatment, cells = _of_full_rank(fixed.treatment), fixed.all_cells
    functions = _coefficients(treatment.X, cells.X).T
    for place in sorted(range(len(fixed.terms)), key=lambda place: -len(fixed.terms[place])):
        mine, containing = treatment.columns(place), treatment.columns(*fixed.containing(place))
        if mine.size and containing.size:
            others = functions[:, containing]
            functions[:, mine] -= others @ np.linalg.lstsq(others, functions[:, mine], rcond=None)[0]
    where = {(name, place): k for k, (name, place) in enumerate(zip(cells.names, cells.of_term, strict=True))}
    functions = functions[[where[key] for key in zip(treatment.names, treatment.of_term, strict=True)]]
    by_term = {name: functions[:, treatment.columns(place)].T for name, place in fixed.names.items()}
    as_fitted = _coefficients(treatment.X, fixed.own.X)
    return {name: rows[np.abs(rows).sum(axis=1) > 1e-8] @ as_fitted for name, rows in by_term.items()}


def _of_full_rank(coded: Coded) -> Coded:
    """The columns without those that follow from the ones before them."""
    kept = list(range(len(coded.names)))
    while kept:
        X = coded.X[:, kept]
        left = np.abs(np.diag(np.linalg.qr(X, mode="r")))
        dependent = np.flatnonzero(left < DEPENDENT * np.linalg.norm(X, axis=0))
        empty = np.flatnonzero(~X.any(axis=0))
        if not dependent.size and not empty.size:
            break
        del kept[min([*dependent, *empty])]
    return coded.some(np.array(kept, dtype=int))


def _coefficients(X: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """(p, k) the coefficients of X whose combinations the columns (n, k) are."""
    Q, R = np.linalg.qr(X)
    return linalg.solve_triangular(R, Q.T @ columns)
