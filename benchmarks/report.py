"""Time a report on a million rows in 20,000 groups, from the command to pages and PDF; or build those of real data.

python benchmarks/report.py                # writes benchmarks/results/report.md
python benchmarks/report.py 100000         # fewer rows; prints only
python benchmarks/report.py real FOLDER    # the twelve data sets of tests/reference/report.json, to be looked at
"""

import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks/results/report.md"
ROWS, PER_GROUP = 1_000_000, 50
FORMULA = "math ~ ses + sector + (ses | school)"


def main(rows: int = ROWS) -> None:
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "scores.parquet"
        invented(rows).to_parquet(data)
        started = time.monotonic()
        command = [
            sys.executable,
            "-m",
            "hlm_report",
            data,
            FORMULA,
            "--out",
            f"{folder}/report",
            "--renderer",
            "press",
        ]
        subprocess.run(command, check=True, env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "OMP_NUM_THREADS": "1"})
        took = time.monotonic() - started
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        pages = sum(file.stat().st_size for file in Path(folder, "report/_book").rglob("*.svg")) / 1e6
        pdf = Path(folder, "report/_book/report.pdf").stat().st_size / 1e6
    text = f"""# A report on {rows:,} rows in {rows // PER_GROUP:,} groups

`{FORMULA}`, from a Parquet file to pages and PDF by press: `python benchmarks/report.py`.

| | |
|:--|--:|
| from the command to pages and PDF | {took:.0f} s |
| processor time of all its processes | {used.ru_utime + used.ru_stime:.0f} s |
| memory of the largest of them | {used.ru_maxrss / 1e6:.1f} GB |
| all pictures, as SVG | {pages:.1f} MB |
| the PDF | {pdf:.1f} MB |

Measured on: {platform.system()} on {platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}.
Python {platform.python_version()}, numpy {np.__version__}, pandas {pd.__version__}.
"""
    print(text)
    if rows == ROWS:
        RESULTS.write_text(text, "utf-8")


def real(folder: str) -> None:
    """Build a report on each of the data sets that the tests compare with R."""
    for name, case in json.loads((ROOT / "tests/reference/report.json").read_text("utf-8")).items():
        started = time.monotonic()
        out = Path(folder, name)
        command = [sys.executable, "-m", "hlm_report", ROOT / case["data"], case["formula"], "--out", out, "--force"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        print(f"{name:12} {time.monotonic() - started:5.0f} s   {out / '_book/index.html'}", flush=True)


def invented(rows: int) -> pd.DataFrame:
    """Students in schools of 10 to 90, whose intercepts and slopes differ, with a property of schools."""
    rng = np.random.default_rng(1)
    J = rows // PER_GROUP
    school = np.sort(rng.choice(J, rows, p=(size := rng.uniform(10, 90, J)) / size.sum()))
    u = rng.multivariate_normal([0, 0], [[4, 0.3], [0.3, 0.25]], J)
    ses = rng.normal(size=rows) + 0.5 * rng.normal(size=J)[school]
    sector = (rng.random(J) < 0.4).astype(int)[school]
    math = 10 + u[school, 0] + (1.5 + u[school, 1]) * ses + 0.3 * sector + 3 * rng.normal(size=rows)
    return pd.DataFrame({"school": school, "ses": ses.round(4), "sector": sector, "math": math.round(3)})


if __name__ == "__main__":
    real(sys.argv[2]) if sys.argv[1:2] == ["real"] else main(*map(int, sys.argv[1:]))
