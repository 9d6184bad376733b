"""The problems as they are written: three a chapter, each with a solution whose numbers are computed and hold."""

import io
import re
import warnings
from contextlib import redirect_stdout

import pandas as pd
import pytest
import yaml
from problems.invented import DRAWN, PRACTICE, csv_of
from problems.sheets import tables_of
from problems.tasks import ROOT, chapters
from test_prose import ALLOWED, INLINE, speller, take_apart, words_only

CHAPTERS = chapters()
every_chapter = pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.path.stem)


def told():
    """The chapters of the book that have problems."""
    book = yaml.safe_load((ROOT / "_quarto.yml").read_text("utf-8"))["book"]["chapters"]
    files = [file for part in book if isinstance(part, dict) for file in part["chapters"]]
    return [file.removeprefix("chapters/") for file in files]


def test_each_chapter_of_the_book_has_its_page_for_instructors():
    (part,) = yaml.safe_load((ROOT / "_quarto-instructor.yml").read_text("utf-8"))["book"]["chapters"]
    assert part["chapters"] == [f"problems/{file}" for file in told()]
    assert [chapter.path.name for chapter in CHAPTERS] == told()


@every_chapter
def test_a_page_tells_what_an_instructor_asks(chapter):
    text = chapter.path.read_text("utf-8")
    sections = re.findall(r"^## (.+?) \{", text, re.M)
    assert sections[:3] == ["Aims", "Time", "Where students stumble"]
    assert len(re.findall(r"^## ", text, re.M)) == 3 + len(chapter.problems), "a heading is not as tasks.py reads it"
    label = re.search(r"^This page goes with @(sec-[\w-]+)\.$", text, re.M)[1]
    assert f"{{#{label}}}" in (ROOT / "chapters" / chapter.path.name).read_text("utf-8")
    title = re.match(r"# (.+?) \{", (ROOT / "chapters" / chapter.path.name).read_text("utf-8"))[1]
    assert chapter.title == f"Problems: {title}"


@every_chapter
def test_there_are_three_problems_of_three_tiers_with_a_solution_each(chapter):
    number = int(chapter.path.name[:2])
    assert [problem.number for problem in chapter.problems] == [
        f"{number}.{k + 1}" for k in range(len(chapter.problems))
    ]
    assert {problem.tier for problem in chapter.problems} == {"conceptual", "guided", "open"}
    for problem in chapter.problems:
        assert problem.text.count(".model-answer") == 1, problem.number
        assert problem.solution.count("*When marking") == 1, problem.number
        assert len(problem.task.split()) > 30, problem.number
        assert "```" not in problem.task, f"{problem.number}: cells of a task would be run on no student's data"
        assert not re.search(r"@(sec|fig|tbl|eq|exr)-|\]\(", problem.text), f"{problem.number} stands alone on a sheet"
        assert problem.own == bool(tables_of([problem])), f"{problem.number}: .own-data and what it is about"


def test_the_data_are_of_several_fields_and_not_the_book_s():
    used = {name for chapter in CHAPTERS for name in re.findall(r'read_csv\("data/(\w+)\.csv"\)', chapter.setup)}
    assert used == {"pups", "quakes", "teeth", "pupils", "exercise", "penicillin", *DRAWN}
    for chapter in CHAPTERS:
        for name in re.findall(r"^(\w+) = pd\.read_csv", chapter.setup, re.M):
            assert any(re.search(rf"\b{name}\b", problem.text) for problem in chapter.problems), (
                f"{chapter.path}: {name}"
            )


def prose(chapter):
    """Line by line what is read of a page, and whether it is of a solution."""
    for start, block in (
        (m.start(), m[0]) for m in re.finditer(r".*?(?:\n::::\n|\Z)", chapter.path.read_text("utf-8"), re.S)
    ):
        task, mark, solution = block.partition(":::: {.model-answer}")
        for part, solved in ((task, False), (mark + solution, True)):
            for number, line in take_apart(chapter.path, part).prose:
                yield f"{chapter.path.name}, {start}+{number}", line, solved


@every_chapter
def test_no_number_of_a_solution_is_typed(chapter):
    allowed = [*ALLOWED, r"R\$\^2", r"^## Problem [\d.]+", r"\((2|3|4|1)\)"]  # of a rubric, its points
    for where, line, solved in prose(chapter):
        rest = words_only(re.sub("|".join(allowed), " ", line))
        assert not (solved and re.search(r"\d", rest)), f"{where}: {line}"
        for formula in re.findall(r"\$[^$]+\$", INLINE.sub("", line)) if solved else []:
            assert not re.search(r"\d*\.\d+|\d{3,}", formula), f"{where}: {formula}"


@every_chapter
def test_spelling(chapter):
    wrong = []
    for where, line, _ in prose(chapter):
        text = re.sub(r"[*_\"“”]|\\\w+", " ", words_only(line)).replace("’", "'")
        words = [re.sub(r"'s?$", "", word) for word in re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)?", text)]
        wrong += [f"{where}: {word}" for word in speller().unknown([word for word in words if len(word) > 1])]
    assert not wrong, "misspelt, or to be added to tests/book/words.txt:\n" + "\n".join(wrong)


def solve(problems, space):
    """Run the solutions' cells and inline expressions; each problem may count on the tables alone."""
    tables = {name: value.copy() for name, value in space.items() if isinstance(value, pd.DataFrame)}
    for problem in problems:
        own = dict(space)
        with warnings.catch_warnings(), redirect_stdout(io.StringIO()):
            warnings.simplefilter("error", RuntimeWarning)
            for cell in take_apart(ROOT / problem.number, problem.text).cells:
                exec(compile(cell.code, problem.number, "exec"), own)
            for expression in INLINE.findall(problem.text):
                value = eval(expression, own)
                assert isinstance(value, str), f"{problem.number}: {expression} is no text"
                assert not re.search(r"\bnan\b|\binf\b|np\.", value), f"{problem.number}: {expression}: {value}"
        for name, table in tables.items():
            pd.testing.assert_frame_equal(space[name], table, obj=f"{problem.number}: {name}")


@every_chapter
def test_the_solutions_hold(chapter, monkeypatch):
    monkeypatch.chdir(ROOT)
    space = {}
    exec(chapter.setup, space)
    solve(chapter.problems, space)


@pytest.mark.parametrize("seed", ["a", "b", "c", "h"])  # from h, a model without variance of slopes
def test_solutions_hold_on_other_students_data(seed, monkeypatch):
    monkeypatch.chdir(ROOT)
    for chapter in CHAPTERS:
        own = [problem for problem in chapter.problems if problem.own]
        space = {}
        exec(chapter.setup, space)
        solve(own, space | {table: DRAWN[table](seed)[0] for table in tables_of(own)})


def test_everybody_s_invented_data_are_those_of_their_seed():
    for name, drawn in DRAWN.items():
        assert (ROOT / f"data/{name}.csv").read_bytes() == csv_of(drawn(PRACTICE)[0])
        assert csv_of(drawn("other")[0]) != csv_of(drawn(PRACTICE)[0])
