"""Settings do what Quarto makes of them, or are named once as its look: profiles, language, numbers, includes."""

import re
from pathlib import Path

import pytest

from press.__main__ import main
from press.build.book import check
from press.problems import BookError
from press.read import table
from press.read.project import read_project
from press.read.tables_page import as_page


def test_a_profile_adds_to_the_settings_and_shows_its_content(show, monkeypatch, capsys):
    text = '::: {.content-visible when-profile="teacher"}\nFor teachers.\n:::\n\n::: {.content-hidden when-profile="teacher"}\nFor others.\n:::\n'
    files = {"_quarto-teacher.yml": "book:\n  title: Taught\n  chapters: [extra.qmd]\n", "extra.qmd": "# Extra\n"}
    book = show(text, files)
    assert "For others." in book.words()
    assert "For teachers." not in book.words() + book.typst
    assert main(["build", "--renderer", "press", "--profile", "teacher", str(book.root)]) == 0
    assert "For teachers." in book.words()
    assert "For others." not in book.words()
    assert "Taught" in book.html()
    assert (book.root / "_book/extra.html").is_file()
    with pytest.raises(BookError, match="There is no profile nobody"):
        read_project(book.root, ("nobody",))
    capsys.readouterr()
    assert main(["build", "--profile", "teacher,nobody", str(book.root)]) == 1
    said = capsys.readouterr()
    assert said.err.startswith(
        "The book was not built:\nThere is no profile nobody: it would be _quarto-nobody.yml in "
    )
    assert said.err.endswith("; there is teacher.\n")
    assert said.out == ""


@pytest.fixture(autouse=True)
def no_profile(monkeypatch):
    monkeypatch.setenv("QUARTO_PROFILE", "")


def test_a_german_book_speaks_german(show):
    text = """Ein "Zitat", @sec-unter, @fig-b, @eq-g und @exr-a.

## Unter {#sec-unter}

::: {#fig-b}
Worte

Bild
:::

$$ x $$ {#eq-g}

::: {#exr-a}
Rechne.
:::

::: {.callout-warning}
Achtung.
:::
"""
    book = show(
        text,
        {"app.qmd": "# Mehr\n"},
        "lang: de",
        "  date: 2026-11-26\n  chapters: [index.qmd, one.qmd]\n  appendices: [app.qmd]",
    )
    for said in (book.words(), book.pdf().replace("\u00a0", " ")):
        assert "Ein „Zitat“, Abschnitt 1.1, Abbildung 1.1, Gleichung 1.1 und Übungsaufgabe 1.1." in said
        assert "Abbildung 1.1: Bild" in said
        assert "Warnung" in said
    assert "26. November 2026" in book.pdf()
    assert "Inhaltsverzeichnis" in book.pdf()
    assert "Anhang A" in book.pdf()
    english = {
        "Appendices",
        "Appendix",
        "Previous",
        "Next",
        "On this page",
        "Menu",
        "Skip to the text",
        "Figure",
        "Warning",
    }
    assert not [word for word in english if word in book.words("app", "body") or word in book.words(where="body")]


def test_settings_that_were_passed_over_in_silence(show):
    settings = "number-sections: false\nformat:\n  html:\n    toc-title: Inhalt\n  typst:\n    papersize: us-letter\n"
    book = show(
        "See @sec-sub.\n\n## Sub {#sec-sub}\n\n```{python}\nprint(1 + 1)\n```\n",
        settings=settings + "execute:\n  enabled: false\n",
        book="  chapters: [index.qmd, one.qmd]\n  author:\n    - name: Ada\n      affiliations:\n        - name: The Academy\n  subtitle: A *fine* one\n  repo-url: https://example.org/repo",
    )
    assert book.words().startswith("One See Sub. Sub# print(1 + 1)")
    assert "cell-output" not in book.html()
    assert "Ada (The Academy)" in book.words("index")
    assert "Ada (The Academy)" in book.pdf()
    assert "A fine one" in book.words("index")
    assert "A fine one" in book.pdf()
    assert 'paper: "us-letter"' in book.typst
    assert '<a href="https://example.org/repo">Source</a>' in book.html()
    assert "<p>Inhalt</p>" in book.html()


def test_a_chapter_s_front_matter(show):
    front = (
        "---\ntitle: A *titled* one\nauthor: Carl\ndate: 2/3/2024\nlang: de\n---\n\nText, @sec-x.\n\n## Sub {#sec-x}\n"
    )
    book = show(files={"one.qmd": front})
    assert book.words() == "1 A titled one Carl · 3. Februar 2024 Text, Abschnitt 1.1. 1.1 Sub#"
    assert '<html lang="de">' in book.html()
    assert "3. Februar 2024" in book.pdf()


def test_html_of_the_author_s_own_stands_in_head_and_body(show):
    settings = """include-in-header:
  - text: |
      <meta name="own" content="yes">
format:
  html:
    include-before-body: before.html
    include-after-body: {file: after.html}
"""
    book = show(settings=settings, files={"before.html": "<p>Before all.</p>", "after.html": "<p>After all.</p>"})
    assert [m.get("content") for m in book.page().iter("meta") if m.get("name") == "own"] == ["yes"]
    said = book.words(where="body")
    assert said.startswith("Before all.")
    assert said.endswith("After all.")


WORKS = {
    "works.json": '[{"id": "a2001", "type": "book", "title": "A", "author": [{"family": "Alpha"}], "issued": {"date-parts": [[2001]]}}]',
    "works.yaml": "references:\n- id: b2002\n  type: book\n  title: B\n  author:\n  - family: Beta\n  issued: 2002\n",
}


def test_citations_within_citations_and_lists_of_works_in_each_page(show):
    text = "Seen [@a2001, @b2002]; [@a2001, as in @b2002]; @a2001 says."
    files = {**WORKS, "two.qmd": "# Two\n\nAlso @b2002.\n"}
    book = show(text, files, "bibliography: [works.json, works.yaml]", "  chapters: [index.qmd, one.qmd, two.qmd]")
    said = "Seen (Alpha 2001, Beta (2002)); (Alpha 2001, as in Beta (2002)); Alpha (2001) says."
    assert said in book.words()
    assert said in book.pdf()
    assert book.words().endswith("References# Alpha. 2001. A. Beta. 2002. B.")
    assert book.words("two").endswith("Also Beta (2002). References# Beta. 2002. B.")
    assert book.pdf().count("Alpha. 2001.") == 1


def test_what_concerns_quarto_s_look_is_named_once(show, capsys):
    book = show(
        "Text.",
        settings="format:\n  html:\n    theme: cosmo\n  pdf:\n    documentclass: book\n",
        book="  favicon: x.png\n  chapters: [index.qmd, one.qmd]",
    )
    said = []
    check(read_project(book.root), said.append)
    (line,) = said
    assert "_quarto.yml:4: book.favicon" in line
    assert "format.html.theme" in line
    assert (
        "format.pdf is LaTeX's, and not made: press makes the PDF with Typst; give its settings under format: typst"
        in line
    )
    assert "documentclass" not in line


@pytest.mark.parametrize(
    "rows", [table.PROJECT, table.OPTIONS, table.EXECUTE, table.CELL, table.ATTRIBUTES, table.CLASSES]
)
def test_every_row_of_the_table_has_one_fate(rows):
    for row in rows.values():
        assert row.fate in (table.DONE, table.LOOK, table.REFUSED), row
        assert row.what, row


def test_the_table_is_in_the_documentation():
    page = Path(__file__).parents[3] / "docs/press.md"
    assert page.read_text("utf-8") == as_page(), "run python -m press.read.tables_page > docs/press.md"


def test_an_author_s_own_settings_are_for_meta_and_named_once(show):
    settings = "github: {owner: Ada}\nexecute-dir: project\npdf: {toc: true}\nexecute: {keep-md: true}"
    book = show(
        files={"one.qmd": "---\nedition: third\n---\n\n# One\n\n{{< meta github.owner >}}, {{< meta edition >}}.\n"},
        settings=settings,
    )
    assert "Ada, third." in book.words()
    said: list[str] = []
    check(read_project(book.root), said.append)
    for words in (
        "_quarto.yml:5: github, a value of its author's for {{< meta >}}",
        "_quarto.yml:6: execute-dir, which belongs under project, and does nothing here",
        "_quarto.yml:7: pdf, which belongs under format, and does nothing here",
        "_quarto.yml:8: execute.keep-md",
        "one.qmd: edition, a value of its author's for {{< meta >}}",
    ):
        assert said[0].count(words) == 1, words


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("bibliograpy: x.bib", "press does not know bibliograpy; is it bibliography?"),
        ("toc_depth: 2", "press does not know toc_depth; is it toc-depth?"),
        ("params: {a: 1}", "press does not do params: press has nothing like it"),
        ("book2: {title: x}", "press does not know book2; is it book?"),
    ],
)
def test_a_slip_and_what_press_has_not_are_refused(show, setting, message):
    with pytest.raises(BookError, match=rf"_quarto\.yml:5: {re.escape(message)}"):
        show("Words.", settings=setting)


def test_what_an_author_escaped_is_as_it_stands(show):
    assert "[^note], {#sec-x} and $$5." in show("Words\\[\\^note\\], \\{#sec-x} and \\$\\$5.").words()


def test_contents_go_as_deep_as_is_said_and_leave_out_what_is_unlisted(show):
    text = "## Two\n\n### Three\n\n## Hidden {.unnumbered .unlisted}\n\n## Shown {.unlisted}\n"
    files = {"one.qmd": f"---\nkeywords: [mixed, models]\n---\n\n# One\n\n{text}"}
    book = show(files=files, settings="toc-depth: 2")
    (contents,) = (e for e in book.page().iter("nav") if e.get("class") == "page-contents")
    said = " ".join("".join(contents.itertext()).split())
    assert "Two" in said
    assert "Shown" in said
    assert "Three" not in said
    assert "Hidden" not in said
    assert "Hidden" in book.words()
    assert book.typst.count("outlined: false") == 1
    assert [m.get("content") for m in book.page().iter("meta") if m.get("name") == "keywords"] == ["mixed, models"]


def test_where_nothing_runs_inline_code_stays_as_it_is(show):
    book = show("```{python}\n1 / 0\n```\n\nIt is `{python} 1 + 1`.", settings="execute: {enabled: false}")
    assert book.words().endswith("It is {python} 1 + 1.")
    assert "{python} 1 + 1" in book.typst


def test_works_and_equations_may_have_names_that_typst_has_not(show):
    keys = ("10.1371/journal.pone", "a+b", "end:")
    works = "".join(
        f"@book{{{key}, author = {{Alpha, A.}}, title = {{T{i}}}, year = 200{i}}}\n" for i, key in enumerate(keys)
    )
    text = "See @10.1371/journal.pone, @{a+b} and @{end:}.\n\n$$ x $$ {#eq-a/b}\n\n@eq-a/b"
    book = show(text, {"works.bib": works}, "bibliography: works.bib")
    for said in (book.words(), book.pdf()):
        assert "See Alpha (2000), Alpha (2001) and Alpha (2002)." in said
        assert "Equation 1.1" in said
