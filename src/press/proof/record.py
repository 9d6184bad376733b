"""What proof-reading takes down: letters and digits in order, what stands aside from them, and things."""

from __future__ import annotations

import contextlib
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field

ANYWHERE = 10**9
EXPANDED = "(with macros)"  # a formula of which only its being there is checked


def bare(text: str) -> str:
    """Letters and digits alone: quotation marks, dashes, spaces and line ends are for typographers to change."""
    return re.sub(r"[\W_]+", "", text if text.isascii() else unicodedata.normalize("NFKC", text))


@dataclass
class Piece:
    """Some words of a line, as written. At most `slack` other characters may stand before them."""

    line: int
    words: str
    slack: int = 0


@dataclass(frozen=True)
class Thing:
    """A formula, picture, link, ...: its `value` tells it from others of its kind; its author calls it `name`."""

    kind: str
    value: str
    line: int = 0
    name: str = ""


@dataclass
class Written:
    """What an author wrote: the text, what a reader may find in another place (captions, notes), and the things."""

    pieces: list[Piece] = field(default_factory=list)
    asides: list[list[Piece]] = field(default_factory=list)
    things: list[Thing] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._sink, self._slack = self.pieces, 400  # a page may begin with the book's title

    def say(self, words: str, line: int) -> None:
        if bare(words):
            self._sink.append(Piece(line, words, self._slack))
            self._slack = 0

    def allow(self, characters: int) -> None:
        """What the book itself adds here, as a number or a name, may have so many characters."""
        self._slack += characters

    def thing(self, kind: str, value: str, line: int, name: str = "") -> None:
        self.things.append(Thing(kind, value, line, name or value))

    @contextlib.contextmanager
    def aside(self) -> Iterator[None]:
        """What is said in this block may stand anywhere, but in one piece."""
        outer, self._sink, self._slack = (self._sink, self._slack), [], ANYWHERE
        yield
        if self._sink:
            self.asides.append(self._sink)
        self._sink, self._slack = outer


@dataclass
class Found:
    """What a page, or a Typst source, holds: letters and digits of the text and of what stands aside, and things."""

    text: str = ""
    aside: str = ""
    things: list[Thing] = field(default_factory=list)
