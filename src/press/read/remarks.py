"""What is wrong with one chapter, each problem at the line where its author can see it."""

from __future__ import annotations

import re

from ..problems import Problem
from .source import Source

CODE = re.compile(r"^ *(`{3,}|~{3,}).*?^ *\1 *$|`[^`\n]+`|<!--.*?-->", re.M | re.S)


class Remarks:
    """The problems of one chapter. `prose` is its source with all code and comments blanked out, line for line."""

    def __init__(self, source: Source):
        self.source = source
        self.problems: list[Problem] = []
        self.prose = CODE.sub(lambda code: re.sub(r"[^\n]", " ", code[0]), source.text)

    def at(self, line: int, message: str) -> None:
        self.problems.append(self.source.problem(line, message))

    def where(self, pattern: str, message: str, nth: int = 0, text: str | None = None) -> None:
        """Note a problem at the line where `pattern` is found for the nth time (0 is the first, -1 the last)."""
        text = self.source.text if text is None else text
        found = list(re.finditer(pattern, text, re.M | re.I))
        start = found[nth].start() if found else 0
        self.at(text[:start].count("\n") + 1, message)
