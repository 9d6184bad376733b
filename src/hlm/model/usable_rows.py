"""Which rows of the data can be used: those in which no variable of the model is missing or infinite."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from ..caller import warn
from ..errors import MissingDataWarning, ModelError, listed
from .expressions import Name, Node
from .groupings import Grouping
from .variables import Variable, columns_in


def usable_rows(
    data: pd.DataFrame, variables: Mapping[Node, Variable], groupings: list[Grouping], beside: Iterable[Variable]
) -> np.ndarray | None:
    """(n,) True for rows with nothing missing or infinite, or None if that is all of them; warns with the counts.

    As lme4's na.omit, this looks at the variables of the formula, not at the columns that they are made from: a
    missing value that a function deals with costs no row.
    """
    bad: dict[str, np.ndarray] = {}
    for factor, variable in variables.items():
        with np.errstate(over="ignore", invalid="ignore"):
            gone = variable.missing()
        if gone.any():
            for name, rows in _by_column(factor, variable, gone, data).items():
                bad[name] = bad.get(name, False) | rows
    bad |= {variable.name: gone for variable in beside if (gone := variable.missing()).any()}
    for grouping in groupings:
        if len(grouping.codes) and grouping.codes.min() < 0:
            bad[grouping.name] = grouping.codes < 0
    if not bad:
        return None
    use = ~np.logical_or.reduce(list(bad.values()))
    counts = listed(f"{name}: {mask.sum():,}" for name, mask in bad.items())
    if not use.any():
        raise ModelError(f"no row is complete: missing or infinite values by column are {counts}")
    warn(
        f"{len(use) - use.sum():,} of {len(use):,} rows left out for missing or infinite values ({counts})",
        MissingDataWarning,
    )
    return use


def _by_column(factor: Node, variable: Variable, gone: np.ndarray, data: pd.DataFrame) -> dict[str, np.ndarray]:
    """The rows in which a variable is missing, by the column that is missing there; else by the variable's name."""
    if isinstance(factor, Name):
        return {factor.text: gone}
    found = {}
    for name in columns_in(factor, data.columns):
        if (rows := gone & data[name].isna().to_numpy()).any():
            found[name] = rows
            gone = gone & ~rows
    return found | ({variable.name: gone} if gone.any() else {})
