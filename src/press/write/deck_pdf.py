"""Write each deck as two PDFs by Typst: its slides, one a page; and each slide, small, with what the speaker says."""

from __future__ import annotations

import re
from pathlib import Path

from ..problems import BookError, Problem
from ..read.decks import reveal_settings
from ..read.project import Project
from ..resolve.document import Document
from ..resolve.pandoc import document, pandoc
from ..resolve.settle import parse_line
from ..resolve.tree import Node, Plain, Raw, attr_of, find, plain
from .decks import is_pause, slides_of, with_room
from .pdf import TYPST, TypstWriter, value
from .typeset import typeset

SITE = Path(__file__).with_name("site")
FULL = re.compile(r"too full: (.+) by (\d+ %)")


def write_deck_pdfs(decks: Project, documents: list[Document], out: Path) -> None:
    """Write the PDFs into `out`, where the decks' pictures already are.

    Raises BookError naming the line of a slide that does not fit on its page.
    """
    work = decks.work / decks.folder
    work.mkdir(exist_ok=True)
    for doc in documents:
        text = deck_source(decks, doc)
        for suffix, notes in (("", "false"), ("-notes", "true")):
            try:
                made = typeset(work, out, text.replace("notes: false", f"notes: {notes}", 1))
            except BookError as error:
                raise _placed(error, doc, decks) from None
            (out / Path(doc.entry.href).with_name(f"{Path(doc.entry.path).stem}{suffix}.pdf")).write_bytes(made)


def deck_source(decks: Project, doc: Document) -> str:
    """A deck as Typst: the template, then slide by slide."""
    size = reveal_settings(decks)
    settings = {
        "title": plain(doc.title),
        "subtitle": plain(parse_line(doc.front.get("subtitle"))),
        "book": plain(parse_line(decks.title)),
        "authors": [author.name for author in decks.authors],
        "lang": doc.language.partition("-")[0],
        "region": doc.language.partition("-")[2],
    }
    values = ", ".join(f"{name}: {value(one)}" for name, one in settings.items())
    values += f", width: {size['width']}, height: {size['height']}, notes: false"
    slides = "\n\n".join(_slide(doc, slide) for slide in slides_of(doc))
    return f"{_template()}\n#show: deck.with({values})\n\n{slides}\n"


def _template() -> str:
    """What the book's template defines for its pages' contents, then the deck's own."""
    book, deck = ((SITE / name).read_text("utf-8") for name in ("book.typ", "deck.typ"))
    return book.partition("#let book(")[0] + deck


def _slide(doc: Document, blocks: list[Node]) -> str:
    _, attr, title = blocks[0]["c"]
    writer = _DeckWriter(doc, {})
    shown = with_room([block for block in blocks[1:] if not _is_notes(block)])
    said = [inner for block in blocks[1:] if _is_notes(block) for inner in block["c"][1]]
    pictured = any("r-stretch" in attr_of(image)[1] for image in find(shown, "Image"))
    told = f"], name: {value(plain(title))}, picture: {value(pictured)}, ["
    small = [Raw("typst", "#set text(size: 0.72em)")] if "smaller" in attr[1] else []
    tree = [
        Plain([Raw("typst", "#slide([", True), *writer.blocks(title), Raw("typst", told, True)]),
        *small,
        *writer.blocks(shown),
        Raw("typst", "], ["),
        *writer.blocks(said),
        Raw("typst", "])"),
    ]
    return pandoc(document(tree), *TYPST)


def _is_notes(block: Node) -> bool:
    return block["t"] == "Div" and "notes" in attr_of(block)[1]


class _DeckWriter(TypstWriter):
    """A slide's blocks: pauses pass without a trace, and the only picture fills what is left of the slide."""

    def _para(self, element: Node):
        return [] if is_pause(element) else super()._para(element)

    def _plain(self, element: Node):
        pictures = find(element["c"], "Image")
        if len(pictures) == 1 and "r-stretch" in attr_of(pictures[0])[1]:
            return [Raw("typst", "#filling["), super()._plain(element), Raw("typst", "]")]
        return super()._plain(element)

    def _link(self, element: Node):
        href = element["c"][2][0]
        return element if re.match(r"^[a-z]+:|^//", href) else self.blocks(element["c"][1])

    def _div(self, element: Node):
        attr, inside = element["c"]
        if "question" in attr[1]:
            return [Raw("typst", "#question["), *self.blocks(inside), Raw("typst", "]")]
        return super()._div(element)


def _placed(error: BookError, doc: Document, decks: Project) -> BookError:
    """Typst's word that a slide is too full, at the line of that slide; in a file that the deck includes, at none."""
    found = FULL.search(str(error))
    if not found:
        return error
    title = _letters(found[1])
    lines = (decks.root / doc.entry.path).read_text("utf-8").splitlines()
    line = next((i for i, text in enumerate(lines, 1) if text[:3] == "## " and _letters(text).startswith(title)), 0)
    message = f"the slide “{found[1]}” has too much on it, by {found[2]} of its height: make two slides of it"
    return BookError(Problem(doc.entry.path, line, message))


def _letters(text: str) -> str:
    return re.sub(r"\W", "", text)
