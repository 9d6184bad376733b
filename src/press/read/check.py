"""What is wrong with a chapter as its source alone tells: cells, raw blocks, the fences of divs."""

from __future__ import annotations

import re
from collections import Counter

from ..problems import Problem
from .remarks import Remarks
from .source import INLINE, Cell, Source, Text, as_list
from .vocabulary import FORMATS, LABEL


def check_source(source: Source) -> list[Problem]:
    """Every problem of a chapter that can be found without parsing its Markdown."""
    remarks = Remarks(source)
    _check_cells(remarks)
    _check_formats(remarks)
    _check_fences(remarks)
    return remarks.problems


def _check_cells(remarks: Remarks) -> None:
    cells = [piece for piece in remarks.source.pieces if isinstance(piece, Cell)]
    for cell in cells:
        for message in [*_caption_problems(cell), *_option_problems(cell)]:
            remarks.at(cell.line, message)
    for label, count in Counter(cell.label for cell in cells).items():
        if label and count > 1 and not LABEL.match(label):
            remarks.where(rf"label:\s*{re.escape(label)}\s*$", f"the label {label} is used twice", nth=-1)


def _caption_problems(cell: Cell) -> list[str]:
    option, found = cell.options.get, []
    kind = cell.label.partition("-")[0]
    for expected, name in (("fig", "fig-cap"), ("tbl", "tbl-cap")):
        if kind == expected and not (option(name) or option(f"{expected}-subcap")) and cell.runs:
            found.append(f"the cell {cell.label} needs #| {name}: a number needs words beside it")
        if kind != expected and option(name) and expected == "tbl" and cell.runs:
            found.append(f"a cell with {name} needs a label that starts with {expected}-")
        if any(INLINE.search(str(text)) for text in as_list(option(name))):
            found.append(f"inline code is not evaluated in {name}")
    return found


def _option_problems(cell: Cell) -> list[str]:
    kind = cell.label.partition("-")[0]
    if cell.language == "python" and (
        kind in ("sec", "eq", "exr") or not re.fullmatch(r"([A-Za-z][\w.-]*)?", cell.label)
    ):
        return [f"a cell's label is fig-…, tbl-… or a name of letters, digits, - and _; not {cell.label!r}"]
    return []


def _check_formats(remarks: Remarks) -> None:
    """Raw blocks are of the formats that press writes, inline code is Python."""
    pieces = remarks.source.pieces
    knitr = any(isinstance(piece, Cell) and piece.language == "r" for piece in pieces)  # which evaluates `r …` as well
    inline = re.compile(r"(?<!`)`(?:\{([a-z]+)\}|(r)) +\S[^`]*`(?!`)" if knitr else r"(?<!`)`\{([a-z]+)\}()[ \t]")
    for piece in pieces:
        fence = ""
        for i, line in enumerate(piece.text.split("\n") if isinstance(piece, Text) else []):
            mark = re.match(r"\s*(`{3,}|~{3,})", line)
            raw = re.match(r"\s*`{3,}\s*\{=([\w-]+)\}", line)
            other = next((m[1] or m[2] for m in inline.finditer(line) if m[1] != "python"), "")
            if mark and (not fence or line.strip() == fence):
                fence = "" if fence else mark[1]
            if raw and raw[1] not in FORMATS:
                remarks.at(piece.line + i, f"press knows raw {{=html}} and {{=typst}}, not {{={raw[1]}}}")
            elif other and not fence:
                remarks.at(piece.line + i, f"press evaluates `{{python}} …` only, not {{{other}}}")


def _check_fences(remarks: Remarks) -> None:
    """Every ::: that opens is closed, and the other way round."""
    opened: list[int] = []
    for i, line in enumerate(remarks.prose.split("\n"), 1):
        fence = re.match(r"\s*:{3,}\s*(.*?):*$", line)
        if fence and fence[1]:
            opened.append(i)
        elif fence and opened:
            opened.pop()
        elif fence:
            remarks.at(i, "this ::: closes nothing")
    for line in opened:
        remarks.at(line, "this ::: never closes")
