"""Every page of the book, as it is built: valid, whole, light, and without a number that Python wrote for itself."""

import gzip
import os
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from itertools import pairwise

import html5lib
import numpy as np
import pytest

from hlm.plots.dark import GREY
from hlm.plots.style import DARK

XHTML = "{http://www.w3.org/1999/xhtml}"


@pytest.fixture(scope="module")
def pages(book):
    """The parsed pages by path. The parser is strict: it refuses HTML that is not valid (press's, not Quarto's)."""
    parser = html5lib.HTMLParser(strict="BOOK" not in os.environ)
    files = [p for p in sorted(book.rglob("*.html")) if p.relative_to(book).parts[0] != "slides"]  # test_decks has them
    return {p.relative_to(book).as_posix(): parser.parse(p.read_text("utf-8")) for p in files}


def words(element: ET.Element) -> str:
    return " ".join("".join(element.itertext()).split())


def main(page: ET.Element) -> ET.Element:
    (found,) = page.iter(f"{XHTML}main")
    return found


def test_every_link_leads_somewhere(book, pages):
    targets = {name: {e.get("id") for e in page.iter() if e.get("id")} for name, page in pages.items()}
    for name, page in pages.items():
        if name == "404.html":
            continue
        for a in page.iter(f"{XHTML}a"):
            href = a.get("href", "")
            if re.match(r"[a-z]+:", href):
                continue
            path, _, fragment = href.partition("#")
            file = (book / name).parent.joinpath(path).resolve() if path else book / name
            file = (
                file / "index.html" if file.is_dir() else file
            )  # what a server shows; Quarto's name of the book is such
            assert file.is_file(), f"{name}: {href}"
            if fragment and file.suffix == ".html":  # a figure's #dark is its other palette
                assert fragment in targets[file.relative_to(book.resolve()).as_posix()], f"{name}: {href}"


def test_every_picture_has_words_and_is_there(book, pages):
    for name, page in pages.items():
        for image in page.iter(f"{XHTML}img"):
            assert len(image.get("alt", "")) > 20, f"{name}: {image.get('src')}"
            path = image.get("src").removesuffix("#dark")
            assert (book / name).parent.joinpath(path).is_file(), f"{name}: {image.get('src')}"


def test_every_figure_is_drawn_in_the_books_palette_and_for_the_dark_too(book):
    """Greys may lie between two of the palette's; a colour of another hue is one that nobody has seen in the dark."""
    known = {color.lower() for color in DARK}
    figures = list(book.rglob("*_files/**/*.svg"))
    assert len(figures) > 50
    for figure in figures:
        svg = figure.read_text("utf-8")
        assert '<g id="dark"/>' in svg, figure.name
        styles = " ".join(re.findall(r'style="([^"]*)"', svg))
        others = set(re.findall(r"#[0-9a-f]{6}", styles)) - known
        hues = {color for color in others if np.ptp([int(color[k : k + 2], 16) for k in (1, 3, 5)]) > GREY}
        assert hues == set(), figure.name


@pytest.mark.press
def test_headings_go_down_one_level_at_a_time_and_identifiers_are_unique(pages):
    for name, page in pages.items():
        levels = [int(e.tag[-1]) for e in main(page).iter() if re.fullmatch(rf"{re.escape(XHTML)}h[1-6]", e.tag)]
        assert levels[:1] == [1], name
        assert levels.count(1) == 1, name
        assert all(after <= before + 1 for before, after in pairwise(levels)), name
        identifiers = [e.get("id") for e in page.iter() if e.get("id")]
        assert len(identifiers) == len(set(identifiers)), name


def test_tables_have_headers_with_a_scope(pages):
    for name, page in pages.items():
        for table in page.iter(f"{XHTML}table"):
            heads = [th for th in table.iter(f"{XHTML}th") if words(th)]
            assert heads, f"{name}: {words(table)[:60]}"


def test_no_number_is_shown_as_python_writes_it(pages):
    for name, page in pages.items():
        wrong = r"<[a-z_.]+ object at|\bnan\b|Traceback"
        if not name.endswith("d-reference.html"):  # it names warnings, and quotes code with numpy's functions
            wrong += r"|\bnp\.\w+\(|Warning:"
        assert not re.findall(wrong, words(main(page))), name
        for element in main(page).iter():
            if element.tag not in (f"{XHTML}p", f"{XHTML}td", f"{XHTML}figcaption"):
                continue
            assert not re.findall(r"(?<![\w.])\d+\.\d{13,}", words(element)), f"{name}: {words(element)}"


def test_no_markdown_is_left_over(pages):
    for name, page in pages.items():
        paragraphs = (words(p) for p in main(page).iter(f"{XHTML}p"))
        left = [p for p in paragraphs if re.search(r":::|\{#|\{\.|\?@|@(sec|fig|tbl|eq|exr)-|\[\^|\{python\}", p)]
        assert left == [], name


def test_the_pdf_is_set_in_the_fonts_of_the_site(book):
    if not shutil.which("pdffonts"):
        pytest.skip("pdffonts (poppler-utils) is not installed")
    listed = subprocess.run(["pdffonts", book / "students-in-schools.pdf"], capture_output=True, text=True, check=True)
    fonts = {name.partition("+")[2].removesuffix("-Identity-H") for name in re.findall(r"^\S+", listed.stdout, re.M)}
    assert {"SourceSerifPro-Regular", "SourceSerifPro-It", "SourceSerifPro-Bold", "STIXTwoMath"} <= fonts
    assert [name for name in fonts if name and not name.startswith(("SourceSerifPro", "STIXTwoMath", "DejaVu"))] == []


@pytest.mark.press
def test_no_page_of_the_pdf_ends_with_what_leads_to_the_next_or_has_three_lines(book):
    if not shutil.which("pdftotext"):
        pytest.skip("pdftotext (poppler-utils) is not installed")
    command = ["pdftotext", "-layout", book / "students-in-schools.pdf", "-"]
    text = subprocess.run(command, capture_output=True, encoding="utf-8", check=True).stdout
    pages = [[line.strip() for line in page.splitlines() if line.strip()] for page in text.split("\f")]
    numbered = [page for page in pages if page and page[-1].isdigit()]
    assert len(numbered) > 200
    for *lines, number in numbered:
        assert not re.search(r":$|^(Example|Raises|Takes|Gives|Attributes)$", lines[-1]), (number, lines[-1])
        assert len(lines) > 4 or lines[0] in ("I", "II"), (number, lines)  # the titles of parts


@pytest.mark.press
def test_a_page_weighs_little(book, pages):
    """With its style, scripts and figures, at most 150 kB compressed; fonts apart, which all pages share."""

    def weight(path):
        return len(gzip.compress((book / path).read_bytes(), 9))

    frame = sum(weight(p.relative_to(book)) for p in (book / "assets").iterdir() if p.suffix in (".css", ".js"))
    for name, page in pages.items():
        shown = {(book / name).parent / image.get("src").partition("#")[0] for image in page.iter(f"{XHTML}img")}
        assert weight(name) + frame + sum(map(weight, shown)) < 150_000, name


def test_nothing_is_asked_of_another_host(book):
    for page in book.rglob("*.html"):
        text = page.read_text("utf-8")
        assert not re.findall(r'<(?:script|img|iframe|link rel="(?!canonical))[^>]*(?:src|href)="(?:https?:)?//', text)


@pytest.mark.press
def test_a_page_forbids_what_it_does_not_need(book):
    for page in book.rglob("*.html"):
        text = page.read_text("utf-8")
        assert not re.findall(r"<[^>]*\s(?:style|on[a-z]+)=|<script>|<style", text)
        assert "default-src 'self'" in text
