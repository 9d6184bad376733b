"""What each column of the fixed part is made of, and so what its coefficient is of.

Only a column of a factor that is coded by treatment tells a difference of two levels. What a column is follows from how
the design made it, by the same rule, not from its name.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from hlm import MixedResults
from hlm.model.coding import columns_by_term, columns_of_variable
from hlm.model.contrasts import label
from hlm.model.expressions import Call, Name, Node, walk, words
from hlm.model.variables import Variable

INTERCEPT, NUMBER, BINARY, LEVEL, PRODUCT, FUNCTION = "intercept", "number", "0 or 1", "level", "product", "function"
MEAN, SLOPE_AT, SLOPES_DIFFER, LEVELS_DIFFER = "mean", "slope at a level", "slopes by level", "levels by level"


@dataclass(frozen=True)
class Piece:
    """A variable's column, by itself or as one of those whose product a column is.

    Attributes:
        node: the variable in the formula. variable: what it is called.
        number: whether it is a column of numbers of the data as it stands there.
        level, first: of an indicator, its level, and by treatment contrasts the one that it is compared with.
        zero: where the column is zero, in words.
    """

    node: Node
    variable: str
    number: bool
    level: str
    first: str
    zero: str


@dataclass(frozen=True)
class Column:
    """A column: its kind, the pieces that it is the product of, and its term."""

    kind: str
    pieces: tuple[Piece, ...]
    term: tuple[Node, ...]

    @property
    def nodes(self) -> frozenset[Node]:
        """The variables that it is made of."""
        return frozenset(piece.node for piece in self.pieces)


def columns_of(fit: MixedResults) -> dict[str, Column]:
    """The fixed part's columns that have a coefficient, by name."""
    source = fit.design.source
    assert source is not None
    part = source.parsed.parts[0]
    is_factor = {node: variable.is_factor for node, variable in source.variables.items()}
    made = columns_by_term(part, is_factor, lambda node, by: _pieces(node, source.variables[node], by))
    named = [(name, term, pieces) for term, all_of in zip(part, made, strict=True) for name, pieces in all_of]
    lost = {term for name, term, _ in named if name not in fit.layout.x}
    found = {}
    for name, term, pieces in named:
        if name in fit.layout.x:
            # Where a level of the term has no column, the others are not compared with the first one.
            kind = _kind(pieces, term, part)
            levels = any(piece.level for piece in pieces)
            found[name] = Column(FUNCTION if levels and term in lost else kind, pieces, tuple(term))
    nodes = {node for each in found.values() for node in each.term}
    return {
        name: Column(_of_a_number(fit, name, nodes), each.pieces, each.term) if each.kind == NUMBER else each
        for name, each in found.items()
    }


def _of_a_number(fit: MixedResults, name: str, nodes: set[Node]) -> str:
    """A number that has a function of it beside it, as x has x^2, cannot go up while that is equal."""
    if any(words(part) == name for node in nodes if not isinstance(node, Name) for part in walk(node)):
        return FUNCTION
    return BINARY if set(np.unique(fit.design.column(name))) <= {0.0, 1.0} else NUMBER


def _pieces(node: Node, variable: Variable, by_contrasts: bool) -> list[tuple[str, Piece]]:
    names = [name for name, _ in columns_of_variable(variable.rows(np.arange(1)), by_contrasts)]
    called = _called(node)
    if not isinstance(variable.values, pd.Categorical):
        here = f"`{words(node)}` is zero" if len(names) == 1 else f"the columns of `{words(node)}` are zero"
        return [(name, Piece(node, called, isinstance(node, Name), "", "", here)) for name in names]
    levels = [label(level) for level in variable.values.categories]
    if not by_contrasts:
        return [
            (name, Piece(node, called, False, level, "", f"`{called}` is not {level}"))
            for name, level in zip(names, levels, strict=True)
        ]
    coding, _ = variable.contrasts.matrix(list(variable.values.categories))
    first = np.flatnonzero((coding == 0).all(axis=1))
    if variable.contrasts.kind in ("treatment", "SAS") and len(first) == 1:
        base = levels[first[0]]
        return [
            (name, Piece(node, called, False, levels[int(np.argmax(line))], base, f"`{called}` is {base}"))
            for name, line in zip(names, coding.T, strict=True)
        ]
    zero = f"the columns of `{words(node)}` are zero"
    return [(name, Piece(node, called, False, "", "", zero)) for name in names]


def _called(node: Node) -> str:
    """A factor's name without the functions that only say that it is one."""
    if isinstance(node, Call) and words(node.function) in ("factor", "as.factor", "C", "relevel") and node.arguments:
        return _called(node.arguments[0][1])
    return words(node)


def _kind(pieces: tuple[Piece, ...], term: tuple[Node, ...], part: tuple[tuple[Node, ...], ...]) -> str:
    if not pieces:
        return INTERCEPT
    if len(pieces) == 1:
        (one,) = pieces
        return NUMBER if one.number else LEVEL if one.first else MEAN if one.level else FUNCTION
    if len(pieces) > 2:
        return FUNCTION
    numbers, levels = [p for p in pieces if p.number], [p for p in pieces if p.first]
    if len(numbers) == 2:
        return PRODUCT
    if len(levels) == 2:
        return LEVELS_DIFFER
    if len(numbers) == 1 and levels:
        return SLOPES_DIFFER
    alone = numbers and all(numbers[0].node not in other for other in part if set(other) != set(term))
    return SLOPE_AT if alone and any(p.level for p in pieces) else FUNCTION
