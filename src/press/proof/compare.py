"""Is it all there? Look for what was written in what was found."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from .record import EXPANDED, Found, Piece, Thing, Written, bare

SHORT = 6  # letters and digits


def missing(written: Written, found: Found, back: Found) -> list[tuple[int, str]]:
    """What an author wrote and a reader does not get: its line, and a word for it.

    The text has to be there in its order. What stands aside (a caption, a note) may be anywhere in it, in one piece, or
    at the `back` of the book.
    """
    anywhere = "\0".join((found.text, found.aside, back.text, back.aside))
    gaps = [_lost(written.pieces, found.text), *(_lost(aside, anywhere) for aside in written.asides)]
    return [gap for gap in gaps if gap] + _lost_things(written.things, found.things)


def _lost(pieces: list[Piece], text: str) -> tuple[int, str] | None:
    """The first piece that does not follow on those before it, allowing for what the book itself adds between them."""
    ends = {0}  # the places up to which the text may have been read
    for piece in _joined(pieces):
        following = _ends(bare(piece.words), text, ends, piece.slack)
        if not following:
            return piece.line, f"“{_first_lost_word(piece, text, ends)}” of “{_short(piece.words)}”"
        ends = following
    return None


def _joined(pieces: list[Piece]) -> Iterator[Piece]:
    """The pieces, with a short one joined to what has to follow at once: "1." alone may stand in too many places."""
    before = None
    for piece in pieces:
        if before and not piece.slack and len(bare(before.words)) < SHORT:
            before = replace(before, words=f"{before.words} {piece.words}")
            continue
        if before:
            yield before
        before = piece
    if before:
        yield before


def _ends(chars: str, text: str, starts: Iterable[int], slack: int) -> set[int]:
    """Where `chars` may end that begin at most `slack` after one of these places."""
    found: set[int] = set()
    searched = -1
    for start in sorted(starts):
        at = text.find(chars, max(start, searched), min(start + slack + len(chars), len(text)))
        while at >= 0 and len(found) < 50:
            found.add(at + len(chars))
            searched = at + 1
            at = text.find(chars, searched, min(start + slack + len(chars), len(text)))
    return found


def _first_lost_word(piece: Piece, text: str, ends: set[int]) -> str:
    slack = piece.slack
    for word in piece.words.split():
        if chars := bare(word):
            ends, slack = _ends(chars, text, ends, slack), 0
            if not ends:
                return word
    return piece.words.strip()


def _lost_things(written: list[Thing], found: list[Thing]) -> list[tuple[int, str]]:
    """Of each kind at least as many, and the same."""
    there = Counter((thing.kind, _same(thing)) for thing in found)
    lost = []
    for thing in sorted(written, key=lambda thing: thing.value == EXPANDED):
        if thing.value == EXPANDED:  # whichever is left
            thing = next((t for t in found if t.kind == "formula" and there[t.kind, _same(t)] > 0), thing)
        key = thing.kind, _same(thing)
        if there[key] <= 0:
            lost.append((thing.line, f"the {thing.kind} {_short(thing.name)}"))
        there[key] -= 1
    return lost


def _same(thing: Thing) -> str:
    if thing.kind == "formula":
        return re.sub(r"\s+", "", thing.value)
    if thing.kind == "alt text":
        return bare(thing.value)
    return thing.value


def _short(text: str, width: int = 60) -> str:
    text = " ".join(text.split())
    return text if len(text) <= width else text[: width - 1] + "…"
