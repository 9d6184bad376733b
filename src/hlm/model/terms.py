"""The terms of a formula's sum: its operators expanded, its offsets set apart."""

from __future__ import annotations

from typing import Any

from ..errors import ModelError
from .expressions import Call, Constant, Name, Node, Operation, Parentheses, walk, words

Term = tuple[Node, ...]  # the factors whose product it is; the intercept has none
Part = tuple[Term, ...]  # the terms of the fixed part, or of a random term


def is_offset(node: Node) -> bool:
    """Whether it is `offset(x)`."""
    return isinstance(node, Call) and node.function == Name("offset")


def _holds_offset(node: Node) -> bool:
    return any(map(is_offset, walk(node)))


def terms_of(node: Node, formula: str, others: tuple[Name, ...] = (), offsets: dict[Node, None] | None = None) -> Part:
    """The terms of a sum: the intercept first, then by the number of their factors, as R's terms() has them.

    Args:
        node: the sum. formula: the whole.
        others: the columns that a dot stands for.
        offsets: those found before, to which those of this sum are added; they are no terms.
    """
    reader = _Terms(formula, others)
    found = reader.sum_of(node)
    if offsets is not None:
        offsets |= reader.offsets
    order = {factor: k for k, factor in enumerate(reader.factors)}
    ordered = [tuple(sorted(term, key=order.__getitem__)) for term in found]
    return (*([()] if reader.intercept else []), *sorted(ordered, key=len))


_Set = dict[frozenset[Node], None]  # terms in their order; a term is known by its factors


class _Terms:
    """Expands the operators of a formula, from left to right.

    Source: Wilkinson & Rogers (1973), Applied Statistics 22(3), as R's terms.formula reads them.
    """

    def __init__(self, formula: str, others: tuple[Name, ...]):
        self.formula, self.others = formula, others
        self.factors: dict[Node, None] = {}
        self.offsets: dict[Node, None] = {}
        self.intercept = True

    def sum_of(self, node: Node, adding: bool = True) -> _Set:
        match node:
            case Call(Name("offset"), ((None, added),)):
                self.offsets = {other: None for other in self.offsets if other != added} | (
                    {added: None} if adding else {}
                )
                return {}
            case Operation("*" | ":" | "%in%" | "/" | "^", operands) if any(map(_holds_offset, operands)):
                raise ModelError(
                    f"formula {self.formula!r}: an offset is added, as in 'y ~ x + offset(z)'; it cannot stand beside "
                    f"{node.written}"
                )
            case Parentheses(inner):
                return self.sum_of(inner, adding)
            case Operation("+", (left, right)):
                return self.sum_of(left, adding) | self.sum_of(right, adding)
            case Operation("+", (one,)):
                return self.sum_of(one, adding)
            case Operation("-", (left, right)):
                kept = self.sum_of(left, adding)
                gone = self.sum_of(right, not adding)
                return {term: None for term in kept if term not in gone}
            case Operation("-", (one,)):
                self.sum_of(one, not adding)
                return {}
            case Operation("*", (left, right)):
                first, second = self.sum_of(left, adding), self.sum_of(right, adding)
                return first | second | _products(first, second)
            case Operation(":" | "%in%", (left, right)):
                return _products(self.sum_of(left, adding), self.sum_of(right, adding))
            case Operation("/", (left, right)):
                outer, within = self.sum_of(left, adding), self.sum_of(right, adding)
                return outer | _products({frozenset().union(*outer): None}, within)
            case Operation("^", (left, power)):
                return self.power(left, power, adding)
            case Constant(value, written):
                return self.constant(value, written, adding)
            case Name("."):
                self.factors |= dict.fromkeys(self.others)
                return {frozenset([name]): None for name in self.others}
        self.factors[node] = None
        return {frozenset([node]): None}

    def constant(self, value: Any, written: str, adding: bool) -> _Set:
        if value in (0, 1) and not isinstance(value, (str, bool)):
            self.intercept = (value == 1) == adding
            return {}
        if isinstance(value, str):
            raise ModelError(
                f"formula {self.formula!r}: {written} is text, not a term; write the name of a column without quotes, "
                "or in backticks"
            )
        raise ModelError(
            f"formula {self.formula!r}: {written} is not a term; only 0 and 1 stand alone, for the intercept, "
            "and arithmetic goes into I(), as in I(2 * x)"
        )

    def power(self, left: Node, power: Node, adding: bool) -> _Set:
        times = power.value if isinstance(power, Constant) else None
        if not isinstance(times, int) or times < 1:
            raise ModelError(
                f"formula {self.formula!r}: ^{words(power)} crosses terms, so the power must be 1, 2, 3, ...; "
                f"for arithmetic write I({words(left)}^{words(power)})"
            )
        one = self.sum_of(left, adding)
        found = one
        for _ in range(min(int(times), len(one)) - 1):
            found = _products(found, one)
        return found


def _products(one: _Set, other: _Set) -> _Set:
    return {a | b: None for a in one for b in other}
