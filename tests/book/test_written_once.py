"""What an author writes once a reader meets once: each listing of the tabs, each exercise, each answer."""

import re
import shutil
import subprocess
from collections import Counter

import html5lib
import pytest
import yaml
from test_prose import CHECK, ROOT, chapters, every_chapter, ids, take_apart, told, words_only

XHTML = "{http://www.w3.org/1999/xhtml}"
TABSET = re.compile(r"^::: \{\.panel-tabset\}$.*?^:::$", re.M | re.S)
EXERCISE = re.compile(r"^::: \{#exr-[\w-]+\}$.*?^:::$", re.M | re.S)
ANSWER = re.compile(r"^::: \{\.answer\}$.*?^:::$", re.M | re.S)


def bare(text: str) -> str:
    """Without spaces and line ends, which a page sets its own way, and the hyphens of broken words."""
    return re.sub(r"\s+", "", re.sub(r"[-\u00ad\u2010]\n", "", text))


def telling(chapter, text: str) -> str:
    """The longest run of plain words, by which a text is known again on a page."""
    prose = [words_only(line, shown="|") for _, line in take_apart(chapter.path, text).prose]
    return bare(max((run for line in prose for run in re.findall(r"[A-Za-z]+(?: [A-Za-z]+)+", line)), key=len))


def listings(chapter) -> list[str]:
    """The code of all tabs, Python and R."""
    found = (take_apart(chapter.path, tabs) for tabs in TABSET.findall(chapter.text))
    return [code.strip() for part in found for code in [*(c.code for c in part.cells), *(x[2] for x in part.listings)]]


def text_of(book, *options) -> tuple[str, str]:
    """The text of the PDF's pages, without what stands above and below them: before the heading Answers, and after."""
    if not shutil.which("pdftotext"):
        pytest.skip("pdftotext (poppler-utils) is not installed")
    # In points, of an A4 page.
    crop = ["-x", "0", "-y", "70", "-W", "596", "-H", "700"]
    command = ["pdftotext", *options, *crop, book / "students-in-schools.pdf", "-"]
    text = subprocess.run(command, capture_output=True, check=True, encoding="utf-8").stdout.replace("\f", "\n")
    heading = list(re.finditer(r"^ *Answers *$", text, re.M))[-1]  # a callout may be called so too
    return text[: heading.start()], text[heading.end() :]


@pytest.fixture(scope="module")
def pdf(book):
    """As it looks, line by line."""
    return text_of(book, "-layout")


@pytest.fixture(scope="module")
def pdf_in_order(book):
    """As it was written, one column after the other."""
    return text_of(book, "-raw")


@pytest.fixture(scope="module")
def pages(book):
    return {ids(chapter): html5lib.parse((book / page_of(chapter)).read_text("utf-8")) for chapter in chapters()}


every_told_chapter = pytest.mark.parametrize("chapter", told(), ids=ids)


@every_told_chapter
def test_a_listing_stands_once_on_its_page(chapter, pages):
    shown = Counter("".join(pre.itertext()).strip() for pre in pages[ids(chapter)].iter(f"{XHTML}pre"))
    for code, times in Counter(listings(chapter)).items():
        assert shown[code] == times, code


def test_a_listing_stands_once_in_the_pdf(pdf):
    """As often as in the sources: a short one may be part of another."""
    text = bare("\n".join(pdf))
    sources = bare(" | ".join(code for c in chapters() for code in shown_code(c)).replace("SITE-URL/", site()))
    for chapter in told():
        for code in listings(chapter):
            assert text.count(bare(code)) == sources.count(bare(code)), f"{ids(chapter)}: {code}"


def shown_code(chapter) -> list[str]:
    cells = [c.code for c in chapter.cells if c.options.get("echo", True) and c.options.get("include", True)]
    return [*cells, *(code for _, _, code in chapter.listings)]


def test_the_pdf_names_the_language_above_each_listing(pdf):
    tabs = [part for chapter in told() for part in TABSET.findall(chapter.text)]
    assert tabs
    above = re.findall(r"^ *In (Python|R):$\n+ *(\S.*)", pdf[0], re.M)
    firsts = Counter((language, bare(line)) for language, line in above)
    for part in tabs:
        taken = take_apart(chapters()[0].path, part)
        for language, codes in (("Python", [c.code for c in taken.cells]), ("R", [x[2] for x in taken.listings])):
            first = bare(codes[0].strip().splitlines()[0])
            assert firsts[language, first], f"In {language}: {first}"


@every_chapter
def test_an_answer_stands_once_on_its_page_and_once_at_the_back_of_the_pdf(chapter, pages, pdf):
    before, after = map(bare, pdf)
    page = bare("".join(pages[ids(chapter)].itertext()))
    for answer in ANSWER.findall(CHECK.sub("", chapter.text)):
        words = telling(chapter, answer)
        assert len(words) > 15, words
        assert (page.count(words), before.count(words), after.count(words)) == (1, 0, 1), words


@every_told_chapter
def test_a_check_stands_once_on_its_page_and_its_answer_at_the_end_of_its_chapter_in_the_pdf(
    chapter, pages, pdf_in_order
):
    before = bare(pdf_in_order[0])
    page = bare("".join(pages[ids(chapter)].itertext()))
    for question, answer in CHECK.findall(chapter.text):
        asked, told = telling(chapter, question.partition(":::")[0]), telling(chapter, answer)
        assert (page.count(asked), before.count(asked)) == (1, 1), asked
        assert (page.count(told), before.count(told)) == (1, 1), told
        between = before[before.index(asked) : before.index(told)]
        assert "Answerstothechecks" in between, told
        assert between.count("Exercise") >= 3, "the exercises stand between the two"


@every_chapter
def test_an_exercise_stands_in_its_chapter(chapter, pdf):
    before, after = map(bare, pdf)
    for exercise in EXERCISE.findall(chapter.text):
        words = telling(chapter, exercise)
        assert (before.count(words), after.count(words)) == (1, 0), words


def test_the_answers_come_exercise_by_exercise(book, pdf):
    exercises = []
    for chapter in chapters():
        text = (book / page_of(chapter)).read_text("utf-8")
        exercises += re.findall(
            r'class="(?:exercise|theorem)-title">\s*<strong>(Exercise.[\w.]+?)\.?(?= \(|</strong>)', text
        )
    assert len(exercises) == sum(len(EXERCISE.findall(c.text)) for c in chapters())
    headings = re.findall(r"^ *(Exercise.(?:[A-Z]|\d+)\.\d+)$", pdf[1], re.M)
    assert [bare(h) for h in headings] == [bare(e) for e in exercises]


def site() -> str:
    """The book's address with a slash at its end, where it has one: what the mark SITE-URL becomes."""
    address = yaml.safe_load((ROOT / "_quarto.yml").read_text("utf-8"))["book"].get("site-url", "")
    return address and f"{address.rstrip('/')}/"


def page_of(chapter) -> str:
    folder = "" if chapter.path.stem in ("index", "references", "running") else "chapters/"
    return f"{folder}{chapter.path.stem}.html"


@pytest.mark.press
def test_no_cell_gives_html(book):
    """For HTML in any output, even a hidden one, Quarto has the page load scripts from another host."""
    from press.read.project import read_project
    from press.read.source import Cell, read_source
    from press.run.execute import execute

    project, ran = read_project(book.parent), []
    sources = [read_source(project, entry)[0] for entry in project.entries]
    results = execute(project, sources, book.parent / ".press/cache", 300, say=ran.append, tick=ran.append)
    assert ran == [], "the results are those of the book"
    given = Counter()
    for source in sources:
        for piece, result in zip(source.pieces, results[source.path], strict=True):
            for output in result if isinstance(piece, Cell) else []:
                kinds = output.get("data", {})
                given.update(list(kinds))
                assert "text/html" not in kinds, f"{source.path}:{piece.line}: {kinds['text/html'][:80]}"
    assert given["text/plain"] > 50
    assert given["text/markdown"] > 50
