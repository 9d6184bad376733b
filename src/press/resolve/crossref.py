"""Turn each reference to a label, @fig-x, into a link that says "Figure 2.1"."""

from __future__ import annotations

from ..read.vocabulary import LABEL
from .document import Document
from .numbering import Labels
from .tree import Attr, Link, Node, Str, Strong, change, change_inside, find, words


def link_references(documents: list[Document], labels: Labels) -> None:
    """Turn citations of labels into links, in place. A link to another chapter names its file, `other.qmd#fig-x`."""
    for i, document in enumerate(documents):
        document.blocks = change(document.blocks, lambda e, i=i: _reference(e, i, documents, labels))
        document.title = change(document.title, lambda e, i=i: _reference(e, i, documents, labels))


def find_missing(documents: list[Document], labels: Labels) -> None:
    """Note the labels that citations name and the book has not, as `link_references` would, without the links."""
    for i, document in enumerate(documents):
        for cite in (*document.find("Cite"), *find(document.title, "Cite")):
            _reference({**cite, "c": [cite["c"][0], []]}, i, documents, labels)


def _reference(element: Node, index: int, documents: list[Document], labels: Labels):
    if element["t"] != "Cite":
        return None
    citations = element["c"][0]
    if not any(LABEL.match(c["citationId"].lower()) for c in citations):
        return change_inside(element, lambda e: _reference(e, index, documents, labels))
    out: list[Node] = []
    for citation in citations:
        label = citation["citationId"][:1].lower() + citation["citationId"][1:]
        target = labels.targets.get(label)
        if target is None:
            labels.missing.append((index, label))
            out += [Strong([Str(f"?@{label}")])]
            continue
        name = [*citation["citationPrefix"]] or words(target.name)
        if citation["citationMode"]["t"] == "SuppressAuthor" and not citation["citationPrefix"]:
            text = [Str(target.number)]
        else:
            text = [*name, Str("\u00a0"), Str(target.number)]
        if not target.number:
            text = target.title or documents[target.chapter].title  # what has no number goes by its name
        file = "" if target.chapter == index else f"/{documents[target.chapter].entry.path}"
        out += [Str(","), {"t": "Space"}] * bool(out) + [Link(Attr("", "xref"), text, f"{file}#{label}")]
        out += citation["citationSuffix"]
    return out
