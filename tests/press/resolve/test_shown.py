"""What cells show: several pictures, parts with captions, formulas, tables, colours, errors, sizes. Built once."""

import re

import pytest

TEXT = r"""
```{python}
#| label: fig-pair
#| fig-cap: "Two plots"
import matplotlib.pyplot as plt

plt.plot([1, 2])
plt.show()
plt.plot([2, 1])
plt.show()
```

```{python}
#| label: fig-parts
#| fig-cap: "Both"
#| fig-subcap: [Up, Down]
#| layout-ncol: 2
plt.plot([1, 2])
plt.show()
plt.plot([2, 1])
plt.show()
```

```{python}
#| label: fig-each
#| fig-cap: [First of two, Second of two]
plt.plot([1, 2])
plt.show()
plt.plot([2, 1])
plt.show()
```

See @fig-pair, @fig-parts-2 and @fig-each-2.

```{python}
#| fig-width: 3
#| fig-height: 2
#| fig-cap: "Without a number"
#| out-width: 50%
plt.plot([1, 2])
plt.show()
```

```{python}
plt.plot([1, 2])
plt.show()
```

```{python}
# | echo: false
print("as black writes it")
```

```{python}
from IPython.display import Latex, Math

Math("x^2")
```

```{python}
Latex(r"\begin{equation}a = b\end{equation}")
```

```{python}
print("\x1b[31mred\x1b[0m plain")
```

```{python}
z = 1  # <1>
```
1. A remark on the cell

```{python}
#| error: true
1 / 0
```

```{python}
import pandas as pd

pd.DataFrame({"a": [1, 2], "b": ["x|y", "z"]})
```

```{python}

#| column: margin
#| echo: false
from IPython.display import Markdown, display

print("not beside")
display(Markdown("In the margin"))
```

```{python}
#| label: tbl-beside
#| tbl-cap: "Beside"
#| tbl-column: margin
#| echo: false
Markdown("| x |\n|---|\n| 1 |")
```
"""


@pytest.fixture(scope="module")
def book(tmp_path_factory, make_book):
    return make_book(tmp_path_factory.mktemp("shown"), TEXT)


def size(book, name):
    svg = (book.root / f"_book/one_files/{name}.svg").read_text()
    return [float(n) for n in re.search(r'width="([\d.]+)pt" height="([\d.]+)pt"', svg).groups()]


def test_two_pictures_of_a_cell_are_two_files(book):
    pictures = [image.get("src") for image in book.page().iter("img")]
    assert len(pictures) == len(set(pictures)) == 8
    up, down = (book.root / f"_book/one_files/fig-pair-{i}.svg" for i in (1, 2))
    assert up.read_text() != down.read_text()
    assert book.typst.count("#picture(") == 8


def test_parts_have_letters_and_lists_of_captions_are_figures(book):
    for said in (book.words(), book.pdf()):
        assert "See Figure 1.1, Figure 1.2 (b) and Figure 1.4." in said
        for words in (
            "(a) Up",
            "(b) Down",
            "Figure 1.2: Both",
            "Figure 1.3: First of two",
            "Figure 1.4: Second of two",
        ):
            assert words in said
        assert "Without a number" in said


def test_a_figure_has_the_size_of_its_cell_alone(book):
    small, after = sorted(f.stem for f in (book.root / "_book/one_files").glob("one-*.svg"))
    width, height = size(book, small)
    assert width < 3.1 * 72
    assert height < 2.1 * 72
    assert size(book, after)[0] > 5 * 72
    assert "width: 50%" in book.typst


def test_a_picture_s_caption_says_what_it_shows_where_nothing_else_does(book):
    alts = [image.get("alt") for image in book.page().iter("img")]
    assert alts == ["Two plots"] * 2 + ["Up", "Down", "First of two", "Second of two", "Without a number", ""]
    assert book.typst.count("alt: none") == 1  # decoration to who cannot see it


def test_formulas_tables_and_streams(book):
    said = book.words()
    assert 'print("as black' not in said
    assert "as black writes it" in said
    assert "IPython.core.display" not in said
    assert len([m for m in book.page().iter() if str(m.tag).endswith("}math")]) == 2
    assert "red plain" in said
    assert "\x1b" not in book.html()
    assert "Line 1 A remark on the cell" in said
    assert "ZeroDivisionError: division by zero" in said
    cells = ["".join(td.itertext()) for td in book.page().iter("td")]
    assert cells[-7:] == ["0", "1", "x|y", "1", "2", "z", "1"]


def test_what_a_cell_shows_may_stand_in_the_margin_and_what_it_prints_does_not(book):
    beside = [e for e in book.page().iter() if "column-margin" in (e.get("class") or "").split()]
    assert [" ".join("".join(e.itertext()).split()) for e in beside] == ["In the margin", "Table 1.1: Beside x 1"]
    assert "not beside" in book.words()
    assert "echo: false" not in book.words()  # a blank line may stand before the options
    assert "In the margin" in book.pdf()


def test_macros_between_dollars_hold_wherever_they_stand(show):
    text = "$$ w = 2\n$$\n\n```\n$$\n```\n\n$$\n\\newcommand{\\bx}{\\mathbf{x}}\n$$\n\n$\\bx + 1$\n\n$$ \\bx\n$$\n"
    book = show(text)
    assert book.html().count("\\mathbf{x}") == 2
    assert "newcommand" not in book.html() + book.typst
