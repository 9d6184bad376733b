"""What Pandoc's HTML writer does not know, as HTML around ordinary blocks: numbers, captions, callouts, tabs, folds."""

from __future__ import annotations

import html
import os
import re

from ..read.project import from_root
from ..resolve.document import Document
from ..resolve.tree import Attr, Div, Link, Node, Plain, Raw, Span, Str, attribute, change, plain
from .callouts import callout_kind, callout_to_html


class HtmlWriter:
    """Turns the constructs that Pandoc's HTML writer does not know into HTML around ordinary blocks."""

    def __init__(self, doc: Document):
        self.page, self.source = doc.entry.href, doc.entry.path
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
        return _scroll([element]) if "<table" in text else None

    def _rawinline(self, element: Node):
        return None if element["c"][0] == "html" else []

    def _table(self, element: Node):
        return _scroll([{"t": "Table", "c": self.blocks(element["c"])}])

    def _header(self, element: Node):
        level, attr, inlines = element["c"]
        number = attribute(attr, "number")
        inlines = self.blocks(inlines)
        if number:
            word = "Appendix " if level == 1 and number.isalpha() else ""
            inlines = [Span(Attr("", "header-number"), [Str(word + number)]), Str(" "), *inlines]
        if level > 1 and attr[0]:
            label = f"Link to “{plain(element['c'][2])}”"
            anchor = {"aria_label": label, "data_pagefind_ignore": "all"}
            inlines = [*inlines, Link(Attr("", "anchor", **anchor), [Str("#")], f"#{attr[0]}")]
        return {"t": "Header", "c": [level, [attr[0], attr[1], []], inlines]}

    def _figure(self, element: Node):
        attr, caption, inside = element["c"]
        kind = "table" if "table" in attr[1] else "figure"
        parts = [*self.blocks(inside)]
        label = [Raw("html", "<figcaption>"), *self.blocks(caption[1]), Raw("html", "</figcaption>")]
        parts = label + parts if kind == "table" else parts + label
        identifier = f' id="{attr[0]}"' if attr[0] else ""
        return [Raw("html", f'<figure class="{kind}"{identifier}>'), *parts, Raw("html", "</figure>")]

    def _image(self, element: Node):
        attr, alt, (src, title) = element["c"]
        written = attribute(attr, "alt") or attribute(attr, "fig-alt")
        pairs = [[k, v] for k, v in attr[2] if k not in ("alt", "fig-alt")]
        pairs += [["alt", written]] if written else []
        return {"t": "Image", "c": [[attr[0], attr[1], pairs], alt, [self._href(src), title]]}

    def _link(self, element: Node):
        attr, inlines, (href, title) = element["c"]
        return {"t": "Link", "c": [attr, self.blocks(inlines), [self._href(href), title]]}

    def _href(self, href: str) -> str:
        """A path in the sources ("/x" from the root, else from this chapter) as a link of this page."""
        if re.match(r"^[a-z]+:|^#|^$|^//", href):
            return href
        path, hash, fragment = href.partition("#")
        path = from_root(self.source, path)
        if path.endswith(".qmd"):
            path = path[:-4] + ".html"
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
            return callout_to_html(attr, inside, self.blocks)
        if "panel-tabset" in attr[1]:
            return self._tabset(inside)
        return None

    def _tabset(self, inside: list[Node]) -> list[Node]:
        """One section per tab, each under its heading: readable as it stands; press.js makes the tabs."""
        self.tabs += 1
        out: list[Node] = [Raw("html", '<div class="tabset">')]
        opened = 0
        for block in inside:
            if block["t"] == "Header":
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
        fold = attribute(attr, "code-fold")
        if not fold:
            return None
        opened = " open" if fold == "show" else ""
        summary = html.escape(attribute(attr, "code-summary"))
        block = {"t": "CodeBlock", "c": [[attr[0], attr[1], []], code]}
        return [
            Raw("html", f'<details class="code-fold"{opened}>\n<summary>{summary}</summary>'),
            block,
            Raw("html", "</details>"),
        ]


def relative(page: str, href: str) -> str:
    """`href`, given from the root of the site, as seen from `page`."""
    return os.path.relpath(href, os.path.dirname(page) or ".").replace(os.sep, "/")


def _scroll(blocks: list[Node]) -> Node:
    return Div(Attr("", "scroll"), blocks)
