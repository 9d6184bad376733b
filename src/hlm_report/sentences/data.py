"""What can be said of the data: rows, groups, sizes, what was left out, where the outcome ends."""

from __future__ import annotations

import numpy as np

from ..facts.coefficients import Levels
from ..facts.rows import Factor
from ..report import Report
from ..wording import code, count, listed, n, percent, plain, plural
from .registry import sentence

FEW_GROUPS, VERY_FEW = 20, 5


def _factors(r: Report) -> list[Factor]:
    return r.factors


# --------------------------------------------------------------------------------------------------- rows and groups


@sentence("rows", lambda r: len(r.factors) == 1)
def rows_in_groups(r: Report) -> str:
    return f"The model is fitted to {plural(r.fit.nobs, 'row')} in {plural(r.main.J, 'group')} of {code(r.main.name)}."


@sentence("rows", lambda r: len(r.factors) > 1)
def rows_in_several_factors(r: Report) -> str:
    each = [f"{count(f.J)} of {code(f.name)}" for f in r.factors]
    return (
        f"The model is fitted to {plural(r.fit.nobs, 'row')}, which are in groups of {len(each)} kinds: {listed(each)}."
    )


@sentence("rows", lambda r: not r.fit.dropped)
def nothing_missing(r: Report) -> str:
    return f"No row was left out: all {count(r.fit.nobs)} have a value in every column of the model."


@sentence("rows", lambda r: r.fit.dropped > 0)
def rows_left_out(r: Report) -> str:
    by = [f"{code(name)} in {count(k)}" for name, k in r.missing.by_column.items()]
    return (
        f"{plural(r.fit.dropped, 'row')} of {count(len(r.data))} ({percent(r.fit.dropped / len(r.data))}) "
        f"{'was' if r.fit.dropped == 1 else 'were'} left out, because a value is missing"
        + (f": that of {listed(by)}." if by else ".")
    )


@sentence("rows", lambda r, f: r.missing.groups[f.name] > 0, each=_factors, warns=True)
def groups_left_out(r: Report, f: Factor) -> str:
    lost = r.missing.groups[f.name]
    return (
        f"{plural(lost, 'group')} of {code(f.name)} {'has' if lost == 1 else 'have'} no row without a missing value, "
        f"and {'is' if lost == 1 else 'are'} not in the model, so that it speaks of the other {count(f.J)}."
    )


@sentence("rows", lambda r: r.missing.known >= 5 and abs(r.missing.apart) * np.sqrt(r.missing.known) >= 2, warns=True)
def left_out_differ(r: Report) -> str:
    where = "higher" if r.missing.apart > 0 else "lower"
    return (
        f"{count(r.missing.known)} of the rows that were left out do have a value of {code(r.y)}, and it is "
        f"{n(abs(r.missing.apart), 2)} standard deviations {where} on average than in the rows used. "
        "The rows that are missing are not like those that are there, and the results are of the latter."
    )


@sentence("rows", lambda r: r.missing.known >= 5 and abs(r.missing.apart) * np.sqrt(r.missing.known) < 2)
def left_out_alike(r: Report) -> str:
    return (
        f"{_known(r)} the outcome is known; its mean there is {n(abs(r.missing.apart), 2)} "
        "standard deviations from that of the rows used, no farther than chance would have it."
    )


def _known(r: Report) -> str:
    if r.missing.known == r.fit.dropped:
        return f"In all {count(r.missing.known)} of them"
    return f"In {count(r.missing.known)} of them"


@sentence(
    "rows", lambda r: r.fit.dropped > 0 and r.missing.known < 5 and r.fit.dropped >= 0.05 * len(r.data), warns=True
)
def left_out_unknown(r: Report) -> str:
    return (
        f"Whether the {plural(r.fit.dropped, 'row')} that {'was' if r.fit.dropped == 1 else 'were'} left out would "
        "have "
        f"changed the results cannot be told from the data: the outcome is known in {_none(r.missing.known)} of them. "
        "Say in a report why values "
        "are missing."
    )


def _none(number: int) -> str:
    return count(number) if number else "none"


@sentence("rows", lambda r: bool(r.fit.left_out), warns=True)
def columns_left_out(r: Report) -> str:
    names = [code(name) for name in r.fit.left_out]
    kept = len(r.fit.layout.x)
    return (
        f"{listed(names)} {'is' if len(names) == 1 else 'are'} determined by the other columns and "
        f"{'has' if len(names) == 1 else 'have'} no coefficient; {plural(kept, 'coefficient')} "
        f"{'is' if kept == 1 else 'are'} left."
    )


# ------------------------------------------------------------------------------------------------------------- sizes


@sentence("sizes", lambda r, f: f.equal, each=_factors)
def sizes_equal(r: Report, f: Factor) -> str:
    return f"Each of the {plural(f.J, 'group')} of {code(f.name)} has {plural(f.sizes[0], 'row')}."


@sentence("sizes", lambda r, f: not f.equal, each=_factors)
def sizes_unequal(r: Report, f: Factor) -> str:
    return (
        f"The {plural(f.J, 'group')} of {code(f.name)} have {count(f.sizes.min())} to {plural(f.sizes.max(), 'row')}, "
        f"{plain(np.median(f.sizes))} in the middle."
    )


@sentence("sizes", lambda r, f: f.in_largest > 0.3 and f.J >= 10, each=_factors)
def sizes_very_unequal(r: Report, f: Factor) -> str:
    return (
        f"They are very unequal: the largest tenth of them hold {percent(f.in_largest)} of all rows, so that an "
        "average over rows and an average over groups are not the same."
    )


@sentence("sizes", lambda r, f: f.singletons > 0, each=_factors)
def groups_of_one(r: Report, f: Factor) -> str:
    alone = f.singletons
    return (
        f"{count(alone)} ({percent(alone / f.J)}) {'has' if alone == 1 else 'have'} a single row: "
        f"{'it tells' if alone == 1 else 'they tell'} something about where groups lie, and nothing about how far "
        "rows of "
        "a group differ."
    )


@sentence("sizes", lambda r, f: VERY_FEW < f.J < FEW_GROUPS, each=_factors, warns=True)
def few_groups(r: Report, f: Factor) -> str:
    return (
        f"With {count(f.J)} groups of {code(f.name)}, the variance between them is not well known, and neither is the "
        "standard error of whatever differs between groups only; the tests here count their degrees of freedom by "
        f"{'Kenward and Roger' if r.few else 'Satterthwaite'}."
    )


@sentence("sizes", lambda r, f: f.J <= VERY_FEW, each=_factors, warns=True)
def very_few_groups(r: Report, f: Factor) -> str:
    return (
        f"There are only {count(f.J)} groups of {code(f.name)}, and a variance that rests on {count(f.J)} of them is "
        "hardly "
        "an estimate. Think about giving each group a coefficient of its own instead."
    )


# ----------------------------------------------------------------------------------------------------------- columns


@sentence(
    "columns",
    lambda r, item: True,
    each=lambda r: [(*key, share) for key, share in r.nearly_constant.items()],
    warns=True,
)
def nearly_of_the_group(r: Report, item: tuple[str, str, float]) -> str:
    column, factor, share = item
    groups = next(f for f in r.factors if f.name == factor)
    k = max(1, round(share * int((groups.sizes > 1).sum())))
    return (
        f"{code(column)} is the same in all rows of a group of {code(factor)}, but for {plural(k, 'group')} "
        f"({percent(share)}). If it is meant to be a property of the group, these rows are wrong, and they make the "
        "model take it for something that differs within groups."
    )


@sentence("columns", lambda r: r.outcome.values <= 10)
def outcome_of_few_values(r: Report) -> str:
    return (
        f"The outcome takes {count(r.outcome.values)} different values only. A linear model takes the steps between "
        "them "
        "for equally wide, and its residuals cannot be normal; averages and their differences may still be what one "
        "wants to know."
    )


@sentence(
    "columns", lambda r: r.outcome.values > 10 and max(r.outcome.at_lowest, r.outcome.at_highest) > 0.05, warns=True
)
def outcome_at_its_end(r: Report) -> str:
    high = r.outcome.at_highest >= r.outcome.at_lowest
    share, end = (r.outcome.at_highest, r.outcome.highest) if high else (r.outcome.at_lowest, r.outcome.lowest)
    return (
        f"{percent(share)} of the rows have exactly the {'highest' if high else 'lowest'} value of {code(r.y)}, "
        f"{plain(end)}. "
        f"If the measure has a {'ceiling' if high else 'floor'} there, differences beyond it are not seen, and slopes "
        "come "
        "out too flat."
    )


@sentence("columns", lambda r, f: True, each=lambda r: r.large_factors)
def factor_of_many_levels(r: Report, f: Levels) -> str:
    name, levels = f.variable, f.count
    return (
        f"{code(name)} has {count(levels)} levels and takes {count(levels - 1)} coefficients. By chance alone about "
        "one "
        f"in twenty of them would pass a test at the usual level, {n((levels - 1) / 20, 2)} here; so what is told is "
        "whether the levels differ at all. The tables have each of them."
    )
