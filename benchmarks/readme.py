"""Set the README's comparison with other programs from the benchmark's report, benchmarks/results/estimator.md.

    python benchmarks/readme.py

rewrites what stands between the two markers in README.md. No figure there is typed by hand.
"""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
REPORT = ROOT / "benchmarks/results/estimator.md"
README = ROOT / "README.md"
BEGIN, END = "<!-- benchmarks/readme.py writes from here -->\n", "<!-- to here -->\n"

COLUMNS = {  # the README's name of a column, and the report's
    "Fit, ms": "fit, ms",
    "Kenward–Roger, ms": "Kenward-Roger, ms",
    "Error in SE": "SE",
    "in Satterthwaite d.f.": "Satterthwaite d.f.",
    "in Kenward–Roger d.f.": "Kenward-Roger d.f.",
}


def main() -> None:
    README.write_text(with_section(README.read_text("utf-8"), section(REPORT.read_text("utf-8"))), "utf-8")


def with_section(readme: str, text: str) -> str:
    """The README with this text between its markers."""
    before, found, rest = readme.partition(BEGIN)
    _, closed, after = rest.partition(END)
    if not (found and closed):
        raise SystemExit(f"{README.name} has no {BEGIN.strip()} ... {END.strip()} to write between.")
    return f"{before}{BEGIN}\n{text}\n{END}{after}"


def section(report: str) -> str:
    """A table for each of the slides' models, programs as rows, and the machine that it was measured on."""
    parts = [f"`{model}`\n\n{table(rows)}\n" for model, rows in models(report).items()]
    machine = next(line for line in report.splitlines() if " cores, " in line)
    return "\n".join([*parts, f"Measured on: {machine}\n"])


def models(report: str) -> dict[str, dict[str, dict[str, str]]]:
    """By model and program, all that the report's tables of the slides' models say, by column."""
    found: dict[str, dict[str, dict[str, str]]] = {}
    for model, text in re.findall(r"^## `([^\n]+)`\n(.*?)(?=^## |\Z)", report, re.M | re.S):
        programs = found.setdefault(model, {})
        for header, *rows in tables(text):
            for row in rows:
                # A name that comes twice, as the ratios' does, keeps its first column; none of these is taken.
                programs.setdefault(row[0], {}).update(reversed([*zip(header[1:], row[1:], strict=True)]))
    if not found:
        raise SystemExit(f"{REPORT.name} has no table of a model; make it with: make bench")
    return found


def tables(text: str) -> list[list[list[str]]]:
    """The Markdown tables of a text as lists of rows, the header first."""
    blocks = re.findall(r"(?:^\|.*\n?)+", text, re.M)
    split = [[[cell.strip() for cell in line.strip("| ").split(" | ")] for line in b.splitlines()] for b in blocks]
    return [[header, *rows] for header, _, *rows in split]


def table(programs: dict[str, dict[str, str]]) -> str:
    lines = [["", *COLUMNS], [":--", *["--:" for _ in COLUMNS]]]
    for program, values in programs.items():
        lines.append([program, *(values.get(column, "–") for column in COLUMNS.values())])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    main()
