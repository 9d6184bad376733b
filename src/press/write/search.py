"""Search without a server: Pagefind's index of the finished pages, by word, and their text, for phrases."""

from __future__ import annotations

import json
import re
import subprocess
from html import unescape
from pathlib import Path

from ..problems import BookError
from ..resolve.memory import remembered

PHRASES = "pagefind/phrases.json"


def index_for_search(hrefs: list[str], out: Path) -> None:
    """Index the pages at these `hrefs` in `out`, to be searched in the reader's browser."""
    from pagefind.service import get_executable

    command = [get_executable(), "--site", str(out), "--quiet"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as run:
        pages = [{"href": href, **_remembered_text((out / href).read_text("utf-8"))} for href in hrefs]
        said, _ = run.communicate()
    if run.returncode:
        raise BookError(f"Pagefind could not index the book: {said.strip()}")
    for file in (out / "pagefind").iterdir():
        if "-ui" in file.name or "highlight" in file.name:
            file.unlink()  # Pagefind's own looks: the search box is ours
    (out / PHRASES).write_text(json.dumps(pages, ensure_ascii=False), "utf-8")


def _remembered_text(page: str) -> dict:
    return remembered(f"{Path(__file__).read_text('utf-8')}\0{page}", lambda: [_text(page)])[0]


def _text(page: str) -> dict:
    """A page's text as a reader copies it, and where in it which section begins: [place, identifier, title]."""
    article = re.search(r"<article[^>]*>(.*)</article>", page, re.S)
    text, sections = "", []
    for part in re.split(r"(?=<h[1-6][ >])", UNSEEN.sub("", article[1] if article else "")):
        if heading := re.match(r'<h[1-6](?:[^>]* id="([^"]*)")?[^>]*>(.*?)</h', part, re.S):
            sections.append([len(text), heading[1] or "", " ".join(_words(heading[2]).replace("#", "").split())])
        text += _words(part)
    return {"text": text, "sections": sections}


UNSEEN = re.compile(r"<(annotation|script|style)\b.*?</\1>", re.S)
TAG = re.compile(
    r"""<(?:!--.*?--|/?(?P<block>p|li|t[dh]|h[1-6]|div|pre|figcaption|summary)?(?:[^<>"']|"[^"]*"|'[^']*')*)>""", re.S
)


def _words(html: str) -> str:
    return unescape(re.sub(r"\s+", " ", TAG.sub(lambda tag: " " if tag["block"] else "", html)))
