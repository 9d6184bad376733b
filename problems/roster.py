"""The class: a CSV file with a column `name`."""

from __future__ import annotations

import csv
import io
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from .refused import Refused


@dataclass(frozen=True)
class Student:
    """A student by the name that stands on the sheet; the folder of the sheet is called `slug`."""

    name: str
    slug: str


def read_roster(path: Path) -> list[Student]:
    """The students, in the file's order. Raises Refused if it is not a list of different names."""
    rows = _rows(path)
    header = [name.strip().lower() for name in rows[0][1]]
    if "name" not in header:
        raise Refused(
            f"{path}: no column is called name. Write name in the first line, where {', '.join(rows[0][1])!r} stands, "
            "and a student on each other one"
        )
    column = header.index("name")
    students: dict[str, tuple[int, Student]] = {}
    for line, fields in rows[1:]:
        if not any(field.strip() for field in fields):
            continue
        if any(field.strip() for field in fields[len(header) :]):
            raise Refused(
                f"{path}, line {line}: there are more columns than in the first line. "
                'Write a name with a comma between quotation marks, as in "Lovelace, Ada"'
            )
        name = unicodedata.normalize("NFC", " ".join(fields[column].split())) if column < len(fields) else ""
        if not name:
            raise Refused(f"{path}, line {line}: the name is missing. Write it, or delete the line")
        if not name.isprintable():
            raise Refused(f"{path}, line {line}: the name {name!r} has a sign that cannot be written. Delete it")
        slug = _slug(name)
        if not slug:
            raise Refused(f"{path}, line {line}: the name {name} has neither letters nor digits. Write one that has")
        if slug in students:
            first, other = students[slug]
            raise Refused(
                f"{path}, lines {first} and {line}: {other.name} and {name} cannot be told apart. "
                "Delete one of the two, or add what tells them apart"
            )
        students[slug] = (line, Student(name, slug))
    if not students:
        raise Refused(f"{path}: there is a header, but no student below it. Write a name on each line")
    return [student for _, student in students.values()]


def _slug(name: str) -> str:
    """A name's letters, with the marks that belong to them, and digits; what stands between them is a hyphen."""
    kept = [sign if unicodedata.category(sign)[0] in "LMN" else " " for sign in name.lower()]
    return "-".join(part for part in "".join(kept).split() if any(map(str.isalnum, part)))


def _rows(path: Path) -> list[tuple[int, list[str]]]:
    """The rows, each with the line on which it starts.

    Commas part the columns, or semicolons as in much of Europe, or tabs, as in what is copied from a spreadsheet.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise Refused(f"{path}, line {line}: is not UTF-8 text. Save the file as CSV in UTF-8") from None
    except OSError as error:
        raise Refused(f"{path} cannot be read: {error.strerror}. Give the class as STUDENTS=its-file.csv") from None
    if not text.strip():
        raise Refused(f"{path}: the file is empty. Write name in the first line, and a student on each other one")
    first = text.lstrip().splitlines()[0]
    delimiter = next((sign for sign in ",;\t" if sign in first), ",")
    reader = csv.reader(io.StringIO(text), strict=True, delimiter=delimiter)
    rows, start = [], 1
    try:
        for fields in reader:
            rows.append((start, fields))
            start = reader.line_num + 1
    except csv.Error as error:
        raise Refused(f"{path}, line {start}: is not a line of a CSV file ({error}). Save the file as CSV") from None
    return rows
