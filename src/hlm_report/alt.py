"""What each picture shows, in words, for who cannot see it: made from the data, when the report is written.

Quarto takes the words from the source, so they stand there as text; `python -m hlm_report my-report` writes them anew
where a formula was changed.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .facts.sampling import ROWS
from .plots.checks import DOTS
from .plots.coefficients import MOST
from .plots.shared import ALL, SHOWN
from .report import Report
from .sentences.checks import largest
from .wording import count, listed, n, percent, plain


def _sizes(r: Report) -> str:
    each = [
        f"{count(f.J)} groups of {f.name}: all have {count(f.sizes[0])} rows"
        if f.equal
        else f"{count(f.J)} groups of {f.name} with {count(f.sizes.min())} to {count(f.sizes.max())} rows, half of "
        "them "
        f"with {plain(np.median(f.sizes))} or fewer"
        for f in r.factors
    ]
    return f"How many rows the groups have. {'. '.join(each)}."


def _means(r: Report) -> str:
    y = np.bincount(r.main.codes, r.fit.design.response, r.main.J) / r.main.sizes
    some = f"{count(SHOWN)} of the " if r.main.J > ALL else ""
    return (
        f"The means of {some}{count(r.main.J)} groups of {r.main.name} in their order, from {n(y.min())} to "
        f"{n(y.max())}, "
        "each with a line for the middle half of its rows; a level line marks the mean of all rows, "
        f"{n(r.outcome.mean)}."
    )


def _predicted(r: Report) -> str:
    effects = r.null.random_effects if isinstance(r.null.random_effects, dict) else {r.main.name: r.null.random_effects}
    each = [
        f"{count(len(u))} groups of {name}, from {n(u['Intercept'].min())} below the average to "
        f"{n(u['Intercept'].max())} above it".replace("from −", "from ")
        for name, u in effects.items()
    ]
    return f"Predicted intercepts of the groups in their order, with intervals: {'; '.join(each)}."


def _intervals(r: Report) -> str:
    shown = (r.predictors or r.coefficients)[:MOST]
    clear = [c.name for c in shown if c.significant]
    wider = sum(c.ratio > 1.1 for c in shown)
    if len(shown) == 1:
        return (
            f"Two intervals for {shown[0].name}, one by OLS and one by the mixed model, whose standard error is "
            f"{n(shown[0].ratio)} times that of OLS; the second {'stays clear of' if clear else 'reaches across'} zero."
        )
    longer = "all" if wider == len(shown) else count(wider) if wider else "none"
    return (
        f"Two intervals for each of {count(len(shown))} coefficients, one by OLS and one by the mixed model. "
        f"The mixed model's is clearly longer for {longer} of them, "
        f"and stays clear of zero for {listed(clear) if clear else 'none'}."
    )


def _shares(r: Report) -> str:
    shown = (r.predictors or r.coefficients)[:MOST]
    each = [f"{c.name}, {percent(c.shares[ROWS])}" for c in shown]
    return (
        "A bar for each coefficient, divided by where its squared standard error comes from. From rows: "
        f"{'; '.join(each)}."
    )


def _within(r: Report) -> str:
    each = [f"{s.name}, {n(s.within)} within groups and {n(s.between)} between" for s in r.splits]
    return f"Slopes with their intervals: {'; '.join(each)}."


def _scatter(r: Report) -> str:
    s = r.splits[0]
    return (
        f"A dot for each of {count(r.main.J)} groups, at its means of {s.name} and {r.y}. The line between groups has "
        "the "
        f"slope {n(s.between)}, a dashed one within groups {n(s.within)}."
    )


def _lines(r: Report) -> str:
    s = r.slopes[0]
    return (
        f"Lines of the groups along {s.name}, around an average of slope {n(s.average)}; 95 per cent of the groups are "
        f"expected to have slopes from {n(s.low)} to {n(s.high)}."
    )


def _points(r: Report) -> str:
    s = r.slopes[0]
    how = f"tilted by a correlation of {n(s.r, 2)}" if np.isfinite(s.r) else "without a correlation"
    return (
        f"Each group as a point, its predicted intercept to the right and its predicted slope of {s.name} upwards, in "
        "an "
        f"ellipse that is {how}. The standard deviation of slopes is {n(s.sd)}."
    )


def _residuals(r: Report) -> str:
    e = r.residuals
    what = "dots" if r.fit.nobs <= DOTS else "shades that are darker where rows are many"
    return (
        f"Residuals against fitted values as {what}. Their standard deviation is {n(e.low_sd * np.sqrt(r.fit.scale))} "
        "in "
        f"the lowest fifth of the fitted values and {n(e.high_sd * np.sqrt(r.fit.scale))} in the highest; the farthest "
        f"residual lies {n(abs(e.farthest))} standard deviations {'above' if e.farthest > 0 else 'below'} zero."
    )


def _quantiles(r: Report) -> str:
    far = "; ".join(
        f"{'intercepts' if d.name == 'Intercept' else 'slopes of ' + d.name} by {d.factor}, {n(d.farthest[1])}"
        for d in r.deviations[:2]
    )
    return (
        "Values in order against those expected of a normal sample, with a band around the line on which such a sample "
        f"lies. Farthest from zero, in standard deviations: residuals, {n(r.residuals.farthest)}"
        + (f"; {far}." if far else ".")
    )


def _moves(r: Report) -> str:
    each = []
    for i in r.influence:
        group, name, move = largest(i)
        each.append(f"of {i.factor}, {group} moves {name} most, by {n(abs(move), 2)} standard errors")
    return (
        "A row of dots for each coefficient: by how many standard errors it moves without each group. Of the groups "
        f"{'; '.join(each)}."
    )


WORDS: dict[str, Callable[[Report], str]] = {
    "fig-sizes": _sizes,
    "fig-means": _means,
    "fig-predicted": _predicted,
    "fig-intervals": _intervals,
    "fig-shares": _shares,
    "fig-within": _within,
    "fig-scatter": _scatter,
    "fig-lines": _lines,
    "fig-points": _points,
    "fig-residuals": _residuals,
    "fig-quantiles": _quantiles,
    "fig-moves": _moves,
}


def alt_text(report: Report, label: str) -> str:
    """What the picture with this label shows, as text without quotation marks."""
    return WORDS[label](report).replace('"', "'").replace("\\", "/")
