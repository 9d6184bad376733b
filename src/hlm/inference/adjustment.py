"""p values of several tests, adjusted so that the chance of one wrong rejection among all stays below alpha."""

from __future__ import annotations

from typing import Literal

import numpy as np

Adjust = Literal["holm", "bonferroni", "sidak", "none"]


def adjusted(p: np.ndarray, how: Adjust) -> np.ndarray:
    """The adjusted p values (m,) of m tests; those that are NaN stay so, and do not count.

    Source: Holm (1979), Scandinavian Journal of Statistics 6; Sidak (1967), Journal of the American Statistical
    Association 62.
    """
    there = ~np.isnan(p)
    m, known = int(there.sum()), p[there]
    made = p.copy()
    if how == "bonferroni":
        made[there] = np.minimum(1.0, m * known)
    elif how == "sidak":
        made[there] = -np.expm1(m * np.log1p(-np.minimum(known, 1 - 1e-16)))
    elif how == "holm":
        order = np.argsort(known)
        steps = np.minimum(1.0, np.maximum.accumulate((m - np.arange(m)) * known[order]))
        made[np.flatnonzero(there)[order]] = steps
    return made
