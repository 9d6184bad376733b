"""The settings of `_quarto.yml` and its profiles by dotted key, and what is wrong with them, at their lines."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

from ..problems import BookError, Problem
from .table import DECK, DONE, EXECUTE, LOOK, OPTIONS, PROJECT, REFUSED, Row
from .vocabulary import OTHER_FORMATS
from .yaml_lines import read_settings

CONFIG = "_quarto.yml"
LOCAL = f"{CONFIG}.local"  # what holds for this copy alone, as where it is published; not committed
LATEX = "is LaTeX's, and not made: press makes the PDF with Typst; give its settings under format: typst"
FORMAT_NAMES = ("html", "typst")
DECK_FORMATS = ("revealjs",)
SECTIONS = ("project", "book", "format", "execute", "profile")


class Settings:
    """What `root/_quarto.yml` and the profiles say, by dotted key ("book.title").

    `problems` gathers what is wrong with it, `look` what is accepted and passed over. Raises BookError if a file
    cannot be read at all. `formats` are those that it may have settings for; `within`, before a file's name in a
    problem, says where the folder is.
    """

    def __init__(
        self, root: Path, profiles: tuple[str, ...] = (), formats: tuple[str, ...] = FORMAT_NAMES, within: str = ""
    ):
        self.root = root
        self.formats = formats
        self.within = within
        self.problems: list[Problem] = []
        self.look: list[str] = []
        self.settings: dict = {}
        self.lines: dict[str, tuple[str, int]] = {}
        self._add(CONFIG)
        self.profiles = self._profiles(profiles)
        for file in (*(f"_quarto-{name}.yml" for name in self.profiles), LOCAL):
            if (self.root / file).is_file():
                self._add(file)
        for key in ("book", "project", "format", *(f"format.{name}" for name in formats), "execute"):
            value = self.value(key)
            if value is not None and not isinstance(value, dict) and value != "default":
                self.wrong(key, f"{key} should be a list of 'name: value' lines, not {value!r}")

    def _add(self, file: str) -> None:
        name = f"{self.within}{file}"
        settings, lines = read_settings(_text(self.root / file), name)
        _merge(self.settings, settings, self.lines, {key: (name, line) for key, line in lines.items()})

    def _profiles(self, asked: tuple[str, ...]) -> tuple[str, ...]:
        """The profiles asked for, or those that Quarto's variable names, or the default; one of each group."""
        named = _names(os.environ.get("QUARTO_PROFILE", ""))
        chosen = [*(asked or named or self.texts("profile.default"))]
        groups = self.items("profile.group")
        for group in groups if all(isinstance(group, list) for group in groups) else [groups]:
            if group and not set(group) & set(chosen):
                chosen.append(str(group[0]))
        if not self.within:  # the decks have those of their book
            _require(self.root, asked)
        return tuple(chosen)

    def wrong(self, key: str, message: str) -> None:
        while key not in self.lines and "." in key:
            key = key.rpartition(".")[0]
        self.problems.append(Problem(*self.lines.get(key, (f"{self.within}{CONFIG}", 1)), message))

    def line(self, key: str) -> int:
        return self.lines.get(key, (CONFIG, 1))[1]

    def value(self, key: str) -> object:
        value: object = self.settings
        for part in key.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        return value

    def option(self, name: str, format: str, default: object = None) -> object:
        """A setting of the document: what its format says, else what stands at the top."""
        for key in (f"format.{format}.{name}", name):
            if self.value(key) is not None:
                return self.value(key)
        return default

    def text(self, key: str, default: str = "") -> str:
        return str(self.value(key) or default)

    def items(self, key: str) -> list:
        """One thing or a list of things, as a list."""
        value = self.value(key)
        return value if isinstance(value, list) else [value] if value else []

    def texts(self, key: str) -> list[str]:
        return [str(item) for item in self.items(key)]

    def section(self, key: str) -> dict:
        value = self.value(key)
        return value if isinstance(value, dict) else {}

    def files(self, *keys: str) -> list[str]:
        """The files that settings name, one or a list; one that is not there is a problem."""
        names = [(key, name) for key in keys for name in self.texts(key)]
        for key, name in names:
            if not (self.root / name).is_file():
                self.wrong(key, f"there is no file {name}")
        return [name for _, name in names]

    def check_names(self) -> None:
        """What press does not know, or does not do, is a problem: it would be lost. Quarto's own look is noted."""
        seen: dict[str, bool] = {}  # by key, whether what stands below it needs a look of its own
        for key, place in self.lines.items():
            parent, _, last = key.rpartition(".")
            plain = re.sub(r"\.\d+(?=\.|$)", "", key)
            if not seen.get(parent, True):
                seen[key] = False
            elif last.isdigit() or self._is_section(plain):
                seen[key] = True
            else:
                seen[key] = self._check(key, plain, place)

    def _is_section(self, plain: str) -> bool:
        return plain in SECTIONS or (
            plain in [f"format.{name}" for name in self.formats] and self.value(plain) != "default"
        )

    def _check(self, key: str, plain: str, place: tuple[str, int]) -> bool:
        """Check one setting; whether those below it are to be checked too."""
        if re.fullmatch(r"format\.[\w-]+", plain) and plain[7:] not in self.formats:
            if plain == "format.pdf" and self.formats == FORMAT_NAMES:
                self.look.append(f"{place[0]}:{place[1]}: {plain} {LATEX}")
            elif self.formats == FORMAT_NAMES:
                self.wrong(key, f"press makes html and typst (a PDF), no {plain[7:]}")
            else:
                self.wrong(key, f"the format of decks is {' or '.join(self.formats)}, not {plain[7:]}")
            return False
        row = find_row(plain)
        if row is None and plain in [f"format.{name}" for name in self.formats]:
            return False
        if row is None and "." not in plain and not slip_of(plain):
            self.look.append(f"{place[0]}:{place[1]}: {plain}, {own(plain)}")
            return False
        if row is None:
            self.wrong(key, f"press does not know {key}" + (f"; is it {slip}?" if (slip := slip_of(plain)) else ""))
            return False
        if plain in ("title", "subtitle", "description", "date", "author", "keywords") and self.formats != DECK_FORMATS:
            self.wrong(key, f"{plain} belongs under book, or into a chapter's front matter")
        elif row.fate == LOOK:
            if row.values == "…" or not row.takes(self.value(key)):
                self.look.append(f"{place[0]}:{place[1]}: {plain}")
        elif row.fate == REFUSED:
            self.wrong(key, f"press does not do {plain}: {row.what}")
        elif not isinstance(value := self.value(key), dict | list) and value is not None and not row.takes(value):
            self.wrong(key, f"{plain} is {' or '.join(row.values.split('|'))} here, not {value!r}")
        return row.fate == DONE and not row.name.endswith(".*") and self._has_rows_below(row)

    def _has_rows_below(self, row: Row) -> bool:
        return any(name.startswith(f"{row.name}.") for name in [*PROJECT, *OPTIONS, *DECK])


def require_profiles(root: Path, named: str) -> None:
    """Refuse names of profiles, with commas or spaces between them, that there are not: Quarto would pass over them."""
    _require(root.resolve(), _names(named))


def _names(profiles: str) -> list[str]:
    return [name for name in re.split(r"[ ,]+", profiles) if name]


def _require(root: Path, names: Sequence[str]) -> None:
    for name in names:
        if not (root / f"_quarto-{name}.yml").is_file():
            known = ", ".join(sorted(file.stem.removeprefix("_quarto-") for file in root.glob("_quarto-*.yml")))
            there = f"there is {known}" if known else "there is none"
            raise BookError(f"There is no profile {name}: it would be _quarto-{name}.yml in {root}; {there}.")


def find_row(plain: str) -> Row | None:
    """The row of a setting; its own, or that of all that stands below another."""
    table = PROJECT | {f"execute.{name}": row for name, row in EXECUTE.items()}
    name = re.sub(r"^format\.(html|typst|revealjs)\.", "", plain)
    for rows, key in ((table, plain), (DECK if plain.startswith("format.revealjs.") else {}, name), (OPTIONS, name)):
        if key in rows:
            return rows[key]
        parts = key.split(".")
        for i in range(len(parts) - 1, 0, -1):
            if f"{'.'.join(parts[:i])}.*" in rows:
                return rows[f"{'.'.join(parts[:i])}.*"]
    return None


def slip_of(name: str) -> str:
    """The setting, of those at the top or in front matter, for which this name is a slip of the pen; or nothing."""
    known = [*SECTIONS, *(option for option in OPTIONS if "." not in option)]
    return next(iter(get_close_matches(name, known, 1, 0.8)), "") if name not in known else ""


def own(name: str) -> str:
    """What a name at the top does that is none of Quarto's: as there, nothing but what {{< meta >}} shows."""
    sections = {**dict.fromkeys(PROJECT, ""), **{f"format.{n}": "" for n in (*FORMAT_NAMES, "pdf", *OTHER_FORMATS)}}
    home = next((section for section in SECTIONS if f"{section}.{name}" in sections), "")
    return f"which belongs under {home}, and does nothing here" if home else "a value of its author's for {{< meta >}}"


def _merge(into: dict, new: dict, lines: dict, new_lines: dict, prefix: str = "") -> None:
    """Add a profile's settings as Quarto does: mappings are merged, lists joined, all else replaced."""
    for name, value in new.items():
        key = f"{prefix}{name}"
        old = into.get(name)
        if isinstance(old, dict) and isinstance(value, dict):
            _merge(old, value, lines, new_lines, f"{key}.")
            continue
        first = 0
        if isinstance(old, list) and isinstance(value, list):
            first, value = len(old), [*old, *value]
        into[name] = value
        for below, place in new_lines.items():
            if below == key and first == 0:
                lines[key] = place
            elif below.startswith(f"{key}."):
                number, dot, rest = below[len(key) + 1 :].partition(".")
                moved = str(int(number) + first) if number.isdigit() else number
                lines[f"{key}.{moved}{dot}{rest}"] = place


def _text(path: Path) -> str:
    if not path.is_file():
        raise BookError(Problem(CONFIG, 0, f"there is no {CONFIG} in {path.parent}; run press where the book is"))
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise BookError(Problem(path.name, 0, f"is not UTF-8 ({error.reason})")) from None
