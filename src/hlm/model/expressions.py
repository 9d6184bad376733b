"""How a formula is read: from its text to a tree, with R's operators in R's order of precedence.

R's language and Python's are read as one. `^` and `**` are the same power, `TRUE` and `True` the same value; strings,
names in backticks, calls, keywords, lists and attributes (`np.log(x)`, `x.abs()`) are what they are in either. Where
the two disagree R decides: `&` binds less tightly than a comparison, and a dot may be part of a name (`sch.id`).

Source: R Core Team, R Language Definition, section 10.4.2 (the order of precedence).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from ..errors import ModelError


@dataclass(frozen=True)
class Name:
    """A column, or an object of the caller's; with the dots that it has, and without its backticks."""

    text: str
    quoted: bool = field(default=False, compare=False)


@dataclass(frozen=True)
class Constant:
    """A number, text, a truth value, or None; `written` is how it stands in the formula."""

    value: float | str | bool | None
    written: str = field(compare=False)


@dataclass(frozen=True)
class Call:
    """A function and its arguments, each with its keyword or None."""

    function: Node
    arguments: tuple[tuple[str | None, Node], ...]


@dataclass(frozen=True)
class Operation:
    """An operator between two operands, or before one; `written` is its spelling where there are two."""

    sign: str
    operands: tuple[Node, ...]
    written: str = field(compare=False)


@dataclass(frozen=True)
class Parentheses:
    """What stands between ( and )."""

    inner: Node


@dataclass(frozen=True)
class Attribute:
    """`.name` of something that is not a name itself."""

    of: Node
    name: str


@dataclass(frozen=True)
class Item:
    """`x[index]`."""

    of: Node
    index: Node


Node = Name | Constant | Call | Operation | Parentheses | Attribute | Item

# How tightly an operator binds its operands; those of the same strength go from left to right, ^ from right to left.
BINARY = {
    **dict.fromkeys(["|", "||", "or"], 2),
    **dict.fromkeys(["&", "&&", "and"], 3),
    **dict.fromkeys(["==", "!=", "<", ">", "<=", ">="], 5),
    **dict.fromkeys(["+", "-"], 6),
    **dict.fromkeys(["*", "/", "//", "%", "@"], 7),
    **dict.fromkeys(["%%", "%/%", "%in%"], 8),
    ":": 9,
    "^": 11,
}
UNARY = {"!": 4, "not": 4, "+": 10, "-": 10}
COMPARISON, POWER = 5, 11
SPELLINGS = {"**": "^", "or": "|", "and": "&", "&&": "&", "not": "!", "%": "%%", "//": "%/%"}
VALUES = {"TRUE": True, "True": True, "FALSE": False, "False": False, "NULL": None, "None": None}
PYTHON_ONLY = {"lambda", "if", "for", "is"}  # columns may be called so; but where a formula does not parse, say so

TOKENS = re.compile(
    r"""(?P<space>\s+|\#[^\n]*)
    |(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)L?(?![\w.])
    |(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    |(?P<quoted>`[^`]+`)
    |(?P<name>\.?[^\W\d](?:[\w.]*\w)?\.?|\.(?![\w.]))
    |(?P<sign>%in%|%/%|%%|\*\*|//|<=|>=|==|!=|&&|\|\||::|[-+*/^:<>!&|~%@()\[\]{},=$])""",
    re.VERBOSE,
)


@dataclass(frozen=True)
class Token:
    """A word of the formula: its kind (the names in `TOKENS`), its text, and where it begins, counted from 0."""

    kind: str
    text: str
    start: int


def sides(formula: str) -> tuple[list[Token], list[Token]]:
    """The words left and right of a formula's ~.

    Raises:
        ModelError: a sign that the language has not, parentheses that do not match, or not one ~.
    """
    tokens = list(_tokens(formula))
    _require_pairs(formula, tokens)
    tildes = [k for k, token in enumerate(tokens) if token.text == "~" and token.kind == "sign"]
    if len(tildes) != 1:
        raise ModelError(f"formula {formula!r}: write the response, one ~, then the terms, as in 'y ~ x + (1 | g)'")
    return tokens[: tildes[0]], tokens[tildes[0] + 1 :]


def read(formula: str, tokens: list[Token]) -> Node:
    """The tree of one side of a formula.

    Raises:
        ModelError: it does not parse; the message says where.
    """
    return _Reader(formula, tokens).all()


def _tokens(formula: str) -> Iterator[Token]:
    place = 0
    while place < len(formula):
        match = TOKENS.match(formula, place)
        if not match:
            what = (
                "the quotes are not closed" if formula[place] in "\"'`" else f"what is {formula[place:].split()[0]!r}"
            )
            raise ModelError(f"formula {formula!r} does not parse: {what}, at character {place + 1}?")
        place = match.end()
        kind = str(match.lastgroup)
        if kind == "name" and match.group() in ("or", "and", "not"):
            kind = "sign"
        if kind != "space":
            yield Token(kind, match.group(), match.start())


def _require_pairs(formula: str, tokens: list[Token]) -> None:
    opened: list[Token] = []
    for token in tokens:
        if token.kind != "sign":
            continue
        if token.text in "([{":
            opened.append(token)
        elif token.text in ")]}":
            if not opened or "([{".index(opened[-1].text) != ")]}".index(token.text):
                raise ModelError(f"formula {formula!r}: the {token.text} at character {token.start + 1} closes nothing")
            opened.pop()
    if opened:
        raise ModelError(
            f"formula {formula!r}: the {opened[-1].text} at character {opened[-1].start + 1} is not closed"
        )


class _Reader:
    """Reads by precedence (Pratt 1973): an operand, then every operator that binds as tightly as asked."""

    def __init__(self, formula: str, tokens: list[Token]):
        self.formula, self.tokens, self.place = formula, tokens, 0

    def all(self) -> Node:
        node = self.expression(0)
        if self.place < len(self.tokens):
            token = self.tokens[self.place]
            before = self.tokens[self.place - 1].text
            raise self.error(
                f"between {before!r} and {token.text!r}, at character {token.start + 1}, an operator is missing"
            )
        return node

    def expression(self, least: int) -> Node:
        left = self.operand()
        while sign := self.sign_ahead():
            strength = BINARY.get(SPELLINGS.get(sign, sign), 0)
            if not strength or strength < least:
                return left
            self.place += 1
            right = self.expression(strength if strength == POWER else strength + 1)
            if strength == COMPARISON and isinstance(left, Operation) and BINARY[left.sign] == COMPARISON:
                raise self.error(f"comparisons do not chain; write {words(left)} & {words(left.operands[1])} ...")
            left = Operation(SPELLINGS.get(sign, sign), (left, right), sign)
        return left

    def operand(self) -> Node:
        token = self.next()
        if token.kind == "number":
            digits = token.text.rstrip("L")
            return self.parts_of(Constant(int(digits) if digits.isdigit() else float(digits), digits))
        if token.kind == "text":
            return self.parts_of(Constant(_unquoted(token.text), repr(_unquoted(token.text))))
        if token.kind == "quoted":
            return self.parts_of(Name(token.text[1:-1], quoted=True))
        if token.kind == "name":
            if token.text in VALUES:
                return self.parts_of(Constant(VALUES[token.text], token.text))
            return self.parts_of(Name(token.text))
        if token.text in UNARY:
            sign = SPELLINGS.get(token.text, token.text)
            return Operation(sign, (self.expression(UNARY[token.text]),), token.text)
        if token.text == "(":
            inner = self.expression(0)
            if self.sign_ahead() == ",":
                raise self.error("a tuple has no meaning here; write c(1, 2) or [1, 2]")
            self.expect(")")
            return self.parts_of(Parentheses(inner))
        if token.text == "[":
            return self.parts_of(Call(Name("c"), self.arguments("]")))
        if token.text == "{":  # formulaic's way to write I()
            inner = self.expression(0)
            self.expect("}")
            return Call(Name("I"), ((None, inner),))
        raise self.misplaced(token)

    def parts_of(self, node: Node) -> Node:
        """Calls, attributes and items of what has been read."""
        while self.place < len(self.tokens):
            token = self.tokens[self.place]
            if token.text == "(" and not isinstance(node, Constant):
                self.place += 1
                arguments = self.arguments(")")
                if node == Name("Q") and len(arguments) == 1 and isinstance(arguments[0][1], Constant):
                    node = Name(str(arguments[0][1].value), quoted=True)
                else:
                    node = Call(node, arguments)
            elif token.text == "[":
                self.place += 1
                index = self.expression(0)
                self.expect("]")
                node = Item(node, index)
            elif token.text == "::" and isinstance(node, Name):  # an R package, which hlm has no need of
                self.place += 1
                node = Name(self.next().text)
            elif token.kind == "name" and token.text.startswith(".") and len(token.text) > 1 and self.adjoins():
                self.place += 1
                node = Attribute(node, token.text[1:])
            else:
                break
        return node

    def arguments(self, end: str) -> tuple[tuple[str | None, Node], ...]:
        found: list[tuple[str | None, Node]] = []
        while self.sign_ahead() != end:
            keyword = None
            ahead = self.tokens[self.place : self.place + 2]
            if len(ahead) == 2 and ahead[0].kind == "name" and ahead[1].text == "=":
                keyword = ahead[0].text
                self.place += 2
            found.append((keyword, self.expression(0)))
            if self.sign_ahead() != end:
                self.expect(",")
        self.place += 1
        return tuple(found)

    def adjoins(self) -> bool:
        before, token = self.tokens[self.place - 1], self.tokens[self.place]
        return before.start + len(before.text) == token.start

    def sign_ahead(self) -> str | None:
        if self.place == len(self.tokens) or self.tokens[self.place].kind != "sign":
            return None
        return self.tokens[self.place].text

    def next(self) -> Token:
        if self.place == len(self.tokens):
            raise self.misplaced(Token("end", "the end", len(self.formula)))
        self.place += 1
        return self.tokens[self.place - 1]

    def expect(self, text: str) -> None:
        token = self.next()
        if token.text != text or token.kind != "sign":
            raise self.error(f"{token.text} at character {token.start + 1} is out of place; {text} was expected")

    def misplaced(self, token: Token) -> ModelError:
        before = self.tokens[self.place - 2].text if self.place > 1 else ""
        if "|" in (token.text[:1], before[:1]):
            return ModelError(
                f"formula {self.formula!r}: cannot read the random term at character {token.start + 1}; write (x | g)"
            )
        return self.error(f"{token.text}, at character {token.start + 1}, stands where a variable or a number should")

    def error(self, why: str) -> ModelError:
        word = next((token.text for token in self.tokens if token.kind == "name" and token.text in PYTHON_ONLY), None)
        hint = f"; {word} is not part of the language, make what it does a column of the data" if word else ""
        return ModelError(f"formula {self.formula!r} does not parse: {why}{hint}")


def _unquoted(text: str) -> str:
    return str(ast.literal_eval(text))


def words(node: Node) -> str:
    """The tree as text again, spaced evenly: what coefficients are called."""
    match node:
        case Name(text) | Constant(_, text):
            return text
        case Call(function, arguments):
            inside = ", ".join((f"{key}=" if key else "") + words(value) for key, value in arguments)
            return f"{words(function)}({inside})"
        case Operation(_, (one,), written):
            return f"{written} {words(one)}" if written == "not" else written + words(one)
        case Operation(_, (left, right), written):
            space = "" if written in ("^", ":") else " "
            return f"{words(left)}{space}{written}{space}{words(right)}"
        case Parentheses(inner):
            return f"({words(inner)})"
        case Attribute(of, name):
            return f"{words(of)}.{name}"
        case Item(of, index):
            return f"{words(of)}[{words(index)}]"
    raise TypeError(node)


def inside(node: Node) -> tuple[Node, ...]:
    """The parts of a node that are evaluated as variables: not the name of a function that is called."""
    match node:
        case Call(function, arguments):
            called = () if isinstance(function, Name) else (function,)
            return (*called, *(value for _, value in arguments))
        case Operation(_, operands):
            return operands
        case Parentheses(inner):
            return (inner,)
        case Attribute(of, _):
            return (of,)
        case Item(of, index):
            return (of, index)
    return ()


def walk(node: Node) -> Iterator[Node]:
    """The node, and all nodes inside it."""
    yield node
    for part in inside(node):
        yield from walk(part)
