"""The page of Quarto's PDF: `assets/quarto/typst-show.typ` with what Quarto writes of a book, set by Typst.

`test_parity.py` compares the books that both renderers make where Quarto is; this runs everywhere.
"""

import shutil
import subprocess
from pathlib import Path

import pypandoc
import pytest
import typst

ROOT = Path(__file__).parents[2]
FRONT = """
#let callout-numbering = it => it
#show heading.where(level: 1): it => { counter(figure.where(kind: "quarto-float-fig")).update(0); it }
"""
# As Quarto 1.9 writes it: parts and appendices by functions, its own kinds of figures, references by supplement.
BODY = """
#heading(level: 1, numbering: none)[Preface]
See #ref(<sec-one>, supplement: [Chapter]) and #ref(<sec-more>, supplement: [Appendix]). It ends with
#ref(<sec-two>, supplement: [Chapter]).

#part[The first half]
= Opening
<sec-one>
#Skylighting(([#raw("d = hlm.load_hsb()");], [], [#raw("d.head(6)");],));
#figure([#rect()], caption: figure.caption(position: bottom, [A box.]), kind: "quarto-float-fig", supplement: "Figure")
<fig-box>
#ref(<fig-box>, supplement: [Figure]) shows it, and #ref(<eq-one>, supplement: [Equation]) says it.
#math.equation(block: true, numbering: number => "(" + of-chapter(number) + ")", [ $ a = b $ ])<eq-one>
#callout(body: [Mind the gap.], title: [A warning], background_color: rgb("#fcefdc"), icon_color: rgb("#EB9113"), icon: none,
  body_background_color: white)
#part[The second half]
= Middle
<sec-two>
== A section
#figure([#table(columns: 2, table.header([a], [b]), table.hline(), [1], [2])], caption: figure.caption(position: top, [Two.]),
  kind: "quarto-float-tbl", supplement: "Table")
<tbl-two>
#ref(<tbl-two>, supplement: [Table]).
#heading(level: 1, numbering: none)[References]
None.
#show: appendices.with("Appendices", hide-parent: true)
#heading(level: 1, numbering: none)[Appendices]
= More
<sec-more>
#figure([#rect()], caption: figure.caption(position: bottom, [Another.]), kind: "quarto-float-fig", supplement: "Figure")
<fig-more>
#ref(<fig-more>, supplement: [Figure]).
"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    return set_pages(tmp_path_factory, BODY)


def set_pages(tmp_path_factory, body):
    """The words of each page."""
    if not shutil.which("pdftotext"):
        pytest.skip("pdftotext (poppler-utils) is not installed")
    folder = tmp_path_factory.mktemp("quarto-page")
    shutil.copytree(ROOT / "src/press/write/site", folder / "src/press/write/site")
    metadata = ["title=A book", "subtitle=Of tests", "by-author.name.literal=Somebody", "lang=en-GB", "toc-depth=2"]
    command = [pypandoc.get_pandoc_path(), "--to=typst", f"--template={ROOT / 'assets/quarto/typst-show.typ'}"]
    command += [word for one in metadata for word in ("--variable", one)]
    head = subprocess.run(command, input="", capture_output=True, encoding="utf-8", check=True).stdout
    (folder / "index.typ").write_text(head + FRONT + body, "utf-8")
    typst.compile(str(folder / "index.typ"), output=str(folder / "index.pdf"), root=str(folder))
    words = ["pdftotext", folder / "index.pdf", "-"]
    said = subprocess.run(words, capture_output=True, encoding="utf-8", check=True).stdout
    return [" ".join(page.split()) for page in said.removesuffix("\f").split("\f")]


def page_with(pages, words):
    (found,) = [page for page in pages if words in page and "Contents" not in page]
    return found


def test_references_have_no_stray_stop(pages):
    assert "See Chapter 1 and Appendix A. It ends with Chapter 2." in page_with(pages, "See Chapter")


def test_parts_are_no_chapters_and_have_pages_of_their_own(pages):
    assert [page for page in pages if page.startswith(("I The first half", "II The second half"))]
    assert "2 Middle" in page_with(pages, "A section")


def test_numbers_are_those_of_the_chapter(pages):
    assert "Figure 1.1: A box." in page_with(pages, "A box")
    assert "Figure 1.1 shows it, and Equation (1.1) says it." in page_with(pages, "A box")
    assert "Table 2.1: Two." in page_with(pages, "A section")
    assert "Figure A.1: Another." in page_with(pages, "Another")


def test_no_page_is_empty(pages):
    assert [page for page in pages if not page.strip("0123456789ivx ")] == []
    assert page_with(pages, "Another").startswith("Appendix A More")


def test_no_page_nor_the_contents_say_appendices_in_any_language(pages, tmp_path_factory):
    assert not [page for page in pages if "Appendices" in page]
    german = set_pages(tmp_path_factory, BODY.replace("Appendices", "Anhänge"))
    assert not [page for page in german if "Anhänge" in page]
    assert page_with(german, "Another").startswith("Appendix A More")


def test_a_callout_has_its_title_and_words(pages):
    assert "A warning Mind the gap." in page_with(pages, "Mind")


def test_code_keeps_its_lines(pages):
    assert "d = hlm.load_hsb() d.head(6)" in page_with(pages, "hlm.load_hsb")
