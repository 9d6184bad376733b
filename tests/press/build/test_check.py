"""What is wrong with a book is said before any cell runs: all of it, each with its file and line."""

import pytest

from press.build.book import check
from press.problems import BookError
from press.read.project import read_project


def problems(root):
    with pytest.raises(BookError) as error:
        check(read_project(root))
    return str(error.value).splitlines()


def test_the_sample_is_without_fault(sample):
    sources, works = check(read_project(sample))
    assert [s.path for s in sources][:2] == ["index.qmd", "chapters/01-one.qmd"]
    assert {"raudenbush2002", "satterthwaite1946"} <= {w["id"] for w in works}


# What a line of the text says, and what is said of it.
FAULTS = {
    "See @fig-nowhere.": "@fig-nowhere refers to nothing in the book",
    "See @Fig-nowhere.": "@fig-nowhere refers to nothing in the book",
    "See [@nobody1900].": "@nobody1900 is in no bibliography",
    "See @thm-main.": "@thm-main is of a kind that press does not number",
    "![Words](nowhere.svg)": "there is no image nowhere.svg",
    "![](../assets/picture.svg)": 'the image needs words for those who cannot see it: {fig-alt="what it shows"}',
    "![Words](https://example.org/x.png)": "the image is on another host: save it beside the chapter",
    "<iframe src='https://example.org/'></iframe>": "a page asks nothing of another host, as this does: https://example.org/",
    "<video src='//example.org/x.mp4'></video>": "a page asks nothing of another host, as this does: //example.org/x.mp4",
    "```{=html}\n<style>p { background: url(https://example.org/x.png) }</style>\n```": "a page asks nothing of another host, as this does: https://example.org/x.png",
    "<a href='nowhere.qmd#x'>words</a>": "the link nowhere.qmd#x leads nowhere",
    "```{=html}\n<img alt='x' src=\"../assets/no&amp;where.png\">\n```": "the link ../assets/no&where.png leads nowhere",
    "<button onclick='f()'>Go</button>": "a page runs no script in an attribute: <button onclick=",
    "\\textbf{Words} only LaTeX sets": "LaTeX that is no formula is in neither site nor PDF: \\textbf{Words}",
    "```{mermaid}\ngraph LR\n```": "press runs {python} cells only, not {mermaid}",
    "```{python}\n#| lst-label: lst-x\n1\n```": "press does not do the cell option lst-label: press does not number listings",
    '::: {tbl-cap="Words"}\nText.\n:::': "press does not do tbl-cap=: write ': caption {#tbl-x}' below the table",
    "[words](nowhere.qmd)": "the link nowhere.qmd leads nowhere",
    "[words](#nowhere)": "the link #nowhere leads nowhere",
    "{{< video file.mp4 >}}": "press knows the shortcodes include, meta, var, pagebreak, not video",
    "{{< include lost.qmd >}}": "there is no file lost.qmd to include",
    "{{< include 02-two.qmd >}}": "chapters/02-two.qmd includes itself",
    "{{< meta no.such >}}": "there is no no.such in _quarto.yml or the front matter",
    "It is {{< var x >}}.": "there is no x in _variables.yml",
    "::: {.panel-sidebar}\nText.\n:::": "press does not know .panel-sidebar",
    "::: {layout-odd=2}\nText.\n:::": "press does not know layout-odd=",
    "::: {.callout-danger}\nText.\n:::": "press does not know .callout-danger",
    "::: {#thm-main}\nText.\n:::": "press does not number thm-",
    '::: {.content-visible when-format="odd"}\nText.\n:::': "when-format is a format such as html or typst, not odd",
    "::: {.panel-tabset}\nText.\n:::": "a panel-tabset begins with the heading of its first tab",
    ":::": "this ::: closes nothing",
    "::: {.lead}\nText.": "this ::: never closes",
    "$x$ {#eq-inline-not}\n\n{#eq-lost}": "this {#label} labels nothing: it belongs right after $$, a heading, a figure or ': caption'",
    "A note.[^none]": "this footnote is not defined",
    "$\\notacommand{x}$": "Pandoc cannot read this TeX: \\notacommand{x}",
    "```{=latex}\n\\bf\n```": "press knows raw {=html} and {=typst}, not {=latex}",
    "It is `{r} 1 + 1`.": "press evaluates `{python} …` only, not {r}",
    "It is `r 1 + 1`.\n\n```{r}\n#| eval: false\n1\n```": "press evaluates `{python} …` only, not {r}",
    "---\nlang: de\n---": "lang belongs into the front matter, at the top of the file",
    "# Another title": "a chapter has one title: make this heading ##",
    "::: {.panel-tabset}\n## Tab\n\n# Another title\n:::": "a chapter has one title: make this heading ##",
    "::: {.callout-note}\n# Its title\n\n# Another title\n:::": "a chapter has one title: make this heading ##",
    "```{r}\n1\n```": "press runs {python} cells only, not {r}",
    "```{python, echo=FALSE}\n1\n```": "write options as #| lines under {python}, not {python, echo=FALSE}",
    "```{python}\n#| fig-odd: 3\n1\n```": "press does not know the cell option fig-odd; it knows ",
    "```{python}\n#| fig-width: wide\n1\n```": "the cell option fig-width cannot be 'wide'",
    "```{python}\n# | echo: maybe\n1\n```": "the cell option echo cannot be 'maybe'",
    "```{python}\n#| echo: maybe\n1\n```": "the cell option echo cannot be 'maybe'",
    "```{python}\n#| label: [\n1\n```": "the cell's options are not valid YAML: ",
    "```{python}\n#| label: tbl-x\n1\n```": "the cell tbl-x needs #| tbl-cap",
    "```{python}\n#| tbl-cap: Words\n1\n```": "a cell with tbl-cap needs a label that starts with tbl-",
    '```{python}\n#| label: tbl-x\n#| tbl-cap: "It is `{python} 1`"\n1\n```': "inline code is not evaluated in tbl-cap",
    "## Again {#sec-two}": "the label sec-two is used twice",
}


def test_a_fault_is_not_taken_for_the_same_words_in_code(sample):
    (sample / "chapters/a-proofs.qmd").write_text(
        "# Proofs {#sec-proofs}\n\nCode: `\\textbf{x}`.\n\nWords \\textbf{x}.\n"
    )
    assert problems(sample) == [
        "chapters/a-proofs.qmd:5: LaTeX that is no formula is in neither site nor PDF: \\textbf{x}"
    ]


@pytest.mark.parametrize(("text", "message"), FAULTS.items())
def test_a_fault_is_named_with_its_line(sample, text, message):
    (sample / "assets/picture.svg").write_text("<svg/>")
    chapter = sample / "chapters/02-two.qmd"
    before = chapter.read_text("utf-8") + "\n"
    chapter.write_text(f"{before}{text}\n\nAn end.\n", "utf-8")
    first, last = before.count("\n") + 1, before.count("\n") + text.count("\n") + 1
    found = problems(sample)
    assert len(found) == 1, found
    file, line, said = found[0].split(":", 2)
    assert file == "chapters/02-two.qmd"
    assert first <= int(line) <= last
    assert said.strip().startswith(message)


def test_all_problems_come_in_one_list_in_reading_order(sample):
    (sample / "index.qmd").write_text("# Preface {.unnumbered}\n\nSee @fig-a.\n\nSee @nobody2000.\n")
    (sample / "chapters/a-proofs.qmd").write_text("---\ntitle: Twice\n---\n\n# Proofs {#sec-proofs}\n\n[](x.qmd)\n")
    assert problems(sample) == [
        "chapters/a-proofs.qmd:1: the title stands here and as a heading (# Title): twice makes two chapters",
        "chapters/a-proofs.qmd:7: the link x.qmd leads nowhere",
        "index.qmd:3: @fig-a refers to nothing in the book",
        "index.qmd:5: @nobody2000 is in no bibliography",
    ]


def test_a_block_that_never_closes(sample):
    chapter = sample / "chapters/a-proofs.qmd"
    chapter.write_text("# Proofs {#sec-proofs}\n\n```{python}\n1\n")
    assert problems(sample) == ["chapters/a-proofs.qmd:3: the code block opens with ```{python} and never closes"]


def test_bad_yaml_in_a_cell_is_named_at_its_line(sample):
    chapter = sample / "chapters/a-proofs.qmd"
    chapter.write_text("# Proofs {#sec-proofs}\n\n```{python}\n#| echo: true\n#| label: a: b\n1\n```\n")
    (found,) = problems(sample)
    assert found.startswith("chapters/a-proofs.qmd:5: the cell's options are not valid YAML: ")


def test_a_chapter_that_is_not_utf8(sample):
    (sample / "chapters/a-proofs.qmd").write_bytes("# Proofs {#sec-proofs}\n\ncafé\n".encode("latin-1"))
    assert problems(sample)[0] == "chapters/a-proofs.qmd:3: is not UTF-8 text: save it as UTF-8"


def test_a_broken_bibliography(sample):
    (sample / "references.bib").write_text("@book{x, title = {unclosed\n")
    assert problems(sample)[0].startswith("references.bib:")
