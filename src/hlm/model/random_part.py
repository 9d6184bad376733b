"""Some of a fit's random coefficients, by the terms that name them."""

from __future__ import annotations

from collections.abc import Iterator

from ..errors import ModelError, listed
from .coding import columns_by_term, columns_of_variable
from .design import Source
from .fixed_part import name_of
from .formula import INTERCEPT, Layout, parse_any
from .terms import Part, Term


def coefficients_of(text: str, layout: Layout, source: Source | None) -> list[bool]:
    """(q,) which random coefficients a text such as "(1 | g)" or "(1 | g) + (0 + x | h)" names.

    Raises:
        ModelError: it does not parse, or the fit has no such random coefficients.
    """
    asked = parse_any(f"y ~ 1 + {text.strip().lstrip('~')}", ())
    if asked.fixed != ((),) or not asked.random:
        raise ModelError(f"random_effects must be True, False, or random terms such as '(1 | g)', not {text!r}")
    fitted = source.parsed if source is not None else parse_any(layout.formula, ())
    known = {(block.groups, term): names for block in fitted.random for term, names in _names(block.columns, source)}
    found = set[tuple[str, str]]()
    for block in asked.random:
        for term in block.columns:
            if (block.groups, term) not in known:
                there = listed(dict.fromkeys(one.text for one in fitted.random))
                what = name_of(term) or "intercept"
                raise ModelError(f"random_effects: the fit has no {what} that varies by {block.group}, but {there}")
            found |= {(block.group, name) for name in known[block.groups, term]}
    blocks = zip(layout.blocks, layout.factors, strict=True)
    return [(factor, layout.z[k]) in found for block, factor in blocks for k in block]


def _names(part: Part, source: Source | None) -> Iterator[tuple[Term, list[str]]]:
    """Each term of a random part with the names of its coefficients."""
    if source is None:  # a fit from moments: its columns are numbers
        yield from ((term, [name_of(term) or INTERCEPT]) for term in part)
        return
    variables = source.variables
    is_factor = {factor: variables[factor].is_factor for term in part for factor in term}
    made = columns_by_term(part, is_factor, lambda factor, flag: columns_of_variable(variables[factor], flag))
    yield from ((term, [name for name, _ in columns]) for term, columns in zip(part, made, strict=True))
