"""Writers that lose one thing, each in a way of its own: the proof-reader names it, with its line, in each format."""

import re

import pytest
from test_proof import lost, root  # noqa: F401 - a fixture

from press.build import book
from press.write import pages, pdf

TEXT = """\
# Title {#sec-title}

Words of the text, and `inline code` with **strong twice twice** words.

::: {.callout-note title="Named box"}
Inside the callout stands boxword.
:::

![A caption captionword](dot.svg){#fig-dot fig-alt="Altword for the dot"}

See @fig-dot, [the target](https://example.org/right) and [the preface](#here).

$$ x_{1} - y = 3 $$

It is $a < b$, says @raudenbush2002, and others [@kenward1997].

## Here {#here}

A note.[^n]

[^n]: The noteword of a footnote.

::: {.panel-tabset}
### First
One tabfirst.

### Second
Two tabsecond.
:::

::: {.answer}
The answer is answerword.
:::

::: {.check}
Ask for askword.

::: {.number}
1.0 unitword
:::

::: {.wrong}
2.0: You wrongword.
:::

::: {.answer}
Because becauseword.
:::
:::

| a | b |
|---|---|
| 1 | cellword |
| 17 | 18 |

: Table captionother {#tbl-t}

- item listword

```python
code_line = 1
code_more = 2
```

::: {#exr-e name="Exercisename"}
Do the exerciseword.
:::

Beside[marginword]{.aside} it, <https://example.org/plain>.
"""

# What is lost: a pattern of what the written page or sheet has, what is put in its place, and what is said of it.
WAYS = {
    "a word in a callout": ("boxword", "", "boxword"),
    "a callout's title": ("Named box", "", "Named"),
    "a word of a caption": ("captionword", "", "captionword"),
    "a picture": (r'<img src="dot.svg"[^>]*>|#picture\("/dot.svg"[^\n]*\)', "", "the picture dot.svg"),
    "another picture in its place": (r'src="dot.svg"|#picture\("/dot.svg"', {"html": 'src="other.svg"', "typst": '#picture("/other.svg"'}, "the picture dot.svg"),
    "a picture's description": ("Altword for", "For", "the alt text Altword for the dot"),
    "a link's target": ("example.org/right", "example.org/wrong", "the link https://example.org/right"),
    "a link, of which the words stay": (r'<a href="https://example.org/right">(.*?)</a>|#link\("https://example.org/right"\)\[(.*?)\]', r"\1\2", "the link https://example.org/right"),
    "where a reference leads": (r'href="#fig-dot"|#link\(<fig-dot>\)', {"html": 'href="#here"', "typst": "#link(<chapter-0-here>)"}, "the reference fig-dot"),
    "a sign in a formula": (r"x_\{1\} - y", "x_{1} + y", "the formula x_{1} - y = 3"),
    "a formula": (r'<math display="inline".*?</math>|#maths\("a < b"\)\[\$.*?\$\]', "", "the formula a < b"),
    "who is cited": (r'raudenbush2002"|<ref-raudenbush2002>\)', {"html": 'kenward1997"', "typst": "<ref-kenward1997>)"}, "the citation raudenbush2002"),
    "a footnote": ("The noteword of a footnote", "", "noteword"),
    "a tab's name": (r"(?<!\w)Second(?=<|\])", "", "Second"),
    "a tab": ("Two tabsecond", "", "Two"),
    "an answer": ("answerword", "", "answerword"),
    "the question of a check": ("askword", "", "askword"),
    "the unit of its number": ("unitword", "", "unitword"),
    "a word for who is wrong": ("wrongword", "", "wrongword"),
    "its answer": ("becauseword", "", "becauseword"),
    "a cell of a table": ("cellword", "", "cellword"),
    "one digit in a cell": (r"(?<=>)18(?=<)|(?<=\[)18(?=\])", "13", "18"),
    "a word of a table's caption": ("captionother", "", "captionother"),
    "an item of a list": ("item listword", "", "item"),
    "a line of code": (r"code_more.*?2|code_more = 2", "", "code_more"),
    "code within a line": ("inline code", "", "inline"),
    "one of two equal words": ("twice twice", "twice", "twice"),
    "an exercise's name": ("Exercisename", "", "Exercisename"),
    "a word in the margin": ("marginword", "", "marginword"),
    "a bare address": (r'<a href="https://example.org/plain"[^>]*>.*?</a>|(#link\()?"?https://example.org/plain"?\)?(\[.*?\])?', "", "https://example.org/plain"),
    "a heading": (r'(?<=>)(<span class="header-number">1.1</span> )?Here|(?<=\[)Here(?=\])', "", "Here"),
}  # fmt: skip


@pytest.mark.parametrize("format", ["html", "typst"])
@pytest.mark.parametrize("way", WAYS)
def test_what_a_writer_loses_is_named(root, monkeypatch, way, format):  # noqa: F811
    pattern, instead, said = WAYS[way]
    instead = instead[format] if isinstance(instead, dict) else instead
    of = pages if format == "html" else pdf
    whole, spoilt = of.pandoc, []

    def losing(text, *options):
        written = whole(text, *options)
        changed = re.sub(pattern, instead, written, flags=re.S)
        spoilt.extend([1] * (changed != written))
        return changed

    monkeypatch.setattr(of, "pandoc", losing)
    found = lost(root, TEXT)
    assert spoilt, "nothing was lost"
    where = "page" if format == "html" else "Typst source"
    assert any(re.search(rf"index\.qmd:\d+: .*{re.escape(said)}.* is not in the {where}", line) for line in found), (
        found
    )


def test_nothing_is_missed_when_nothing_is_lost(root):  # noqa: F811
    assert lost(root, TEXT) == []
    assert book
