"""From a chapter's pieces and their results to Pandoc's AST: cells become ordinary Markdown, Pandoc parses it."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from ..problems import BookError, Problem
from ..read.chapters import Entry
from ..read.source import INLINE, Cell, Source, Text
from .pandoc import read_blocks_and_warnings
from .tree import Node, attribute, change


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


def read_document(source: Source, results: list[list] | None) -> Document:
    """Parse a chapter; without results (None) its cells stand empty, which is enough to check its labels."""
    files: dict[str, bytes] = {}
    parts: list[str] = []
    starts: list[tuple[int, int]] = []  # (line in the Markdown given to Pandoc, line in the source), per piece
    for i, piece in enumerate(source.pieces):
        result = results[i] if results is not None else None
        starts.append((1 + sum(part.count("\n") + 2 for part in parts), piece.line))
        if isinstance(piece, Cell):
            parts.append(_cell(source, piece, result, i, files))
        else:
            parts.append(with_values(piece, result))
    blocks, warned = read_blocks_and_warnings("\n\n".join(parts) + "\n")
    warnings = [(_line(starts, line), message) for line, message in warned]
    description = str(source.front.get("description") or "")
    return Document(source.entry, blocks, files, warnings=warnings, description=description)


def _line(starts: list[tuple[int, int]], line: int) -> int:
    """The line of the source for a line of the Markdown that was made of it."""
    made, written = max((s for s in starts if s[0] <= line), default=(1, 1))
    return written + line - made


def with_values(text: Text, values: list[str] | None) -> str:
    """The text with each inline expression replaced by its value."""
    left = iter(values or [])
    return INLINE.sub(lambda match: next(left, "…"), text.text)


def for_target(document: Document, target: str) -> Document:
    """The same chapter with what is meant for another format left out."""

    def turn(element: Node):
        if element["t"] not in ("Div", "Span"):
            return None
        attr, inside = element["c"]
        conditional = {"content-visible", "content-hidden"} & set(attr[1])
        if not conditional:
            return None
        met = attribute(attr, "when-format", target) == target != attribute(attr, "unless-format")
        return change(inside, turn) if met == ("content-visible" in conditional) else []

    return replace(document, blocks=change(document.blocks, turn))


def _cell(source: Source, cell: Cell, outputs: list | None, index: int, files: dict[str, bytes]) -> str:
    """A cell as Quarto Markdown: its code, then its outputs, a labelled one as a figure or table with caption."""
    option = cell.options.get
    if option("include") is False:
        return ""
    parts = []
    if option("echo", True):
        fold = option("code-fold")
        folded = f' code-fold="{str(fold).lower()}" code-summary="{option("code-summary", "Code")}"' if fold else ""
        parts.append(_fenced(cell.code, f"{{.python .cell-code{folded}}}"))
    if option("output") is not False:
        shown = _outputs(source, cell, outputs or [], f"{source.entry.slug}-{index}", files)
        caption = " ".join((option("fig-cap") or option("tbl-cap") or "").split())
        if cell.label.startswith(("fig-", "tbl-")):
            if outputs is not None and not shown:
                raise BookError(Problem(source.path, cell.line, f"the cell {cell.label} shows nothing"))
            parts.append(_div(f"#{cell.label}", *(shown or ["…"]), caption or "<!-- -->"))
        else:
            parts += shown
    return _div(".cell", *parts) if parts else ""


def _outputs(source: Source, cell: Cell, outputs: list, stem: str, files: dict[str, bytes]) -> list[str]:
    shown = []
    for output in outputs:
        kind = output["output_type"]
        if kind == "stream":
            if output["name"] == "stderr" and cell.options.get("warning") is False:
                continue
            if cell.options.get("output") == "asis":
                shown.append(output["text"])
            else:
                shown.append(_div(f".cell-output .{output['name']}", _fenced(output["text"].rstrip("\n"), "")))
            continue
        data = output.get("data", {})
        if "text/markdown" in data:
            shown.append(data["text/markdown"])
        elif "image/svg+xml" in data or "image/png" in data:
            vector = "image/svg+xml" in data
            name = f"{cell.label or stem}{f'-{len(files)}' if not cell.label else ''}.{'svg' if vector else 'png'}"
            path = str(PurePosixPath(source.path).with_suffix("")) + f"_files/{name}"
            files[path] = data["image/svg+xml"].encode() if vector else base64.b64decode(data["image/png"])
            caption = "" if cell.label.startswith("fig-") else " ".join(cell.options.get("fig-cap", "").split())
            alt = " ".join(cell.options.get("fig-alt", "").split()).replace("\\", "\\\\").replace('"', '\\"')
            shown.append(f'![{caption}](/{path}){{alt="{alt}"}}')
        elif "text/html" in data:
            problem = "a cell shows text/html, for which Quarto loads scripts from another host: show text/markdown"
            raise BookError(Problem(source.path, cell.line, problem))
        else:
            shown.append(_div(".cell-output .result", _fenced(data.get("text/plain", ""), "")))
    return shown


def _div(attributes: str, *parts: str) -> str:
    return "\n\n".join([f"::: {{{attributes}}}", *parts, ":::"])


def _fenced(text: str, info: str) -> str:
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence} {info}\n{text}\n{fence}".replace(f"{fence} \n", f"{fence}\n", 1)
