"""The table has all that press reads of an author's settings, and press reads all that the table says is done."""

import ast
import re
from pathlib import Path

import pytest

from press.read import table
from press.read.tables_page import TABLES
from press.read.vocabulary import CALLOUTS

PRESS = Path(table.__file__).parents[1]
SETTINGS = {"value", "text", "items", "texts", "section", "files", "option"}
OWN = {"number", "counts-with", "piece"}  # attributes that press and the book's filters set themselves
ROWS = {
    "settings": {**table.PROJECT, **table.OPTIONS, **{f"execute.{name}": row for name, row in table.EXECUTE.items()}},
    "front matter": {**table.OPTIONS, **table.EXECUTE, "execute": None},
    "options": table.CELL | table.EXECUTE | table.OPTIONS,
    "attributes": table.ATTRIBUTES | dict.fromkeys(OWN),
    "classes": table.CLASSES | table.DECK_CLASSES,
}


def named(node):
    """The text that a node gives, as a pattern: what is put into an f-string may be any word."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return re.escape(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(named(part) if isinstance(part, ast.Constant) else r"[\w.-]+" for part in node.values)
    return None


def reads(tree):
    """(kind, name as a pattern) for each setting, option, attribute and class that a module asks for by its name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            function = node.func
            called = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
            of = ast.unparse(function.value) if isinstance(function, ast.Attribute) else ""
            asked = node.args if called == "files" else node.args[1:2] if called == "attribute" else node.args[:1]
            names = [name for name in map(named, asked) if name is not None]
            if of in ("settings", "self.settings") and called in SETTINGS:
                yield from (("settings", name) for name in names)
            elif called == "get" and of.endswith("front"):
                yield from (("front matter", name) for name in names)
            elif (called == "get" and of in ("options", "cell.options", "given")) or of + called in (
                "selfoption",
                "option",
            ):
                yield from (("options", name) for name in names)
            elif called == "attribute" or (called == "get" and of.endswith("pairs")):
                yield from (("attributes", name) for name in names)
        elif isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.In):
            of = ast.unparse(node.comparators[0])
            if (name := named(node.left)) and re.fullmatch(r"\w*attr(ibutes)?(\[1\]|\.classes)", of):
                yield "classes", name


FOUND = sorted({found for file in PRESS.rglob("*.py") for found in reads(ast.parse(file.read_text("utf-8")))})
PRESS_S_OWN_CLASSES = {  # not an author's to set: press gives them, or it is a filter's of the book
    "caption-label", "cell", "equation", "table", "byline", "ansi", "figure", "exercise", "answer", "check", "part", "citation", "footnotes",
}  # fmt: skip


# What press reads by another name, or does in any case.
ELSEWHERE = {
    "book.open-graph": ['"og:title"'], "book.twitter-card": ['"twitter:card"'],
    "out-width": ["width"], "out-height": ["height"], "citeproc": ["--citeproc"], "var": ["project.variables"],
    **{f"callout-{kind}": [kind] for kind in CALLOUTS},
    **{name: ["--to=revealjs"] for name in ("fragment", "incremental", "nonincremental")},  # Pandoc's writer does it
}  # fmt: skip


def test_there_is_something_to_look_for():
    assert {kind for kind, _ in FOUND} == set(ROWS)
    assert {("settings", re.escape("book.date")), ("attributes", re.escape("fig-alt"))} <= set(FOUND)


@pytest.mark.parametrize("kind", ROWS)
def test_what_press_reads_is_in_the_table(kind):
    names = [*ROWS[kind], *(PRESS_S_OWN_CLASSES if kind == "classes" else ())]
    names += [f"format.{f}.{n}" for f in ("html", "typst") for n in table.OPTIONS] if kind == "settings" else []
    sections = {"project", "book", "format", "execute", "profile"}
    lost = [
        name for of, name in FOUND if of == kind and not any(re.fullmatch(name, row) for row in {*names, *sections})
    ]
    assert lost == []


def test_what_the_table_says_is_done_is_read():
    """Each name stands in the code, in quotation marks or as a word of a pattern, outside the table."""
    code = "\n".join(
        f.read_text("utf-8")
        for f in PRESS.rglob("*")
        if f.suffix in (".py", ".lua", ".html") and f.name not in ("table.py", "tables_page.py")
    )
    lost = []
    for rows in TABLES.values():
        for row in rows.values():
            last = row.name.removesuffix(".*").rpartition(".")[2]
            marks = [f'"{row.name}"', f'"{last}"', f"|{last}|", f"({last}|", f"|{last})"]
            marks += [re.sub("^(fig|tbl)-", "}-", last) + '"'] if last[:4] in ("fig-", "tbl-") else []
            if row.what == "given to reveal.js as they are":
                marks += ["in DECK.items()"]
            if row.fate == table.DONE and not any(mark in code for mark in [*marks, *ELSEWHERE.get(row.name, [])]):
                lost.append(row.name)
    assert lost == []
