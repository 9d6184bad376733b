"""Links to a name in another chapter, [words](#name), or to a chapter's page, other.html: they lead there."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from urllib.parse import unquote

from ..read.project import from_root
from .document import Document
from .numbering import EQUATION
from .tree import Link, Node, attr_of, change

# What raw HTML leads to, or shows: an attribute, its quotation mark, an address that is no other host's.
LINKED = re.compile(r"""(\s(?:href|src|poster)\s*=\s*)(["'])((?!#|[a-z]+:|//)[^"']+)\2""", re.I)
NAMED = ("Header", "Div", "Span", "Figure", "Table", "Image", "Code", "CodeBlock", "Link")


def lead_elsewhere(documents: list[Document]) -> dict[str, set[str]]:
    """Let links name the chapter to which they lead, /other.qmd#name: the first with that name, if not their own.

    Gives the names that each chapter has, by its path.
    """
    names = [identifiers(document) for document in documents]
    pages = {str(PurePosixPath(document.entry.path).with_suffix("")): document.entry.path for document in documents}
    for document, own in zip(documents, names, strict=True):
        hrefs = {link["c"][2][0] for link in document.find("Link")}
        others = {}
        for href in hrefs:
            if href.startswith("#") and href[1:] not in own:
                found = (d.entry.path for d, there in zip(documents, names, strict=True) if href[1:] in there)
                others[href] = next((f"/{path}{href}" for path in found), "")
            elif path := page_of(document.entry.path, href, pages):
                others[href] = f"/{path}{href[len(href.partition('#')[0]) :]}"
        if any(others.values()):
            document.blocks = change(document.blocks, lambda e, others=others: _led(e, others))
    return {document.entry.path: own for document, own in zip(documents, names, strict=True)}


def page_of(chapter: str, href: str, pages: dict[str, str]) -> str:
    """The chapter's file, of `pages` by name, if a link leads to its page as the site has it: other.html, or other."""
    if re.match(r"[A-Za-z][\w+.-]*:|//|#|$", href):
        return ""
    path = PurePosixPath(from_root(chapter, unquote(href.partition("#")[0])))
    return pages.get(str(path.with_suffix("")), "") if path.suffix in (".html", "") else ""


def _led(element: Node, others: dict[str, str]) -> Node | None:
    if element["t"] != "Link" or not (href := others.get(element["c"][2][0])):
        return None
    attr, inlines, _ = element["c"]
    return Link(attr, inlines, href)


def identifiers(document: Document) -> set[str]:
    """The names in a chapter that a link can lead to."""
    equations = {match[1] for word in document.words() if word[:1] == "{" and (match := EQUATION.match(word))}
    return {attr_of(element)[0] for element in document.find(*NAMED)} | equations
