"""Simulated students from 10^4 to 10^7, 50 a school: how time and memory grow.

Every size is a fresh process, so that its peak memory is that of this fit alone.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from contenders import HERE, python_of_peers

SIZES = (10_000, 30_000, 100_000, 300_000, 1_000_000, 3_000_000, 10_000_000)
A_SCHOOL = 50
MEMORY = 0.4  # of the machine's: a fit that would need more is not tried
MODELS = {
    "random intercept": {"fixed": "math ~ sector", "random": "1", "group": "school"},
    "random slope": {"fixed": "math ~ ses", "random": "ses", "group": "school"},
}


@dataclass
class Growth:
    """One program on one model: a measurement a size, and why it stopped before the last, if it did."""

    program: str
    model: str
    measured: dict[int, dict] = field(default_factory=dict)
    stopped: str = ""

    def seconds(self, what: str = "fit") -> dict[int, float]:
        return {size: float(np.median(m[what])) for size, m in self.measured.items() if what in m}

    def slope(self, what: str = "fit", start: int = 0) -> float:
        """Of log time on log students, by least squares, from `start` students on."""
        points = [(size, s) for size, s in self.seconds(what).items() if size >= start]
        return float(np.polyfit(*np.log(np.array(points)).T, 1)[0]) if len(points) > 1 else np.nan


def grow(sizes: list[int], limit: float) -> list[Growth]:
    """Time and memory of hlm and lme-python, size by size, until one takes more than `limit` seconds."""
    programs = {"hlm": sys.executable, "lme-python": str(python_of_peers())}
    growths = [Growth(program, model) for model in MODELS for program in programs]
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            print(f"{size:,} students", file=sys.stderr)
            simulate_students(size, Path(folder))
            for growth in growths:
                if not growth.stopped and not _too_large(growth, size):
                    _measure(growth, size, programs[growth.program], folder, limit)
    return growths


def simulate_students(n: int, folder: Path) -> None:
    """Write n students, as large a mixture of schools as the High School and Beyond data: a file a column."""
    rng = np.random.default_rng(n)
    J = n // A_SCHOOL
    school = np.repeat(np.arange(J), A_SCHOOL)
    ses = rng.standard_normal(n)
    sector = np.arange(J) % 2
    intercepts, slopes = 11.4 + 2.8 * sector + 2.6 * rng.standard_normal(J), 2.4 + 0.6 * rng.standard_normal(J)
    math = intercepts[school] + slopes[school] * ses + 6.1 * rng.standard_normal(n)
    columns = {"school": school, "math": math, "ses": ses, "sector": sector[school].astype(float)}
    for name, values in columns.items():
        np.save(folder / f"{name}.npy", values)


def _too_large(growth: Growth, size: int) -> bool:
    """Whether the program would take too much memory at this size, going by its largest so far."""
    if not growth.measured:
        return False
    last, measured = list(growth.measured.items())[-1]
    needed = (measured["peak"] - measured["before"]) * size / last
    if needed > MEMORY * memory():
        growth.stopped = f"{size:,} would take about {needed / 1e9:.0f} GB"
    return bool(growth.stopped)


def memory() -> int:
    """Bytes of memory in this machine."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _measure(growth: Growth, size: int, python: str, folder: str, limit: float) -> None:
    command = [python, str(HERE / "scale_worker.py"), growth.program, folder, json.dumps(MODELS[growth.model])]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=limit)
    except subprocess.TimeoutExpired:
        growth.stopped = f"{size:,} took more than {limit:.0f} s"
        return
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["it said nothing"]
        # A traceback says what was wrong in its last line, a program that aborts in its first.
        growth.stopped = f"{size:,} failed ({said[0 if done.returncode < 0 else -1]})"
        return
    growth.measured[size] = json.loads(done.stdout)
