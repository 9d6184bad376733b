"""Proof-read every chapter of a finished book, on the page and in the Typst source, against the author's own file."""

from __future__ import annotations

import hashlib
import json
import posixpath
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from urllib.parse import unquote

from ..problems import Problem
from ..read.project import Project
from .cells import CONTENT, picture_of
from .compare import missing
from .exceptions import Reader, without_words
from .lines import INCLUDE
from .page import read_page
from .record import Found, Thing
from .sheet import read_sheet
from .written import Chapter

WHERE = {"html": "page", "typst": "Typst source"}


@dataclass(frozen=True)
class Results:
    """What a chapter's cells and inline expressions gave, each beside its code: Jupyter's outputs, Markdown."""

    cells: list[tuple[str, list[dict]]]
    values: list[tuple[str, str]]


def proof_read(
    project: Project,
    results: dict[str, Results],
    sheets: dict[str, str],
    out: Path,
    taken: dict[str, Collection[str]] | None = None,
) -> list[Problem]:
    """What is lost between the chapters' files and the site in `out`, or the `sheets`, the Typst source by chapter.

    `taken` are the words, by format, that the author's own filters took away.
    """
    taken = taken or {}
    back = cache(lambda: read_sheet(list(sheets.values())[-1]))
    known, done, problems = project.work / "proofs.json", [], []
    proved = set(json.loads(known.read_text("utf-8"))) if known.is_file() else set()
    for entry in project.entries:
        page = (out / entry.href).read_text("utf-8")
        key = _key(project, entry.path, results[entry.path], page, sheets, taken)
        lost = [] if key in proved else _lost(project, entry.path, results[entry.path], page, sheets, back, out, taken)
        problems += lost
        done += [key] if not lost else []
    known.write_text(json.dumps(done), "utf-8")
    return problems


def _lost(
    project: Project,
    path: str,
    results: Results,
    page: str,
    sheets: dict[str, str],
    back: Callable[[], Found],
    out: Path,
    taken: dict[str, Collection[str]],
) -> list[Problem]:
    text = (project.root / path).read_text("utf-8")
    problems = []
    for format, where in WHERE.items():
        reader = Reader(format, project.profiles)
        chapter = Chapter(reader, results.cells, results.values, project.execute, _includes(project.root, path))
        written = without_words(chapter.read(text), taken.get(format, ()))
        found = read_page(page) if format == "html" else read_sheet(sheets[path])
        things = [_placed(t, path, project.root) for t in written.things if not _is_there(t, sheets[path])]
        things = [_anywhere(t, path, page) for t in things]
        written.things = [t for t in things if format == "html" or not t.value.startswith(SITE)]
        found.things = [_placed(t, path if format == "html" else "book.typ", out) for t in found.things]
        found.things += [
            replace(t, value=SITE + t.value[t.value.find("#") :]) for t in found.things if t.kind == "link"
        ]
        lost = missing(written, found, Found())
        if lost and format == "typst" and path != list(sheets)[-1]:  # a filter may take things to the back of the book
            found.things += [_placed(t, "book.typ", out) for t in back().things]
            lost = missing(written, found, back())
        problems += [Problem(path, line, f"{what} is not in the {where}") for line, what in lost]
    return problems


SITE = "site:"  # a place in the book's own site, which a PDF reaches in other ways


def _placed(thing: Thing, file: str, root: Path) -> Thing:
    """A link or picture as what it leads to, whatever way its path is written in a file of `root`."""
    if thing.kind not in ("link", "picture") or thing.value.startswith(CONTENT):
        return thing
    if re.match(r"[A-Za-z][\w+.-]*:|//", thing.value):
        return replace(thing, value=unquote(thing.value))
    if thing.kind == "link" and "@" in thing.value:
        return replace(thing, value=f"mailto:{thing.value}")
    path, _, fragment = unquote(thing.value).partition("#")
    path = posixpath.normpath(posixpath.join("/", posixpath.dirname(file), path)).lstrip("/") if path else file
    if thing.kind == "link":
        return replace(thing, value=_page(path) + (f"#{fragment}" if fragment else ""))
    picture = root / path
    return replace(thing, value=picture_of(picture.read_bytes()) if picture.is_file() else path)


def _page(path: str) -> str:
    """A page by its name alone, which a link may give with the ending of its source, of the page, or with none."""
    return SITE + re.sub(r"\.(q?md|html)$", "", path)


def _anywhere(thing: Thing, path: str, page: str) -> Thing:
    """A link to a name that this page has not may lead to whichever chapter has it."""
    place, _, name = thing.value.partition("#")
    if thing.kind == "link" and name and place == _page(path) and f'id="{name}"' not in page:
        return replace(thing, value=f"{SITE}#{name}")
    return thing


def _is_there(thing: Thing, sheet: str) -> bool:
    """Typst that an author wrote is in the source to the letter."""
    return thing.kind == "raw Typst" and thing.value.strip() in sheet


def _includes(root: Path, path: str) -> Callable[[str, int], list[tuple[str, int]]]:
    """How to read the files that a chapter includes: their lines, all at the line of the shortcode."""

    def include(name: str, line: int, within: str = path) -> list[tuple[str, int]]:
        named = posixpath.normpath(posixpath.join("/", posixpath.dirname(within), name)).lstrip("/")
        lines = (root / named).read_text("utf-8").splitlines() if (root / named).is_file() else []
        found = ((text, INCLUDE.fullmatch(text)) for text in lines)
        return [
            pair for text, deeper in found for pair in (include(deeper[1], line, named) if deeper else [(text, line)])
        ]

    return include


def _key(project: Project, path: str, results: Results, page: str, sheets: dict[str, str], taken: dict) -> str:
    """A name for all that the proof of a chapter rests on; what was proved once need not be read again."""
    text = (project.root / path).read_text("utf-8")
    back = list(sheets.values())[-1]  # where a filter may have taken something
    parts = [text, project.execute, results.cells, results.values, page, sheets[path], back]
    parts += [{format: sorted(words) for format, words in taken.items()}, project.profiles]
    program = [file.read_text("utf-8") for file in sorted(Path(__file__).parent.glob("*.py"))]
    return hashlib.sha256(json.dumps([program, path, parts]).encode()).hexdigest()
