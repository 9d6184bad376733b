"""hlm beside the other programs that fit linear mixed models: how fast, and how near to the truth.

    python benchmarks/estimator/driver.py            # everything; some twenty minutes
    python benchmarks/estimator/driver.py --quick    # fewer rounds, up to a million students

Prints a report and writes it to benchmarks/results/estimator.md.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
from contenders import Contender, TooSlow, contenders
from report import report
from scale import SIZES, Growth, grow

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "benchmarks" / "results" / "estimator.md"


@dataclass(frozen=True)
class Model:
    """One of the slides' models, with the file of R's numbers at the optimum."""

    fixed: str
    random: str
    reference: str

    @property
    def formula(self) -> str:
        return f"{self.fixed} + ({self.random} | sch.id)"

    def for_program(self, contender: Contender) -> dict[str, str]:
        group = "sch_id" if contender.name in ("lme-python", "mixedlm") else "sch.id"
        return {"fixed": self.fixed, "random": self.random, "group": group}

    def truth(self) -> dict:
        file = ROOT / "tests" / "reference" / "models" / f"{self.reference}.json"
        return json.loads(file.read_text(encoding="utf-8"))


@dataclass
class Times:
    """By program and task ("fit", "kenward-roger", "refit", "fresh"): rounds' medians, last answers, failures."""

    rounds: dict[tuple[str, str], list[float]] = field(default_factory=dict)
    answers: dict[tuple[str, str], dict] = field(default_factory=dict)
    failures: dict[tuple[str, str], str] = field(default_factory=dict)

    def add(self, name: str, task: str, seconds: list[float]) -> None:
        self.rounds.setdefault((name, task), []).append(float(np.median(seconds)))


MODELS = (
    Model("math ~ sector", "1", "hsb-sector"),
    Model("math ~ ses", "ses", "hsb-ses-slope"),
)
OFFERS_KENWARD_ROGER = ("hlm", "lme-python", "mixedlm", "lme4 (R)")
OFFERS_REFIT = ("hlm", "lme-python", "mixedlm", "lme4 (R)")


def main() -> None:
    options = _options()
    rounds, limit = (3, 30.0) if options.quick else (15, 300.0)
    sizes = [size for size in SIZES if size <= (options.to or (1_000_000 if options.quick else SIZES[-1]))]
    programs = contenders()
    try:
        for program in programs:
            program.read(ROOT / "data" / "hsb.csv")
        small = {model: side_by_side(programs, model, rounds, limit) for model in MODELS}
    finally:
        for program in programs:
            program.stop()
    large: list[Growth] = grow(sizes, limit)
    text = report(programs, small, large, rounds)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(text, encoding="utf-8")
    print(text)


def side_by_side(programs: list[Contender], model: Model, rounds: int, limit: float) -> Times:
    """Time all programs on one model, taking turns: A B C, A B C, ..., after one turn each that does not count."""
    print(model.formula, file=sys.stderr)
    times = Times()
    y = _new_response()
    kenward_roger = [p for p in programs if p.name in OFFERS_KENWARD_ROGER]
    refit = [p for p in programs if p.name in OFFERS_REFIT]
    for turn in range(rounds + 1):
        counts = turn > 0
        for program in programs:
            _turn(times, program, "fit", {"do": "fit", "model": model.for_program(program)}, limit, counts)
        for program in kenward_roger:
            request = {"do": "kenward_roger", "model": model.for_program(program)}
            _turn(times, program, "kenward-roger", request, limit, counts)
        for program in refit:
            request = {"do": "refit", "model": model.for_program(program), "response": y}
            _turn(times, program, "refit", request, limit, counts)
    return times


def _turn(times: Times, program: Contender, task: str, request: dict, limit: float, counts: bool) -> None:
    """One program's turn. After a failure it is not asked again, nor after one fit near the limit: once is enough."""
    key = (program.name, task)
    if key in times.failures or max(times.rounds.get(key, [0])) > limit / 5:
        return
    try:
        reply = program.ask(request, limit)
    except TooSlow:
        times.failures[key] = f"> {limit:.0f} s"
        return
    except RuntimeError as error:
        print(error, file=sys.stderr)
        times.failures[key] = "failed"
        return
    times.answers[key] = reply.get("answer", {})
    if counts or max(reply["seconds"]) > limit / 5:
        times.add(program.name, task, reply["seconds"])
        if "fresh" in reply:
            times.add(program.name, "fresh", reply["fresh"])


def _new_response() -> list[float]:
    """The slides' response with noise on it: data of the same design."""
    y = pd.read_csv(ROOT / "data" / "hsb.csv")["math"].to_numpy()
    return (y + np.random.default_rng(1).standard_normal(len(y))).tolist()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--quick", action="store_true", help="three rounds, and up to a million students if --to does not say"
    )
    parser.add_argument("--to", type=int, help="the largest number of students (default 10^7)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
