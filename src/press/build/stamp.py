"""Is the book up to date? A stamp beside it says from what it was made, and what was made."""

from __future__ import annotations

import hashlib
import json
from importlib.metadata import version
from pathlib import Path

from ..read.decks import SLIDES
from ..read.project import Project
from ..run.execute import fingerprint

NOT_THE_BOOK = ("src", "tests", "benchmarks", "problems", "build", "dist")  # unless a chapter is there
TOOLS = ("pypandoc_binary", "typst", "pagefind", "font-source-serif-pro", "ziamath", "jinja2", "pyreveal")


def inputs(project: Project) -> str:
    """A hash of everything the book is made of: its sources and what stands beside them, hlm, data, press, tools."""
    root, press = project.root, Path(__file__).parents[1]
    others = {*NOT_THE_BOOK} - {entry.path.partition("/")[0] for entry in project.entries}
    folders = [f for f in root.iterdir() if f.is_dir() and f.name[0] not in "._" and f.name not in others]
    files = {f for folder in [*folders, press] for f in folder.rglob("*") if f.suffix != ".pyc"}
    files = {f for f in files | set(root.iterdir()) if f.is_file()}
    profiles = tuple(name for name in project.profiles if name != SLIDES)  # those of a book with slides are noted apart
    digest = hashlib.sha256(f"{fingerprint(project)} {profiles} {[version(tool) for tool in TOOLS]}".encode())
    for file in sorted(files):
        digest.update(f"\0{file}\0".encode() + file.read_bytes())
    return digest.hexdigest()


def outputs(book: Path) -> list:
    """What is in the book's folder: a file that was touched, lost or added since makes another list."""
    found = ((file, file.stat()) for file in sorted(book.rglob("*")) if file.is_file())
    return [[str(file.relative_to(book)), status.st_size, status.st_mtime_ns] for file, status in found]


def is_current(project: Project, work: Path, made_from: str, slides: bool = False) -> bool:
    """Whether the book in its folder is the one that these inputs give; with its slides, if they are asked for."""
    try:
        stamp = json.loads(_stamp(project, work).read_text("utf-8"))
    except (OSError, ValueError):
        return False
    made = {"inputs": made_from, "outputs": outputs(project.book)}
    return stamp in [made | {"slides": has} for has in (True, slides)]


def leave_stamp(project: Project, work: Path, made_from: str, slides: bool = False) -> None:
    made = {"inputs": made_from, "outputs": outputs(project.book), "slides": slides}
    _stamp(project, work).write_text(json.dumps(made), "utf-8")


def _stamp(project: Project, work: Path) -> Path:
    """One for each folder that an edition of the book is built in."""
    name = project.output_dir.replace("/", "-")
    return work / ("stamp.json" if name == "_book" else f"stamp-{name}.json")
