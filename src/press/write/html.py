"""What Pandoc's HTML writer does not know, as HTML around ordinary blocks: numbers, captions, callouts, tabs, folds."""

from __future__ import annotations

import html
import os
import re
from urllib.parse import unquote

from ..read.project import from_root
from ..read.words import words_of
from ..resolve.document import Document
from ..resolve.elsewhere import LINKED
from ..resolve.layout import caption_side, emptied, rows_of
from ..resolve.terminal import runs
from ..resolve.tree import Attr, Div, Link, Node, Plain, Raw, Span, Str, attribute, change, plain, without
from .callouts import callout_kind, callout_to_html
from .picture import size_of_picture


class HtmlWriter:
    """Turns the constructs that Pandoc's HTML writer does not know into HTML around ordinary blocks."""

    def __init__(self, doc: Document, chapters: set[str], captions: dict[str, str]):
        self.page, self.source = doc.entry.href, doc.entry.path
        self.chapters = chapters  # their files: a link to one leads to its page
        self.captions = captions  # on which side of figures and tables they stand
        self.words = words_of(doc.language)
        self.files = doc.files  # the figures that its cells made, by path
        self.tabs = 0

    def blocks(self, blocks: list[Node]) -> list[Node]:
        return change(blocks, self._turn)

    def _turn(self, element: Node):
        turn = getattr(self, f"_{element['t'].lower()}", None)
        return turn(element) if turn else None

    def _rawblock(self, element: Node):
        format, text = element["c"]
        if format != "html":
            return []
        element = Raw("html", self._raw(text))
        return _scroll([element]) if "<table" in text else element

    def _rawinline(self, element: Node):
        return Raw("html", self._raw(element["c"][1]), True) if element["c"][0] == "html" else []

    def _raw(self, text: str) -> str:
        """Raw HTML as it stands, but for links to sources, which lead to pages."""
        return LINKED.sub(lambda m: f"{m[1]}{m[2]}{self._href(html.unescape(m[3]))}{m[2]}", text)

    def _table(self, element: Node):
        attr, *contents = element["c"]
        side = attribute(attr, "tbl-cap-location", self.captions["table"])
        below = ["caption-below"] if side == "bottom" and contents[0][1] else []
        return _scroll([{"t": "Table", "c": [[attr[0], [*attr[1], *below], attr[2]], *self.blocks(contents)]}])

    def _header(self, element: Node):
        level, attr, inlines = element["c"]
        number = attribute(attr, "number")
        inlines = self.blocks(inlines)
        if number:
            word = f"{self.words['appendix']} " if level == 1 and number.isalpha() else ""
            inlines = [Span(Attr("", "header-number"), [Str(word + number)]), Str(" "), *inlines]
        if level > 1 and attr[0]:
            label = f"{self.words['link to']} “{plain(element['c'][2])}”"
            anchor = {"aria_label": label, "data_pagefind_ignore": "all"}
            inlines = [*inlines, Link(Attr("", "anchor", **anchor), [Str("#")], f"#{attr[0]}")]
        return {"t": "Header", "c": [level, [attr[0], attr[1], []], inlines]}

    def _figure(self, element: Node):
        attr, caption, inside = element["c"]
        kind = "table" if "table" in attr[1] else "figure"
        parts = [*(self._rows(attr, inside) or self.blocks(inside))]
        label = [Raw("html", "<figcaption>"), *self.blocks(caption[1]), Raw("html", "</figcaption>")]
        parts = label + parts if caption_side(element, self.captions[kind]) == "top" else parts + label
        identifier = f' id="{attr[0]}"' if attr[0] else ""
        classes = f"{kind} column-margin" if "column-margin" in attr[1] else kind
        return [Raw("html", f'<figure class="{classes}"{identifier}>'), *parts, Raw("html", "</figure>")]

    def _image(self, element: Node):
        attr, alt, (src, title) = element["c"]
        written = attribute(attr, "alt") or attribute(attr, "fig-alt")
        align = attribute(attr, "fig-align")
        classes = [*attr[1], *([f"align-{align}"] if align in ("left", "right") else [])]
        pairs = [[k, v] for k, v in attr[2] if k not in ("alt", "fig-alt") and not k.startswith("fig-")]
        pairs += [["alt", written]] if written or not alt else []  # an empty one: decoration
        pairs += self._size(src) if not {"width", "height"} & {k for k, _ in pairs} else []
        return {"t": "Image", "c": [[attr[0], classes, pairs], alt, [self._href(src), title]]}

    def _size(self, src: str) -> list[list[str]]:
        """The size of a figure that a cell made, in pixels: a page keeps its place until it has come."""
        size = size_of_picture(self.files.get(from_root(self.source, src.partition("#")[0]), b""))
        return [["width", str(size[0])], ["height", str(size[1])]] if size else []

    def _link(self, element: Node):
        attr, inlines, (href, title) = element["c"]
        return {"t": "Link", "c": [attr, self.blocks(inlines), [self._href(href), title]]}

    def _href(self, href: str) -> str:
        """A path in the sources ("/x" from the root, else from this chapter) as a link of this page."""
        if re.match(r"^[a-z]+:|^#|^$|^//", href):
            return href
        path, hash, fragment = href.partition("#")
        path = from_root(self.source, path)
        if unquote(path) in self.chapters:
            path = path.rpartition(".")[0] + ".html"
        return relative(self.page, path) + hash + fragment

    def _span(self, element: Node):
        attr, inside = element["c"]
        if "equation" not in attr[1]:
            return None
        number = Span(Attr("", "equation-number"), [Str(attribute(attr, "number"))])
        return Span([attr[0], attr[1], []], [*inside, number])

    def _div(self, element: Node):
        attr, inside = element["c"]
        if callout_kind(attr):
            return callout_to_html(attr, inside, self.blocks, self.words)
        if "panel-tabset" in attr[1]:
            return self._tabset(inside)
        if rows := self._rows(attr, inside):
            return Div(emptied(attr), rows)
        if "cell" in attr[1]:
            return Div(without(attr, "piece"), self.blocks(inside))
        return None

    def _rows(self, attr: list, inside: list[Node]) -> list[Node]:
        """Contents side by side, a grid for each row, if the div says so."""
        out = []
        for row in rows_of(attr, inside):
            shares = " ".join(f"minmax(0, {share:g}fr)" for share, _ in row)
            cells = [Div(Attr("", "grid-cell"), self.blocks(cell)) for _, cell in row]
            out.append(Div(Attr("", "grid-row", style=f"grid-template-columns: {shares}"), cells))
        return out

    def _tabset(self, inside: list[Node]) -> list[Node]:
        """One section per tab, each under its heading: readable as it stands; press.js makes the tabs."""
        self.tabs += 1
        out: list[Node] = [Raw("html", '<div class="tabset">')]
        opened, level = 0, inside[0]["c"][0] if inside and inside[0]["t"] == "Header" else 0
        for block in inside:
            if block["t"] == "Header" and block["c"][0] == level:
                opened += 1
                name = f"tabset-{self.tabs}-{opened}"
                end = "</div>\n" if opened > 1 else ""
                out.append(Raw("html", f'{end}<div class="tab" id="{name}">'))
                out.append(Plain([Raw("html", f'<p class="tab-title" id="{name}-title">', True)]))
                out[-1]["c"] += [*self.blocks(block["c"][2]), Raw("html", "</p>", True)]
            else:
                out += self.blocks([block])
        return [*out, Raw("html", "</div>\n</div>" if opened else "</div>")]

    def _codeblock(self, element: Node):
        attr, code = element["c"]
        if name := attribute(attr, "filename"):
            rest = [attr[0], attr[1], [[k, v] for k, v in attr[2] if k != "filename"]]
            shown = Plain([Raw("html", '<p class="filename">', True), Str(name), Raw("html", "</p>", True)])
            return [shown, *self.blocks([{"t": "CodeBlock", "c": [rest, code]}])]
        if "ansi" in attr[1]:
            return Raw("html", f"<pre><code>{''.join(_in_colour(*run) for run in runs(code))}</code></pre>")
        fold = attribute(attr, "code-fold")
        if not fold or fold == "false":
            return None
        opened = " open" if fold == "show" else ""
        summary = html.escape(attribute(attr, "code-summary"))
        block = {"t": "CodeBlock", "c": [[attr[0], attr[1], []], code]}
        return [
            Raw("html", f'<details class="code-fold"{opened}>\n<summary>{summary}</summary>'),
            block,
            Raw("html", "</details>"),
        ]


def _in_colour(words: str, names: tuple[str, ...]) -> str:
    text, classes = html.escape(words, quote=False), " ".join(f"ansi-{name}" for name in names)
    return f'<span class="{classes}">{text}</span>' if names else text


def relative(page: str, href: str) -> str:
    """`href`, given from the root of the site, as seen from `page`."""
    return os.path.relpath(href, os.path.dirname(page) or ".").replace(os.sep, "/")


def _scroll(blocks: list[Node]) -> Node:
    return Div(Attr("", "scroll"), blocks)
