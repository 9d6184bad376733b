"""A PDF's chapters are one document: give what they name names that hold in all of it, join them, and part them."""

from __future__ import annotations

import re
from dataclasses import replace

from ..read.chapters import Entry
from ..read.project import from_root
from ..read.vocabulary import LABEL
from .document import Document
from .tree import Node, Raw, change, change_inside

# A book's labels are its own already; any other identifier is unique in its chapter only.
OF_THE_BOOK = re.compile(rf"{LABEL.pattern}|ref-|refs$|$")
START = "<!-- press: here starts "
ATTRIBUTES = {
    "Header": 1,
    "Link": 0,
    "Image": 0,
    "Div": 0,
    "Span": 0,
    "Figure": 0,
    "Table": 0,
    "Code": 0,
    "CodeBlock": 0,
}


def bind(documents: list[Document]) -> list[Document]:
    """The chapters with identifiers unique in the book, and links and pictures named from the book's root."""
    places = {document.entry.path: i for i, document in enumerate(documents)}
    return [_bound(document, places) for document in documents]


def _bound(document: Document, places: dict[str, int]) -> Document:
    def name(identifier: str, path: str) -> str:
        return identifier if OF_THE_BOOK.match(identifier) else f"chapter-{places[path]}-{identifier}"

    def place(href: str) -> str:
        path, hash, fragment = href.partition("#")
        if re.match(r"[a-z]+:|//|$", href):
            return href
        path = from_root(document.entry.path, path) if path else document.entry.path
        return f"/{path}{hash}{name(fragment, path) if path in places else fragment}"

    def turn(element: Node):
        kind = element["t"]
        if kind not in ATTRIBUTES:
            return None
        contents = [*change_inside(element, turn)["c"]]
        identifier, *others = contents[ATTRIBUTES[kind]]
        contents[ATTRIBUTES[kind]] = [name(identifier, document.entry.path), *others]
        if kind in ("Link", "Image"):
            contents[2] = [place(contents[2][0]), *contents[2][1:]]
        return {"t": kind, "c": contents}

    return replace(document, blocks=change(document.blocks, turn))


def join(documents: list[Document]) -> list[Node]:
    """The blocks of bound chapters as those of one document."""
    return [block for d in documents for block in (Raw("html", f"{START}{d.entry.path} -->"), *d.blocks)]


def part(blocks: list[Node], documents: list[Document]) -> list[Document]:
    """The chapters out of what `join` made of them. A further title makes a further chapter."""
    chapters = {f"{START}{d.entry.path} -->": replace(d, blocks=[]) for d in documents}
    parts, first = [], []
    for block in blocks:
        mark = block["c"][1] if block["t"] == "RawBlock" else ""
        if mark in chapters:
            parts.append(chapters[mark])
            parts[-1].blocks, first = first, []
            continue
        title = block["t"] == "Header" and block["c"][0] == 1
        if title and parts and any(b["t"] == "Header" and b["c"][0] == 1 for b in parts[-1].blocks):
            parts.append(Document(Entry(block["c"][1][0], 0), []))
        (parts[-1].blocks if parts else first).append(block)
    return parts
