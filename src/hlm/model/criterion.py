"""The sums and the deviance of any model: of one grouping factor, or of several, whose code is loaded when needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .design import Design
from .deviance import Deviance
from .group_moments import Moments
from .moments import of_design
from .two_stage import TwoStage

if TYPE_CHECKING:
    from .crossed_deviance import CrossedDeviance
    from .crossings import CrossedMoments, CrossedStage
    from .unweighted import Unweighted

    AnyMoments = Moments | CrossedMoments
    AnyStage = TwoStage | CrossedStage
    AnyDeviance = Deviance | CrossedDeviance
    AnyLook = AnyDeviance | Unweighted


def sums_of(rows: Design) -> AnyMoments:
    """What a model is fitted from, summed over a design's rows."""
    if len(rows.groupings) == 1:
        return of_design(rows)
    from .crossings import of_crossed_design

    return of_crossed_design(rows)


def deviance_at(stage: AnyStage, theta: np.ndarray, reml: bool) -> AnyDeviance:
    """-2 log-likelihood of a stage's model at one theta, ready to give its derivatives."""
    if isinstance(stage, TwoStage):
        return Deviance(stage, theta, reml)
    from .crossed_deviance import CrossedDeviance

    return CrossedDeviance(stage, theta, reml)


def without_variances(stage: AnyStage, reml: bool) -> AnyLook:
    """The deviance where no coefficient varies; of several factors no more than its information there."""
    if isinstance(stage, TwoStage):
        return Deviance(stage, np.zeros(len(stage.free[0])), reml)
    from .unweighted import Unweighted

    return Unweighted(stage, reml)
