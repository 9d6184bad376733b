"""In a PDF, what leads to something stands on its page; on a page of the site nothing is changed."""

import pytest

TABLE = "| a |\n|---|\n| b |\n"
CELL = "::: {.cell}\n```python\ncode\n```\n\n```\nprinted\n```\n:::\n"
KEPT = "#block(sticky: true, spacing: 1em)["


def kept(typst):
    """What stands in each sticky block, words and code."""
    return [" ".join(part.split("]")[0].split()) for part in typst.split(KEPT)[1:]]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (f"It reads:\n\n{TABLE}", ["It reads:"]),
        ("In R:\n\n```r\nx\n```\n", ["In R:"]),
        ("**Example**\n\n```python\nx\n```\n", ["#strong[Example"]),
        ("The mean is\n\n$$x$$\n\nof all.\n", ["The mean is"]),
        ("It is (so they say)\n\n$$x$$\n", ["It is (so they say)"]),
        (f"# Title\n\nOne sentence.\n\n::: {{#tbl-a}}\n{TABLE}\n:::\n", ["One sentence."]),
        (CELL, ["``` code ```"]),
        ("A sentence.\n\n$$x$$\n", []),
        (f"# Title\n\nOne.\n\nTwo.\n\n::: {{#tbl-a}}\n{TABLE}\n:::\n", []),
        ("```r\nx\n```\n\nA sentence.\n", []),
        ("::: {.cell}\n```python\nalone\n```\n:::\n", []),
        ("The last:\n", []),
    ],
)
def test_what_leads_to_something_is_kept_with_it(run, written, expected):
    assert kept(run("keep.lua", written, "typst")) == expected


def test_a_page_of_the_site_is_as_it_was(run):
    for written in ("It reads:\n\n```r\nx\n```\n", CELL):
        assert run("keep.lua", written, "html") == run("lines.lua", written, "html")
