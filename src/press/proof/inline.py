"""Read what stands in the lines of a text: words, and the formulas, links, pictures, citations, notes among them."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

from .exceptions import Attributes, Reader, is_aside, is_shown
from .page import read_html
from .record import EXPANDED, Written

REFERENCE = re.compile(r"^[A-Za-z]{2,4}-")
LABELS = frozenset("sec fig tbl eq exr lst thm lem cor prp cnj def exm alg rem sol nte tip wrn imp cau".split())  # noqa: SIM905
ATTRIBUTES = re.compile(r"""\{((?:[^{}"']|"[^"]*"|'[^']*')*)\}""")
KEY = r"(?:\{[^}\s]+\}|\w+(?:[:.#$%&\-+?<>~/]\w+)*)"
TOKEN = re.compile(
    rf"""
    (?P<bare>\\begin\{{(?P<name>(?:equation|align|gather|multline|eqnarray|displaymath|math|alignat|flalign)\*?)\}}.*?
      \\end\{{(?P=name)\}})
  | (?P<tex>\\(?!begin\b)[A-Za-z]+\*?(?:\[[^\]\n]*\])*(?:\{{(?:[^{{}}\n]|\{{(?:[^{{}}\n]|\{{[^{{}}\n]*\}})*\}})*\}})*)
  | (?P<escape>\\[^\w\s])
  | (?P<code>(?<!`)(?P<ticks>`+)(?!`)(?P<inside>.+?)(?<!`)(?P=ticks)(?!`)(?P<code_attr>\{{[^}}\n]*\}})?)
  | (?P<display>\$\$(?P<display_tex>.+?)\$\$(?P<display_attr>[ \n]*\{{\#[^}}]*\}})?)
  | (?P<maths>\$(?P<formula>(?=\S)(?:\\.|[^$\\]|\\\n)*?(?<=\S))\$(?!\d))
  | (?P<comment><!--.*?-->)
  | (?P<address><(?P<url>[A-Za-z][\w+.-]*:[^\s<>]+|[^\s<>@]+@[^\s<>]+)>)
  | (?P<tag></?[A-Za-z][\w-]*(?:\s(?:[^<>"']|"[^"]*"|'[^']*')*)?/?>)
  | (?P<shortcode>\{{\{{<.*?>\}}\}})
  | (?P<note>\^\[)
  | (?P<footnote>\[\^[^\]\s]+\])
  | (?P<image>!\[)
  | (?P<bracket>\[)
  | (?P<cite>(?<![\w@])-?@(?P<key>{KEY}))
  | (?P<entity>&(?:\#?\w+);)
    """,
    re.X | re.S,
)

LineOf = Callable[[int], int]


class Inline:
    """Takes down one text after another in `out`. `targets`: where [name] leads, by name."""

    def __init__(self, out: Written, reader: Reader, targets: dict[str, str]):
        self.out, self.reader, self.targets = out, reader, targets
        self.macros: set[str] = set()  # TeX's, which the chapter defines

    def read(self, text: str, line_of: LineOf, start: int = 0, end: int | None = None) -> None:
        """What stands in text[start:end]; `line_of` tells the line of a place in the text."""
        end = len(text) if end is None else end
        at = start
        while at < end:
            token = TOKEN.search(text, at, end)
            self._words(text, at, token.start() if token else end, line_of)
            if not token:
                return
            kind = token.lastgroup if token.lastgroup in _TURNS else next(k for k in _TURNS if token[k] is not None)
            at = getattr(self, f"_{kind}")(text, token, end, line_of)

    def _words(self, text: str, start: int, end: int, line_of: LineOf) -> None:
        for part in re.finditer(r"[^\n]+", text[start:end]):
            self.out.say(part[0], line_of(start + part.start()))

    def _escape(self, text, token, end, line_of) -> int:
        return token.end()

    def _bare(self, text, token, end, line_of) -> int:
        self.out.thing("formula", EXPANDED, line_of(token.start()))  # written anew, as a display
        self.out.allow(12)
        return token.end()

    def _code(self, text, token, end, line_of) -> int:
        line, inside, attr = line_of(token.start()), token["inside"], token["code_attr"] or ""
        raw = re.fullmatch(r"\{=(\w+)\}", attr)
        if not raw:
            for i, part in enumerate(inside.split("\n")):
                self.out.say(part, line + i)
            return token.end() if attr.startswith(("{.", "{#")) else token.end() - len(attr)
        if raw[1] == self.reader.format == "html":
            self.out.say(read_html(inside).text, line)
        elif raw[1] == self.reader.format:
            self.out.thing("raw Typst", inside, line)
            self.out.allow(len(inside))
        return token.end()

    def _display(self, text, token, end, line_of) -> int:
        self._formula(token["display_tex"], line_of(token.start()))
        self.out.allow(12)  # its number
        return token.end()

    def _maths(self, text, token, end, line_of) -> int:
        self._formula(token["formula"], line_of(token.start()))
        return token.end()

    def _formula(self, tex: str, line: int) -> None:
        if not tex.strip():
            return  # only macros were defined in it
        used = self.macros & set(re.findall(r"\\([A-Za-z]+)", tex))
        self.out.thing("formula", EXPANDED if used else tex, line)

    def _comment(self, text, token, end, line_of) -> int:
        return token.end()

    _tag = _comment
    _tex = _comment  # a command of LaTeX's, and for LaTeX

    def _shortcode(self, text, token, end, line_of) -> int:
        self.out.allow(200)
        return token.end()

    def _address(self, text, token, end, line_of) -> int:
        self.out.say(token["url"].removeprefix("mailto:"), line_of(token.start()))
        self.out.thing("link", token["url"], line_of(token.start()))
        return token.end()

    def _note(self, text, token, end, line_of) -> int:
        close = closing(text, token.end() - 1, end)
        if close is None:
            return token.end()
        with self.out.aside():
            self.read(text, line_of, token.end(), close)
        self.out.allow(4)
        return close + 1

    def _footnote(self, text, token, end, line_of) -> int:
        self.out.allow(4)
        return token.end()

    def _image(self, text, token, end, line_of) -> int:
        close = closing(text, token.end() - 1, end)
        place = None if close is None else _destination(text, close + 1, end, self.targets, text[token.end() : close])
        if place is None:
            return token.start() + 1  # only an exclamation mark
        href, after = place
        attributes, after = _attributes(text, after, end)
        line = line_of(token.start())
        self.out.thing("picture", href, line)
        alt = attributes.pairs.get("fig-alt") or attributes.pairs.get("alt")
        before, behind = text[: token.start()], text[after:]
        if re.search(r"(^|\n[ \t]*\n)[ \t>]*$", before) and re.match(r"\s*(\n\s*\n|$)", behind):  # a figure
            with self.out.aside():
                self.read(text, line_of, token.end(), close)
        elif not alt:
            alone = Written()
            Inline(alone, self.reader, self.targets).read(text, line_of, token.end(), close)
            alt = " ".join(piece.words for piece in alone.pieces)
        if alt:
            self.out.thing("alt text", alt, line)
        self.out.allow(30 if attributes.identifier else 0)
        return after

    def _bracket(self, text, token, end, line_of) -> int:
        close = closing(text, token.start(), end)
        if close is None:
            return token.end()
        inside = text[token.end() : close]
        attributes, after = _attributes(text, close + 1, end)
        if after > close + 1:  # a span
            if not is_shown(attributes, self.reader):
                pass
            elif is_aside(attributes):
                with self.out.aside():
                    self.read(text, line_of, token.end(), close)
                self.out.allow(len(inside))
            else:
                self.read(text, line_of, token.end(), close)
            return after
        place = _destination(text, close + 1, end, self.targets, inside)
        if place and not re.search(r"(?<![\w\\])@\w", inside if text[close + 1 : close + 2] != "(" else ""):
            href, after = place
            self.out.thing("link", href, line_of(token.start()))
            self.read(text, line_of, token.end(), close)
            return _attributes(text, after, end)[1]
        keys = re.findall(rf"(?<![\w\\])-?@({KEY})", inside)
        if not keys:
            self.read(text, line_of, token.end(), close)
            return close + 1
        if all("-" in key and key.strip("{}").partition("-")[0].lower() in LABELS for key in keys):
            return self._referred(text, token.end(), close, line_of)
        for key in keys:
            self._cited(key, line_of(token.start()))
        self.out.allow(60 * len(keys) + 2 * len(inside))
        return close + 1

    def _referred(self, text: str, start: int, close: int, line_of) -> int:
        """References to labels in brackets: the words around them stay as they are, other than those of citations."""
        for key in re.compile(rf"-?@({KEY})").finditer(text, start, close):
            self.read(text, line_of, start, key.start())
            self._cited(key[1], line_of(key.start()))
            self.out.allow(120)
            start = key.end()
        self.read(text, line_of, start, close)
        return close + 1

    def _cite(self, text, token, end, line_of) -> int:
        self._cited(token["key"], line_of(token.start()))
        self.out.allow(120)
        after = re.compile(r" \[([^\]\n@]*)\](?![(\[{])").match(text, token.end(), end)
        if after and not REFERENCE.match(token["key"]):
            self.out.allow(len(after[1]) + 20)
            return after.end()
        return token.end()

    def _cited(self, key: str, line: int) -> None:
        key = key.strip("{}")
        kind = key.partition("-")[0].lower() if "-" in key else ""
        self.out.thing(
            "reference" if kind in LABELS else "citation", key[:1].lower() + key[1:] if kind in LABELS else key, line
        )

    def _entity(self, text, token, end, line_of) -> int:
        self.out.say(unescape(token[0]), line_of(token.start()))
        return token.end()


_TURNS = (
    "bare", "tex", "escape", "code", "display", "maths", "comment", "address", "tag", "shortcode", "note", "footnote",
    "image", "bracket", "cite", "entity",
)  # fmt: skip


def closing(text: str, opened: int, end: int) -> int | None:
    """The place of the ] that closes the [ at `opened`; brackets in code and formulas do not count."""
    depth = 0
    for token in re.compile(r"\\.|(`+).*?\1|\$[^$\n]+\$|\n[ \t]*\n|\[|\]", re.S).finditer(text, opened, end):
        depth += {"[": 1, "]": -1}.get(token[0], 0)
        if token[0].startswith("\n"):
            return None
        if depth == 0 and token[0] == "]":
            return token.start()
    return None


def read_attributes(text: str) -> Attributes:
    """What stands between the braces of {#identifier .class key="value"}; `note` alone is the class of ::: note."""
    found = re.findall(r"""([\w-]+)=("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\S+)|[#]([^\s}]+)|\.?([\w-]+)""", text)
    pairs = {key: unescape(re.sub(r"\\(.)", r"\1", value.strip("\"'"))) for key, value, _, _ in found if key}
    return Attributes(next((i for _, _, i, _ in found if i), ""), tuple(c for _, _, _, c in found if c), pairs)


def _attributes(text: str, start: int, end: int) -> tuple[Attributes, int]:
    braces = ATTRIBUTES.match(text, start, end)
    if not braces or not re.match(r"\s*([#.=]|[\w-]+=)", braces[1]):
        return Attributes(), start
    return read_attributes(braces[1]), braces.end()


def _destination(text: str, start: int, end: int, targets: dict[str, str], words: str) -> tuple[str, int] | None:
    """Where a link leads whose words end before `start`, and the place after it: (url "title"), [name], or nothing."""
    inside = re.compile(
        r"""\(\s*(?:<(?P<angle>[^<>\n]*)>|(?P<bare>(?:\\.|[^\s()\\]|\((?:[^\s()]|\([^\s()]*\))*\)|[ ](?![\"'(\n]))*))
            (?:\s+(?:"(?:\\.|[^"])*"|'(?:\\.|[^'])*'))?\s*\)""",
        re.X,
    ).match(text, start, end)
    if inside:
        href = inside["angle"] if inside["angle"] is not None else inside["bare"]
        return re.sub(r"\\([^\w\s])", r"\1", href.strip()), inside.end()
    named = re.compile(r"\s?\[([^\]\n]*)\]").match(text, start, end)
    name = " ".join((named[1] if named and named[1] else words).lower().split())
    if name in targets:
        return targets[name], named.end() if named else start
    return None
