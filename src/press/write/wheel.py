"""The package that the book comes with, as a wheel beside its pages: `pip install` takes the address of the file."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from ..problems import BookError

# By the project's own backend, as pip would ask it, and without pip: nothing is fetched.
BUILD = """
import sys, tomllib, importlib
with open("pyproject.toml", "rb") as file:
    name, _, inside = tomllib.load(file)["build-system"]["build-backend"].partition(":")
backend = importlib.import_module(name)
for part in inside.split(".") if inside else []:
    backend = getattr(backend, part)
backend.build_wheel(sys.argv[1])
"""


def build_wheel(root: Path, folder: Path) -> Path | None:
    """The wheel of the project in `root`, built into a `folder` of its own, the same bytes each time; None without one.

    Raises BookError with what the backend says if it fails.
    """
    if not (root / "pyproject.toml").is_file():
        return None
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    environment = {**os.environ, "SOURCE_DATE_EPOCH": "1580601600"}  # a zip file knows no times before 1980
    command = [sys.executable, "-c", BUILD, str(folder.resolve())]
    run = subprocess.run(command, cwd=root, env=environment, capture_output=True, encoding="utf-8", check=False)
    if run.returncode:
        raise BookError(f"The book's package could not be built as a wheel: {run.stderr.strip()}")
    return next(folder.glob("*.whl"))
