"""All that an author writes and a reader need not get: for another format, hidden by a cell, taken by a filter.

Commands of LaTeX in the text (\\index{x}) are content for LaTeX alone; `inline` passes over them, and over comments.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field

from .record import Piece, Written, bare

# Content for one format alone, whatever it says; raw HTML with a table in it is for the PDF, too.
RAW_FORMATS = ("html", "typst")


@dataclass(frozen=True)
class Attributes:
    """What stands in {#identifier .class key="value"}."""

    identifier: str = ""
    classes: tuple[str, ...] = ()
    pairs: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Reader:
    """Who reads: in which format, with which profiles."""

    format: str
    profiles: Collection[str] = ()


def is_shown(attributes: Attributes, reader: Reader) -> bool:
    """Whether this reader gets the content of a div or span with these attributes."""
    pairs = attributes.pairs
    met = pairs.get("when-format", reader.format) == reader.format != pairs.get("unless-format")
    met &= "when-profile" not in pairs or pairs["when-profile"] in reader.profiles
    met &= "unless-profile" not in pairs or pairs["unless-profile"] not in reader.profiles
    if "content-visible" in attributes.classes:
        return met
    return not ("content-hidden" in attributes.classes and met) and "hidden" not in attributes.classes


def without_words(written: Written, taken: Collection[str]) -> Written:
    """What was written, with room in place of the words that the author's own filters took away, or changed."""
    words = {bare(word) for word in taken} - {""}
    if words:
        written.pieces = _without(written.pieces, words)
        written.asides = [_without(aside, words) for aside in written.asides]
    return written


def _without(pieces: list[Piece], taken: set[str]) -> list[Piece]:
    left, slack = [], 0
    for piece in pieces:
        slack += piece.slack
        run: list[str] = []  # words that follow one another: looked for as one, since single ones are everywhere
        for word in [*re.findall(r"\S+", piece.words), None]:
            if word is not None and bare(word) not in taken:
                run.append(word)
                continue
            if bare(words := " ".join(run)):
                left.append(Piece(piece.line, words, slack))
                slack = 0
            run = []
            slack += len(word) + 60 if word else 0
    return left


def is_aside(attributes: Attributes) -> bool:
    """Whether it stands in the margin, so that its place in the text may be another."""
    return bool({"aside", "column-margin", "margin-caption"} & set(attributes.classes))


def is_moved(attributes: Attributes, reader: Reader, in_check: bool) -> bool:
    """Whether the book's own filters give it another place: an answer in a PDF, the parts of a self-check."""
    parts = {"answer", "number", "wrong"} if in_check else {"answer"}
    return (in_check or reader.format == "typst") and bool(parts & set(attributes.classes))


def code_is_shown(options: dict) -> bool:
    return options.get("include") is not False and options.get("echo", True) is not False


def outputs_are_shown(options: dict) -> bool:
    return options.get("include") is not False and options.get("output") is not False


def output_is_shown(output: dict, options: dict) -> bool:
    """Warnings can be left out."""
    return output.get("name") != "stderr" or options.get("warning") is not False
