"""The page of documentation that shows the tables: docs/press.md."""

from __future__ import annotations

from .table import ATTRIBUTES, CELL, CLASSES, DECK, DECK_CLASSES, EXECUTE, OPTIONS, PROJECT, SHORTCODES

PAGE = """\
# What press does of Quarto

press makes the book where there is no Quarto. What it accepts has the effect that Quarto gives it, in the site and in
the PDF. What it cannot do it refuses at `python -m press check`, with file and line. What concerns Quarto's own look
or tools alone it accepts, and names once. What is in none of these tables it refuses.

A name that Quarto does not know, at the top of `_quarto.yml` or of a chapter, is its author's own: there as here it
does nothing but what `{{< meta >}}` shows. press names it once, for it may be a slip.

This page is written from the tables in `src/press/read/table.py`: `python -m press.read.tables_page > docs/press.md`.
"""
TABLES = {
    "`_quarto.yml`: the project and the book": PROJECT,
    "`_quarto.yml`, its `format`, and front matter": OPTIONS,
    "`execute`, and cells": EXECUTE,
    "Cells": CELL,
    "Attributes": ATTRIBUTES,
    "Classes": CLASSES,
    "Shortcodes": SHORTCODES,
    "Decks: `format.revealjs` in `slides/_quarto.yml`": DECK,
    "Decks: classes": DECK_CLASSES,
}


def as_page() -> str:
    """The tables as a page of Markdown."""
    lines = [PAGE]
    for title, rows in TABLES.items():
        lines += [f"## {title}\n", "| Name | Takes | | |", "|:--|:--|:--|:--|"]
        for row in rows.values():
            values = row.values.replace("…", "").replace("|", ", ")
            lines.append(f"| `{row.name}` | {values} | {row.fate} | {row.what} |")
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    print(as_page(), end="")
