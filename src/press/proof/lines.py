"""Tell the lines of a Markdown text: where a fence, a div, a note ends, what a line begins."""

from __future__ import annotations

import re

FENCE = re.compile(r"^(?P<indent>[ \t>]*)(?P<ticks>`{3,}|~{3,})[ \t]*(?P<info>[^`\n]*?)[ \t]*$")
DIV = re.compile(r"^[ \t>]*:{3,}[ \t]*(?P<info>.*?)[ \t]*:*$")
MARKER = re.compile(
    r"^[ \t>]*(?:[-*+:~]|\(?(?:\d+|[a-zA-Z]|[ivxlcdmIVXLCDM]+|\#|@[\w-]*)[.)])(?:[ \t]+(?:\[[ xX]\][ \t])?|$)"
)
NUMBER = re.compile(r"^[ \t>]*\(?(\w+|@[\w-]*)[.)][ \t]")
HEADING = re.compile(r"^[ \t>]*(#{1,6})[ \t]+(.*?)[ \t]*#*[ \t]*(?<![\]`)])(\{[^{}]*\})?[ \t]*$")
DEFINED = re.compile(r"^ {0,3}\[(?!\^)([^\]\n]+)\]:[ \t]*<?(\S+?)>?(?:[ \t]+[\"'(].*)?$")
NOTE = re.compile(r"^ {0,3}\[\^[^\]\s]+\]:[ \t]*")
CAPTION = re.compile(r"^ {0,3}(?:Table:|:)[ \t]+(?=\S)")
TABLE = re.compile(r"^[ \t]*(\||\+[-=:+]+\+?|[-=: |+]*-{2,}[-=: |+]*$)|\|")
ATTRIBUTES = re.compile(r"[ \t]*(?<![\]`)])\{(?:[#.]|[\w-]+=)[^{}]*\}[ \t]*$")
INCLUDE = re.compile(r"\s*\{\{<\s*include\s+(\S+)\s*>\}\}\s*")
MACRO = re.compile(r"^ {0,3}\\(?:(?:re|provide)?newcommand|renewcommand|DeclareMathOperator|def)\*?\s*\{?\\([A-Za-z]+)")
EXPLAINED = re.compile(r"\s*(#|//|--|%)\s*<\d+>\s*$")
VALUE = re.compile(r"(?<!`)`\{python\}[ \t]([^`]+)`")

Lines = list[tuple[str, int]]  # each with its number in the file


def without_comments(text: str) -> str:
    """The text with its comments blanked out, but not what only looks like one in code."""
    code = (
        r"(?ms)^[ \t>]*(`{3,}|~{3,}).*?^[ \t>]*\1[`~]*[ \t]*$|(?<!`)(`+)(?!`)(?:(?!\n\s*\n).)+?(?<!`)\2(?!`)|<!--.*?-->"
    )
    blank = lambda match: re.sub(r"[^\n]", "", match[0]) if match[0].startswith("<!--") else match[0]  # noqa: E731
    return re.sub(code, blank, text)


def front_matter(lines: list[str]) -> int:
    if not lines or lines[0].rstrip() != "---":
        return 0
    return next((k + 1 for k in range(1, len(lines)) if lines[k].rstrip() in ("---", "...")), 0)


def metadata_end(lines: Lines, i: int) -> int:
    """The index behind the metadata block that begins in line i, within the text; 0 if none does."""
    begins = lines[i][0].rstrip() == "---" and i + 1 < len(lines) and re.match(r"[\w\"'][^:]*:(\s|$)", lines[i + 1][0])
    if not begins or (i and lines[i - 1][0].strip()):
        return 0
    return next((k + 1 for k in range(i + 1, len(lines)) if lines[k][0].rstrip() in ("---", "...")), 0)


def closes(line: str, ticks: str) -> bool:
    mark = line.strip(" \t>")
    return len(mark) >= len(ticks) and set(mark) == {ticks[0]}


def dedented(line: str, indent: str) -> str:
    return line[len(indent) :] if line.startswith(indent) else line.lstrip(" \t>")


def div_end(lines: Lines, start: int) -> int:
    """The index of the ::: that closes the one at `start`; code between them does not count."""
    depth, fence = 0, ""
    for i in range(start, len(lines)):
        line = lines[i][0]
        mark, div = FENCE.match(line), DIV.match(line)
        if fence:
            fence = "" if closes(line, fence) else fence
        elif mark:
            fence = mark["ticks"]
        elif div:
            depth += 1 if div["info"] else -1
            if not depth:
                return i
    return len(lines)


def indented_end(lines: Lines, i: int) -> int:
    """Where a note ends that began in the line before: lines that are indented, or go on without a blank one."""
    while i < len(lines):
        line = lines[i][0]
        goes_on = re.match(r"( {4}|\t)", line) or (lines[i - 1][0].strip() and line.strip() and not NOTE.match(line))
        if line.strip() and not goes_on:
            break
        i += 1
    return i


def at_a_table(lines: Lines, i: int) -> bool:
    """Whether the caption in line i stands below a table, or above one."""
    end = next((k for k in range(i, len(lines)) if not lines[k][0].strip()), len(lines))
    above = [line for line, _ in lines[_block(lines, i, -1) : i]]
    below = [line for line, _ in lines[end : _block(lines, end, 1)]]
    return lines[i][0].lstrip().startswith("Table:") or any(TABLE.search(line) for line in above + below)


def _block(lines: Lines, i: int, step: int) -> int:
    """Where the block before line i begins (step -1), or the one from line i on ends (step 1)."""
    k = i - 1 if step < 0 else i
    while 0 <= k < len(lines) and not lines[k][0].strip():
        k += step
    while 0 <= k < len(lines) and lines[k][0].strip():
        k += step
    return max(k, 0)


def caption_apart(lines: Lines) -> tuple[Lines, Lines]:
    """What stands in a labelled div, and its caption: the last paragraph, if it is one and not all there is."""
    end = len(lines)
    while end and not lines[end - 1][0].strip():
        end -= 1
    start = end
    while start and lines[start - 1][0].strip():
        start -= 1
    last = [line for line, _ in lines[start:end]]
    odd = any(
        FENCE.match(s) or DIV.match(s) or TABLE.search(s) or re.match(r"\s*(!\[|:[ \t]|<|\{\{<)", s) for s in last
    )
    return (lines, []) if odd or not start else (lines[:start], lines[start:end])
