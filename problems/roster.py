"""The class: a CSV file with a column `name`."""

from __future__ import annotations

import csv
import io
import re
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
            f"{path}: no column is called name. Write name in the first line, and a student on each other one"
        )
    column = header.index("name")
    students: dict[str, tuple[int, Student]] = {}
    for line, fields in rows[1:]:
        if not any(field.strip() for field in fields):
            continue
        name = " ".join(fields[column].split()) if column < len(fields) else ""
        if not re.search(r"\w", name):
            raise Refused(f"{path}, line {line}: the name is missing. Write it, or delete the line")
        if not name.isprintable():
            raise Refused(f"{path}, line {line}: the name {name!r} has a sign that cannot be written. Delete it")
        slug = re.sub(r"[\W_]+", "-", name.lower()).strip("-")
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


def _rows(path: Path) -> list[tuple[int, list[str]]]:
    """The rows, each with the line on which it starts. Commas part the columns, or semicolons as in much of Europe."""
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
    reader = csv.reader(io.StringIO(text), strict=True, delimiter=";" if ";" in first and "," not in first else ",")
    rows, start = [], 1
    try:
        for fields in reader:
            rows.append((start, fields))
            start = reader.line_num + 1
    except csv.Error as error:
        raise Refused(f"{path}, line {start}: is not a line of a CSV file ({error}). Save the file as CSV") from None
    return rows
