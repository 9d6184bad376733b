"""Number what can be referred to, as Quarto numbers it: chapters, sections, figures, tables, equations, exercises."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from ..read.vocabulary import CALLOUTS, LABEL
from ..read.words import words_of
from .document import Document
from .layout import pictures_of
from .settle import parse_line
from .tree import Attr, Div, Node, Plain, Span, Str, Strong, attribute, change, plain, words

EQUATION = re.compile(r"^\{#(eq-[^\s}]+)\}(.*)$")


@dataclass(frozen=True)
class Target:
    """What a label points at: `chapter` is the index of its document, `name` the word before the number.

    `title` is what a section is called.
    """

    chapter: int
    name: str
    number: str
    title: list[Node] = field(default_factory=list)


@dataclass
class Labels:
    """Every label of the book. `twice` and `missing` hold (chapter index, label) of what is wrong."""

    targets: dict[str, Target] = field(default_factory=dict)
    twice: list[tuple[int, str]] = field(default_factory=list)
    missing: list[tuple[int, str]] = field(default_factory=list)


def number(documents: list[Document], depth: int = 6) -> Labels:
    """Number chapters, sections, figures, tables, equations and exercises, in place; captions get their numbers.

    Headings deeper than `depth` have none; with 0, chapters have none either.
    """
    labels = Labels()
    chapters = appendices = 0
    numberings: list[_Numbering] = []
    for i, document in enumerate(documents):
        heading = next((b for b in document.blocks if b["t"] == "Header" and b["c"][0] == 1), None)
        if heading and "unnumbered" not in heading["c"][1][1] and not document.entry.opens_part:
            if document.entry.appendix:
                appendices += 1
                document.number = chr(ord("A") + appendices - 1)
            else:
                chapters += 1
                document.number = str(chapters)
        document.title = heading["c"][2] if heading else words(document.entry.path)
        own = 0 if document.front.get("number-sections") is False else depth
        numberings.append(_Numbering(labels, i, document, own, tuple(numberings)))
        document.blocks = numberings[i].blocks(document.blocks)
    return labels


class _Numbering:
    """One chapter's walk: a counter per kind, and one per depth of section."""

    def __init__(self, labels: Labels, index: int, document: Document, depth: int, before: tuple[_Numbering, ...]):
        self.labels, self.index, self.document, self.depth, self.before = labels, index, document, depth, before
        self.words = words_of(document.language)
        self.counts: Counter[str] = Counter()
        self.sections = [0] * 7

    def blocks(self, blocks: list[Node]) -> list[Node]:
        return change(blocks, self._turn)

    def _turn(self, element: Node):
        kind = element["t"]
        if kind == "Header":
            return self._header(element)
        if kind in ("Para", "Plain"):
            return {"t": kind, "c": self._equations(change(element["c"], self._turn))}
        if kind == "Table" and element["c"][0][0].startswith("tbl-"):
            attr, caption = element["c"][0], element["c"][1][1]
            return self._captioned(self._label("tbl", attr[0]) + ":", "tbl", attr, caption, [_uncaptioned(element)])
        if kind == "Figure" and element["c"][0][0].startswith("fig-"):
            attr, caption, inside = element["c"]
            return self._captioned(self._label("fig", attr[0]) + ":", "fig", attr, caption[1], inside)
        if kind == "Div":
            return self._div(element)
        return None

    def _div(self, element: Node):
        attr, inside = element["c"]
        match = LABEL.match(attr[0])
        if place := self.labels.targets.get(attribute(attr, "counts-with")):
            # What a filter took from its place, as answers to the back of a PDF, counts on from there.
            return Div(attr, self.before[place.chapter].blocks(inside))
        if kind := next((name[8:] for name in attr[1] if name.startswith("callout-") and name[8:] in CALLOUTS), ""):
            return self._callout(kind, attr, inside, match[1] if match else "")
        if "panel-tabset" in attr[1]:
            level = inside[0]["c"][0] if inside and inside[0]["t"] == "Header" else 0
            tab = lambda e: e["t"] == "Header" and e["c"][0] == level  # noqa: E731 - a tab's name is no section
            return Div(attr, change(inside, lambda e: e if tab(e) else self._turn(e)))
        if match and match[1] in ("fig", "tbl"):
            return self._figure_or_table(match[1], attr, inside)
        if match and match[1] == "exr":
            return self._exercise(attr, inside)
        return None

    def _callout(self, kind: str, attr: list, inside: list[Node], label: str) -> Node:
        """A callout's first heading, or title=, is its title, not a section of the book; a label gives it a number."""
        titled = attribute(attr, "title")
        heading = inside[0] if inside and inside[0]["t"] == "Header" and not titled else None
        inside = self.blocks(inside[1:] if heading else inside)
        if not label or label not in (CALLOUTS[kind], "exr"):
            return Div(attr, [*([heading] if heading else []), *inside])
        title = heading["c"][2] if heading else parse_line(titled) if titled else []
        shown = [Str(self._label(label, attr[0]) + (":" if title and label != "exr" else ""))]
        if title:
            shown += [{"t": "Space"}, *([Str("("), *title, Str(")")] if label == "exr" else title)]
        rest = [[k, v] for k, v in attr[2] if k != "title"]
        return Div([attr[0], attr[1], rest], [{"t": "Header", "c": [2, Attr(), shown]}, *inside])

    def _figure_or_table(self, kind: str, attr: list, inside: list[Node]) -> Node:
        """A labelled div: its last paragraph, or its table's caption, is its own; labelled parts are (a), (b)."""
        last = len(inside) > 1 and inside[-1]["t"] == "Para" and not pictures_of(inside[-1])
        *content, caption = inside if last else [*inside, Plain(parse_line(attribute(attr, "fig-cap")))]
        content = [part for block in content for part in _parts(block)]
        tables = [block for block in content if block["t"] == "Table"]
        if len(tables) == 1 and not tables[0]["c"][0][0] and tables[0]["c"][1][1] and not plain(caption):
            caption = tables[0]["c"][1][1][0]
            content = [_uncaptioned(block, *block["c"][0][2]) if block is tables[0] else block for block in content]
        label = self._label(kind, attr[0])
        letters = iter("abcdefghijklmnopqrstuvwxyz")
        content = [self._part(kind, label, block, letters) for block in content]
        return self._captioned(label + ":", kind, attr, [caption] if plain(caption) else [], content)

    def _part(self, kind: str, whole: str, block: Node, letters: Iterator[str]) -> Node:
        """A part of a figure or table: (a), (b) if it has a label of its own, only its picture if not."""
        labelled = block["t"] in ("Figure", "Table", "Div") and block["c"][0][0].startswith(f"{kind}-")
        if not labelled:
            return (
                self.blocks([_bare(block)])[0]
                if block["t"] == "Figure"
                else next(iter(self.blocks([block])), Plain([]))
            )
        letter = next(letters, "?")
        attr = block["c"][0]
        if block["t"] == "Table":
            caption, inside = block["c"][1][1], [_uncaptioned(block)]
        elif block["t"] == "Figure":
            caption, inside = block["c"][1][1], block["c"][2]
        else:
            *inside, last = block["c"][1] if len(block["c"][1]) > 1 else [*block["c"][1], Plain([])]
            caption = [last] if plain(last) else []
            inside = self.blocks([_bare(part) for part in inside])
        self._add(attr[0], *whole.rsplit(" ", 1)[:1], f"{whole.rsplit(' ', 1)[-1]} ({letter})")
        return self._captioned(f"({letter})", kind, [attr[0], [*attr[1], "part"], attr[2]], caption, inside)

    def _exercise(self, attr: list, inside: list[Node]) -> Node:
        name, inside = _exercise_name(attr, inside)
        title = [Str(self._label("exr", attr[0]))]
        title += [Str(" "), Str("("), *name, Str(")")] if name else []
        head = Span(Attr("", "exercise-title"), [Strong(title)])
        inside = self.blocks(inside)
        if inside and inside[0]["t"] in ("Para", "Plain"):
            inside[0] = {"t": "Para", "c": [head, Str(" "), *inside[0]["c"]]}
        else:
            inside.insert(0, Plain([head]))
        return Div([attr[0], [*attr[1], "exercise"], []], inside)

    def _header(self, element: Node) -> Node:
        level, attr, inlines = element["c"]
        attr, numbered = [attr[0], attr[1], [*attr[2]]], ""
        if "unnumbered" not in attr[1] and self.document.number:
            if level > 1:
                self.sections[level] += 1
                self.sections[level + 1 :] = [0] * (6 - level)
            parts = self.sections[2 : level + 1] if level > 1 else []
            if level <= self.depth or (level == 1 and self.document.entry.appendix):
                numbered = ".".join([self.document.number, *map(str, parts)])
                attr[2].append(["number", numbered])
        if attr[0].startswith("sec-"):
            chapter = "appendix" if self.document.entry.appendix else "chapter"
            self._add(attr[0], self.words[chapter if level == 1 else "sec"], numbered, inlines)
        return {"t": "Header", "c": [level, attr, change(inlines, self._turn)]}

    def _captioned(self, label: str, kind: str, attr: list, caption: list[Node], inside: list[Node]) -> Node:
        numbered = [Span(Attr("", "caption-label"), [Str(label)])]
        first = caption[0]["c"] if caption else []
        body = Plain([*numbered, *([{"t": "Space"}, *first] if first else [])])
        classes = [*attr[1], {"fig": "figure", "tbl": "table"}[kind]]
        return {"t": "Figure", "c": [[attr[0], classes, attr[2]], [None, [body, *caption[1:]]], inside]}

    def _equations(self, inlines: list[Node]) -> list[Node]:
        if not any(inline["t"] == "Str" and inline["c"].startswith("{#eq-") for inline in inlines):
            return inlines
        out: list[Node] = []
        for inline in inlines:
            match = EQUATION.match(inline["c"]) if inline["t"] == "Str" else None
            before = out[-2:] if len(out) > 1 and out[-1]["t"] in ("Space", "SoftBreak") else out[-1:]
            if match and before and before[0]["t"] == "Math":
                shown = self._label("eq", match[1]).split()[-1]
                del out[-len(before) :]
                out.append(Span(Attr(match[1], "equation", number=f"({shown})"), [before[0]]))
                out += [Str(match[2])] if match[2] else []
            else:
                out.append(inline)
        return out

    def _label(self, kind: str, label: str) -> str:
        self.counts[kind] += 1
        chapter = f"{self.document.number}." if self.document.number else ""
        self._add(label, self.words[kind], f"{chapter}{self.counts[kind]}")
        return f"{self.words[kind]} {chapter}{self.counts[kind]}"

    def _add(self, label: str, name: str, numbered: str, title: list[Node] | None = None) -> None:
        if label in self.labels.targets:
            self.labels.twice.append((self.index, label))
        self.labels.targets[label] = Target(self.index, name, numbered, title or [])


def _uncaptioned(table: Node, *pairs: list) -> Node:
    """The table alone, whose name and caption are its figure's; of its attributes it keeps these `pairs`."""
    (_, classes, _), _, *rest = table["c"]
    return {"t": "Table", "c": [["", classes, [*pairs]], [None, []], *rest]}


def _exercise_name(attr: list, inside: list[Node]) -> tuple[list[Node], list[Node]]:
    if inside and inside[0]["t"] == "Header":
        return inside[0]["c"][2], inside[1:]
    return words(attribute(attr, "name")) if attribute(attr, "name") else [], inside


def _parts(block: Node) -> list[Node]:
    """The pictures of a paragraph of several, or of one with a label; any other block is one part."""
    found = pictures_of(block)
    return found if len(found) > 1 or (found and found[0]["c"][0][0]) else [block]


def _bare(block: Node) -> Node:
    """A figure inside a labelled div is only its picture: the div has the caption."""
    return block["c"][2][0] if block["t"] == "Figure" and block["c"][2] else block
