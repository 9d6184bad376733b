"""Answers, written once: below their exercise on a page, at the back of a PDF."""

import re

import pytest

BOOK = """\
# One

::: {#exr-a}
Ask.
:::

::: {.answer}
Told, by @exr-b.
:::

# Two

::: {#exr-b}
Ask again.

- A list.
:::

::: {.answer}
Told again.

```python
1
```
:::

Last words.
"""


def after(text, part):
    assert text.count(part) == 1, f"{part} in {text}"
    return text.partition(part)[2]


def test_on_a_page_an_answer_unfolds_where_it_stands(run):
    text = run("answers.lua", BOOK, "html")
    callout = r'<div class="callout-tip answer" data-collapse="true" title="Answer">\s*<p>Told'
    assert len(re.findall(callout, text)) == 2
    assert text.index("Ask.") < text.index("Told, by") < text.index("Ask again.") < text.index("Last words.")
    assert "Answers" not in text


def test_in_a_pdf_answers_stand_at_the_back_under_their_exercises(run):
    text = run("answers.lua", BOOK, "typst")
    assert text.count("Told, by") == text.count("Told again.") == 1
    back = after(after(text, "Last words."), "#heading(level: 1, numbering: none)[Answers]")
    first, second = (back.index(f'#strong[#cite(<exr-{name}>, form: "prose")]') for name in "ab")
    assert first < back.index("Told, by") < second < back.index("Told again.") < back.index("```")


def test_the_exercise_leads_to_its_answer_and_the_heading_stays_with_it(run):
    text = run("answers.lua", BOOK, "typst")
    for name in "ab":
        assert f"(#link(<answer-exr-{name}>)[Answer on page " in text.partition("Last words.")[0]
        assert f"] <answer-exr-{name}>" in after(text, "Last words.")
    assert text.count("#block(sticky: true)[#strong[#cite") == 2
    assert re.search(r"Ask\. \(#link", text), "at the end of the exercise's words"
    assert re.search(r"- A list\.\n\n\(#link", text), "or on a line of its own"


def test_what_is_counted_goes_on_from_the_chapter_of_the_exercise(run):
    """Once a chapter, so that the second answer does not begin again."""
    more = BOOK.replace("Last words.", "::: {#exr-c}\nThird.\n:::\n\n::: {.answer}\nTold.\n:::\n")
    text = run("answers.lua", more, "typst")
    assert re.findall(r"count\.at\(<(.*?)>\)", text) == ["exr-a", "exr-b"]
    assert re.findall(r"counter\(heading\)\.at\(<(.*?)>\)", text) == ["exr-a", "exr-b", "exr-c"]


def test_an_exercise_without_an_answer_and_a_book_without_exercises(run):
    text = run("answers.lua", BOOK.replace("{.answer}", "{.other}", 1), "typst")
    assert text.index("Told, by") < text.index("Ask again.")
    assert "answer-exr-a" not in text
    assert "Answers" not in run("answers.lua", "# One\n\nText.", "typst")


def test_an_answer_within_its_exercise_and_a_second_one(run):
    text = "::: {#exr-a}\nAsk.\n\n:::: {.answer}\nTold.\n::::\n:::\n\n::: {.answer}\nOr so.\n:::\n"
    made = run("answers.lua", text, "typst")
    back = after(made, "[Answers]")
    assert back.index("<answer-exr-a>") < back.index("Or so.") < back.index("<answer-exr-a-2>")
    assert "Told" not in made.partition("[Answers]")[0]


SHOW = """\
function Div(div)
  if div.classes:includes "content-visible" then
    return { pandoc.Para("(for " .. div.attributes["when-profile"]), div, pandoc.Para "end)" }
  end
end
function Span(span)
  if span.classes:includes "content-visible" then
    return { pandoc.Str("(for " .. span.attributes["when-profile"] .. ":"), span, pandoc.Str "end)" }
  end
end
"""


def test_what_only_some_see_only_they_see_at_the_back(run, tmp_path):
    """Quarto decides later who reads: the answer, and the word that leads to it, take their conditions along."""
    (tmp_path / "show.lua").write_text(SHOW)
    some = '::: {.content-visible when-profile="instructor"}\n::: {.answer}\nTold, by @exr-b.\n:::\n:::'
    text = run(
        "answers.lua", BOOK.replace("::: {.answer}\nTold, by @exr-b.\n:::", some), "typst", tmp_path / "show.lua"
    )
    assert re.search(r"Ask\. \(for instructor:.*<answer-exr-a>.*end\)", text)
    back = after(text, "[Answers]")
    within = re.search(r"\(for instructor\n(.*?)\nend\)", back, re.S)[1]
    assert "exr-a" in within
    assert "Told, by" in within
    assert "Told again" not in within


def test_an_answer_without_an_exercise_is_refused(run):
    with pytest.raises(AssertionError, match="an answer has no exercise before it: Told"):
        run("answers.lua", "# One\n\n::: {.answer}\nTold.\n:::\n", "typst")
