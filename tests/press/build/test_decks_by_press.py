"""Decks beside a book: what press makes of them, what it refuses and where, and that Quarto renders them too."""

import re
import shutil
import subprocess

import pytest

from press.build.book import build, check
from press.build.decks import check_decks
from press.problems import BookError
from press.read.decks import reveal_settings
from press.read.project import read_project

SETTINGS = """\
project:
  output-dir: ../_book/slides
format:
  revealjs:
    width: 1280
    height: 720
    html-math-method: mathml
    slide-number: c/t
"""
DECK = """\
---
title: A deck
---

```{python}
#| include: false
a = 2
```

## Asked first {#asked}

::: {.notes}
The speaker waits for $x$.
:::

How much is it?

. . .

It is `{python} str(a)`.

::: {.incremental}
- one
- two
:::

## A picture

```{python}
#| fig-alt: a line
import matplotlib.pyplot as plt

plt.plot([1, 2])
plt.show()
```
"""


@pytest.fixture
def book(tmp_path):
    """Write a small book with a deck: `book(text)`; `settings` are those of the decks."""

    def write(deck: str = DECK, settings: str = SETTINGS):
        (tmp_path / "slides").mkdir(exist_ok=True)
        (tmp_path / "_quarto.yml").write_text("project: {type: book}\nbook:\n  title: Small\n  chapters: [index.qmd]\n")
        (tmp_path / "index.qmd").write_text("# Preface {#sec-start}\n\nWords.\n")
        (tmp_path / "slides/_quarto.yml").write_text(settings)
        (tmp_path / "slides/one.qmd").write_text(deck)
        return tmp_path

    return write


def refused(root) -> str:
    with pytest.raises(BookError) as error:
        check_decks(read_project(root), lambda line: None)
    return str(error.value)


def test_a_deck_for_the_browser_and_as_pdfs(book):
    root, said = book(), []
    build(root, said.append, slides=True)
    page = (root / "_book/slides/one.html").read_text("utf-8")
    slides = re.findall(r"<section[^>]*>.*?</section>", page, re.S)
    assert len(slides) == 3
    assert '<aside class="notes">' in slides[1]
    assert re.search(r'<div class="fragment">\s*<p>It is 2\.</p>', slides[1])
    assert slides[1].count('<li class="fragment">') == 2
    assert re.search(r'<img[^>]*class="r-stretch"', slides[2])
    assert "code" not in slides[2] or "plt" in slides[2]
    assert "&#34;slideNumber&#34;: &#34;c/t&#34;" in page
    for name in re.findall(r'(?:src|href)="([^"#:]+)"', page):
        if not name.startswith("../"):
            assert (root / "_book/slides" / name).is_file(), name
    assert (root / "_book/slides/reveal/LICENSE").is_file()
    assert said.count("Nothing has changed since the book was built.") == 0
    build(root, said.append)  # the book alone: it is there already, and its slides stay
    assert said[-1] == "Nothing has changed since the book was built."
    assert (root / "_book/slides/one.html").is_file()
    if shutil.which("pdfinfo"):
        for name, pages, size in (("one", 3, "960 x 540"), ("one-notes", 1, "A4")):
            told = subprocess.run(
                ["pdfinfo", root / f"_book/slides/{name}.pdf"], capture_output=True, text=True, check=True
            ).stdout
            assert re.search(rf"Pages:\s+{pages}\n", told), told
            assert size in told


def test_a_book_without_slides_has_none(book):
    root = book()
    shutil.rmtree(root / "slides")
    assert check_decks(read_project(root), print) is None


def test_a_profile_of_the_book_is_one_of_its_decks_too_whether_or_not_they_have_settings_for_it(book):
    root = book(DECK + '\n## More\n\n::: {.content-visible when-profile="teacher"}\nFor teachers.\n:::\n')
    (root / "_quarto-teacher.yml").write_text("project: {output-dir: _book.teacher}\n")
    build(root, lambda line: None, slides=True)
    assert "For teachers." not in (root / "_book/slides/one.html").read_text("utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QUARTO_PROFILE", "teacher")
        build(root, lambda line: None, slides=True)
        assert "For teachers." in (root / "_book.teacher/slides/one.html").read_text("utf-8")
        (root / "slides/_quarto-teacher.yml").write_text("format: {revealjs: {slide-number: false}}\n")
        decks, _ = check_decks(read_project(root), lambda line: None)
        assert reveal_settings(decks)["slideNumber"] is False


def test_a_book_links_to_its_decks_where_they_are_made(book):
    root = book()
    link = '\n::: {.content-visible when-profile="slides"}\n[The slides](slides/one.html)\n:::\n'
    (root / "index.qmd").write_text(f"# Preface {{#sec-start}}\n\nWords.\n{link}")
    build(root, lambda line: None)
    assert "The slides" not in (root / "_book/index.html").read_text("utf-8")
    build(root, lambda line: None, slides=True)
    assert 'href="slides/one.html"' in (root / "_book/index.html").read_text("utf-8")
    assert (root / "_book/slides/one.html").is_file()
    (root / "index.qmd").write_text((root / "index.qmd").read_text().replace("one.html", "two.html"))
    with pytest.raises(BookError, match=r"index\.qmd:6: the link slides/two\.html leads nowhere"):
        build(root, lambda line: None, slides=True)


def test_a_slide_with_too_much_on_it_is_named(book):
    full = "---\ntitle: A deck\n---\n\n## The last of them\n\n" + "\n".join(f"- line {i}" for i in range(30)) + "\n"
    root = book(full)
    with pytest.raises(BookError) as error:
        build(root, lambda line: None, slides=True)
    line = full.split("\n").index("## The last of them") + 1
    assert re.fullmatch(
        rf"slides/one\.qmd:{line}: the slide “The last of them” has too much on it, by \d+ % of its height: .*",
        str(error.value),
    )
    assert not (root / "_book").exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("\n## More\n\n::: {.r-stack}\nx\n:::\n", "press does not know .r-stack"),
        ("\n## More\n\n[away](../chapters/none.html)\n", "the link ../chapters/none.html leads nowhere"),
        ("\n## More\n\nSee @smith2000.\n", "smith2000"),
    ],
)
def test_what_press_cannot_show_is_refused_with_its_line(book, text, message):
    said = refused(book(DECK + text))
    assert re.match(r"slides/one\.qmd:3\d: ", said), said
    assert message in said


def test_slides_begin_with_two_marks(book):
    said = refused(book(DECK + "\n# A second title\n"))
    assert said == "slides/one.qmd:1: the title stands here and as a heading (# Title): twice makes two chapters"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ("project: {output-dir: out}\n", "slides/_quarto.yml:1: decks belong beside the book's pages"),
        (SETTINGS + "filters: [x.lua]\n", "press makes decks without filters"),
        (SETTINGS.replace("revealjs", "beamer"), "slides/_quarto.yml:4: the format of decks is revealjs, not beamer"),
        (SETTINGS + "    footer: Words\n", "slides/_quarto.yml:9: press does not do format.revealjs.footer"),
        (SETTINGS.replace("width: 1280", "width: wide"), "slides/_quarto.yml:5: format.revealjs.width is number"),
        (SETTINGS + "    css: none.css\n", "there is no file none.css"),
    ],
)
def test_settings_that_press_cannot_follow_are_refused_with_their_line(book, settings, message):
    assert message in refused(book(settings=settings))


def test_a_chapter_still_has_no_notes_for_speakers(book):
    root = book()
    (root / "index.qmd").write_text("# Preface\n\n::: {.notes}\nx\n:::\n")
    with pytest.raises(BookError, match=r"index\.qmd:3: press does not know \.notes"):
        check(read_project(root))
