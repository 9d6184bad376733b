"""Turn what Quarto adds to Markdown into what later steps know: LaTeX's displays, annotated code, titles."""

from __future__ import annotations

import re

from ..read.project import read_authors
from ..read.remarks import CODE
from ..read.words import quotes_of, words_of, written_date
from .pandoc import read_blocks
from .tree import Attr, Div, Node, Para, Str, attribute, change, change_inside, words

DISPLAY = re.compile(
    r"\\begin\{(equation|align|gather|multline|eqnarray|alignat|displaymath|math)(\*?)\}(.*)\\end\{\1\2\}", re.S
)
MACROS = re.compile(r"\\(?:re|provide)?newcommand|\\def\b|\\DeclareMathOperator")
BLOCK = re.compile(rf"{CODE.pattern}|\$\$(?P<tex>.*?)\$\$", CODE.flags)  # each $$ with its partner, outside of code
ANNOTATION = re.compile(r"[ \t]*(?:#|//|--|%%?)[ \t]*<(\d+)>[ \t]*$", re.M)


def without_dollars(markdown: str) -> str:
    """The Markdown with $$ taken away from around definitions of macros, which Pandoc then knows in all formulas."""
    return BLOCK.sub(lambda found: f"\n{found['tex']}\n" if _defines(found["tex"] or "") else found[0], markdown)


def _defines(tex: str) -> bool:
    lines = [line.strip() for line in tex.split("\n") if line.strip() and not line.strip().startswith("%")]
    return bool(lines) and all(MACROS.match(line) for line in lines)


def heading(front: dict) -> list[Node]:
    """The title that a chapter's front matter gives, and who wrote the chapter and when."""
    found: list[Node] = []
    if title := parse_line(front.get("title")):
        identifier = re.sub(r"\W+", "-", str(front["title"]).lower()).strip("-")
        found.append({"t": "Header", "c": [1, Attr(identifier), title]})
    return found


def byline(front: dict, language: str) -> list[Node]:
    """What stands below a chapter's title: its subtitle, its authors, its date."""
    people = front.get("author") or []
    names = [str(author) for author in read_authors(people if isinstance(people, list) else [people])]
    date = written_date(str(front["date"]), language) if front.get("date") else ""
    lines = [parse_line(front.get("subtitle")), words(" · ".join([*names, *([date] if date else [])]))]
    shown = [Para(line) for line in lines if line]
    return [Div(Attr("", "byline"), shown)] if shown else []


def parse_line(text: object) -> list[Node]:
    """The inlines of one line of Markdown: "1. First" and "# of schools" are words there, no list and no heading."""
    line = " ".join(str(text or "").split())
    escaped = re.sub(r"^(\d+)(?=[.)])|^(?=[#>+\-|:(])", r"\1\\", line)
    for written in (line, escaped) if line else ():
        blocks = read_blocks(written)
        if len(blocks) == 1 and blocks[0]["t"] == "Para":
            return blocks[0]["c"]
    return words(line)


def settle(blocks: list[Node], language: str) -> list[Node]:
    """The blocks with LaTeX's displays as formulas, notes below annotated code, the language's quotation marks."""

    def turn(element: Node):
        kind = element["t"]
        if kind == "RawBlock" and element["c"][0] in ("tex", "latex"):
            return _display(element)
        if kind == "RawInline" and element["c"][0] in ("tex", "latex"):
            shown = _display(element)
            return shown["c"] if isinstance(shown, dict) and shown["t"] == "Para" else None
        if kind == "Table" and (widths := attribute(element["c"][0], "tbl-colwidths")):
            return _with_widths(element, widths)
        if kind == "Quoted" and language.partition("-")[0] != "en":
            double = element["c"][0]["t"] == "DoubleQuote"
            opening, closing = quotes_of(language)[:2] if double else quotes_of(language)[2:]
            return [Str(opening), *change(element["c"][1], turn), Str(closing)]
        return None

    return annotate(change(blocks, turn), words_of(language))


def _with_widths(table: Node, written: str) -> Node:
    """A table whose columns are as wide as `[20, 80]` says, in parts of a hundred."""
    (identifier, classes, pairs), caption, columns, *rest = table["c"]
    shares = [float(share) for share in re.findall(r"[\d.]+", written)]
    if len(shares) == len(columns):
        columns = [
            [align, {"t": "ColWidth", "c": share / sum(shares)}]
            for (align, _), share in zip(columns, shares, strict=True)
        ]
    pairs = [[name, value] for name, value in pairs if name != "tbl-colwidths"]
    return {"t": "Table", "c": [[identifier, classes, pairs], caption, columns, *rest]}


def _display(element: Node):
    tex = element["c"][1].strip()
    if found := DISPLAY.fullmatch(tex):
        inside = found[3].strip()
        name = {
            "eqnarray": "aligned",
            "align": "aligned",
            "alignat": "aligned",
            "gather": "gathered",
            "multline": "aligned",
        }.get(found[1])
        if found[1] == "alignat":
            inside = re.sub(r"^\{\d+\}", "", inside)
        inside = re.sub(r"\\(?:label|tag)\{[^}]*\}|\\nonumber|\\notag", "", inside)
        tex = f"\\begin{{{name}}}{inside}\\end{{{name}}}" if name else inside
        return Para([{"t": "Math", "c": [{"t": "DisplayMath"}, tex]}])
    return [] if _defines(tex) else None


def annotate(blocks: list[Node], names: dict[str, str]) -> list[Node]:
    """Code whose lines end in `# <1>`, and the numbered list below it, as code and a list that `names` the lines."""
    out: list[Node] = []
    for block in blocks:
        if block["t"] in ("Div", "BlockQuote", "Figure") and "cell" not in (
            block["c"][0][1] if block["t"] == "Div" else ""
        ):
            block = change_lists(block, names)
        last = out[-1] if out else None
        code = _annotated(last) if block["t"] == "OrderedList" and last else None
        if code:
            lines = _marked_lines(code["c"][1])
            out[-1] = _unmarked(last)
            out.append(_notes(block, lines, names))
        else:
            out.append(block)
    return [_unmarked(block) for block in out]


def change_lists(block: Node, names: dict[str, str]) -> Node:
    at = 1 if block["t"] != "Figure" else 2
    if block["t"] == "BlockQuote":
        return {"t": "BlockQuote", "c": annotate(block["c"], names)}
    contents = [*block["c"]]
    contents[at] = annotate(contents[at], names)
    return {"t": block["t"], "c": contents}


def _annotated(block: Node) -> Node | None:
    """The annotated code in a block, which may be a cell with its output."""
    if block["t"] == "CodeBlock" and ANNOTATION.search(block["c"][1]):
        return block
    if block["t"] == "Div" and "cell" in block["c"][0][1]:
        return next((found for inner in block["c"][1] if (found := _annotated(inner))), None)
    return None


def _marked_lines(code: str) -> dict[str, list[int]]:
    lines: dict[str, list[int]] = {}
    for i, line in enumerate(code.split("\n"), 1):
        if mark := ANNOTATION.search(line):
            lines.setdefault(mark[1], []).append(i)
    return lines


def _notes(block: Node, lines: dict[str, list[int]], names: dict[str, str]) -> Node:
    (start, *_), items = block["c"]
    terms = []
    for i, item in enumerate(items, start):
        numbers = ", ".join(map(str, lines.get(str(i), [])))
        name = names["lines" if "," in numbers else "line"]
        terms.append([[Str(f"{name}\u00a0{numbers}" if numbers else str(i))], [item]])
    return Div(Attr("", "annotations"), [{"t": "DefinitionList", "c": terms}])


def _unmarked(block: Node) -> Node:
    """The code without its marks: Quarto hides them too, where notes explain them and where none does."""
    if (block["t"] == "CodeBlock" and "python" in block["c"][0][1]) or (block["t"] == "CodeBlock" and block["c"][0][1]):
        return {"t": "CodeBlock", "c": [block["c"][0], ANNOTATION.sub("", block["c"][1])]}
    if block["t"] == "Div" and "cell" in block["c"][0][1]:
        return change_inside(block, lambda e: _unmarked(e) if e["t"] == "CodeBlock" else None)
    return block
