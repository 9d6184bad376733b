"""Quarto's shortcodes, in a chapter's text before anything else reads it: include, meta, var, pagebreak."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..problems import Problem
from .project import Project, from_root
from .table import SHORTCODES

CODE = re.compile(r"\{\{<\s*(/?[\w-]+)\s*(.*?)\s*>\}\}")
FENCE = re.compile(r"^\s*(`{3,}|~{3,})")
PAGE_BREAK = "```{=typst}\n#pagebreak(weak: true)\n```"


@dataclass(frozen=True)
class Line:
    """A line of a chapter once its includes stand in it: the text, and where it was written."""

    text: str
    file: str
    number: int


def expand(project: Project, path: str, text: str, meta: dict, problems: list[Problem]) -> list[Line]:
    """A chapter's lines with what its shortcodes stand for. What is wrong with one goes to `problems`."""
    return _expanded(project, path, text, meta, problems, (path,))


def _expanded(
    project: Project, path: str, text: str, meta: dict, problems: list[Problem], above: tuple[str, ...]
) -> list[Line]:
    found: list[Line] = []
    fence = ""
    for number, line in enumerate(text.lstrip("\ufeff").splitlines(), 1):
        mark = FENCE.match(line)
        if mark and (not fence or (mark[1].startswith(fence) and line.strip().strip(mark[1][0]) == "")):
            fence = "" if fence else mark[1]

        def wrong(message: str, number: int = number) -> None:
            problems.append(Problem(path, number, message))

        whole = CODE.fullmatch(line.strip())
        if whole and whole[1] == "include":
            name = from_root(path if not whole[2].startswith("/") else "", whole[2].strip("\"'"))
            file: Path = project.root / name
            if name in above:
                wrong(f"{name} includes itself")
            elif not file.is_file():
                wrong(f"there is no file {whole[2]} to include")
            else:
                found += _expanded(project, name, file.read_text("utf-8"), meta, problems, (*above, name))
        elif whole and whole[1] == "pagebreak" and not fence:
            found += [Line(part, path, number) for part in ["", *PAGE_BREAK.split("\n"), ""]]
        elif "{{<" in line and not fence:
            found.append(Line(_replaced(line, project, meta, wrong), path, number))
        else:
            found.append(Line(line, path, number))
    return found


def _replaced(line: str, project: Project, meta: dict, wrong: Callable[[str], None]) -> str:
    def value(match: re.Match) -> str:
        if (before := line[: match.start()]).count("`") % 2 or before.endswith("{"):
            return match[0]  # code, or {{{< … >}}}, which shows it as it stands
        name, key = match[1], match[2].strip("\"'")
        if name not in SHORTCODES:
            wrong(f"press knows the shortcodes {', '.join(SHORTCODES)}, not {name}")
            return ""
        if name in ("include", "pagebreak"):
            wrong(f"{{{{< {name} >}}}} stands on a line of its own")
            return ""
        found = _look_up(meta if name == "meta" else project.variables, key)
        if found is None:
            wrong(
                f"there is no {key} in " + ("_quarto.yml or the front matter" if name == "meta" else "_variables.yml")
            )
        return "" if found is None else str(found)

    return CODE.sub(value, line)


def _look_up(values: object, key: str) -> object:
    for part in key.replace("\\.", "\0").split("."):
        part = part.replace("\0", ".")
        if isinstance(values, list) and part.isdigit() and 0 < int(part) <= len(values):
            values = values[int(part) - 1]
        else:
            values = values.get(part) if isinstance(values, dict) else None
    return values
