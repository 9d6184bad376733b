"""The language: what an lme4 formula says of y, X, Z and the groups, before any data are seen.

`math ~ ses + (ses | sch.id)` is read into a tree by `expressions`, and here into terms: those of the fixed part, and
for each random term those left of the bar and the groups right of it. A term is a product of factors: columns, or
calls of functions. `design` binds what is read here to the rows of a data frame, `engines` to the columns of a
database.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import Any

import numpy as np

from ..errors import ModelError, listed
from .expressions import Call, Constant, Name, Node, Operation, Parentheses, read, sides, walk, words

INTERCEPT = "Intercept"

Term = tuple[Node, ...]  # the factors whose product it is; the intercept has none
Part = tuple[Term, ...]  # the terms of the fixed part, or of a random term


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


@dataclass(frozen=True)
class ParsedFormula:
    """A formula taken apart.

    Attributes:
        text: the formula as it was written.
        y: the response's factor.
        fixed: the terms of the fixed part. random: the random terms, in order.
        offsets: what is added to the prediction with the coefficient one, the x of `offset(x)`.
    """

    text: str
    y: Node
    fixed: Part
    random: tuple[RandomTerm, ...]
    offsets: tuple[Node, ...] = ()

    @cached_property
    def response(self) -> str:
        """What the response is called."""
        return words(self.y)

    @property
    def factors_of_groups(self) -> dict[str, tuple[str, ...]]:
        """The grouping factors, in the order of the formula: by name, the columns whose combinations are the groups."""
        return {term.group: term.groups for term in self.random}

    @property
    def parts(self) -> tuple[Part, ...]:
        """What makes columns: the fixed part, then each random term's."""
        return (self.fixed, *(term.columns for term in self.random))

    @cached_property
    def factors(self) -> tuple[Node, ...]:
        """Every factor of every term once, in the order of the formula, then the offsets, and the response last."""
        found = [factor for part in self.parts for term in part for factor in term]
        return tuple(dict.fromkeys([*found, *self.offsets, self.y]))


def parse(formula: str, columns: Iterable[Any]) -> ParsedFormula:
    """Read an lme4 formula with random terms.

    Args:
        formula: such as `math ~ ses * sector + (ses | sch.id)`.
        columns: the names of the data's columns, which a lone dot stands for.

    Raises:
        ModelError: the formula does not parse, or asks for what is not supported.

    Source: Bates, Maechler, Bolker & Walker (2015), section 2.2.
    """
    parsed = parse_any(formula, columns)
    if not parsed.random:
        raise ModelError(
            f"formula {formula!r} has no random term such as (1 | g); without one, use hlm.ols, which is least squares"
        )
    return parsed


def parse_any(formula: str, columns: Iterable[Any]) -> ParsedFormula:
    """Read an lme4 formula, with any random terms or none.

    Raises:
        ModelError: the formula does not parse.
    """
    if not isinstance(formula, str):
        raise ModelError(f"the formula must be text, not {type(formula).__name__}")
    dot = re.search(r"(?<![\w.)\]])\.(?![\w.])", formula)
    return _parse(formula, tuple(c for c in columns if isinstance(c, str)) if dot else ())


@lru_cache(maxsize=256)
def _parse(formula: str, columns: tuple[str, ...]) -> ParsedFormula:
    left, right = sides(formula)
    if not left:
        raise ModelError(f"formula {formula!r}: there is no response left of the ~")
    y = _response(formula, read(formula, left))
    others = tuple(Name(c) for c in columns if Name(c) != y)
    fixed, bars = _without_bars(formula, read(formula, right)) if right else (None, [])
    offsets: dict[Node, None] = {}
    terms = terms_of(fixed, formula, others, offsets) if fixed is not None else ((),)
    random = [term for bar in bars for term in random_terms(bar, formula, others, offsets)]
    parsed = ParsedFormula(formula, y, terms, tuple(random), tuple(offsets))
    _refuse(parsed)
    return parsed


def _response(formula: str, node: Node) -> Node:
    """The response; left of the ~ operators are arithmetic."""
    while isinstance(node, Parentheses):
        node = node.inner
    if isinstance(node, Constant):
        raise ModelError(f"formula {formula!r}: the response must be a variable, not {words(node)}")
    if _has_bar(node):
        raise ModelError(f"formula {formula!r}: a random term stands left of the ~; it belongs to the right")
    return node


def _refuse(parsed: ParsedFormula) -> None:
    """Refuse what has a meaning in lme4 and none here yet, and names that could not be told apart later."""
    for factor in parsed.factors:
        for node in walk(factor):
            if _is_offset(node):
                raise ModelError(
                    f"formula {parsed.text!r}: {words(node)} is no variable; it is added to a formula, as in "
                    f"'y ~ x + {words(node)}'"
                )
            if node == Name(INTERCEPT):
                raise ModelError(
                    f"formula {parsed.text!r}: a column that is called {INTERCEPT} could not be told from the "
                    "intercept; rename it"
                )
            if node == Name("."):
                raise ModelError(
                    f"formula {parsed.text!r}: a dot stands for all other columns, as a term of its own; "
                    "inside a function, name the column"
                )
    if any(parsed.y in term for term in parsed.fixed):
        raise ModelError(
            f"formula {parsed.text!r}: the response {parsed.response} stands right of the ~ too, "
            "where it would explain itself; leave it out there"
        )


# ------------------------------------------------------------------------------------------------- random terms


def is_bar(node: Node) -> bool:
    """Whether it is what stands between the parentheses of a random term."""
    return isinstance(node, Operation) and node.sign in ("|", "||") and node.written != "or"


def _has_bar(node: Node) -> bool:
    """Whether there is a bar outside the arguments of functions, in which it means 'or'."""
    if is_bar(node):
        return True
    if isinstance(node, Operation):
        return any(map(_has_bar, node.operands))
    return isinstance(node, Parentheses) and _has_bar(node.inner)


def _without_bars(formula: str, node: Node) -> tuple[Node | None, list[Operation]]:
    """A side's sum without its random terms, and these."""
    if is_bar(node):
        raise ModelError(f"formula {formula!r}: put the random term in parentheses, as in (1 | g)")
    if not _has_bar(node):
        return node, []
    if isinstance(node, Parentheses):
        if is_bar(node.inner):
            assert isinstance(node.inner, Operation)
            return None, [node.inner]
        inner, bars = _without_bars(formula, node.inner)
        return (None if inner is None else Parentheses(inner)), bars
    assert isinstance(node, Operation)
    left, found = _without_bars(formula, node.operands[0])
    if len(node.operands) == 1 and node.sign == "+":
        return left, found
    if len(node.operands) == 2 and (node.sign == "+" or (node.sign == "-" and not _has_bar(node.operands[1]))):
        right, more = _without_bars(formula, node.operands[1])
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
    if _has_bar(columns) or _has_bar(by):
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


# -------------------------------------------------------------------------------------------------------- terms


def _is_offset(node: Node) -> bool:
    return isinstance(node, Call) and node.function == Name("offset")


def _holds_offset(node: Node) -> bool:
    return any(map(_is_offset, walk(node)))


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


# ------------------------------------------------------------------------------------------------------- layout


@dataclass(frozen=True)
class Layout:
    """The model's shape, without its data.

    Attributes:
        formula: the formula as it was written.
        response: name of y. group: name of the grouping factor; of several, the names, with commas between.
        x: names of the columns of X, in order; z: names of the columns of Z, those of the first factor first.
        columns: the distinct varying columns behind X and Z (all but "Intercept").
        blocks: the positions in z of each random term; coefficients of different blocks are uncorrelated.
        factors: the grouping factor of each block.
        weights, offset: the columns that were given as these beside the formula; empty if none was.
        left_out: names of the columns of X that others determine, and that were left out.
    """

    formula: str
    response: str
    group: str
    x: tuple[str, ...]
    z: tuple[str, ...]
    columns: tuple[str, ...]
    blocks: tuple[tuple[int, ...], ...]
    factors: tuple[str, ...] = ()
    weights: str = ""
    offset: str = ""
    left_out: tuple[str, ...] = ()

    @property
    def grouping(self) -> tuple[str, ...]:
        """The grouping factors, in order."""
        return tuple(dict.fromkeys(self.factors))

    @property
    def of(self) -> tuple[str, ...]:
        """For each of z, what tells it from coefficients of other factors: " | class", or nothing if there is one."""
        if len(self.grouping) == 1:
            return ("",) * len(self.z)
        return tuple(f" | {factor}" for block, factor in zip(self.blocks, self.factors, strict=True) for _ in block)

    def without(self, names: tuple[str, ...]) -> Layout:
        """The shape of the model without some columns of X; those that Z has too stay there."""
        x = tuple(name for name in self.x if name not in names)
        columns = tuple(name for name in self.columns if name not in names or name in self.z)
        return replace(self, x=x, columns=columns, left_out=names)

    def of_factor(self, factor: str) -> Layout:
        """The shape of the model that has this grouping factor alone; the columns are those of all."""
        own = [block for block, name in zip(self.blocks, self.factors, strict=True) if name == factor]
        ends = np.cumsum([0, *map(len, own)])
        return replace(
            self,
            group=factor,
            z=tuple(self.z[k] for block in own for k in block),
            blocks=tuple(tuple(range(a, b)) for a, b in pairwise(ends)),
            factors=(factor,) * len(own),
        )


def layout_of(parsed: ParsedFormula, parts: Sequence[Mapping[str, Any]], order: Sequence[str] | None = None) -> Layout:
    """The model's shape.

    Args:
        parsed: the formula.
        parts: the columns by name of its fixed part, then of each random term; only the names are used.
        order: of the grouping factors; as in the formula if None.

    Raises:
        ModelError: a column stands in two random terms of one factor.
    """
    fixed, *random = parts
    factors = list(parsed.factors_of_groups) if order is None else list(order)
    own = {
        factor: [part for term, part in zip(parsed.random, random, strict=True) if term.group == factor]
        for factor in factors
    }
    for factor, blocks in own.items():
        z = [name for block in blocks for name in block]
        if twice := sorted({name for name in z if z.count(name) > 1}):
            of = f"the same group, {factor}" if len(factors) > 1 else "the same group"
            raise ModelError(f"formula {parsed.text!r}: {listed(twice)} stands in two random terms of {of}")
    ordered = [(factor, block) for factor, blocks in own.items() for block in blocks]
    ends = np.cumsum([0, *(len(block) for _, block in ordered)])
    return Layout(
        formula=parsed.text,
        response=parsed.response,
        group=", ".join(factors),
        x=tuple(fixed),
        z=tuple(name for _, block in ordered for name in block),
        columns=tuple(dict.fromkeys(name for part in parts for name in part if name != INTERCEPT)),
        blocks=tuple(tuple(range(a, b)) for a, b in pairwise(ends)),
        factors=tuple(factor for factor, _ in ordered),
    )
