"""Write the site: each chapter's AST as a page, with the book's contents on its left and the page's on its right."""

from __future__ import annotations

import hashlib
import html
import os
import re
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

import jinja2

from ..read.project import Project, from_root
from ..resolve.document import Document
from ..resolve.pandoc import Attr, Div, Link, Node, Plain, Raw, Span, Str, attribute, change, document, pandoc, plain
from .notebooks import write_not_found, write_sitemap

SITE = Path(__file__).with_name("site")
CALLOUTS = {"note": "Note", "tip": "Tip", "warning": "Warning", "important": "Important", "caution": "Caution"}


@dataclass(frozen=True)
class Page:
    """A chapter as the template sees it. `toc` nests (id, HTML, children)."""

    href: str
    number: str
    title: str
    title_html: str
    body: str
    description: str
    appendix: bool = False
    toc: list = field(default_factory=list)
    notebook: str = ""


def write_site(project: Project, documents: list[Document], notebooks: dict[str, str], out: Path) -> None:
    """Write every page and the frame's style sheets and scripts below `out`. `notebooks`: href by chapter."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        pages = list(pool.map(lambda d: _page(project, d, notebooks[d.entry.path]), documents))
    styles: dict[str, str] = {}
    template = jinja2.Environment(
        loader=jinja2.FileSystemLoader(SITE), trim_blocks=True, lstrip_blocks=True, autoescape=True
    ).get_template("page.html")

    def render(page: Page, previous: Page | None, following: Page | None, link: Callable[[str], str]) -> str:
        text = template.render(project=project, page=page, pages=pages, previous=previous, next=following, link=link)
        return _styles_to_classes(text, styles)

    for page, previous, following in zip(pages, [None, *pages], [*pages[1:], None], strict=False):
        text = render(page, previous, following, lambda href, page=page: relative(page.href, href))
        _write(out / page.href, text)
    lost = Page("404.html", "", "Not found", "Not found", "", "There is no such page.")
    write_not_found(project, lambda body, link: render(replace(lost, body=body), None, None, link), out)
    write_sitemap(project, [page.href for page in pages], out)
    _write(out / "assets" / "inline.css", "".join(f".{name}{{{css}}}\n" for css, name in sorted(styles.items())))
    for name in ("press.css", "press.js", "theme.js", "favicon.svg"):
        shutil.copyfile(SITE / name, out / "assets" / name)


def relative(page: str, href: str) -> str:
    """`href`, given from the root of the site, as seen from `page`."""
    return os.path.relpath(href, os.path.dirname(page) or ".").replace(os.sep, "/")


def _write(path: Path, data: str | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.encode() if isinstance(data, str) else data)


def _page(project: Project, doc: Document, notebook: str) -> Page:
    """One run of Pandoc for the title, the headings of the page's contents, and the body, parted by marks."""
    headings = [b["c"] for b in doc.blocks if b["t"] == "Header" and 2 <= b["c"][0] <= project.toc_depth]
    short = [doc.title, *(inlines for _, _, inlines in headings)]
    blocks = [block for inlines in short for block in (Plain(inlines), MARK)]
    blocks += _Writer(project, doc).blocks(doc.blocks)
    title, *names, body = _scoped(pandoc(document(blocks), *HTML)).split(MARK["c"][1])
    toc: list = []
    for (level, attr, _), name in zip(headings, names, strict=True):
        entry = (attr[0], attribute(attr, "number"), name.strip(), [])
        (toc[-1][3] if level > 2 and toc else toc).append(entry)
    paragraph = next((plain(b["c"]) for b in doc.blocks if b["t"] == "Para"), "")
    return Page(
        href=doc.entry.href,
        number=doc.number,
        title=plain(doc.title),
        title_html=title.strip(),
        body=body.strip(),
        description=_shorten(doc.description or paragraph or project.description or plain(doc.title)),
        appendix=doc.entry.appendix,
        toc=toc,
        notebook=notebook,
    )


MARK = Raw("html", "<!-- press -->")
HTML = ("--from=json", "--to=html5", "--mathml", "--wrap=none", "--email-obfuscation=none")


def _scoped(text: str) -> str:
    """Say of a header's cells that they head their columns, as Pandoc's do not; an empty one heads nothing."""

    def turn(head: re.Match) -> str:
        cells = re.sub(r"<th(?: scope=\"col\")?([^>]*)>\s*</th>", r"<td\1></td>", head[0])
        return re.sub(r"<th(?![^>]*\bscope=)(?=[\s>])", '<th scope="col"', cells)

    return re.sub(r"<thead>.*?</thead>", turn, text, flags=re.S)


def _shorten(text: str, width: int = 200) -> str:
    text = " ".join(text.split())
    return text if len(text) <= width else text[:width].rsplit(" ", 1)[0] + " …"


class _Writer:
    """Turns the constructs that Pandoc's HTML writer does not know into HTML around ordinary blocks."""

    def __init__(self, project: Project, doc: Document):
        self.project, self.page, self.source = project, doc.entry.href, doc.entry.path
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
        kind = next((c[8:] for c in attr[1] if c.startswith("callout-")), "")
        if kind in CALLOUTS:
            return self._callout(kind, attr, inside)
        if "panel-tabset" in attr[1]:
            return self._tabset(inside)
        return None

    def _callout(self, kind: str, attr: list, inside: list[Node]) -> list[Node]:
        title, inside = callout_title(kind, attr, inside)
        collapse = attribute(attr, "collapse")
        identifier = f' id="{attr[0]}"' if attr[0] else ""
        classes = f'class="callout callout-{kind}"{identifier}'
        if collapse in ("true", "false"):
            opened = " open" if collapse == "false" else ""
            start, middle, end = f"<details {classes}{opened}>\n<summary>", "</summary>", "</details>"
        else:
            start, middle, end = f'<div {classes} role="note">\n<p class="callout-title">', "</p>", "</div>"
        head = [Raw("html", start, True), *self.blocks(title), Raw("html", middle, True)]
        body = Div(Attr("", "callout-body"), self.blocks(inside))
        return [Plain(head), body, Raw("html", end)]

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


def callout_title(kind: str, attr: list, inside: list[Node]) -> tuple[list[Node], list[Node]]:
    """A callout's title (its first heading, or title=, or its kind) and what is left of it."""
    if inside and inside[0]["t"] == "Header":
        return inside[0]["c"][2], inside[1:]
    title = attribute(attr, "title")
    if title:
        from ..resolve.pandoc import read_blocks

        return read_blocks(title)[0]["c"], inside
    return [Str(CALLOUTS[kind])], inside


def _scroll(blocks: list[Node]) -> Node:
    return Div(Attr("", "scroll"), blocks)


def _styles_to_classes(page: str, styles: dict[str, str]) -> str:
    """Move style="..." into classes of one sheet, so that the page's security policy can forbid inline style."""

    def turn(tag: re.Match) -> str:
        style = re.search(r'\sstyle="([^"]*)"', tag[0])
        if not style:
            return tag[0]
        css = html.unescape(style[1]).strip().rstrip(";")
        name = styles.setdefault(css, "s" + hashlib.sha256(css.encode()).hexdigest()[:8])
        text = tag[0].replace(style[0], "", 1)
        if re.search(r'\sclass="', text):
            return re.sub(r'\sclass="', f' class="{name} ', text, count=1)
        return re.sub(r"^<([\w-]+)", rf'<\1 class="{name}"', text)

    return re.sub(r"<[a-zA-Z][^<>]*\sstyle=[^<>]*>", turn, page)
