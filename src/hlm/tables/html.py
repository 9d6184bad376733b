"""A `Table` as HTML: a caption, scoped head cells, class names for the style sheet; inline style only if asked for.

Well-formed as XML and as HTML, so that a browser, a spreadsheet, Pandoc and Quarto all read the same table.
"""

from __future__ import annotations

import re
from html import escape

from .structure import Cell, Raw, Row, Sup, Table

LESS, UNBROKEN = re.compile(r"^&lt; (?=[\d.])"), "&lt;\N{NO-BREAK SPACE}"  # a p value stands on one line


def write_html(table: Table, align_inline: bool = False) -> str:
    """The table as a `<table>` element, a row to a line.

    Args:
        table: what to write.
        align_inline: whether each cell says with a style of its own how it is aligned, the one thing from which
            Pandoc's reader, and with it Quarto's, takes a column's alignment. Otherwise cells on the right have the
            class "right", and the style sheet does the rest.
    """
    lines = [f"<table{_attributes(id=table.label, **{'class': table.kind})}>"]
    if table.caption:
        lines.append(f"<caption>{inline(table.caption)}</caption>")
    lines += _part("thead", table.head, align_inline)
    for section in table.sections:
        lines += _part("tbody", section, align_inline)
    lines += _part("tfoot", table.foot, align_inline)
    return "\n".join([*lines, "</table>"])


def inline(text: str | tuple[str, ...]) -> str:
    """Text with its markup: what is raw stays, superscripts are marked, the rest is escaped."""
    return "".join(_piece(p) for p in ((text,) if isinstance(text, str) else text))


def _piece(piece: str) -> str:
    if isinstance(piece, Raw):
        return str(piece)
    safe = escape(_printable(piece), quote=False).replace("\n", " ")
    return f"<sup>{safe}</sup>" if isinstance(piece, Sup) and safe else safe


def _printable(text: str) -> str:
    """Without the control characters and surrogates that HTML does not allow."""
    return "".join(c for c in text if c in "\n\t" or c.isprintable() or (c.isspace() and ord(c) >= 0xA0))


def _part(tag: str, rows: list[Row], align_inline: bool) -> list[str]:
    return [f"<{tag}>", *(_row(row, align_inline) for row in rows), f"</{tag}>"] if rows else []


def _row(row: Row, align_inline: bool) -> str:
    cells = "".join(_cell(cell, align_inline) for cell in row.cells)
    return f"<tr{_attributes(**{'class': row.kind})}>{cells}</tr>"


def _cell(cell: Cell, align_inline: bool) -> str:
    # An empty heading announces nothing to a screen reader: it is a data cell, whatever it stands over.
    tag = "th" if cell.head and cell else "td"
    attributes = _attributes(
        scope=cell.head if tag == "th" else "",
        colspan=cell.columns if cell.columns > 1 else "",
        rowspan=cell.rows if cell.rows > 1 else "",
        style=f"text-align: {cell.align}" if align_inline else "",
        **{"class": "right" if cell.align == "right" and not align_inline else ""},
    )
    return f"<{tag}{attributes}>{LESS.sub(UNBROKEN, inline(cell.text))}</{tag}>"


def _attributes(**values: object) -> str:
    return "".join(f' {name}="{escape(_printable(str(value)))}"' for name, value in values.items() if value)
