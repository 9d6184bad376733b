"""Contrasts: how the levels of a factor become columns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..errors import listed
from .bases import Poly


@dataclass(frozen=True)
class Contrasts:
    """A way to code k levels by fewer columns.

    Attributes:
        kind: "treatment", "sum", "helmert", "poly", "SAS" or "diff".
        base: the reference level of treatment contrasts, or its place counted from 1; None for the first.
        columns: how many are kept; None for all, one fewer than there are levels.
    """

    kind: str = "treatment"
    base: object = None
    columns: int | None = None

    def matrix(self, levels: list[object]) -> tuple[np.ndarray, list[str]]:
        """The coding (k, m) of the levels and the name of each column.

        Raises:
            ValueError: the base is not a level.
        """
        k, names = len(levels), [label(level) for level in levels]
        if self.kind == "treatment":
            base = self._base(levels)
            kept = [place for place in range(k) if place != base]
            coding, columns = np.eye(k)[:, kept], [f"T.{names[place]}" for place in kept]
        elif self.kind == "SAS":
            coding, columns = np.eye(k)[:, :-1], [f"T.{name}" for name in names[:-1]]
        elif self.kind == "sum":
            coding = np.vstack([np.eye(k - 1), -np.ones(k - 1)])
            columns = [f"S.{name}" for name in names[:-1]]
        elif self.kind == "helmert":
            coding = np.triu(-np.ones((k, k - 1))) + np.vstack([np.zeros(k - 1), np.diag(np.arange(1.0, k))])
            columns = [f"H.{name}" for name in names[1:]]
        elif self.kind == "diff":
            below = np.tri(k, k - 1, -1)
            coding = below - np.arange(k - 1, 0, -1) / k
            columns = [f"D.{name}" for name in names[1:]]
        else:
            coding = Poly.learn(np.arange(1.0, k + 1), k - 1)(np.arange(1.0, k + 1))
            columns = [".L", ".Q", ".C", *(f"^{power}" for power in range(4, k))][: k - 1]
        return coding[:, : self.columns], columns[: self.columns]

    def _base(self, levels: list[object]) -> int:
        if self.base is None:
            return 0
        if self.base in levels:
            return levels.index(self.base)
        if isinstance(self.base, int) and not isinstance(self.base, bool) and 1 <= self.base <= len(levels):
            return self.base - 1
        raise ValueError(f"the base {self.base!r} is not one of the levels {listed(map(label, levels))}")


@dataclass(frozen=True)
class Coded:
    """A factor with contrasts of its own, as C() makes it."""

    values: pd.Categorical
    contrasts: Contrasts


def label(level: object) -> str:
    """A level as it stands in a coefficient's name: 3.0 is 3, as in R."""
    if isinstance(level, (float, np.floating)) and float(level).is_integer():
        return str(int(level))
    return str(level)
