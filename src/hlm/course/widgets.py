"""The book's movable figures: where each one starts, and the schools' moments for it to compute with.

A cell that shows one of these stands before the cell of a figure. `filters/widgets.lua` makes of the two an element of
`assets/widgets/`. Where there are no scripts (in print, in the PDF, in a notebook) there is the figure, and no more.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

import numpy as np
import pandas as pd

from ..arguments import checked
from ..errors import DataError, ModelError, listed
from ..model.formula import INTERCEPT
from ..model.group_moments import Moments
from ..results import OneFactorFit
from .g_matrix import correlation
from .rows import require_rows

__all__ = ["Widget", "g", "guess", "likelihood", "moments_json", "no_effect", "shrinkage", "standard_error"]


T_BIN = 0.25  # how wide the bins of t values are in no-effect.js


@dataclass(frozen=True)
class Widget:
    """A movable figure, as a cell shows it: to the filter an element's tag, and to all others nothing.

    Args:
        name: of the element, without "hlm-".
        start: the element's attributes: where its controls start, and what it is of.
        moments: of the schools, as `moments_json` writes them; empty if it needs none.

    Example:
        >>> print(guess(seed=3)._repr_markdown_())
        <!-- hlm-guess seed="3" -->
    """

    name: str
    start: dict[str, Any]
    moments: str = field(default="", repr=False)

    def _repr_markdown_(self) -> str:
        attributes = "".join(f' {name}="{escape(str(value))}"' for name, value in self.start.items())
        # Nothing but its end may look like the end of a comment.
        tag, moments = re.sub("-(?=-)", "&#45;", attributes), re.sub("-(?=-)", r"\\u002d", self.moments)
        return f"<!-- hlm-{self.name}{tag}{moments and chr(10)}{moments} -->"


@checked
def standard_error(tau00: float, sigma2: float, n: float, J: float, var_x: float, effect: float = 1) -> Widget:
    """What a standard error is made of, and what makes it smaller.

    Args:
        tau00, sigma2, n, J, var_x: as `hlm.se_hlm` takes them.
        effect: of the predictor, in units of the outcome, for the power to find it.
    """
    design = {"tau00": tau00, "sigma2": sigma2, "n": n, "J": J, "var_x": var_x, "effect": effect}
    return Widget("standard-error", {name: _plain(value) for name, value in design.items()})


@checked
def no_effect(icc: float, n: float, J: int, share: float, results: pd.DataFrame | None = None) -> Widget:
    """Studies in a world where a school's sector makes no difference, by OLS and by a mixed model.

    Args:
        icc: the intraclass correlation.
        n, J: students a school, and schools.
        share: of the schools that are in the one sector, between 0 and 1.
        results: of `hlm.false_positives`, such studies by both methods, with which the figure starts. Without them it
            starts with others, which it draws itself.

    Raises:
        DataError: the results lack a method or a column.
    """
    start = {"icc": _plain(icc), "n": _plain(n), "J": _plain(J), "share": _plain(share)}
    if results is not None:
        require_rows(results, "method", numbers=("estimate", "se"))
        of = {name: results[results["method"] == method] for name, method in (("ols", "OLS"), ("hlm", "HLM"))}
        if any(found.empty for found in of.values()) or len({len(found) for found in of.values()}) > 1:
            raise DataError("the results need as many studies by OLS as by HLM, one at least")
        start |= {"studies": len(of["ols"])} | {name: _tally(found) for name, found in of.items()}
    return Widget("no-effect", start)


def _tally(results: pd.DataFrame) -> str:
    """How many t values lie in each bin, and how many of these are rejected: "-3:2:0 -2:5:1", by the bin's number."""
    bins = np.floor(results["estimate"] / results["se"] / T_BIN).astype(int)
    counts = results["rejected"].groupby(bins).agg(["size", "sum"])
    return " ".join(f"{place}:{size}:{rejected}" for place, size, rejected in counts.itertuples())


@checked
def likelihood(fit: OneFactorFit, far: float = 0.25) -> Widget:
    """The deviance of a model, to walk about in.

    Args:
        fit: a model with a random intercept, alone or with one slope that may be correlated with it.
        far: where Newton's method is sent to start, as theta.

    Raises:
        ModelError: the model has other random coefficients.
    """
    start = {"x": _names(fit.layout.x), "z": _names(fit.layout.z), "reml": str(fit.reml).lower(), "far": far}
    return Widget("likelihood", start, moments_json(fit.moments))


@checked
def shrinkage(fit: OneFactorFit, groups: Sequence[str] = ()) -> Widget:
    """Every school's mean, or its line, from no pooling to complete pooling.

    Args:
        fit: a model with a random intercept, and no predictor or one that tells two groups of schools apart; or with a
            random intercept and slope of its one predictor.
        groups: names of the two groups, that of the group at 0 first.

    Raises:
        ModelError: the model has other random coefficients, or other predictors beside the slope's.
    """
    if len(fit.layout.z) > 1 and fit.layout.x != fit.layout.z:
        raise ModelError(f"{fit.layout.formula!r} has more than the slope's predictor; this figure is of lines alone")
    named = {"groups": ",".join(groups)} if len(groups) else {}
    start = {"x": _names(fit.layout.x), "z": _names(fit.layout.z), **named}
    return Widget("shrinkage", start, moments_json(fit.moments))


@checked
def g(fit: OneFactorFit) -> Widget:
    """The three numbers of G, as lines, as points, and as a matrix.

    Args:
        fit: a model with a random intercept and one slope.

    Raises:
        ModelError: the model has other random coefficients.
    """
    if len(fit.layout.z) != 2 or fit.layout.z[0] != INTERCEPT:
        raise ModelError(f"{fit.layout.formula!r} has no G of two by two: it takes a random intercept and one slope")
    intercept, slope = fit.layout.z
    start = {
        "tau00": fit.cov_re.iloc[0, 0],
        "tau11": fit.cov_re.iloc[1, 1],
        "rho": correlation(fit.cov_re).iloc[0, 1],
        "gamma00": fit.params[intercept],
        "gamma10": fit.params[slope],
    }
    return Widget("g", {name: _plain(value) for name, value in start.items()})


@checked
def guess(seed: int = 1) -> Widget:
    """Lines of schools, whose covariance is to be guessed.

    Args:
        seed: which picture comes first.
    """
    return Widget("guess", {"seed": seed})


@checked
def moments_json(moments: Moments) -> str:
    """A model's moments for assets/widgets/hlm.js, every number to its last digit.

    Args:
        moments: of a model with a random intercept, alone or with one slope (`fit.moments`). A page can fit any model
            whose columns are among them.

    Returns:
        JSON, safe inside a `<script type="application/json">`: response, columns, x, z (names), groups, n (J), origin
        (k), mean (J, k), scatter (J, m, k) and within (k, k), as in `Moments`.

    Raises:
        ModelError: the model has other random coefficients.

    Example:
        >>> import hlm, json
        >>> fit = hlm.lmer("math ~ ses + (ses | sch.id)", hlm.load_hsb())
        >>> data = json.loads(moments_json(fit.moments))
        >>> data["columns"], data["response"], len(data["groups"])
        (['ses'], 'math', 160)
    """
    layout = moments.layout
    if layout.z[0] != INTERCEPT or len(layout.z) > 2 or len(layout.blocks) > 1:
        raise ModelError(
            f"{layout.formula!r} has the random terms {listed(layout.z)}; a movable figure knows a random "
            "intercept, alone or with one slope that may be correlated with it"
        )
    data = {
        "response": layout.response,
        "columns": list(layout.columns),
        "x": list(layout.x),
        "z": list(layout.z),
        "groups": [str(group) for group in moments.groups],
        "n": _plain(moments.n),
        "origin": _plain(moments.origin),
        "mean": _plain(moments.mean),
        "scatter": _plain(moments.scatter),
        "within": _plain(moments.within),
    }
    return json.dumps(data, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")


def _names(columns: Sequence[str]) -> str:
    if spaced := [name for name in columns if " " in name]:
        raise ModelError(f"a movable figure reads names apart at spaces, and the model has {spaced[0]!r}: rename it")
    return " ".join(columns)


def _plain(values: Any) -> Any:
    """Numbers of Python's own, and nested lists of them; whole numbers without their '.0'."""
    if hasattr(values, "tolist"):
        values = values.tolist()
    if isinstance(values, list):
        return [_plain(value) for value in values]
    return int(values) if values == int(values) else values
