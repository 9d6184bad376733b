"""Read `_quarto.yml`: the one file that tells both Quarto and press what the book is made of."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from ..problems import BookError, Problem

CONFIG = "_quarto.yml"


@dataclass(frozen=True)
class Entry:
    """A file in the list of chapters: its path from the root, its line in `_quarto.yml`, and its part."""

    path: str
    line: int
    appendix: bool = False

    @property
    def href(self) -> str:
        return str(Path(self.path).with_suffix(".html").as_posix())

    @property
    def slug(self) -> str:
        return re.sub(r"\W+", "-", str(Path(self.path).with_suffix(""))).strip("-")


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
    execute: dict = field(default_factory=dict)
    execute_in_root: bool = False
    figure_size: tuple[float, float] = (7, 5)
    toc_depth: int = 3

    @property
    def book(self) -> Path:
        return self.root / self.output_dir

    @property
    def pdf(self) -> str:
        return f"{self.output_file}.pdf"


def read_project(root: Path) -> Project:
    """Read and validate `root/_quarto.yml`. Raises BookError naming the line of whatever is wrong."""
    root = root.resolve()
    config, lines = _load(root / CONFIG)
    problems: list[Problem] = []

    def wrong(key: str, message: str) -> None:
        problems.append(Problem(CONFIG, lines.get(key, 1), message))

    def section(key: str) -> dict:
        value: object = config
        for part in key.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        if value is not None and not isinstance(value, dict):
            wrong(key, f"{key} should be a list of 'name: value' lines, not {value!r}")
        return value if isinstance(value, dict) else {}

    book, project, html, typst = (section(k) for k in ("book", "project", "format.html", "format.typst"))
    if project.get("type") != "book":
        wrong("project.type", f"project.type should be book, not {project.get('type')!r}")
    if not book.get("title"):
        wrong("book", "the book needs a title: add 'title: ...' under book")
    for key in lines:
        if not KNOWN.fullmatch(key) and KNOWN.fullmatch(key.rpartition(".")[0] or "project"):
            wrong(key, f"press does not know {key}")
    output = str(project.get("output-dir") or "_book")
    if not (root / output).resolve().is_relative_to(root) or (root / output).resolve() == root:
        wrong("project.output-dir", "project.output-dir should be a folder of its own inside the book's")
    execute = {**section("execute")}
    for key in execute:
        if key not in EXECUTE_OPTIONS:
            wrong(f"execute.{key}", f"press does not know execute.{key}; it knows {', '.join(EXECUTE_OPTIONS)}")

    entries: list[Entry] = []
    for part in ("chapters", "appendices"):
        items = book.get(part) or []
        for i, item in enumerate(items if isinstance(items, list) else [items]):
            line = lines.get(f"book.{part}.{i}", lines.get(f"book.{part}", 1))
            problem = _entry_problem(root, item, [e.path for e in entries])
            if problem:
                problems.append(Problem(CONFIG, line, problem))
            else:
                entries.append(Entry(item, line, part == "appendices"))
    if not book.get("chapters"):
        wrong("book", "the book has no chapters: list them under book.chapters, index.qmd first")
    elif entries and entries[0].path != "index.qmd":
        wrong("book.chapters", "the first chapter of a book is index.qmd")

    def files(key: str, value: object) -> list[str]:
        found = [str(v) for v in (value if isinstance(value, list) else [value])] if value else []
        for name in found:
            if not (root / name).is_file():
                wrong(key, f"there is no file {name}")
        return found

    bibliography = files("bibliography", config.get("bibliography"))
    css = files("format.html.css", html.get("css"))
    csl = files("csl", config.get("csl"))
    if problems:
        raise BookError(*sorted(problems))

    return Project(
        root=root,
        entries=entries,
        title=str(book["title"]),
        subtitle=str(book.get("subtitle") or ""),
        authors=_names(book.get("author")),
        date=str(book.get("date") or ""),
        description=str(book.get("description") or ""),
        site_url=str(book.get("site-url") or "").rstrip("/"),
        repo_url=str(book.get("repo-url") or "").rstrip("/"),
        language=str(config.get("lang") or "en"),
        output_dir=output,
        output_file=str(book.get("output-file") or "book"),
        bibliography=bibliography,
        csl=csl[0] if csl else "",
        css=css,
        resources=[str(r) for r in project.get("resources") or []],
        execute=execute,
        execute_in_root=project.get("execute-dir") == "project",
        figure_size=(float(config.get("fig-width") or 7), float(config.get("fig-height") or 5)),
        toc_depth=int(html.get("toc-depth") or typst.get("toc-depth") or 3),
    )


# Every setting that press follows, or that only concerns Quarto's own look. Another one is refused: it would be lost.
KNOWN = re.compile(
    r"(project(\.(type|output-dir|execute-dir|resources))?|lang|bibliography|csl|fig-(width|height)|jupyter|engine"
    r"|book(\.(title|subtitle|author|date|description|output-file|downloads|chapters|appendices|site-url|repo-url))?"
    r"|format(\.(html|typst))?|format\.(html|typst)\.(toc|toc-depth|number-sections|fig-format|citeproc)"
    r"|format\.html\.(theme(\.(light|dark))?|respect-user-color-scheme|css|html-math-method|highlight-style|code-copy)"
    r"|format\.typst\.papersize|execute|execute\..*|book\.(author|chapters|appendices)\.\d+\..*|.*\.\d+)"
)
EXECUTE_OPTIONS = ("echo", "include", "eval", "output", "warning", "freeze", "cache", "error", "enabled")


def from_root(chapter: str, href: str) -> str:
    """A path as a chapter writes it ("/x" from the root, else from the chapter) as a path from the root."""
    return os.path.normpath(os.path.join("/", os.path.dirname(chapter), href)).lstrip("/").replace(os.sep, "/")


def _entry_problem(root: Path, item: object, before: list[str]) -> str | None:
    if not isinstance(item, str):
        return f"press takes a chapter as a file name, not {item!r}"
    path = (root / item).resolve()
    if not item.endswith(".qmd") or not path.is_relative_to(root):
        return f"{item}: a chapter is a .qmd file inside the book's folder"
    if item in before:
        return f"{item} is listed twice"
    if not path.is_file():
        return f"{item} is listed as a chapter but there is no such file"
    return None


def _names(author: object) -> list[str]:
    people = author if isinstance(author, list) else [author] if author else []
    return [str(p.get("name", "")) if isinstance(p, dict) else str(p) for p in people]


def _load(path: Path) -> tuple[dict, dict[str, int]]:
    """The YAML as a dict, and the line of each dotted key ("book.chapters.0")."""
    if not path.is_file():
        raise BookError(Problem(CONFIG, 0, f"there is no {CONFIG} in {path.parent}; run press where the book is"))
    try:
        text = path.read_text("utf-8")
        data = yaml.safe_load(text)
        lines = dict(_key_lines(yaml.compose(text)))
    except UnicodeDecodeError as error:
        raise BookError(Problem(CONFIG, 0, f"is not UTF-8 ({error.reason})")) from None
    except yaml.YAMLError as error:
        raise BookError(Problem(CONFIG, yaml_line(error), f"is not valid YAML: {yaml_reason(error)}")) from None
    if not isinstance(data, dict):
        raise BookError(Problem(CONFIG, 1, "is empty, or not a list of 'name: value' lines"))
    return data, lines


def _key_lines(node: yaml.Node | None, prefix: str = "") -> Iterator[tuple[str, int]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            name = f"{prefix}{key.value}"
            yield name, key.start_mark.line + 1
            yield from _key_lines(value, f"{name}.")
    elif isinstance(node, yaml.SequenceNode):
        for i, value in enumerate(node.value):
            yield f"{prefix}{i}", value.start_mark.line + 1
            yield from _key_lines(value, f"{prefix}{i}.")


def yaml_line(error: yaml.YAMLError, first: int = 1) -> int:
    mark = getattr(error, "problem_mark", None)
    return first + mark.line if mark else first


def yaml_reason(error: yaml.YAMLError) -> str:
    return str(getattr(error, "problem", None) or "cannot be read")
