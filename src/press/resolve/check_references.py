"""What is wrong between the chapters: labels, references to them, citations, links inside a page."""

from __future__ import annotations

import re
from itertools import compress
from urllib.parse import unquote

from ..read.project import from_root
from ..read.remarks import Remarks
from ..read.vocabulary import LABEL, QUARTO_LABELS
from .crossref import find_missing
from .document import Document
from .numbering import number

Chapter = tuple[Remarks, Document]

# What a word begins with that Pandoc did not take for what its author meant.
MARK = re.compile(r"^\{[#.]|\[\^|^\$\$")
STRAY = {
    "{#": "this {#label} labels nothing: it belongs right after $$, a heading, a figure or ': caption'",
    "{.": "these {.attributes} belong to nothing",
    "[^": "this footnote is not defined",
    "$$": "this $$ has no partner",
}


def check_references(chapters: list[Chapter], works: set[str], names: dict[str, set[str]], own: list[bool]) -> None:
    """All that refers to something finds it, in the chapters as one format has them; `names`: what is in each.

    What a chapter says by itself is read where it is this format's `own`.
    """
    documents = [document for _, document in chapters]
    for remarks, document in chapters:
        _check_names_in_links(remarks, document, names)
    labels = number(documents)
    for remarks, document in compress(chapters, own):
        _check_stray(remarks, document)
        _check_citations(remarks, document, works)
    find_missing(documents, labels)
    for i, label in labels.twice:
        where = rf"(#|label:\s*){re.escape(label)}(?![\w-])"
        chapters[i][0].where(where, f"the label {label} is used twice", nth=-1)
    for i, label in labels.missing:
        remarks = chapters[i][0]
        remarks.where(_reference(label), f"@{label} refers to nothing in the book", text=remarks.prose)


def _check_stray(remarks: Remarks, document: Document) -> None:
    for word in (word for word in document.words() if MARK.search(word)):
        for start, message in STRAY.items():
            written = re.search(rf"(?<!\\){re.escape(word)}", remarks.prose)  # else escaped: meant as it stands
            if written and (word.startswith(start) or (start == "[^" and start in word)):
                remarks.where(re.escape(word), message, text=remarks.prose)


def _check_citations(remarks: Remarks, document: Document, works: set[str]) -> None:
    for work in _cited(document):
        if work not in works:
            unknown = QUARTO_LABELS.match(work)
            why = "is of a kind that press does not number" if unknown else "is in no bibliography"
            remarks.where(_reference(work), f"@{work} {why}", text=remarks.prose)


def _check_names_in_links(remarks: Remarks, document: Document, names: dict[str, set[str]]) -> None:
    """A link to a name in a chapter finds it there."""
    for link in document.find("Link"):
        href = link["c"][2][0]
        path, _, name = href.partition("#")
        if re.match(r"[A-Za-z][\w+.-]*:|//", href) or not name:
            continue
        chapter = from_root(document.entry.path, unquote(path)) if path else document.entry.path
        if chapter in names and name not in names[chapter]:
            remarks.where(re.escape(f"#{name}"), f"the link {href.lstrip('/')} leads nowhere")


def _reference(label: str) -> str:
    return rf"@\{{?{re.escape(label)}(?![\w-])"


def _cited(document: Document) -> list[str]:
    citations = [c["citationId"] for element in document.find("Cite") for c in element["c"][0]]
    return [work for work in citations if not LABEL.match(work.lower())]
