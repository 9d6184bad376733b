"""From a formula's factors to variables: what each is in every row of a data frame.

A `Recipe` is filled while a model is fitted: what functions learned, which levels there were, and which of the
caller's objects the formula used. With it the same variables are made of new data, however few rows these have.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from .bases import Matrix
from .contrasts import Contrasts
from .expressions import Call, Name, Node, walk
from .functions import FUNCTIONS
from .values import missing

Values = np.ndarray | Matrix | pd.Categorical


@dataclass(frozen=True)
class Variable:
    """A factor of the formula in every row.

    Attributes:
        name: how the formula writes it.
        values: numbers (n,), several columns of numbers (n, k), or a factor.
        contrasts: how a factor is coded.
    """

    name: str
    values: Values
    contrasts: Contrasts = Contrasts()  # noqa: RUF009 (it cannot be changed)

    @property
    def is_factor(self) -> bool:
        """Whether it has levels."""
        return isinstance(self.values, pd.Categorical)

    def missing(self) -> np.ndarray:
        """(n,) True where it is missing or infinite."""
        if isinstance(self.values, pd.Categorical):
            return missing(self.values)
        found = self.values.values if isinstance(self.values, Matrix) else self.values
        # One sum tells of a whole column that it is finite; only where it is not are the rows looked at.
        if found.dtype.kind != "f" or np.isfinite(found.sum()):
            return np.zeros(0, dtype=bool)
        return ~np.isfinite(found) if found.ndim == 1 else ~np.isfinite(found).all(axis=1)

    def rows(self, use: np.ndarray) -> Variable:
        """The variable in some of the rows."""
        found = self.values
        kept = Matrix(found.values[use], found.labels) if isinstance(found, Matrix) else found[use]
        return Variable(self.name, kept, self.contrasts)


@dataclass
class Recipe:
    """What a fit remembers of how its variables were made.

    Attributes:
        learned: what a call of a function learned. levels: of each factor, after rows were left out.
        categories: of each column that holds text or categories. names: the caller's objects.
        columns: the names of the data's columns, which a dot in the formula stands for.
        complete: it is a fit's, to be followed.
    """

    learned: dict[Node, Any] = field(default_factory=dict)
    levels: dict[Node, pd.CategoricalDtype | None] = field(default_factory=dict)
    categories: dict[str, pd.CategoricalDtype] = field(default_factory=dict)
    names: dict[str, Any] = field(default_factory=dict)
    columns: tuple[Any, ...] = ()
    complete: bool = False


def columns_in(factor: Node, columns: Iterable[Any]) -> list[str]:
    """The data's columns that a factor is made from."""
    known = set(columns)
    texts = [node.text for node in walk(factor) if isinstance(node, Name)]
    called = [node.function.text for node in walk(factor) if isinstance(node, Call) and isinstance(node.function, Name)]
    found = [*(_column(text, known) for text in texts), *(owner(text, known) for text in called)]
    return list(dict.fromkeys(name for name in found if name is not None))


def _column(text: str, columns: Any) -> str | None:
    """The column that a name is, or begins with: `sch.id`, and the x of `x.values`."""
    return text if text in columns else owner(text, columns)


def owner(text: str, columns: Any) -> str | None:
    """The column that a name with dots is an attribute of: the x of `x.abs`, but not the np of `np.log`."""
    owner, _, rest = text.rpartition(".")
    while owner:
        if owner in columns and hasattr(pd.Series, rest.split(".")[0]) and text not in FUNCTIONS:
            return owner
        owner, _, tail = owner.rpartition(".")
        rest = f"{tail}.{rest}"
    return None
