"""The benchmark's numbers as a page of Markdown."""

from __future__ import annotations

import os
import platform

import numpy as np
from scale import Growth, memory

BEST = "hlm"  # ratios are to this program, within each round


def report(programs, small, large: list[Growth], rounds: int) -> str:
    """The whole page: machine, the slides' models (one table each), refits, growth."""
    parts = ["# The estimator beside other programs", machine(programs), READING.format(rounds=rounds)]
    for model, times in small.items():
        parts += [f"## `{model.formula}`", speed(programs, times), accuracy(programs, times, model.truth())]
    parts += ["## Refit to a new response on the same design", REFIT, refits(programs, small)]
    parts += ["## From ten thousand students to millions", GROWTH]
    for name in dict.fromkeys(growth.model for growth in large):
        parts += [f"### {name.capitalize()}", *growth_tables([g for g in large if g.model == name])]
    return "\n\n".join(parts) + "\n"


READING = """\
Programs take turns, {rounds} rounds; a turn is as many fits as go into a tenth of a second, at least one. Times are the
medians of rounds, in milliseconds; "x hlm" is the median over rounds of the time divided by hlm's in the same round.
*Fit* goes from the formula and the data frame to a table of coefficients with Satterthwaite's degrees of freedom
(statsmodels has none, and gives normal p values). *Kenward-Roger* is what its table takes once the model is fitted.
Errors are against the optimum that tests/reference holds (lme4's own deviance, polished by Newton's method; lmerTest;
pbkrtest): the log-likelihood's absolute, all others relative, the largest over the coefficients."""

REFIT = """\
Estimates and standard errors, without degrees of freedom: from the formula and the data, and by the program's own way
to fit another response (hlm and mixedlm `fit.refit(y)`, lme-python `prepare_lmer(...).fit(y)`, lme4 `refit`)."""

GROWTH = """\
Simulated students, 50 a school, rows in order of school; each size in a fresh process, after a warm-up on a thousand
rows; medians of fits, Satterthwaite's degrees of freedom included. The groupby is pandas' sum of the same columns by
school, in turns with hlm's fits. *Fresh* and *refit* are hlm with another response, estimates and standard errors.

*Data* is the size of the columns that the model names, in float64 and int64. *Peak* is the most memory that the process
had resident up to the end of its first fit, less the most before it read the data; it holds the data themselves.
Slopes are of log time on log students, by least squares."""

MEMORY_FROM = 300_000  # students; what fewer take is lost in what the process had before


def machine(programs) -> str:
    found: dict[str, str] = {"Python": platform.python_version()}
    for program in programs:
        found |= program.versions
    listed = ", ".join(f"{name} {number}" for name, number in found.items())
    return f"{platform.system()} on {platform.machine()}, {os.cpu_count()} cores, {memory() / 1e9:.0f} GB. {listed}."


# ----------------------------------------------------------------------------------------------- the slides' models


def speed(programs, times) -> str:
    rows = []
    for program in programs:
        rows.append([program.name])
        for task in ("fit", "kenward-roger"):
            rows[-1] += [_milliseconds(times, program.name, task), _ratio(times, program.name, task)]
    return table(["program", "fit, ms", "x hlm", "Kenward-Roger, ms", "x hlm"], rows)


def accuracy(programs, times, truth: dict) -> str:
    """How far each program's numbers are from the reference."""
    rows = []
    se = list(truth["se"].values())
    satterthwaite, kenward_roger = (list(truth[m]["df"].values()) for m in ("satterthwaite", "kenward_roger"))
    kr_se = list(truth["kenward_roger"]["se"].values())
    for program in programs:
        fit = times.answers.get((program.name, "fit"))
        kr = times.answers.get((program.name, "kenward-roger")) or {}
        if fit is None:
            continue
        rows.append(
            [
                program.name,
                _small(abs(fit["log_likelihood"] - truth["log_likelihood"])),
                _small(_error([fit["tau00"]], [truth["G"][0][0]])),
                _small(_error(fit["se"], se)),
                _small(_error(fit["df"], satterthwaite)),
                _small(_error(kr.get("se"), kr_se)),
                _small(_error(kr.get("df"), kenward_roger)),
            ]
        )
    heads = [
        "error in",
        "log-likelihood",
        "tau00",
        "SE",
        "Satterthwaite d.f.",
        "Kenward-Roger SE",
        "Kenward-Roger d.f.",
    ]
    return table(heads, rows)


def refits(programs, small) -> str:
    rows = []
    for model, times in small.items():
        for program in programs:
            if (program.name, "refit") in times.rounds:
                fresh, again = (np.array(times.rounds[program.name, task]) for task in ("fresh", "refit"))
                rows.append(
                    [
                        f"`{model.formula}`",
                        program.name,
                        f"{1e3 * np.median(fresh):.2f}",
                        f"{1e3 * np.median(again):.2f}",
                        f"{np.median(again / fresh):.2f}",
                    ]
                )
    return table(["model", "program", "fresh, ms", "refit, ms", "refit / fresh"], rows, text=2)


def _milliseconds(times, name: str, task: str) -> str:
    rounds = times.rounds.get((name, task))
    if rounds:
        return f"{1e3 * np.median(rounds):,.2f}"
    return times.failures.get((name, task), "–")


def _ratio(times, name: str, task: str) -> str:
    theirs, ours = times.rounds.get((name, task)), times.rounds.get((BEST, task))
    if not theirs or not ours:
        return "–"
    shared = min(len(theirs), len(ours))
    return _digits(np.median(np.array(theirs[:shared]) / np.array(ours[:shared])))


def _error(found: list | None, truth: list) -> float | None:
    if found is None:
        return None
    found, truth = np.array(found, dtype=float), np.array(truth)
    return float(np.max(np.abs(found / truth - 1)))


def _small(error: float | None) -> str:
    if error is None:
        return "–"
    return f"{error:.0e}" if 0 < error < 0.001 else f"{error:.2g}"


def _digits(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.2g}"


# ----------------------------------------------------------------------------------------------------------- growth


def growth_tables(growths: list[Growth]) -> list[str]:
    """Time, then memory, of the programs on one model, a row a size; then the slopes in words."""
    ours, theirs = growths
    fit, other, sums = ours.seconds(), theirs.seconds(), ours.seconds("group_sums")
    fresh, refit = ours.seconds("fresh"), ours.seconds("refit")
    rows = [
        [
            f"{size:,}",
            _seconds(fit.get(size)),
            _seconds(other.get(size)),
            _digits(other[size] / fit[size]) if size in other else "–",
            _seconds(sums.get(size)),
            _digits(fit[size] / sums[size]),
            _seconds(fresh.get(size)),
            _seconds(refit.get(size)),
        ]
        for size in fit
    ]
    heads = ["students", "hlm, s", "lme-python, s", "x hlm", "groupby, s", "hlm / groupby", "fresh, s", "refit, s"]
    return [table(heads, rows, text=0), memory_table(growths), slopes(growths)]


def memory_table(growths: list[Growth]) -> str:
    rows = []
    for size in (size for size in growths[0].measured if size >= MEMORY_FROM):
        rows.append([f"{size:,}", f"{growths[0].measured[size]['data'] / 1e6:,.1f}"])
        for growth in growths:
            m = growth.measured.get(size)
            peak = m and m["peak"] - m["before"]
            rows[-1] += [f"{peak / 1e6:,.1f}", f"{peak / m['data']:.2f}"] if m else ["–", "–"]
    heads = ["students", "data, MB"]
    heads += [head for growth in growths for head in (f"{growth.program} peak, MB", "peak / data")]
    return table(heads, rows, text=0)


def slopes(growths: list[Growth]) -> str:
    told = [
        f"{g.program} {g.slope():.2f} over all sizes and {g.slope(start=100_000):.2f} from 100,000 on"
        for g in growths
        if len(g.measured) > 1
    ]
    stopped = [f"{g.program} stops there: {g.stopped}." for g in growths if g.stopped]
    return " ".join(["Log-log slopes: " + "; ".join(told) + ".", *stopped])


def _seconds(value: float | None) -> str:
    return "–" if value is None else f"{value:.3g}" if value < 100 else f"{value:.0f}"


def table(heads: list[str], rows: list[list[str]], text: int = 1) -> str:
    """A pipe table: the first `text` columns to the left, numbers to the right; bars inside cells are escaped."""
    escaped = [[cell.replace("|", r"\|") for cell in row] for row in rows]
    rule = [":--" if k < text else "--:" for k in range(len(heads))]
    return "\n".join("| " + " | ".join(line) + " |" for line in (heads, rule, *escaped))
