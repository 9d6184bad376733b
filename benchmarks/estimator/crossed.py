"""Models with several grouping factors: ratings that cross, beside other programs; classes in schools, by the million.

    python benchmarks/estimator/crossed.py            # some minutes; R and lme4 make the ratings
    python benchmarks/estimator/crossed.py --nested   # classes in schools alone

Prints a report and writes it to benchmarks/results/crossed.md. The ratings are lme4's InstEval: 73,421 of 1,128
lecturers by 2,972 students.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from contenders import HERE, Contender, TooSlow, contenders
from report import machine, table

RESULTS = HERE.parent / "results" / "crossed.md"
RATINGS = {"formula": "y ~ service + (1 | s) + (1 | d)"}
LEFT_OUT = ("statsmodels, default", "statsmodels, powell")  # minutes, and no degrees of freedom
ROUNDS, LIMIT = 3, 600.0
A_CLASS, A_SCHOOL = 20, 25  # pupils in a class, classes in a school
SIZES = (100_000, 300_000, 1_000_000, 3_000_000)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--nested", action="store_true", help="classes in schools alone")
    nested_only = parser.parse_args().nested
    parts = ["# Several grouping factors"]
    with tempfile.TemporaryDirectory() as folder:
        if not nested_only:
            parts += ratings(Path(folder))
        parts += nested(Path(folder))
    text = "\n\n".join(parts) + "\n"
    if not nested_only:
        RESULTS.write_text(text, encoding="utf-8")
    print(text)


def ratings(folder: Path) -> list[str]:
    """lme4's InstEval by every program, in turns."""
    path = folder / "ratings.csv"
    write = (
        "d <- lme4::InstEval; d$service <- paste0('s', d$service); d$s <- as.integer(d$s); d$d <- as.integer(d$d);"
        f"write.csv(d[c('y', 's', 'd', 'service')], '{path}', row.names = FALSE, quote = FALSE)"
    )
    subprocess.run(["Rscript", "-e", write], check=True)
    programs = [program for program in contenders() if program.name not in LEFT_OUT]
    seconds: dict[str, list[float]] = {}
    answers: dict[str, dict] = {}
    try:
        for program in programs:
            program.read(path)
        for turn in range(ROUNDS):
            for program in programs:
                if turn == 0 or max(seconds.get(program.name, [LIMIT])) < 5:  # the slow ones once
                    _turn(program, seconds, answers)
    finally:
        for program in programs:
            program.stop()
    ours = np.median(seconds["hlm"])
    rows = [
        [
            program.name,
            f"{np.median(seconds[program.name]):.2f}",
            f"{np.median(seconds[program.name]) / ours:.1f}",
            f"{answers[program.name]['log_likelihood']:.6f}",
            f"{answers[program.name]['df'][1]:.3f}",
        ]
        for program in programs
        if program.name in seconds
    ]
    heads = ["program", "fit, s", "x hlm", "log-likelihood", "d.f. of service"]
    about = (
        f"`{RATINGS['formula']}`, from the formula and the data frame to a table of coefficients with Satterthwaite's "
        f"degrees of freedom. Programs take turns, {ROUNDS} rounds; those that take more than five seconds take one."
    )
    return [machine(programs), "## Lecturers rated by students", about, table(heads, rows)]


def _turn(program: Contender, seconds: dict[str, list[float]], answers: dict[str, dict]) -> None:
    try:
        reply = program.ask({"do": "fit", "model": RATINGS}, LIMIT)
    except (TooSlow, RuntimeError) as error:
        print(f"{program.name}: {error}", file=sys.stderr)
        return
    seconds.setdefault(program.name, []).extend(reply["seconds"])
    answers[program.name] = reply["answer"]


def nested(folder: Path) -> list[str]:
    """hlm on pupils in classes in schools: how time and memory grow."""
    rows, points = [], []
    for size in SIZES:
        simulate_pupils(size, folder)
        command = [sys.executable, str(HERE / "crossed_worker.py"), str(folder)]
        measured = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        time, peak = float(np.median(measured["fit"])), measured["peak"] - measured["before"]
        points.append((size, time))
        rows.append([f"{size:,}", f"{size // A_CLASS:,}", f"{size // A_CLASS // A_SCHOOL:,}", f"{time:.2f}"])
        rows[-1] += [f"{measured['data'] / 1e6:,.0f}", f"{peak / measured['data']:.1f}"]
    slope = np.polyfit(*np.log(np.array(points)).T, 1)[0]
    heads = ["pupils", "classes", "schools", "fit, s", "data, MB", "peak / data"]
    about = (
        "`score ~ x + (1 | school/class)` by hlm, simulated, Satterthwaite's degrees of freedom included; each size in "
        "a fresh process, medians of three. *Data* are the columns that the model names; *peak* is the most memory "
        "that the process had up to the end of its first fit, less what it had before it read the data."
    )
    return ["## Pupils in classes in schools", about, table(heads, rows), f"Log-log slope of time: {slope:.2f}."]


def simulate_pupils(n: int, folder: Path) -> None:
    """Write n pupils: a file a column."""
    rng = np.random.default_rng(n)
    classes, pupils = n // A_CLASS, np.arange(n)
    of_class = pupils // A_CLASS
    school = of_class // A_SCHOOL
    x = rng.standard_normal(n)
    score = 50 + 2 * x + 3 * rng.standard_normal(classes)[of_class] + 5 * rng.standard_normal(school[-1] + 1)[school]
    columns = {"school": school, "class": of_class % A_SCHOOL, "x": x, "score": score + 8 * rng.standard_normal(n)}
    for name, values in columns.items():
        np.save(folder / f"{name}.npy", values)


if __name__ == "__main__":
    main()
