"""Tabs, written once: listings one after the other in a PDF, tabs on a page."""

import pytest

TABS = """\
Before.

::: {.panel-tabset}

### Python

```python
print("yes")
```

### R

```r
cat("yes")
```

:::

After.
"""


def in_order(text, *parts):
    """That the parts are in the text once each, in this order."""
    assert [text.count(part) for part in parts] == [1] * len(parts), text
    places = [text.index(part) for part in parts]
    assert places == sorted(places), text


def test_in_a_pdf_each_language_has_its_label(run):
    text = run("tabs.lua", TABS, "typst")
    in_order(text, "Before.", "In Python:", 'print("yes")', "In R:", 'cat("yes")', "After.")
    assert "=" not in text.replace("==", ""), "a tab is no heading"


def test_a_label_stays_with_its_listing(run):
    text = run("tabs.lua", TABS, "typst")
    assert "#block(sticky: true)[In R:]\n```" in text


def test_a_language_stands_with_its_own_code_alone(run):
    """The tabs are not held together, nor with what follows: a page may end between them."""
    text = " ".join(run("tabs.lua", TABS, "typst").split())
    assert (
        '#block(sticky: true)[In Python:] ``` print("yes") ``` #block(sticky: true)[In R:] ``` cat("yes") ```' in text
    )


def test_on_a_page_tabs_stay_as_they_are(run):
    grouped = run("answers.lua", TABS.replace("{.panel-tabset}", '{.panel-tabset group="language"}'), "html")
    assert run("tabs.lua", TABS, "html") == grouped
    in_order(run("tabs.lua", TABS, "html"), 'class="panel-tabset"', ">Python</h3>", ">R</h3>")


def test_other_titles_stand_as_they_are_written(run):
    text = run("tabs.lua", TABS.replace("### R", "### By *hand*").replace("### Python", "### R and Python"), "typst")
    in_order(text, "#block(sticky: true)[#strong[R and Python]]", "#block(sticky: true)[#strong[By #emph[hand]]]")


def test_what_precedes_the_first_tab_and_headings_inside_stay(run):
    text = run("tabs.lua", TABS.replace("### Python", "First.\n\n### Python\n\n#### Inside"), "typst")
    in_order(text, "First.", "In Python:", "==== Inside", 'print("yes")', "In R:")


def test_two_sets_of_tabs_and_one_in_another(run):
    inner = TABS.replace(":::", "::::").replace("###", "####").replace("yes", "no")
    text = run("tabs.lua", TABS.replace("### R\n", f"{inner}\n### R\n") + TABS.replace("yes", "then"), "typst")
    shown = [line for line in text.splitlines() if "(" in line and '"' in line]
    assert shown == [
        f'{name}("{word}")'
        for name, word in zip(
            ["print", "print", "cat", "cat", "print", "cat"], ["yes", "no", "no", "yes", "then", "then"], strict=True
        )
    ]
    assert text.count("In Python:") == text.count("In R:") == 3


def test_a_link_to_the_tabs_leads_to_them(run):
    text = run("tabs.lua", TABS.replace("{.panel", "{#both .panel"), "typst")
    assert "<both>" in text


@pytest.mark.parametrize("target", ["typst", "html"])
def test_other_divs_are_left_alone(run, target):
    text = TABS.replace("panel-tabset", "note")
    assert "In R:" not in run("tabs.lua", text, target)


def test_on_a_page_the_language_is_chosen_once_for_all_tabs_that_are_languages(run):
    """Quarto's `group`; an author's own stays, and tabs that are no languages have none."""
    others = TABS.replace("### Python", "### Before").replace("### R", "### After")
    own = TABS.replace("{.panel-tabset}", '{.panel-tabset group="mine"}')
    text = run("tabs.lua", TABS + others + own, "html")
    assert (text.count('data-group="language"'), text.count('data-group="mine"'), text.count("data-group")) == (1, 1, 2)
