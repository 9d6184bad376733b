"""Read a page of either renderer: what it says, kind by kind, in order, without what only one of the two writes.

docs/quarto-and-press.md lists every difference that is passed over here, with its reason.
"""

import re

import html5lib

XHTML = "{http://www.w3.org/1999/xhtml}"

# Elements of one renderer's frame alone, by class: number of the row in docs/quarto-and-press.md.
FRAME = {
    "anchor": 1, "anchorjs-link": 1, "copy": 1, "code-copy-button": 1, "downloads": 1, "colophon": 1, "turn": 1, "nav-page": 1,
    "quarto-page-breadcrumbs": 1, "breadcrumb-item": 1, "cover": 2, "quarto-title-meta": 2,
    "tab-title": 3, "nav-tabs": 3, "nav-item": 3, "screen-reader-only": 4, "equation-number": 5,
}  # fmt: skip


def classes(element):
    return set((element.get("class") or "").split())


def text(element):
    """An element's words, without formulas (their text depends on who wrote the MathML) and without the frame."""
    if element.tag.endswith("}math") or classes(element) & set(FRAME):
        return ""
    return (element.text or "") + "".join(text(child) + (child.tail or "") for child in element)


def same(words):
    words = words.replace("\u00a0", " ").replace("\u200b", "")
    words = re.sub(r"^(Appendix [A-Z]) —", r"\1", words)  # row 6
    words = re.sub(r"\bsect\. (?=\d)", "sec. ", words)  # row 7
    words = re.sub(r"\s*\\qquad\([A-Z\d]+\.\d+\)$", "", words)  # row 5
    return " ".join(words.split())


def titles_of_tabs(page):
    """Which `read` passes over."""
    tree = html5lib.parse(page.read_text("utf-8"))
    return ["".join(element.itertext()) for element in tree.iter() if "tab-title" in classes(element)]


def read(page):
    """By kind, what a page says: headings, references, citations, captions, cells, callouts, paragraphs, code, formulas."""
    tree = html5lib.parse(page.read_text("utf-8"))
    (main,) = tree.iter(f"{XHTML}main")
    found = {kind: [] for kind in KINDS}
    frame = set(FRAME) | ({"quarto-title-block"} if page.name == "index.html" else set())  # row 2
    _walk(main, found, frame)
    return found


KINDS = {
    "headings": lambda e, tag: re.fullmatch("h[1-6]", tag),
    "references": lambda e, tag: classes(e) & {"xref", "quarto-xref"},
    "citations": lambda e, tag: "citation" in classes(e),
    "captions": lambda e, tag: tag == "figcaption",
    "cells": lambda e, tag: tag in ("th", "td"),
    "callouts": lambda e, tag: classes(e) & {"callout-title", "callout-title-container"} or tag == "summary",
    "paragraphs": lambda e, tag: tag in ("p", "li") and not classes(e) & {"callout-title"},
    "code": lambda e, tag: tag == "pre",
    "formulas": lambda e, tag: tag == "annotation",
    "pictures": lambda e, tag: tag == "img",
}

WORDS_OF = {"pictures": lambda e: e.get("alt") or "", "formulas": lambda e: "".join(e.itertext())}


def _walk(element, found, frame):
    for child in element:
        if not isinstance(child.tag, str) or classes(child) & frame:
            continue
        tag = child.tag.rpartition("}")[2]
        for kind, is_one in KINDS.items():
            if is_one(child, tag):
                words = WORDS_OF.get(kind, text)(child)
                found[kind] += [same(words)] if same(words) else []
        _walk(child, found, frame)
