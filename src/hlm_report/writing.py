"""The folder of a report: a Quarto project, put together to the side and moved into place when it is whole."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any
from warnings import catch_warnings, simplefilter

from . import tables
from .alt import alt_text
from .problems import ReportError
from .report import Report
from .sentences import say
from .sentences.registry import SENTENCES

CHAPTERS = ("index", "data", "variances", "coefficients", "within-between", "slopes", "checks", "report")
ALT = re.compile(r'^(#\| label: (fig-[\w-]+)\n(?:#\|.*\n)*?#\| fig-alt: )".*"$', re.M)
OF_THE_BOOK = {  # files that the book has, too: where they are in its repository, and in a report
    "assets/book.css": "assets/report.css",
    "assets/quarto-light.scss": "assets/quarto-light.scss",
    "assets/quarto-dark.scss": "assets/quarto-dark.scss",
    "filters/figures.lua": "filters/figures.lua",
    ".ipython/profile_default/ipython_kernel_config.py": ".ipython/profile_default/ipython_kernel_config.py",
}
MARKS = re.compile(r"[\\`*_{}\[\]<>$#~^@!|\"'&]|-(?=-)|\.(?=[.\s])|\)(?=\s)|^[-+](?=\s)")
FONTS = re.compile(r"^@font-face \{[^}]*\}\n|^math \{.*?\}\n", re.M)  # the book's, which a report is read without


@contextmanager
def to_the_side(target: Path, force: bool) -> Iterator[Path]:
    """A new folder beside the target, which takes its place if all goes well and is gone if not.

    Raises:
        ReportError: the target is there already; or, with `force`, is no report; or nothing can be written beside it.
    """
    require_free(target, force)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        new = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    except OSError as error:
        raise ReportError(f"{target}: {error.strerror}; choose another folder with --out") from None
    try:
        new.chmod(0o755)
        yield new
        if target.exists():
            old = new.with_name(f"{new.name}-old")
            target.rename(old)
            new.rename(target)
            shutil.rmtree(old)
        else:
            new.rename(target)
    finally:
        shutil.rmtree(new, ignore_errors=True)


def require_free(target: Path, force: bool) -> None:
    """Refuse a target that is there, unless it is a report and shall be replaced."""
    if not target.exists():
        return
    if not force:
        raise ReportError(f"{target} is there already: choose another folder with --out, or replace it with --force")
    if not is_report(target):
        raise ReportError(f"{target} is there and is no report, so --force leaves it alone; choose another folder")


def is_report(folder: Path) -> bool:
    """Whether a folder was written by this command."""
    model = folder / "model.py"
    return model.is_file() and "hlm_report.Report(" in model.read_text("utf-8")


def write(
    report: Report, data: Path, folder: Path, title: str, labels: dict[str, str], read: dict[str, object]
) -> None:
    """Write the project.

    Args:
        report: of the data as read. data: their file, which is copied. folder: an empty one.
        title: of the report. labels: those given beside the file's own. read: arguments of `hlm_report.read`.
    """
    (folder / "data").mkdir()
    shutil.copyfile(data, folder / "data" / data.name)
    arguments = [repr(f"data/{data.name}"), *(f"{name}={value!r}" for name, value in read.items() if value)]
    values = {
        "formula": repr(report.formula),
        "read": ", ".join(arguments),
        "labels": f", labels={labels!r}" if labels else "",
        "data": data.name,
        "chapters": chapters(report),
    }
    for name in [*(f"{chapter}.qmd" for chapter in CHAPTERS), "model.py"]:
        (folder / name).write_text(filled(report, name, values), "utf-8")
    words = {"title": json.dumps(literal(title), ensure_ascii=False)}
    words["subtitle"] = json.dumps(literal(report.formula), ensure_ascii=False)
    (folder / "_quarto.yml").write_text(filled(report, "_quarto.yml", {**values, **words}), "utf-8")
    (folder / "README.md").write_text(
        filled(report, "README.md", {**values, "title": literal(title), "folder": "."}), "utf-8"
    )
    (folder / "_environment").write_text(f"QUARTO_PYTHON={sys.executable}\nIPYTHONDIR=.ipython\n", "utf-8")
    (folder / ".gitignore").write_text("_book/\n.press/\n.quarto/\n__pycache__/\n.ipython/profile_default/*\n", "utf-8")
    for source, target in OF_THE_BOOK.items():
        (folder / target).parent.mkdir(parents=True, exist_ok=True)
        (folder / target).write_text(FONTS.sub("", of_the_book(source)), "utf-8")


def literal(text: str) -> str:
    """Words as they are, in Markdown: without emphasis, formulas, links, citations, or quotation marks that curl."""
    return MARKS.sub(r"\\\g<0>", " ".join(text.split()))


def require_told(report: Report) -> None:
    """Compute what the chapters show and say, so that a folder is written only if they can be computed.

    Raises:
        ReportError: one of the tables, or a sentence, cannot be made of this model.
    """
    there = conditions(report)
    chosen = [
        tables.columns, tables.sizes, tables.null_variances, tables.variances, tables.side_by_side,
        tables.coefficients, tables.sampling, tables.reported,
        *([tables.tests] if there["predictors"] else []),
        *([tables.within_between] if there["within-between"] else []),
        *([tables.influence] if there["influence"] else []),
    ]  # fmt: skip
    shown: dict[str, Callable[[Report], Any]] = {f"the table of {each.__name__}": each for each in chosen}
    for topic in sorted({sentence.topic for sentence in SENTENCES.values()}):
        shown[f"what is said of {topic}"] = partial(say, topic=topic)
    for name, make in shown.items():
        try:
            with catch_warnings():
                simplefilter("ignore")
                make(report)
        except ReportError:
            raise
        except Exception as error:
            raise ReportError(
                f"{report.formula!r}: a report of this model cannot be computed ({name}: {type(error).__name__}: "
                f"{error}); try a plainer one"
            ) from error


def of_the_book(name: str) -> str:
    """A file that the book has, too: inside the installed package, or in the repository that it is run from."""
    inside = files("hlm_report") / "_book" / name.replace(".ipython", "ipython")
    found = inside if inside.is_file() else Path(__file__).resolve().parents[2] / name
    return found.read_text("utf-8")


def chapters(report: Report) -> str:
    """The chapters of `_quarto.yml`; those that do not concern the model stand there as comments."""
    there = conditions(report)
    lines = []
    for name in CHAPTERS:
        if there.get(name, True):
            lines.append(f"    - {name}.qmd")
        else:
            lines.append(f"    # - {name}.qmd    # {NOT_THERE[name]}")
    return "\n".join(lines)


NOT_THERE = {
    "within-between": "no predictor of the model varies within groups and between them",
    "slopes": "the model has no random slopes beside an intercept",
}


def conditions(report: Report) -> dict[str, bool]:
    """Which parts of the report concern this model."""
    return {
        "within-between": bool(report.splits),
        "slopes": any(s.name for s in report.slopes if _beside_an_intercept(report, s.factor)),
        "predictors": bool(report.predictors),
        "influence": bool(report.influence),
        "profiled": report.profiled,
    }


def _beside_an_intercept(report: Report, factor: str) -> bool:
    G = report.fit.cov_re[factor] if isinstance(report.fit.cov_re, dict) else report.fit.cov_re
    return "Intercept" in G.columns


def filled(report: Report, name: str, values: dict[str, str]) -> str:
    """A template with its values: `<<name>>`, `<<alt fig-x>>`, and parts between `<<if name>>` and `<<end>>`."""
    template = "model.txt" if name == "model.py" else name
    text = (files("hlm_report") / "templates" / template).read_text("utf-8")
    there = conditions(report)
    chapter = name.removesuffix(".qmd")

    def part(match: re.Match) -> str:
        return match[2] if there[match[1]] else ""

    text = re.sub(r"<<if (\w+)>>\n(.*?)<<end>>\n", part, text, flags=re.S)
    if not there.get(chapter, True):  # it is written, for a formula to come; its pictures are described then
        text = re.sub(r"<<alt ([\w-]+)>>", "Not described yet.", text)
    text = re.sub(r"<<alt ([\w-]+)>>", lambda match: alt_text(report, match[1]), text)
    return re.sub(r"<<(\w+)>>", lambda match: values[match[1]], text)


def describe_anew(report: Report, folder: Path) -> None:
    """Write the pictures' alternative texts into the chapters of a report whose formula was changed."""
    there = conditions(report)
    for name in CHAPTERS:
        file = folder / f"{name}.qmd"
        if file.is_file() and there.get(name, True):
            text = file.read_text("utf-8")
            new = ALT.sub(lambda match: f'{match[1]}"{alt_text(report, match[2])}"', text)
            if new != text:
                file.write_text(new, "utf-8")
    model = folder / "model.py"
    text = model.read_text("utf-8")
    model.write_text(
        re.sub(r"^described = .*$", lambda _: f"described = {report.formula!r}", text, flags=re.M), "utf-8"
    )


def relative(path: Path) -> str:
    """A path as it is said to the reader."""
    return os.path.relpath(path)
