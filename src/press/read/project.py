"""Read `_quarto.yml`: the one file that tells both Quarto and press what the book is made of."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from ..problems import BookError
from .chapters import Entry, read_chapters
from .settings import Settings
from .vocabulary import FILTERS_AT

WORK = ".press"  # the folder beside it for what press keeps between two builds


@dataclass(frozen=True)
class Project:
    """The settings of `_quarto.yml` that press acts on, with Quarto's defaults where it says nothing."""

    root: Path
    entries: list[Entry]
    title: str
    subtitle: str = ""
    authors: list[str] = field(default_factory=list)
    date: str = ""
    description: str = ""
    site_url: str = ""
    repo_url: str = ""
    language: str = "en"
    output_dir: str = "_book"
    output_file: str = "book"
    bibliography: list[str] = field(default_factory=list)
    csl: str = ""
    css: list[str] = field(default_factory=list)
    resources: list[str] = field(default_factory=list)
    filters: list[str] = field(default_factory=list)
    execute: dict = field(default_factory=dict)
    execute_in_root: bool = False
    figure_size: tuple[float, float] = (7, 5)
    toc_depth: int = 3

    @property
    def book(self) -> Path:
        return self.root / self.output_dir

    @property
    def work(self) -> Path:
        return self.root / WORK

    @property
    def pdf(self) -> str:
        return f"{self.output_file}.pdf"


def read_project(root: Path) -> Project:
    """Read and validate `root/_quarto.yml`. Raises BookError naming the line of whatever is wrong."""
    settings = Settings(root.resolve())
    settings.check_names()
    _check_book(settings)
    entries = read_chapters(settings)
    bibliography, csl, css = (settings.files(key) for key in ("bibliography", "csl", "format.html.css"))
    filters = _filters(settings)
    if settings.problems:
        raise BookError(*sorted(settings.problems))
    return Project(
        root=settings.root,
        entries=entries,
        title=settings.text("book.title"),
        subtitle=settings.text("book.subtitle"),
        authors=_names(settings.items("book.author")),
        date=settings.text("book.date"),
        description=settings.text("book.description"),
        site_url=settings.text("book.site-url").rstrip("/"),
        repo_url=settings.text("book.repo-url").rstrip("/"),
        language=settings.text("lang", "en"),
        output_dir=settings.text("project.output-dir", "_book"),
        output_file=settings.text("book.output-file", "book"),
        bibliography=bibliography,
        csl=next(iter(csl), ""),
        css=css,
        resources=settings.texts("project.resources"),
        filters=filters,
        execute=settings.section("execute"),
        execute_in_root=settings.value("project.execute-dir") == "project",
        figure_size=(float(settings.value("fig-width") or 7), float(settings.value("fig-height") or 5)),
        toc_depth=int(settings.value("format.html.toc-depth") or settings.value("format.typst.toc-depth") or 3),
    )


def from_root(chapter: str, href: str) -> str:
    """A path as a chapter writes it ("/x" from the root, else from the chapter) as a path from the root."""
    return os.path.normpath(os.path.join("/", os.path.dirname(chapter), href)).lstrip("/").replace(os.sep, "/")


def _check_book(settings: Settings) -> None:
    if settings.value("project.type") != "book":
        settings.wrong("project.type", f"project.type should be book, not {settings.value('project.type')!r}")
    if not settings.value("book.title"):
        settings.wrong("book", "the book needs a title: add 'title: ...' under book")
    output = (settings.root / settings.text("project.output-dir", "_book")).resolve()
    if not output.is_relative_to(settings.root) or output == settings.root:
        settings.wrong("project.output-dir", "project.output-dir should be a folder of its own inside the book's")


def _filters(settings: Settings) -> list[str]:
    """The Lua filters, in the order in which they run."""
    found: dict[str, list[str]] = {at: [] for at in FILTERS_AT}
    for i, item in enumerate(settings.items("filters")):
        key = f"filters.{i}" if f"filters.{i}" in settings.lines else "filters"
        path, at = (item.get("path"), item.get("at")) if isinstance(item, dict) else (None, None)
        if at not in FILTERS_AT or not isinstance(path, str) or not path.endswith(".lua"):
            form = "{at: pre-ast, path: filters/its-name.lua}"
            settings.wrong(key, f"press runs Lua filters at {' or '.join(FILTERS_AT)}, given as {form}; not {item!r}")
        elif not (settings.root / path).is_file():
            settings.wrong(key, f"there is no filter {path}")
        else:
            found[at].append(path)
    return [path for at in FILTERS_AT for path in found[at]]


def _names(authors: list) -> list[str]:
    return [str(person.get("name", "")) if isinstance(person, dict) else str(person) for person in authors]
