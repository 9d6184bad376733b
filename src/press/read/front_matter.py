"""Read a chapter's front matter, and say what in it press does not do."""

from __future__ import annotations

import re
from collections.abc import Callable

import yaml

from ..problems import Problem
from .settings import slip_of
from .table import EXECUTE, LOOK, OPTIONS, REFUSED
from .yaml_lines import line_of, read_settings, reason_of

FENCE = re.compile(r"^\s*(`{3,}|~{3,})")
KEY = re.compile(r"""["']?[A-Za-z][\w .-]*["']?\s*:(\s|$)""")
# Those of the settings that a chapter may have for itself; the others hold for the whole book.
OF_A_CHAPTER = [
    "title", "subtitle", "description", "date", "author", "keywords", "lang", "jupyter", "engine", "toc",
    "number-sections", "fig-width", "fig-height", "fig-align", "fig-format", "code-fold", "code-summary",
    "html-math-method", "execute",
]  # fmt: skip


def read_front_matter(path: str, lines: list[str], problems: list[Problem]) -> tuple[dict, int]:
    """The settings between the first --- and the next, and how many lines they take."""
    if not lines or lines[0].rstrip() != "---":
        return {}, 0
    end = next((i for i in range(1, len(lines)) if lines[i].rstrip() in ("---", "...")), None)
    if end is None:
        problems.append(Problem(path, 1, "the front matter opens with --- and never closes"))
        return {}, len(lines)
    text = "\n".join(lines[1:end])
    try:
        front = yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        problems.append(Problem(path, line_of(error, 2), f"the front matter is not valid YAML: {reason_of(error)}"))
        return {}, end + 1
    if not isinstance(front, dict):
        problems.append(Problem(path, 2, "the front matter should be 'name: value' lines"))
        return {}, end + 1
    if front:
        _, at = read_settings(text, path)
        for key in front:
            _check(path, at.get(str(key), 1) + 1, str(key), front[key], problems)
    return front, end + 1


def read_later(lines: list[str], start: int, wrong: Callable[[int, str], None]) -> dict:
    """The settings of metadata blocks that stand within the text, from line `start` on, as Pandoc allows.

    They may have what does nothing to the text: Quarto's look, and values for {{< meta >}}.
    """
    found: dict = {}
    fence = ""
    for i in range(start, len(lines)):
        mark = FENCE.match(lines[i])
        if mark and (not fence or mark[1].startswith(fence)):
            fence = "" if fence else mark[1]
        begins = lines[i].rstrip() == "---" and not fence and (i == 0 or not lines[i - 1].strip())
        if not begins or not KEY.match(lines[i + 1] if i + 1 < len(lines) else ""):
            continue
        end = next((k for k in range(i + 1, len(lines)) if lines[k].rstrip() in ("---", "...")), len(lines))
        try:
            block = yaml.safe_load("\n".join(lines[i + 1 : end]))
        except yaml.YAMLError as error:
            wrong(line_of(error, i + 2), f"this metadata block is not valid YAML: {reason_of(error)}")
            continue
        for key in block if isinstance(block, dict) else ():
            row = OPTIONS.get(str(key))
            if (row and row.fate != LOOK) or key in EXECUTE or key == "execute":
                wrong(i + 1, f"{key} belongs into the front matter, at the top of the file")
        found |= block if isinstance(block, dict) else {}
    return found


def _check(path: str, line: int, key: str, value: object, problems: list[Problem]) -> None:
    row = OPTIONS.get(key)
    if key == "execute" and isinstance(value, dict):
        for name, given in value.items():
            option = EXECUTE.get(str(name))
            if option is None or option.fate == REFUSED or (option.fate != LOOK and not option.takes(given)):
                problems.append(Problem(path, line, f"press does not know execute.{name}: {given} here"))
    elif row is None and (key in EXECUTE or not slip_of(key)):
        pass  # a cell's option for all cells, or the author's own, for {{< meta >}}
    elif row is None or (row.fate != LOOK and key not in OF_A_CHAPTER):
        message = f"press does not know {key} here; it knows {', '.join(sorted(OF_A_CHAPTER))}"
        problems.append(Problem(path, line, message))
    elif row.fate == REFUSED:
        problems.append(Problem(path, line, f"press does not do {key}: {row.what}"))
    elif row.fate != LOOK and not isinstance(value, dict | list) and value is not None and not row.takes(value):
        problems.append(Problem(path, line, f"{key} is {' or '.join(row.values.split('|'))} here, not {value!r}"))
