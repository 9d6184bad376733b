"""Write the site: each chapter as a page, with the book's contents on its left and the page's on its right."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from urllib.parse import urlparse

import jinja2

from ..read.chapters import Entry
from ..read.project import Project
from ..read.source import as_list
from ..read.words import SCRIPT, words_of
from ..resolve.document import Document
from ..resolve.layout import is_listed
from ..resolve.pandoc import document, pandoc
from ..resolve.settle import parse_line
from ..resolve.tree import Node, Plain, Raw, attribute, change, find, plain, without_notes
from .fonts import TEXT_FONT, named_by
from .html import HtmlWriter, relative
from .inline import move_inline
from .markup import finish

SITE = Path(__file__).with_name("site")
MARK = Raw("html", "<!-- press -->")
HTML = ("--from=json", "--to=html5", "--mathml", "--wrap=none", "--email-obfuscation=none")


@dataclass(frozen=True)
class Page:
    """A chapter as the template sees it. `toc` nests (id, number, HTML, children)."""

    entry: Entry
    number: str
    title: str
    title_html: str
    body: str
    description: str
    toc: list = field(default_factory=list)
    keywords: str = ""
    language: str = "en"

    @property
    def words(self) -> dict[str, str]:
        """The words of the frame around it."""
        return words_of(self.language)

    @property
    def script_words(self) -> str:
        """The words of its script, as JSON."""
        return json.dumps(words_of(self.language, SCRIPT), ensure_ascii=False)

    @property
    def href(self) -> str:
        return self.entry.href


def write_site(project: Project, documents: list[Document], out: Path) -> None:
    """Write every page and the frame's style sheets and scripts below `out`."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        pages = list(pool.map(lambda d: page_of(project, d), documents))
    shared = {
        "project": project,
        "text_font": TEXT_FONT if Path(TEXT_FONT).name in named_by(project) else "",
        "pages": pages,
        "contents": list(_parts(pages)),
        "title": _inline(project.title),
        "subtitle": _inline(project.subtitle),
        "plain_title": plain(parse_line(project.title)),
    }
    foot = [_inline(part) for part in project.footer]
    styles: dict[str, str] = {}
    inline: dict[str, str] = {}
    frame = jinja2.Environment(
        loader=jinja2.FileSystemLoader(SITE), trim_blocks=True, lstrip_blocks=True, autoescape=True
    ).get_template("page.html")

    def write(page: Page, link: Callable[[str], str], previous: Page | None, following: Page | None) -> None:
        turns = {"previous": previous, "next": following}
        text = frame.render(page=page, link=link, foot=[_from(part, link) for part in foot], **shared, **turns)
        _write(out / page.href, finish(move_inline(text, link, inline), styles))

    for page, previous, following in zip(pages, [None, *pages], [*pages[1:], None], strict=False):
        write(page, lambda href, page=page: relative(page.href, href), previous, following)
    root = urlparse(project.site_url).path.rstrip("/") + "/"
    # A server shows it at any depth, so its links start from the root of the site.
    write(_not_found(root, project.language), lambda href: root + href, None, None)
    _write(out / "assets" / "inline.css", "".join(f".{name}{{{css}}}\n" for css, name in sorted(styles.items())))
    for name, text in inline.items():
        _write(out / name, text)
    for name in ("press.css", "press.js", "reading.js", "theme.js", "favicon.svg"):
        shutil.copyfile(SITE / name, out / "assets" / name)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())


def page_of(project: Project, doc: Document) -> Page:
    """One run of Pandoc for the title, the headings of the page's contents, and the body, parted by marks."""
    headings = [
        b["c"] for b in doc.blocks if b["t"] == "Header" and 2 <= b["c"][0] <= project.toc_depth and is_listed(b)
    ]
    short = [without_notes(inlines) for inlines in (doc.title, *(inlines for _, _, inlines in headings))]
    blocks = [block for inlines in short for block in (Plain(inlines), MARK)]
    blocks += HtmlWriter(doc, {entry.path for entry in project.entries}, project.captions["html"]).blocks(doc.blocks)
    title, *names, body = pandoc(document(_highlighted(blocks)), *HTML).split(MARK["c"][1])
    paragraph = next((plain(b["c"]) for b in doc.blocks if b["t"] == "Para"), "")
    return Page(
        entry=doc.entry,
        number=doc.number if project.number_depth["html"] or doc.entry.appendix else "",
        title=plain(doc.title),
        title_html=title.strip(),
        body=body.strip(),
        description=_shorten(doc.description or paragraph or project.description or plain(doc.title)),
        toc=[] if doc.front.get("toc", project.toc["html"]) is False else _contents(headings, names),
        language=doc.language,
        keywords=", ".join(map(str, as_list(doc.front.get("keywords")))),
    )


def _highlighted(blocks: list[Node]) -> list[Node]:
    """The blocks with their code as HTML: Pandoc takes long to colour it, and words change more often."""
    codes = find(blocks, "CodeBlock")
    if not codes:
        return blocks
    shown = iter(pandoc(document([block for code in codes for block in (code, MARK)]), *HTML).split(MARK["c"][1]))
    return change(blocks, lambda e: Raw("html", next(shown).strip("\n")) if e["t"] == "CodeBlock" else None)


def _parts(pages: list[Page]) -> Iterator[tuple[str, Page | None, list[Page]]]:
    """The book's contents: (title of the part as HTML, its page, its chapters); outside of parts there is no title."""
    appendices = False
    for (appendix, part), group in groupby(pages, lambda page: (page.entry.appendix, page.entry.part)):
        inside = list(group)
        if appendix and not appendices:
            appendices = True
            yield inside[0].words["appendices"], None, [] if part else inside
            if not part:
                continue
        home = inside.pop(0) if inside[0].entry.opens_part else None
        yield _inline(part.title) if part else "", home, inside


def _from(html: str, link: Callable[[str], str]) -> str:
    """A line of the frame, whose links lead from the book's root, as a page shows it that is elsewhere."""

    def lead(found: re.Match[str]) -> str:
        path, mark, fragment = found[1].lstrip("/").partition("#")
        return f'href="{link(re.sub(r"[.]qmd$", ".html", path))}{mark}{fragment}"'

    return re.sub(r'href="(?![a-z]+:|#)([^"]+)"', lead, html)


def _inline(markdown: str) -> str:
    """A line of Markdown as HTML, for the frame."""
    return pandoc(document([Plain(parse_line(markdown))]), *HTML).strip() if markdown else ""


def _contents(headings: list[tuple[int, list, list]], names: list[str]) -> list[tuple]:
    """The page's contents as Page has them: deeper headings below the section that they stand in."""
    contents: list[tuple] = []
    for (level, attr, _), name in zip(headings, names, strict=True):
        entry = (attr[0], attribute(attr, "number"), name.strip(), [])
        (contents[-1][3] if level > 2 and contents else contents).append(entry)
    return contents


def _not_found(root: str, language: str) -> Page:
    """404.html, what a server shows for a page that is not there."""
    words = words_of(language)
    start = f'<a href="{root}index.html">{words["lost start"]}</a>'
    body = f"<h1>{words['lost']}</h1>\n<p>{words['lost try']} {start}.</p>"
    return Page(
        Entry("404.qmd", 0), "", words["lost title"], words["lost title"], body, f"{words['lost']}.", language=language
    )


def _shorten(text: str, width: int = 200) -> str:
    text = " ".join(text.split())
    return text if len(text) <= width else text[:width].rsplit(" ", 1)[0] + " …"
