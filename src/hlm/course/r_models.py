"""Models that R has fitted, fitted again here: every coefficient, standard error and variance of both, side by side."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from ..arguments import checked
from ..errors import DataError, ModelError
from ..mixed_model import lmer

SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


@checked
def beside_r(r: str | os.PathLike, models: Sequence[str], data: pd.DataFrame) -> pd.DataFrame:
    """Fit models again that R has fitted, and set R's numbers beside those found here.

    Args:
        r: a JSON file of models that R has fitted, as tests/reference/raudenbush_bryk.R writes it: under "models", by
            name, the formula, the fixed effects and their standard errors, G, and the residual variance.
        models: the names of those to fit.
        data: the data of the formulas, as R had them.

    Returns:
        DataFrame, a row for each coefficient and each element of G, with the residual variance last, of one model
        after the other: model, R, "R, SE", here, "here, SE". Variances have no standard error.

    Raises:
        DataError: the file cannot be read, or does not hold what it should.
        ModelError: it has no such model, or the model cannot be fitted.

    Example:
        >>> import hlm
        >>> d = hlm.within_between(hlm.load_hsb(), "ses")
        >>> both = hlm.course.beside_r("tests/reference/raudenbush_bryk.json", ["means as outcomes"], d)
        >>> print(both[["R", "here"]].round(3).loc["meanses"].tolist())
        [5.864, 5.864]
    """
    of_r = _read(Path(r))
    if unknown := [name for name in models if name not in of_r]:
        raise ModelError(f"R's file has no model {unknown[0]!r}; it has: {'; '.join(of_r)}")
    if len(models) == 0:
        raise ModelError("no model is named")
    return pd.concat([_compared(name, of_r[name], data) for name in models])


def _compared(name: str, of_r: Mapping[str, Any], data: pd.DataFrame) -> pd.DataFrame:
    fit = lmer(of_r["formula"], data)
    G = fit.cov_re
    if isinstance(G, dict):
        raise ModelError(f"{of_r['formula']!r} has several grouping factors; one is needed here")
    effects = {f"({x})" if x == "Intercept" else x: x for x in fit.params.index}
    pairs = [(k, j) for j in range(len(G)) for k in range(j + 1)]
    try:
        rows = {
            x: [of_r["fixef"][theirs], of_r["se"][theirs], fit.params[x], fit.bse[x]] for theirs, x in effects.items()
        }
        for k, j in pairs:
            rows["τ" + f"{k}{j}".translate(SUBSCRIPTS)] = [of_r["G"][k][j], float("nan"), G.iloc[k, j], float("nan")]
        rows["σ²"] = [of_r["sigma2"], float("nan"), fit.scale, float("nan")]
    except (LookupError, TypeError) as error:
        raise DataError(f"R's file does not hold all numbers of {name!r}: {error}") from None
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["R", "R, SE", "here", "here, SE"])
    table.insert(0, "model", name)
    return table.rename_axis("number")


def _read(path: Path) -> Mapping[str, Any]:
    try:
        models = json.loads(path.read_text(encoding="utf-8"))["models"]
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, LookupError, TypeError) as error:
        raise DataError(f"{path}: models of R cannot be read from it: {error!r}") from None
    if not isinstance(models, dict) or not all(isinstance(m, dict) and "formula" in m for m in models.values()):
        raise DataError(f"{path}: under 'models' every model needs a name and its formula")
    return models
