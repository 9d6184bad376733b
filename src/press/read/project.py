"""Read `_quarto.yml`: the one file that tells both Quarto and press what the book is made of."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from ..problems import BookError
from .chapters import Entry, read_chapters
from .footer import read_footer
from .includes import look_into_styles, read_includes, read_variables
from .settings import CONFIG, Settings
from .vocabulary import FILTERS_AT, FORMATS
from .words import WORDS, words_of, written_date

WORK = ".press"  # the folder beside it for what press keeps between two builds
AFTER_QUARTO = "src/press/after_quarto.py"  # what Quarto runs when it has made the pages


@dataclass(frozen=True)
class Author:
    """Who wrote it: a name, and where they work."""

    name: str
    affiliation: str = ""

    def __str__(self) -> str:
        return f"{self.name} ({self.affiliation})" if self.affiliation else self.name


@dataclass(frozen=True)
class Project:
    """The settings of `_quarto.yml` that press acts on, with Quarto's defaults where it says nothing."""

    root: Path
    entries: list[Entry]
    title: str
    subtitle: str = ""
    authors: list[Author] = field(default_factory=list)
    date: str = ""
    description: str = ""
    site_url: str = ""
    repo_url: str = ""
    image: str = ""  # what a link to the book shows: a file, below the root
    image_alt: str = ""
    footer: list[str] = field(default_factory=list)
    language: str = "en"
    output_dir: str = "_book"
    output_file: str = "book"
    bibliography: list[str] = field(default_factory=list)
    csl: str = ""
    nocite: str = ""
    css: list[str] = field(default_factory=list)
    includes: dict[str, str] = field(default_factory=dict)
    resources: list[str] = field(default_factory=list)
    filters: list[str] = field(default_factory=list)
    execute: dict = field(default_factory=dict)
    execute_in_root: bool = False
    figure_size: tuple[float, float] = (7, 5)
    toc: dict[str, bool] = field(default_factory=dict)
    toc_depth: int = 3
    toc_depth_pdf: int = 2
    toc_title: str = ""
    number_depth: dict[str, int] = field(default_factory=dict)
    captions: dict[str, dict[str, str]] = field(default_factory=dict)
    paper: str = "a4"
    profiles: tuple[str, ...] = ()
    look: tuple[str, ...] = ()
    meta: dict = field(default_factory=dict)
    variables: dict = field(default_factory=dict)
    folder: str = ""  # that of its `_quarto.yml`, below the root: the book's own is the root, the decks' is slides

    @property
    def book(self) -> Path:
        return self.root / self.output_dir

    @property
    def home(self) -> Path:
        """The folder of its `_quarto.yml`."""
        return self.root / self.folder

    @property
    def work(self) -> Path:
        return self.root / WORK

    @property
    def pdf(self) -> str:
        return f"{self.output_file}.pdf"

    @property
    def after_quarto(self) -> bool:
        """Whether Quarto's pages of it get press's notebooks."""
        scripts = self.meta.get("project", {}).get("post-render") or []
        return AFTER_QUARTO in (scripts if isinstance(scripts, list) else [scripts])

    @property
    def words(self) -> dict[str, str]:
        """The words that press adds, in the book's language."""
        return words_of(self.language)


def read_project(root: Path, profiles: tuple[str, ...] = ()) -> Project:
    """Read and validate `root/_quarto.yml`. Raises BookError naming the line of whatever is wrong."""
    settings = Settings(root.resolve(), profiles)
    settings.check_names()
    _check_book(settings)
    entries = read_chapters(settings)
    filters = _filters(settings)
    bibliography, csl = settings.files("bibliography", "format.html.bibliography"), settings.files("csl")
    css = settings.files("css", "format.html.css")
    look_into_styles(settings, css)
    image = settings.files("book.image")
    includes = read_includes(settings)
    variables = read_variables(settings)
    if settings.problems:
        raise BookError(*sorted(settings.problems))
    language, option = settings.text("lang", "en"), settings.option
    stem = settings.text("book.output-file") or settings.text("book.title")
    return Project(
        root=settings.root,
        entries=entries,
        title=settings.text("book.title"),
        subtitle=settings.text("book.subtitle"),
        authors=read_authors(settings.items("book.author")),
        date=written_date(settings.text("book.date"), language, (settings.root / CONFIG).stat().st_mtime),
        description=" ".join(settings.text("book.description").split()),
        site_url=settings.text("book.site-url").rstrip("/"),
        repo_url=settings.text("book.repo-url").rstrip("/"),
        image=next(iter(image), ""),
        image_alt=settings.text("book.image-alt"),
        footer=read_footer(settings.value("book.page-footer")),
        language=language,
        output_dir=settings.text("project.output-dir", "_book"),
        output_file=re.sub(r"[ <>()|:&;#?*'/]", "-", stem),
        bibliography=bibliography,
        csl=next(iter(csl), ""),
        nocite=settings.text("nocite"),
        css=css,
        includes=includes,
        resources=settings.texts("project.resources") + settings.texts("resources"),
        filters=filters,
        execute=execution(settings),
        execute_in_root=settings.value("project.execute-dir") == "project",
        figure_size=(size_of(settings, "fig-width", 7), size_of(settings, "fig-height", 5)),
        toc={format: option("toc", format) is not False for format in FORMATS},
        toc_depth=int(str(option("toc-depth", "html", 3))),
        toc_depth_pdf=int(str(option("toc-depth", "typst", 2))),
        toc_title=str(option("toc-title", "html") or ""),
        number_depth={format: _depth(settings, format) for format in FORMATS},
        captions={
            format: {
                "figure": str(option("fig-cap-location", format, "bottom")),
                "table": str(option("tbl-cap-location", format, "top")),
            }
            for format in FORMATS
        },
        paper={"letter": "us-letter", "b5": "iso-b5"}.get(paper := str(option("papersize", "typst", "a4")), paper),
        profiles=settings.profiles,
        look=tuple(settings.look),
        meta=settings.settings,
        variables=variables,
    )


def execution(settings: Settings, format: str = "html") -> dict:
    """What holds for every cell that does not say otherwise."""
    given = {name: settings.option(name, format) for name in ("code-fold", "code-summary", "fig-align")}
    return {name: value for name, value in given.items() if value is not None} | settings.section("execute")


def size_of(settings: Settings, name: str, default: float, format: str = "html") -> float:
    """The width or height of figures, in inches."""
    value = settings.option(name, format) or settings.value(f"execute.{name}") or default
    return float(str(value))


def _depth(settings: Settings, format: str) -> int:
    """How deep sections are numbered: 0, not at all."""
    deep = int(str(settings.option("number-depth", format, 6)))
    return 0 if settings.option("number-sections", format) is False else deep


def from_root(chapter: str, href: str) -> str:
    """A path as a chapter writes it ("/x" from the root, else from the chapter) as a path from the root."""
    return os.path.normpath(os.path.join("/", os.path.dirname(chapter), href)).lstrip("/").replace(os.sep, "/")


def _check_book(settings: Settings) -> None:
    if settings.value("project.type") != "book":
        settings.wrong("project.type", f"project.type should be book, not {settings.value('project.type')!r}")
    if not settings.value("book.title"):
        settings.wrong("book", "the book needs a title: add 'title: ...' under book")
    if (language := settings.text("lang", "en").partition("-")[0]) not in WORDS:
        settings.wrong("lang", f"press has the words it adds in {' and '.join(WORDS)}, not in {language}")
    for i, format in enumerate(settings.items("book.downloads")):
        if format != "pdf":
            settings.wrong(f"book.downloads.{i}", f"press makes a pdf to download, no {format}")
    for script in settings.texts("project.post-render"):
        if script != AFTER_QUARTO:
            settings.wrong("project.post-render", f"press runs no scripts but {AFTER_QUARTO}: run {script} yourself")
    output = (settings.root / settings.text("project.output-dir", "_book")).resolve()
    if not output.is_relative_to(settings.root) or output == settings.root:
        settings.wrong("project.output-dir", "project.output-dir should be a folder of its own inside the book's")


def _filters(settings: Settings) -> list[str]:
    """The Lua filters, in the order in which they run."""
    found: list[str] = []
    for i, item in enumerate(settings.items("filters")):
        key = f"filters.{i}" if f"filters.{i}" in settings.lines else "filters"
        path, at = (item.get("path"), item.get("at")) if isinstance(item, dict) else (None, None)
        if at != FILTERS_AT or not isinstance(path, str) or not path.endswith(".lua"):
            form = f"{{at: {FILTERS_AT}, path: filters/its-name.lua}}"
            settings.wrong(key, f"press runs Lua filters on Pandoc's own tree, given as {form}; not {item!r}")
        elif not (settings.root / path).is_file():
            settings.wrong(key, f"there is no filter {path}")
        else:
            found.append(path)
    return found


def read_authors(people: list) -> list[Author]:
    """Authors as Quarto takes them: names, or mappings with name and affiliations."""
    found = []
    for person in people:
        if not isinstance(person, dict):
            found.append(Author(str(person)))
            continue
        places = person.get("affiliation") or person.get("affiliations") or []
        places = places if isinstance(places, list) else [places]
        named = [str(place.get("name", "") if isinstance(place, dict) else place) for place in places]
        name = person.get("name", "")
        literal = (
            name.get("literal") or f"{name.get('given', '')} {name.get('family', '')}"
            if isinstance(name, dict)
            else name
        )
        found.append(Author(str(literal).strip(), ", ".join(named)))
    return found
