"""Lua filters as Quarto runs them: at the right time, on the right document, with a clear word when they fail."""

import re
from pathlib import Path

import pytest

from press.build.book import build, check
from press.problems import BookError
from press.read.project import read_project

LOUD = """\
function Str(text)
  if text.text == "pipe" then
    return pandoc.Str(FORMAT .. (quarto.doc.is_format("html") and "-site" or "-pdf"))
  end
end
"""


def add(root, code, setting="{at: pre-ast, path: filters/new.lua}"):
    (root / "filters").mkdir(exist_ok=True)
    (root / "filters/new.lua").write_text(code)
    config = root / "_quarto.yml"
    config.write_text(re.sub(r"(?m)^filters:.*\n", "", config.read_text()) + f"\nfilters: [{setting}]\n")


def problem(root):
    with pytest.raises(BookError) as error:
        check(read_project(root))
    return str(error.value)


def page(root, name):
    return (root / "_book/chapters" / name).read_text("utf-8")


def test_a_filter_changes_pages_and_pdf_and_knows_which_it_is_in(known, monkeypatch):
    import press.write.pdf

    typst = []
    typeset = press.write.pdf.typeset
    monkeypatch.setattr(
        press.write.pdf, "typeset", lambda work, folder, text: (typst.append(text), typeset(work, folder, text))[1]
    )
    add(known, LOUD)
    build(known, say=lambda line: None)
    assert "A html-site table" in page(known, "01-one.html")
    assert "A typst-pdf table" in typst[0]


def test_another_filter_makes_another_book(known):
    add(known, LOUD.replace("FORMAT", '"first"'))
    build(known, say=lambda line: None)
    assert "A first-site table" in page(known, "01-one.html")
    (known / "filters/new.lua").write_text(LOUD.replace("FORMAT", '"second"'))
    said = []
    build(known, said.append)
    assert "A second-site table" in page(known, "01-one.html")
    assert not [line for line in said if "ran" in line], "no cell runs again"


def test_what_a_filter_reads_makes_another_book_too(known):
    add(
        known,
        'local word = dofile(PANDOC_SCRIPT_FILE:gsub("new.lua", "word.lua"), nil)\n' + LOUD.replace("FORMAT", "word"),
    )
    (known / "filters/word.lua").write_text('return "early"')
    build(known, say=lambda line: None)
    (known / "filters/word.lua").write_text('return "late"')
    build(known, say=lambda line: None)
    assert "A late-site table" in page(known, "01-one.html")


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (
            "function Str(s)\n  error('I do not like ' .. s.text)\nend",
            "filters/new.lua:2: the filter fails: I do not like ",
        ),
        (
            "function Str(s) return s.nothing.more end",
            "filters/new.lua:1: the filter fails: attempt to index a nil value",
        ),
        ("function Str(s", "filters/new.lua:1: the filter fails: ')' expected near <eof>"),
        ("assert(false, 'no place')", "filters/new.lua:1: the filter fails: no place"),
        ("function Div(d) return quarto.Callout {} end", "press has no quarto.Callout, only quarto.doc.is_format"),
        ("function Str(s) quarto.doc.add_html_dependency {} end", "press has no quarto.doc.add_html_dependency, only"),
        ("function Str(s) return 1 end", "filters/new.lua: the filter fails: "),
        ("io.write('hello')", "A filter (filters/new.lua) writes to standard output; print(...) may."),
    ],
)
def test_a_filter_that_fails_is_named_before_any_cell_runs(sample, code, message):
    add(sample, code)
    said = problem(sample)
    assert message in said
    assert "stack traceback" not in said
    assert str(sample) not in said


CHECKS = Path(__file__).parents[3] / "filters/checks.lua"
CHECK = """\

::: {.check}

How far is *this* from @tbl-pipe,
with `{python} str(7)` and $x_1$?

::: {.number}
`{python} VALUE`
:::

::: {.answer}
So far.
:::

:::
"""


def test_a_self_check_that_is_none_is_named_with_its_own_line(known):
    """The filter sees no lines, but says the words: before cells run if it can be seen there, else when they have."""
    add(known, CHECKS.read_text("utf-8"))
    chapter = known / "chapters/02-two.qmd"
    text = chapter.read_text("utf-8")
    line = len(text.splitlines()) + 4
    chapter.write_text(text + CHECK.replace(".answer", ".reply").replace("VALUE", "str(2)"))
    said = problem(known)
    assert said.startswith(f"chapters/02-two.qmd:{line}: a check has no .answer: “How far is")
    assert len(said.splitlines()) == 1

    chapter.write_text(text + CHECK.replace("VALUE", "float"))
    check(read_project(known))
    with pytest.raises(BookError) as error:
        build(known, say=lambda line: None)
    assert str(error.value).startswith(f"chapters/02-two.qmd:{line}: the .number of a check is a number and its unit")
    assert not (known / "_book").exists()

    chapter.write_text(text + CHECK.replace("VALUE", "str(2)"))
    build(known, say=lambda line: None)
    assert 'data-number="2"' in page(known, "02-two.html")


def test_what_a_filter_prints_is_shown(sample, capfd):
    add(sample, 'print("here", 1, nil)')
    check(read_project(sample))
    assert "here\t1\tnil\n" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("{at: pre-ast, path: filters/none.lua}", "there is no filter filters/none.lua"),
        ("{at: post-render, path: filters/new.lua}", "press runs Lua filters on Pandoc's own tree, given as "),
        ("{at: post-ast, path: filters/new.lua}", "press runs Lua filters on Pandoc's own tree"),
        ("filters/new.lua", "press runs Lua filters on Pandoc's own tree, given as "),
        ("lightbox", "not 'lightbox'"),
        ("{at: pre-ast, path: filters/new.py}", "press runs Lua filters"),
        ("{at: pre-ast, path: filters/new.lua, type: json}", "press does not know filters.0.type"),
    ],
)
def test_a_form_that_press_cannot_follow_is_refused_with_its_line(sample, setting, message):
    add(sample, "", setting)
    line = (sample / "_quarto.yml").read_text().splitlines().index(f"filters: [{setting}]") + 1
    said = problem(sample)
    assert said.startswith(f"_quarto.yml:{line}: ")
    assert message in said


def test_filters_run_in_quarto_s_order(known):
    late, early = "{at: pre-ast, path: filters/new.lua}", "{at: pre-ast, path: filters/first.lua}"
    add(known, LOUD.replace("pipe", "early").replace("FORMAT", '"late"'), f"{early}, {late}")
    first = 'function Str(s) if s.text == "pipe" then return pandoc.Str "early" end end'
    (known / "filters/first.lua").write_text(first)
    build(known, say=lambda line: None)
    assert "A late-site table" in page(known, "01-one.html")


def test_what_a_filter_leaves_without_a_label_is_said(sample):
    add(
        sample, 'function Cite(c) if c.citations[1].id == "eq-sum" then c.citations[1].id = "eq-gone"; return c end end'
    )
    assert "@eq-gone refers to nothing in the book" in problem(sample)
