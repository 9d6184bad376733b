"""Finish a written page: header cells say what they head, inline styles become classes of one sheet.

And what Pandoc leaves to be wished for in maths and addresses."""

from __future__ import annotations

import hashlib
import re
from html import escape
from html.parser import HTMLParser
from pathlib import Path

from ..resolve.memory import remembered

Attributes = list[tuple[str, str | None]]


# Pandoc writes \overline with a sign of which fonts have one length; an overline they make as long as what it is over.
SHORT_BAR, LONG_BAR = '<mo accent="true">¯</mo>', '<mo accent="true">‾</mo>'


ADDRESS = re.compile(r"(<a [^>]*>)(https?://[^<\s]+)(?=</a>)")


def mended(page: str) -> str:
    """What either renderer's pages need: long bars, and addresses in which a line may end.

    An address that may break nowhere is broken anywhere: a reference's full stop would stand on a line by itself.
    """
    page = page.replace(SHORT_BAR, LONG_BAR)
    return ADDRESS.sub(
        lambda found: found[1] + re.sub(r"(?<=[^/:])/(?=[^/])|(?<=\w)(?=[.]\w)", r"\g<0><wbr>", found[2]), page
    )


def finish(page: str, styles: dict[str, str]) -> str:
    """The page with those tags changed that need it, and all else to the letter.

    A header cell of a table's head says that it heads its column, as Pandoc's do not; an empty one heads nothing.
    A style="..." moves to a class, so that the page's security policy can forbid inline style: `styles` gathers the
    names of these classes by their CSS.
    """
    finished, found = remembered(f"{Path(__file__).read_text('utf-8')}\0{page}", lambda: _finished(page))
    styles |= found
    return finished


def _finished(page: str) -> list:
    """The page, and the classes of its styles."""
    styles: dict[str, str] = {}
    edits = _Tags(page, styles).edits
    parts, done = [], 0
    for start, (end, text) in sorted(edits.items()):
        parts += [page[done:start], text]
        done = end
    return [mended("".join([*parts, page[done:]])), styles]


class _Tags(HTMLParser):
    """Reads a page; `edits` tells what shall stand in place of what: start -> (end, text)."""

    def __init__(self, page: str, styles: dict[str, str]):
        super().__init__()
        self.styles = styles
        self.edits: dict[int, tuple[int, str]] = {}
        self.in_head = False
        self.empty_header: tuple[int, int, Attributes] | None = None  # the one that is open: start, end, attributes
        self.lines = [0, *(newline.end() for newline in re.finditer("\n", page))]
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        start, written = self._here(), self.get_starttag_text()
        end = start + len(written)
        self.empty_header = None
        self.in_head |= tag == "thead"
        header = tag == "th" and self.in_head
        changed = [("scope", "col"), *attrs] if header and "scope" not in dict(attrs) else attrs
        changed = self._without_style(changed)
        if header:
            self.empty_header = (start, end, changed)
        if changed != attrs:
            self.edits[start] = (end, _tag(tag, changed, closed=written.endswith("/>")))

    def handle_data(self, data: str) -> None:
        if data.strip(" \t\r\n\f"):
            self.empty_header = None

    def handle_endtag(self, tag: str) -> None:
        if tag == "th" and self.empty_header:
            start, end, attrs = self.empty_header
            self.edits[start] = (end, _tag("td", [(name, value) for name, value in attrs if name != "scope"]))
            self.edits[self._here()] = (self._here() + len("</th>"), "</td>")
        self.empty_header = None
        self.in_head &= tag != "thead"

    def _here(self) -> int:
        line, column = self.getpos()
        return self.lines[line - 1] + column

    def _without_style(self, attrs: Attributes) -> Attributes:
        style = dict(attrs).get("style")
        if style is None:
            return attrs
        css = style.strip().rstrip(";")
        name = self.styles.setdefault(css, "s" + hashlib.sha256(css.encode()).hexdigest()[:8])
        rest = [(key, value) for key, value in attrs if key != "style"]
        if "class" not in dict(rest):
            return [("class", name), *rest]
        return [(key, f"{name} {value or ''}" if key == "class" else value) for key, value in rest]


def _tag(name: str, attrs: Attributes, closed: bool = False) -> str:
    pairs = "".join(f" {key}" if value is None else f' {key}="{escape(value)}"' for key, value in attrs)
    return f"<{name}{pairs}{' /' if closed else ''}>"
