"""What a table is before anyone decides how it looks: head, sections and foot; rows of cells.

Three writers turn a `Table` into what a reader sees: `text`, `html`, `latex`.
"""

from __future__ import annotations

from dataclasses import dataclass, field


class Sup(str):
    """A piece of a cell's text that is set as a superscript: significance stars, the 2 of R²."""


class Raw(str):
    """A piece of a cell's text that is already in the output's own language; a writer does not escape it."""


@dataclass(frozen=True)
class Cell:
    """One cell.

    `text` is a string or a tuple of pieces (`str`, `Sup`, `Raw`); at a newline in it, text and LaTeX break
    the line. `head` is "" for data, "col" or "row" for what the cell is the heading of. `columns` and `rows`
    are how many of each it spans; `align` ("left", "center", "right") is for text and LaTeX; in HTML "right" is
    a class, and the style sheet aligns, unless `write_html` is asked for the style itself.
    """

    text: str | tuple[str, ...] = ()
    head: str = ""
    columns: int = 1
    rows: int = 1
    align: str = "center"

    @property
    def pieces(self) -> tuple[str, ...]:
        """The text as a tuple, whether it was given as one or as a string."""
        return (self.text,) if isinstance(self.text, str) else self.text

    def __bool__(self) -> bool:
        return any(self.pieces)


@dataclass(frozen=True)
class Row:
    """Cells from left to right. `kind` becomes the row's class in HTML.

    `rule` (first and last column, counted from 0) draws a line under part of the row; `gap` leaves room
    after it.
    """

    cells: tuple[Cell, ...]
    kind: str = ""
    rule: tuple[int, int] | None = None
    gap: bool = False


@dataclass(frozen=True)
class Table:
    """A whole table: `head` over `sections` (each a list of rows, with a line between them) over `foot`."""

    head: list[Row]
    sections: list[list[Row]]
    foot: list[Row] = field(default_factory=list)
    caption: str | tuple[str, ...] = ""
    kind: str = ""
    label: str = ""

    @property
    def columns(self) -> int:
        """How many columns the widest row covers."""
        return max(sum(c.columns for c in row.cells) for part in self.parts for row in part)

    @property
    def parts(self) -> list[list[Row]]:
        """Head, sections and foot, as far as there are any."""
        return [part for part in (self.head, *self.sections, self.foot) if part]


def place(rows: list[Row]) -> list[list[tuple[int, Cell]]]:
    """Each row's cells with the column that each starts in, past the cells that reach down from above."""
    taken: dict[int, int] = {}  # column -> rows still covered from above
    placed = []
    for row in rows:
        at, line = 0, []
        covered = {c for c, left in taken.items() if left > 0}
        taken = {c: left - 1 for c, left in taken.items() if left > 1}
        for cell in row.cells:
            while at in covered:
                at += 1
            line.append((at, cell))
            if cell.rows > 1:
                taken |= dict.fromkeys(range(at, at + cell.columns), cell.rows - 1)
            at += cell.columns
        placed.append(line)
    return placed
