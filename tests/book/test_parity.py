"""The same book from Quarto and from press: headings, numbers, references, tables, captions, callouts, words.

Where they differ on purpose, `same` says how and why. Without Quarto there is nothing to compare, and the test skips.
"""

import re
import shutil
import subprocess
import sys

import html5lib
import pytest

from press.build.quarto import choose_renderer
from press.problems import BookError

XHTML = "{http://www.w3.org/1999/xhtml}"


def classes(element):
    return set((element.get("class") or "").split())


def text(element, without=()):
    """An element's words, without formulas (their text depends on who wrote the MathML) and without some classes."""
    if element.tag.endswith("}math") or classes(element) & set(without):
        return ""
    return (element.text or "") + "".join(text(child, without) + (child.tail or "") for child in element)


def same(words):
    """Words without what only one of the two writes."""
    words = words.replace("\u00a0", " ").replace("\u200b", "")
    words = re.sub(r"^(Appendix [A-Z]) —", r"\1", words)  # Quarto puts a dash after an appendix's number
    words = re.sub(r" ?\(\d+\.\d+\)$", "", words)  # an equation's number: press's is text, Quarto's is in the formula
    return " ".join(words.split())


def read(page):
    """What a page says, kind by kind, in order."""
    tree = html5lib.parse(page.read_text("utf-8"))
    (main,) = tree.iter(f"{XHTML}main")
    frame = {
        "anchor",
        "anchorjs-link",
        "copy",
        "downloads",
        "turn",
        "nav-page",
        "quarto-title-meta",
        "tab-title",
        "nav-tabs",
    }

    def every(test):
        found = (same(text(e, frame)) for e in main.iter() if isinstance(e.tag, str) and test(e))
        return [words for words in found if words]

    def tagged(*tags):
        return every(lambda e: e.tag.removeprefix(XHTML) in tags)

    return {
        "headings": tagged("h1", "h2", "h3", "h4"),
        "references": every(lambda e: classes(e) & {"xref", "quarto-xref"}),
        "citations": every(lambda e: "citation" in classes(e)),
        "captions": tagged("figcaption"),
        "cells": tagged("th", "td"),
        "callouts": every(
            lambda e: classes(e) & {"callout-title", "callout-title-container"} or e.tag == f"{XHTML}summary"
        ),
        "paragraphs": tagged("p", "li"),
        "code": tagged("pre"),
    }


def test_the_reader_of_pages_reads(book):
    """The comparison is worth something only if it finds the things that it compares."""
    found = read(book / "chapters/02-one-question-two-answers.html")
    assert all(len(items) > 3 for kind, items in found.items() if kind not in ("callouts", "citations")), found
    assert found["headings"][0] == "2 One question, two answers"
    assert "Figure 2.1" in found["references"]


def test_quarto_and_press_make_the_same_book(book, tmp_path):
    try:
        choose_renderer("quarto")
    except BookError as error:
        pytest.skip(f"nothing to compare with: {error}")
    other = tmp_path / "book"
    shutil.copytree(book.parent, other, ignore=shutil.ignore_patterns("_book", ".press"))
    subprocess.run([sys.executable, "-m", "press", "build", "--renderer", "quarto", str(other)], check=True)
    pages = {page.relative_to(book) for page in book.rglob("*.html")}
    differences = []
    for name in sorted(p for p in pages if p.name != "404.html"):
        ours, theirs = read(book / name), read(other / "_book" / name)
        for kind, mine in ours.items():
            only = [w for w in mine if w not in theirs[kind]], [w for w in theirs[kind] if w not in mine]
            if any(only):
                differences.append(f"{name}: {kind}: only press has {only[0]}; only Quarto has {only[1]}")
    assert differences == []
