"""The book's data, read and checked: students in schools (High School and Beyond, 1982), and two small sets more.

`data/README.md` says what each column means and where the numbers come from.
"""

import os
from importlib import resources
from pathlib import Path

import numpy as np
import pandas as pd

from ..arguments import checked
from .csv_table import File, Table, read_table

__all__ = ["load_hsb", "load_paste", "load_sleep"]

COLUMNS = ("sch.id", "math", "size", "sector", "meanses", "minority", "female", "ses")
WHOLE_NUMBERS = ("sch.id", "size", "sector", "minority", "female")
ZERO_OR_ONE = ("sector", "minority", "female")
OF_THE_SCHOOL = ("size", "sector", "meanses")

SLEEP = ("person", "day", "reaction")
PASTE = ("batch", "cask", "strength")


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
    table = read_table(data_file("hsb.csv") if path is None else Path(path), COLUMNS, "load_hsb")
    columns = {name: table.numbers(name, WHOLE_NUMBERS) for name in COLUMNS}
    _check_codes(table, columns)
    _check_schools(table, columns)
    return pd.DataFrame(columns)


@checked
def load_sleep(path: str | os.PathLike | None = None) -> pd.DataFrame:
    """Read the reaction times of persons who slept too little, day by day, and check them.

    Args:
        path: a CSV file (UTF-8, comma-separated, header in the first line) with the columns below, in any order. By
            default the book's own `sleep.csv`.

    Returns:
        DataFrame: a row per person and day, in the file's order (the book's own file: 18 persons, 10 days), indexed
            from 0, with

            - `person`: the person's number (int64)
            - `day`: day of the experiment; 0 and 1 were for training, and from the night after 2 sleep was cut (int64)
            - `reaction`: mean reaction time of the day, in milliseconds (float64)

    Raises:
        DataError: as `load_hsb`; or a person has two rows for one day.

    Source: Belenky et al. (2003), Journal of Sleep Research 12, as R's lme4 has it (`sleepstudy`).

    Example:
        >>> import hlm
        >>> hlm.load_sleep().shape
        (180, 3)
    """
    table = read_table(data_file("sleep.csv") if path is None else Path(path), SLEEP, "load_sleep")
    data = pd.DataFrame({name: table.numbers(name, ("person", "day")) for name in SLEEP})
    twice = data.duplicated(["person", "day"])
    if twice.any():
        row = data[twice].iloc[0]
        problem = f"person {row['person']:.0f} has a second row for day {row['day']:.0f}. Delete one of the two"
        raise table.error("day", twice.to_numpy(), problem)
    return data


@checked
def load_paste(path: str | os.PathLike | None = None) -> pd.DataFrame:
    """Read the strength of a paste, tested in casks of several batches, and check it.

    Args:
        path: a CSV file (UTF-8, comma-separated, header in the first line) with the columns below, in any order. By
            default the book's own `paste.csv`.

    Returns:
        DataFrame: a row for each test, in the file's order (the book's own file: 2 tests of each of 3 casks of each of
            10 batches), indexed from 0, with

            - `batch`: the batch's number (int64)
            - `cask`: the cask's number within the batch (int64)
            - `strength`: the result of the test (float64)

    Raises:
        DataError: as `load_hsb`.

    Source: Davies & Goldsmith (1972), section 6.5, as R's lme4 has it (`Pastes`).

    Example:
        >>> import hlm
        >>> hlm.load_paste().shape
        (60, 3)
    """
    table = read_table(data_file("paste.csv") if path is None else Path(path), PASTE, "load_paste")
    return pd.DataFrame({name: table.numbers(name, ("batch", "cask")) for name in PASTE})


def data_file(name: str) -> File:
    """A file of the book's own: the checkout's data/NAME where there is one, else the copy in the installed package."""
    source_folder = Path(__file__).resolve().parents[2]
    in_checkout = source_folder.parent / "data" / name
    if source_folder.name == "src" and in_checkout.is_file():
        return in_checkout
    return resources.files("hlm") / "_data" / name


def _check_codes(table: Table, columns: dict[str, np.ndarray]) -> None:
    for name in ZERO_OR_ONE:
        values = columns[name]
        wrong = (values != 0) & (values != 1)
        if wrong.any():
            problem = f"the value is {values[wrong.argmax()]}, but only 0 and 1 have a meaning here. Recode it"
            raise table.error(name, wrong, problem)


def _check_schools(table: Table, columns: dict[str, np.ndarray]) -> None:
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
