"""What real books write, and the proof-reader once took for lost: each builds, and nothing is said."""

from pathlib import Path

import pytest

CHECKS = Path(__file__).parents[3] / "filters/checks.lua"

WHOLE = {
    "knitr's options in the fence": '```{r mean-1, echo=FALSE, fig.cap="The mean."}\n#| eval: false\nhidden(1)\n```\n\nWords.',
    "options without a label": '```{r echo = FALSE, comment = ""}\n#| eval: false\nhidden(2)\n```\n\nWords.',
    "R's way of writing options": "```{r}\n#| eval = FALSE, include = FALSE\nhidden(3)\n```\n\nWords.",
    "options in another language's comments": "```{sql}\n--| eval: false\n--| echo: false\nSELECT hidden\n```\n\nWords.",
    "captions of cells that do not run": '```{python}\n#| eval: false\n#| fig-cap: "Not made."\nplot(1)\n```\n\nWords.',
    "a labelled cell that does not run": '```{r}\n#| eval: false\n#| label: fig-none\n#| fig-cap: "Not made."\nplot(1)\n```\n\n@fig-none.',
    "commands within commands of LaTeX": "A\\index{alpha!\\textit{beta {gamma}}|see{delta}} word.",
    "a metadata block within the text": "Words.\n\n---\npagetitle: hidden\nimage: hidden.png\n---\n\nWords.\n\n---\n\nMore: words.",
    "words in brackets behind a command of LaTeX": "A `code`\\index{alpha!\\$beta()}[`aside`]{.aside} word, and words.",
    "a caption right below its table": "See @tbl-a.\n\n| x | y |\n|---|---|\n| 1 | 2 |\n: A caption. {#tbl-a}\n\nWords.",
    "a cell with its fence": "```{r}\n#| eval: false\n#| echo: fenced\n#| label: simple\nvisible(1)\n```\n\nWords.",
    "a reference before a dash": "## Sub {#sec-sub}\n\nAs in @sec-sub---you see it---and so on.",
    "a list that goes on behind a cell": "-   First\n\n    ```{r}\n    #| eval: false\n    x\n    ```\n\n    Goes on.\n\n    -   See <https://example.org/x>.\n\n    \\index{x}Last.\n\n## Then\n\n    verbatim <b>",
    "a cell in a list": "1.  First\n\n    ```{r, echo=FALSE}\n    #| eval: false\n    hidden(4)\n    ```\n\n2.  Second",
}


@pytest.mark.parametrize("text", WHOLE.values(), ids=list(WHOLE))
def test_a_book_is_whole_that_was_said_to_lack_something(show, text):
    book = show(text)
    assert "hidden" not in book.words() + book.typst


FRONT = {
    "of execute": "execute:\n  echo: false\n",
    "by their own names": "echo: false\n",
    "that keep cells from running": "execute:\n  enabled: false\n  echo: false\n",
}


@pytest.mark.parametrize("front", FRONT.values(), ids=list(FRONT))
def test_options_in_a_chapter_s_front_matter_hold_for_its_cells(show, front):
    cell = "```{python}\nhidden = print('shown')\n```"
    book = show(files={"one.qmd": f"---\n{front}---\n\n# One\n\n{cell}\n\nWords.\n"})
    assert "hidden" not in book.words() + book.typst
    assert ("shown" in book.words()) == ("enabled" not in front)


def test_a_cell_in_an_item_of_a_list_leaves_the_list_whole(show):
    book = show("-   First\n\n    ```{python}\n    print('within')\n    ```\n\n    Goes on.\n\n-   Second\n")
    first, second = next(book.page().iter("article")).iter("li")
    assert "within" in "".join(first.itertext())
    assert "Goes on." in "".join(first.itertext())
    assert "".join(second.itertext()).strip() == "Second"
    assert "Goes on." not in "".join("".join(pre.itertext()) for pre in book.page().iter("pre"))


def test_a_long_answer_of_a_self_check_may_be_moved_and_may_be_folded(show):
    answer = "It is a long answer.\n" * 40
    text = f"Words before.\n\n::: {{.check}}\nWhy?\n\n::: {{.answer}}\n{answer}:::\n:::\n\nWords after."
    filters = {"filters/checks.lua": CHECKS.read_text("utf-8")}
    book = show(text, filters, "filters: [{at: pre-ast, path: filters/checks.lua}]")
    assert book.words().index("It is a long answer.") < book.words().index("Words after.")
    assert book.typst.index("It is a long answer.") > book.typst.index("Words after.")
