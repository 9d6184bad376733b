"""From a file to a data frame, with the labels that the file has for columns and values.

Each kind of file is read by the library made for it; which kind it is, the ending says, and the first bytes have to
agree: a workbook that is called .csv would otherwise be read as nonsense, or fail deep inside a parser.
"""

from __future__ import annotations

import csv
import gzip
import importlib
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from .problems import ReportError

LABELS = "labels"  # where a frame keeps them: `frame.attrs["labels"]`, a label by column
FILE = "file"  # and where it came from
READ = "read"  # and how: the arguments of `read` beside the file that made a difference
TEXT = "text"  # and how a text is written: its separator, decimal sign, encoding, columns kept as text
LINES = "lines"  # and whether row k of the frame is line k + 2 of the file
ENDINGS = {
    ".csv": "text", ".tsv": "text", ".txt": "text", ".tab": "text",
    ".parquet": "Parquet", ".pq": "Parquet", ".xlsx": "Excel", ".xlsm": "Excel",
    ".sav": "SPSS", ".zsav": "SPSS", ".dta": "Stata",
}  # fmt: skip
BEGINNINGS = {
    b"PAR1": "Parquet", b"PK\x03\x04": "Excel", b"\xd0\xcf\x11\xe0": "old Excel", b"$FL2": "SPSS", b"$FL3": "SPSS",
    b"<stata_dta>": "Stata", b"%PDF": "PDF", b"\x1f\x8b": "gzip",
}  # fmt: skip
NEEDS = {"Parquet": "pyarrow", "Excel": "openpyxl", "SPSS": "pyreadstat"}
LOOK = 1 << 16  # bytes of a text in which its separator and its columns are looked for


def read(file: str | Path, encoding: str = "", numbers: Collection[str] = ()) -> pd.DataFrame:
    """Read a table from a file.

    Args:
        file: CSV or TSV (also compressed, as .csv.gz), Parquet, Excel (.xlsx), SPSS (.sav) or Stata (.dta).
        encoding: of a text file that is not UTF-8, such as "cp1252".
        numbers: columns that stay numbers although each of their values has a label in the file.

    Returns:
        DataFrame, a row for each of the file's. A column of SPSS or Stata whose values all have labels is a factor
        with these labels, in the order of the values. `attrs["labels"]` has the columns' own labels.

    Raises:
        ReportError: there is no such file, it is empty or not what its ending says, its encoding is another, two
            columns have one name, or the library that reads it is not installed.
    """
    path = Path(file)
    kind = _kind(path)
    if kind in NEEDS:
        _require(path, NEEDS[kind], kind)
    try:
        frame, labels, values = READERS[kind](path, encoding)
        about = dict(frame.attrs)
    except ReportError:
        raise
    except Exception as error:
        first = str(error).strip().split("\n")[0] or type(error).__name__
        raise ReportError(f"{path}: it cannot be read as {_a(kind)} file: {first}") from None
    if not len(frame.columns):
        raise ReportError(f"{path}: there are no columns in it")
    if not len(frame):
        raise ReportError(f"{path}: there are names of columns in it, but no row of data")
    frame.columns = [str(name).strip() for name in frame.columns]
    twice = frame.columns[frame.columns.duplicated()]
    if len(twice):
        raise ReportError(f"{path}: two columns are called {twice[0]!r}; rename one of them")
    frame = _labelled(frame, values, numbers)
    coded = [name for name in numbers if name in values]
    frame.attrs = {**about, FILE: str(path)}
    frame.attrs[READ] = {**({"encoding": encoding} if encoding else {}), **({"numbers": coded} if coded else {})}
    frame.attrs[LABELS] = {name: label for name, label in labels.items() if label and name in frame.columns}
    return frame


def _a(kind: str) -> str:
    return "an Excel" if kind == "Excel" else f"a {kind}"


def _kind(path: Path) -> str:
    if not path.exists():
        raise ReportError(f"{path}: there is no such file")
    if path.is_dir():
        raise ReportError(f"{path} is a folder; name the file with the data")
    if not path.stat().st_size:
        raise ReportError(f"{path}: the file is empty")
    ending = Path(path.stem).suffix.lower() if path.suffix.lower() == ".gz" else path.suffix.lower()
    if ending == ".xls":
        raise ReportError(f"{path}: the old Excel format is not read; save it as .xlsx, or as .csv")
    if ending not in ENDINGS:
        known = ", ".join(ENDINGS)
        raise ReportError(f"{path}: the ending {ending or 'that it has not'} says nothing; those known are {known}")
    kind = ENDINGS[ending]
    with (gzip.open if path.suffix.lower() == ".gz" else open)(path, "rb") as opened:
        try:
            start = opened.read(16)
        except (OSError, EOFError) as error:
            raise ReportError(f"{path}: it cannot be unpacked: {error}") from None
    if not start:
        raise ReportError(f"{path}: the file is empty")
    found = next((what for beginning, what in BEGINNINGS.items() if start.startswith(beginning)), "")
    if kind == "text" and not found and b"\0" in start and start[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        found = "binary"
    if kind == "Stata" and start[0] in range(102, 120):
        found = "Stata"
    if (kind == "text" and found) or (kind != "text" and found != kind):
        is_of = f"is {_a(found)} file by what is in it" if found else f"is no {kind} file by what is in it"
        raise ReportError(f"{path} {is_of}, not what its ending says; rename it, or save it again")
    return kind


def _require(path: Path, module: str, kind: str) -> None:
    try:
        importlib.import_module(module)
    except ImportError:
        raise ReportError(
            f"{path}: {kind} files are read by {module}, which is not installed: run 'make report', or "
            f"'pip install {module}'"
        ) from None


Read = tuple[pd.DataFrame, Mapping[str, str | None], Mapping[str, Mapping[Any, str]]]


def _text(path: Path, encoding: str) -> Read:
    encoding = _encoding(path, encoding)
    with _opened(path, encoding) as lines:
        start = lines.read(LOOK)
    head = start.split("\n")[0]
    by_tab = path.suffix.lower() in (".tsv", ".tab") or head.count("\t") > max(head.count(","), head.count(";"))
    separator = "\t" if by_tab else ";" if head.count(";") > head.count(",") else ","
    names = next(csv.reader([head], delimiter=separator), [])
    if twice := [name for k, name in enumerate(names) if name and name in names[:k]]:
        raise ReportError(f"{path}: two columns are called {twice[0]!r}; rename one of them")
    comma = separator == ";" and re.search(r"(^|;)-?\d+,\d+(;|$)", start, re.M) is not None
    frame = pd.read_csv(path, sep=separator, decimal="," if comma else ".", encoding=encoding)
    coded = _codes(frame, path, separator, encoding)
    frame = frame.assign(**coded)
    about = {"sep": separator, "dec": "," if comma else ".", "encoding": _marked(path, encoding), "coded": list(coded)}
    frame.attrs = {TEXT: about, LINES: _length(path, encoding) == len(frame) + 1}
    if str(frame.columns[0]).startswith("Unnamed: 0"):  # R's names of rows
        frame = frame.rename(columns={frame.columns[0]: "row"})
    return frame, {}, {}


def _codes(frame: pd.DataFrame, path: Path, separator: str, encoding: str) -> dict[str, pd.Series]:
    """The columns of whole numbers of which some begin with a zero, such as 00 and 0123: labels, kept as written."""
    begins = re.compile(rf'(^|{re.escape(separator)})\s*"?0\d')
    with _opened(path, encoding) as lines:
        if not any(begins.search(line) for line in lines):
            return {}
    places = [
        k
        for k, kind in enumerate(frame.dtypes)
        if pd.api.types.is_numeric_dtype(kind) and not pd.api.types.is_bool_dtype(kind)
    ]
    written = pd.read_csv(path, sep=separator, encoding=encoding, dtype=str, usecols=places)
    found = {}
    for name in written.columns:
        values = written[name].dropna().str.strip()
        if values.str.fullmatch(r"\d+").all() and values.str.fullmatch(r"0\d+").any():
            found[name] = written[name].str.strip()
    return found


def _marked(path: Path, encoding: str) -> str:
    """The encoding, if it is not plain UTF-8: with "-sig" only where the file has the mark of it."""
    with (gzip.open if path.suffix.lower() == ".gz" else open)(path, "rb") as opened:
        marked = opened.read(3) == b"\xef\xbb\xbf"
    plain = encoding.lower().replace("_", "-").removesuffix("-sig") in ("utf-8", "utf8")
    return ("utf-8-sig" if marked else "") if plain else encoding


def _length(path: Path, encoding: str) -> int:
    """How many lines a text has, but for empty ones at its end."""
    last = 0
    with _opened(path, encoding) as lines:
        for k, line in enumerate(lines, 1):
            last = k if line.strip() else last
    return last


def _opened(path: Path, encoding: str) -> Any:
    return (gzip.open if path.suffix.lower() == ".gz" else open)(path, "rt", encoding=encoding, newline=None)


def _encoding(path: Path, encoding: str) -> str:
    """The encoding that a text is in, as far as it can be known."""
    with (gzip.open if path.suffix.lower() == ".gz" else open)(path, "rb") as opened:
        marked = opened.read(2) in (b"\xff\xfe", b"\xfe\xff")
    tried = encoding or ("utf-16" if marked else "utf-8-sig")
    try:
        with _opened(path, tried) as lines:
            for _ in lines:
                pass
    except LookupError:
        raise ReportError(f"{path}: Python knows no encoding {encoding!r}; try utf-8, cp1252 or latin-1") from None
    except UnicodeError as error:
        at = f"byte 0x{error.object[error.start]:02x}" if isinstance(error, UnicodeDecodeError) else "a character"
        name = {"utf-8-sig": "UTF-8"}.get(tried, tried)
        raise ReportError(
            f"{path}: it is not in {name}: {at} is none of its characters. Say which encoding it is in, as in "
            "--encoding cp1252 (Windows) or latin-1"
        ) from None
    return tried


def _parquet(path: Path, encoding: str) -> Read:
    frame = pd.read_parquet(path, engine="pyarrow")
    if not isinstance(frame.index, pd.RangeIndex):
        frame = frame.reset_index()
    return frame, {}, {}


def _excel(path: Path, encoding: str) -> Read:
    return pd.read_excel(path, engine="openpyxl"), {}, {}


def _spss(path: Path, encoding: str) -> Read:
    import pyreadstat

    frame, about = pyreadstat.read_sav(str(path), encoding=encoding or None)
    return frame, about.column_names_to_labels, about.variable_value_labels


def _stata(path: Path, encoding: str) -> Read:
    opened: Any
    with pd.read_stata(path, iterator=True, convert_categoricals=False) as opened:
        frame = opened.read()
        labels, sets = opened.variable_labels(), opened.value_labels()
        named = dict(zip(frame.columns, getattr(opened, "_lbllist", []), strict=False))
    values = {column: sets[name] for column, name in named.items() if name in sets}
    return frame, labels, values


READERS = {"text": _text, "Parquet": _parquet, "Excel": _excel, "SPSS": _spss, "Stata": _stata}


def _labelled(frame: pd.DataFrame, values: Mapping[str, Mapping[Any, str]], numbers: Collection[str]) -> pd.DataFrame:
    """The frame with a factor for each column whose values all have labels."""
    for column, labels in values.items():
        if column not in frame.columns or column in numbers:
            continue
        there = pd.unique(frame[column].dropna())
        if len(there) and all(value in labels for value in there) and len(set(labels.values())) == len(labels):
            order = [text for value, text in sorted(labels.items()) if value in set(there)]
            frame[column] = pd.Categorical(frame[column].map(labels), categories=order)
    return frame
