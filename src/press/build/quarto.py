"""Quarto, where there is one: which renderer makes the book and why, and Quarto's build made as safe as press's."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from ..problems import BookError
from ..read.project import Project, read_project
from ..run.execute import fingerprint
from ..write.fonts import FONT, make_maths_font
from .swap import one_at_a_time, restore, stage

OLDEST = (1, 9)  # the first Quarto that makes a book's PDF with Typst


def choose_renderer(wanted: str) -> tuple[str, str]:
    """("quarto" or "press", why). `wanted` is one of these, or "auto". Raises BookError if Quarto is wanted in vain."""
    program = shutil.which("quarto")
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout if program else ""
    version = tuple(int(n) for n in re.findall(r"\d+", said)[:2])
    oldest = ".".join(map(str, OLDEST))
    if not program:
        found = "there is no quarto on PATH"
    elif len(version) < 2:
        found = f"{program} does not tell its version"
    elif version < OLDEST:
        found = f"Quarto {said.strip()} on PATH is older than {oldest}"
    else:
        found = ""
    if wanted == "press":
        return "press", "as asked"
    if wanted == "quarto" and found:
        raise BookError(f"{found[0].upper()}{found[1:]}; install Quarto {oldest} or newer, or use press.")
    if wanted == "quarto" or not found:
        return "quarto", f"Quarto {said.strip()} is on PATH" + (", as asked" if wanted == "quarto" else "")
    return "press", found


def build_with_quarto(root: Path, say=print) -> Project:
    """Render the book in `root` with Quarto, to the side, and swap it in. Raises BookError, the old book untouched."""
    with one_at_a_time(root, say) as work:
        project = read_project(root)
        restore(work, project.book)
        make_maths_font(project.root / FONT)
        _thaw(project, work / "frozen-for")
        with stage(work, project.book) as new:
            target = os.path.relpath(new, project.root)
            # Quarto shall run the cells with this very Python, where hlm is installed.
            environment = {**os.environ, "QUARTO_PYTHON": sys.executable}
            run = subprocess.run(
                ["quarto", "render", "--output-dir", target], cwd=project.root, env=environment, check=False
            )
            lost = [name for name in ("index.html", project.pdf) if not (new / name).is_file()]
            if run.returncode or lost:
                why = f"with exit status {run.returncode}" if run.returncode else f"but made no {' and no '.join(lost)}"
                raise BookError(f"quarto render ended {why}; what it said is above.")
    return project


def _thaw(project: Project, note: Path) -> None:
    """Drop Quarto's frozen results if they are of other code or data: `freeze: auto` compares chapters' text only."""
    now = fingerprint(project)
    if not note.is_file() or note.read_text() != now:
        shutil.rmtree(project.root / "_freeze", ignore_errors=True)
        note.write_text(now)
