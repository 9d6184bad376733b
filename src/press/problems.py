"""What can be wrong with a book, said once and for all: where (file, line) and what to do."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Problem:
    """One thing wrong with the sources. `line` counts from 1; 0 means the file as a whole."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}" if self.line else f"{self.file}: {self.message}"


class BookError(Exception):
    """The book cannot be built; `problems` lists every reason found, in reading order."""

    def __init__(self, *problems: Problem | str):
        self.problems = [p for p in problems if isinstance(p, Problem)]
        super().__init__("\n".join(str(p) for p in problems))
