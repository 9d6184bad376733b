"""The book's list of chapters: files, in parts and outside of them, each with its line in `_quarto.yml`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from .settings import Settings


@dataclass(frozen=True)
class Part:
    """Chapters under a title of their own. `title` is Markdown; empty if the part has a page, with the title on it."""

    number: int
    title: str = ""
    page: str = ""


@dataclass(frozen=True)
class Entry:
    """A file in the list of chapters: its path from the root, its line in `_quarto.yml`, and the part it is in."""

    path: str
    line: int
    appendix: bool = False
    part: Part | None = None

    @property
    def opens_part(self) -> bool:
        """Whether it is no chapter but the page of a part: without a number, and the title is the part's."""
        return self.part is not None and self.path == self.part.page

    @property
    def href(self) -> str:
        return str(Path(self.path).with_suffix(".html").as_posix())

    @property
    def slug(self) -> str:
        return re.sub(r"\W+", "-", str(Path(self.path).with_suffix(""))).strip("-")


def read_chapters(settings: Settings) -> list[Entry]:
    """The chapters, then the appendices, as the reader turns the pages; a part's own page comes before its chapters."""
    reading = _Reading(settings)
    for key in ("book.chapters", "book.appendices"):
        reading.items(key, settings.items(key), None)
    entries = reading.entries
    if not settings.value("book.chapters"):
        settings.wrong("book", "the book has no chapters: list them under book.chapters, index.qmd first")
    elif entries and entries[0].path not in ("index.qmd", "index.md"):
        settings.wrong("book.chapters", "the first chapter of a book is index.qmd")
    return entries


class _Reading:
    """One walk through the list; what is wrong goes to the settings, at its line."""

    def __init__(self, settings: Settings):
        self.settings = settings
        self.entries: list[Entry] = []
        self.parts = 0

    def items(self, key: str, items: list, part: Part | None) -> None:
        for i, item in enumerate(items):
            here = f"{key}.{i}" if f"{key}.{i}" in self.settings.lines else key
            if isinstance(item, dict) and "part" in item and part is None:
                self._part(here, item)
            else:
                self._file(here, item, part)

    def _part(self, key: str, item: dict) -> None:
        self.parts += 1
        title, chapters = item["part"], item.get("chapters", [])
        for name in item.keys() - {"part", "chapters"}:
            self.settings.wrong(f"{key}.{name}", f"a part has part and chapters, not {name}")
        if not isinstance(title, str) or not title or not isinstance(chapters, list):
            self.settings.wrong(key, "a part is 'part: Its title' (or a .qmd file) and its list 'chapters:'")
        elif title.endswith((".qmd", ".md")):
            part = Part(self.parts, page=title)
            self._file(key, title, part)
            self.items(f"{key}.chapters", chapters, part)
        else:
            self.items(f"{key}.chapters", chapters, Part(self.parts, title))
            if not chapters:
                self.settings.wrong(key, f"the part {title} has no chapters")

    def _file(self, key: str, item: object, part: Part | None) -> None:
        if problem := self._problem(item):
            self.settings.wrong(key, problem)
        else:
            appendix = key.startswith("book.appendices")
            self.entries.append(Entry(str(item), self.settings.line(key), appendix, part))

    def _problem(self, item: object) -> str | None:
        if not isinstance(item, str):
            return f"press takes a chapter as a file name, not {item!r}"
        root = self.settings.root
        path = (root / item).resolve()
        if not item.endswith((".qmd", ".md")) or not path.is_relative_to(root):
            return f"{item}: a chapter is a .qmd or .md file inside the book's folder"
        if item in [entry.path for entry in self.entries]:
            return f"{item} is listed twice"
        if not path.is_file():
            return f"{item} is listed as a chapter but there is no such file"
        return None
