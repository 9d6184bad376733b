"""The proof-reader finds what is lost, and complains of nothing else: on generated documents, and on the sample."""

import copy
import json
import random
import re
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from press.build import book
from press.proof.chapters import proof_read
from press.read.project import read_project
from press.read.source import Cell
from press.read.vocabulary import FORMATS
from press.resolve.tree import Str, find

SAMPLE = Path(__file__).parents[1] / "sample"

# In these, W is a word of its own each time, and I something within a line.
INLINES = [
    "W", "*W W*", "**W**", "~~W~~", "W~W~", "W^2^", "`W_W(1)`", "“W”", '"W" -- W\'s --- W...', "W&nbsp;W &amp; W", r"\*W\* \$5 W\_W",
    "[W *W*](https://example.org/W?a=1&b=2)", "[W](#here)", "[W](index.qmd)", "[W][ref] W", "<https://example.org/W>", "$W_{1} < x^2$",
    "W$x$W", "@raudenbush2002 W", "[@kenward1997, p. 3; see @satterthwaite1946]", "-@raudenbush2002", "@sec-here", "[@sec-here, W]",
    "`` W ` W ``", "W^[W *W* and $y$]", "[W W]{.smallcaps}", "[W]{.c}", "![](dot.svg){fig-alt=\"W dot\"}", "<b>W</b>", "`<i>W</i>`{=html}", "`#emph[W]`{=typst}",
    "[W]{.content-visible when-format='html'}", "[W]{.content-hidden when-format='html'}", "<!-- W -->", "W\\\nW", "W (W) [W] {W} 3 < 4 > 2",
    "W_W_W", "2 * 3 * W", "ﬁW ½W Wäé", "W/W-W", "a.b@c.W",
]  # fmt: skip
BLOCKS = [
    "I I I", "W I\nI W\nI", "## W I", "### *W* W {#k-N .c}", "W W\n---", "W\n===x W", "- I\n- I W\n    - I\n\n      I", "1. I\n2. I\n\n    I\n\n   W", "(@) I\n(@) W",
    "a. W\nb. I", "- [ ] W\n- [x] I", "W\n:   I\n\nI W\n\n:   W\n\n    I", "> I\n> W\n>\n> - I", "| W\n|   I", "```r\nW <- I # W\n```", "~~~\nW\n\n  W\n~~~", "    W W\n    W\n\n    W",
    "```{.python filename='x'}\nW\n```".replace(" filename='x'", ""), "```{=html}\n<p>W <b>W</b></p>\n```", "```{=typst}\n#emph[W]\n```",
    "```{=html}\n<table><thead><tr><th>W</th></tr></thead><tbody><tr><td>W 1</td></tr></tbody></table>\n```",
    "| W | I |\n|:--|--:|\n| I | W |\n| 1 | 1 |", "| W |\n|---|\n| I |\n\n: W I {#tbl-N}", ": W I\n\n| W |\n|---|\n| I |",
    "  dolor   Amet\n------- ------\n      a    bcd\n      1      2\n\nTable: W W", "+-------+------+\n| dolor | Amet |\n+=======+======+\n| a     | 12   |\n+-------+------+",
    "![W I](dot.svg){#fig-N fig-alt=\"W W\"}", "![W](dot.svg){fig-alt=\"W\"}", "::: {#fig-N}\n![](dot.svg){fig-alt=\"W\"}\n\nW I\n:::", "$$\nW = \\frac{1}{2}\n$$ {#eq-N}", "$$ x < W $$",
    "::: {.callout-note}\nI W\n:::", "::: {.callout-tip collapse='true' title=\"W *W*\"}\nI\n:::", "::: {.callout-warning}\n## W I\nI\n\nW\n:::",
    "::: {.panel-tabset}\n## W\nI\n\n## W\n```r\nW\n```\n:::", "::: {#exr-N}\n## W\nI\n:::", "::: {#exr-N name=\"W W\"}\nW\n:::", "::: {.c}\nI\n\n:::: {.c}\nW\n::::\n:::", "::: c\nI\n:::",
    "::: {.content-visible when-format='html'}\nW I\n:::", "::: {.content-visible when-format='typst'}\nW I\n:::", "::: {.content-hidden when-format='typst'}\nI W\n:::",
    "W[^N] I\n\n[^N]: W *W*\n\n    W", "<!-- W\n\nW -->", "* * *", "[W]: https://example.org/W", "<div>\nW *W*\n</div>", "<details><summary>W</summary>\n\nI\n\n</details>",
    '```{python}\n#| echo: false\n[{"output_type": "stream", "name": "stdout", "text": "W W\\nW"}]\n```',
    '```{python}\n#| label: tbl-cell-N\n#| tbl-cap: W *W* $x$\n[{"output_type": "display_data", "data": {"text/markdown": "| W |\\n|---|\\n| $x_1$ |"}}]\n```',
    '```{python}\n#| warning: false\n[{"output_type": "stream", "name": "stderr", "text": "W"}, {"output_type": "execute_result", "data": {"text/plain": "W(1)"}}]\n```',
    '```{python}\n#| label: fig-cell-N\n#| fig-cap: W `W`\n#| fig-alt: W W\n[{"output_type": "display_data", "data": {"image/svg+xml": "<svg xmlns=\\"http://www.w3.org/2000/svg\\"><!-- W --></svg>"}}]\n```',
    "It is `{python} 12` and **`{python} 1.5`**, W.",
]  # fmt: skip
STEMS = ["lorem", "ipsum", "Größe", "x", "naïve", "it’s", "don't", "two-way", "e.g.", "É", "aaaa"]


@st.composite
def chapters(draw):
    rng = random.Random(draw(st.integers(0, 2**32)))
    parts = draw(st.lists(st.sampled_from(BLOCKS), min_size=1, max_size=12))
    text = "\n\n".join(
        re.sub(r"\bI\b", lambda _: rng.choice(INLINES), part).replace("N", str(i)) for i, part in enumerate(parts)
    )
    counter = iter(range(10**6))
    text = re.sub(r"W", lambda _: f"{rng.choice(STEMS)}{next(counter)}", text)
    return f"# Title {{#sec-here}}\n\n## Here {{#here}}\n\n{text}\n\n[ref]: https://example.org/ref\n"


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A book of one chapter, index.qmd, yet to be written."""
    root = tmp_path_factory.mktemp("proof")
    shutil.copy(SAMPLE / "references.bib", root)
    shutil.copy(SAMPLE / "assets/dot.svg", root)
    (root / "_quarto.yml").write_text(
        "project:\n  type: book\nbibliography: references.bib\nbook:\n  title: T\n  chapters: [index.qmd, references.qmd]\n"
    )
    (root / "references.qmd").write_text("# References {.unnumbered}\n\n::: {#refs}\n:::\n")
    (root / ".press").mkdir()
    return root


def lost(root, text, spoil=lambda chapters: None):
    """What the proof-reader misses in a book of this text, made by press but for the PDF itself; `spoil` its trees."""
    (root / "index.qmd").write_text(text)
    project = read_project(root)
    sources, works = book.check(project)
    results = {source.path: [_result(piece) for piece in source.pieces] for source in sources}
    parsed = book.Parsed(project, sources, results, book.parse(project, sources, results), works)
    made = {format: book.resolve(parsed, format) for format in FORMATS}
    spoil(made)
    out = root / "out"
    shutil.rmtree(out, ignore_errors=True)
    (root / ".press/proved.json").unlink(missing_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("press.write.pdf.typeset", lambda *given: b"")
        patch.setattr(book, "index_for_search", lambda *given: None)
        out.mkdir()
        book.write_files(project, made["html"], out)
        with book.write_pages(parsed, made["html"], out):
            pass
        sheets = book.write_pdf(project, made["typst"], out, out / project.pdf)
    given = {source.path: book._given(source, results[source.path]) for source in sources}
    return [str(problem) for problem in proof_read(project, given, out, sheets)]


def _result(piece):
    """What a kernel might give: each cell's code is JSON of its outputs, each expression its own Markdown."""
    return json.loads(piece.code) if isinstance(piece, Cell) else list(piece.expressions)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(chapters())
def test_nothing_is_missed_in_a_chapter_that_is_whole(root, text):
    assert lost(root, text) == []


KINDS = ("Str", "Math", "Image", "Code", "CodeBlock", "Link", "Cite", "Note", "Para", "Header", "Table", "RawBlock")
INLINE = ("Str", "Math", "Image", "Code", "Link", "Cite", "Note")


def drop(tree, nth, format):
    """The tree without the nth element that an author would miss, and that element."""
    count, dropped = iter(range(10**6)), []

    def turn(element):
        if element["t"] == "Span" and set(element["c"][0][1]) & {"caption-label", "exercise-title"}:
            return element  # press's own words
        if element["t"] in KINDS and is_missed(element, format) and next(count) == nth:
            dropped.append(element)
            if element["t"] == "Math":
                return {"t": "Math", "c": [element["c"][0], "another"]}  # an equation is never without one
            return Str("") if element["t"] in INLINE else []
        whole = element["t"] in ("Cite", "Image") or (element["t"] == "Link" and "xref" in element["c"][0][1])
        return element if whole else None  # what a reference says is not the author's

    return every(tree, turn), dropped


def every(tree, turn):
    """As `change`, but `turn` is asked about words, too."""
    if isinstance(tree, list):
        turned = [(child, turn(child) if isinstance(child, dict) and "t" in child else None) for child in tree]
        parts = [
            [every(child, turn)] if new is None else new if isinstance(new, list) else [new] for child, new in turned
        ]
        return [child for part in parts for child in part]
    return {key: every(value, turn) for key, value in tree.items()} if isinstance(tree, dict) else tree


def is_missed(element, format):
    if element["t"] == "RawBlock" and element["c"][0] != format:
        return False
    leaves = find([element], "Str", "Code", "CodeBlock", "RawBlock", "Math", "Image")
    texts = [e["c"] if e["t"] == "Str" else "" if e["t"] in ("Math", "Image") else e["c"][1] for e in leaves]
    tags = re.compile(r"<[^>]*>") if element["t"] == "RawBlock" and format == "html" else re.compile("(?!)")
    return any(e["t"] in ("Math", "Image") for e in leaves) or any(re.search(r"[^\W_]", tags.sub("", t)) for t in texts)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(chapters(), st.sampled_from(["html", "typst"]), st.integers(0, 60))
def test_whatever_is_lost_is_missed(root, text, format, nth):
    dropped = []

    def spoil(made):
        chapter = made[format][0]
        for turn in range(nth, -1, -7):
            chapter.blocks, dropped[:] = drop(copy.deepcopy(chapter.blocks), turn, format)
            if dropped:
                break

    found = lost(root, text, spoil)
    if dropped:
        assert found, dropped
        assert all(re.match(r"index.qmd:\d+: .* is not in the (page|Typst source)", problem) for problem in found)
