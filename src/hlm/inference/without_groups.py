"""How much an answer hangs on single groups: the exact fit without each of them."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..errors import (
    CollinearColumnsWarning,
    ConvergenceWarning,
    GroupingWarning,
    ModelError,
    SingularFitWarning,
    listed,
    require_free,
)
from ..model.checks import require_identified
from ..model.criterion import sums_of
from ..model.estimates import fixed_effects, random_covariance, random_names, residual_variance
from ..model.formula import Layout
from ..model.group_moments import Moments
from ..model.groupings import Grouping
from ..model.leaving_out import stages_without_each
from ..model.optimum import Solution, optimum, solve
from ..model.rank import of_full_rank
from ..model.starts import first_look
from ..model.two_stage import TwoStage
from .fit import Fit
from .hypotheses import method_of
from .shown import Shown

if TYPE_CHECKING:
    from ..model.criterion import AnyDeviance

Left = tuple[Layout, Solution] | ModelError  # a fit without a group; or why there is none


def influence_of_groups(fit: Fit, factor: str) -> Shown:
    """The fit without each group of a factor, and how far that is from the fit; see `MixedResults`."""
    grouping = next(each for each in fit.design.groupings if each.name == factor)
    if len(grouping.groups) < 3:
        raise ModelError(
            f"influence_of_groups needs three groups or more, to leave one out; {factor} has {len(grouping.groups)}"
        )
    names, whole = list(fit.layout.x), _estimates(fit.layout, Solution(fit.at, False, True))
    covariance, moved = _covariance(fit.at), [f"dfbetas {name}" for name in names]
    own = [*random_names(fit.layout, fit.at.stage.free), "var residual", "singular", "cooks_distance", *moved]
    require_free(names, own, "influence_of_groups")
    rows, notes = list[dict[str, float | bool]](), {}
    for group, left in zip(grouping.groups, _fits(fit, grouping), strict=True):
        if isinstance(left, ModelError):
            notes[group] = str(left)
            rows.append({})
            continue
        layout, found = left
        estimates = _estimates(layout, found)
        there = dict(zip(layout.x, np.sqrt(np.diag(_covariance(found.at))), strict=True))
        change = np.array([whole[name] - estimates.get(name, np.nan) for name in names])
        se = np.array([there.get(name, np.nan) for name in names])
        if layout.left_out != fit.layout.left_out:
            gone = [name for name, value in zip(names, change, strict=True) if np.isnan(value)]
            notes[group] = f"without it the data do not tell {listed(gone)}"
        distance = float(change @ np.linalg.solve(covariance, change)) / len(names)
        rows.append({**estimates, "cooks_distance": distance, **dict(zip(moved, change / se, strict=True))})
    columns = [*whole, "cooks_distance", *moved]
    table = Shown(rows, index=pd.Index(grouping.groups, name=factor), columns=columns)
    table["singular"] = table["singular"].fillna(False).astype(bool)
    table.attrs["notes"] = notes
    return table


def _estimates(layout: Layout, found: Solution) -> dict[str, float | bool]:
    at = found.at
    names, values = random_names(layout, at.stage.free), random_covariance(at)[at.stage.free]
    variances = dict(zip(names, map(float, values), strict=True))
    effects = dict(zip(layout.x, map(float, fixed_effects(at)), strict=True))
    return {**effects, **variances, "var residual": residual_variance(at), "singular": found.singular}


def _covariance(at: AnyDeviance) -> np.ndarray:
    return at.stage.scale.unit_y**2 * method_of(at, "satterthwaite").cov


def _fits(fit: Fit, grouping: Grouping) -> Iterator[Left]:
    """The fit without each group: from the groups' own sums, where the model stays what it was; else from the rows."""
    if not isinstance(fit.at.stage, TwoStage):
        yield from (_anew(fit, grouping.codes != j) for j in range(len(grouping.groups)))
        return
    for j, stage in enumerate(stages_without_each(fit.design, fit.at.stage)):
        found = None if stage is None else _nearby(fit, stage)
        yield _anew(fit, grouping.codes != j) if found is None else (fit.layout, found)


def _nearby(fit: Fit, stage: TwoStage) -> Solution | None:
    """The optimum of a stage, from the fit's own; None if it is not found to be one."""
    try:
        require_identified(first_look(stage, fit.at.reml), fit.layout)
        found = optimum(stage, fit.at.reml, start=fit.at.theta)
    except (ModelError, np.linalg.LinAlgError):
        return None
    return found if found.converged and np.isfinite(found.at.value) else None


def _anew(fit: Fit, use: np.ndarray) -> Left:
    rows = fit.design.some(use)
    with warnings.catch_warnings():  # told in the table
        for category in (SingularFitWarning, CollinearColumnsWarning, GroupingWarning, ConvergenceWarning):
            warnings.simplefilter("ignore", category)
        try:
            sums = sums_of(rows)
            sums = of_full_rank(sums, rows) if isinstance(sums, Moments) else sums
            return sums.layout, solve(sums, fit.at.reml)
        except ModelError as error:
            return error
