"""The deviance of any model: of one grouping factor, or of several, whose code is loaded when it is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .deviance import Deviance
from .two_stage import TwoStage

if TYPE_CHECKING:
    from .crossed_deviance import CrossedDeviance
    from .crossings import CrossedStage

    AnyStage = TwoStage | CrossedStage
    AnyDeviance = Deviance | CrossedDeviance


def deviance_at(stage: AnyStage, theta: np.ndarray, reml: bool) -> AnyDeviance:
    """-2 log-likelihood of a stage's model at one theta, ready to give its derivatives."""
    if isinstance(stage, TwoStage):
        return Deviance(stage, theta, reml)
    from .crossed_deviance import CrossedDeviance

    return CrossedDeviance(stage, theta, reml)
