"""The random terms of a formula: what stands left of the bar, and the groups right of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..errors import ModelError
from .expressions import Call, Name, Node, Operation, Parentheses, words
from .terms import Part, terms_of


@dataclass(frozen=True)
class RandomTerm:
    """One `(columns | group)`: a block of random coefficients that share a covariance matrix.

    Attributes:
        text: as it was written. columns: its terms.
        groups: the names of the columns whose combinations are the groups: one, or for `a:b` and `a/b` more.
    """

    text: str
    columns: Part
    groups: tuple[str, ...]

    @property
    def group(self) -> str:
        """What the grouping factor is called."""
        return ":".join(self.groups)


def is_bar(node: Node) -> bool:
    """Whether it is what stands between the parentheses of a random term."""
    return isinstance(node, Operation) and node.sign in ("|", "||") and node.written != "or"


def has_bar(node: Node) -> bool:
    """Whether there is a bar outside the arguments of functions, in which it means 'or'."""
    if is_bar(node):
        return True
    if isinstance(node, Operation):
        return any(map(has_bar, node.operands))
    return isinstance(node, Parentheses) and has_bar(node.inner)


def without_bars(formula: str, node: Node) -> tuple[Node | None, list[Operation]]:
    """A side's sum without its random terms, and these."""
    if is_bar(node):
        raise ModelError(f"formula {formula!r}: put the random term in parentheses, as in (1 | g)")
    if not has_bar(node):
        return node, []
    if isinstance(node, Parentheses):
        if is_bar(node.inner):
            assert isinstance(node.inner, Operation)
            return None, [node.inner]
        inner, bars = without_bars(formula, node.inner)
        return (None if inner is None else Parentheses(inner)), bars
    assert isinstance(node, Operation)
    left, found = without_bars(formula, node.operands[0])
    if len(node.operands) == 1 and node.sign == "+":
        return left, found
    if len(node.operands) == 2 and (node.sign == "+" or (node.sign == "-" and not has_bar(node.operands[1]))):
        right, more = without_bars(formula, node.operands[1])
        if node.sign == "-" and right is not None:
            right = Operation("-", (right,), "-")
            return (right if left is None else Operation("-", (left, right.operands[0]), "-")), found
        if left is None or right is None:
            return (right if left is None else left), found + more
        return Operation("+", (left, right), "+"), found + more
    raise ModelError(
        f"formula {formula!r}: a random term can only be added, as in 'y ~ x + (1 | g)', "
        f"not stand beside {node.written}"
    )


def random_terms(
    bar: Operation, formula: str, others: tuple[Name, ...] = (), offsets: dict[Node, None] | None = None
) -> Iterable[RandomTerm]:
    """The random terms that a bar stands for; for `others` and `offsets` see `terms_of`."""
    columns, by = bar.operands
    text = f"({words(bar)})"
    if has_bar(columns) or has_bar(by):
        raise ModelError(f"formula {formula!r}: cannot read the random term {text}; write (x | g)")
    terms = terms_of(columns, formula, others, offsets)
    if not terms:
        raise ModelError(f"formula {formula!r}: the random term {text} has no coefficient in it")
    # (x || g) is (1 | g) + (0 + x | g): Bates et al. (2015), section 2.2.
    blocks = [(term,) for term in terms] if bar.sign == "||" else [terms]
    for groups in _groups(by, formula):
        for block in blocks:
            yield RandomTerm(text, block, groups)


def _groups(node: Node, formula: str) -> list[tuple[str, ...]]:
    """The columns of each grouping factor; a/b stands for b:a and a, in this order, as in lme4."""
    match node:
        case Name("."):
            pass
        case Name(text):
            return [(text,)]
        case Parentheses(inner):
            return _groups(inner, formula)
        case Call(Name("factor" | "as.factor" | "C"), ((None, Name(text)),)):
            return [(text,)]
        case Operation("/", (left, right)):
            outer, within = _groups(left, formula), _groups(right, formula)
            whole = tuple(dict.fromkeys(name for names in outer for name in names))
            return [*((*names, *whole) for names in within), *outer]
        case Operation(":" | "%in%", (left, right)):
            some, others = _groups(left, formula), _groups(right, formula)
            if len(some) == len(others) == 1:
                return [(*some[0], *others[0])]
    raise ModelError(
        f"formula {formula!r}: the group {words(node)!r} is not a column; make a column that names the group, "
        "and use that"
    )
