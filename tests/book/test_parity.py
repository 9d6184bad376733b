"""The same book, and the same sample, from Quarto and from press: all that pages say, kind by kind and in order.

Without Quarto there is nothing to compare, and the tests skip. What may differ is in `reading`, and in the sample here;
docs/quarto-and-press.md lists it all, with reasons.
"""

import difflib
import re
import shutil
import subprocess
import sys
import unicodedata
from collections import Counter
from pathlib import Path

import pytest
from reading import FRAME, KINDS, read, titles_of_tabs

from press.build.book import build
from press.build.quarto import choose_renderer
from press.problems import BookError

ROOT = Path(__file__).parents[2]
DOCUMENTED = (ROOT / "docs/quarto-and-press.md").read_text("utf-8")

# In the sample, on purpose: page, kind, what press has, what Quarto has, the row in docs/quarto-and-press.md.
SAMPLE = [
    ("chapters/01-one.html", "paragraphs", "Chapter 2, below and", "Chapter 2 and", 8),
    ("chapters/02-two.html", "paragraphs", "It is 2.0.", "It is {python} (1 + 3) / 2.", 9),
    ("chapters/03-more.html", "paragraphs", "", "Exercise 3.1 (By attribute)", 10),
    ("index.html", "references", "Chapter 1", "1 One figure, one table", 11),
    ("index.html", "references", "Appendix A", "Appendix A Proofs", 11),
    ("index.html", "paragraphs", "both in Chapter 1.", "both in 1 One figure, one table.", 11),
    ("index.html", "paragraphs", "Appendix A.", "Appendix A — Proofs.", 11),
]

# The same in the book: its first page refers to two of its chapters.
BOOK = [
    ("index.html", "references", "Section A.2", "Which slide is which section", 11),
    ("index.html", "references", "Appendix E", "Appendix E Notation and glossary", 11),
    ("index.html", "paragraphs", "Section A.2 says", "Which slide is which section says", 11),
    ("index.html", "paragraphs", "is in Appendix E.", "is in Appendix E — Notation and glossary.", 11),
]

# Words of the sample's PDFs: who alone has them, and the row in docs/quarto-and-press.md.
SAMPLE_PDF = {"press: below": 8, "Quarto: python": 9}


def by_quarto(folder):
    """Render the book in `folder` with Quarto, on a copy; skip where there is no Quarto."""
    try:
        choose_renderer("quarto")
    except BookError as error:
        pytest.skip(f"nothing to compare with: {error}")
    subprocess.run([sys.executable, "-m", "press", "build", "--renderer", "quarto", str(folder)], check=True)
    return folder / "_book"


def differences(ours, theirs, known=()):
    """By page and kind, in words, whatever only one of two sites says, or says in another order."""
    pages = sorted(p.relative_to(ours) for p in ours.rglob("*.html") if p.name != "404.html")
    assert pages == sorted(p.relative_to(theirs) for p in theirs.rglob("*.html") if p.name != "404.html")
    found = []
    for page in pages:
        mine, other = read(ours / page), read(theirs / page)
        for kind in KINDS:
            expected = mine[kind]
            for name, of, press, quarto, _ in known:
                if (name, of) == (str(page), kind):
                    expected = with_difference(expected, press, quarto, other[kind])
            lines = difflib.unified_diff(expected, other[kind], "press", "Quarto", lineterm="", n=0)
            found += [f"{page}: {kind}: {line}" for line in lines if line[:3] not in ("---", "+++", "@@ ")]
    return found


def differences_of_pdfs(ours, theirs, known=()):
    """The words, as often as they stand there, that only one of two PDFs has; without those of pages' heads and contents."""
    if not shutil.which("pdftotext"):
        return []
    pages = [*ours.rglob("*.html")]
    titles = [title for page in pages for title in [*read(page)["headings"], *titles_of_tabs(page)]]  # row 3
    frame = {*re.findall(LETTERS, " ".join(titles)), "Chapter", "Appendix", "Appendices", "Contents"}  # row 12
    mine, other = (words_of_pdf(next(folder.glob("*.pdf"))) for folder in (ours, theirs))
    found = [("press", mine - other), ("Quarto", other - mine)]
    return sorted({f"{who}: {word}" for who, words in found for word in words if word not in frame} - {*known})


LETTERS = r"[^\W\d_]{2,}"


def words_of_pdf(pdf):
    """How often each word stands in it. Letters of formulas are none, nor are page numbers; lines may break in a word."""
    said = subprocess.run(["pdftotext", pdf, "-"], capture_output=True, text=True, check=True).stdout
    said = unicodedata.normalize("NFKC", re.sub("[\U0001d400-\U0001d7ff]", " ", said))
    said = re.sub(r"[-\u2010\u00ad](\n+\f?\s*)?", "", said)
    return Counter(word for word in re.findall(LETTERS, said) if not re.fullmatch("[ivxl]+", word))


def with_difference(said, press, quarto, other):
    """What press says, with the words of Quarto where they are known to differ."""
    if not press:  # Quarto alone has it
        at = other.index(quarto)
        return [*said[:at], quarto, *said[at:]]
    assert any(press in words for words in said), press
    return [words.replace(press, quarto) for words in said]


def test_the_reader_of_pages_reads(book):
    """The comparison is worth something only if it finds the things that it compares."""
    found = read(book / "chapters/03-standard-errors.html")
    assert all(len(items) > 3 for kind, items in found.items() if kind not in ("callouts", "citations")), found
    assert found["headings"][0] == "3 Where the standard error comes from"
    assert "Figure 3.1" in found["references"]


def test_every_difference_is_documented():
    rows = {int(line.split("|")[1]) for line in DOCUMENTED.splitlines() if line[:3].strip("| ").isdigit()}
    assert rows == set(range(1, max(rows) + 1))
    assert {*FRAME.values(), *(row for *_, row in SAMPLE + BOOK), *SAMPLE_PDF.values(), 6, 7, 12} <= rows


def test_quarto_and_press_make_the_same_book(book, tmp_path):
    """Page by page; not the words of the two PDFs, as in the sample.

    The book's narrow tables break words in their cells, at other places in each PDF, and what pdftotext gives of a
    cell's lines cannot be told from those of the next cell: there is no joining them again.
    """
    other = tmp_path / "book"
    shutil.copytree(book.parent, other, ignore=shutil.ignore_patterns("_book", ".press"))
    assert differences(book, by_quarto(other), BOOK) == []


def test_quarto_and_press_make_the_same_sample(tmp_path):
    for name in ("press", "quarto"):
        shutil.copytree(ROOT / "tests/press/sample", tmp_path / name)
    theirs = by_quarto(tmp_path / "quarto")
    build(tmp_path / "press", say=lambda line: None)
    assert differences(tmp_path / "press/_book", theirs, SAMPLE) == []
    assert differences_of_pdfs(tmp_path / "press/_book", theirs, SAMPLE_PDF) == []
