"""A `Table` as plain text, laid out as by R's stargazer (Hlavac 2022, version 5.2.3), `type = "text"`."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest

from .structure import Cell, Row, Table, place


def write_text(table: Table, rules: bool = True, gap: int = 1) -> str:
    """The table in lines of equal length, = above and below, - between its parts.

    Args:
        table: what to write.
        rules: False leaves these lines out, and the spaces at the end of the others.
        gap: spaces between columns.
    """
    columns = _Columns(_widths(table), gap, rules)
    lines = [inline(table.caption)] if table.caption else []
    lines += columns.rule("=")
    body = [table.head, *table.sections]
    for part in body:
        lines += _part(part, columns) + columns.rule("=" if part is body[-1] else "-")
    lines += _part(table.foot, columns)
    return "\n".join(lines if rules else map(str.rstrip, lines))


def inline(text: str | tuple[str, ...]) -> str:
    """Text with its markup, of which plain text has none."""
    return text if isinstance(text, str) else "".join(text)


def _widths(table: Table) -> list[int]:
    """Each column's width: its widest cell, then more where a cell that spans columns needs it.

    R's stargazer leaves the spaces between columns out of that sum, and widens the narrowest of the spanned
    columns first, from the left.
    """
    widths = [1] * table.columns
    cells = [pair for part in table.parts for line in place(part) for pair in line]
    for at, cell in cells:
        if cell.columns == 1:
            widths[at] = max(widths[at], _longest(cell))
    for at, cell in cells:
        spanned = range(at, at + cell.columns)
        while sum(widths[i] for i in spanned) < _longest(cell) and cell.columns > 1:
            least = widths[at]
            for i in spanned:
                least = min(least, widths[i])
                if widths[i] == least and sum(widths[j] for j in spanned) < _longest(cell):
                    widths[i] += 1
    return widths


def _longest(cell: Cell) -> int:
    return max(map(len, inline(cell.text).split("\n")))


@dataclass(frozen=True)
class _Columns:
    """Where the columns stand: their widths, the spaces between them, and whether lines are drawn."""

    widths: list[int]
    gap: int
    rules: bool

    def start(self, column: int) -> int:
        return sum(self.widths[:column]) + column * self.gap

    def across(self, first: int, count: int) -> int:
        """The width of `count` columns and the spaces between them."""
        return sum(self.widths[first : first + count]) + (count - 1) * self.gap

    def rule(self, char: str, first: int = 0, last: int | None = None) -> list[str]:
        """A line under all columns, or under some; none where none are drawn."""
        end = len(self.widths) if last is None else last + 1
        return [" " * self.start(first) + char * self.across(first, end - first)] if self.rules else []

    def line(self, cells: list[tuple[int, Cell, str]]) -> str:
        line = ""
        for at, cell, text in cells:
            line = line.ljust(self.start(at)) + _justify(text, self.across(at, cell.columns), cell.align)
        return line.ljust(self.across(0, len(self.widths)))


def _part(rows: list[Row], columns: _Columns) -> list[str]:
    lines = []
    for row, cells in zip(rows, place(rows), strict=True):
        split = [[(at, cell, text) for text in inline(cell.text).split("\n")] for at, cell in cells]
        for line in zip_longest(*split):
            lines.append(columns.line([piece for piece in line if piece]))
        if row.rule:
            lines += columns.rule("-", *row.rule)
        if row.gap:
            lines.append(columns.line([]))
    return lines


def _justify(text: str, width: int, align: str) -> str:
    if align == "center":  # an odd space goes to the right; str.center would move it about
        text = " " * ((width - len(text)) // 2) + text
    return text.rjust(width) if align == "right" else text.ljust(width)
