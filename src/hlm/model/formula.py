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
from .expressions import Constant, Name, Node, Parentheses, read, sides, walk, words
from .random_terms import RandomTerm, has_bar, random_terms, without_bars
from .terms import Part, is_offset, terms_of

INTERCEPT = "Intercept"


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
    fixed, bars = without_bars(formula, read(formula, right)) if right else (None, [])
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
    if has_bar(node):
        raise ModelError(f"formula {formula!r}: a random term stands left of the ~; it belongs to the right")
    return node


def _refuse(parsed: ParsedFormula) -> None:
    """Refuse what has a meaning in lme4 and none here yet, and names that could not be told apart later."""
    for factor in parsed.factors:
        for node in walk(factor):
            if is_offset(node):
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
