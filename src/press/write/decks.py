"""Write the decks for a browser: each slide as Pandoc's revealjs writer has it, shown by reveal.js."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from itertools import chain
from pathlib import Path

import jinja2

from ..read.decks import SLIDES, reveal_settings
from ..read.project import Project
from ..resolve.document import Document
from ..resolve.pandoc import document, pandoc
from ..resolve.settle import parse_line
from ..resolve.tree import Node, Plain, attr_of, change, find, plain
from .html import HtmlWriter, relative
from .markup import finish

SITE = Path(__file__).with_name("site")
REVEAL = ("reset.css", "reveal.css", "reveal.js", "plugin/notes.js")
PAUSE = [{"t": "Str", "c": "."}, {"t": "Space"}, {"t": "Str", "c": "."}, {"t": "Space"}, {"t": "Str", "c": "."}]
REVEALJS = ("--from=json", "--to=revealjs", "--slide-level=2", "--mathml", "--wrap=none", "--email-obfuscation=none")


def write_decks(decks: Project, documents: list[Document], out: Path) -> None:
    """Write each deck as a page below `out`, with its pictures and what shows it."""
    _write_files(decks, documents, out)
    frame = jinja2.Environment(
        loader=jinja2.FileSystemLoader(SITE), trim_blocks=True, lstrip_blocks=True, autoescape=True
    ).get_template("deck.html")
    settings = json.dumps(reveal_settings(decks))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        bodies = list(pool.map(lambda doc: _body(decks, doc), documents))
    styles: dict[str, str] = {}
    for doc, body in zip(documents, bodies, strict=True):
        page = frame.render(
            project=decks,
            language=doc.language,
            title=plain(doc.title),
            title_html=_inline(doc.title),
            subtitle_html=_inline(parse_line(doc.front.get("subtitle"))),
            book=plain(parse_line(decks.title)),
            body=body,
            settings=settings,
            link=lambda href, page=doc.entry.href: relative(page, href),
            folder=SLIDES,
        )
        (out / doc.entry.href).write_bytes(finish(page, styles).encode())
    sheet = "".join(f".reveal .{name}{{{css}}}\n" for css, name in sorted(styles.items()))
    (out / SLIDES / "inline.css").write_text(sheet, "utf-8")


def _write_files(decks: Project, documents: list[Document], out: Path) -> None:
    """The decks' pictures and style sheets; reveal.js, from the package that carries it, with its licence."""
    (package,) = find_spec("pyreveal").submodule_search_locations
    reveal = Path(package) / "revealjs"
    served = {f"{SLIDES}/reveal/{name}": reveal / "dist" / name for name in REVEAL}
    served |= {f"{SLIDES}/reveal/LICENSE": reveal / "LICENSE"}
    served |= {f"{SLIDES}/{name}": SITE / name for name in ("deck.js", "deck.css")}
    served |= {sheet: decks.root / sheet for sheet in decks.css}
    for name, file in served.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, out / name)
    for path, data in chain.from_iterable(doc.files.items() for doc in documents):
        (out / path).parent.mkdir(parents=True, exist_ok=True)
        (out / path).write_bytes(data)


def _body(decks: Project, doc: Document) -> str:
    writer = _DeckWriter(doc, set(), decks.captions["html"])
    blocks = [block for slide in slides_of(doc) for block in [*slide[:1], *writer.blocks(with_room(slide[1:]))]]
    return pandoc(document(blocks), *REVEALJS)


def _inline(inlines: list[Node]) -> str:
    return pandoc(document([Plain(inlines)]), "--from=json", "--to=html5", "--mathml", "--wrap=none").strip()


def slides_of(doc: Document) -> Iterator[list[Node]]:
    """The slides of a deck, each from its heading on; the title is the template's."""
    slide: list[Node] = []
    for block in doc.blocks:
        if block["t"] == "Header" and block["c"][0] <= 2:
            if slide and slide[0]["c"][0] == 2:
                yield slide
            slide = []
        slide.append(block)
    if slide and slide[0]["t"] == "Header" and slide[0]["c"][0] == 2:
        yield slide


def with_room(blocks: list[Node]) -> list[Node]:
    """A slide's only picture, where it stands by itself, takes the room that is left, as in Quarto's decks."""
    if len(find(blocks, "Image")) != 1 or any(is_pause(block) for block in blocks):
        return blocks
    out: list[Node] = []
    for block in blocks:
        alone = block["t"] == "Div" and "cell" in attr_of(block)[1]
        for inner in block["c"][1] if alone else [block]:
            out.append(_stretched(inner) if _is_picture(inner) else inner)
    return out


def is_pause(block: Node) -> bool:
    """Whether a paragraph is `. . .`: what stands below it comes at a click."""
    return block["t"] == "Para" and block["c"] == PAUSE


def _is_picture(block: Node) -> bool:
    return block["t"] in ("Para", "Plain") and [inline["t"] for inline in block["c"]] == ["Image"]


def _stretched(block: Node) -> Node:
    def turn(element: Node):
        if element["t"] != "Image":
            return None
        (identifier, classes, pairs), words, target = element["c"]
        return {"t": "Image", "c": [[identifier, [*classes, "r-stretch"], pairs], words, target]}

    return Plain(change(block["c"], turn))


class _DeckWriter(HtmlWriter):
    """A deck's headings have no anchors, and what is too wide for a slide is too wide: nothing scrolls."""

    def _header(self, element: Node):
        level, attr, inlines = element["c"]
        return {"t": "Header", "c": [level, attr, self.blocks(inlines)]}

    def _table(self, element: Node):
        return None

    def _rawblock(self, element: Node):
        return element if element["c"][0] == "html" else []

    def _div(self, element: Node):
        return None if "columns" in attr_of(element)[1] else super()._div(element)
