"""Read one cell: its options, which stand in `#|` lines, and its code."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import yaml

from .table import CELL, EXECUTE, LOOK, REFUSED
from .yaml_lines import line_of, reason_of

if TYPE_CHECKING:
    from .source import Cell

# What begins a line that Quarto reads as an option, by language; those of other languages are shown, never run.
COMMENTS = {
    "#": ["python", "r", "julia", "bash", "sh", "zsh", "powershell", "perl", "ruby", "yaml", "octave"],
    "//": ["stan", "js", "javascript", "rust", "cpp", "rcpp", "c", "scala", "go", "dot", "ojs"],
    "--": ["sql", "haskell", "lua"],
    "/*": ["css"],
    "!": ["fortran"],
    "%": ["matlab"],
    "%%": ["mermaid"],
}
COMMENT = {language: comment for comment, languages in COMMENTS.items() for language in languages}
LANGUAGES = {*COMMENT} - {"mermaid", "dot", "ojs"}  # these three Quarto draws whether or not they run
ROW = CELL | EXECUTE


def read_cell(body: list[str], line: int, language: str, defaults: dict, wrong: Callable[[int, str], None]) -> Cell:
    """The cell whose lines are `body`, the first of them at `line`. `wrong(line, message)` hears what is wrong."""
    from .source import Cell

    comment = re.escape(COMMENT.get(language, "#"))
    option = re.compile(rf"^{comment} ?\|(.*?)(?:\*/)?$")
    n = next((k for k, text in enumerate(body) if not option.match(text)), len(body))
    written = [option.match(text)[1] for text in body[:n]]
    options = _options("\n".join(written), line, wrong)
    for name, value in [*options.items()]:
        at = line + next((k for k in range(n) if written[k].strip().startswith(f"{name}:")), 0)
        name = re.sub(r"^(fig|tbl|out|code|layout)\.", r"\1-", str(name)) if language == "python" else str(name)
        row = ROW.get(name)
        if row is None and language == "python":
            wrong(at, f"press does not know the cell option {name}; it knows {', '.join(sorted(known()))}")
        elif row is not None and row.fate == REFUSED:
            wrong(at, f"press does not do the cell option {name}: {row.what}")
        elif row is not None and row.fate != LOOK and value is not None and not row.takes(value):
            wrong(at, f"the cell option {name} cannot be {value!r}")
    code = body[n:]
    skipped = next((k for k, text in enumerate(code) if text.strip()), 0)
    text = "\n".join(code[skipped:]).rstrip()
    fenced = "\n".join([*(b for b in body[:n] if "echo" not in b), *code]).rstrip()
    return Cell(line + n + skipped, text, {**defaults, **options}, language, fenced)


def known() -> list[str]:
    """The names of the options that press follows."""
    return [row.name for row in ROW.values() if row.fate not in (LOOK, REFUSED)]


def _options(text: str, line: int, wrong: Callable[[int, str], None]) -> dict:
    try:
        options = yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        wrong(line_of(error, line), f"the cell's options are not valid YAML: {reason_of(error)}")
        return {}
    if not isinstance(options, dict):
        wrong(line, "the cell's options should be '#| name: value' lines")
        return {}
    return options
