"""The formulas that a report needs besides its own: without groups, without predictors, with one slope for all.

A formula is taken apart as text, so that what is put together again is written as its author wrote it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

R_RESERVED = frozenset(
    {"if", "else", "repeat", "while", "function", "for", "next", "break", "in", "TRUE", "FALSE", "NULL", "Inf", "NaN"}
    | {"NA", "NA_integer_", "NA_real_", "NA_character_", "NA_complex_"}
)
RESERVED = R_RESERVED | {"None", "True", "False", "and", "or", "not"}  # words that are no names in R, or none here
OPAQUE = re.compile(r"`[^`]*`|\"[^\"]*\"|'[^']*'")  # names in backticks and strings hold no operators


@dataclass(frozen=True)
class Bar:
    """A random term as it is written, `(columns | by)`."""

    columns: str
    sign: str
    by: str

    def __str__(self) -> str:
        return f"({self.columns} {self.sign} {self.by})"


@dataclass(frozen=True)
class Parts:
    """A formula in its parts: the response, the fixed part, the random terms."""

    response: str
    fixed: str
    bars: tuple[Bar, ...]

    @property
    def null(self) -> str:
        """The formula without predictors, in which only intercepts differ."""
        by = dict.fromkeys(bar.by for bar in self.bars)
        return " + ".join([f"{self.response} ~ 1", *(f"(1 | {groups})" for groups in by)])

    @property
    def ols(self) -> str:
        """The formula without groups."""
        return f"{self.response} ~ {self.fixed}"

    @property
    def parallel(self) -> str:
        """The formula without random slopes: lines that differ in height alone."""
        by = dict.fromkeys(bar.by for bar in self.bars)
        return " + ".join([self.ols, *(f"(1 | {groups})" for groups in by)])


def parts(formula: str) -> Parts:
    """Take a formula apart at its tilde and at the plus signs outside parentheses."""
    left, _, right = formula.partition("~")
    fixed, bars = [], []
    for piece in _split(right, "+"):
        inner = piece[1:-1] if piece.startswith("(") and piece.endswith(")") else ""
        sign = next((sign for sign in ("||", "|") if len(_split(inner, sign)) == 2), "")
        if sign:
            columns, by = _split(inner, sign)
            bars.append(Bar(columns, sign, by))
        else:
            fixed.append(piece)
    return Parts(left.strip(), " + ".join(fixed) or "1", tuple(bars))


def _split(text: str, sign: str) -> list[str]:
    """The text in pieces, at a sign outside parentheses, quotation marks and backticks."""
    masked = OPAQUE.sub(lambda match: "x" * len(match[0]), text)
    if sign == "|":
        masked = masked.replace("||", "xx")
    pieces, start, depth, at = [], 0, 0, 0
    while at < len(masked):
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(masked[at], 0)
        if depth == 0 and masked.startswith(sign, at):
            pieces.append(text[start:at])
            start = at + len(sign)
            at = start
        else:
            at += 1
    return [piece.strip() for piece in [*pieces, text[start:]]]


def quoted(name: str) -> str:
    """A column's name as a formula takes it, here and in R: in backticks if it would be no name without them."""
    return name if re.fullmatch(r"[A-Za-z][A-Za-z0-9_.]*", name) and name not in RESERVED else f"`{name}`"
