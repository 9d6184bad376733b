"""Read a .qmd file into pieces: text as the author wrote it, and cells to run, each knowing its line."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import yaml

from ..problems import Problem
from .chapters import Entry
from .project import Project
from .vocabulary import CELL_OPTIONS
from .yaml_lines import line_of, reason_of

FENCE = re.compile(r"^(\s*)(`{3,}|~{3,})\s*(.*?)\s*$")
# Quarto's own rule for inline code (jupyter-inline): a backtick that no other backtick precedes.
INLINE = re.compile(r"(?<!`)`\{python\}[ \t]([^`]+)`")


@dataclass(frozen=True)
class Text:
    """Markdown between two cells. `expressions` are the inline `{python}` ones, in order."""

    line: int
    text: str

    @property
    def expressions(self) -> list[str]:
        return [m.group(1).strip() for m in INLINE.finditer(self.text)]


@dataclass(frozen=True)
class Cell:
    """Code to run. `line` is that of its first line of code or option, in the file."""

    line: int
    code: str
    options: dict = field(default_factory=dict)

    @property
    def label(self) -> str:
        return self.options.get("label", "")


@dataclass(frozen=True)
class Source:
    """A chapter as written: front matter, then text and cells in order."""

    entry: Entry
    text: str
    front: dict
    pieces: list[Text | Cell]

    @property
    def path(self) -> str:
        return self.entry.path


def read_source(project: Project, entry: Entry) -> tuple[Source, list[Problem]]:
    """Split one chapter. What is wrong with it comes back as a list, so that all chapters can be checked."""
    try:
        text = (project.root / entry.path).read_text("utf-8")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        return Source(entry, "", {}, []), [Problem(entry.path, line, "is not UTF-8 text: save it as UTF-8")]
    except OSError as error:
        return Source(entry, "", {}, []), [Problem(entry.path, 0, f"cannot be read: {error.strerror}")]
    problems: list[Problem] = []
    lines = text.lstrip("\ufeff").splitlines()
    front, start = _front_matter(entry.path, lines, problems)
    defaults = {k: v for k, v in project.execute.items() if k in CELL_OPTIONS}
    pieces = _pieces(entry.path, lines, start, defaults, problems)
    return Source(entry, text, front, pieces), problems


def _front_matter(path: str, lines: list[str], problems: list[Problem]) -> tuple[dict, int]:
    if not lines or lines[0].rstrip() != "---":
        return {}, 0
    for end in range(1, len(lines)):
        if lines[end].rstrip() in ("---", "..."):
            break
    else:
        problems.append(Problem(path, 1, "the front matter opens with --- and never closes"))
        return {}, len(lines)
    try:
        front = yaml.safe_load("\n".join(lines[1:end])) or {}
    except yaml.YAMLError as error:
        problems.append(Problem(path, line_of(error, 2), f"the front matter is not valid YAML: {reason_of(error)}"))
        front = {}
    if not isinstance(front, dict):
        problems.append(Problem(path, 2, "the front matter should be 'name: value' lines"))
        front = {}
    if "title" in front:
        problems.append(Problem(path, 1, "give the title as a heading (# Title) only: twice makes two chapters"))
    return front, end + 1


def _pieces(path: str, lines: list[str], start: int, defaults: dict, problems: list[Problem]) -> list:
    pieces: list[Text | Cell] = []
    text: list[str] = []
    text_line = start + 1
    i = start
    while i < len(lines):
        fence = FENCE.match(lines[i])
        if not fence:
            text.append(lines[i])
            i += 1
            continue
        indent, ticks, info = fence.groups()
        end = next((k for k in range(i + 1, len(lines)) if _closes(lines[k], ticks)), None)
        if end is None:
            problems.append(Problem(path, i + 1, f"the code block opens with {ticks}{info} and never closes"))
            end = len(lines) - 1
        engine = re.match(r"^\{([A-Za-z]\w*)", info)
        if engine and engine[1] != "python":
            problems.append(Problem(path, i + 1, f"press runs {{python}} cells only, not {{{engine[1]}}}"))
        if not engine or engine[1] != "python":
            text += lines[i : end + 1]
        else:
            if info != "{python}":
                problems.append(Problem(path, i + 1, f"write options as #| lines under {{python}}, not {info}"))
            if any(line.strip() for line in text):
                pieces.append(Text(text_line, "\n".join(text)))
            body = [line.removeprefix(indent) for line in lines[i + 1 : end]]
            pieces.append(_cell(path, i + 2, body, defaults, problems))
            text, text_line = [], end + 2
        i = end + 1
    if any(line.strip() for line in text):
        pieces.append(Text(text_line, "\n".join(text)))
    return pieces


def _closes(line: str, ticks: str) -> bool:
    bare = line.strip()
    return len(bare) >= len(ticks) and set(bare) == {ticks[0]}


def _cell(path: str, line: int, body: list[str], defaults: dict, problems: list[Problem]) -> Cell:
    n = next((k for k, text in enumerate(body) if not text.startswith("#|")), len(body))
    try:
        options = yaml.safe_load("\n".join(text[2:] for text in body[:n])) or {}
    except yaml.YAMLError as error:
        at = line_of(error, line)
        problems.append(Problem(path, at, f"the cell's options are not valid YAML: {reason_of(error)}"))
        options = {}
    if not isinstance(options, dict):
        problems.append(Problem(path, line, "the cell's options should be '#| name: value' lines"))
        options = {}
    for name, value in options.items():
        at = line + next((k for k in range(n) if body[k][2:].strip().startswith(f"{name}:")), 0)
        if name not in CELL_OPTIONS:
            message = f"press does not know the cell option {name}; it knows {', '.join(CELL_OPTIONS)}"
            problems.append(Problem(path, at, message))
        elif not isinstance(value, CELL_OPTIONS[name]):
            problems.append(Problem(path, at, f"the cell option {name} cannot be {value!r}"))
    code = body[n:]
    skipped = next((k for k, text in enumerate(code) if text.strip()), 0)
    return Cell(line + n + skipped, "\n".join(code[skipped:]).rstrip(), {**defaults, **options})
