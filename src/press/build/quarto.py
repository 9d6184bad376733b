"""Quarto, where there is one: which renderer makes the book and why, and Quarto's build made as safe as press's."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ..problems import BookError
from ..read.decks import SLIDES, read_decks
from ..read.project import Project, read_project
from ..resolve.memory import remember_in
from ..run.execute import fingerprint
from ..write.fonts import FOLDER, PDF_FONTS, copy_fonts, make_fonts
from ..write.markup import mended
from .book import Parsed, check, run, write_to_take_along
from .swap import one_at_a_time, restore, stage

LATER = "PRESS_ADDS_LATER"  # tells after_quarto.py, which Quarto runs, that notebooks and wheel are seen to
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


def build_with_quarto(root: Path, say=print, slides: bool = False) -> Project:
    """Render the book in `root` with Quarto, to the side, and swap it in. Raises BookError, the old book untouched.

    With `slides` the decks are rendered too: after the book, for whose sake Quarto empties the folder first.
    """
    with one_at_a_time(root, say) as work:
        project = read_project(root)
        restore(work, project.book)
        make_fonts(project.root / FOLDER)
        copy_fonts(project.root / PDF_FONTS)
        decks = read_decks(project) if slides else None
        profiles = [*project.profiles, *([SLIDES] if slides else [])]
        _thaw(project, work / "frozen-for")
        with stage(work, project.book) as new, ThreadPoolExecutor(1) as beside:
            # For the notebooks, if the book has them: Quarto runs cells on one processor.
            ran = beside.submit(_run, root) if project.after_quarto else None
            _render(project.root, new, ("index.html", project.pdf), {"QUARTO_PROFILE": ",".join(profiles), LATER: "1"})
            if ran:
                _add(ran.result(), new)
            if decks:
                pages = [Path(entry.href).name for entry in decks.entries]
                _render(decks.home, new / SLIDES, pages)
    return project


def take_along(root: Path, out: Path) -> None:
    """Add to Quarto's pages in `out` what a reader runs elsewhere: the chapters as notebooks, and the package."""
    _add(_run(root), root / out)


def _add(book: Parsed, out: Path) -> None:
    """Notebooks and wheel beside Quarto's pages; and what press mends of Pandoc's HTML is mended in these, too."""
    write_to_take_along(book, out)
    for page in out.rglob("*.html"):
        written = page.read_bytes()
        new = mended(written.decode()).encode()
        if new != written:
            page.write_bytes(new)


def _run(root: Path) -> Parsed:
    """The book as press reads and runs it."""
    project = read_project(root)
    project.work.mkdir(exist_ok=True)
    remember_in(project.work / "answers")
    sources, works = check(project, cache=project.work / "cache")
    return run(project, sources, works)


def _render(folder: Path, out: Path, wanted: Iterable[str], variables: dict[str, str] | None = None) -> None:
    """Let Quarto render a project into `out`. Raises BookError if it fails, or leaves out one of the files `wanted`."""
    # Quarto shall run the cells with this very Python, where hlm is installed.
    environment = {**os.environ, **(variables or {}), "QUARTO_PYTHON": sys.executable}
    command = ["quarto", "render", "--output-dir", os.path.relpath(out, folder)]
    run = subprocess.run(command, cwd=folder, env=environment, check=False)
    lost = [name for name in wanted if not (out / name).is_file()]
    if run.returncode or lost:
        why = f"with exit status {run.returncode}" if run.returncode else f"but made no {' and no '.join(lost)}"
        raise BookError(f"quarto render ended {why}; what it said is above.")


def _thaw(project: Project, note: Path) -> None:
    """Drop Quarto's frozen results if they are of other code or data: `freeze: auto` compares chapters' text only."""
    now = fingerprint(project)
    if not note.is_file() or note.read_text() != now:
        for folder in (project.root, project.root / SLIDES):
            shutil.rmtree(folder / "_freeze", ignore_errors=True)
        note.write_text(now)
