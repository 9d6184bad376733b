"""Read a chapter's own file, line by line, and take down what one reader should get of it: its words and its things.

A small reader of Pandoc's Markdown. It need not know how a text is set, only what stands in it: letters and digits are
compared without spaces and punctuation, so that most marks need no rule here.
"""

from __future__ import annotations

import bisect
import re
from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from itertools import accumulate

from .cells import captions_of, read_outputs
from .exceptions import Reader, code_is_shown, is_aside, is_moved, is_shown, outputs_are_shown
from .inline import Inline, read_attributes
from .lines import (
    ATTRIBUTES,
    CAPTION,
    DEFINED,
    DIV,
    EXPLAINED,
    FENCE,
    HEADING,
    INCLUDE,
    MACRO,
    MARKER,
    NOTE,
    NUMBER,
    TABLE,
    VALUE,
    at_a_table,
    caption_apart,
    closes,
    dedented,
    div_end,
    front_matter,
    indented_end,
    metadata_end,
    without_comments,
)
from .options import options_of, options_of_chapter
from .page import read_html
from .record import Written


class Chapter:
    """One chapter as one reader should get it. `include` gives the lines of a file that a shortcode names.

    `outputs` are the cells' outputs (Jupyter's), each beside its code, `values` the inline expressions' Markdown.
    """

    def __init__(
        self,
        reader: Reader,
        outputs: Iterable[tuple[str, list[dict]]],
        values: Iterable[tuple[str, str]],
        defaults: dict,
        include: Callable[[str, int], list[tuple[str, int]]],
    ):
        self.reader, self.defaults, self.include = reader, defaults, include
        self.outputs, self.values = _queues(outputs), _queues(values)
        self.written = Written()
        self.inline = Inline(self.written, reader, {})
        self.in_list = False  # whether lines that are indented go on with an item of a list
        self.in_check = False  # whether these lines stand in a self-check
        self.explained = False  # whether the code before has marks, # <1>, which a list explains

    def read(self, text: str) -> Written:
        lines = self._with_included(without_comments(text.lstrip("\ufeff")).splitlines())
        for line, _ in lines:
            if defined := DEFINED.match(line):
                self.inline.targets[" ".join(defined[1].lower().split())] = defined[2]
            if macro := MACRO.match(line):
                self.inline.macros.add(macro[1])
        start = front_matter([line for line, _ in lines])
        self.defaults = self.defaults | options_of_chapter("\n".join(line for line, _ in lines[1 : start - 1]))
        self._blocks(lines[start:])
        return self.written

    def _with_included(self, lines: list[str]) -> list[tuple[str, int]]:
        out: list[tuple[str, int]] = []
        for number, line in enumerate(lines, 1):
            named = INCLUDE.fullmatch(line)
            out += self.include(named[1], number) if named else [(line, number)]
        return out

    def _blocks(self, lines: list[tuple[str, int]]) -> None:
        """Part the lines at fences and divs; what stands between them is text."""
        text: list[tuple[str, int]] = []
        i = 0
        while i < len(lines):
            line, number = lines[i]
            fence, div = FENCE.match(line), DIV.match(line)
            if end := metadata_end(lines, i):
                i = end
            elif fence and not (text and text[-1][0].strip() and fence["info"].startswith(" ")):
                self._text(text)
                end = next((k for k in range(i + 1, len(lines)) if closes(lines[k][0], fence["ticks"])), len(lines))
                listed, self.in_list = self.in_list and bool(fence["indent"]), False
                self._fenced(fence["info"], [dedented(s, fence["indent"]) for s, _ in lines[i + 1 : end]], number)
                text, i, self.in_list = [], end + 1, listed
            elif div and div["info"]:
                self._text(text)
                end = div_end(lines, i)
                listed, self.in_list = self.in_list and line[:1] in " \t", False
                self._div(div["info"], lines[i + 1 : end])
                text, i, self.in_list = [], end + 1, listed
            else:
                text.append(lines[i])
                i += 1
        self._text(text)

    def _div(self, info: str, lines: list[tuple[str, int]]) -> None:
        attributes = read_attributes(info.strip("{}"))
        if not is_shown(attributes, self.reader):
            self._count(lines)
            return
        out = self.written
        number = lines[0][1] if lines else 0
        out.allow(80)
        for name in ("title", "name"):
            if name in attributes.pairs and (name == "name" or any("callout" in c for c in attributes.classes)):
                self.inline.read(attributes.pairs[name], lambda at: number)
        kind = attributes.identifier.partition("-")[0]
        if attributes.identifier == "refs":
            out.allow(10**6)
        if is_moved(attributes, self.reader, self.in_check):
            with out.aside():
                self._blocks(lines)
            if self.reader.format == "html":  # there it is folded, where it stands
                out.allow(sum(len(line) for line, _ in lines))
        elif is_aside(attributes):
            with out.aside():
                self._blocks(lines)
            out.allow(sum(len(line) for line, _ in lines))
        elif kind in ("fig", "tbl", "lst"):
            content, caption = caption_apart(lines)
            self._blocks(content)
            with out.aside():
                self._blocks(caption)
        else:
            outer, self.in_check = self.in_check, self.in_check or "check" in attributes.classes
            self._blocks(lines)
            self.in_check = outer
        out.allow(80)

    def _count(self, lines: list[tuple[str, int]]) -> None:
        """Pass over what is not shown, and over what its cells gave."""
        shown, self.written = self.written, Written()
        outer, self.inline.out = self.inline.out, self.written
        self._blocks(lines)
        self.written, self.inline.out = shown, outer

    def _fenced(self, info: str, body: list[str], number: int) -> None:
        out = self.written
        raw = re.fullmatch(r"\{=([\w-]+)\}", info)
        if re.match(r"\{+[a-zA-Z]", info) and not info.startswith("{{"):
            self._cell(info, body, number)
        elif raw:
            text = "\n".join(body)
            if raw[1] == self.reader.format == "typst":
                out.thing("raw Typst", text, number)
                out.allow(len(text))
            elif raw[1] == "html" and (self.reader.format == "html" or "<table" in text):
                out.say(read_html(text).text, number)
        else:
            out.say(read_attributes(info.strip("{}")).pairs.get("filename", ""), number)
            out.allow(30 if info.startswith("{{") else 0)  # Quarto shows the fence of {{python}}, too
            self._code(body, number + 1)
            out.allow(30 if info.startswith("{{") else 0)

    def _code(self, body: list[str], number: int) -> None:
        self.explained = any(EXPLAINED.search(line) for line in body)
        for i, line in enumerate(body):
            self.written.say(EXPLAINED.sub("", VALUE.sub(self._value, line)), number + i)

    def _value(self, match: re.Match) -> str:
        return _next(self.values, match[1], match[0])  # as it stands, if nothing ran

    def _cell(self, info: str, body: list[str], number: int) -> None:
        given, source = options_of(info, body)
        options = {**self.defaults, **given}
        outputs = _next(self.outputs, "\n".join(source), [])
        out = self.written
        if code_is_shown(options):
            out.say(str(options.get("filename") or ""), number)
            code = source
            if options.get("echo") == "fenced":
                out.allow(30)  # the fence, with the cell's language
                code = [line for line in body if not re.match(r"\W*echo\b", line)]
            if options.get("code-fold") and self.reader.format == "html":
                out.allow(80)
            self._code([line for line in code if line.strip()], number + len(body) - len(source) + 1)
        if outputs_are_shown(options):
            out.allow(60)
            read_outputs(self, outputs, options, number)
            for caption in captions_of(options, outputs):
                with out.aside():
                    self.inline.read(caption, lambda at: number)
            out.allow(60)

    def markdown(self, text: str, number: int) -> None:
        """Markdown that a cell gave: all of it stands at the cell's line."""
        self._blocks([(line, number) for line in without_comments(text).splitlines()])

    def _text(self, lines: list[tuple[str, int]]) -> None:
        """Lines without fences and divs: headings, notes and captions apart, the rest as it comes."""
        text: list[tuple[str, int]] = []
        i = 0
        while i < len(lines):
            line, number = lines[i]
            heading = HEADING.match(line)
            blank_before = not text or not text[-1][0].strip()
            if MACRO.match(line) or (DEFINED.match(line) and blank_before):
                i += 1
            elif NOTE.match(line):
                self._lines(text)
                end = indented_end(lines, i + 1)
                with self.written.aside():
                    more = [(re.sub(r"^( {4}|\t)", "", text), at) for text, at in lines[i + 1 : end]]
                    self._blocks([(NOTE.sub("", line), number), *more])
                text, i = [], end
            elif CAPTION.match(line) and (blank_before or TABLE.search(text[-1][0])) and at_a_table(lines, i):
                self._lines(text)
                end = next((k for k in range(i, len(lines)) if not lines[k][0].strip()), len(lines))
                with self.written.aside():
                    caption = [(CAPTION.sub("", line), number), *lines[i + 1 : end]]
                    self._lines([(ATTRIBUTES.sub("", text), number) for text, number in caption])
                self.written.allow(sum(len(text) for text, _ in caption))  # in case it is none
                text, i = [], end
            elif line.strip() and i + 1 < len(lines) and re.fullmatch(r"(=+|-+)\s*", lines[i + 1][0]) and blank_before:
                self._lines(text)
                self.written.allow(24)
                self._lines([(ATTRIBUTES.sub("", line), number)])
                text, i = [], i + 2
            elif heading and (blank_before or number == lines[0][1]):
                self._lines(text)
                self.written.allow(24)
                self._lines([(heading[2], number)])
                text, i = [], i + 1
            else:
                text.append(lines[i])
                i += 1
        self._lines(text)

    def _lines(self, lines: list[tuple[str, int]]) -> None:
        """Runs of lines with nothing but inline marks and list markers in them."""
        parts: list[str] = []
        numbers: list[int] = []
        in_maths = verbatim_before = False
        for i, (line, number) in enumerate(lines):
            before_blank = i == 0 or not lines[i - 1][0].strip()
            marker = MARKER.match(line) if (before_blank or self.in_list) and not in_maths else None
            in_maths ^= line.count("$$") % 2 == 1
            if line.strip():
                self.in_list = bool(marker) or (self.in_list and (line[:1] in " \t" or not before_blank))
            if marker:
                named = NUMBER.match(line)
                if named:
                    parts, numbers = self._flush(parts, numbers)
                    self.written.allow(len(named[1]) + (60 if self.explained else 4))  # lines that it explains
                line = line[marker.end() :]
            verbatim = re.match(r"( {4}|\t)\s*\S", line) and not self.in_list
            if verbatim and (before_blank or verbatim_before):
                parts, numbers = self._flush(parts, numbers)
                self._code([line], number)
                verbatim_before = True
                continue
            verbatim_before = verbatim_before and not line.strip()
            parts.append(line)
            numbers.append(number)
        self._flush(parts, numbers)

    def _flush(self, parts: list[str], numbers: list[int]) -> tuple[list[str], list[int]]:
        if any(part.strip() for part in parts):
            text = VALUE.sub(self._value, "\n".join(parts))
            starts = list(accumulate((len(part) + 1 for part in text.split("\n")), initial=0))
            self.inline.read(text, lambda at: numbers[min(bisect.bisect_right(starts, at) - 1, len(numbers) - 1)])
        return [], []


def _queues(pairs: Iterable[tuple[str, object]]) -> dict[str, deque]:
    """What each code gave, in order, by the code without its spaces."""
    queues: dict[str, deque] = defaultdict(deque)
    for code, given in pairs:
        queues["".join(code.split())].append(given)
    return queues


def _next(queues: dict[str, deque], code: str, otherwise):
    queue = queues["".join(code.split())]
    return queue.popleft() if queue else otherwise
