"""Read one cell: its options, which stand in `#|` lines, and its code."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

import yaml

from .table import CELL, EXECUTE, LOOK, REFUSED
from .yaml_lines import line_of, reason_of

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
DRAWN = {"mermaid", "dot", "ojs"}  # what Quarto runs or draws in the page, whatever eval says
ROW = CELL | EXECUTE
# In the header of R's cells: a name, then options as R writes them. {r mean, echo=FALSE, fig.cap="The mean."}
IN_HEADER = re.compile(r"""([\w.-]+)\s*=\s*("[^"]*"|'[^']*'|[^,]*)|([\w.-]+)""")


@dataclass(frozen=True)
class Cell:
    """Code to run. `line` is that of its first line of code or option. One in another language is only shown."""

    line: int
    code: str
    options: dict = field(default_factory=dict)
    language: str = "python"
    written: str = ""
    indent: str = ""  # of an item of a list, to which it belongs

    @property
    def label(self) -> str:
        return str(self.options.get("label", ""))

    @property
    def runs(self) -> bool:
        return self.language == "python" and self.options.get("eval", True) is not False


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # that in C is ten times as fast
    """YAML in which R's `!expr …` is a text: press runs no R."""


_Loader.add_constructor("!expr", lambda loader, node: loader.construct_scalar(node))


def read_cell(
    body: list[str], line: int, language: str, header: str, defaults: dict, wrong: Callable[[int, str], None]
) -> Cell:
    """The cell whose lines are `body`, the first of them at `line`. `wrong(line, message)` hears what is wrong."""
    blank = next((k for k, text in enumerate(body) if text.strip()), 0)
    body, line = body[blank:], line + blank
    comment = re.escape(COMMENT.get(language, "#"))
    option = re.compile(rf"^{comment} ?\|(.*?)(?:\*/)?$")
    n = next((k for k, text in enumerate(body) if not option.match(text)), len(body))
    written = [option.match(text)[1] for text in body[:n]]
    options = _options("\n".join(written), line, wrong, language)
    for name, value in [*options.items()]:
        at = line + next((k for k in range(n) if written[k].strip().startswith(f"{name}:")), 0)
        row = ROW.get(str(name)) if language == "python" else None
        if row is None and language == "python":
            wrong(at, f"press does not know the cell option {name}; it knows {', '.join(sorted(known()))}")
        elif row is not None and row.fate == REFUSED:
            wrong(at, f"press does not do the cell option {name}: {row.what}")
        elif row is not None and row.fate != LOOK and value is not None and not row.takes(value):
            wrong(at, f"the cell option {name} cannot be {value!r}")
    options = {**_of_header(header), **options}
    if language != "python":
        options = {str(name).replace(".", "-"): value for name, value in options.items()}
    code = body[n:]
    skipped = next((k for k, text in enumerate(code) if text.strip()), 0)
    text = "\n".join(code[skipped:]).rstrip()
    fenced = "\n".join([*(b for b in body[:n] if "echo" not in b), *code]).rstrip()
    return Cell(line + n + skipped, text, {**defaults, **options}, language, fenced)


def _of_header(header: str) -> dict:
    """The options in a header, named and valued as in `#|` lines."""
    found: dict = {}
    for name, value, label in IN_HEADER.findall(header):
        if label:
            found.setdefault("label", label)
        else:
            text = value.strip().strip("\"'")
            found[name.replace(".", "-")] = {"true": True, "t": True, "false": False, "f": False}.get(
                text.lower(), text
            )
    return found


def known() -> list[str]:
    """The names of the options that press follows."""
    return [row.name for row in ROW.values() if row.fate not in (LOOK, REFUSED)]


def _options(text: str, line: int, wrong: Callable[[int, str], None], language: str) -> dict:
    try:
        options = yaml.load(text, _Loader) or {}
    except yaml.YAMLError as error:
        if language == "r":  # which may write its options as in a header
            pairs = (pair.split(":", 1) if ":" in pair else pair.split("=", 1) for pair in text.split("\n"))
            return _of_header(", ".join("=".join(part.strip() for part in pair) for pair in pairs))
        wrong(line_of(error, line), f"the cell's options are not valid YAML: {reason_of(error)}")
        return {}
    if not isinstance(options, dict) and language == "r":
        return _of_header(str(options))
    if not isinstance(options, dict):
        wrong(line, "the cell's options should be '#| name: value' lines")
        return {}
    return options
