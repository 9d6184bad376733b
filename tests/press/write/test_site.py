"""The sample book, built whole: what a reader of its pages finds there."""

import re
import xml.etree.ElementTree as ET

import html5lib
import pytest

from press.build.book import build

XHTML = "{http://www.w3.org/1999/xhtml}"


@pytest.fixture(scope="module")
def page(built):
    def read(name: str) -> ET.Element:
        text = (built / "_book" / name).read_text("utf-8")
        return html5lib.HTMLParser(strict=True).parse(text)  # strict: the HTML must be valid to the letter

    return read


def words(element: ET.Element) -> str:
    return " ".join("".join(element.itertext()).replace("\u00a0", " ").split())


def by_id(page: ET.Element, identifier: str) -> ET.Element:
    (found,) = [e for e in page.iter() if e.get("id") == identifier]
    return found


def links(page: ET.Element) -> dict[str, str]:
    return {a.get("href"): words(a) for a in page.iter(f"{XHTML}a") if a.get("class") == "xref"}


def test_chapters_sections_and_appendices_are_numbered(page):
    def headings(name):
        return [words(e).rstrip("#") for e in page(name).iter() if e.tag in (f"{XHTML}h1", f"{XHTML}h2")]

    assert headings("index.html") == ["Preface", "What is here"]
    assert headings("chapters/01-one.html") == ["1 One figure, one table", "1.1 Tables", "1.2 Text output"]
    assert headings("chapters/a-proofs.html") == ["Appendix A Proofs", "A.1 Details"]


def test_references_say_what_they_point_at_in_this_chapter_and_in_others(page):
    assert links(page("index.html")) == {
        "chapters/01-one.html#fig-line": "Figure 1.1",
        "chapters/01-one.html#tbl-two": "Table 1.1",
        "chapters/01-one.html#sec-one": "Chapter 1",
        "chapters/a-proofs.html#sec-proofs": "Appendix A",
    }
    assert links(page("chapters/02-two.html")) == {
        "#eq-model": "Equation 2.1",
        "#eq-sum": "Equation 2.2",
        "01-one.html#sec-tables": "Section 1.1",
        "01-one.html#fig-line": "Figure 1.1",
        "#exr-second": "Exercise 2.2",
    }
    assert links(page("chapters/a-proofs.html")) == {"#eq-one": "Equation A.1", "01-one.html#tbl-pipe": "Table 1.2"}


def test_every_link_inside_the_book_leads_somewhere(built, page):
    pages = {p.relative_to(built / "_book").as_posix(): None for p in (built / "_book").rglob("*.html")}
    for name in pages:
        pages[name] = page(name)
    for name, tree in pages.items():
        for a in tree.iter(f"{XHTML}a"):
            href = a.get("href")
            if re.match(r"[a-z]+:", href):
                continue
            path, _, fragment = href.partition("#")
            here = built / "_book" / name
            target = here.parent.joinpath(path).resolve() if path else here
            if name == "404.html":  # shown at any depth: its links start from the root
                assert path.startswith("/") or not path
                target = built / "_book" / path.lstrip("/") if path else here
            assert target.is_file(), (name, href)
            if fragment:
                by_id(pages[target.relative_to((built / "_book").resolve()).as_posix()], fragment)


def test_captions_carry_number_words_and_maths(page):
    chapter = page("chapters/01-one.html")
    figure = by_id(chapter, "fig-line")
    assert words(figure.find(f"{XHTML}figcaption")).startswith("Figure 1.1: A line, with x")
    (image,) = figure.iter(f"{XHTML}img")
    assert image.get("alt") == "A line that rises from 0 to 2."
    assert image.get("src") == "01-one_files/fig-line.svg"
    assert words(by_id(chapter, "tbl-two").find(f"{XHTML}figcaption")) == "Table 1.1: Raw HTML, in Markdown."
    assert words(by_id(chapter, "tbl-pipe").find(f"{XHTML}figcaption")) == "Table 1.2: A pipe table"


def test_a_figure_is_an_svg_with_its_text_as_text(built):
    svg = (built / "_book/chapters/01-one_files/fig-line.svg").read_text("utf-8")
    assert ">0.25</text>" in svg
    assert "<dc:date>1970-01-01" in svg  # SOURCE_DATE_EPOCH: the same bytes on any day


def test_inline_code_is_computed_and_strings_are_not_markdown(page):
    text = words(page("chapters/01-one.html"))
    assert "Two and two are 4, a name is a*b, and 1.50 is bold." in text


def test_output_of_cells_is_shown_and_hidden_as_asked(page):
    chapter = page("chapters/01-one.html")
    (fold,) = chapter.iter(f"{XHTML}details")
    assert words(fold.find(f"{XHTML}summary")) == "Show the code"
    outputs = [words(e) for e in chapter.iter(f"{XHTML}div") if "cell-output" in e.get("class", "")]
    assert outputs == ["hello", "42"]
    assert "y = x" not in words(chapter)  # include: false
    assert "Markdown(" not in words(chapter)  # echo: false


def test_citations_lead_to_the_list_of_works(page):
    chapter = page("chapters/01-one.html")
    cited = [a.get("href") for a in chapter.iter(f"{XHTML}a") if "ref-" in (a.get("href") or "")]
    assert "../references.html#ref-satterthwaite1946" in cited
    entry = words(by_id(page("references.html"), "ref-satterthwaite1946"))
    assert entry.startswith("Satterthwaite, F. E. 1946. “An Approximate Distribution")
    assert "bates2015" not in words(page("references.html"))  # in the bibliography, but not cited


def test_equations_are_mathml_with_a_number(page):
    equation = by_id(page("chapters/02-two.html"), "eq-model")
    assert [e for e in equation.iter() if e.tag.endswith("}math")]
    assert words(equation).endswith("(2.1)")


def test_callouts_exercises_tabs_and_what_is_for_one_format(page):
    chapter = page("chapters/02-two.html")
    folded = {words(e.find(f"{XHTML}summary")): words(e) for e in chapter.iter(f"{XHTML}details")}
    assert folded == {
        "Careful: it folds": "Careful: it folds Folded text, with Figure 1.1.",
        "Answer": "Answer It is 2.0.",
    }
    assert words(by_id(chapter, "exr-first")).startswith("Exercise 2.1 (The mean) What is the mean of 1 and 3?")
    text = words(chapter)
    assert "Python First tab. R Second tab." in text  # readable without scripts, one after the other
    assert "Only on the web." in text
    assert "Raw HTML." in text
    assert "Only on paper." not in text
    assert "Raw Typst." not in text


def test_odds_and_ends(page):
    chapter = page("chapters/03-more.html")
    text = words(chapter)
    outputs = [words(e) for e in chapter.iter(f"{XHTML}div") if "cell-output" in e.get("class", "")]
    assert outputs == ["````", "<b>&amp;</b>", "to stderr"]
    assert "Some Markdown, printed." in text
    assert "not to be seen" not in outputs
    assert "never_run()" in text
    assert (
        words(by_id(chapter, "fig-two-lines")) == "Figure 3.2: A caption of two lines, with a “quote” and Figure 3.1."
    )
    assert [i.get("alt") for i in chapter.iter(f"{XHTML}img")] == ["A dot.", 'Two lines: "up" and down.']
    assert words(by_id(chapter, "tbl-by-hand")).startswith("Table 3.1: A table in a div")
    assert [th.get("scope") for th in chapter.iter(f"{XHTML}th")] == ["col"]
    assert {d.get("open") for d in chapter.iter(f"{XHTML}details")} == {""}
    assert "See Equation 3.1, Chapter 3, and Fig. 3.1." in text
    assert words(by_id(chapter, "exr-named")) == "Exercise 3.1 (By attribute) A list comes first."
    assert "Only here." in text
    assert "on the web" not in text
    assert "[1, 2], <i>." in text
    (description,) = [m.get("content") for m in chapter.iter(f"{XHTML}meta") if m.get("name") == "description"]
    assert description == "A chapter of odds and ends."


def test_pages_know_their_neighbours(page):
    turns = {a.get("rel"): a.get("href") for a in page("chapters/02-two.html").iter(f"{XHTML}a") if a.get("rel")}
    assert turns == {"prev": "01-one.html", "next": "03-more.html"}


def test_nothing_is_asked_of_another_host(built):
    for page in (built / "_book").rglob("*.html"):
        text = page.read_text("utf-8")
        assert not re.findall(r'<(?:script|link|img|iframe)[^>]*(?:src|href)="(?:https?:)?//', text)
        assert "default-src 'self'" in text
        assert not re.findall(r"<[^>]*\s(?:style|onclick|onload)=", text)
        assert not re.findall(r"<script>|<style", text)
    for sheet in (built / "_book").rglob("*.css"):
        assert "//" not in re.sub(r"/\*.*?\*/", "", sheet.read_text("utf-8"), flags=re.S)


def test_a_book_that_knows_its_address_says_so(known):
    config = known / "_quarto.yml"
    config.write_text(
        config.read_text().replace(
            "  output-file",
            "  site-url: https://example.org/books/\n  image: share.png\n  image-alt: A curve.\n  output-file",
        )
    )
    (known / "share.png").write_bytes(b"PNG")
    build(known, say=lambda line: None)
    assert "<loc>https://example.org/books/chapters/01-one.html</loc>" in (known / "_book/sitemap.xml").read_text()
    page = (known / "_book/chapters/01-one.html").read_text()
    assert '<link rel="canonical" href="https://example.org/books/chapters/01-one.html">' in page
    assert '<meta name="citation_author" content="Ben Reader">' in page
    assert '<meta property="og:image" content="https://example.org/books/share.png">' in page
    assert '<meta property="og:image:alt" content="A curve.">' in page
    assert (known / "_book/share.png").is_file()
    assert 'href="/books/assets/press.css"' in (known / "_book/404.html").read_text()
