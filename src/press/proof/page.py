"""Read a finished page: the text of its article, what stands aside from it, and its formulas, pictures, links."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from .record import Found, Thing, bare

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
# What is not the author's: classes of elements that a reader of the text passes over.
PASSED_OVER = {"cover", "header-number", "equation-number", "anchor", "footnote-ref", "footnote-back", "caption-label"}


def read_page(page: str) -> Found:
    """What the article of a page holds."""
    article = re.search(r"<article[^>]*>(.*)</article>", page, re.S)
    return read_html(article[1] if article else page)


def read_html(text: str) -> Found:
    """What a piece of HTML holds."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    return Found(bare("".join(reader.text)), bare("".join(reader.asides)), reader.things)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self.asides: list[str] = []
        self.things: list[Thing] = []
        self.sinks: list[tuple[str, list[str]]] = []  # the tag that opened another place for text, and that place
        self.tex: list[str] = []
        self.cited: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        classes = set(values.get("class", "").split())
        self._note(tag, classes, values)
        if tag in VOID:
            return
        if sink := self._sink(tag, classes, values):
            self.sinks.append((tag, sink[0]))
        elif self.sinks and tag == self.sinks[-1][0]:
            self.sinks.append(self.sinks[-1])  # the same tag within: its end is not the end of the other

    def _sink(self, tag: str, classes: set[str], values: dict[str, str]) -> tuple[list[str]] | None:
        """Where the text of this element goes, if elsewhere than that around it."""
        if tag == "annotation":
            self.tex = []
            return (self.tex,)
        if tag in ("math", "script", "style") or classes & PASSED_OVER or (tag == "span" and "citation" in classes):
            return ([],)
        if tag in ("figcaption", "caption") or (tag in ("section", "aside") and "footnotes" in classes):
            return (self.asides,)
        return None

    def _note(self, tag: str, classes: set[str], values: dict[str, str]) -> None:
        if tag == "img":
            self.things += [Thing("picture", values.get("src", "")), Thing("alt text", values.get("alt", ""))]
        elif tag == "a" and "xref" in classes:
            self.things.append(Thing("reference", values.get("href", "").rpartition("#")[2]))
        elif tag == "a" and not classes & PASSED_OVER:
            self.things.append(Thing("link", values.get("href", "")))
            work = values.get("href", "").partition("#ref-")[2]
            if work and work not in self.cited:  # a citation within a citation
                self.things.append(Thing("citation", work))
        elif "data-cites" in values:
            self.cited = values["data-cites"].split()
            self.things += [Thing("citation", key) for key in self.cited]

    def handle_endtag(self, tag: str) -> None:
        if self.sinks and tag == self.sinks[-1][0]:
            self.sinks.pop()
            if tag == "annotation":
                self.things.append(Thing("formula", "".join(self.tex)))

    def handle_data(self, data: str) -> None:
        (self.sinks[-1][1] if self.sinks else self.text).append(data)
