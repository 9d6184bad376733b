"""Solutions, written once: for no reader but the instructor's profile, and in a box there."""

import json

TEXT = """\
What is asked.

:::: {.model-answer}

The solution.

::: {.answer}

Kept as it is.

:::

::::
"""


def test_a_solution_is_for_the_instructor_s_profile_alone(run):
    task, conditional = json.loads(run("model-answers.lua", TEXT, "json"))["blocks"]
    assert task["t"] == "Para"
    (_, classes, attributes), (box,) = conditional["c"]
    assert (classes, attributes) == (["content-visible"], [["when-profile", "instructor"]])
    (_, classes, attributes), inside = box["c"]
    assert classes == ["callout-note", "model-answer"]
    assert attributes == [["title", "Solution"]]
    assert [block["t"] for block in inside] == ["Para", "Div"]


def test_other_text_is_left_alone(run):
    text = "::: {.answer}\nA\n:::\n"
    assert run("model-answers.lua", text, "native") == run("tabs.lua", text, "native")
