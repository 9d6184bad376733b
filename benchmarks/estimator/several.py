"""Small models with several grouping factors, nested and crossed: how fast, and how near to the truth.

    python benchmarks/estimator/several.py            # some minutes
    python benchmarks/estimator/several.py --rounds 5

Prints a report and writes it to benchmarks/results/several.md. The large one, lme4's InstEval, is in crossed.py.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from contenders import Contender, TooSlow, contenders
from report import _error, _small, machine, table

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "benchmarks" / "results" / "several.md"
REFERENCE = ROOT / "tests" / "reference" / "crossed.json"
LEFT_OUT = ("statsmodels, default",)  # its other optimisers are nearer
LIMIT = 120.0


@dataclass(frozen=True)
class Model:
    """A model of tests/reference/crossed.json; `told` says what it is, `factors` how statsmodels may write it."""

    name: str
    told: str
    fixed: str
    factors: tuple[str, ...] | None  # grouping factors of random intercepts; None where statsmodels cannot say it


MODELS = (
    Model("penicillin", "two factors that cross, every plate with every sample", "diameter ~ 1", ("plate", "sample")),
    Model("pastes", "two that nest, with labels of their own", "strength ~ 1", ("batch", "sample")),
    Model(
        "oats-variety", "two that nest, and a factor of plots", "yield ~ nitro * Variety", ("Block", "Block:Variety")
    ),
    Model("machines-cells", "a factor and its cells", "score ~ Machine", ("Worker", "Worker:Machine")),
    Model("scottish-slope", "two that cross in part, and a slope", "attain ~ verbal + sex", None),
    Model("items-slopes", "two that cross, and a slope by one of them", "score ~ age + kind", None),
    Model("classes", "three levels", "score ~ x + z", ("district", "district:school", "district:school:class")),
    Model("one-of-two", "two that cross, one without variance", "flat ~ age", ("person", "item")),
)


@dataclass
class Answers:
    """By program: the seconds of its turns, its last answers, and what it said where it failed."""

    seconds: dict[tuple[str, str], list[float]] = field(default_factory=dict)
    last: dict[tuple[str, str], dict] = field(default_factory=dict)
    failures: dict[tuple[str, str], str] = field(default_factory=dict)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    truths = json.loads(REFERENCE.read_text(encoding="utf-8"))
    programs = [program for program in contenders() if program.name not in LEFT_OUT]
    parts = ["# Several grouping factors, side by side", READING.format(rounds=rounds)]
    try:
        errors: Errors = {}
        for model in MODELS:
            answers = in_turns(programs, model, truths[model.name], rounds)
            parts += section(programs, model, truths[model.name], answers, errors)
        parts.insert(1, machine(programs))
        parts += ["## What falls short", short(programs, errors)]
    finally:
        for program in programs:
            program.stop()
    text = "\n\n".join(parts) + "\n"
    RESULTS.write_text(text, encoding="utf-8")
    print(text)


READING = """\
Programs take turns, {rounds} rounds; times are medians, in milliseconds. *Fit* goes from the formula and the data frame
to a table of coefficients with Satterthwaite's degrees of freedom (statsmodels has none), *Kenward-Roger* is what its
table takes once the model is fitted. Errors are against tests/reference/crossed.json (lme4's own deviance, polished by
Newton's method; lmerTest; pbkrtest): the log-likelihood's absolute, all others relative, the largest over the
coefficients. A dash is what a program has not, or what it cannot write: statsmodels knows several factors only as
variance components without slopes."""


def in_turns(programs: list[Contender], model: Model, truth: dict, rounds: int) -> Answers:
    print(model.name, file=sys.stderr)
    answers = Answers()
    for program in programs:
        program.read(ROOT / truth["data"])
    request = {"formula": truth["formula"], "fixed": model.fixed, "factors": model.factors}
    for turn in range(rounds + 1):
        for program in programs:
            if program.name.startswith("statsmodels") and model.factors is None:
                continue
            for task in ("fit", "kenward_roger"):
                if task == "fit" or (truth["kenward_roger"] and not program.name.startswith("statsmodels")):
                    _turn(answers, program, task, request, counts=turn > 0)
    return answers


def _turn(answers: Answers, program: Contender, task: str, model: dict, counts: bool) -> None:
    key = (program.name, task)
    if key in answers.failures or max(answers.seconds.get(key, [0])) > LIMIT / 5:
        return
    try:
        reply = program.ask({"do": task, "model": model}, LIMIT)
    except TooSlow:
        answers.failures[key] = f"> {LIMIT:.0f} s"
    except RuntimeError as error:
        print(error, file=sys.stderr)
        answers.failures[key] = str(error).partition(": ")[2].splitlines()[0]
    else:
        answers.last[key] = reply["answer"]
        if counts or max(reply["seconds"]) > LIMIT / 5:
            answers.seconds.setdefault(key, []).append(float(np.median(reply["seconds"])))


Errors = dict[tuple[str, str], dict[str, float]]  # by program and column, of each model


def section(programs: list[Contender], model: Model, truth: dict, answers: Answers, errors: Errors) -> list[str]:
    """A model's table, and what programs that failed said; its errors are added to those of the models before."""
    kr = truth["kenward_roger"]
    rows = []
    for program in programs:
        fit, other = (answers.last.get((program.name, task), {}) for task in ("fit", "kenward_roger"))
        found = {
            "log-likelihood": abs(fit["log_likelihood"] - truth["log_likelihood"]) if fit else None,
            "SE": _error(_in_order(fit, truth["se"]), list(truth["se"].values())),
            "Satterthwaite d.f.": _error(fit.get("df"), list(truth["satterthwaite"]["df"].values())),
            "Kenward-Roger SE": _error(other.get("se"), list(kr["se"].values())) if kr else None,
            "Kenward-Roger d.f.": _error(other.get("df"), list(kr["df"].values())) if kr else None,
        }
        for column, error in found.items():
            if error is not None:
                errors.setdefault((program.name, column), {})[truth["formula"]] = error
        times = [answers.seconds.get((program.name, task)) for task in ("fit", "kenward_roger")]
        rows.append(
            [
                program.name,
                *(f"{1e3 * np.median(seconds):,.1f}" if seconds else "–" for seconds in times),
                *map(_small, found.values()),
            ]
        )
    heads = ["program", "fit, ms", "Kenward-Roger, ms", "error in log-likelihood", "in SE", "in Satterthwaite d.f."]
    heads += ["in Kenward-Roger SE", "in Kenward-Roger d.f."]
    said = [f"{name}, {task.replace('_', '-')}: {text}." for (name, task), text in answers.failures.items()]
    about = f"{model.told.capitalize()}; {truth['nobs']:,} rows."
    return [f"## `{truth['formula']}`", about, table(heads, rows), *(["Failed: " + " ".join(said)] if said else [])]


def _in_order(fit: dict, truth: dict[str, float]) -> list[float] | None:
    """Standard errors in the reference's order; patsy puts what is made of factors first, and says so."""
    if "names" not in fit:
        return fit.get("se")
    named = dict(zip(fit["names"], fit["se"], strict=True))
    return [named[name.replace("(Intercept)", "Intercept")] for name in truth]


SHORT = {"log-likelihood": 0.001}  # an error above this is worth a line; of what is relative, one per cent


def short(programs: list[Contender], errors: Errors) -> str:
    """A line for each program: where it stops short of the optimum, or gives another number than it says."""
    lines = []
    for program in programs:
        told = []
        for (name, column), of_models in errors.items():
            limit = SHORT.get(column, 0.01)
            over = {formula: error for formula, error in of_models.items() if not error <= limit}
            if name == program.name and over:
                worst = max(over, key=over.__getitem__)
                told.append(
                    f"{column} in {len(over)} of {len(of_models)} models, by {_small(over[worst])} in `{worst}`"
                )
        lines.append(f"- {program.name}: {'; '.join(told) or 'nothing'}.")
    about = "Log-likelihoods off by more than 0.001, standard errors and degrees of freedom by more than one per cent:"
    return about + "\n\n" + "\n".join(lines)


if __name__ == "__main__":
    main()
