"""The language: what an lme4 formula says of y, X, Z and the groups, before any data are seen.

`math ~ ses + (ses | sch.id)` is split into a fixed part, which formulaic parses, and random terms, each of which
names its columns (left of the bar) and its groups (right of it). `design` binds what is read here to the rows of a
data frame, `engines` to the columns of a database.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
from formulaic import Formula
from formulaic.errors import FormulaicError
from formulaic.parser.types import Factor, Term

from ..errors import ModelError

INTERCEPT = "Intercept"


@dataclass(frozen=True)
class RandomTerm:
    """One `(columns | group)`: a block of random coefficients that share a covariance matrix."""

    text: str
    columns: Formula
    group: str


@dataclass(frozen=True)
class ParsedFormula:
    """A formula taken apart.

    Attributes:
        text: the formula as it was written.
        response: the text left of the ~; response_formula: its one term.
        fixed: the terms of the fixed part. random: the random terms, in order.
    """

    text: str
    response: str
    response_formula: Formula
    fixed: Formula
    random: tuple[RandomTerm, ...]

    @property
    def group(self) -> str:
        """The name of the grouping column."""
        return self.random[0].group

    @property
    def parts(self) -> tuple[Formula, ...]:
        """What makes columns: the fixed part, then each random term's."""
        return (self.fixed, *(term.columns for term in self.random))

    @property
    def factors(self) -> Iterator[Factor]:
        """Every factor of every term, the response's first."""
        return (factor for part in (self.response_formula, *self.parts) for term in part for factor in term.factors)


def parse(formula: str, columns: Iterable[Any]) -> ParsedFormula:
    """Read an lme4 formula.

    Args:
        formula: such as `math ~ ses * sector + (ses | sch.id)`.
        columns: the names of the data's columns; those with dots in them, such as sch.id, are taken whole.

    Raises:
        ModelError: the formula does not parse, or asks for what is not supported.

    Source: Bates, Maechler, Bolker & Walker (2015), section 2.2.
    """
    if not isinstance(formula, str):
        raise ModelError(f"the formula must be text, not {type(formula).__name__}")
    return _parse(formula, tuple(c for c in columns if isinstance(c, str) and "." in c and c in formula))


@lru_cache(maxsize=256)
def _parse(formula: str, dotted: tuple[str, ...]) -> ParsedFormula:
    fixed_text, bars = _split_random_terms(formula)
    if fixed_text.count("~") != 1:
        raise ModelError(f"formula {formula!r}: write the response, one ~, then the terms, as in 'y ~ x + (1 | g)'")
    left, right = (part.strip() for part in fixed_text.split("~"))
    if not left:
        raise ModelError(f"formula {formula!r}: there is no response left of the ~")
    response = _formulaic(f"0 + {_quote(left, dotted)}", formula)
    if len(response) != 1:
        raise ModelError(f"formula {formula!r}: the response must be one variable, not {left!r}")
    fixed = _formulaic(_quote(right, dotted) or "1", formula)
    if not bars:
        raise ModelError(
            f"formula {formula!r} has no random term such as (1 | school); "
            "without one, use hlm.ols, which is least squares"
        )
    random = tuple(term for bar in bars for term in _random_terms(*bar, formula, dotted))
    others = sorted({term.group for term in random} - {random[0].group})
    if others:
        raise ModelError(
            f"formula {formula!r} has more than one grouping factor ({random[0].group}, {', '.join(others)}); "
            "nested or crossed grouping factors are not supported, hlm.lmer fits one"
        )
    return ParsedFormula(formula, left, response, fixed, random)


def _split_random_terms(formula: str) -> tuple[str, list[tuple[str, str, str]]]:
    """Take the parenthesised terms with a bar out of a formula: the rest, and (left, bar, right) of each."""
    rest, bars, depth, start = [], [], 0, 0
    for place, sign in enumerate(formula):
        if sign == "(":
            if depth == 0:
                start = place
            depth += 1
        elif sign == ")":
            depth -= 1
            if depth < 0:
                raise ModelError(f"formula {formula!r}: the ) at character {place + 1} closes nothing")
            inner = formula[start + 1 : place]
            called = bool(re.search(r"[\w.)]\s*$", formula[:start]))
            if depth == 0 and "|" in inner and not called:
                bar = "||" if "||" in inner else "|"
                left, *right = inner.split(bar)
                if len(right) != 1 or "|" in right[0] or not left.strip() or not right[0].strip():
                    raise ModelError(f"formula {formula!r}: cannot read the random term ({inner}); write (x | g)")
                bars.append((left.strip(), bar, right[0].strip()))
            elif depth == 0:
                rest.append(formula[start : place + 1])
        elif depth == 0:
            rest.append(sign)
    if depth:
        raise ModelError(f"formula {formula!r}: the ( at character {start + 1} is not closed")
    fixed = "".join(rest)
    if "|" in fixed:
        raise ModelError(f"formula {formula!r}: put the random term in parentheses, as in (1 | g)")
    fixed = re.sub(r"\+\s*(?=[+-]|$)", "", fixed)  # the + that joined a term now taken out
    return re.sub(r"~\s*\+", "~", fixed), bars


def _random_terms(left: str, bar: str, group: str, formula: str, dotted: tuple[str, ...]) -> Iterator[RandomTerm]:
    group_name = group.strip("`")
    if not re.fullmatch(r"[^\W\d][\w.]*", group_name) and not group.startswith("`"):
        raise ModelError(
            f"formula {formula!r}: the group {group!r} is not one column; nested (a/b) and interaction (a:b) groups "
            "are not supported, make a column that names the group and use that"
        )
    columns = _formulaic(_quote(left, dotted), formula)
    if not len(columns):
        raise ModelError(f"formula {formula!r}: the random term ({left} {bar} {group}) has no coefficient in it")
    text = f"({left} {bar} {group})"
    if bar == "|":
        yield RandomTerm(text, columns, group_name)
    else:  # (x || g) is (1 | g) + (0 + x | g): Bates et al. (2015), section 2.2
        for term in columns:
            yield RandomTerm(text, Formula([term]), group_name)


def _formulaic(text: str, formula: str) -> Formula:
    try:
        return Formula(text)
    except FormulaicError as error:
        reason = re.sub(r"\x1b\[[\d;]*m|[⧛⧚](\[[\d;]*m)?", "", str(error)).split("\n")[0]
        raise ModelError(f"formula {formula!r} does not parse: {reason}") from None


def _quote(text: str, dotted: tuple[str, ...]) -> str:
    """Put backticks round column names with dots, which formulaic would read as Python attributes."""
    for name in sorted(dotted, key=len, reverse=True):
        text = re.sub(rf"(?<![\w.`]){re.escape(name)}(?![\w.`(])", f"`{name}`", text)
    return text


def name_of(term: Term) -> str:
    """The name of a term's column where it has just one: "Intercept", "ses", "ses:sector"."""
    return INTERCEPT if str(term) == "1" else str(term).replace("`", "")


@dataclass(frozen=True)
class Layout:
    """The model's shape, without its data.

    Attributes:
        formula: the formula as it was written.
        response: name of y. group: name of the grouping column.
        x: names of the columns of X, in order; z: names of the columns of Z.
        columns: the distinct varying columns behind X and Z (all but "Intercept").
        blocks: the positions in z of each random term; coefficients of different blocks are uncorrelated.
    """

    formula: str
    response: str
    group: str
    x: tuple[str, ...]
    z: tuple[str, ...]
    columns: tuple[str, ...]
    blocks: tuple[tuple[int, ...], ...]


def layout_of(parsed: ParsedFormula, parts: Sequence[Mapping[str, Any]]) -> Layout:
    """The model's shape.

    Args:
        parsed: the formula.
        parts: the columns by name of its fixed part, then of each random term; only the names are used.

    Raises:
        ModelError: a column stands in two random terms.
    """
    fixed, *random = parts
    z = [name for block in random for name in block]
    twice = sorted({name for name in z if z.count(name) > 1})
    if twice:
        raise ModelError(f"formula {parsed.text!r}: {', '.join(twice)} stands in two random terms of the same group")
    ends = np.cumsum([0, *map(len, random)])
    return Layout(
        formula=parsed.text,
        response=parsed.response.strip("`"),
        group=parsed.group,
        x=tuple(fixed),
        z=tuple(z),
        columns=tuple(dict.fromkeys(name for part in parts for name in part if name != INTERCEPT)),
        blocks=tuple(tuple(range(a, b)) for a, b in pairwise(ends)),
    )
