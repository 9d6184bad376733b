"""Write the PDF: all chapters as one Typst document, set by the Typst compiler with the book's own template."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import unquote

from ..read.chapters import Part
from ..read.project import Project, from_root
from ..read.words import words_of
from ..resolve.document import Document
from ..resolve.layout import caption_side, is_listed, rows_of
from ..resolve.pandoc import document, pandoc, read_blocks
from ..resolve.settle import parse_line
from ..resolve.terminal import runs
from ..resolve.tree import Attr, Node, Para, Plain, Raw, Str, Strong, attribute, change, find, plain, without_notes
from .callouts import callout_kind, callout_to_typst, label, labelled
from .typeset import typeset

TYPST = ("--from=json", "--to=typst-citations", "--wrap=none", "--syntax-highlighting=idiomatic")
TEMPLATE = Path(__file__).with_name("site") / "book.typ"


def write_pdf(
    project: Project, documents: list[Document], folder: Path, file: Path, cover: bool = True
) -> dict[str, str]:
    """Write the book's PDF, whose figures are in `folder` already, to `file`. Gives its Typst source by chapter.

    Without a cover it begins with the first chapter: neither title page nor contents.
    """
    chapters = _chapters(documents)
    text = "\n".join([_front(project, cover), *chapters.values()])
    file.write_bytes(typeset(project.work, folder, text))
    return chapters


def typst_source(project: Project, documents: list[Document]) -> str:
    """The whole book as Typst: the template, then every chapter."""
    return "\n".join([_front(project), *_chapters(documents).values()])


def _chapters(documents: list[Document]) -> dict[str, str]:
    """Every chapter as Typst, by its path; a part's title where it opens."""
    chapters = {doc.entry.path: f"chapter-{i}" for i, doc in enumerate(documents)}
    opening = _openings(documents)
    return {
        doc.entry.path: _hidden_as_text(
            pandoc(document([*opening.get(i, []), *TypstWriter(doc, chapters).chapter(doc.blocks)]), *TYPST)
        )
        for i, doc in enumerate(documents)
    }


def _hidden_as_text(typst: str) -> str:
    r"""Pandoc's Typst with what \phantom hides as words: `#hide[ = ]` would be a heading, `#hide[ + ]` a list."""
    return re.sub(r"(#hide\[\s*)([=+/-])", r"\1\\\2", typst)


def _openings(documents: list[Document]) -> dict[int, list[Node]]:
    """The titles of parts that have no page of their own, by the index of the chapter that each stands before."""
    parts = [doc.entry.part for doc in documents]
    opened = [i for i, part in enumerate(parts) if part and part.title and part not in parts[:i]]
    return {i: [_part(parts[i], parse_line(parts[i].title))] for i in opened}


def _part(part: Part, title: list[Node], end: str = "]") -> Node:
    return Plain([Raw("typst", f"#part({part.number})[", True), *title, Raw("typst", end, True)])


def _front(project: Project, cover: bool = True) -> str:
    settings = {
        "title": plain(parse_line(project.title)),
        "subtitle": plain(parse_line(project.subtitle)),
        "authors": [author.name for author in project.authors],
        "credits": [str(author) for author in project.authors],
        "description": project.description,
        "date": project.date,
        "lang": project.language.partition("-")[0],
        "region": project.language.partition("-")[2],
        "paper": project.paper,
        "contents": project.words["contents"],
        "toc": project.toc["typst"],
        "cover": cover,
        "depth": project.toc_depth_pdf,
    }
    values = ", ".join(f"{k}: {value(v)}" for k, v in settings.items())
    values += "".join(f", {kind}-captions: {side}" for kind, side in project.captions["typst"].items())
    for name, text in (("shown-title", project.title), ("shown-subtitle", project.subtitle)):
        if any(mark in text for mark in "*_`$^~[\\<"):  # Markdown, which is more than words
            values += f", {name}: [{pandoc(document([Plain(parse_line(text))]), *TYPST).strip()}]"
    return f"{TEMPLATE.read_text('utf-8')}\n#show: book.with({values})\n\n"


def value(given: object) -> str:
    """A text, a list of texts, a number or a truth, as Typst writes it."""
    if isinstance(given, list):
        return "(" + "".join(f"{value(one)}, " for one in given) + ")"
    return json.dumps(given, ensure_ascii=False)


class TypstWriter:
    """Turns one chapter's blocks into what Pandoc's Typst writer and the template understand."""

    def __init__(self, doc: Document, chapters: dict[str, str]):
        self.source, self.chapters = doc.entry.path, chapters  # what Typst calls each chapter, by path
        self.entry = doc.entry
        self.words = words_of(doc.language)

    inline = False  # whether what is written stands in a line of words
    level = 0  # of the last heading

    def chapter(self, blocks: list[Node]) -> list[Node]:
        start = Raw("typst", f"#anchor({label(self.chapters[self.source])})")
        after = 1 + next((i for i, b in enumerate(blocks) if b["t"] == "Header"), 0)
        return [*self.blocks(blocks[:after]), start, *self.blocks(blocks[after:])]

    def blocks(self, blocks: list[Node]) -> list[Node]:
        return change(blocks, self._turn)

    def _turn(self, element: Node):
        turn = getattr(self, f"_{element['t'].lower()}", None)
        return turn(element) if turn else None

    def _rawblock(self, element: Node):
        format, text = element["c"]
        if format == "html":
            return self.blocks(_aligned(read_blocks(text, "html"))) if "<table" in text else []
        return None if format == "typst" else []

    def _rawinline(self, element: Node):
        return None if element["c"][0] == "typst" else []

    def _header(self, element: Node):
        level, attr, inlines = element["c"]
        number = attribute(attr, "number")
        if number and level == 1 and self.entry.appendix:
            number = f"{self.words['appendix']} {number}"
        self.level = level = min(level, self.level + 1)  # PDF/UA has no gaps between levels
        notes = [Raw("typst", "#title-notes.update[", True), *self.blocks(find(inlines, "Note"))]
        inlines = self.blocks(without_notes(inlines))
        start = f"#heading(level: {level}, numbering: {f'(..n) => {json.dumps(number)}' if number else 'none'})["
        start = start if is_listed(element) else start.replace("(", "(outlined: false, ", 1)
        end = f"]{labelled(attr[0])}"
        if level == 1 and self.entry.opens_part:
            return _part(self.entry.part, inlines, end)
        title = Plain([Raw("typst", start, True), *inlines, Raw("typst", end, True)])
        if len(notes) == 1:
            return title
        return [Plain([*notes, Raw("typst", "]", True)]), title, Raw("typst", "#title-notes.update(none)")]

    def _figure(self, element: Node):
        attr, caption, inside = element["c"]
        kind = "table" if "table" in attr[1] or any(b["t"] == "Table" for b in inside) else "image"
        words = [b["c"] for b in caption[1] if b["t"] in ("Plain", "Para")]
        side = caption_side(element, "")  # of its own; the book's is the template's
        start = f"#[#show figure: set figure.caption(position: {side})\n" if side else ""
        start = Raw("typst", f"{start}#figure(kind: {kind}, caption: [", True)
        return [
            Plain([start, *self.blocks([i for w in words for i in w]), Raw("typst", "])[", True)]),
            *(self._rows(attr, inside) or self.blocks(inside)),
            Raw("typst", f"]{labelled(attr[0])}{']' if side else ''}"),
        ]

    def _image(self, element: Node):
        attr, words, (src, _) = element["c"]
        written = attribute(attr, "alt") or attribute(attr, "fig-alt")
        path = "/" + unquote(from_root("", src))
        written = written or plain(words)
        text = f", alt: {json.dumps(written, ensure_ascii=False)}" if written else ", alt: none"
        for side in ("width", "height"):
            size = _size(attribute(attr, side))
            text += f", {side}: {size}" if size else ""
        align = attribute(attr, "fig-align")
        text += f", side: {align}" if align in ("left", "right") else ""
        text += ", inline: true" if self.inline else ""
        return Raw("typst", f"#picture({json.dumps(path, ensure_ascii=False)}{text})", True)

    def _para(self, element: Node):
        """A picture among words stays in their line."""
        texts = [i for i in element["c"] if i["t"] not in ("Image", "Space", "SoftBreak", "LineBreak")]
        self.inline, outer = bool(texts), self.inline
        inlines = _with_apostrophes(self.blocks(element["c"]))
        self.inline = outer
        return {"t": element["t"], "c": inlines}

    _plain = _para

    def _link(self, element: Node):
        attr, inlines, (href, title) = element["c"]
        inlines = self.blocks(inlines)
        path, _, fragment = href.partition("#")
        if re.match(r"^[a-z]+:|^//", href):
            return {"t": "Link", "c": [attr, inlines, [href, title]]}
        chapter = from_root("", path) if path else self.source
        if chapter not in self.chapters:
            return inlines  # a file that only the site has
        target = fragment or self.chapters[chapter]
        return [Raw("typst", f"#link({label(target)})[", True), *inlines, Raw("typst", "]", True)]

    def _span(self, element: Node):
        attr, inside = element["c"]
        if "equation" in attr[1]:
            number = json.dumps(attribute(attr, "number"))
            tex = json.dumps(inside[0]["c"][1].strip(), ensure_ascii=False)
            start = Raw("typst", f"#anchor({label(attr[0])})#maths({tex}, number: {number})[", True)
            return [start, *inside, Raw("typst", "]", True)]
        if "caption-label" in attr[1]:
            return Strong(inside)
        if "aside" in attr[1] or "column-margin" in attr[1]:
            return [Raw("typst", "#footnote[", True), *self.blocks(inside), Raw("typst", "]", True)]
        return None

    def _math(self, element: Node):
        tex = json.dumps(element["c"][1].strip(), ensure_ascii=False)
        return [Raw("typst", f"#maths({tex})[", True), element, Raw("typst", "]", True)]

    def _div(self, element: Node):
        attr, inside = element["c"]
        if callout_kind(attr):
            return callout_to_typst(attr, inside, self.blocks, self.words)
        if "panel-tabset" in attr[1]:
            level = inside[0]["c"][0] if inside and inside[0]["t"] == "Header" else 0
            tab = lambda b: b["t"] == "Header" and b["c"][0] == level  # noqa: E731
            return self.blocks([Para([Strong(b["c"][2])]) if tab(b) else b for b in inside])
        if rows := self._rows(attr, inside):
            return rows
        if {"column-margin", "aside"} & set(attr[1]):
            return [Raw("typst", "#aside["), *self.blocks(inside), Raw("typst", "]")]
        if "cell" in attr[1]:  # no block of its own, which would take the room around a figure in it
            return self.blocks(inside)
        if "byline" in attr[1]:
            return [Raw("typst", "#byline["), *self.blocks(inside), Raw("typst", "]")]
        return None

    def _rows(self, attr: list, inside: list[Node]) -> list[Node]:
        """Contents side by side, a grid for each row, if the div says so."""
        out = []
        for row in rows_of(attr, inside):
            shares = ", ".join(f"{share:g}fr" for share, _ in row)
            out.append(Raw("typst", f"#grid(columns: ({shares},), gutter: 1em, align: top,"))
            for _, cell in row:
                out += [Raw("typst", "["), *self.blocks(cell), Raw("typst", "],")]
            out.append(Raw("typst", ")"))
        return out

    def _codeblock(self, element: Node):
        attr, code = element["c"]
        if "ansi" in attr[1]:
            return Raw("typst", f"#terminal[{''.join(_in_colour(*run) for run in runs(code))}]")
        name = attribute(attr, "filename")
        if not name:
            return None
        rest = [attr[0], attr[1], [[k, v] for k, v in attr[2] if k != "filename"]]
        return [Para([{"t": "Code", "c": [Attr(), name]}]), {"t": "CodeBlock", "c": [rest, code]}]


def _with_apostrophes(inlines: list[Node]) -> list[Node]:
    """The same, an apostrophe that goes on after a piece, as in @key's, as one: Typst would open a quotation there."""
    out: list[Node] = []
    for before, inline in zip([None, *inlines], inlines, strict=False):
        follows = before is not None and before["t"] not in ("Space", "SoftBreak", "LineBreak")
        if follows and inline["t"] == "Str" and inline["c"].startswith("’"):
            out += [Raw("typst", "’", True), Str(inline["c"][1:])]
        else:
            out.append(inline)
    return out


def _in_colour(words: str, names: tuple[str, ...]) -> str:
    text = f"#raw({json.dumps(words, ensure_ascii=False)})"
    return f"#ansi({', '.join(map(json.dumps, names))})[{text}]" if names else text


def _size(written: str) -> str:
    """A width or height as Typst measures: 50%, 3in, 40px; nothing if it is none."""
    if re.fullmatch(r"\d+(\.\d+)?(%|in|cm|mm|pt|em)", written):
        return written
    pixels = re.fullmatch(r"(\d+(?:\.\d+)?)(px)?", written)
    return f"{float(pixels[1]) * 0.75:g}pt" if pixels else ""


SIDES = {"right": "AlignRight", "center": "AlignCenter", "left": "AlignLeft"}


def _aligned(blocks: list[Node]) -> list[Node]:
    """Tables whose cells say by class where they stand (in HTML a style sheet reads it) with the alignment itself."""
    for table in find(blocks, "Table"):
        _, _, _, head, bodies, foot = table["c"]
        middle = "AlignCenter" if "regression-table" in table["c"][0][1] else "AlignLeft"
        reaches = 0  # rows into which a label above still reaches, so that their first cell is not in the first column
        for row in [*head[1], *(row for body in bodies for row in [*body[2], *body[3]]), *foot[1]]:
            for i, cell in enumerate(row[1]):
                side = "AlignLeft" if i == 0 and not reaches else middle
                side = next((SIDES[name] for name in cell[0][1] if name in SIDES), side)
                if cell[1]["t"] == "AlignDefault":
                    cell[1] = {"t": side}
            reaches = max(reaches - 1, 0) if reaches or not row[1] else row[1][0][2] - 1
    return blocks
