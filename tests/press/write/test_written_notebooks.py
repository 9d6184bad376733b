"""The chapters as notebooks, on small books: what stands in a page's frame comes out as Markdown and code in order."""

import nbformat
import pytest

CELLS = """
Two and two are `{python} 2 + 2`; see @fig-a, @tbl-b, @eq-c, @sec-two and [the *other* page](two.qmd).

```{python}
#| include: false
x = 1
unused = 2
assert x == 1, "never in a notebook"
```

::: {.panel-tabset}

### Python

```{python}
#| output: false
y = x + 1
y
```

### R

```r
y <- x + 1
```

:::

```{python}
#| label: tbl-b
#| tbl-cap: "A table."
#| echo: false
y
```

::: {.callout-tip collapse="true" title="Answer"}

Before.

```{python}
print("hello")
```

After.

:::

::: {.callout-note title="A note"}

$$
a \\cdot 1
= b
$$ {#eq-c}

:::

```{python}
#| label: fig-a
#| fig-cap: "A figure."
#| echo: false
from IPython.display import SVG
SVG('<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"></svg>')
```

```{python}
#| echo: false
#| output: asis
print("Some *words* of a cell.")
```

```{python}
#| error: true
1 / 0
```

::: {.content-visible when-format="html"}
For pages alone.
:::

```{python}
#| echo: false
print("after")
```
"""
TWO = "# Two {#sec-two}\n\nNo code here.\n"
BOOK = "  chapters: [index.qmd, one.qmd, two.qmd]\n  site-url: https://example.org/b/\n  repo-url: https://github.com/ada/b\n"
PACKAGE = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "a-package"
version = "1.2"
requires-python = ">=3.11"
[tool.hatch.build.targets.wheel]
packages = ["a_package"]
"""


@pytest.fixture(scope="module")
def shown(make_book, tmp_path_factory):
    files = {"two.qmd": TWO, "pyproject.toml": PACKAGE, "a_package/__init__.py": ""}
    return make_book(tmp_path_factory.mktemp("notebooks"), CELLS, files, book=BOOK)


@pytest.fixture(scope="module")
def made(shown):
    notebook = nbformat.read(shown.root / "_book/one.ipynb", as_version=4)
    nbformat.validate(notebook)
    return notebook.cells


def test_only_chapters_with_code_are_notebooks(shown):
    assert [file.name for file in (shown.root / "_book").rglob("*.ipynb")] == ["one.ipynb"]


def test_it_begins_with_its_title_and_installs_the_wheel_of_the_site(shown, made):
    assert made[0].source == (
        "# 1 One\n\n*Small* · [read it on the web](https://example.org/b/one.html)"
        " · [open it in Colab](https://colab.research.google.com/github/ada/b/blob/notebooks/one.ipynb)"
    )
    assert made[1].source == "%pip install --quiet https://example.org/b/a_package-1.2-py3-none-any.whl"
    assert (shown.root / "_book/a_package-1.2-py3-none-any.whl").is_file()


def test_references_are_words_and_lead_to_what_is_there(made):
    text = made[2].source.replace("\u00a0", " ")
    assert text.startswith("Two and two are 4; see [Figure 1.1](#fig-a), [Table 1.1](#tbl-b), [Equation 1.1](#eq-c), ")
    assert "[Chapter 2](https://example.org/b/two.html#sec-two)" in text
    assert "[the *other* page](https://example.org/b/two.html)" in text


def test_cells_come_in_order_each_listing_once_and_hidden_ones_as_far_as_needed(made):
    code = [(cell.source, bool(cell.metadata.get("jupyter"))) for cell in made if cell.cell_type == "code"][1:]
    drawn = code.pop(3)
    assert drawn[0].startswith("from IPython.display import SVG")
    assert code == [
        ("x = 1\nunused = 2", True),
        ("y = x + 1\ny", False),  # and what it shows, which stands under the table's caption
        ('print("hello")', True),
        ("1 / 0", False),
        ('print("after")', True),
    ]
    shown = [cell for cell in made if cell.cell_type == "code"]
    assert shown[2].outputs[0].data == {"text/plain": "2"}
    assert shown[3].metadata["jupyter"] == {"source_hidden": True, "outputs_hidden": True}
    assert shown[4].outputs[0].data["text/html"].startswith('<img alt="Figure 1.1: A figure." src="data:image/svg+xml;')
    assert shown[5].metadata["tags"] == ["raises-exception"]


def test_the_frames_of_a_page_are_markdown_that_all_programs_know(made):
    text = "\n".join(cell.source for cell in made if cell.cell_type == "markdown")
    for part in (
        '<a id="tbl-b"></a>\n\n**Table 1.1:** A table.',
        "**R:**\n\n``` r\ny <- x + 1\n```",
        "<details><summary>Answer</summary>\n\nBefore.\n\n</details>",
        "<details><summary>Answer (continued)</summary>\n\nAfter.\n\n</details>",
        '> **A note**\n>\n> <a id="eq-c"></a>\n>\n> $$a \\cdot 1 = b \\tag{1.1}$$',
        "**Figure 1.1:** A figure.",
        "Some *words* of a cell.",
    ):
        assert part in text, text
    assert "For pages alone" not in text


def test_without_the_site_it_installs_from_the_repository_and_links_leave_their_words(tmp_path, make_book):
    files = {"pyproject.toml": PACKAGE, "a_package/__init__.py": ""}
    text = "As @sec-one says, [the data](data.csv).\n\n```{python}\n1\n```\n"
    book = "  chapters: [index.qmd, one.qmd]\n  repo-url: https://github.com/ada/b\n"
    shown = make_book(tmp_path, text, files | {"data.csv": "x\n"}, book=book)
    cells = nbformat.read(shown.root / "_book/one.ipynb", as_version=4).cells
    assert cells[0].source == '<a id="sec-one"></a>\n\n# 1 One\n\n*Small*'
    assert cells[1].source == "%pip install --quiet git+https://github.com/ada/b"
    assert cells[2].source.endswith(", the data.")


def test_a_package_that_cannot_be_built_says_why(tmp_path, make_book):
    from press.problems import BookError

    with pytest.raises(BookError, match=r"The book's package could not be built as a wheel: (.|\n)*no_such_backend"):
        make_book(tmp_path, files={"pyproject.toml": PACKAGE.replace("hatchling.build", "no_such_backend")})
