"""Sheets, data files and the key, made by press from problems, in a book of their own that is thrown away."""

from __future__ import annotations

import itertools
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from press.build.book import Parsed, build, check, parse, resolve
from press.read.project import Project, read_project
from press.read.source import Source
from press.run.execute import execute
from press.write.alone import write_alone
from press.write.fonts import font_folders
from press.write.pdf import write_pdf

from .invented import DRAWN, csv_of
from .roster import Student
from .tasks import FOLDER, ROOT, Chapter, Problem

Say = Callable[[str], None]

# The key is what is built unless the students' profile is asked for.
SETTINGS = """\
project:
  type: book
  execute-dir: project
profile:
  default: instructor
lang: en-GB
fig-width: 5.6
fig-height: 3.6
book:
  title: {title}
  output-file: key
  chapters:
    - index.qmd
{chapters}
filters:
  - {{at: pre-ast, path: filters/tabs.lua}}
  - {{at: pre-ast, path: filters/model-answers.lua}}
css: assets/book.css
format:
  html: {{number-sections: false}}
  typst: {{number-sections: false, toc: true, toc-depth: 1}}
"""


@dataclass(frozen=True)
class Sheet:
    """What one reader gets: a folder with the sheet, as Markdown here, and the data files, by name."""

    slug: str
    text: str
    data: dict[str, bytes] = field(default_factory=dict)
    truths: dict[str, bytes] = field(default_factory=dict)


def sheet_of(student: Student, problems: list[Problem], seed: str) -> Sheet:
    """A student's sheet: the problems, on data drawn from the seed and the name alone, whoever else is in the class."""
    tables = tables_of(problems)
    drawn = {table: DRAWN[table](f"{seed}\0{student.slug}") for table in tables}
    folder = f"data/{student.slug}"
    lines = {
        "READ": "\n".join(f'{table} = pd.read_csv("{folder}/{table}.csv")' for table in tables),
        "TRUTHS": repr([f"{folder}/{table}-truth.csv" for table in tables]),
        "DICTIONARY": "\n\n".join(dictionary(table) for table in tables),
        "STUDENT": escaped(student.name),
    }
    text = (FOLDER / "sheet.qmd").read_text("utf-8")
    text = re.sub("|".join(lines), lambda word: lines[word[0]], text)
    return Sheet(
        student.slug,
        "\n".join([text, *(problem.text.replace(" .own-data", "") for problem in problems)]),
        {f"{table}.csv": csv_of(data) for table, (data, _) in drawn.items()},
        {f"{table}-truth.csv": csv_of(truth) for table, (_, truth) in drawn.items()},
    )


def tables_of(problems: list[Problem]) -> list[str]:
    """The invented tables that problems are about."""
    return [table for table in DRAWN if any(re.search(rf"\b{table}\b", problem.text) for problem in problems)]


def dictionary(table: str) -> str:
    return (FOLDER / "dictionaries" / f"{table}.md").read_text("utf-8").strip()


def described(table: str) -> str:
    """What data/README.md says of a file, as a section of a page: the last columns of its tables are the wide ones."""
    readme = (ROOT / "data/README.md").read_text("utf-8")
    title, text = re.search(rf"^## ({table}\.csv: [^\n]*)\n(.*?)(?=^#|\Z)", readme, re.M | re.S).groups()
    text = re.sub(r"^SHA-256: .*$", "", text, flags=re.M).replace("|---|---|---|---|", "|:----|:---|:------|:------|")
    return f"## {title} {{.unnumbered}}\n{text.rstrip()}\n"


def escaped(name: str) -> str:
    """A name as Markdown that shows it to the letter."""
    return re.sub(r"([^\w\s])", r"\\\1", name)


def as_code(text: str) -> str:
    """Text as Markdown's code, whatever backticks it has."""
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=0))
    return f"{fence} {text} {fence}"


def make_class(sheets: list[Sheet], overview: str, work: Path, out: Path, say: Say) -> None:
    """Write below `out` a folder for each sheet, with its data, and the key: a site and a PDF."""
    _write_book(work, [_key_of(sheet) for sheet in sheets], "Key to the problem sheets", overview)
    for sheet in sheets:
        _write(work / "data" / sheet.slug, sheet.data | sheet.truths)
    say(f"Computing the key of {len(sheets)} sheets.")
    build(work, say=_progress(len(sheets), say))
    shutil.copytree(work / "_book", out / "key")
    for notebook in (out / "key").rglob("*.ipynb"):
        notebook.unlink()
    _write_sources(work, sheets)
    project, sources, results = _read(work)
    for sheet, source in zip(sheets, sources[1:], strict=True):
        # By itself, so that it is the same whoever else is in the class.
        alone = replace(project, title="Problem sheet", entries=[source.entry])
        read = _parsed(alone, [source], results)
        folder = out / "sheets" / sheet.slug
        _write(folder, sheet.data)
        write_alone(alone, resolve(read, "html")[0], folder / "sheet.html")
        _pdf(alone, resolve(read, "typst"), folder / "sheet.pdf")
        say(f"  {folder.name}: sheet.pdf, sheet.html, {', '.join(sheet.data)}")
    if lacking := unprinted([sheet.slug for sheet in sheets]):
        say(f"The PDFs' fonts lack letters of {', '.join(lacking)}: hand out sheet.html, which shows them.")


def unprinted(names: list[str]) -> list[str]:
    """Those of the names that have letters which no font of the PDFs has, as Chinese ones."""
    if all(name.isascii() for name in names):
        return []
    from fontTools.ttLib import TTFont

    files = [
        file for folder in font_folders() for file in folder.glob("*.ttf") if not file.name.startswith("LastResort")
    ]
    known = {sign for file in files for sign in TTFont(file, lazy=True).getBestCmap()}
    return [name for name in names if not known.issuperset(map(ord, name))]


def make_practice(chapters: list[Chapter], work: Path, out: Path, say: Say) -> None:
    """Write the problems of all chapters without their solutions: a page for each, a PDF of all, and the data."""
    tables = {chapter.path: re.findall(r'"data/([\w-]+)\.csv"', chapter.setup) for chapter in chapters}
    used = sorted({table for named in tables.values() for table in named})
    sheets = [
        Sheet(
            chapter.path.stem,
            "\n".join(
                [
                    f"# {chapter.title} {{.unnumbered}}",
                    _cell(chapter.setup),
                    *(problem.task for problem in chapter.problems),
                    '::: {.content-visible when-format="html"}\n',  # the PDF has them once, at its end
                    *(described(table) for table in tables[chapter.path]),
                    ":::\n",
                ]
            ),
        )
        for chapter in chapters
    ]
    data = Sheet("data", "\n".join(["# The data {.unnumbered}\n", *map(described, used)]))
    _write_book(work, [*sheets, data], "Problems", "# Problems {.unnumbered}\n")
    files = {f"{table}.csv": (ROOT / f"data/{table}.csv").read_bytes() for table in used}
    _write(work / "data", files)
    say(f"Setting the problems of {len(sheets)} chapters.")
    project, sources, results = _read(work)
    read = _parsed(project, sources, results)
    for sheet, page in zip(sheets, resolve(read, "html")[1:-1], strict=True):
        write_alone(project, page, out / f"{sheet.slug}.html")
    _pdf(project, resolve(read, "typst")[1:], out / "problems.pdf", cover=True)
    _write(out / "data", files)
    say(f"  problems.pdf, a page for each chapter, and {len(files)} data files")


def _write_book(work: Path, sheets: list[Sheet], title: str, overview: str) -> None:
    """The sources of the book that is thrown away."""
    chapters = "\n".join(f"    - sheets/{sheet.slug}.qmd" for sheet in sheets)
    _write(work, {"_quarto.yml": SETTINGS.format(title=title, chapters=chapters).encode()})
    _write(work, {"_quarto-student.yml": b"{}\n", "_quarto-instructor.yml": b"{}\n", "index.qmd": overview.encode()})
    _write_sources(work, sheets)
    for name in ("filters", ".ipython/profile_default"):
        shutil.copytree(ROOT / name, work / name)
    for name in ("assets/book.css", "_environment"):
        (work / name).parent.mkdir(exist_ok=True)
        shutil.copyfile(ROOT / name, work / name)


def _write_sources(work: Path, sheets: list[Sheet]) -> None:
    _write(work / "sheets", {f"{sheet.slug}.qmd": sheet.text.encode() for sheet in sheets})


def _key_of(sheet: Sheet) -> Sheet:
    """The same cells under another title, so that a page of the key is not taken for a sheet."""
    return replace(sheet, text=sheet.text.replace("# Problem sheet: ", "# Key: ", 1))


def _progress(sheets: int, say: Say) -> Say:
    """Of what press tells while it builds, how far a large class is."""
    done = itertools.count(1)

    def told(line: str) -> None:
        if line.startswith("  ran sheets/") and (count := next(done)) % 20 == 0:
            say(f"  {count} of {sheets}")

    return told


def _read(work: Path) -> tuple[Project, list[Source], dict]:
    """The book as students see it: without solutions. What the key has computed is not computed again."""
    project = read_project(work, ("student",))
    project.work.mkdir(exist_ok=True)
    sources, _ = check(project)
    return project, sources, execute(project, sources, project.work / "cache", 300, lambda _: None, lambda _: None)


def _parsed(project: Project, sources: list[Source], results: dict) -> Parsed:
    return Parsed(project, sources, results, parse(project, sources, results), [])


def _pdf(project: Project, documents: list, file: Path, cover: bool = False) -> None:
    """Typst finds the figures of its chapters beside it."""
    place = project.work / "pdf"
    shutil.rmtree(place, ignore_errors=True)
    for document in documents:
        for path, data in document.files.items():
            _write((place / path).parent, {Path(path).name: data})
    place.mkdir(exist_ok=True)
    file.parent.mkdir(parents=True, exist_ok=True)
    write_pdf(project, documents, place, file, cover)


def _cell(code: str) -> str:
    return f"```{{python}}\n#| include: false\n{code}```\n"


def _write(folder: Path, files: dict[str, bytes]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)


def overview_of(students: list[Student], problems: list[Problem], seed: str) -> str:
    """The first page of the key: how the sheets came about, and which data are whose."""
    named = ", ".join(problem.number for problem in problems)
    rows = "\n".join(f"| [{escaped(s.name)}](sheets/{s.slug}.qmd) | `{s.slug}` |" for s in students)
    return (
        f"# The class {{.unnumbered}}\n\nProblems {named}, drawn from the seed {as_code(seed)}.\n"
        "The same seed, names and problems give the same sheets and data.\n\n"
        f"| Student | Folder |\n|:--|:--|\n{rows}\n"
    )
