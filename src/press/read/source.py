"""Read a .qmd file into pieces: text as the author wrote it, and cells to run, each knowing its line."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from ..problems import Problem
from .cells import DRAWN, Cell, read_cell
from .chapters import Entry
from .front_matter import read_front_matter, read_later
from .project import Project
from .shortcodes import Line, expand
from .table import DONE, EXECUTE

FENCE = re.compile(r"^(\s*)(`{3,}|~{3,})\s*(.*?)\s*$")
# Where an item of a list begins; cells and words that are indented go on with it.
ITEM = re.compile(r"\s*([-*+]|\(?(\d+|[a-z]|#|@[\w-]*)[.)])\s")
# Quarto's own rule for inline code (jupyter-inline): a backtick that no other backtick precedes.
INLINE = re.compile(r"(?<!`)`\{python\}[ \t]([^`]+)`")


@dataclass(frozen=True)
class Text:
    """Markdown between two cells. `expressions` are the inline `{python}` ones, in order, if they are to run."""

    line: int
    text: str
    runs: bool = True

    @property
    def expressions(self) -> list[str]:
        return [m.group(1).strip() for m in INLINE.finditer(self.text) if self.runs]


@dataclass(frozen=True)
class Source:
    """A chapter as written: front matter, then text and cells in order. Line numbers count what its includes add."""

    entry: Entry
    text: str
    front: dict
    pieces: list[Text | Cell]
    lines: list[Line] = field(default_factory=list)

    @property
    def path(self) -> str:
        return self.entry.path

    def problem(self, line: int, message: str) -> Problem:
        """What is wrong at a line of the chapter, at the place where that line was written."""
        return problem_at(self.path, self.lines, line, message)


def as_list(value: object) -> list:
    """One thing or a list of things, as a list."""
    return value if isinstance(value, list) else [] if value is None else [value]


def problem_at(path: str, lines: list[Line], line: int, message: str) -> Problem:
    if 1 <= line <= len(lines):
        return Problem(lines[line - 1].file, lines[line - 1].number, message)
    return Problem(path, line, message)


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
    front, start = read_front_matter(entry.path, text.lstrip("\ufeff").splitlines(), problems)
    later = read_later(
        text.lstrip("\ufeff").splitlines(),
        start,
        lambda line, message: problems.append(Problem(entry.path, line, message)),
    )
    front = later | front
    try:
        lines = expand(project, entry.path, text, {**project.meta, **front}, problems)
    except UnicodeDecodeError:
        return Source(entry, "", {}, []), [Problem(entry.path, 0, "includes a file that is not UTF-8 text")]
    defaults = {k: v for k, v in project.execute.items() if k in EXECUTE and EXECUTE[k].fate == DONE}
    execute = front.get("execute")
    defaults |= execute if isinstance(execute, dict) else {}
    if project.execute.get("enabled") is False or defaults.get("enabled") is False:
        defaults["eval"] = False
    defaults |= {k: front[k] for k in EXECUTE if k in front}
    pieces = _pieces(entry.path, lines, start, defaults, problems)
    text = "\n".join(line.text for line in lines)
    return Source(entry, text, front, pieces, lines), problems


def _pieces(path: str, lines: list[Line], start: int, defaults: dict, problems: list[Problem]) -> list:
    pieces: list[Text | Cell] = []
    text: list[str] = []
    text_line = start + 1
    i = start
    runs = defaults.get("enabled") is not False

    def wrong(line: int, message: str) -> None:
        problems.append(problem_at(path, lines, line, message))

    in_list = False
    while i < len(lines):
        fence = FENCE.match(lines[i].text)
        if not fence:
            line = lines[i].text
            goes_on = line[:1] in " \t" or (i > start and bool(lines[i - 1].text.strip()))
            in_list = bool(ITEM.match(line)) or (in_list and (goes_on or not line.strip()))
            text.append(line)
            i += 1
            continue
        indent, ticks, info = fence.groups()
        end = next((k for k in range(i + 1, len(lines)) if _closes(lines[k].text, ticks)), None)
        if end is None:
            wrong(i + 1, f"the code block opens with {ticks}{info} and never closes")
            end = len(lines) - 1
        block = [line.text for line in lines[i : end + 1]]
        engine = re.match(r"^\{([A-Za-z][\w-]*)", info)
        if not engine:
            # ```{{python}} is how Quarto shows a cell as it is written: one pair of braces goes
            shown = re.match(r"^\{\{([\w.-]+)(.*)\}\}$", info)
            block[0] = f"{indent}{ticks} {shown[1]}" if shown and end > i else block[0]
            block[1:1] = [f"{indent}```{{{shown[1]}{shown[2]}}}"] if shown else []
            block[-1:] = [f"{indent}```", block[-1]] if shown else block[-1:]
            if shown:
                block[0], block[-1] = f"{indent}{ticks}`{shown[1]}", f"{indent}{ticks}`"
            text += block
        else:
            if any(line.strip() for line in text):
                pieces.append(Text(text_line, "\n".join(text), runs))
            body = [line.removeprefix(indent) for line in block[1:-1]]
            language = engine[1].lower()
            header = info[len(engine[0]) :].strip("} ") if language not in {"python", *DRAWN} else ""
            cell = read_cell(body, i + 2, language, header, defaults, wrong)
            if info != f"{{{engine[1]}}}" and not header:
                wrong(i + 1, f"write options as #| lines under {{{engine[1]}}}, not {info}")
            if language in DRAWN:
                wrong(i + 1, f"press runs {{python}} cells only, not {{{engine[1]}}}")
            elif language != "python" and cell.options.get("eval", True) is not False:
                wrong(i + 1, f"press runs {{python}} cells only, not {{{engine[1]}}}; with #| eval: false it is shown")
            pieces.append(replace(cell, indent=indent if in_list else ""))
            text, text_line = [], end + 2
        in_list = in_list and bool(indent)
        i = end + 1
    if any(line.strip() for line in text):
        pieces.append(Text(text_line, "\n".join(text), runs))
    return pieces


def _closes(line: str, ticks: str) -> bool:
    bare = line.strip()
    return len(bare) >= len(ticks) and set(bare) == {ticks[0]}
