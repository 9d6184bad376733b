"""How long the book takes to build, by press and by Quarto where there is one: cold, and after three kinds of edit.

    python benchmarks/press.py [--repeat 3]

Each build runs on a copy of the book; those of a preview follow one another in one process. Cold means: no results of
cells, no fonts, no book; Python's packages installed.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCES = (
    "_quarto.yml", "_environment", ".ipython", "*.qmd", "*.bib", "requirements", "filters", "chapters", "assets",
    "data", "docs", "src", "tests/reference",
)  # fmt: skip
CHAPTER = "chapters/02-one-question-two-answers.qmd"
CASES = ("cold", "nothing changed", "a word changed", "one cell changed")
PREVIEW = "a word, in a preview"
# What a preview does at an edit: it goes on in the process that built the book before.
AGAIN = """
import sys, time
from pathlib import Path
from press.build.book import build
root, chapter = Path(sys.argv[1]), Path(sys.argv[1], sys.argv[2])
for turn in range(3):
    chapter.write_text(f"{chapter.read_text('utf-8')}\\nWords again {turn}.\\n", "utf-8")
    started = time.perf_counter()
    build(root, lambda line: None)
print(time.perf_counter() - started)
"""


def copy_book(folder: Path) -> Path:
    root = folder / "book"
    for pattern in SOURCES:
        for source in ROOT.glob(pattern):
            target = root / source.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            (shutil.copytree if source.is_dir() else shutil.copyfile)(source, target)
    return root


def build(root: Path, renderer: str) -> float:
    command = [sys.executable, "-m", "press", "build", "--renderer", renderer, str(root)]
    started = time.perf_counter()
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode:
        sys.exit(run.stdout + run.stderr)
    return time.perf_counter() - started


def build_again(root: Path) -> float:
    command = [sys.executable, "-c", AGAIN, str(root), CHAPTER]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def edit(root: Path, case: str, turn: int) -> None:
    chapter = root / CHAPTER
    text = chapter.read_text("utf-8")
    if case == "a word changed":
        chapter.write_text(f"{text}\nWords {turn}.\n", "utf-8")
    elif case == "one cell changed":
        chapter.write_text(f"{text}\n```{{python}}\nturn = {turn}\n```\n", "utf-8")


def measure(renderer: str, repeat: int) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {case: [] for case in (*CASES, PREVIEW)}
    for turn in range(repeat):
        with tempfile.TemporaryDirectory() as folder:
            root = copy_book(Path(folder))
            for case in CASES:
                edit(root, case, turn)
                times[case].append(build(root, renderer))
            if renderer == "press":
                times[PREVIEW].append(build_again(root))
    return times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=3)
    repeat = parser.parse_args().repeat
    renderers = ["press"] + (["quarto"] if shutil.which("quarto") else [])
    print(f"Seconds on {os.cpu_count()} cores, median (fastest to slowest) of {repeat}; site and PDF.")
    if "quarto" not in renderers:
        print("There is no quarto on PATH, so no column for it.")
    results = {renderer: measure(renderer, repeat) for renderer in renderers}
    names = [*(f"{renderer:>24}" for renderer in renderers), f"{'press/quarto':>14}" if len(renderers) > 1 else ""]
    print("".join([f"{'':<22}", *names]))
    for case in CASES:
        cells = (results[r][case] for r in renderers)
        shown = (f"{statistics.median(c):.2f} ({min(c):.2f} to {max(c):.2f})" for c in cells)
        ratio = statistics.median(results["press"][case]) / statistics.median(results[renderers[-1]][case])
        compared = f"{ratio:>12.2f}" if len(renderers) > 1 else ""
        print("".join([f"{case:<22}", *(f"{text:>24}" for text in shown), compared]))
    again = results["press"][PREVIEW]
    print(f"{PREVIEW:<22}{f'{statistics.median(again):.2f} ({min(again):.2f} to {max(again):.2f})':>24}")


if __name__ == "__main__":
    main()
