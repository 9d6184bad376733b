"""The book's data: 7,185 students in 160 schools (High School and Beyond, 1982), read and checked.

`data/README.md` says what each column means and where the numbers come from.
"""

import csv
import io
import os
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

import numpy as np
import pandas as pd

from ..arguments import checked
from ..errors import DataError

__all__ = ["load_hsb"]

File = Path | Traversable

COLUMNS = ("sch.id", "math", "size", "sector", "meanses", "minority", "female", "ses")
WHOLE_NUMBERS = ("sch.id", "size", "sector", "minority", "female")
ZERO_OR_ONE = ("sector", "minority", "female")
OF_THE_SCHOOL = ("size", "sector", "meanses")
# How spreadsheets, R, SAS and databases write "no value".
MISSING = frozenset({"", ".", "-", "na", "n/a", "nan", "<na>", "none", "null"})


@checked
def load_hsb(path: str | os.PathLike | None = None) -> pd.DataFrame:
    """Read the High School and Beyond data, and check them.

    Args:
        path: a CSV file (UTF-8, comma-separated, header in the first line) with the columns below, in any order. By
            default the book's own `hsb.csv`. Further columns are allowed, and left out of the result.

    Returns:
        DataFrame: a row per student, in the file's order (the book's own file: 7,185 students in 160 schools), indexed
            from 0, with

            - `sch.id`: the school's number (int64)
            - `math`: mathematics achievement, in points (float64)
            - `size`: students enrolled in the school (int64)
            - `sector`: 1 Catholic, 0 public (int64)
            - `meanses`: the school's mean socioeconomic status (float64)
            - `minority`: 1 yes, 0 no (int64)
            - `female`: 1 yes, 0 no (int64)
            - `ses`: the student's socioeconomic status (float64)

    Raises:
        DataError: the file cannot be read, a column is missing or named twice, a value is missing, infinite or not a
            number, a 0/1 column holds anything else, or a variable of the school differs within a school. The message
            names the file, the line (counted from 1, the header's) and the column.

    Source: National Center for Education Statistics, High School and Beyond; the extract of Raudenbush and Bryk (2002),
    as R's nlme has it.

    Example:
        >>> import hlm
        >>> hlm.load_hsb().shape
        (7185, 8)
    """
    table = _read(data_file("hsb.csv") if path is None else Path(path))
    columns = {name: _numbers(table, name) for name in COLUMNS}
    _check_codes(table, columns)
    _check_schools(table, columns)
    return pd.DataFrame(columns)


@dataclass(frozen=True)
class _Table:
    """What the file says, as text: the fields of each column, and the line on which each row starts."""

    file: File
    fields: dict[str, tuple[str, ...]]
    lines: tuple[int, ...]

    def error(self, column: str, wrong: np.ndarray, problem: str) -> DataError:
        """The error for the first of the rows that are `wrong`."""
        first, *others = np.flatnonzero(wrong)
        further = f"; {len(others)} more to check in this column" if others else ""
        return DataError(f"{self.file}, line {self.lines[first]}, column {column!r}: {problem}{further}.")


def data_file(name: str) -> File:
    """A file of the book's own: the checkout's data/NAME where there is one, else the copy in the installed package."""
    source_folder = Path(__file__).resolve().parents[2]
    in_checkout = source_folder.parent / "data" / name
    if source_folder.name == "src" and in_checkout.is_file():
        return in_checkout
    return resources.files("hlm") / "_data" / name


def _read(file: File) -> _Table:
    numbered_rows = _numbered_rows(file, _text(file))
    if not numbered_rows:
        raise DataError(f"{file}: the file is empty. It needs a header with the columns {', '.join(COLUMNS)}.")
    (header_line, header), *numbered_rows = numbered_rows
    header = [name.strip() for name in header]
    _check_header(file, header_line, header)
    if not numbered_rows:
        raise DataError(f"{file}: there is a header on line {header_line}, but no row of data below it.")
    lines, rows = zip(*numbered_rows, strict=True)
    _check_lengths(file, lines, rows, header)
    return _Table(file, dict(zip(header, zip(*rows, strict=True), strict=True)), lines)


def _text(file: File) -> str:
    try:
        raw = file.read_bytes()
    except FileNotFoundError:
        problem = "there is no such file. Check the path; load_hsb() without one reads the book's own file"
        raise DataError(f"{file}: {problem}.") from None
    except OSError as error:
        raise DataError(f"{file}: the file cannot be read ({error.strerror}).") from None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        problem = f"byte 0x{raw[error.start]:02x} is not UTF-8 text. Save the file as CSV in UTF-8"
        raise DataError(f"{file}, line {line}: {problem}.") from None


def _numbered_rows(file: File, text: str) -> list[tuple[int, list[str]]]:
    """The rows that are not blank, each with the number of its first line."""
    # csv rather than pandas, which renames duplicate columns, shifts the columns when rows are too long, and
    # forgets the lines.
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows, line = [], 1
    try:
        for row in reader:
            if row:
                rows.append((line, row))
            line = reader.line_num + 1
    except csv.Error as error:
        raise DataError(f"{file}, line {line}: not CSV ({error}). Is a quotation mark left open?") from None
    return rows


def _check_header(file: File, line: int, header: list[str]) -> None:
    for position, name in enumerate(header, start=1):
        first = header.index(name) + 1
        if first != position:
            raise DataError(
                f"{file}, line {line}: column {name!r} is there twice (columns {first} and {position})."
                " Rename or delete one of them."
            )
    missing = [name for name in COLUMNS if name not in header]
    if missing:
        raise DataError(
            f"{file}, line {line}: no column {', '.join(map(repr, missing))} in the header, which has"
            f" {', '.join(map(repr, header))}. Add it or correct its name (upper and lower case differ;"
            " commas separate columns)."
        )


def _check_lengths(file: File, lines: tuple[int, ...], rows: tuple[list[str], ...], header: list[str]) -> None:
    for line, row in zip(lines, rows, strict=True):
        if len(row) != len(header):
            end = f", none for {header[len(row)]!r}" if len(row) < len(header) else ""
            raise DataError(
                f"{file}, line {line}: {len(row)} values where the header has {len(header)} columns{end}."
                " Look for a comma too few or too many (a decimal comma counts as one)."
            )


def _numbers(table: _Table, name: str) -> np.ndarray:
    """One column as numbers, whole where they have to be."""
    texts = table.fields[name]
    try:
        values = np.array(texts, dtype=np.float64)
    except ValueError:
        values = np.array([_number_or_nan(text) for text in texts])

    wrong = ~np.isfinite(values)
    if wrong.any():
        text = texts[wrong.argmax()].strip()
        if text.lower() in MISSING:
            problem = f"the value is missing ({text!r}). Fill it in or delete the row"
        elif np.isinf(_number_or_nan(text)):
            problem = f"{text!r} is not a finite number. Correct it"
        else:
            problem = f"{text!r} is not a number. Write it in digits, with a decimal point"
        raise table.error(name, wrong, problem)

    if name not in WHOLE_NUMBERS:
        return values
    wrong = (values != np.floor(values)) | (np.abs(values) > 2**53)
    if wrong.any():
        raise table.error(name, wrong, f"{texts[wrong.argmax()]!r} is not a whole number. Correct it")
    return values.astype(np.int64)


def _number_or_nan(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return np.nan


def _check_codes(table: _Table, columns: dict[str, np.ndarray]) -> None:
    for name in ZERO_OR_ONE:
        values = columns[name]
        wrong = (values != 0) & (values != 1)
        if wrong.any():
            problem = f"the value is {values[wrong.argmax()]}, but only 0 and 1 have a meaning here. Recode it"
            raise table.error(name, wrong, problem)


def _check_schools(table: _Table, columns: dict[str, np.ndarray]) -> None:
    """A variable of the school (level 2) has one value per school."""
    schools = columns["sch.id"]
    _, first_rows, school_index = np.unique(schools, return_index=True, return_inverse=True)
    first_row_of_school = first_rows[school_index]
    for name in OF_THE_SCHOOL:
        values = columns[name]
        wrong = values != values[first_row_of_school]
        if wrong.any():
            row = wrong.argmax()
            first = first_row_of_school[row]
            problem = (
                f"school {schools[row]} has {values[row]} here and {values[first]} on line"
                f" {table.lines[first]}; {name!r} belongs to the school, the same in all its rows."
                " Correct one of the two"
            )
            raise table.error(name, wrong, problem)
