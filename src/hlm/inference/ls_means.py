"""Least-squares means: what a model predicts for a factor's levels, the levels of the others weighing the same."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd

from ..errors import ModelError, listed
from ..model.contrasts import label
from ..model.fixed_part import FixedPart

CELLS = 2_000_000  # a grid of more than this does not fit into memory with its columns
ROUNDING = 1e-8
NO_FACTOR = (
    "ls_means: the fixed part has no factor, and so no means to compare; see predict for what follows from numbers"
)


def means_of_term(fixed: FixedPart, term: str) -> pd.DataFrame:
    """The rows L (cells, p) whose L beta are the means of a factor's levels, or of the combinations of several's.

    The grid of all factors' levels is averaged with equal weights over the factors that the term leaves out; covariates
    stand at their means. A row is NaN where the data have nothing to say of the mean, since cells are empty.

    Args:
        fixed: the fixed part of a model.
        term: a factor's name as the formula has it, or several with colons between.

    Raises:
        ModelError: it is no factor of the fixed part, or there are too many combinations of levels.

    Source: Searle, Speed & Milliken (1980), The American Statistician 34(4).
    """
    factors = fixed.factors
    names = _factors_in(term, list(factors))
    sizes = [len(values.categories) for values in factors.values()]
    cells = int(np.prod(sizes))
    if cells > CELLS:
        raise ModelError(
            f"ls_means: the factors {listed(factors)} have {cells:,} combinations of levels, too many for memory"
        )
    codes = dict(zip(factors, np.indices(sizes).reshape(len(sizes), -1), strict=True))
    levels = {node: codes[variable.name] for node, variable in fixed.variables.items() if variable.is_factor}
    grid = fixed.all_columns(fixed.at(levels, cells))

    cell, count, labels = np.zeros(cells, dtype=int), 1, [""]
    for name in names:  # the first factor's levels change fastest
        cell += count * codes[name]
        found = [label(level) for level in factors[name].categories]
        labels = [f"{before}:{level}" if before else level for level in found for before in labels]
        count *= len(found)
    rows = np.zeros((count, grid.X.shape[1]))
    np.add.at(rows, cell, grid.X)
    rows *= count / cells
    kept = [grid.names.index(name) for name in fixed.own.names]
    if len(kept) < len(grid.names):
        rows[~_estimable(rows, fixed.all_columns(fixed.variables).X)] = np.nan
    return pd.DataFrame(rows[:, kept], index=pd.Index(labels, name=":".join(names)), columns=fixed.own.names)


def differences(means: pd.DataFrame) -> pd.DataFrame:
    """The rows whose L beta are the differences of all pairs of means, the first less the second."""
    pairs = list(combinations(range(len(means)), 2))
    first, second = (means.to_numpy()[[pair[k] for pair in pairs]] for k in (0, 1))
    names = [f"{means.index[a]} - {means.index[b]}" for a, b in pairs]
    return pd.DataFrame(first - second, index=pd.Index(names, name=means.index.name), columns=means.columns)


def factor_terms(fixed: FixedPart) -> list[str]:
    """The terms of the fixed part that are made of factors alone.

    Raises:
        ModelError: there is none.
    """
    places = fixed.names.items()
    found = [name for name, place in places if all(fixed.variables[f].is_factor for f in fixed.terms[place])]
    if not found:
        raise ModelError(NO_FACTOR)
    return found


def _factors_in(term: str, known: list[str]) -> list[str]:
    """The factors that a term names, in the order of the formula; a name may have colons of its own."""
    if not known:
        raise ModelError(NO_FACTOR)
    left, found = term.replace(" ", ""), []
    spelt = {name.replace(" ", ""): name for name in known}
    for text in sorted(spelt, key=len, reverse=True):
        if f":{text}:" in f":{left}:":
            found.append(spelt[text])
            left = f":{left}:".replace(f":{text}:", ":", 1).strip(":")
    if left or not found:
        raise ModelError(f"ls_means: {term!r} is no factor of the fixed part, nor several; these are {listed(known)}")
    return [name for name in known if name in found]


def _estimable(rows: np.ndarray, X: np.ndarray) -> np.ndarray:
    """(m,) which rows are combinations of those of X, all others' values being free to choose."""
    R = np.linalg.qr(X, mode="r")
    _, sizes, axes = np.linalg.svd(R)
    null = axes[(np.pad(sizes, (0, len(axes) - len(sizes))) <= ROUNDING * sizes[0])]
    return np.abs(rows @ null.T).max(axis=1) < ROUNDING * max(1.0, np.abs(rows).max())
