"""Whoever called hlm: where a warning points to, and whose names a formula may use."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from types import FrameType

HOME = str(Path(__file__).parent)


def caller() -> tuple[FrameType | None, int]:
    """The nearest frame whose code is not hlm's, and its level above the function that asks (1 is its caller)."""
    frame, level = sys._getframe(2), 1
    while frame is not None and frame.f_code.co_filename.startswith(HOME):
        frame, level = frame.f_back, level + 1  # type: ignore[assignment]  # the outermost frame has none behind it
    return frame, level


def warn(message: str, category: type[Warning]) -> None:
    """Warn, and point to the line that called hlm."""
    warnings.warn(message, category, stacklevel=caller()[1] + 1)
