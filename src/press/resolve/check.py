"""Find everything that is wrong with the sources before any cell runs: each problem with its file and line."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from urllib.parse import unquote

from ..problems import Problem
from ..read.project import Project, from_root
from ..read.source import INLINE, Cell, Source, Text
from ..write.html import CALLOUTS
from .document import FORMATS, Document, for_target
from .numbering import LABEL, number, resolve
from .pandoc import Node, attribute, find, plain, unreadable_maths

FRONT_MATTER = ("author", "date", "description", "keywords", "lang")
CLASSES = {"panel-tabset", "content-visible", "content-hidden", *(f"callout-{kind}" for kind in CALLOUTS)}
# Names to which Quarto gives a meaning that press does not; any other class or attribute is just a name.
QUARTO_CLASSES = re.compile(
    r"^(aside|callout|card|column-|content-|fig-|fragment|g-col|grid|hidden|(non)?incremental|landscape|layout|lightbox"
    r"|margin|notes|panel-|proof|quarto-|remark|sidebar|solution|tbl-|theorem|value-?box)"
)
QUARTO_ATTRIBUTES = re.compile(
    r"^(code-(?!fold$|summary$)|fig-(?!alt$)|filename|group|height|layout|lightbox|lst-|tbl-"
    r"|when-(?!format$)|unless-(?!format$))"
)
QUARTO_LABELS = re.compile(r"^(thm|lem|cor|prp|cnj|def|exm|alg|rem|sol|lst|nte|tip|wrn|imp|cau)-")
STRAY = {
    "{{<": "press knows no shortcodes",
    "{#": "this {#label} labels nothing: it belongs right after $$, a heading, a figure or ': caption'",
    "{.": "these {.attributes} belong to nothing",
    "[^": "this footnote is not defined",
    "$$": "this $$ has no partner",
}


def check_chapters(
    project: Project, sources: list[Source], documents: list[Document], works: set[str]
) -> list[Problem]:
    """Every problem of the chapters. `documents` are the sources as parsed, unexecuted; `works` can be cited."""
    both = zip(sources, documents, strict=True)
    chapters = [_Chapter(project, source, document) for source, document in both if source.pieces]
    for chapter in chapters:
        chapter.check_front_matter()
        chapter.check_cells()
        chapter.check_text()
        chapter.check_divs()
        chapter.check_structure()
        chapter.check_images_and_links()
    if len(chapters) < len(sources):  # one could not be read: what others refer to may be there
        return [problem for chapter in chapters for problem in chapter.problems]
    if any(_cited(d) for d in documents) and not any(_identifiers(d) & {"refs"} for d in documents):
        chapters[-1].say("", "the book cites, but no chapter has ::: {#refs} ::: for the list of works")
    _check_maths(chapters)
    for target in FORMATS:
        _check_references(chapters, [for_target(d, target) for d in documents], works)
    return [problem for chapter in chapters for problem in chapter.problems]


class _Chapter:
    """One chapter under the eyes of its reader; `say` notes a problem where its cause can be seen."""

    def __init__(self, project: Project, source: Source, document: Document):
        self.project, self.source, self.document = project, source, document
        # What Pandoc says of labels and ::: is said better below.
        better = re.compile(r"Duplicate identifier '(sec|fig|tbl|eq|exr)-|Div ")
        warnings = [w for w in document.warnings if not better.match(w[1])]
        self.problems = [Problem(source.path, line, message) for line, message in warnings]
        blank = re.compile(r"^ *(`{3,}|~{3,}).*?^ *\1 *$|`[^`\n]+`", re.M | re.S)
        self.prose = blank.sub(lambda code: re.sub(r"[^\n]", " ", code[0]), source.text)

    def say(self, pattern: str, message: str, nth: int = 0, text: str | None = None) -> None:
        """Note a problem at the line where `pattern` is found for the nth time (0 is the first, -1 the last)."""
        text = self.source.text if text is None else text
        found = list(re.finditer(pattern, text, re.M | re.I))
        start = found[nth].start() if found else 0
        self.problems.append(Problem(self.source.path, text[:start].count("\n") + 1, message))

    def check_front_matter(self) -> None:
        for key in self.source.front:
            if key not in FRONT_MATTER:
                known = ", ".join(FRONT_MATTER)
                self.say(rf"^{re.escape(str(key))}\s*:", f"press does not know {key} here; it knows {known}")

    def check_cells(self) -> None:
        cells = [piece for piece in self.source.pieces if isinstance(piece, Cell)]
        for cell in cells:
            for message in _cell_problems(cell):
                self.problems.append(Problem(self.source.path, cell.line, message))
        for label, count in Counter(cell.label for cell in cells).items():
            if label and count > 1 and not LABEL.match(label):
                self.say(rf"label:\s*{re.escape(label)}\s*$", f"the label {label} is used twice", nth=-1)

    def check_text(self) -> None:
        for piece in self.source.pieces:
            fence = ""
            for i, line in enumerate(piece.text.split("\n") if isinstance(piece, Text) else []):
                mark = re.match(r"\s*(`{3,}|~{3,})", line)
                raw = re.match(r"\s*`{3,}\s*\{=([\w-]+)\}", line)
                other = re.search(r"(?<!`)`\{([a-z]+)\}[ \t]", line)
                if mark and (not fence or line.strip() == fence):
                    fence = "" if fence else mark[1]
                message = ""
                if raw and raw[1] not in FORMATS:
                    message = f"press knows raw {{=html}} and {{=typst}}, not {{={raw[1]}}}"
                elif other and other[1] != "python" and not fence:
                    message = f"press evaluates `{{python}} …` only, not {{{other[1]}}}"
                if message:
                    self.problems.append(Problem(self.source.path, piece.line + i, message))

    def check_divs(self) -> None:
        opened: list[int] = []
        for i, line in enumerate(self.prose.split("\n"), 1):
            fence = re.match(r"\s*:{3,}\s*(.*?):*$", line)
            if fence and fence[1]:
                opened.append(i)
            elif fence and opened:
                opened.pop()
            elif fence:
                self.problems.append(Problem(self.source.path, i, "this ::: closes nothing"))
        self.problems += [Problem(self.source.path, i, "this ::: never closes") for i in opened]

    def check_structure(self) -> None:
        blocks = self.document.blocks
        titles = [b for b in blocks if b["t"] == "Header" and b["c"][0] == 1]
        if not titles or blocks[0] is not titles[0]:
            self.say(r"^# ", "a chapter begins with its title: # Title")
        for title in titles[1:]:
            first = re.escape((plain(title["c"][2]).split() or [""])[0])
            self.say(rf"^# .*{first}", "a chapter has one title: make this heading ##", text=self.prose, nth=-1)
        for element in find(blocks, "Div", "Span", "Image", "CodeBlock", "Header", "Link"):
            self._check_attributes(element)
        tabsets = [div for div in find(blocks, "Div") if "panel-tabset" in _attr(div)[1]]
        for i, tabset in enumerate(tabsets):
            if [b["t"] for b in tabset["c"][1][:1]] != ["Header"]:
                self.say(r"\.panel-tabset", "a panel-tabset begins with the heading of its first tab", nth=i)

    def _check_attributes(self, element: Node) -> None:
        identifier, classes, pairs = _attr(element)
        for name in classes:
            if QUARTO_CLASSES.match(name) and name not in CLASSES:
                self.say(rf"\.{re.escape(name)}\b", f"press does not know .{name}")
        for name, value in pairs:
            if QUARTO_ATTRIBUTES.match(name):
                self.say(rf"{re.escape(name)}=", f"press does not know {name}=")
            elif name in ("when-format", "unless-format") and value not in FORMATS:
                self.say(rf"{name}=.?{re.escape(value)}", f"{name} is html or typst, not {value}")
        if QUARTO_LABELS.match(identifier):
            self.say(rf"#{re.escape(identifier)}\b", f"press does not number {identifier.partition('-')[0]}-")

    def check_images_and_links(self) -> None:
        for image in find(self.document.blocks, "Image"):
            attr, words, (src, _) = image["c"]
            here = re.escape(src)
            if not re.match(r"^[a-z]+:", src) and not self._file(src).is_file():
                self.say(here, f"there is no image {src}")
            if not (attribute(attr, "fig-alt") or attribute(attr, "alt") or words):
                self.say(here, 'the image needs words for those who cannot see it: {fig-alt="what it shows"}')
        for link in find(self.document.blocks, "Link"):
            href = link["c"][2][0]
            path = unquote(href.partition("#")[0])
            if not path or re.match(r"^[a-z]+:|^//", href):
                continue
            file = self._file(path)
            chapter = file.suffix == ".qmd" and file in [self.project.root / e.path for e in self.project.entries]
            made = file.name == self.project.pdf or (file.suffix == ".ipynb" and file.with_suffix(".qmd").is_file())
            if not (chapter or made or (file.suffix != ".qmd" and file.is_file())):
                self.say(re.escape(href), f"the link {href} leads nowhere")

    def _file(self, href: str) -> Path:
        return self.project.root / from_root(self.source.path, href)


def _cell_problems(cell: Cell) -> list[str]:
    option, found = cell.options.get, []
    kind = cell.label.partition("-")[0]
    for expected, name in (("fig", "fig-cap"), ("tbl", "tbl-cap")):
        if kind == expected and not option(name):
            found.append(f"the cell {cell.label} needs #| {name}: a number needs words beside it")
        if kind != expected and option(name):
            found.append(f"a cell with {name} needs a label that starts with {expected}-")
        if INLINE.search(option(name) or ""):
            found.append(f"inline code is not evaluated in {name}")
    if kind == "fig" and not option("fig-alt"):
        found.append(f"the cell {cell.label} needs #| fig-alt: what the figure shows, for who cannot see it")
    if kind in ("sec", "eq", "exr") or not re.fullmatch(r"([A-Za-z][\w-]*)?", cell.label):
        found.append(f"a cell's label is fig-…, tbl-… or a name of letters, digits, - and _; not {cell.label!r}")
    if option("output") not in (None, True, False, "asis"):
        found.append("output is true, false or asis")
    if option("code-fold") not in (None, True, False, "show"):
        found.append("code-fold is true, false or show")
    return found


def _check_maths(chapters: list[_Chapter]) -> None:
    formulas = [find(chapter.document.blocks, "Math") for chapter in chapters]
    unreadable = set(unreadable_maths([formula for found in formulas for formula in found]))
    for chapter, found in zip(chapters, formulas, strict=True):
        for tex in sorted({formula["c"][1] for formula in found} & unreadable):
            first = re.escape(tex.strip().split("\n")[0])
            chapter.say(first, f"Pandoc cannot read this TeX: {' '.join(tex.split())}")


def _check_references(chapters: list[_Chapter], documents: list[Document], works: set[str]) -> None:
    """Labels, references, citations and links inside a page, as one target has them."""
    labels = number(documents)
    for chapter, doc in zip(chapters, documents, strict=True):
        for text in find(doc.blocks, "Str"):
            for start in STRAY:
                if text["c"].startswith(start) or (start == "[^" and start in text["c"]):
                    chapter.say(re.escape(text["c"]), STRAY[start], text=chapter.prose)
        for work in _cited(doc):
            if work not in works:
                unknown = QUARTO_LABELS.match(work)
                why = "is of a kind that press does not number" if unknown else "is in no bibliography"
                chapter.say(_reference(work), f"@{work} {why}", text=chapter.prose)
    resolve(documents, labels)
    for i, label in labels.twice:
        chapters[i].say(rf"(#|label:\s*){re.escape(label)}(?![\w-])", f"the label {label} is used twice", nth=-1)
    for i, label in labels.missing:
        chapters[i].say(_reference(label), f"@{label} refers to nothing in the book", text=chapters[i].prose)
    for chapter, doc in zip(chapters, documents, strict=True):
        known = _identifiers(doc)
        for link in find(doc.blocks, "Link"):
            href = link["c"][2][0]
            if href.startswith("#") and href[1:] not in known:
                chapter.say(re.escape(href), f"the link {href} leads nowhere")


def _reference(label: str) -> str:
    return rf"@\{{?{re.escape(label)}(?![\w-])"


def _cited(doc: Document) -> list[str]:
    citations = [c["citationId"] for element in find(doc.blocks, "Cite") for c in element["c"][0]]
    return [work for work in citations if not LABEL.match(work.lower())]


def _identifiers(doc: Document) -> set[str]:
    return {_attr(e)[0] for e in find(doc.blocks, "Header", "Div", "Span", "Figure", "Table", "Image")}


def _attr(element: Node) -> list:
    return element["c"][1 if element["t"] == "Header" else 0]
