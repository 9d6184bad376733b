"""Nothing of the instructor's edition is in the book that is published: no page, no phrase of a solution or a note."""

import gzip
import re
import shutil
import subprocess

import pytest
from test_prose import ROOT, take_apart, words_only

PAGES = sorted((ROOT / "problems").glob("[0-9][0-9]-*.qmd"))


def bare(text):
    return re.sub(r"\s+", "", text)


def phrases(path):
    """The longest run of plain words of each sentence of notes, tasks and solutions."""
    for _, line in take_apart(path, path.read_text("utf-8")).prose:
        runs = re.findall(r"[A-Za-z]+(?: [A-Za-z]+)+", words_only(line, shown="|"))
        longest = max(runs, key=len, default="")
        if len(longest.split()) > 6:
            yield bare(longest)


@pytest.fixture(scope="module")
def published(book):
    """All that is served, as text without spaces."""
    texts = []
    for file in sorted(book.rglob("*")):
        if file.suffix == ".pdf" and shutil.which("pdftotext"):
            data = subprocess.run(["pdftotext", file, "-"], capture_output=True, check=True).stdout
        elif file.is_file():
            data = file.read_bytes()
            data = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
        else:
            continue
        texts.append(bare(re.sub(r"<[^>]*>", "", data.decode("utf-8", "ignore"))))
    return "\n".join(texts)


def test_the_sources_of_the_book_had_them(book):
    """Else there would be nothing to publish by mistake."""
    if (book.parent / "chapters").is_dir():
        assert (book.parent / "_quarto-instructor.yml").is_file()
        assert len([*(book.parent / "problems").glob("*.qmd")]) > len(PAGES)


def test_no_page_is_there(book):
    assert not [file for file in book.rglob("*") if "problem" in file.name or "instructor" in file.name]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_no_phrase_is_there(path, published):
    found = [*phrases(path)]
    assert len(found) > 15
    assert [phrase for phrase in found if phrase in published] == []
