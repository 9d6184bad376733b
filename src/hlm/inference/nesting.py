"""Whether one mixed model is a special case of another: by the spaces that their columns span, not by their names.

The smaller model's fixed effects must lie in the space of the larger one's, and the columns of each of its random
terms in the space of a single term of the larger: then Z_s G_s Z_s' = Z_l (M G_s M') Z_l' for some M, and whatever
covariance the smaller model can have, the larger can have too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ..errors import ModelError, listed
from ..model.formula import INTERCEPT
from .fit import Fit, Plain

ROUNDING = 1e-8  # a column of which others leave a smaller share unexplained (in lengths) lies in their space

Names = tuple[str, ...]


def why_not_nested(smaller: Fit | Plain, larger: Fit | Plain) -> str | None:
    """Why a likelihood ratio of two fits of the same rows means nothing; None where the larger one nests the smaller.

    Fits from moments have no rows to look at: there, columns of one name are taken to be the same.
    """
    if smaller.df_modelwc == larger.df_modelwc:
        return f"both models have {smaller.df_modelwc} parameters"
    within = _within(smaller, larger)
    here, there = smaller.layout, larger.layout
    if outside := within(here.x, there.x):
        return f"not nested: {outside} is no combination of the fixed effects of the model with more parameters"
    terms = [
        (factor, tuple(there.z[k] for k in block)) for block, factor in zip(there.blocks, there.factors, strict=True)
    ]
    for block, factor in zip(here.blocks, here.factors, strict=True):
        names = tuple(here.z[k] for k in block)
        if all(within(names, other) for of, other in terms if of == factor):
            held = listed(names) + (
                f" by {factor}" if len(there.grouping) > 1 or here.grouping != there.grouping else ""
            )
            return f"not nested: no random term of the model with more parameters holds that of {held}"
    return None


def _within(smaller: Fit | Plain, larger: Fit | Plain) -> Callable[[Names, Names], str | None]:
    """What names the first of a smaller model's columns that the larger one's columns do not determine."""
    try:
        rows, others = smaller.design, larger.design
    except ModelError:
        return lambda names, by: next((name for name in names if name not in by), None)
    y = smaller.layout.response
    order: slice | np.ndarray
    (here, *_), (there, *_) = rows.groupings, others.groupings
    same_groups = here.name != there.name or np.array_equal(here.codes, there.codes)
    if same_groups and np.array_equal(rows.column(y), others.column(y)):
        order = slice(None)
    else:
        order = others.rows.get_indexer(rows.rows) if others.rows.is_unique else np.array([-1])
        if order.min() < 0:
            raise ModelError(
                "the two models' rows cannot be matched, since their data frames have different indexes; "
                "fit both to the same data frame"
            )

    def outside(names: Names, by: Names) -> str | None:
        return _outside(names, rows.matrix(names), others.matrix(by)[order], INTERCEPT in by)

    return outside


def _outside(names: Sequence[str], columns: np.ndarray, basis: np.ndarray, centred: bool) -> str | None:
    """The first of the named columns (n, m) that is not in the space of the basis (n, p), which may hold a constant."""
    if centred:  # large means would hide how little else two columns have in common
        columns, basis = columns - columns.mean(axis=0), basis - basis.mean(axis=0)
    length = np.linalg.norm(basis, axis=0)
    Q = np.linalg.qr(basis[:, length > 0] / length[length > 0])[0]
    left = np.linalg.norm(columns - Q @ (Q.T @ columns), axis=0)
    size = np.linalg.norm(columns, axis=0)
    return next((name for name, rest, all_ in zip(names, left, size, strict=True) if rest > ROUNDING * all_), None)
