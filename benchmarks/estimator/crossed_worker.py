"""One size of pupils in classes in schools, in a process of its own: fits them and prints what that took, as JSON."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from time import perf_counter

import numpy as np
import pandas as pd
from scale_worker import peak_memory

import hlm

FORMULA = "score ~ x + (1 | school/class)"
COLUMNS = ("school", "class", "x", "score")


def main(folder: Path) -> dict:
    def pupils(rows: slice) -> pd.DataFrame:
        return pd.DataFrame({name: np.load(folder / f"{name}.npy", mmap_mode="r")[rows] for name in COLUMNS})

    hlm.lmer(FORMULA, pupils(slice(10_000))).coef_table()  # what a first fit imports is not counted
    before = peak_memory()
    data = pd.DataFrame({name: np.load(folder / f"{name}.npy") for name in COLUMNS}, copy=False)
    size, seconds, peak = int(data.memory_usage(index=False).sum()), [], 0
    for _ in range(3):
        start = perf_counter()
        hlm.lmer(FORMULA, data).coef_table()
        seconds.append(perf_counter() - start)
        peak = peak or peak_memory()
    return {"data": size, "before": before, "peak": peak, "fit": seconds}


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]))))
