"""What is wrong with a chapter as its parsed tree tells: titles, classes, attributes, tabs, pictures, links, TeX."""

from __future__ import annotations

import re
from html import unescape
from itertools import compress
from pathlib import Path
from urllib.parse import unquote

from ..problems import Problem
from ..read.cells import ROW
from ..read.decks import SLIDES
from ..read.includes import FOREIGN
from ..read.project import Project, from_root
from ..read.remarks import Remarks
from ..read.settings import own
from ..read.source import Cell, Source
from ..read.table import ATTRIBUTES, CLASSES, DECK_CLASSES, EXECUTE, LOOK, OPTIONS, REFUSED, Row
from ..read.vocabulary import FORMATS, LABEL, OTHER_FORMATS, QUARTO_ATTRIBUTES, QUARTO_CLASSES, QUARTO_LABELS
from .check_references import check_references
from .document import Document, for_target
from .elsewhere import LINKED, lead_elsewhere
from .pandoc import unreadable_maths
from .tree import Node, attr_of, attribute, plain

# LaTeX that shows a reader nothing: index entries, page breaks, spaces.
SILENT = re.compile(
    r"(\\(index\w*|(new|clear|cleardouble)?page(break)?|noindent|[vh](space|fill)|(big|med|small)skip|phantomsection|label"
    r"|addcontentsline|setcounter|(front|main|back)matter|printindex|needspace|markboth|(this)?pagestyle|FloatBarrier"
    r"|allowbreak|vfil|clearpage)\*?(\[[^\]]*\])*(\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\})*\s*)+"
)
HANDLER = re.compile(r"<[^>]*\son[a-z]+\s*=")


def check_documents(
    project: Project, sources: list[Source], documents: list[Document], works: set[str]
) -> list[Problem]:
    """Every problem of the chapters as parsed, unexecuted (`documents`); `works` are the keys that can be cited."""
    chapters = [(Remarks(s), d) for s, d in zip(sources, documents, strict=True) if s.pieces]
    for remarks, document in chapters:
        _check_warnings(remarks, document)
        _check_titles(remarks, document)
        _check_names(remarks, document, CLASSES | DECK_CLASSES if project.folder else CLASSES)
    whole = len(chapters) == len(sources)  # else one could not be read: what others refer to may be there
    for format in FORMATS:
        shown = [(remarks, for_target(document, format, project.profiles)) for remarks, document in chapters]
        of_all = format != FORMATS[0]  # what a chapter has for every format was read for the first
        own = [d.blocks is not all_.blocks or not of_all for (_, d), (_, all_) in zip(shown, chapters, strict=True)]
        names = lead_elsewhere([document for _, document in shown])
        for remarks, document in compress(shown, own):
            _check_tabsets(remarks, document)
            _check_images(remarks, document, project)
            _check_links(remarks, document, project)
            _check_raw(remarks, document, project)
        if whole:
            check_references(shown, works, names, own)
    if whole:
        _check_maths(chapters)
    return [problem for remarks, _ in chapters for problem in remarks.problems]


def passed_over(sources: list[Source], documents: list[Document]) -> list[str]:
    """What the chapters say that concerns Quarto's own look alone, each thing once, where it first stands."""
    found: dict[str, str] = {}
    for source, document in zip(sources, documents, strict=True):
        for cell in (piece for piece in source.pieces if isinstance(piece, Cell)):
            for name in cell.options:
                if (row := ROW.get(name)) and row.fate == LOOK and cell.language == "python":
                    found.setdefault(f"#| {name}", str(source.problem(cell.line, "")).rpartition(":")[0])
        for key in source.front:
            row = OPTIONS.get(str(key))
            if row and row.fate == LOOK and (row.values == "…" or not row.takes(source.front[key])):
                found.setdefault(str(key), f"{source.path}")
            elif not row and str(key) not in EXECUTE:
                found.setdefault(f"{key}, {own(str(key))}", f"{source.path}")
        for element in document.find("Div", "Span", "Image", "CodeBlock", "Header", "Link"):
            _, classes, pairs = attr_of(element)
            marks = [(f".{name}", CLASSES.get(name)) for name in classes]
            marks += [(f"{name}=", ATTRIBUTES.get(name)) for name, _ in pairs]
            for mark, row in marks:
                if row and row.fate == LOOK:
                    found.setdefault(mark, source.path)
    return [f"{place}: {name}" for name, place in found.items()]


def _check_warnings(remarks: Remarks, document: Document) -> None:
    """What Pandoc finds odd; of labels and ::: press says it better."""
    better = re.compile(r"Duplicate identifier '(sec|fig|tbl|eq|exr)-|Div ")
    for line, message in document.warnings:
        if not better.match(message):
            remarks.at(line, message)


def _check_titles(remarks: Remarks, document: Document) -> None:
    titles = [block for block in document.blocks if block["t"] == "Header" and block["c"][0] == 1]
    if "title" in document.front and len(titles) > 1:
        remarks.at(1, "the title stands here and as a heading (# Title): twice makes two chapters")
        return
    first = next((block for block in document.blocks if not _before_a_title(block)), None)
    if not titles or first is not titles[0]:
        remarks.where(r"^# ", "a chapter begins with its title: # Title")
    for title in [*titles[1:], *_titles_within(document.blocks)]:
        first = re.escape((plain(title["c"][2]).split() or [""])[0])
        remarks.where(rf"^# .*{first}", "a chapter has one title: make this heading ##", text=remarks.prose, nth=-1)


def _titles_within(blocks: list[Node]) -> list[Node]:
    """Headings of the first level in divs, but for those that name a tab, a callout or an exercise."""
    found = []
    for block in blocks:
        if block["t"] == "Div":
            attr, inside = block["c"]
            first = inside[:1] if inside and inside[0]["t"] == "Header" else []
            names = {"panel-tabset", *(name for name in attr[1] if name.startswith("callout-"))}
            named = names & set(attr[1]) or LABEL.match(attr[0])
            own = [b for b in inside if b["t"] == "Header" and b["c"][0] == 1]
            if named and first and first[0]["c"][0] == 1:
                own = own[1:] if "panel-tabset" not in attr[1] else []
            found += own + _titles_within(inside)
    return found


def _before_a_title(block: Node) -> bool:
    """What may stand before a chapter's title: cells, which may show nothing, and raw blocks."""
    return block["t"] == "RawBlock" or (block["t"] == "Div" and "cell" in block["c"][0][1])


def _check_names(remarks: Remarks, document: Document, known: dict[str, Row]) -> None:
    """Classes, attributes and labels to which Quarto gives a meaning that press does not."""
    for element in document.find("Div", "Span", "Image", "CodeBlock", "Header", "Link"):
        identifier, classes, pairs = attr_of(element)
        for name in classes:
            if (name in known or QUARTO_CLASSES.match(name)) and (name not in known or known[name].fate == REFUSED):
                remarks.where(rf"\.{re.escape(name)}\b", f"press does not know .{name}")
        for name, value in pairs:
            row = ATTRIBUTES.get(name)
            if row is None and QUARTO_ATTRIBUTES.match(name):
                remarks.where(rf"{re.escape(name)}=", f"press does not know {name}=")
            elif row is not None and row.fate == REFUSED:
                remarks.where(rf"{re.escape(name)}=", f"press does not do {name}=: {row.what}")
            elif name in ("when-format", "unless-format") and value not in (*FORMATS, *OTHER_FORMATS):
                remarks.where(rf"{name}=.?{re.escape(value)}", f"{name} is a format such as html or typst, not {value}")
        if QUARTO_LABELS.match(identifier):
            kind = identifier.partition("-")[0]
            remarks.where(rf"#{re.escape(identifier)}\b", f"press does not number {kind}-")


def _check_tabsets(remarks: Remarks, document: Document) -> None:
    tabsets = [div for div in document.find("Div") if "panel-tabset" in attr_of(div)[1]]
    for i, tabset in enumerate(tabsets):
        if [block["t"] for block in tabset["c"][1][:1]] != ["Header"]:
            remarks.where(r"\.panel-tabset", "a panel-tabset begins with the heading of its first tab", nth=i)


def _check_images(remarks: Remarks, document: Document, project: Project) -> None:
    for image in document.find("Image"):
        attr, words, (src, _) = image["c"]
        here = _written(src)
        if re.match(r"^(https?:)?//", src):
            remarks.where(here, "the image is on another host: save it beside the chapter, and name the file")
        elif not re.match(r"^[a-z]+:", src) and not _file(project, document, unquote(src)).is_file():
            remarks.where(_written(src), f"there is no image {unquote(src)}")
        if not (attribute(attr, "fig-alt") or attribute(attr, "alt") or words):
            remarks.where(here, 'the image needs words for those who cannot see it: {fig-alt="what it shows"}')


def _check_links(remarks: Remarks, document: Document, project: Project) -> None:
    """A link to a file leads to a chapter, to what press makes, or to a file that is there."""
    for link in document.find("Link"):
        href = link["c"][2][0]
        path = unquote(href.partition("#")[0])
        if path and not re.match(r"^[a-z]+:|^//", href) and not _is_in_the_site(project, document, path):
            remarks.where(_written(href), f"the link {href} leads nowhere")


def _is_in_the_site(project: Project, document: Document, path: str) -> bool:
    """Whether a path, as this chapter writes it, is that of a chapter, of its page, of what press makes or copies."""
    chapters = [project.root / entry.path for entry in project.entries]
    file = _file(project, document, path)
    page = file.suffix == ".html" and any(file.with_suffix(suffix) in chapters for suffix in (".qmd", ".md"))
    made = file.name in (project.pdf, "404.html") or (file.suffix == ".ipynb" and file.with_suffix(".qmd").is_file())
    deck = file.suffix == ".html" and file.with_suffix(".qmd").is_file()
    made |= deck and bool(project.folder)  # from a deck
    made |= deck and SLIDES in project.profiles and file.parent == project.root / SLIDES  # from a book with its decks
    home = file / "index.qmd" in chapters
    return file in chapters or page or made or home or (file.suffix != ".qmd" and file.is_file())


def _written(href: str) -> str:
    """A pattern for an address as its author may have written it: Pandoc writes spaces and umlauts in its own way."""
    return f"{re.escape(href)}|{re.escape(unquote(href))}"


def _check_raw(remarks: Remarks, document: Document, project: Project) -> None:
    """Raw HTML asks nothing of another host, and has no script in an attribute; raw LaTeX is a formula or nothing."""
    for raw in document.find("RawBlock", "RawInline"):
        format, text = raw["c"]
        if format == "html" and (found := FOREIGN.search(text)):
            remarks.where(re.escape(found[1]), f"a page asks nothing of another host, as this does: {found[1]}")
        elif format == "html" and (found := HANDLER.search(text)):
            remarks.where(re.escape(found[0].strip()), f"a page runs no script in an attribute: {found[0].strip()}…")
        elif format == "html" and (found := _lost(project, document, text)):
            remarks.where(re.escape(found), f"the link {unescape(found)} leads nowhere")
        elif format == "tex" and not SILENT.fullmatch(text.strip()):
            first = text.strip().split("\n")[0]
            prose = remarks.prose if first in remarks.prose else None
            remarks.where(re.escape(first), f"LaTeX that is no formula is in neither site nor PDF: {first}", text=prose)


def _lost(project: Project, document: Document, html: str) -> str:
    """The first address in a piece of HTML that leads to nothing in the site."""
    addresses = (match[3] for match in LINKED.finditer(html))
    paths = ((address, re.split("[#?]", unquote(unescape(address)))[0]) for address in addresses)
    return next((address for address, path in paths if path and not _is_in_the_site(project, document, path)), "")


def _file(project: Project, document: Document, href: str) -> Path:
    return project.root / from_root(document.entry.path, href)


def _check_maths(chapters: list[tuple[Remarks, Document]]) -> None:
    """All formulas of the book in one question to Pandoc."""
    formulas: list[list[Node]] = [document.find("Math") for _, document in chapters]
    unreadable = set(unreadable_maths([formula for found in formulas for formula in found]))
    for (remarks, _), found in zip(chapters, formulas, strict=True):
        for tex in sorted({formula["c"][1] for formula in found} & unreadable):
            first = re.escape(tex.strip().split("\n")[0])
            remarks.where(first, f"Pandoc cannot read this TeX: {' '.join(tex.split())}")
