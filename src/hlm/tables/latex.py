r"""A `Table` as LaTeX: a `table` with a `tabular` in it, ruled by `\usepackage{booktabs}`."""

from __future__ import annotations

import re
from itertools import zip_longest

from .structure import Cell, Raw, Row, Sup, Table, place

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": "$|$",
    "²": r"\textsuperscript{2}",
    "−": "$-$",
    "∞": r"$\infty$",
    **{c: "\\" + c for c in "&%$#_{}"},
}


def write_latex(table: Table) -> str:
    """The table as LaTeX that compiles with booktabs and nothing else."""
    body = [table.head, *table.sections]
    lines = [r"\begin{table}[!htbp]", r"\centering"]
    if table.caption:
        lines.append(rf"\caption{{{inline(table.caption)}}}")
    if table.label:
        lines.append(rf"\label{{{table.label}}}")
    lines += [rf"\begin{{tabular}}{{{_alignments(table)}}}", r"\toprule"]
    for rows in body:
        lines += _part(rows, table.columns)
        lines.append(r"\bottomrule" if rows is body[-1] else r"\midrule")
    lines += _part(table.foot, table.columns)
    return "\n".join([*lines, r"\end{tabular}", r"\end{table}"])


def inline(text: str | tuple[str, ...]) -> str:
    """Text with its markup: what is raw stays, superscripts are marked, special characters are escaped."""
    return "".join(_piece(p) for p in ((text,) if isinstance(text, str) else text))


def _piece(piece: str) -> str:
    if isinstance(piece, Raw):
        return str(piece)
    if isinstance(piece, Sup):
        return rf"\textsuperscript{{{escape(piece)}}}" if piece else ""
    # A minus sign, not a hyphen, before a number.
    return re.sub(r"(?<![\w.,])-(?=[\d.])", "$-$", escape(piece))


def escape(text: str) -> str:
    """Text that LaTeX prints as it stands."""
    printable = "".join(c if c.isprintable() else " " for c in text)
    escaped = "".join(_SPECIAL.get(c, c) for c in printable)
    # Two hyphens are not a dash, two apostrophes not a quotation mark, and ?` not the Spanish one.
    return re.sub(r"([-'`])(?=\1)|[?!](?=`)", r"\g<0>{}", escaped)


def _alignments(table: Table) -> str:
    """A letter a column: how most of the cells under the head stand."""
    letters = []
    cells = [pair for rows in table.sections for line in place(rows) for pair in line]
    for column in range(table.columns):
        aligns = [cell.align[0] for at, cell in cells if at == column and cell.columns == 1]
        letters.append(max(set(aligns), key=aligns.count) if aligns else "c")
    return "".join(letters)


def _part(rows: list[Row], columns: int) -> list[str]:
    lines = []
    for row, cells in zip(rows, place(rows), strict=True):
        split = [[(at, cell, text) for text in _lines(cell)] for at, cell in cells]
        # No \cmidrule under spanning heads and no \addlinespace: Pandoc would read "2-3" and "1" as cells.
        for line in zip_longest(*split):
            lines.append(_line([piece for piece in line if piece], columns))
        if row.gap and row is not rows[-1]:
            lines[-1] += "[1ex]"
    return lines


def _lines(cell: Cell) -> list[str]:
    """The cell's LaTeX, a string for each of its lines."""
    if len(cell.pieces) == 1 and not isinstance(cell.pieces[0], Raw | Sup):
        return [inline(line) for line in cell.pieces[0].split("\n")]
    return [inline(cell.text)]


def _line(cells: list[tuple[int, Cell, str]], columns: int) -> str:
    line, at = [], 0
    for start, cell, text in cells:
        line += [""] * (start - at)
        # Headings are centred over their columns whatever the columns hold.
        spans = cell.columns > 1 or (cell.head == "col" and text)
        line.append(rf"\multicolumn{{{cell.columns}}}{{{cell.align[0]}}}{{{text}}}" if spans else text)
        at = start + cell.columns
    line += [""] * (columns - at)
    text = " & ".join(line) + r" \\"
    # LaTeX would take an asterisk or a bracket after the end of the row above for that row's argument.
    return "{}" + text if text[0] in "*[" else text
