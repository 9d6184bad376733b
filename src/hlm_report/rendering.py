"""Make pages and PDF of a report's folder: by Quarto where there is one, else by press."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from .problems import ReportError

SECONDS = 600  # that a cell may run: a million rows take a while


def renderer(chosen: str) -> str:
    """Which renderer is there: "quarto", "press", or none."""
    there = {"quarto": shutil.which("quarto") is not None, "press": _press_is_there()}
    if chosen == "auto":
        return next((name for name, is_there in there.items() if is_there), "")
    if not there[chosen]:
        how = "see quarto.org" if chosen == "quarto" else "it comes with the book's repository: run 'make setup' there"
        raise ReportError(f"{chosen} is not installed; {how}")
    return chosen


def _press_is_there() -> bool:
    try:
        import press.build.book  # noqa: F401
    except ImportError:
        return False
    return True


def render(folder: Path, by: str, say: Callable[[str], None]) -> None:
    """Render a project.

    Raises:
        ReportError: the renderer failed; what it said is in the message, or above.
    """
    if by == "quarto":
        environment = {**os.environ, "QUARTO_PYTHON": sys.executable}
        run = subprocess.run(["quarto", "render", str(folder)], env=environment, check=False)
        if run.returncode:
            raise ReportError(f"quarto render ended with exit status {run.returncode}; what it said is above")
        return
    from press.build.book import build
    from press.problems import BookError

    try:
        build(folder, say=say, timeout=SECONDS)
    except BookError as error:
        raise ReportError(str(error)) from None
