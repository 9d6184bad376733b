"""One size, one program, one process: fits the students in a folder, a file a column, and prints what that took.

    python scale_worker.py PROGRAM FOLDER MODEL

Prints, as JSON: `data`, bytes of the columns that the model uses; `before` and `peak`, the process's peak resident
bytes before the data were read and after the first fit; `fit`, seconds of each fit, formula to Satterthwaite table; and
for hlm `group_sums`, seconds of pandas' groupby-sum of the same columns, and `fresh` and `refit`, with a new response.
"""

from __future__ import annotations

import json
import re
import resource
import sys
from pathlib import Path
from time import perf_counter

import numpy as np

ROUNDS, ENOUGH = 20, 5.0  # fits of one size: so many, or as many as take so many seconds, but at least three


def main(name: str, folder: str, model: dict[str, str]) -> dict:
    program = _program(name)
    columns = [
        name for name in ("school", "math", "ses", "sector") if re.search(rf"\b{name}\b", " ".join(model.values()))
    ]

    def fit(data):
        return program.table(program.estimate(data, model), data)

    def students(rows: slice):
        return program.frame({name: np.load(Path(folder, f"{name}.npy"), mmap_mode="r")[rows] for name in columns})

    fit(students(slice(1000)))  # what a first fit imports and compiles is not counted
    before = peak_memory()
    data = program.frame({name: np.load(Path(folder, f"{name}.npy")) for name in columns})
    size = sum(np.load(Path(folder, f"{name}.npy"), mmap_mode="r").nbytes for name in columns)
    first = seconds(fit, data)
    measured = {"data": size, "before": before, "peak": peak_memory(), "fit": [first]}

    while len(measured["fit"]) < 3 or (sum(measured["fit"]) < ENOUGH and len(measured["fit"]) < ROUNDS):
        if name == "hlm":
            sums = seconds(lambda: data.groupby("school")[columns[1:]].sum())
            measured.setdefault("group_sums", []).append(sums)
        measured["fit"].append(seconds(fit, data))
    if name == "hlm":
        measured |= _refits(program, data, model)
    return measured


def _program(name: str):
    if name == "hlm":
        from worker_hlm import Program
    else:
        from worker_lme_python import Program
    return Program()


def _refits(program, data, model) -> dict[str, list[float]]:
    y = data["math"].to_numpy() + np.random.default_rng(1).standard_normal(len(data))
    changed, prepared = program.with_response(data, y), program.prepare(data, model)
    times: dict[str, list[float]] = {"fresh": [], "refit": []}
    for _ in range(3):
        times["fresh"].append(seconds(program.estimate, changed, model))
        times["refit"].append(seconds(program.refit, prepared, y))
    return times


def seconds(action, *arguments) -> float:
    start = perf_counter()
    action(*arguments)
    return perf_counter() - start


def peak_memory() -> int:
    """Bytes: the most that this process has had resident.

    Linux counts it afresh from exec in /proc (VmHWM, in kB); its ru_maxrss starts at the parent's peak.
    """
    status = Path("/proc/self/status")
    if status.exists():
        return 1024 * int(re.search(r"VmHWM:\s+(\d+)", status.read_text())[1])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], sys.argv[2], json.loads(sys.argv[3]))))
