"""A formula made from another: ". ~ . - x" is the old one without x."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..errors import ModelError, listed
from .expressions import Call, Constant, Name, Node, Operation, Parentheses, read, sides, walk, words
from .formula import ParsedFormula
from .random_terms import RandomTerm, is_bar, random_terms
from .terms import Part, terms_of


def updated(old: ParsedFormula, formula: str) -> str:
    """The formula that a new one means: a dot left of the ~ is the old response, one right of it all old terms.

    Random terms are kept with the dot; `- (x | g)` takes one away, and `+ (x | g)` adds one.

    Raises:
        ModelError: the new formula does not parse, or takes away a random term that is not there.
    """
    left, right = sides(formula)
    if not right:
        raise ModelError(f"formula {formula!r}: there is nothing right of the ~; a dot stands for all old terms")
    y = _with_dots_as(read(formula, left), old.y) if left else old.y
    kept, fixed = list[RandomTerm](), list[tuple[str, Node]]()
    for sign, node in _summands(read(formula, right)):
        if isinstance(node, Parentheses) and isinstance(node.inner, Operation) and is_bar(node.inner):
            for term in random_terms(node.inner, formula):
                kept = _with(kept, term) if sign == "+" else _without(kept, term, formula)
        else:
            kept += [term for term in old.random if Name(".") in walk(node)]
            fixed.append((sign, _with_dots_as(node, _sum_of(old.fixed, old.offsets))))
    offsets: dict[Node, None] = {}
    terms = terms_of(_signed_sum(fixed), formula, offsets=offsets) if fixed else ((),)
    added = [f"offset({_written(node)})" for node in offsets]
    return f"{_written(y)} ~ {' + '.join([_text(terms), *added, *map(_text_of_random, kept)])}"


def _summands(node: Node, sign: str = "+") -> Iterator[tuple[str, Node]]:
    """The parts of a sum from left to right, with their signs."""
    if isinstance(node, Operation) and node.sign in ("+", "-"):
        *left, right = node.operands
        for operand in left:
            yield from _summands(operand, sign)
        yield from _summands(right, sign if node.sign == "+" else {"+": "-", "-": "+"}[sign])
    else:
        yield sign, node


def _signed_sum(parts: list[tuple[str, Node]]) -> Node:
    whole: Node | None = None
    for sign, node in parts:
        whole = Operation(sign, (node,) if whole is None else (whole, node), sign)
    assert whole is not None
    return whole


def _with_dots_as(node: Node, old: Node) -> Node:
    """The tree with another in the place of each dot."""
    match node:
        case Name("."):
            return old if isinstance(old, Name | Call) else Parentheses(old)
        case Operation(sign, operands, written):
            return Operation(sign, tuple(_with_dots_as(operand, old) for operand in operands), written)
        case Parentheses(inner):
            return Parentheses(_with_dots_as(inner, old))
        case Call(function, arguments):
            return Call(function, tuple((key, _with_dots_as(value, old)) for key, value in arguments))
    return node


def _sum_of(part: Part, offsets: tuple[Node, ...]) -> Node:
    """Terms and offsets as a tree: their sum, with 0 where there is no intercept."""
    whole: Node = Constant(int(() in part), str(int(() in part)))
    for term in part:
        if term:
            product: Node = term[0]
            for factor in term[1:]:
                product = Operation(":", (product, factor), ":")
            whole = Operation("+", (whole, product), "+")
    for offset in offsets:
        whole = Operation("+", (whole, Call(Name("offset"), ((None, offset),))), "+")
    return whole


def _with(kept: list[RandomTerm], term: RandomTerm) -> list[RandomTerm]:
    return kept if any(_same(term, other) for other in kept) else [*kept, term]


def _without(kept: list[RandomTerm], term: RandomTerm, formula: str) -> list[RandomTerm]:
    left = [other for other in kept if not _same(term, other)]
    if len(left) == len(kept):
        there = listed(map(_text_of_random, kept)) or "none"
        raise ModelError(
            f"formula {formula!r}: there is no random term {_text_of_random(term)} to take away; there are: {there}"
        )
    return left


def _same(one: RandomTerm, other: RandomTerm) -> bool:
    return set(one.columns) == set(other.columns) and set(one.groups) == set(other.groups)


# ---------------------------------------------------------------------------------------------------- trees as text


def _text(part: Part) -> str:
    terms = [":".join(map(_written, term)) for term in part if term]
    if () in part:
        return " + ".join(terms) or "1"
    return " + ".join(["0", *terms])


def _text_of_random(term: RandomTerm) -> str:
    return f"({_text(term.columns)} | {':'.join(map(_name, term.groups))})"


def _written(node: Node) -> str:
    return words(_quoted(node))


def _quoted(node: Node) -> Node:
    """The tree with backticks around the names that need them."""
    match node:
        case Name(text, quoted):
            return Name(_name(text)) if quoted else node
        case Operation(sign, operands, written):
            return Operation(sign, tuple(map(_quoted, operands)), written)
        case Parentheses(inner):
            return Parentheses(_quoted(inner))
        case Call(function, arguments):
            return Call(function, tuple((key, _quoted(value)) for key, value in arguments))
    return node


def _name(text: str) -> str:
    return text if re.fullmatch(r"\.?[^\W\d][\w.]*", text) else f"`{text}`"
