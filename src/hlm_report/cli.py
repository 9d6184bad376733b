"""The command: `python -m hlm_report scores.csv "math ~ ses + (ses | school)" --out my-report`."""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import shlex
import sys
import time
from pathlib import Path
from types import ModuleType

import pandas as pd

from .formulas import parts
from .levels import columns_by_level, grouping_columns
from .problems import ReportError
from .proposals import propose
from .reading import LABELS, read
from .refusals import require_sides
from .rendering import render, renderer
from .report import Report
from .writing import describe_anew, is_report, relative, require_free, require_told, to_the_side, write

DESCRIPTION = """\
A report on your own data: a linear mixed model described, fitted, pictured and worded, as HTML and PDF, in a folder
that is a Quarto project of its own. Without a formula it says which columns vary within groups, and proposes formulas.
With a folder that it wrote, it renders that again.
"""
GROUPS_SHOWN = 3
LABELLED = (".sav", ".zsav", ".dta")  # files that have labels for values; an outcome stays a number all the same


def main(arguments: list[str] | None = None) -> int:
    options = _options(arguments)
    try:
        if options.data.is_dir():
            _again(options)
        elif options.formula is None:
            _propose(options)
        else:
            _report(options)
    except KeyboardInterrupt:
        print("\nInterrupted; nothing was written.", file=sys.stderr)
        return 130
    except ReportError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m hlm_report", description=DESCRIPTION)
    parser.add_argument("data", type=Path, help="a file: .csv, .tsv, .parquet, .xlsx, .sav or .dta")
    parser.add_argument("formula", nargs="?", help='lme4\'s, such as "math ~ ses + sector + (ses | school)"')
    parser.add_argument("--out", type=Path, default=Path("report"), help="the folder to write (default: report)")
    parser.add_argument("--title", default="", help="of the report (default: made from the outcome's name)")
    parser.add_argument(
        "--labels",
        nargs="+",
        default=[],
        metavar="COLUMN=WORDS",
        help="what columns are called, beside the file's labels",
    )
    parser.add_argument("--encoding", default="", help="of a text file that is not in UTF-8, such as cp1252")
    parser.add_argument("--force", action="store_true", help="replace the folder, if it is a report")
    parser.add_argument("--renderer", choices=("auto", "quarto", "press", "none"), default="auto")
    return parser.parse_args(arguments)


# ---------------------------------------------------------------------------------------------------------- a report


def _report(options: argparse.Namespace) -> None:
    started = time.monotonic()
    by = renderer(options.renderer) if options.renderer != "none" else ""
    require_free(options.out, options.force)
    labels = _labels(options.labels)
    require_sides(options.formula)
    outcome = parts(options.formula).response.strip("`")
    frame = read(options.data, options.encoding, (outcome,))
    if unknown := [name for name in labels if name not in frame.columns]:
        raise ReportError(
            f"--labels: there is no column {unknown[0]!r}; there are {', '.join(map(str, frame.columns))}"
        )
    report = Report(options.formula, frame, labels)
    title = options.title or f"A report on {report.name(report.y)}"
    _say(f"Fitted {report.formula} to {report.fit.nobs:,} rows ({time.monotonic() - started:.1f} s).")
    require_told(report)
    with to_the_side(options.out, options.force) as folder:
        coded = [outcome] if options.data.suffix.lower() in LABELLED else []
        write(report, options.data, folder, title, labels, {"encoding": options.encoding, "numbers": coded})
        if by:
            render(folder, by, lambda line: None)
    _done(options.out, by, started)


def _again(options: argparse.Namespace) -> None:
    started = time.monotonic()
    folder = options.data
    if not is_report(folder):
        raise ReportError(f"{folder} is a folder and no report; name the file with the data")
    if options.formula is not None:
        raise ReportError(f"{folder} has its formula in model.py: change it there, and leave it out here")
    by = renderer(options.renderer) if options.renderer != "none" else ""
    model = _model(folder)
    if model.described != model.report.formula:
        describe_anew(model.report, folder)
    if by:
        render(folder, by, _say)
    _done(folder, by, started)


def _model(folder: Path) -> ModuleType:
    """The report's own module, run in its folder."""
    spec = importlib.util.spec_from_file_location("model", folder / "model.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with contextlib.chdir(folder):
        try:
            spec.loader.exec_module(module)
        except ReportError:
            raise
        except Exception as error:
            raise ReportError(f"{folder / 'model.py'}: {type(error).__name__}: {error}") from None
    return module


def _labels(given: list[str]) -> dict[str, str]:
    found = {}
    for text in given:
        name, sign, words = text.partition("=")
        if not sign or not name.strip() or not words.strip():
            raise ReportError(f'--labels takes COLUMN=WORDS, such as "ses=Socio-economic status", not {text!r}')
        found[name.strip()] = words.strip()
    return found


def _done(folder: Path, by: str, started: float) -> None:
    _say(f"The report is ready ({time.monotonic() - started:.1f} s):")
    if by:
        _say(f"  {relative(folder / '_book/index.html')}")
        _say(f"  {relative(folder / '_book/report.pdf')}")
    else:
        _say(f"  {relative(folder)}, not rendered yet: see its README.md")


# ------------------------------------------------------------------------------------------------- without a formula


def _propose(options: argparse.Namespace) -> None:
    frame = read(options.data, options.encoding)
    _say(f"{options.data}: {len(frame):,} rows, {len(frame.columns)} columns.")
    groups = grouping_columns(frame)
    if not groups:
        raise ReportError(
            f"{options.data}: no column looks like one that names groups (text or whole numbers that repeat); the "
            "columns "
            f"are {', '.join(map(str, frame.columns))}"
        )
    for group in groups[:GROUPS_SHOWN]:
        _say(f"\nWithin groups of {group} ({frame[group].nunique():,} groups):\n")
        _say(_table(columns_by_level(frame, group), frame.attrs[LABELS]))
        proposals = propose(frame, group)
        if proposals:
            _say("\nFormulas to begin with; which column is the outcome, only you know:\n")
            for formula in proposals:
                _say(f"  python -m hlm_report {shlex.quote(str(options.data))} {_for_the_shell(formula)}")
    if len(groups) > GROUPS_SHOWN:
        _say(f"\nOther columns that may name groups: {', '.join(groups[GROUPS_SHOWN:])}.")


def _for_the_shell(formula: str) -> str:
    """A formula in quotation marks; in single ones if a shell would run what stands in its backticks."""
    return shlex.quote(formula) if any(sign in formula for sign in '`$!"\\') else f'"{formula}"'


def _table(table: pd.DataFrame, labels: dict[str, str]) -> str:
    words = {"row": "varies", "group": "the group's own", "group, nearly": "the group's own, nearly"}
    shown = table.assign(level=table["level"].map(words), between=[_share(x) for x in table["between"]])
    if not any(labels.values()):
        shown = shown.drop(columns="label")
    return shown.rename(columns={"between": "between groups"}).to_string()


def _share(x: float) -> str:
    return "" if pd.isna(x) else f"{100 * x:.0f} %"


def _say(line: str) -> None:
    print(line, flush=True)
