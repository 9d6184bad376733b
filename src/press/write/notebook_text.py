"""A chapter's text as a notebook can show it: Markdown that Jupyter, VS Code and Colab have in common.

None of them knows Pandoc's divs. A callout is a block quote under its title, or unfolds; each tab stands under its
name; figures and tables stand above or below their captions; numbers are written out. A link leads to its place if
that is in the same notebook, else to the book's site, if it has an address; else its words alone stand there.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from ..read.project import Project, from_root
from ..resolve.document import Document
from ..resolve.layout import caption_side
from ..resolve.settle import parse_line
from ..resolve.tree import Attr, Node, Para, Plain, Raw, Str, Strong, attribute, change, find
from .callouts import callout_kind, title_of

# Elements that a browser has to bring to life, and what does so.
LIVELY = re.compile(r"<(?:script|style|link)\b|</?[a-z]+-", re.I)


class NotebookText:
    """What a chapter's blocks become. Asked by `notebooks`, which knows where the code stands."""

    def __init__(self, project: Project, doc: Document):
        self.project, self.doc = project, doc
        self.pages = {entry.path: entry.href for entry in project.entries}
        self.targets = {link["c"][2][0][1:] for link in doc.find("Link") if link["c"][2][0].startswith("#")}

    def blocks(self, blocks: list[Node]) -> list[Node]:
        """The blocks, each as one or several that Markdown has."""
        return change(blocks, self.turn)

    def turn(self, element: Node):
        """What stands in an element's place: None, as it is."""
        return getattr(self, f"_{element['t'].lower()}", lambda _: None)(element)

    def anchor(self, identifier: str) -> list[Node]:
        """The place that a link in this notebook leads to; nothing if none does."""
        return [Plain([Raw("html", f'<a id="{identifier}"></a>', True)])] if identifier in self.targets else []

    def callout(self, attr: list, inside: list[Node]) -> tuple[list[Node], list[Node], bool]:
        """A callout's title, what is in it as it stands, and whether it unfolds."""
        title, inside = title_of(callout_kind(attr), attr, inside, self.project.words)
        return self.blocks(title), inside, attribute(attr, "collapse") == "true"

    def boxed(self, title: list[Node], inside: list[Node], folded: bool) -> list[Node]:
        """Blocks that Markdown has already, under a title: in a quote, or below a title that unfolds them."""
        if not folded:
            head = [Para([Strong(title)])] if title else []
            return [{"t": "BlockQuote", "c": [*head, *inside]}]
        head = [Raw("html", "<details><summary>", True), *title, Raw("html", "</summary>", True)]
        return [Plain(head), *inside, Raw("html", "</details>")]

    def tab(self, title: list[Node]) -> Node:
        """The name of a tab, above what is in it."""
        return Para([Strong([*self.blocks(title), Str(":")])])

    def captions(self, figure: Node) -> tuple[list[Node], list[Node]]:
        """What stands above a figure or table, and what below: its number and caption, and those of its parts."""
        kind = "table" if "table" in figure["c"][0][1] else "figure"
        above = caption_side(figure, self.project.captions["html"][kind]) == "top"
        all_of_it = [figure, *(part for part in find(figure["c"][2], "Figure") if "part" in part["c"][0][1])]
        places = [place for part in all_of_it for place in self.anchor(part["c"][0][0])]
        words = [
            Para(self.blocks(block["c"])) if block["t"] == "Plain" else block
            for part in all_of_it
            for block in part["c"][1][1]
        ]
        return (places + words, []) if above else (places, words)

    def _header(self, element: Node):
        level, attr, inlines = element["c"]
        number = attribute(attr, "number")
        shown = [*([Str(number), {"t": "Space"}] if number else []), *self.blocks(inlines)]
        return [*self.anchor(attr[0]), {"t": "Header", "c": [level, Attr(), shown]}]

    def _div(self, element: Node):
        attr, inside = element["c"]
        if callout_kind(attr):
            title, inside, folded = self.callout(attr, inside)
            return [*self.anchor(attr[0]), *self.boxed(title, self.blocks(inside), folded)]
        if "panel-tabset" in attr[1]:
            level = next((block["c"][0] for block in inside if block["t"] == "Header"), 0)
            tabs = [
                [self.tab(block["c"][2])] if block["t"] == "Header" and block["c"][0] == level else self.blocks([block])
                for block in inside
            ]
            return [*self.anchor(attr[0]), *(block for tab in tabs for block in tab)]
        return [*self.anchor(attr[0]), *self.blocks(inside)]

    def _figure(self, element: Node):
        above, below = self.captions(element)
        return [*above, *self.blocks(element["c"][2]), *below]

    def _para(self, element: Node):
        """The place of an equation stands above it: a display begins its line."""
        equations = [span for span in find(element["c"], "Span") if "equation" in span["c"][0][1]]
        places = [place for span in equations for place in self.anchor(span["c"][0][0])]
        return [*places, Para(self.blocks(element["c"]))]

    def _span(self, element: Node):
        attr, inside = element["c"]
        if "equation" in attr[1]:
            number = attribute(attr, "number").strip("()")
            return [_formula(inline, rf" \tag{{{number}}}") for inline in inside]
        inside, place = self.blocks(inside), [inline for block in self.anchor(attr[0]) for inline in block["c"]]
        return [*place, *([Strong(inside)] if "caption-label" in attr[1] else inside)]

    def _math(self, element: Node):
        return _formula(element)

    def _cite(self, element: Node):
        return self.blocks(element["c"][1])

    def _link(self, element: Node):
        _, inlines, (href, title) = element["c"]
        inlines, href = self.blocks(inlines), self._href(href)
        return {"t": "Link", "c": [Attr(), inlines, [href, title]]} if href else inlines

    def _image(self, element: Node):
        attr, alt, (src, title) = element["c"]
        alt = [Str(written)] if (written := attribute(attr, "alt")) else self.blocks(alt)
        return {"t": "Image", "c": [Attr(), alt, [self._href(src), title]]} if self._href(src) else alt

    def _href(self, href: str) -> str:
        """Where a link leads from a notebook that may be anywhere; nowhere if the book has no address."""
        if re.match(r"[a-z]+:|#|//", href, re.I):
            return href
        path, mark, name = href.partition("#")
        path = from_root(self.doc.entry.path, path)
        page = self.pages.get(path, path)
        return f"{self.project.site_url}/{page}{mark}{name}" if self.project.site_url else ""

    def _codeblock(self, element: Node):
        attr, code = element["c"]
        language = next((name for name in attr[1] if name not in ("cell-code", "ansi", "numberLines")), "")
        return {"t": "CodeBlock", "c": [Attr("", *([language] if language else [])), code]}

    def _code(self, element: Node):
        return {"t": "Code", "c": [Attr(), element["c"][1]]}

    def _rawblock(self, element: Node):
        format, text = element["c"]
        return None if format == "html" and not LIVELY.search(text) else []

    def _rawinline(self, element: Node):
        return self._rawblock(element)

    def _table(self, element: Node):
        _, caption, *rest = element["c"]
        return {"t": "Table", "c": [Attr(), caption, *change(rest, self.turn)]}


def page_address(project: Project, doc: Document) -> str:
    """The address of the chapter's page; empty if the book knows none."""
    return f"{project.site_url}/{doc.entry.href}" if project.site_url else ""


def notebook_of(path: str) -> str:
    """Where a chapter's notebook is in the site."""
    return str(PurePosixPath(path).with_suffix(".ipynb"))


def frame(text: str) -> Node:
    """A line of Markdown of the notebook's own."""
    return Para(parse_line(text))


def _formula(element: Node, number: str = "") -> Node:
    """A formula on one line: within a quote, further lines would begin with its mark."""
    if element["t"] != "Math":
        return element
    kind, tex = element["c"]
    lines = (re.sub(r"(?<!\\)%.*", "", line) for line in tex.splitlines())
    return {"t": "Math", "c": [kind, " ".join(" ".join(lines).split()) + number]}
