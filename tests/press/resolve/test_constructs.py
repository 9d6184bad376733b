"""What Quarto adds to Markdown has Quarto's effect in the site and in the PDF alike: one small book, built once."""

import struct
import zlib

import pytest


def png(width: int = 40, height: int = 30) -> bytes:
    def part(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    rows = b"".join(b"\0" + b"\x00\x72\xb2" * width for _ in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", zlib.compress(rows)) + part(b"IEND", b"")


TEXT = r"""
See @fig-both, @fig-two, @tbl-both, @tbl-second, @nte-odd, @exr-box, [the tip](#tip-id) and [the data](data/my.csv).

::: {#fig-both layout-ncol=2}
![One](a.png){#fig-one}

![Two](a.png){#fig-two}

Main caption
:::

::: {#tbl-both layout-ncol=2}
| a |
|---|
| 1 |

: First {#tbl-first}

| b |
|---|
| 2 |

: Second {#tbl-second}

Both tables
:::

::: {#nte-odd .callout-note}
## Its title
In a note.
:::

::: {#exr-box .callout-tip title="To do"}
An exercise in a box.
:::

::: {#tip-id .callout-tip title="1. First step"}
### A heading inside
In a tip.
:::

::: {.callout-warning title="# of *schools*"}
In a warning.
:::

![A blue dot](a.png)

Words around ![an inline dot](<my pic.png>) and ![another](größe.png){width=20px}.

![To the left](a.png){fig-align="left" width=50% fig-alt="A dot."}

<!-- In a comment,
:::
nothing counts. -->

:::: {.columns}
::: {.column width="40%"}
Left column
:::
::: {.column width="60%"}
Right column
:::
::::

::: {.column-margin}
In the margin
:::

Text[beside it]{.aside}.

::: {layout="[[1,2],[1]]"}
![A](a.png)

![B](a.png)

![C](a.png)
:::

\begin{align}
u &= v \\
w &= x
\end{align}

\begin{equation}
E = m
\end{equation}

$$
\newcommand{\half}{\frac{1}{2}}
$$

$$ \half + y
 $$ {#eq-half}

\index{nothing is shown}

## Tabs {#sec-tabs}

::: {.panel-tabset}
## Tab one

### Inner heading

In one

## Tab two

In two
:::

## A title with a note^[The note itself.]

```{{python}}
#| echo: false
shown + as_written
```

```python
x = 1  # <1>
y = 2  # <2>
```
1. First remark
2. Second *remark*

```{.python filename="run.py"}
in_a_file()
```

| a | b |
|---|---|
| 1 | 2 |

: Widths {tbl-colwidths="[20,80]"}

```{r}
#| eval: false
#| label: fig-r
#| fig-cap: "Made in R"
x <- 1
```

As @fig-r.

```{=html}
<style>.odd { color: red }</style>
<p class="raw"><img src="b.png" alt="b"><a href="index.qmd">Start</a></p>
<script>document.title = 1 < 2;</script>
```

{{< pagebreak >}}

{{< include parts/_more.qmd >}}
"""
FILES = {
    **dict.fromkeys(("a.png", "b.png", "my pic.png", "größe.png"), png()),
    "data/my.csv": "a,b\n1,2\n",
    "parts/_more.qmd": "Included from {{< meta book.title >}}, {{< var place.name >}}.\n",
    "_variables.yml": "place:\n  name: Bamberg\n",
}


@pytest.fixture(scope="module")
def book(tmp_path_factory, make_book):
    return make_book(tmp_path_factory.mktemp("constructs"), TEXT, FILES)


def test_references_lead_to_parts_callouts_and_exercises(book):
    said = book.words()
    assert (
        "See Figure 1.1, Figure 1.1 (b), Table 1.1, Table 1.1 (b), Note 1.1, Exercise 1.1, the tip and the data."
        in said
    )
    assert "(a) One (b) Two Figure 1.1: Main caption" in said
    assert "Table 1.1: Both tables (a) First a 1 (b) Second b 2" in said
    for label in ("fig-two", "tbl-second", "nte-odd", "exr-box", "tip-id"):
        assert [e for e in book.page().iter() if e.get("id", "").endswith(label)], label


# What is in both, in this order.
WORDS = [
    "Note 1.1: Its title", "In a note.", "Exercise 1.1 (To do)", "An exercise in a box.", "1. First step",
    "A heading inside", "In a tip.", "# of schools", "In a warning.", "Left column", "Right column", "In the margin",
    "Tab one", "Inner heading", "In one", "Tab two", "In two", "A title with a note", "shown + as_written",
    "First remark", "Second", "run.py", "in_a_file()", "x <- 1", "Made in R", "Included from Small, Bamberg.",
]  # fmt: skip


def test_every_word_is_in_the_site_and_in_the_pdf(book):
    for text in (book.words(), book.pdf()):
        at = 0
        for words in WORDS:
            assert words in text[at:], (words, text[at : at + 300])
            at = text.index(words, at)


def test_every_picture_is_in_both(book):
    shown = [image.get("src") for image in book.page().iter("img")]
    assert shown.count("a.png") == 7
    assert {"my%20pic.png", "gr%C3%B6%C3%9Fe.png", "b.png"} <= {
        src.replace("größe", "gr%C3%B6%C3%9Fe") for src in shown
    }
    assert book.typst.count('#picture("/a.png"') == 7
    assert book.typst.count('#picture("/my pic.png", alt: "an inline dot", inline: true)') == 1
    assert book.typst.count('#picture("/größe.png"') == 1
    for name in ("a.png", "b.png", "my pic.png", "größe.png", "data/my.csv"):
        assert (book.root / "_book" / name).is_file(), name


def test_latex_s_displays_are_formulas(book):
    displays = [m for m in book.page().iter() if str(m.tag).endswith("}math") and m.get("display") == "block"]
    assert len(displays) == 3
    assert "½" not in book.words()
    assert book.typst.count("#maths(") == 3
    assert "nothing is shown" not in book.words() + book.pdf()


def test_code_is_annotated_named_and_shown_as_written(book):
    code = ["".join(pre.itertext()) for pre in book.page().iter("pre")]
    assert "x = 1\ny = 2" in code
    assert "```{python}\n#| echo: false\nshown + as_written\n```" in code
    assert "Line 1 First remark Line 2 Second remark" in book.words()
    assert "<1>" not in book.pdf()


def test_a_note_in_a_title_stands_once(book):
    assert book.words().count("The note itself.") == 1
    assert book.pdf().count("The note itself.") == 1


def test_scripts_and_styles_are_moved_to_files(book):
    assert not [s for s in book.page().iter("script") if s.text and s.text.strip()]
    assert not [*book.page().iter("style")]
    moved = {f.suffix: f.read_text() for f in (book.root / "_book/assets").glob("inline-*")}
    assert moved == {".css": ".odd { color: red }", ".js": "document.title = 1 < 2;"}
    assert [a.get("href") for a in book.page().iter("a") if a.text == "Start"] == ["index.html"]


def test_columns_and_rows_stand_side_by_side(book):
    assert book.typst.count("#grid(columns: (40fr, 60fr,)") == 1
    assert book.typst.count("#grid(columns: (1fr, 2fr,)") == 1
    assert book.typst.count("#grid(columns: (1fr, 1fr,)") == 2
    assert len([d for d in book.page().iter("div") if "grid-row" in (d.get("class") or "").split()]) == 5
    assert "#pagebreak(weak: true)" in book.typst
