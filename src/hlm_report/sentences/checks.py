"""What can be said of the model's assumptions: residuals, the groups' deviations, single groups, the boundary."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..facts.checks import BEYOND, Deviations, Influence
from ..report import Report
from ..wording import code, count, listed, n, p, percent, plural
from .registry import sentence

NEAR = 1e-2


def _steady(r: Report) -> bool:
    """Whether residuals spread alike, up to a fifth, where fitted values are low and where they are high."""
    return bool(abs(np.log(r.residuals.high_sd / r.residuals.low_sd)) <= np.log(1.2))


@sentence("residuals", lambda r: r.residuals.p < 0.01)
def residuals_have_long_tails(r: Report) -> str:
    e = r.residuals
    return (
        f"{plural(e.count, 'residual')} ({percent(e.beyond)}) {'lies' if e.count == 1 else 'lie'} more than three "
        "standard "
        f"deviations from zero, where a normal distribution would have {percent(BEYOND)}; the farthest is at "
        f"{n(e.farthest)}. Averages and their standard errors stand that well in samples that are not small; "
        "statements "
        "about single rows do not."
    )


@sentence("residuals", lambda r: r.residuals.p >= 0.01)
def residuals_have_no_long_tails(r: Report) -> str:
    e = r.residuals
    return (
        f"Residuals reach as far out as normal ones, or less: the farthest is at {n(e.farthest)} standard deviations, "
        "and "
        f"{count(e.count) if e.count else 'none'} of {count(r.fit.nobs)} beyond three."
    )


@sentence(
    "residuals",
    lambda r: r.residuals.spread_p < 0.01 and not _steady(r),
)
def spread_changes(r: Report) -> str:
    e = r.residuals
    return (
        "Their spread changes along the fitted values: with σ as the unit it is "
        f"{n(e.low_sd, 2)} in the fifth of the rows where they are lowest and {n(e.high_sd, 2)} where they are highest "
        f"({p(e.spread_p)} of equal spread). A model of one σ² overstates what it knows on the one side and "
        "understates it "
        "on the other."
    )


@sentence(
    "residuals",
    lambda r: r.residuals.spread_p >= 0.01 and not _steady(r),
)
def spread_not_told(r: Report) -> str:
    e = r.residuals
    return (
        f"Their spread is {n(e.low_sd, 2)} σ in the fifth of the rows with the lowest fitted values and "
        f"{n(e.high_sd, 2)} σ in "
        f"that with the highest, no more of a difference than chance would make ({p(e.spread_p)} of equal spread)."
    )


@sentence("residuals", _steady)
def spread_is_steady(r: Report) -> str:
    e = r.residuals
    return (
        f"Their spread is much the same where fitted values are low ({n(e.low_sd, 2)} σ in the lowest fifth of the "
        "rows) and "
        f"where they are high ({n(e.high_sd, 2)} σ in the highest)."
    )


@sentence("residuals", lambda r: r.residuals.rise > 0.2)
def residuals_rise(r: Report) -> str:
    return (
        f"They rise with the fitted values (their correlation is {n(r.residuals.rise, 2)}). That is no bend: "
        "predictions of groups are drawn towards the average, the more so the fewer rows a group has, and what is "
        "taken off them is left in the residuals."
    )


@sentence("residuals", lambda r: r.residuals.groups_p < 0.01)
def groups_spread_differently(r: Report) -> str:
    e = r.residuals
    return (
        f"Groups of {code(r.main.name)} differ in how far their rows spread ({p(e.groups_p)} of equal spread): the "
        "standard "
        f"deviation of residuals goes from {n(e.narrowest[1])} in {code(e.narrowest[0])} to {n(e.widest[1])} in "
        f"{code(e.widest[0])}, of the groups with five rows and more."
    )


@sentence("deviations", lambda r, d: d.p < 0.05, each=lambda r: r.deviations)
def a_group_far_out(r: Report, d: Deviations) -> str:
    return (
        f"{_what(d)}: {code(d.farthest[0])} lies {n(abs(d.farthest[1]))} standard deviations from the average, farther "
        f"than one of {count(len(d.scores))} normal values would be ({p(d.p)}). Look at it, and at what becomes of the "
        "coefficients without it."
    )


@sentence("deviations", lambda r, d: d.p >= 0.05, each=lambda r: r.deviations)
def no_group_far_out(r: Report, d: Deviations) -> str:
    return (
        f"{_what(d)}: the group that is farthest from the average is {code(d.farthest[0])}, at "
        f"{n(abs(d.farthest[1]))} standard deviations, as far as one of {count(len(d.scores))} normal values may well "
        "be."
    )


def _what(d: Deviations) -> str:
    of = "Intercepts" if d.name == "Intercept" else f"Slopes of {code(d.name)}"
    return f"{of} by {code(d.factor)}"


# ------------------------------------------------------------------------------------------------------ single groups


def _influences(r: Report) -> list[Influence]:
    return r.influence


def largest(i: Influence) -> tuple[Any, str, float]:
    """The group and the coefficient that it moves most, and by how many standard errors."""
    moves = i.moves.drop(columns="Intercept", errors="ignore")
    moves = moves if len(moves.columns) else i.moves
    stacked = moves.stack()
    group, name = stacked.abs().idxmax()
    return group, name, float(stacked[group, name])


def turned(r: Report, i: Influence) -> list[tuple[Any, str]]:
    """Groups without which a coefficient changes sides of the usual level, with the coefficient."""
    found = list[tuple[Any, str]]()
    for c in r.predictors:
        if c.name in i.p.columns:
            without = i.p[c.name].dropna()
            there = r.fit.pvalues[c.name] < 0.05
            found += [(group, c.name) for group in without.index[(without < 0.05) != there]]
    return found


@sentence("influence", lambda r, i: abs(largest(i)[2]) < 1 and i.exact, each=_influences)
def no_group_decides(r: Report, i: Influence) -> str:
    group, name, move = largest(i)
    return (
        f"No single group of {code(i.factor)} moves a coefficient by a standard error: the largest move, of "
        f"{code(name)}, is "
        f"{n(abs(move), 2)} standard errors, when {code(group)} is left out."
    )


@sentence("influence", lambda r, i: abs(largest(i)[2]) < 1 and not i.exact, each=_influences)
def no_group_tried_decides(r: Report, i: Influence) -> str:
    group, name, move = largest(i)
    return (
        f"Groups of {code(i.factor)} are too many to be left out one by one; of those {count(i.tried)} that pull a "
        f"coefficient most, none moves one by a standard error: the largest move, of {code(name)}, is "
        f"{n(abs(move), 2)} standard errors, when {code(group)} is left out."
    )


@sentence("influence", lambda r, i: abs(largest(i)[2]) >= 1, each=_influences, warns=True)
def a_group_decides(r: Report, i: Influence) -> str:
    group, name, move = largest(i)
    return (
        f"Without {code(group)} of {code(i.factor)} the coefficient of {code(name)} is "
        f"{n(i.estimates.loc[group, name])} "
        f"instead of {n(r.fit.params[name])}, {n(abs(move), 2)} standard errors away."
    )


@sentence("influence", lambda r, i: bool(turned(r, i)), each=_influences, warns=True)
def a_group_turns_a_test(r: Report, i: Influence) -> str:
    found = turned(r, i)
    names = list(dict.fromkeys(name for _, name in found))
    name = names[0]
    groups = [group for group, of in found if of == name]
    there = "passes" if r.fit.pvalues[name] < 0.05 else "does not pass"
    return (
        f"Whether {code(name)} passes a test at the usual level hangs on single groups: it {there} "
        f"({p(r.fit.pvalues[name])} "
        f"by Satterthwaite), and without {code(groups[0])} it would be otherwise ({p(i.p.loc[groups[0], name])})"
        + (f", as without {plural(len(groups) - 1, 'other')}." if len(groups) > 1 else ".")
    )


@sentence("influence", lambda r: r.fewest.J < 3)
def too_few_to_leave_out(r: Report) -> str:
    return (
        f"With {plural(r.fewest.J, 'group')} of {code(r.fewest.name)} none can be left out: what is left would be no "
        "comparison of groups."
    )


# ---------------------------------------------------------------------------------------------------------- boundary


@sentence("boundary", lambda r: r.fit.singular, warns=True)
def singular(r: Report) -> str:
    zeros = [
        f"{'the intercept' if a == 'Intercept' else code(a)} by {code(g)}"
        for g, a, b, v in r.fit.var_corr[["group", "var1", "var2", "vcov"]].itertuples(index=False)
        if g != "Residual" and not isinstance(b, str) and v <= 1e-8 * r.fit.scale
    ]
    what, it = "a correlation is one, or nearly", "the correlation"
    if zeros:
        what, it = f"the variance of {listed(zeros)} is zero", "the zero"
    if len(zeros) > 1:
        what, it = f"the variances of {listed(zeros)} are zero", "the zeros"
    return (
        f"The fit is singular: {what}, at the end of what can be, beside σ² = {n(r.fit.scale)}. It is no error of the "
        "program. It says that the data cannot tell apart all the variances that the model asks for; do not "
        f"interpret {it}, and look whether the coefficients that matter change in a model without the term."
    )


@sentence("boundary", lambda r: not r.fit.singular and r.nearness < NEAR, warns=True)
def nearly_singular(r: Report) -> str:
    return (
        f"The estimate of G is close to its boundary (the smallest of its relative variances is {n(r.nearness, 2)}): "
        "with "
        "slightly other data a variance could be zero, or a correlation one."
    )


@sentence("boundary", lambda r: not r.fit.singular and r.nearness >= NEAR)
def not_singular(r: Report) -> str:
    return (
        f"The estimate of G is inside of what can be (the smallest of its relative variances is {n(r.nearness, 2)}; "
        "zero "
        "would be the boundary)."
    )


@sentence("boundary", lambda r: not r.fit.converged, warns=True)
def not_converged(r: Report) -> str:
    return (
        f"The conditions of an optimum could not be verified at the log-likelihood {n(r.fit.llf, 7)}. Do not use these "
        "numbers before it is clear why."
    )


@sentence("boundary", lambda r: any(i.exact and i.singular > 0 for i in r.influence) and not r.fit.singular)
def singular_without_a_group(r: Report) -> str:
    i = next(i for i in r.influence if i.exact and i.singular > 0)
    return (
        f"Of the {count(i.tried)} fits without a single group of {code(i.factor)}, {count(i.singular)} "
        f"{'is' if i.singular == 1 else 'are'} singular."
    )
