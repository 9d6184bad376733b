"""A movable figure: an element around its figure on a page, the figure alone everywhere else."""

import pytest

PAGE = """\
# One

::: {.cell}
<!-- hlm-likelihood x="Intercept ses"
{"columns":["100%"]} -->
:::

Words.

::: {.cell}
```python
figure()
```

::: {#fig-one}
![](one.svg)

The caption.
:::
:::
"""
GUESS = """
## Two

::: {.cell}
<!-- hlm-guess seed="3" -->
:::

![Another.](two.svg){#fig-two}
"""
LIKELIHOOD = PAGE.removeprefix("# One\n").replace("fig-one", "fig-three")


def in_order(text, *parts):
    """That the parts are in the text once each, in this order."""
    assert [text.count(part) for part in parts] == [1] * len(parts), text
    places = [text.index(part) for part in parts]
    assert places == sorted(places), text


def test_the_element_stands_around_the_figure_and_after_the_code(run):
    text = run("widgets.lua", PAGE + GUESS, "html")
    in_order(
        text,
        "<p>Words.</p>",
        "<code>figure()",
        '<script type="application/json" id="hlm-moments">{"columns":["100%"]}</script>',
        '<hlm-likelihood x="Intercept ses" moments="hlm-moments">',
        'src="one.svg"',
        "The caption.",
        "</hlm-likelihood>",
        '<hlm-guess seed="3">',
        'src="two.svg"',
        "</hlm-guess>",
        "widgets/widgets.css",
        '<script type="module" src="/assets/widgets/widgets.js"></script>',
    )
    assert text.count('class="cell"') == 1, "the cells that showed nothing else are gone"


def test_the_same_moments_stand_once_and_others_have_another_name(run):
    text = run("widgets.lua", PAGE + LIKELIHOOD, "html")
    assert (text.count('<script type="application/json"'), text.count('moments="hlm-moments"')) == (1, 2)
    text = run("widgets.lua", PAGE + LIKELIHOOD.replace("100%", "50%"), "html")
    in_order(
        text, 'id="hlm-moments">{"columns":["100%"]}', 'moments="hlm-moments"', 'id="hlm-moments-2">{"columns":["50%"]}'
    )
    assert text.count('moments="hlm-moments-2"') == 1


@pytest.mark.parametrize("target", ["typst", "markdown", "html"])
def test_a_page_without_one_and_a_pdf_stay_as_they_are(run, target):
    text = PAGE + GUESS if target != "html" else PAGE.replace("<!-- hlm-", "<!-- ")
    assert run("widgets.lua", text, target) == run("tabs.lua", text, target)


@pytest.mark.parametrize(
    "text",
    [
        PAGE.partition("Words")[0],
        PAGE.partition("Words")[0] + GUESS,
        PAGE.replace("Words.", "## Words"),
        PAGE.replace("#fig-one", "#tbl-one"),
    ],
    ids=["end", "another", "section", "table"],
)
def test_one_without_a_figure_is_named(run, text):
    with pytest.raises(AssertionError, match="hlm-likelihood has no figure"):
        run("widgets.lua", text, "html")
