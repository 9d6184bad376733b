"""What a contrast is given as: weights, a mapping from coefficients to weights, or equations as text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from ..arguments import real_numbers
from ..errors import ModelError, listed
from .equations import equation


def hypothesis(L: Any, rhs: Any, names: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    """The weights of one contrast (p,) or of several (m, p), and the values () or (m,) that they are tested against.

    Args:
        L: one row, a mapping from coefficient names to weights, or several rows; or an equation as text, or several.
        rhs: one value, or one for each row; None for 0, or for what the equations say.
        names: of the p coefficients.

    Raises:
        ModelError: wrong length, an unknown name, rows of which one follows from the others, text that is no equation,
            or right-hand sides that do not fit or are given twice.
    """
    texts = [L] if isinstance(L, str) else L if isinstance(L, list | tuple) else []
    if texts and all(isinstance(text, str) for text in texts):
        read = [equation(text, names) for text in texts]
        said = [value for _, value in read]
        if rhs is not None and any(said):
            raise ModelError(f"contrast {L!r}: the equation has a right-hand side of its own; leave rhs out")
        rhs = said if rhs is None else rhs
        L = read[0][0] if isinstance(L, str) else np.array([weights for weights, _ in read])
    rows = _weights(L, names)
    return rows, _values(rhs, rows.shape[:-1])


def _values(rhs: Any, wanted: tuple[int, ...]) -> np.ndarray:
    values = real_numbers(0.0 if rhs is None else rhs, "contrast: rhs")
    if values.size == 1:
        values = values.reshape(())
    if values.shape not in ((), wanted) or not np.isfinite(values).all():
        many = f", or {wanted[0]}, one for each row" if wanted else ""
        raise ModelError(f"contrast: rhs must be one finite number{many}")
    return np.broadcast_to(values, wanted)


def _weights(L: Any, names: tuple[str, ...]) -> np.ndarray:
    """A contrast's weights (p,), or those of several (m, p), checked.

    Args:
        L: one row, a mapping from coefficient names to weights, or several rows.
        names: of the p coefficients.

    Raises:
        ModelError: wrong length, an unknown name, or rows of which one follows from the others.
    """
    if isinstance(L, pd.Series) and not isinstance(L.index, pd.RangeIndex):
        L = L.to_dict()
    if isinstance(L, Mapping):
        unknown = [name for name in L if name not in names]
        if unknown:
            raise ModelError(f"contrast: no coefficient is called {unknown[0]!r}; they are {listed(names)}")
        L = [L.get(name, 0.0) for name in names]
    rows = real_numbers(L, f"contrast: weights, or a mapping from coefficients ({listed(names)}) to weights,")
    if rows.ndim not in (1, 2) or rows.shape[-1] != len(names) or rows.size == 0:
        raise ModelError(f"contrast: each row needs {len(names)} weights, one for each of {listed(names)}")
    if not np.isfinite(rows).all() or not np.atleast_2d(rows).any(axis=1).all():
        raise ModelError("contrast: weights must be finite, and each row needs one that is not zero")
    if rows.ndim == 2 and np.linalg.matrix_rank(rows) < len(rows):
        raise ModelError("contrast: a row follows from the others; leave it out")
    return rows
