"""The problems as they are written: a file for each chapter, with a heading, a task and a solution for each problem."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from .refused import Refused

FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parent
HEADING = re.compile(
    r"^## Problem (\d+\.\d+) \((conceptual|guided|open)\)\. (.+?) \{\.unnumbered( \.own-data)?\}$", re.M
)
SOLUTION = re.compile(r"^:::: \{\.model-answer\}\n(.*?)^::::$", re.M | re.S)
SETUP = re.compile(r"^```\{python\}\n#\| include: false\n(.*?)^```$", re.M | re.S)


@dataclass(frozen=True)
class Problem:
    """One problem: its number, such as "2.3", its tier and title, and its Markdown, heading and solution with it.

    `own`: it is about invented data, so that every student can have other ones.
    """

    number: str
    tier: str
    title: str
    own: bool
    text: str

    @property
    def task(self) -> str:
        return SOLUTION.sub("", self.text)

    @property
    def solution(self) -> str:
        return "".join(SOLUTION.findall(self.text))


@dataclass(frozen=True)
class Chapter:
    """The problems on a chapter of the book, and what reads their data."""

    path: Path
    title: str
    setup: str
    problems: list[Problem]


def chapters() -> list[Chapter]:
    """All of them, in the order of the book."""
    return [_chapter(path) for path in sorted(FOLDER.glob("[0-9][0-9]-*.qmd"))]


def chosen(numbers: list[str]) -> list[Problem]:
    """The problems of these numbers, or all on invented data if none is named. Raises Refused if one cannot be had."""
    known = {problem.number: problem for chapter in chapters() for problem in chapter.problems}
    own = [problem for problem in known.values() if problem.own]
    for number in numbers:
        listed = ", ".join(problem.number for problem in own)
        if number not in known:
            raise Refused(f"there is no problem {number}; on data of a student's own there are {listed}")
        if not known[number].own:
            raise Refused(f"problem {number} is on data that everybody has; on data of a student's own are {listed}")
        if numbers.count(number) > 1:
            raise Refused(f"problem {number} is asked for twice")
    return [known[number] for number in numbers] or own


def _chapter(path: Path) -> Chapter:
    text = path.read_text("utf-8")
    title, setup = re.search(r"^# Teaching: (.+?) \{", text, re.M), SETUP.search(text)
    if not title or not setup:
        raise Refused(f"{path} should begin with '# Teaching: ...' and a hidden cell that reads its data")
    found = list(HEADING.finditer(text))
    ends = [*(match.start() for match in found[1:]), len(text)]
    problems = [
        Problem(match[1], match[2], match[3], bool(match[4]), text[match.start() : end].strip() + "\n")
        for match, end in zip(found, ends, strict=True)
    ]
    return Chapter(path, f"Problems: {title[1]}", setup[1], problems)
