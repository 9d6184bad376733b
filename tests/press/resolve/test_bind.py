"""What a filter takes to another place of a PDF works there: names, links, pictures, numbers, notes."""

import shutil
import subprocess
from pathlib import Path

import pytest

from press.build.book import build

FILTERS = Path(__file__).parents[3] / "filters"

EXERCISE = """

## A heading of both

::: {#exr-moved}
Where is the dot?
:::

::: {.answer}
[Here]{#spot} it is, and there, [above](#spot); read [the heading](#a-heading-of-both) and @tbl-moved.[^why]

![A dot](../assets/dot.svg){fig-alt="A dot"}

| a | b |
|---|---|
| 1 | 2 |

: Moved words {#tbl-moved}

[^why]: A note on the answer.
:::
"""


@pytest.fixture
def moved(known):
    """The known with an answer in a chapter and one in the appendix, and the book's own filters."""
    if not shutil.which("pdftotext"):
        pytest.skip("pdftotext (poppler-utils) is not installed")
    shutil.copytree(FILTERS, known / "filters")
    config = known / "_quarto.yml"
    config.write_text(config.read_text() + "\nfilters: [{at: pre-ast, path: filters/answers.lua}]\n")
    for name, label in (("02-two.qmd", "moved"), ("a-proofs.qmd", "again")):
        chapter = known / "chapters" / name
        chapter.write_text(chapter.read_text() + EXERCISE.replace("moved", label))
    build(known, say=lambda line: None)
    command = ["pdftotext", "-layout", known / "_book/sample.pdf", "-"]
    text = subprocess.run(command, capture_output=True, encoding="utf-8", check=True).stdout
    _, back = text.rsplit("Answers\n", 1)
    return known, " ".join(back.split())


def test_names_hold_and_numbers_are_those_of_the_chapter(moved):
    """Typst refuses a link to a name that is not there, or there twice: that there is a PDF says that they hold."""
    root, back = moved
    first, second = back.split("Exercise A.1")
    assert first.startswith("Equations and exercises Exercise 2.3 "), "an answer stands under its chapter's title"
    for part, number, page in ((first, "2.1", "02-two"), (second, "A.1", "a-proofs")):
        assert f"read the heading and Table {number}." in part
        assert f"Table {number}: Moved words" in part
        assert f"Table {number}:" in (root / f"_book/chapters/{page}.html").read_text()
    assert back.count("A note on the answer.") == 2
