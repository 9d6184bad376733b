"""Read `_environment`: the variables that Quarto, and press after it, gives to the kernels of a book."""

from __future__ import annotations

import os
import re
from pathlib import Path

from ..problems import BookError, Problem

FILE = "_environment"
LINE = re.compile(
    r"""(?:export\s+)?(?P<name>[A-Za-z_]\w*)\s*=\s*(?P<value>"[^"$\\]*"|'[^']*'|[^\s"'$#\\]*)\s*(?:#.*)?"""
)


def read_environment(root: Path) -> dict[str, str]:
    """The variables of `root/_environment`, where there is one; those that are set already keep their value.

    Raises BookError naming the line that is not `NAME=value`.
    """
    file = root / FILE
    found = {}
    for number, line in enumerate(file.read_text("utf-8").splitlines() if file.is_file() else [], 1):
        variable = LINE.fullmatch(line.strip())
        if variable:
            found[variable["name"]] = variable["value"].strip("\"'")
        elif line.strip() and not line.strip().startswith("#"):
            message = f"press reads lines NAME=value here, without $ and \\, not {line.strip()!r}"
            raise BookError(Problem(FILE, number, message))
    return {name: os.environ.get(name, value) for name, value in found.items()}
