"""Read a Typst source as Typst reads it: markup, and in it code, and in that markup again."""

from __future__ import annotations

import json
import re

from .record import Found, Thing, bare

MARKUP = re.compile(
    r"""
    (?P<escape>\\u\{(?P<hex>[0-9a-fA-F]+)\}|\\.)
  | (?P<block>(?P<ticks>`{3,})\S*(?P<inside>.*?)(?P=ticks))
  | (?P<raw>`[^`]*`)
  | (?P<comment>//[^\n]*|/\*.*?\*/)
  | (?P<url>https?://[^\s\]`]+)
  | (?P<maths>\$(?:\\.|"(?:\\.|[^"\\])*"|[^$\\])*\$)
  | (?P<label><[\w:.-]+>)
  | (?P<list>^[ \t]*(?:[-+/]|\d+\.)(?=[ \t]))
  | (?P<code>\#(?=[A-Za-z_(\[{]))
  | (?P<open>\[) | (?P<close>\])
    """,
    re.X | re.S | re.M,
)
CODE = re.compile(r'"(?:\\.|[^"\\])*"|<[\w:.-]+>|//[^\n]*|[()\[\]{}]|caption:\s*(?=\[)', re.S)
CALL = re.compile(r"[A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)*")
LABEL = re.compile(r'\((?:<([\w:.-]+)>|label\(("(?:\\.|[^"\\])*")\))\)')
STATEMENT = re.compile(r"(let|set|show|import|include|if|for|while|context|return)\b")


def read_sheet(text: str) -> Found:
    """What a Typst source holds: its text, the captions and notes beside it, and the things."""
    reader = _Reader(text)
    at = 0
    while at < len(text):  # a stray ] ends nothing
        at = reader.markup(at)
    return Found(bare("".join(reader.text)), bare(" ".join(map("".join, reader.asides))), reader.things)


class _Reader:
    def __init__(self, source: str) -> None:
        self.source = source
        self.text: list[str] = []
        self.asides: list[list[str]] = []
        self.things: list[Thing] = []
        self.sink = self.text

    def markup(self, at: int) -> int:
        """Read markup from `at` on; the place after the ] that ends it."""
        depth = 0
        while token := MARKUP.search(self.source, at):
            self.sink.append(self.source[at : token.start()])
            at, kind = token.end(), token.lastgroup
            if kind == "raw":
                self.sink.append(token[0])
            elif kind == "block":
                self.sink.append(token["inside"])
            elif token["escape"] is not None:
                self.sink.append(chr(int(token["hex"], 16)) if token["hex"] else token[0][1])
            elif kind == "url":
                self.sink.append(token[0])
            elif kind == "code":
                at = self._code(at)
            elif kind == "open":
                depth += 1
            elif kind == "close":
                if not depth:
                    return at
                depth -= 1
        self.sink.append(self.source[at:])
        return len(self.source)

    def _code(self, at: int) -> int:
        """Read what follows a #; the place after it."""
        if STATEMENT.match(self.source, at):
            return self._statement(at)
        name = CALL.match(self.source, at)
        at, called = (name.end(), name[0]) if name else (at, "")
        arguments = at
        while self.source[at : at + 1] in ("(", "["):
            if self.source[at] == "(":
                at = self._inside(at + 1, ")")
                self._note(called, self.source[arguments:at])
                if called == "link" and self.source[at : at + 1] != "[":
                    self.sink.append(
                        "".join(re.findall(r'^\("(.*)"\)$', self.source[arguments:at])).removeprefix("mailto:")
                    )
            else:
                at = self._content(at + 1, aside=called == "footnote")
            method = re.compile(r"\.[a-z]\w*(?=\()").match(self.source, at)
            at = method.end() if method else at
        return at + 1 if self.source[at : at + 1] == ";" else at

    def _statement(self, at: int) -> int:
        """A statement ends with its line, or with the content that it stands in."""
        while token := re.compile(r'"(?:\\.|[^"\\])*"|[(\[{]|[\])};\n]').search(self.source, at):
            if token[0] in "\n;":
                return token.end()
            if token[0] in "])}":
                return token.start()
            at = token.end()
            if token[0] == "[":
                at = self._content(at, aside=False)
            elif token[0] in "({":
                at = self._inside(at, ")" if token[0] == "(" else "}")
        return len(self.source)

    def _inside(self, at: int, end: str) -> int:
        """Read code up to the bracket that ends it: what stands in [ ] is markup, and a caption stands aside."""
        caption = False
        while token := CODE.search(self.source, at):
            at = token.end()
            if token[0] == end:
                return at
            if token[0] == "[":
                at = self._content(at, aside=caption)
            elif token[0] in "({":
                at = self._inside(at, ")" if token[0] == "(" else "}")
            caption = token[0].startswith("caption:")
        return len(self.source)

    def _content(self, at: int, aside: bool) -> int:
        if not aside:
            return self.markup(at)
        outer, self.sink = self.sink, []
        self.asides.append(self.sink)
        at = self.markup(at)
        self.sink = outer
        return at

    def _note(self, called: str, arguments: str) -> None:
        """Code, formulas, pictures, links: what a call names in its strings."""
        first = re.match(r'\(\s*("(?:\\.|[^"\\])*")', arguments)
        label = LABEL.match(arguments)
        leads = label and (label[1] or json.loads(label[2]))
        if called == "raw" and first:  # how Pandoc writes code that has backticks in it
            self.sink.append(json.loads(first[1]))
        elif called == "maths" and first:
            self.things.append(Thing("formula", json.loads(first[1])))
        elif called == "picture" and first:
            alt = re.search(r'alt: ("(?:\\.|[^"\\])*")', arguments)
            self.things.append(Thing("picture", json.loads(first[1])))
            self.things.append(Thing("alt text", json.loads(alt[1]) if alt else ""))
        elif called == "link" and first:
            self.things.append(Thing("link", json.loads(first[1])))
        elif called == "link" and leads and leads.startswith("ref-"):
            self.things.append(Thing("citation", leads[4:]))
        elif called == "link" and leads:
            self.things.append(Thing("reference", leads))
