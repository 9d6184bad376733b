"""What runs again after an edit, and that two builds of the same sources are the same, byte for byte."""

import shutil

import pytest

from press.build.book import build
from press.problems import BookError
from press.write import pages


def built_again(root):
    """Build; the chapters whose cells ran."""
    said = []
    build(root, said.append)
    return sorted(line.split()[1].rstrip(":") for line in said if line.startswith("  ran"))


@pytest.fixture
def book(built, tmp_path):
    root = tmp_path / "book"
    shutil.copytree(built, root)
    return root


def test_nothing_changed_nothing_is_done(book):
    said = []
    before = (book / "_book/index.html").stat()
    build(book, said.append)  # a copy has other times, so the pages are written anew, but no cell runs
    build(book, said.append)
    assert said == ["Nothing has changed since the book was built."]
    assert (book / "_book/index.html").stat().st_size == before.st_size


def test_a_word_runs_no_cell(book):
    chapter = book / "chapters/01-one.qmd"
    chapter.write_text(chapter.read_text().replace("The first sentence", "This sentence"))
    assert built_again(book) == []
    assert "This sentence cites" in (book / "_book/chapters/01-one.html").read_text()


def test_a_cell_runs_its_chapter(book):
    chapter = book / "chapters/01-one.qmd"
    chapter.write_text(chapter.read_text().replace("x = 41", "x = 42"))
    assert built_again(book) == ["chapters/01-one.qmd"]
    assert ">43<" in (book / "_book/chapters/01-one.html").read_text()
    chapter.write_text(chapter.read_text().replace("x = 42", "x = 41"))
    assert built_again(book) == []  # an edit taken back


def test_an_inline_expression_runs_its_chapter(book):
    chapter = book / "chapters/02-two.qmd"
    chapter.write_text(chapter.read_text().replace("(1 + 3) / 2", "(1 + 5) / 2"))
    assert built_again(book) == ["chapters/02-two.qmd"]


def test_data_or_code_runs_every_chapter(book):
    for file in ("data/numbers.csv", "src/hlm/new.py", "tests/reference/r.json", "requirements/book.txt"):
        (book / file).parent.mkdir(parents=True, exist_ok=True)
        (book / file).write_text("# new\n")
        assert built_again(book) == ["chapters/01-one.qmd", "chapters/02-two.qmd", "chapters/03-more.qmd"], file


def test_a_touched_page_is_made_anew(book):
    build(book, lambda line: None)
    (book / "_book/index.html").write_text("vandal")
    assert built_again(book) == []
    assert "vandal" not in (book / "_book/index.html").read_text()


def test_two_builds_are_the_same_byte_for_byte(built, sample):
    build(sample, lambda line: None)
    assert files(sample) == files(built)


def files(root):
    return {f.relative_to(root): f.read_bytes() for f in sorted((root / "_book").rglob("*")) if f.is_file()}


def changed(book, words):
    chapter = book / "chapters/01-one.qmd"
    chapter.write_text(chapter.read_text() + f"\n{words}\n")
    return chapter


def pdf_of(book):
    (file,) = (book / "_book").glob("*.pdf")
    return file.read_bytes()


def test_in_a_preview_the_pages_come_first_and_then_pdf_and_notebooks(book):
    changed(book, "These are new words.")
    old, seen = pdf_of(book), []
    notebook = book / "_book/chapters/01-one.ipynb"

    def go_on():
        seen.append("new words" in (book / "_book/chapters/01-one.html").read_text())
        seen.append(pdf_of(book) == old and "new words" not in notebook.read_text())  # there, so that no link is dead
        return True

    build(book, lambda line: None, pages_first=go_on)
    assert seen == [True, True]
    whole = files(book)
    assert pdf_of(book) != old
    assert "new words" in notebook.read_text()
    (book / ".press/stamp.json").unlink()
    build(book, lambda line: None)  # all of it at once is the same book
    assert files(book) == whole
    said = []
    build(book, said.append)
    assert said == ["Nothing has changed since the book was built."]


def test_a_pdf_that_is_no_longer_wanted_is_made_by_the_next_build(book):
    changed(book, "Words one.")
    old = pdf_of(book)
    build(book, lambda line: None, pages_first=lambda: False)
    assert pdf_of(book) == old
    build(book, lambda line: None)
    assert pdf_of(book) != old


def test_if_the_pdf_fails_the_pages_are_there_and_the_old_pdf_too(book, monkeypatch):
    changed(book, "Words two.")
    old = pdf_of(book)

    def fails(*given):
        raise BookError("Typst: no")

    monkeypatch.setattr("press.write.pdf.typeset", fails)
    with pytest.raises(BookError, match="Typst: no"):
        build(book, lambda line: None, pages_first=lambda: True)
    assert "Words two." in (book / "_book/chapters/01-one.html").read_text()
    assert pdf_of(book) == old
    assert not list((book / ".press").glob("stage-*"))
    monkeypatch.undo()
    build(book, lambda line: None)
    assert pdf_of(book) != old


def test_what_is_lost_in_the_pages_is_told_before_they_are_shown(book, monkeypatch):
    changed(book, "Words three.")
    before = (book / "_book/chapters/01-one.html").read_text()
    finish = pages.finish
    monkeypatch.setattr(pages, "finish", lambda *given: finish(*given).replace("Words three.", "Words."))
    with pytest.raises(BookError, match=r"01-one\.qmd:\d+: .*three.* is not in the page"):
        build(book, lambda line: None, pages_first=lambda: True)
    assert (book / "_book/chapters/01-one.html").read_text() == before
