"""The ledger: every number that the course slides print, what R computes there, and what this book computes.

Slides and numbers are in one file, data/slides.csv, one number per line. A number agrees as printed if the book's value
of what the slide says, written the way the slide writes it, is what the slide prints, to every digit, and so is R's.
Where the slide's number comes about in another way than its words say, the line names that way too, and then it is the
value found in that way which has to agree, and the plain one which must not.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from ..arguments import checked
from ..errors import DataError
from ..tables.data_frames import FrameTable, table
from ..tables.numbers import MINUS
from .data import data_file, load_hsb
from .slide_values import Values, slide_values

FIELDS = ("slide", "what", "printed", "computed", "explained", "reading")
NUMBER = re.compile(r"-?(?:\d[\d,]*)?\.?\d+")


@checked
def ledger(r: str | os.PathLike, slides: str | os.PathLike | None = None) -> Ledger:
    """Compute every number of the slides anew, and set it beside the slide's and R's.

    Args:
        r: a JSON file of R's values by name, as tests/reference/ledger.R writes it.
        slides: a CSV file with the columns slide, what, printed, computed, explained, reading: the slide's title, what
            the number is, the number as printed, the name of the value that the slide says it is, and, where the
            number is another one, that one's name and how it comes about. By default the book's own, data/slides.csv.

    Returns:
        Ledger

    Raises:
        DataError: a file cannot be read or does not hold what it should; a name that the book or R does not compute.

    Example:
        >>> import hlm
        >>> hlm.course.ledger("tests/reference/ledger.json").failures
        ()
    """
    lines, of_r = _read_slides(slides), _read_r(Path(r))
    of_book = slide_values(load_hsb(), of_r["theta of lme4"])
    return Ledger(tuple(_compared(line, of_book, of_r) for line in lines), of_book, of_r)


@dataclass(frozen=True)
class Line:
    """One number: `printed` on the slide, and `book` and `r`, what the slide says as this book and R compute it.

    `book_explained` and `r_explained` are their values by another reading of the slide, which `reading` names; without
    one they are None and it is empty. All are written like `printed`.
    """

    slide: str
    what: str
    printed: str
    book: str
    r: str
    book_explained: str | None
    r_explained: str | None
    reading: str

    @property
    def as_printed(self) -> bool:
        """Whether slide, R and book say the same, and nothing has to be explained."""
        return not self.reading and self.book == self.r == self.printed

    @property
    def agrees(self) -> bool:
        """Whether slide, R and book say the same, by the plain reading or, where that fails, by the other."""
        if not self.reading:
            return self.as_printed
        return self.book_explained == self.r_explained == self.printed != self.book


@dataclass(frozen=True, repr=False)
class Ledger:
    """All lines, in the order of the slides. `book` and `r` hold the values behind them, unrounded, by name."""

    lines: tuple[Line, ...]
    book: Mapping[str, Any]
    r: Mapping[str, Any]

    @cached_property
    def slides(self) -> tuple[str, ...]:
        """The titles of the slides that print numbers."""
        return tuple(dict.fromkeys(line.slide for line in self.lines))

    @property
    def failures(self) -> tuple[Line, ...]:
        """The lines that do not agree."""
        return tuple(line for line in self.lines if not line.agrees)

    @property
    def as_printed(self) -> tuple[Line, ...]:
        """The lines in which slide, R and book say the same, without another reading."""
        return tuple(line for line in self.lines if line.as_printed)

    @property
    def explained(self) -> tuple[Line, ...]:
        """The lines with another reading than the plain one."""
        return tuple(line for line in self.lines if line.reading)

    def explanations(self) -> FrameTable:
        """The numbers with another reading, each once: those first that R, too, computes otherwise than the slide."""
        numbers = {(line.what, line.printed): line for line in self.explained}
        lines = sorted(numbers.values(), key=lambda line: line.r == line.printed)
        return _shown([(line.what, line) for line in lines])

    def table(self, slide: str) -> FrameTable:
        """The lines of one slide, to be read.

        Raises:
            DataError: no line is of this slide.
        """
        if slide not in self.slides:
            raise DataError(f"the ledger has no slide {slide!r}; it has: {'; '.join(self.slides)}.")
        return _shown([(line.what, line) for line in self.lines if line.slide == slide])


def _shown(lines: Sequence[tuple[str, Line]]) -> FrameTable:
    """A column each for what the slide prints, and for R's and this book's value of what it says.

    The last column has R's value by the other reading, and which that is, or says that a line does not agree. It is
    left out where all lines agree as printed.
    """
    rows = [
        {
            "number": name,
            "slide": _minus(line.printed),
            "R, as the slide says": _minus(line.r),
            "this book": _minus(line.book),
            "R, read otherwise": _otherwise(line),
        }
        for name, line in lines
    ]
    shown = pd.DataFrame(rows).set_index("number")
    plain = all(line.as_printed for _, line in lines)
    if plain:
        return table(shown.drop(columns="R, read otherwise"))
    # On a phone the book's style sheet sets the last column, which is words, below the numbers.
    return FrameTable(replace(table(shown).table, kind="words-below"))


def _otherwise(line: Line) -> str:
    if not line.agrees:
        return "does not agree"
    return _minus(f"{line.r_explained}, {line.reading}") if line.reading else ""


def _compared(line: dict[str, str], of_book: Values, of_r: Values) -> Line:
    for name in filter(None, (line["computed"], line["explained"])):
        for whose, values in (("this book", of_book), ("R", of_r)):
            if name not in values:
                raise DataError(
                    f"slides, line {line['line']}: {whose} computes no {name!r}. Correct it, or compute it."
                )
    printed, explained = line["printed"], line["explained"]
    return Line(
        line["slide"],
        line["what"],
        printed,
        written(of_book[line["computed"]], printed),
        written(of_r[line["computed"]], printed),
        written(of_book[explained], printed) if explained else None,
        written(of_r[explained], printed) if explained else None,
        line["reading"],
    )


def written(values: float | str | list[float], like: str) -> str:
    """Numbers written like those of a text: as many decimals, commas, and zeros before the point as there.

    Text is left as it is, since it was printed by what computed it.

    >>> written([0.43906, 7185], "about .439 of 7,000")
    'about .439 of 7,185'
    """
    if isinstance(values, str):
        return values
    places = NUMBER.findall(like)
    values = list(values) if isinstance(values, (list, tuple)) else [values]
    if len(values) != len(places):
        raise DataError(f"{like!r} has {len(places)} numbers, and {len(values)} are computed for it.")
    queue = iter(values)
    return NUMBER.sub(lambda place: _number(next(queue), place[0]), like)


def _number(value: float, like: str) -> str:
    decimals = len(like.partition(".")[2])
    text = f"{value:{',' if ',' in like else ''}.{decimals}f}"
    if float(text.replace(",", "")) == 0:
        text = text.lstrip("-")
    return re.sub(r"^(-?)0\.", r"\1.", text) if re.match(r"-?\.", like) else text


def _minus(text: str) -> str:
    return re.sub(r"-(?=[\d.])", MINUS, text)


# ------------------------------------------------------------------------------------------------------- the files


def _read_slides(path: str | os.PathLike | None) -> list[dict[str, str]]:
    file = data_file("slides.csv") if path is None else Path(path)
    try:
        text = io.StringIO(file.read_bytes().decode("utf-8"), newline="")
        rows = [*csv.DictReader(text, restkey="too many", strict=True)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{file}: cannot be read: {error}.") from error
    if not rows or tuple(rows[0])[: len(FIELDS)] != FIELDS:
        raise DataError(f"{file}: the header must be {','.join(FIELDS)}, with a line for each number below it.")
    for number, row in enumerate(rows, start=2):
        row["line"] = str(number)
        if "too many" in row or None in row.values():
            raise DataError(f"{file}, line {number}: {len(FIELDS)} fields are needed. Quote text that has a comma.")
        if not all(row[name] for name in FIELDS[:4]) or bool(row["explained"]) != bool(row["reading"]):
            raise DataError(
                f"{file}, line {number}: {', '.join(FIELDS[:4])} must be given, and explained and reading together."
            )
    return rows


def _read_r(path: Path) -> Values:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise DataError(f"{path}: R's values cannot be read: {error}. tests/reference/ledger.R writes them.") from error
    if not isinstance(values, dict) or not isinstance(values.get("theta of lme4"), float):
        raise DataError(f"{path}: holds no 'theta of lme4'. tests/reference/ledger.R writes this file.")
    return values
