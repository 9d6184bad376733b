"""The settings of `_quarto.yml` by dotted key, and what is wrong with them, at their lines."""

from __future__ import annotations

from pathlib import Path

from ..problems import BookError, Problem
from .vocabulary import EXECUTE_OPTIONS, SETTINGS
from .yaml_lines import read_settings

CONFIG = "_quarto.yml"


class Settings:
    """What `root/_quarto.yml` says, by dotted key ("book.title"); `problems` gathers what is wrong with it.

    Raises BookError if the file cannot be read at all.
    """

    def __init__(self, root: Path):
        self.root = root
        self.settings, self.lines = read_settings(_text(root / CONFIG), CONFIG)
        self.problems: list[Problem] = []
        for key in ("book", "project", "format.html", "format.typst", "execute"):
            value = self.value(key)
            if value is not None and not isinstance(value, dict):
                self.wrong(key, f"{key} should be a list of 'name: value' lines, not {value!r}")

    def wrong(self, key: str, message: str) -> None:
        self.problems.append(Problem(CONFIG, self.lines.get(key, 1), message))

    def value(self, key: str) -> object:
        value: object = self.settings
        for part in key.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        return value

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

    def files(self, key: str) -> list[str]:
        """The file, or the list of files, that a setting names; one that is not there is a problem."""
        names = self.texts(key)
        for name in names:
            if not (self.root / name).is_file():
                self.wrong(key, f"there is no file {name}")
        return names

    def check_names(self) -> None:
        """A setting that press does not know is a problem: it would be lost."""
        for key in self.lines:
            if not SETTINGS.fullmatch(key) and SETTINGS.fullmatch(key.rpartition(".")[0] or "project"):
                self.wrong(key, f"press does not know {key}")
        for key in self.section("execute"):
            if key not in EXECUTE_OPTIONS:
                known = ", ".join(EXECUTE_OPTIONS)
                self.wrong(f"execute.{key}", f"press does not know execute.{key}; it knows {known}")


def _text(path: Path) -> str:
    if not path.is_file():
        raise BookError(Problem(CONFIG, 0, f"there is no {CONFIG} in {path.parent}; run press where the book is"))
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise BookError(Problem(CONFIG, 0, f"is not UTF-8 ({error.reason})")) from None
