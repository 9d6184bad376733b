"""From a chapter's pieces and their results to Pandoc's AST: cells become ordinary Markdown, Pandoc parses it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from textwrap import indent

from ..read.chapters import Entry
from ..read.project import Project
from ..read.source import INLINE, Cell, Source, Text
from .pandoc import read_blocks_and_warnings
from .settle import byline, heading, settle, without_dollars
from .shown import Shown
from .tree import Node, attribute, change, listed

CONDITIONAL = {"content-visible", "content-hidden"}


@dataclass
class Document:
    """A chapter on its way to the reader: blocks for one target, and the figures they show, by path."""

    entry: Entry
    blocks: list[Node]
    files: dict[str, bytes] = field(default_factory=dict)
    number: str = ""
    title: list[Node] = field(default_factory=list)
    warnings: list[tuple[int, str]] = field(default_factory=list)
    description: str = ""
    language: str = "en"
    front: dict = field(default_factory=dict)
    taken: frozenset[str] = frozenset()  # words that the book's filters took away
    _listed: tuple[list[Node], list[Node], list[str]] = field(default=([], [], []), repr=False, compare=False)

    def find(self, *types: str) -> list[Node]:
        """Every element of these types, in reading order. However often it is asked, the blocks are read once."""
        return [element for element in self._list()[1] if element["t"] in types]

    def words(self) -> list[str]:
        """Every word, in reading order."""
        return self._list()[2]

    def _list(self) -> tuple[list[Node], list[Node], list[str]]:
        if self._listed[0] is not self.blocks:
            self._listed = (self.blocks, *listed(self.blocks))
        return self._listed


def read_document(project: Project, source: Source, results: list[list] | None) -> Document:
    """Parse a chapter; without results (None) its cells stand empty, which is enough to check its labels."""
    files: dict[str, bytes] = {}
    parts: list[str] = []
    starts: list[tuple[int, int]] = []  # (line in the Markdown given to Pandoc, line in the source), per piece
    for i, piece in enumerate(source.pieces):
        result = results[i] if results is not None else None
        starts.append((1 + sum(part.count("\n") + 2 for part in parts), piece.line))
        if isinstance(piece, Cell):
            parts.append(indent(Shown(source, piece, result, i, files).markdown(), piece.indent))
        else:
            parts.append(with_values(piece, result))
    blocks, warned = read_blocks_and_warnings(without_dollars("\n\n".join(parts) + "\n"))
    warnings = [(_line(starts, line), message) for line, message in warned]
    description = str(source.front.get("description") or "")
    language = str(source.front.get("lang") or project.language)
    blocks = [*heading(source.front), *settle(blocks, language)]
    if below := byline(source.front, language):
        first = 1 + next((i for i, b in enumerate(blocks) if b["t"] == "Header"), -1)
        blocks[first:first] = below
    return Document(source.entry, blocks, files, "", [], warnings, description, language, source.front)


def _line(starts: list[tuple[int, int]], line: int) -> int:
    """The line of the source for a line of the Markdown that was made of it."""
    made, written = max((s for s in starts if s[0] <= line), default=(1, 1))
    return written + line - made


def with_values(text: Text, values: list[str] | None) -> str:
    """The text with each inline expression replaced by its value."""
    left = iter(values or [])
    return text.text if not text.runs else INLINE.sub(lambda match: next(left, "…"), text.text)


def for_target(document: Document, target: str, profiles: tuple[str, ...] = ()) -> Document:
    """The same chapter with what is meant for another format or profile left out."""

    if not any(CONDITIONAL & set(div["c"][0][1]) for div in document.find("Div", "Span")):
        return replace(document)

    def turn(element: Node):
        if element["t"] not in ("Div", "Span"):
            return None
        attr, inside = element["c"]
        conditional = CONDITIONAL & set(attr[1])
        if not conditional:
            return None
        format = attribute(attr, "when-format", target).partition(":")[0]
        met = format == target != attribute(attr, "unless-format").partition(":")[0]
        met &= not (when := attribute(attr, "when-profile")) or when in profiles
        met &= attribute(attr, "unless-profile") not in profiles
        return change(inside, turn) if met == ("content-visible" in conditional) else []

    return replace(document, blocks=change(document.blocks, turn))
