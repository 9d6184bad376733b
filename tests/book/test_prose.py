"""The text as an author leaves it: no typed numbers, a description for every figure, one sentence a line, no misspelling.

These tests read the sources and build nothing. What a rule is for, and what to write instead, stands in CONTRIBUTING.md.
"""

import ast
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest
import yaml
from spellchecker import SpellChecker

ROOT = Path(__file__).resolve().parents[2]
WORDS = Path(__file__).with_name("words.txt")

# Digits that no computation could give.
ALLOWED = [
    r"\b(19|20)\d\d\b",  # years
    r"\b95 per cent\b",  # the level of an interval: a convention
    r"\b[Ll]evels? [12]\b",  # the names of the two levels
    r"\blevel-[12]\b",
    r"\blme4\b",  # an R package
    r"\bCR[12]\b",  # the names of two standard errors
]
CELL_LINES, CELL_WIDTH = 10, 88  # what a student would still type, and what a page shows without scrolling


@dataclass(frozen=True)
class Cell:
    line: int
    options: dict
    code: str

    @property
    def label(self) -> str:
        return self.options.get("label", "")


@dataclass(frozen=True)
class Chapter:
    """A source file, taken apart: cells, listings, and its prose line by line, with the place of each."""

    path: Path
    text: str
    cells: list[Cell] = field(default_factory=list)
    listings: list[tuple[int, str, str]] = field(default_factory=list)  # line, language, code
    prose: list[tuple[int, str]] = field(default_factory=list)

    def where(self, line: int) -> str:
        return f"{self.path.relative_to(ROOT)}:{line}"


def take_apart(path: Path, text: str) -> Chapter:
    chapter, fence, block, start, maths = Chapter(path, text), None, [], 0, False
    for number, line in enumerate(text.splitlines(), start=1):
        if fence is None and (opening := re.match(r"(`{3,})\s*(.*)$", line)):
            fence, language, block, start = opening[1], opening[2], [], number
        elif fence is not None and line.strip() == fence:
            code = "\n".join(block)
            if language == "{python}":
                options = [x[2:] for x in block if x.startswith("#|")]
                code = "\n".join(x for x in block if not x.startswith("#|"))
                chapter.cells.append(Cell(start, yaml.safe_load("\n".join(options)) or {}, code))
            else:
                chapter.listings.append((start, language, code))
            fence = None
        elif fence is not None:
            block.append(line)
        elif line.startswith("$$"):
            maths = not maths
        elif not maths:
            chapter.prose.append((number, line))
    assert fence is None, f"{path}: the fence of line {start} is never closed"
    return chapter


@cache
def chapters() -> list[Chapter]:
    book = yaml.safe_load((ROOT / "_quarto.yml").read_text("utf-8"))["book"]
    names = [name for item in [*book["chapters"], *book.get("appendices", [])] for name in files(item)]
    return [take_apart(ROOT / name, (ROOT / name).read_text("utf-8")) for name in names]


def files(item: str | dict) -> list[str]:
    """The files of an entry of the book's list: a chapter, or a part with its chapters."""
    return [item] if isinstance(item, str) else item["chapters"]


def told() -> list[Chapter]:
    """The chapters proper: numbered, with exercises."""
    return [c for c in chapters() if re.match(r"\d\d-", c.path.name)]


def ids(chapter: Chapter) -> str:
    return chapter.path.stem


every_chapter = pytest.mark.parametrize("chapter", chapters(), ids=ids)
every_told_chapter = pytest.mark.parametrize("chapter", told(), ids=ids)

INLINE = re.compile(r"(?<!`)`\{python\}\s+([^`]+)`")


def words_only(line: str, shown: str = " ") -> str:
    """A line as it would be read aloud: without code, maths, addresses, labels and marks. `shown` replaces code."""
    line = INLINE.sub(shown, line)
    line = re.sub(r"`[^`]*`", shown, line)
    line = re.sub(r"\$[^$]+\$", shown, line)
    line = re.sub(r"^(:{3,}|#{1,6})\s*(?=\{|$|\w)", "", line)
    title = re.search(r'title="([^"]*)"', line)
    line = re.sub(r"\{[^}]*\}", f" {title[1]} " if title else " ", line)
    line = re.sub(r"\[[^\]]*@\w[^\]]*\]", " ", line)
    line = re.sub(r"@\w[\w-]*", shown, line)
    line = re.sub(r"\]\([^)]*\)|https?://\S+|^\[\^[^\]]*\]:|\[\^[^\]]*\]", " ", line)
    return re.sub(r"^\s*\d+\. ", "", line)


def readable(chapter: Chapter) -> list[tuple[int, str]]:
    """All that a reader or a listener meets as text: prose, captions, descriptions of figures."""
    lines = [(number, words_only(line)) for number, line in chapter.prose]
    for cell in chapter.cells:
        for option in ("fig-cap", "fig-alt", "tbl-cap"):
            if option in cell.options:
                lines.append((cell.line, words_only(str(cell.options[option]))))
    return lines


@every_chapter
def test_no_number_is_typed_where_a_computation_could_give_it(chapter):
    found = []
    for number, line in readable(chapter):
        rest = re.sub("|".join(ALLOWED), " ", line)
        if re.search(r"\d", rest):
            found.append(f"{chapter.where(number)}: {line.strip()}")
    assert not found, "digits that come from no inline expression:\n" + "\n".join(found)


@every_chapter
def test_inline_expressions_give_text_and_not_an_object(chapter):
    """`{python} x` would print numpy's np.float64(...); num, str and f-strings give what a reader should see."""
    for number, line in chapter.prose:
        for expression in INLINE.findall(line):
            assert re.match(r"""(hlm\.)?(num|p_text)\(|str\(|f['"]|len\(""", expression), (
                f"{chapter.where(number)}: {expression}"
            )
            ast.parse(expression, mode="eval")
            within = expression[:1] == "f" and ("p_text" in expression or "\N{NO-BREAK SPACE}" in expression)
            assert not within, f"{chapter.where(number)}: Quarto prints \\xa0 for a no-break space in {expression}"


@every_chapter
def test_maths_holds_no_number_that_was_computed(chapter):
    for number, line in chapter.prose:
        for formula in re.findall(r"\$[^$]+\$", INLINE.sub("", line)):
            assert not re.search(r"\d*\.\d+|\d{3,}", formula), f"{chapter.where(number)}: {formula}"


def test_every_figure_has_a_caption_and_a_description_of_its_own():
    seen = {}
    for chapter in chapters():
        for cell in chapter.cells:
            draws = re.search(r"hlm\.plots\.\w+\(", cell.code) and cell.options.get("output", True)
            if not (draws or cell.label.startswith("fig-")):
                continue
            where = chapter.where(cell.line)
            assert cell.label.startswith("fig-"), f"{where}: a figure without a label fig-..."
            alt, caption = cell.options.get("fig-alt", ""), cell.options.get("fig-cap", "")
            assert caption, f"{where}: no fig-cap"
            assert len(alt.split()) >= 12, f"{where}: fig-alt does not say what is seen"
            assert not re.match(r"(?i)(a |an )?(figure|plot|chart|graph|image|picture)\b", alt), f"{where}: {alt}"
            assert alt != caption, where
            assert alt not in seen, f"{where}: the same description as {seen.get(alt)}"
            seen[alt] = where
    assert seen


@every_chapter
def test_tables_have_captions_and_labels_are_used(chapter):
    for cell in chapter.cells:
        if cell.label.startswith("tbl-"):
            assert cell.options.get("tbl-cap"), f"{chapter.where(cell.line)}: no tbl-cap"
    everything = "\n".join(c.text for c in chapters())
    labels = [c.label for c in chapter.cells if c.label] + re.findall(r"\{#((?:fig|tbl)-[\w-]+)", chapter.text)
    for label in labels:
        assert re.search(rf"@{re.escape(label)}(?![\w-])", everything), f"{ids(chapter)}: nothing refers to {label}"


# What can be tested: a teacher may ask for it, and see whether it is there. Nobody sees who "understands".
VERBS = {
    "carry", "choose", "compare", "compute", "derive", "estimate", "explain", "fit", "name", "plan", "predict", "read",
    "say", "show", "split", "tell", "test", "work", "write",
}  # fmt: skip
AIMS, QUESTIONS = "When you have read this chapter, you will be able to", "The questions are these:"


@every_told_chapter
def test_a_chapter_opens_with_aims_and_questions_and_ends_with_a_summary_and_exercises(chapter):
    heading, *rest = [line for _, line in chapter.prose if line.strip()]
    assert re.fullmatch(r"# .+ \{#sec-[\w-]+\}", heading), heading
    opening = rest[: next(i for i, line in enumerate(rest) if line.startswith("## "))]
    assert opening.count(AIMS) == opening.count(QUESTIONS) == 1, "no aims, or no opening questions"
    at = opening.index(QUESTIONS)
    aims, questions = opening[opening.index(AIMS) + 1 : at], opening[at + 1 :]
    assert 3 <= len(aims) <= 6
    assert all(line.startswith("- ") for line in aims)
    assert {line.split()[1] for line in aims} <= VERBS, "an aim begins with a verb that can be tested"
    assert [line[-1] for line in aims] == [*";" * (len(aims) - 1), "."]
    assert sum(line.startswith("- ") and line.rstrip().endswith("?") for line in questions) >= 2, "no opening questions"

    sections = [line for line in rest if line.startswith("## ")]
    assert [re.sub(r"\s*\{.*", "", s) for s in sections[-2:]] == ["## Summary", "## Exercises"]
    exercises = re.findall(r"^::: \{#exr-[\w-]+\}", chapter.text, re.M)
    assert 3 <= len(exercises) <= 7


@every_chapter
def test_cells_are_short_and_compute_nothing_of_their_own(chapter):
    for cell in chapter.cells:
        where = chapter.where(cell.line)
        lines = [line for line in cell.code.splitlines() if line.strip()]
        assert len(lines) <= CELL_LINES, f"{where}: {len(lines)} lines"
        assert all(len(line) <= CELL_WIDTH for line in lines), f"{where}: a line too long for the page"
        for node in ast.walk(ast.parse(cell.code)):
            if isinstance(node, ast.Import | ast.ImportFrom):
                modules = [a.name for a in node.names] if isinstance(node, ast.Import) else [node.module]
                assert modules == ["hlm"], f"{where}: chapters call hlm alone, and this imports {modules}"
            assert not isinstance(node, ast.FunctionDef | ast.ClassDef | ast.For | ast.While), where


@every_chapter
def test_tabs_show_python_and_r(chapter):
    for tabs in re.findall(r"^::: \{\.panel-tabset\}$.*?^:::$", chapter.text, re.M | re.S):
        assert re.findall(r"^### (.*)$|^```(.+)$", tabs, re.M) == [
            ("Python", ""),
            ("", "{python}"),
            ("R", ""),
            ("", "r"),
        ], f"{chapter.path.name}: {tabs}"


@every_chapter
def test_an_answer_follows_its_exercise(chapter):
    """One each: the filter of the PDF's answers takes the exercise before an answer for its own."""
    assert "callout" not in "".join(re.findall(r"^:::.*\bAnswer\b.*$", chapter.text, re.M)), "write ::: {.answer}"
    divs = re.findall(r"^::: \{(#exr|\.answer)", CHECK.sub("", chapter.text), re.M)
    assert divs == ["#exr", ".answer"] * (len(divs) // 2)


# A self-check, up to the end of its answer and its own; filters/checks.lua refuses one without an answer.
CHECK = re.compile(r"^::: \{\.check\}\n(.*?)^::: \{\.answer\}\n(.*?)^:::\n+:::\n", re.M | re.S)


@every_told_chapter
def test_a_chapter_has_self_checks_in_its_text(chapter):
    checks = list(CHECK.finditer(chapter.text))
    assert len(checks) == chapter.text.count("{.check}"), "a check ends with its .answer"
    assert 3 <= len(checks) <= 4
    assert checks[-1].start() < chapter.text.index("\n## Summary"), "checks stand in the text, not among the exercises"
    sections = re.findall(r"^## .*$", chapter.text[: checks[-1].start()], re.M)
    assert len(sections) >= 2, "all checks stand at the beginning"
    for check in checks:
        assert "?" in check[1] or "." in check[1], check[1]
        assert not re.search(r"^```\{python\}", check[0], re.M), "cells stand before the check"


def test_about_half_of_the_checks_ask_for_a_number():
    checks = [check for chapter in told() for check in CHECK.finditer(chapter.text)]
    numbers = [check for check in checks if "{.number" in check[1]]
    assert len(checks) / 3 < len(numbers) < 2 * len(checks) / 3
    assert all("{.wrong}" in check[1] for check in numbers), "say to who has gone wrong where"


# A full stop that ends no sentence.
ABBREVIATIONS = r"\b(e\.g|i\.e|cf|vs|d\.f|p|pp|ed|Eq|Fig)\.$"


@every_chapter
def test_one_sentence_a_line(chapter):
    """So that a change of a sentence shows as the change of a line."""
    before = ""
    for number, line in chapter.prose:
        shown = words_only(line, shown="x").strip()
        if line.startswith(("|", ":::", "#", ":")):
            before = ""
            continue
        bullet = re.match(r"\s*[-*] ", line)
        parts = re.split(r"(?<=[.?!])[\"')*]*\s+(?=[A-Z\"*])", shown)
        sentences = [p for p in parts[:-1] if not re.search(ABBREVIATIONS, p)]
        assert bullet or not sentences, f"{chapter.where(number)}: two sentences on a line: {line}"
        if before and shown and not bullet:
            assert re.search(r"[.?!:;,]['\")*_\]]*$", before), f"{chapter.where(number - 1)}: a sentence is wrapped"
        before = shown


@cache
def speller() -> SpellChecker:
    checker = SpellChecker(language="en")
    checker.word_frequency.load_words(WORDS.read_text("utf-8").split())
    return checker


@every_chapter
def test_spelling(chapter):
    wrong = []
    for number, line in readable(chapter):
        line = re.sub(r"[*_\"“”]|\\\w+", " ", line).replace("’", "'")
        words = [re.sub(r"'s?$", "", w) for w in re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)?", line)]
        unknown = speller().unknown([w for w in words if len(w) > 1])
        wrong += [f"{chapter.where(number)}: {word}" for word in sorted(unknown)]
    assert not wrong, "misspelt, or to be added to tests/book/words.txt:\n" + "\n".join(wrong)


def test_the_word_list_is_sorted_and_has_no_word_twice():
    words = WORDS.read_text("utf-8").split()
    assert words == sorted(set(words), key=lambda w: (w.lower(), w))


@pytest.mark.parametrize(
    ("line", "digits"),
    [
        ("The difference is 2.8 points.", True),
        ("A mean of `{python} hlm.num(x, 2)` points in 1982, a 95 per cent interval.", False),
        ("The variance $\\gamma_{00}$ of `sector`, coded `1`, at level 2.", False),
        ("See @fig-two-2 and [@bates2015, p. 7].", False),
        ("So 7,185 students.", True),
    ],
)
def test_the_test_of_digits_finds_them(line, digits):
    rest = re.sub("|".join(ALLOWED), " ", words_only(line))
    assert bool(re.search(r"\d", rest)) == digits
