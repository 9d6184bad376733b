"""Tests of the random terms: each against the model in which it is smaller, or missing."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy import special

from ..errors import GroupingWarning, SingularFitWarning
from ..model.criterion import deviance_at, sums_of
from ..model.design import Design, with_other_terms
from ..model.estimates import log_likelihood
from ..model.fixed_part import name_of
from ..model.formula import ParsedFormula
from ..model.optimum import solve
from ..model.random_terms import RandomTerm
from .fit import Fit
from .shown import Shown


def random_term_tests(fit: Fit) -> pd.DataFrame:
    """Likelihood ratios of a fit to those of all models that have one term less left of a bar.

    Source: lmerTest's ranova(), with reduce.terms = TRUE.
    """
    rows = fit.design
    assert rows.source is not None
    found = {"<none>": (fit.df_modelwc, fit.llf)}
    for name, parsed in _reduced(rows.source.parsed):
        found[name] = _fitted(fit, rows, parsed)
    table = Shown.from_dict(found, orient="index", columns=["npar", "llf"])
    table.index.name = "term"
    table["aic"] = 2 * table["npar"] - 2 * table["llf"]
    table["LRT"] = (2 * (fit.llf - table["llf"])).clip(lower=0.0)
    table["df"] = float(fit.df_modelwc) - table["npar"]
    table.loc["<none>", ["LRT", "df"]] = np.nan
    table["p"] = special.chdtrc(table["df"].where(table["df"] > 0), table["LRT"])
    return table


def _fitted(fit: Fit, rows: Design, parsed: ParsedFormula) -> tuple[int, float]:
    """The number of parameters and the log-likelihood of the model with another random part, by the fit's criterion."""
    at = fit.at
    if not parsed.random:  # least squares is the mixed model whose random coefficients do not vary
        at = deviance_at(at.stage, np.zeros(len(at.theta)), at.reml)
        return at.stage.p + 1, log_likelihood(at)
    with warnings.catch_warnings():  # that a smaller model is singular is no news about this one
        warnings.simplefilter("ignore", SingularFitWarning)
        warnings.simplefilter("ignore", GroupingWarning)
        at = solve(sums_of(with_other_terms(rows, parsed)), at.reml).at
    return at.stage.p + len(at.theta) + 1, log_likelihood(at)


def _reduced(parsed: ParsedFormula) -> Iterator[tuple[str, ParsedFormula]]:
    """The formulas in which one random term has lost one of its own terms, or is gone, by what was taken away.

    Terms go only before those that they contain; where the last one goes, a random intercept is left.
    """
    for place, term in enumerate(parsed.random):
        others = (*parsed.random[:place], *parsed.random[place + 1 :])
        text = _text(term)
        slopes = [part for part in term.columns if part]
        if not slopes:
            yield text, replace(parsed, random=others)
        for slope in slopes:
            if any(set(slope) < set(other) for other in slopes):
                continue
            left = tuple(part for part in term.columns if part != slope) if len(slopes) > 1 else ((),)
            fewer = replace(term, columns=left)
            # What another term of the same groups holds already is not added to it again.
            held = any(fewer.groups == other.groups and set(left) <= set(other.columns) for other in others)
            random = others if held else (*parsed.random[:place], fewer, *parsed.random[place + 1 :])
            yield f"{name_of(slope)} in {text}", replace(parsed, random=random)


def _text(term: RandomTerm) -> str:
    """The term as it was written; of several that were written as one, as lme4 takes them apart."""
    left, bar, _ = term.text[1:].partition("|")
    if term.text[1 + len(left) :].startswith("||"):
        left = name_of(term.columns[0]) or "1"
        left = left if left == "1" else f"0 + {left}"
    return f"({left.strip()} {bar} {term.group})"
