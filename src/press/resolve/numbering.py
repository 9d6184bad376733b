"""Number what can be referred to, as Quarto numbers it: chapters, sections, figures, tables, equations, exercises."""

from __future__ import annotations

import copy
import re
from collections import Counter
from dataclasses import dataclass, field

from ..read.vocabulary import LABEL, LABELS
from .document import Document
from .tree import Attr, Div, Node, Plain, Span, Str, Strong, attribute, change, plain, words

EQUATION = re.compile(r"^\{#(eq-[^\s}]+)\}(.*)$")


@dataclass(frozen=True)
class Target:
    """What a label points at. `chapter` is the index of its document; `name` the word before the number."""

    chapter: int
    name: str
    number: str


@dataclass
class Labels:
    """Every label of the book. `twice` and `missing` hold (chapter index, label) of what is wrong."""

    targets: dict[str, Target] = field(default_factory=dict)
    twice: list[tuple[int, str]] = field(default_factory=list)
    missing: list[tuple[int, str]] = field(default_factory=list)


def number(documents: list[Document]) -> Labels:
    """Number chapters, sections, figures, tables, equations and exercises, in place; captions get their numbers."""
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
        numberings.append(_Numbering(labels, i, document, numberings))
        document.blocks = numberings[i].blocks(document.blocks)
    return labels


class _Numbering:
    """One chapter's walk: a counter per kind, and one per depth of section."""

    def __init__(self, labels: Labels, index: int, document: Document, before: list[_Numbering]):
        self.labels, self.index, self.document, self.before = labels, index, document, before
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
            table = copy.deepcopy(element)
            attr, caption = table["c"][0], table["c"][1][1]
            table["c"][0], table["c"][1] = Attr("", *attr[1]), [None, []]
            return self._captioned("tbl", attr, caption, [table])
        if kind == "Figure" and element["c"][0][0].startswith("fig-"):
            attr, caption, inside = element["c"]
            return self._captioned("fig", attr, caption[1], inside)
        if kind == "Div":
            return self._div(element)
        return None

    def _div(self, element: Node):
        attr, inside = element["c"]
        match = LABEL.match(attr[0])
        if place := self.labels.targets.get(attribute(attr, "counts-with")):
            # What a filter took from its place, as answers to the back of a PDF, counts on from there.
            return Div(attr, self.before[place.chapter].blocks(inside))
        if any(name.startswith("callout-") for name in attr[1]) and inside and inside[0]["t"] == "Header":
            # A callout's first heading is its title, not a section of the book.
            return Div(attr, [inside[0], *self.blocks(inside[1:])])
        if "panel-tabset" in attr[1]:
            return Div(attr, change(inside, lambda e: e if e["t"] == "Header" else self._turn(e)))
        if match and match[1] in ("fig", "tbl"):
            return self._figure_or_table(match[1], attr, inside)
        if match and match[1] == "exr":
            return self._exercise(attr, inside)
        return None

    def _figure_or_table(self, kind: str, attr: list, inside: list[Node]) -> Node:
        """A labelled div: its last paragraph is the caption, or its table's own caption is."""
        *content, caption = inside if len(inside) > 1 and inside[-1]["t"] == "Para" else [*inside, Plain([])]
        if content and content[0]["t"] == "Table" and content[0]["c"][1][1]:
            caption = content[0]["c"][1][1][0]
            content[0]["c"][1] = [None, []]
        content = [_bare(block) for block in content]
        return self._captioned(kind, attr, [caption] if plain(caption) else [], self.blocks(content))

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
        attr, numbered = copy.deepcopy(attr), ""
        if "unnumbered" not in attr[1] and self.document.number:
            if level > 1:
                self.sections[level] += 1
                self.sections[level + 1 :] = [0] * (6 - level)
            parts = self.sections[2 : level + 1] if level > 1 else []
            numbered = ".".join([self.document.number, *map(str, parts)])
            attr[2].append(["number", numbered])
        if attr[0].startswith("sec-"):
            chapter = "Appendix" if self.document.entry.appendix else "Chapter"
            self._add(attr[0], chapter if level == 1 else "Section", numbered)
        return {"t": "Header", "c": [level, attr, change(inlines, self._turn)]}

    def _captioned(self, kind: str, attr: list, caption: list[Node], inside: list[Node]) -> Node:
        numbered = [Span(Attr("", "caption-label"), [Str(self._label(kind, attr[0]) + ":")])]
        first = caption[0]["c"] if caption else []
        body = Plain([*numbered, *([{"t": "Space"}, *first] if first else [])])
        classes = [*attr[1], {"fig": "figure", "tbl": "table"}[kind]]
        return {"t": "Figure", "c": [[attr[0], classes, attr[2]], [None, [body, *caption[1:]]], inside]}

    def _equations(self, inlines: list[Node]) -> list[Node]:
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
        self._add(label, LABELS[kind], f"{chapter}{self.counts[kind]}")
        return f"{LABELS[kind]} {chapter}{self.counts[kind]}"

    def _add(self, label: str, name: str, numbered: str) -> None:
        if label in self.labels.targets:
            self.labels.twice.append((self.index, label))
        self.labels.targets[label] = Target(self.index, name, numbered)


def _exercise_name(attr: list, inside: list[Node]) -> tuple[list[Node], list[Node]]:
    if inside and inside[0]["t"] == "Header":
        return inside[0]["c"][2], inside[1:]
    return words(attribute(attr, "name")) if attribute(attr, "name") else [], inside


def _bare(block: Node) -> Node:
    """A figure inside a labelled div is only its picture: the div has the caption."""
    return block["c"][2][0] if block["t"] == "Figure" and block["c"][2] else block
