"""Self-checks, written once: to unfold on a page and in a notebook, at the end of their chapter in a PDF."""

import re

import pytest

ONE = """\
::: {.check}
How large is $\\sigma^2$ in the colleague's sample?

::: {.number}
−1,234.50 points
:::

::: {.wrong}
0.17: That is the one of *OLS*.
:::

::: {.answer}
It is what is left.
:::
:::
"""
TWO = """\
::: {.check}
Which of these?

- The first.
- The second.

::: {.answer}
The second.
:::
:::
"""
CHAPTERS = f"# One\n\nBefore.\n\n{ONE}\nBetween.\n\n{TWO}\nLast words of one.\n\n# Two\n\n{TWO}\nLast words of two.\n"


def in_order(text, *parts):
    """That the parts are in the text once each, in this order."""
    assert [text.count(part) for part in parts] == [1] * len(parts), text
    places = [text.index(part) for part in parts]
    assert places == sorted(places), text


def test_on_a_page_the_answer_unfolds_and_the_number_is_told_to_the_script(run):
    text = run("checks.lua", f"# One\n\nBefore.\n\n{ONE}\nAfter.\n", "html")
    in_order(
        text,
        "<p>Before.</p>",
        '<div id="check-1" class="check" role="group" aria-labelledby="check-1-name" data-number="-1234.5"'
        ' data-decimals="2" data-tolerance="0.01" data-unit="points">',
        '<span id="check-1-name" class="check-name">Check 1</span>',
        "How large is",
        '<details class="check-answer"><summary>Answer to check 1</summary>',
        "<p><strong>−1,234.50 points.</strong> It is what is left.</p>",
        '<div class="check-wrong" data-number="0.17">',
        '<p>If you have 0.17:<span class="check-why"> That is the one of <em>OLS</em>.</span></p>',
        "</details>",
        "<p>After.</p>",
        '<script type="module" src="/assets/checks.js"></script>',
    )


def test_a_question_without_a_number_needs_no_script(run):
    text = run("checks.lua", f"# One\n\n{TWO}", "html")
    in_order(text, "Which of these?", "<li>The second.</li>", "<details", "<p>The second.</p>", "</details>")
    assert "data-number" not in text
    assert "<script" not in text


def test_a_page_without_checks_stays_as_it_is(run):
    text = "# One\n\n::: {.other}\n::: {.answer}\nTold.\n:::\n:::\n"
    for target in ("html", "typst", "gfm"):
        assert run("checks.lua", text, target) == run("tabs.lua", text, target)


def test_in_a_pdf_the_answers_stand_at_the_end_of_their_chapter(run):
    text = run("checks.lua", CHAPTERS, "typst")
    in_order(
        text,
        "#strong[Check 1.] How large is",
        "(#link(<check-1>)[Answer on page #context counter(page).at(<check-1>).first()])",
        "Between.",
        "- The second.\n\n(#link(<check-2>)",
        "Last words of one.",
        "#strong[Check 1:] #strong[−1,234.50 points.] It is what is left.",
        "If you have 0.17: That is the one of #emph[OLS].",
        "] <check-1>",
        "#strong[Check 2.] The second.",
        "] <check-2>",
        "= Two",
        "(#link(<check-3>)",
        "Last words of two.",
        "] <check-3>",
    )
    assert text.count("numbering: none)[Answers to the checks]") == 2
    assert "data-" not in text


SHOW = """\
local function shown(raw)
  return raw.format == "html" and raw.text:gsub("%W+", "-") or nil
end
return { {
  RawInline = function(raw) return shown(raw) and pandoc.Str(shown(raw)) end,
  RawBlock = function(raw) return shown(raw) and pandoc.Para(shown(raw)) end,
} }
"""


def test_marks_before_a_title_stay_with_it(run, tmp_path):
    """Of Quarto, the folder of the chapter's pictures; of press, where the chapter begins."""
    (tmp_path / "show.lua").write_text(SHOW)
    mark = "`<!-- quarto-file-metadata: abc -->`{=html}\n\n```{=html}\n<!-- press: here starts two -->\n```\n"
    text = run("checks.lua", CHAPTERS.replace("# Two", f"{mark}\n# Two"), "typst", tmp_path / "show.lua")
    in_order(text, "Last words of one.", "] <check-2>", "quarto-file-metadata", "here-starts-two", "= Two")


def test_a_check_at_the_very_end_is_closed_before_its_answers(run):
    text = run("checks.lua", f"# One\n\n{TWO}", "typst")
    in_order(text, "(#link(<check-1>)", "\n]\n#heading", "#strong[Check 1.] The second.")


def test_a_part_with_its_own_title_ends_the_chapter_before_it(run):
    text = run("checks.lua", CHAPTERS.replace("# Two", "::: {.quarto-book-part}\n# Part\n:::\n\n# Two"), "typst")
    assert text.index("<check-2>\n") < text.index("= Part")


def test_in_a_notebook_it_is_a_question_and_details(run):
    text = run("checks.lua", CHAPTERS, "gfm")
    assert "**Check 1.** How large is" in text
    assert re.search(
        r"<details class=\"check-answer\"><summary>Answer to check 1</summary>\n\n"
        r"\*\*−1,234\.50 points\.\*\* It is what is left\.\n\nIf you have 0\.17:.* That is the one of \*OLS\*\..*\n\n"
        r"</details>",
        text,
    ), text
    assert "data-number" not in text


def test_a_check_within_another_block_is_found(run):
    text = run("checks.lua", '# One\n\n:::: {.content-visible when-format="html"}\n' + TWO + "::::\n", "html")
    in_order(text, 'class="content-visible"', 'class="check"', "</details>")


def test_answers_of_exercises_are_left_to_their_own_filter(run):
    exercise = "::: {#exr-a}\nAsk.\n:::\n\n::: {.answer}\nTold.\n:::\n"
    text = run("checks.lua", f"# One\n\n{ONE}\n{exercise}", "typst", run.filters / "answers.lua")
    in_order(text, "It is what is left.", "[Answers]", "Told.")


def test_before_cells_run_a_number_is_not_known(run):
    """press checks the sources with an ellipsis in place of each value."""
    text = ONE.replace("−1,234.50", "…").replace("0.17", "…")
    assert "data-decimals" not in run("checks.lua", text, "html")


def test_how_exact_an_answer_must_be(run):
    def tolerance(number, given=""):
        text = ONE.replace("−1,234.50", number).replace("{.number}", f"{{.number{given}}}")
        return float(re.search('data-tolerance="(.*?)"', run("checks.lua", text, "html"))[1])

    assert tolerance("0.44") == 0.01
    assert tolerance("160") == 0
    assert tolerance("207", ' tolerance="2"') == 2


QUESTION = "the colleague"
WRONG = {
    "without an answer": (
        ONE.replace("{.answer}", "{.reply}"),
        "a check has no .answer",
    ),
    "with an empty one": (ONE.replace("It is what is left.", ""), "a check has no .answer"),
    "with two answers": (
        ONE.replace("::: {.answer}", "::: {.answer}\nOne.\n:::\n\n::: {.answer}"),
        "a check has one .answer, and this has 2",
    ),
    "with two numbers": (
        ONE.replace("::: {.number}", "::: {.number}\n2\n:::\n\n::: {.number}"),
        "a check has one .number, and this has 2",
    ),
    "with words for a number": (
        ONE.replace("−1,234.50 points", "np.float64(2.5)"),
        "the .number of a check is a number and its unit, not “np.float64(2.5)”",
    ),
    "with a number that is none": (ONE.replace("−1,234.50", "nan"), "not “nan points”"),
    "with an exponent": (ONE.replace("−1,234.50", "1.5e-7"), "not “1.5e-7 points”"),
    "with a wrong number and no right one": (
        ONE.replace("{.number}", "{.other}"),
        "a check has a .wrong number and no .number",
    ),
    "with a wrong number that is right": (
        ONE.replace("0.17:", "−1,234.50:"),
        "the .wrong answer −1,234.50 of a check is counted as right",
    ),
    "with a wrong number that is counted as right": (
        ONE.replace("0.17:", "−1,234.51:"),
        "the .wrong answer −1,234.51 of a check is counted as right",
    ),
    "with a wrong answer that is no number": (
        ONE.replace("0.17: That", "That"),
        "the .wrong of a check is a number, a colon and a word about it",
    ),
    "with nothing said of a wrong number": (
        ONE.replace("0.17: That is the one of *OLS*.", "0.17"),
        "the .wrong of a check is a number, a colon and a word about it",
    ),
    "with a tolerance that is none": (
        ONE.replace("{.number}", '{.number tolerance="small"}'),
        "the tolerance of a check is a number, not “small”",
    ),
    "with a figure": (ONE.replace("It is", "![It](is.png){#fig-it}\n\nIt is"), "nothing in a check is numbered"),
    "with a check in it": (ONE.replace("It is what is left.", TWO), "nothing in a check is numbered, or a check"),
}


@pytest.mark.parametrize(("text", "message"), WRONG.values(), ids=WRONG)
@pytest.mark.parametrize("target", ["html", "typst"])
def test_a_check_that_is_none_is_refused_with_its_question(run, text, message, target):
    with pytest.raises(AssertionError) as error:
        run("checks.lua", f"# One\n\n{text}", target)
    said = str(error.value)
    assert message in said
    assert "How large is" in said, "the author finds it by its words"


def test_an_answer_without_a_question_is_refused(run):
    text = re.sub("How large.*\n", "", ONE)
    with pytest.raises(AssertionError, match="a check has no question, only an answer: It is what is left"):
        run("checks.lua", text, "html")
