"""Search without a server: Pagefind's index of the finished pages, by word, and their text, for phrases."""

from __future__ import annotations

import json
import re
import subprocess
from html.parser import HTMLParser
from pathlib import Path

from ..problems import BookError

PHRASES = "pagefind/phrases.json"


def index_for_search(hrefs: list[str], out: Path) -> None:
    """Index the pages at these `hrefs` in `out`, to be searched in the reader's browser."""
    from pagefind.service import get_executable

    run = subprocess.run([get_executable(), "--site", str(out), "--quiet"], capture_output=True, text=True, check=False)
    if run.returncode:
        raise BookError(f"Pagefind could not index the book: {run.stderr.strip() or run.stdout.strip()}")
    for file in (out / "pagefind").iterdir():
        if "-ui" in file.name or "highlight" in file.name:
            file.unlink()  # Pagefind's own looks: the search box is ours
    pages = [{"href": href, **_text((out / href).read_text("utf-8"))} for href in hrefs]
    (out / PHRASES).write_text(json.dumps(pages, ensure_ascii=False), "utf-8")


def _text(page: str) -> dict:
    """A page's text as a reader copies it, and where in it which section begins: [place, identifier, title]."""
    reader = _Article()
    reader.feed(page)
    return {"text": reader.text, "sections": reader.sections}


class _Article(HTMLParser):
    UNSEEN = ("annotation", "script", "style")

    def __init__(self) -> None:
        super().__init__()
        self.text, self.sections = "", []
        self.inside = self.heading = False
        self.unseen = 0

    def handle_starttag(self, tag, attrs) -> None:
        self.inside |= tag == "article"
        self.unseen += tag in self.UNSEEN
        if self.inside and re.fullmatch("h[1-6]", tag):
            self.heading = True
            self.sections.append([len(self.text), dict(attrs).get("id") or "", ""])

    def handle_endtag(self, tag) -> None:
        self.inside &= tag != "article"
        self.unseen -= tag in self.UNSEEN
        self.heading &= not re.fullmatch("h[1-6]", tag)
        if self.inside and tag in ("p", "li", "td", "th", "h1", "h2", "h3", "div", "pre", "figcaption", "summary"):
            self.text += " "

    def handle_data(self, data) -> None:
        if self.inside and not self.unseen:
            self.text += re.sub(r"\s+", " ", data)
            if self.heading:
                self.sections[-1][2] += data.replace("#", "")
