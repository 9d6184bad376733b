"""A `Table` as plain text, laid out as by R's stargazer (Hlavac 2022, version 5.2.3), `type = "text"`."""

from __future__ import annotations

from itertools import zip_longest

from .structure import Cell, Row, Table, place


def write_text(table: Table) -> str:
    """The table in lines of equal length: = above and below, - between its parts, columns one space apart."""
    widths = _widths(table)
    across = sum(widths) + len(widths) - 1
    lines = [inline(table.caption)] if table.caption else []
    lines.append("=" * across)
    body = [table.head, *table.sections]
    for rows in body:
        lines += _part(rows, widths)
        lines.append(("=" if rows is body[-1] else "-") * across)
    lines += _part(table.foot, widths)
    return "\n".join(lines)


def inline(text: str | tuple[str, ...]) -> str:
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


def _part(rows: list[Row], widths: list[int]) -> list[str]:
    lines = []
    for row, cells in zip(rows, place(rows), strict=True):
        split = [[(at, cell, text) for text in inline(cell.text).split("\n")] for at, cell in cells]
        for line in zip_longest(*split):
            lines.append(_line([piece for piece in line if piece], widths))
        if row.rule:
            first, last = row.rule
            before = sum(widths[:first]) + first
            lines.append(" " * before + "-" * (sum(widths[first : last + 1]) + last - first))
        if row.gap:
            lines.append(_line([], widths))
    return lines


def _line(cells: list[tuple[int, Cell, str]], widths: list[int]) -> str:
    line = ""
    for at, cell, text in cells:
        line = line.ljust(sum(widths[:at]) + at)
        width = sum(widths[at : at + cell.columns]) + cell.columns - 1
        line += _justify(text, width, cell.align)
    return line.ljust(sum(widths) + len(widths) - 1)


def _justify(text: str, width: int, align: str) -> str:
    if align == "center":  # an odd space goes to the right; str.center would move it about
        text = " " * ((width - len(text)) // 2) + text
    return text.rjust(width) if align == "right" else text.ljust(width)
