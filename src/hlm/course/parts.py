"""The moments of a part of a model's rows: what is left if some are taken out, or what weighs less than the rest."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..model.design import Design
from ..model.group_moments import Moments
from ..model.moments import of_design


def moments_of_rows(rows: Design, use: np.ndarray) -> Moments:
    """The moments of some rows of a design, which keeps its columns.

    Args:
        rows: a design with one grouping factor. use: (n,) bool, or the places of the rows.
    """
    return of_design(rows.some(use))


def weighted(m: Moments, weight: float) -> Moments:
    """The moments of rows that were all multiplied by the root of a weight, the intercept's column among them."""
    sharper = m.sharper and m.sharper._replace(moments=weighted(m.sharper.moments, weight))
    return replace(m, n=weight * m.n, scatter=weight * m.scatter, within=weight * m.within, sharper=sharper)
