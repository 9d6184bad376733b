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
from .record import Found, Thing, Written
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
    out: Path,
    sheets: dict[str, str] | None = None,
    taken: dict[str, Collection[str]] | None = None,
) -> list[Problem]:
    """What is lost between the chapters' files and the site in `out`, or the `sheets`, the Typst source by chapter.

    Without sheets the pages alone are read. `taken` are the words, by format, that the author's own filters took away.
    """
    file, problems = project.work / "proved.json", []
    proved = json.loads(file.read_text("utf-8")) if file.is_file() else {}
    back = cache(lambda: read_sheet(list(sheets.values())[-1]))
    for entry in project.entries:
        page = (out / entry.href).read_text("utf-8")
        for format in WHERE if sheets else ("html",):
            proof = Proof(
                project, entry.path, format, results[entry.path], page, out, sheets, (taken or {}).get(format, ())
            )
            name, key = f"{entry.path} {format}", proof.key()
            if proved.get(name) != key:
                found = proof.lost(back)
                problems += found
                proved[name] = "" if found else key
    file.write_text(json.dumps(proved), "utf-8")
    return problems


@dataclass(frozen=True)
class Proof:
    """A chapter in one format, and all that its proof rests on: what was proved once need not be read again."""

    project: Project
    path: str
    format: str
    results: Results
    page: str
    out: Path
    sheets: dict[str, str] | None
    taken: Collection[str]

    def key(self) -> str:
        """A name for all of it."""
        parts = [self.text(), self.project.execute, self.results.cells, self.results.values, self.page]
        if self.format == "typst":
            parts += [self.sheets[self.path], list(self.sheets.values())[-1]]  # where filters may have taken something
        parts += [sorted(self.taken), self.project.profiles]
        return hashlib.sha256(json.dumps([_program(), self.path, self.format, parts]).encode()).hexdigest()

    def text(self) -> str:
        return (self.project.root / self.path).read_text("utf-8")

    def lost(self, back: Callable[[], Found]) -> list[Problem]:
        """What the chapter's file says and its page, or Typst source, does not."""
        root, path = self.project.root, self.path
        written, found = self._written(root), self._found()
        lost = missing(written, found, Found())
        if lost and self.format == "typst" and path != list(self.sheets)[-1]:  # a filter may take things to the back
            found.things += [_placed(t, "book.typ", self.out) for t in back().things]
            lost = missing(written, found, back())
        return [Problem(path, line, f"{what} is not in the {WHERE[self.format]}") for line, what in lost]

    def _written(self, root: Path) -> Written:
        """What the author wrote."""
        reader = Reader(self.format, self.project.profiles)
        include = _includes(root, self.path)
        chapter = Chapter(reader, self.results.cells, self.results.values, self.project.execute, include)
        written = without_words(chapter.read(self.text()), self.taken)
        if self.format == "typst":
            written.things = [t for t in written.things if not _is_there(t, self.sheets[self.path])]
        things = [_anywhere(_placed(t, self.path, root), self.path, self.page) for t in written.things]
        written.things = [t for t in things if self.format == "html" or not t.value.startswith(SITE)]
        return written

    def _found(self) -> Found:
        """What a reader finds."""
        html = self.format == "html"
        found = read_page(self.page) if html else read_sheet(self.sheets[self.path])
        found.things = [_placed(t, self.path if html else "book.typ", self.out) for t in found.things]
        found.things += [
            replace(t, value=SITE + t.value[t.value.find("#") :]) for t in found.things if t.kind == "link"
        ]
        return found


@cache
def _program() -> list[str]:
    return [file.read_text("utf-8") for file in sorted(Path(__file__).parent.glob("*.py"))]


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
