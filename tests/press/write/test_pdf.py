"""The sample book's PDF: what a reader finds there, with eyes or without."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def poppler(built):
    """Ask one of Poppler's programs about the sample's PDF."""

    def ask(program, *options):
        if not shutil.which(program):
            pytest.skip(f"{program} (poppler-utils) is not installed")
        command = [program, *options, built / "_book/sample.pdf"]
        return subprocess.run(
            [*command, "-"] if program != "pdfinfo" else command, capture_output=True, text=True, check=True
        ).stdout

    return ask


def test_the_pdf_is_for_everybody(poppler):
    about = dict(line.split(":", 1) for line in poppler("pdfinfo").splitlines() if ":" in line)
    assert about["Tagged"].strip() == "yes"
    assert about["Title"].strip() == "A Sample"
    assert about["Author"].strip() == "Ada Writer, Ben Reader"
    assert "pdfuaid:part" in poppler("pdfinfo", "-meta")  # PDF/UA-1, which Typst checks: alt texts, structure, language
    tree = poppler("pdfinfo", "-struct-text")
    for part in ("Figure (block)", "Table (block)", "TH (block)", "Formula", "Note", "TOC (block)"):
        assert part.split()[0] in tree, part


def test_the_pdf_has_bookmarks_and_drawings_not_pictures(built, poppler):
    outline = poppler("pdftohtml", "-xml", "-stdout", "-i")
    assert re.findall(r'<item page="\d+">(.*?)</item>', outline)[:3] == [
        "Preface",
        "What is here",
        "1 One figure, one table",
    ]
    images = subprocess.run(
        ["pdfimages", "-list", built / "_book/sample.pdf"], capture_output=True, text=True, check=True
    )
    assert images.stdout.count("\n") == 2  # the head of the list alone


def test_the_pdf_has_the_book_s_words(poppler):
    text = " ".join(poppler("pdftotext", "-layout").split())
    for words in (
        "Figure 1.1: A line, with",
        "Table 1.2: A pipe table",
        "Exercise 2.1 (The mean) What is the mean of 1 and 3? See also Exercise 2.2.",
        "It is 2.0.",
        "Equation 2.1 is its equation; Equation 2.2 and Section 1.1 have others.",
        "Only on paper.",
        "Hidden on the web. Not on the web either.",
        "See Equation 3.1, Chapter 3, and Fig. 3.1.",
        "Exercise 3.1 (By attribute)",
        "Raw Typst.",
        "Appendix A",
    ):
        assert words in text
    assert "Only on the web." not in text
    assert "Raw HTML." not in text


def test_an_apostrophe_is_one_after_whatever_stands_before_it(make_book, tmp_path):
    words = "`f`'s, $x$'s, [a link](https://example.org)'s, @one's, *this*'s and hers', 'quoted'."
    files = {"b.bib": "@book{one, author = {One, Ann}, title = {T}, year = {2001}}\n"}
    words = words.replace(", ", ".\n\n")  # in one paragraph two of them would be a quotation to Pandoc, too
    text = f"{words}\n\n| a |\n|---|\n| `g()`'s |\n\n: Of `h`'s. {{#tbl-a}}\n"
    shown = make_book(tmp_path, text, files, "bibliography: b.bib")
    pdf = shown.pdf()
    for whose in ("f’s", "a link’s", "One (2001)’s", "this’s", "hers’", "‘quoted’", "g()’s", "h’s"):
        assert whose in pdf, whose
    assert pdf.count("‘") == 1


def test_in_an_answer_at_the_back_only_what_has_a_label_has_a_number(make_book, tmp_path):
    text = (
        "::: {#exr-a}\nAsk.\n:::\n\n::: {.answer}\nTold.\n\n| a |\n|---|\n| b |\n\n: Without a label.\n\n"
        "| c |\n|---|\n| d |\n\n: With one. {#tbl-c}\n\n:::\n"
    )
    filters = {"answers.lua": (Path(__file__).parents[3] / "filters/answers.lua").read_text("utf-8")}
    pdf = make_book(tmp_path, text, filters, "filters: [{at: pre-ast, path: answers.lua}]").pdf()
    assert "Table 1.1: With one." in pdf
    assert "Told. Without a label. a b" in pdf
    assert not re.search(r"\d: (Without a label|Table 1\.1)", pdf)


def test_what_a_formula_hides_is_no_heading_and_no_list(make_book, tmp_path):
    signs = r" \\ ".join(
        rf"& \phantom{{{{}} {sign} {{}}}} {letter}" for sign, letter in zip("=+-/", "abcd", strict=True)
    )
    shown = make_book(tmp_path, f"$$\n\\begin{{aligned}} {signs} \\end{{aligned}}\n$$ {{#eq-a}}")
    assert "(1.1)" in shown.pdf()
