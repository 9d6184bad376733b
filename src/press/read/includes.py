"""What `_quarto.yml` has put into every page (include-in-header and the like), and `_variables.yml`."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from ..problems import Problem
from .settings import Settings
from .yaml_lines import line_of, reason_of

PLACES = ("include-in-header", "include-before-body", "include-after-body")
# What a page would ask of another host: the address. A link that a reader may follow asks for nothing.
ASKING = "script|link|img|iframe|video|audio|source|track|embed|object|input"
FOREIGN = re.compile(
    rf"""(?:<(?:{ASKING})\b[^>]*\s(?:src|srcset|href|data|poster)\s*=\s*["']?|url\(\s*["']?|@import\s+["'])"""
    r"""((?:https?:)?//[^\s"'>)]+)""",
    re.I,
)


def read_includes(settings: Settings) -> dict[str, str]:
    """The HTML that stands in each place of every page. What asks another host for something is a problem."""
    return {place: "".join(_texts(settings, place)) for place in PLACES}


def _texts(settings: Settings, place: str) -> list[str]:
    found = []
    for key in (place, f"format.html.{place}"):
        for i, item in enumerate(settings.items(key)):
            here = f"{key}.{i}" if f"{key}.{i}" in settings.lines else key
            if isinstance(item, dict) and set(item) == {"text"}:
                text = str(item["text"])
            elif isinstance(name := item.get("file") if isinstance(item, dict) else item, str):
                file: Path = settings.root / name
                if not file.is_file():
                    settings.wrong(here, f"there is no file {name}")
                    continue
                text = file.read_text("utf-8")
            else:
                settings.wrong(here, f"{place} takes file names and 'text: ...', not {item!r}")
                continue
            if foreign := FOREIGN.search(text):
                settings.look.append(f"{here}: {place}")
            found.append("" if foreign else text.strip() + "\n")
    return found


def look_into_styles(settings: Settings, sheets: list[str]) -> None:
    """Name what style sheets ask of another host, which no page lets through: fonts, for the most part."""
    for name in sheets:
        file = settings.root / name
        if file.is_file() and (asked := FOREIGN.search(file.read_text("utf-8", "replace"))):
            settings.look.append(f"{name}: {asked[1]}, of another host, of which a page asks nothing")


def read_variables(settings: Settings) -> dict:
    """The values of {{< var >}}: `_variables.yml`, where there is one."""
    file = settings.root / "_variables.yml"
    try:
        values = yaml.safe_load(file.read_text("utf-8")) if file.is_file() else {}
    except yaml.YAMLError as error:
        settings.problems.append(Problem(file.name, line_of(error), f"is not valid YAML: {reason_of(error)}"))
        return {}
    return values if isinstance(values, dict) else {}
