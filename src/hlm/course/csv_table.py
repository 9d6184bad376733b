"""A CSV file of numbers, read so that whatever is wrong with it can be said with its line and its column."""

import csv
import io
from collections.abc import Collection
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path

import numpy as np

from ..errors import DataError, listed

__all__ = ["File", "Table", "read_table"]

File = Path | Traversable

# How spreadsheets, R, SAS and databases write "no value".
MISSING = frozenset({"", ".", "-", "na", "n/a", "nan", "<na>", "none", "null"})


@dataclass(frozen=True)
class Table:
    """What the file says, as text: the fields of each column, and the line on which each row starts."""

    file: File
    fields: dict[str, tuple[str, ...]]
    lines: tuple[int, ...]

    def error(self, column: str, wrong: np.ndarray, problem: str) -> DataError:
        """The error for the first of the rows that are `wrong`."""
        first, *others = np.flatnonzero(wrong)
        further = f"; {len(others)} more to check in this column" if others else ""
        return DataError(f"{self.file}, line {self.lines[first]}, column {column!r}: {problem}{further}.")

    def numbers(self, name: str, whole: Collection[str] = ()) -> np.ndarray:
        """One column as numbers; those of the columns `whole` have to be whole."""
        texts = self.fields[name]
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
            raise self.error(name, wrong, problem)

        if name not in whole:
            return values
        wrong = (values != np.floor(values)) | (np.abs(values) > 2**53)
        if wrong.any():
            raise self.error(name, wrong, f"{texts[wrong.argmax()]!r} is not a whole number. Correct it")
        return values.astype(np.int64)


def read_table(file: File, columns: tuple[str, ...], reader: str) -> Table:
    """What the file says.

    Args:
        file: CSV, UTF-8, with a header in its first line. columns: that it has to have, in any order.
        reader: the public function that reads it, for the message if there is no such file.

    Raises:
        DataError: the file cannot be read, or a column is missing or named twice, or a row has more or fewer values.
    """
    numbered_rows = _numbered_rows(file, _text(file, reader))
    if not numbered_rows:
        raise DataError(f"{file}: the file is empty. It needs a header with the columns {', '.join(columns)}.")
    (header_line, header), *numbered_rows = numbered_rows
    header = [name.strip() for name in header]
    _check_header(file, header_line, header, columns)
    if not numbered_rows:
        raise DataError(f"{file}: there is a header on line {header_line}, but no row of data below it.")
    lines, rows = zip(*numbered_rows, strict=True)
    _check_lengths(file, lines, rows, header)
    return Table(file, dict(zip(header, zip(*rows, strict=True), strict=True)), lines)


def _text(file: File, reader: str) -> str:
    try:
        raw = file.read_bytes()
    except FileNotFoundError:
        problem = f"there is no such file. Check the path; {reader}() without one reads the book's own file"
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


def _check_header(file: File, line: int, header: list[str], columns: tuple[str, ...]) -> None:
    for position, name in enumerate(header, start=1):
        first = header.index(name) + 1
        if first != position:
            raise DataError(
                f"{file}, line {line}: column {name!r} is there twice (columns {first} and {position})."
                " Rename or delete one of them."
            )
    missing = [name for name in columns if name not in header]
    if missing:
        raise DataError(
            f"{file}, line {line}: no column {listed(map(repr, missing))} in the header, which has"
            f" {listed(map(repr, header))}. Add it or correct its name (upper and lower case differ;"
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


def _number_or_nan(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return np.nan
