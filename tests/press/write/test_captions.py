"""Captions stand above or below, as the book or the figure says."""

FIGURES = """\
::: {#fig-a}
Words.

Caption a.
:::

| x |
|---|
| 1 |

: Caption b. {#tbl-b}

| x |
|---|
| 1 |

: Caption c.

::: {#fig-d fig-cap-location="ODD"}
Words.

Caption d.
:::

```{python}
#| label: tbl-e
#| tbl-cap: Caption e.
#| tbl-cap-location: ODD2
#| echo: false
from IPython.display import Markdown
Markdown("| y |\\n|---|\\n| 2 |")
```
"""


def places(book):
    """Where in its figure each caption stands."""
    figures = list(book.page().iter("figure"))
    return ["top" if figure[0].tag == "figcaption" else "bottom" for figure in figures]


def test_captions_stand_where_quarto_has_them_or_on_the_other_side_of_a_figure_that_says_so(show):
    book = show(FIGURES.replace("ODD2", "bottom").replace("ODD", "top"))
    assert places(book) == ["bottom", "top", "top", "bottom"]
    assert book.typst.count("#show figure: set figure.caption(position: top)") == 1
    assert book.typst.count("#show figure: set figure.caption(position: bottom)") == 1
    words = book.pdf()
    assert words.index("Caption d") < words.rindex("Words.")
    assert words.rindex("y 2") < words.index("Caption e")


def test_captions_stand_where_the_book_says(show):
    book = show(
        FIGURES.replace("ODD2", "top").replace("ODD", "bottom"),
        settings="fig-cap-location: top\ntbl-cap-location: bottom",
    )
    assert places(book) == ["top", "bottom", "bottom", "top"]
    assert [table.get("class") for table in book.page().iter("table")].count("caption-below") == 1
    words = book.pdf().rpartition("One")[2]
    assert words.index("Caption a") < words.index("Words.")
    assert words.index("x 1") < words.index("Caption b")
