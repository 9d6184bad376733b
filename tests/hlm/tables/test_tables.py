"""Tables and numbers as a reader sees them: in the page, in the PDF and in the terminal."""

import json
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pypandoc
import pytest
from IPython.core.formatters import PlainTextFormatter
from table_checks import compile_latex

import hlm
from hlm.tables.display import raw_block

FRAME = pd.DataFrame(
    {"n": [1200, 7], "mean": [12.345, -1.5], "school": ["A & B", "<C>"], "p": [1e-9, 0.0312]},
    index=pd.Index(["public", "Catholic"], name="sector"),
)


def rows(table):
    root = ElementTree.fromstring(table.html)
    texts = [[cell.text and cell.text.replace("\N{NO-BREAK SPACE}", " ") for cell in row] for row in root.iter("tr")]
    return root, texts


def test_the_html_is_well_formed_and_its_headers_have_a_scope():
    root, cells = rows(hlm.table(FRAME, digits=3))
    assert cells == [
        ["sector", "n", "mean", "school", "p"],
        ["public", "1,200", "12.345", "A & B", "< 0.001"],
        ["Catholic", "7", "−1.500", "<C>", "0.031"],
    ]
    assert [c.get("scope") for c in root.find("thead/tr")] == ["col"] * 5
    assert [[c.tag for c in row] for row in root.find("tbody")] == [["th", "td", "td", "td", "td"]] * 2
    assert all(row[0].get("scope") == "row" for row in root.find("tbody"))


def test_an_empty_corner_is_the_heading_of_nothing():
    html = hlm.table(pd.DataFrame({"x": [1.5]}, index=pd.Index(["a"], name=""))).html
    head = ElementTree.fromstring(html).find("thead/tr")
    assert [(cell.tag, cell.get("scope")) for cell in head] == [("td", None), ("th", "col")]


def test_numbers_are_right_aligned_and_text_left():
    root, _ = rows(hlm.table(FRAME))
    for row in root.iter("tr"):
        assert [c.get("style") for c in row] == [
            f"text-align: {s}" for s in ("left", "right", "right", "left", "right")
        ]


def test_the_book_gets_markdown_and_never_html():
    table = hlm.table(FRAME)
    assert not hasattr(table, "_repr_html_")
    assert table._repr_markdown_() == f"```{{=html}}\n{table.html}\n```\n"
    assert table._repr_mimebundle_() == {}


def test_a_notebook_gets_html_and_a_kernel_of_the_book_or_of_quartos_does_not(monkeypatch):
    from IPython.core.interactiveshell import InteractiveShell

    table = hlm.table(FRAME)
    shell = InteractiveShell.instance()
    try:
        shown, _ = shell.display_formatter.format(table)
        assert shown == {"text/html": table.html.replace("-1.50", "−1.50"), "text/plain": table.text}
        monkeypatch.setenv("QUARTO_PROJECT_ROOT", "book")
        shown, _ = shell.display_formatter.format(table)
        assert set(shown) == {"text/markdown", "text/plain"}
        monkeypatch.delenv("QUARTO_PROJECT_ROOT")
        shell.display_formatter.active_types = ["text/plain", "text/markdown"]  # the book's settings of IPython
        shown, _ = shell.display_formatter.format(table)
        assert set(shown) == {"text/markdown", "text/plain"}
    finally:
        InteractiveShell.clear_instance()


def test_latex_has_it_too_and_compiles(tmp_path):
    latex = hlm.table(FRAME).latex
    assert r"\begin{tabular}{lrrlr}" in latex
    assert r"Catholic & 7 & $-$1.50 & \textless{}C\textgreater{} & 0.03 \\" in latex
    special = hlm.table(FRAME.assign(x=[np.nan, -np.inf])).latex
    assert r"& – \\" in special
    assert r"& $-$$\infty$ \\" in special
    compile_latex(special, tmp_path)


def test_a_row_of_latex_may_begin_with_a_star_or_a_bracket(tmp_path):
    """After the end of a row LaTeX would take them for the row's argument, and say nothing of it."""
    latex = hlm.table(pd.DataFrame({"mark": ["first", "* second", "[3pt] third"], "x": [1, 2, 3]})).latex
    assert r"{}* second & 2 \\" in latex
    assert r"{}[3pt] third & 3 \\" in latex
    compile_latex(latex, tmp_path)


def test_pandoc_makes_a_real_table_of_it():
    document = json.loads(pypandoc.convert_text(hlm.table(FRAME).html, "json", format="html"))
    (block,) = document["blocks"]
    assert block["t"] == "Table"
    alignments = [spec[0]["t"] for spec in block["c"][2]]
    assert alignments == ["AlignLeft", "AlignRight", "AlignRight", "AlignLeft", "AlignRight"]


def test_the_terminal_gets_columns_that_line_up():
    lines = str(hlm.table(FRAME[["n", "mean"]], digits=1)).splitlines()
    assert lines == [
        "sector          n    mean",
        "public      1,200    12.3",
        "Catholic        7    −1.5",
    ]
    assert repr(hlm.table(FRAME)) == str(hlm.table(FRAME))


def test_a_cell_may_look_like_a_rule():
    assert str(hlm.table(pd.DataFrame({"x": ["-", "=="]}))).splitlines() == ["x", "-", "=="]
    assert str(hlm.table(pd.DataFrame())) == ""


# An index that only counts the rows tells a reader nothing; any other names them, whether it has a name itself or not.
@pytest.mark.parametrize(
    ("index", "first_column"),
    [
        (["a", "b"], ["", "a", "b"]),
        (pd.Index(["a", "b"], name="who"), ["who", "a", "b"]),
        (pd.Index([7, 3], name="school"), ["school", "7", "3"]),
        ([0.5, 1.5], ["", "0.5", "1.5"]),
        (pd.RangeIndex(2), ["x", "1.50", "2.50"]),
        (pd.RangeIndex(5, 7), ["x", "1.50", "2.50"]),
        ([7, 3], ["x", "1.50", "2.50"]),
    ],
)
def test_what_names_the_rows_is_shown(index, first_column):
    _, cells = rows(hlm.table(pd.DataFrame({"x": [1.5, 2.5]}, index=index)))
    assert [row[0] or "" for row in cells] == first_column


def test_coefficients_keep_their_names():
    fit = hlm.lmer("math ~ ses + (1 | sch.id)", hlm.load_hsb())
    for frame in (fit.coef_table(), fit.cov_params(), fit.conf_int()):
        root, _ = rows(hlm.table(frame))
        assert [row[0].text for row in root.find("tbody")] == ["Intercept", "ses"]
        assert [row[0].tag for row in root.find("tbody")] == ["th", "th"]


def test_an_index_of_several_levels_has_as_many_columns():
    frame = FRAME.set_index("school", append=True)[["mean"]]
    root, cells = rows(hlm.table(frame, labels={"school": "School"}))
    assert cells[0] == ["sector", "School", "mean"]
    assert [[cell.tag for cell in row] for row in root.find("tbody")] == [["th", "th", "td"]] * 2


def test_digits_by_column_and_labels():
    _, cells = rows(hlm.table(FRAME[["n", "mean"]], digits={"mean": 0}, labels={"mean": "Mean", "sector": "Sector"}))
    assert cells[0] == ["Sector", "n", "Mean"]
    assert [row[2] for row in cells[1:]] == ["12", "−2"]


def test_without_digits_whole_numbers_stay_whole():
    _, cells = rows(hlm.table(pd.DataFrame({"x": [0.0, 2713.0, -2.832]}), digits=None))
    assert [row[0] for row in cells[1:]] == ["0", "2,713", "−2.83"]


@pytest.mark.parametrize(
    ("p", "shown"), [(0.0, "< 0.01"), (1e-320, "< 0.01"), (0.0049, "< 0.01"), (0.005, "0.01"), (1.0, "1.00")]
)
def test_no_p_value_is_zero(p, shown):
    """Nor one that is too small for a float, as of a difference of fifty standard errors."""
    for name in ("p", "p.value"):
        _, cells = rows(hlm.table(pd.DataFrame({name: [p], "other": [p]})))
        assert cells[1] == [shown, hlm.num(p, 2)]


def test_a_schools_number_is_a_label():
    _, cells = rows(hlm.table(hlm.load_hsb().head(1)))
    assert cells[1][0] == "1224"
    _, cells = rows(hlm.table(hlm.school_summary(hlm.load_hsb()).head(1)))
    assert cells[1][0] == "1224"


def test_a_missing_value_is_a_dash():
    _, cells = rows(hlm.table(pd.DataFrame({"x": [1.0, np.nan]})))
    assert cells[2] == ["–"]


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (7185, None, "7,185"),
        (np.int64(160), None, "160"),
        (47.0, None, "47"),
        (2.804886, None, "2.80"),
        (-2.806225, 6, "−2.806225"),
        (-0.001, 2, "0.00"),
        (1234567.891, 1, "1,234,567.9"),
        (float("nan"), 2, "–"),
        (float("-inf"), 2, "−∞"),
    ],
)
def test_num(value, digits, text):
    assert hlm.num(value, digits) == text


@pytest.mark.parametrize(
    ("p", "digits", "text"),
    [(0.0183, 3, "= 0.018"), (0.00096, 3, "< 0.001"), (0.001, 3, "= 0.001"), (0.0, 2, "< 0.01"), (1, 2, "= 1.00")],
)
def test_a_p_value_in_running_text(p, digits, text):
    found = hlm.p_text(p, digits)
    assert found == text.replace(" ", "\N{NO-BREAK SPACE}")
    # Quarto prints the text/plain of an inline value, which is this: a str's own repr would say \xa0
    assert PlainTextFormatter()(found) == f"'{found}'"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: hlm.table(FRAME, digits={"median": 2}), "digits names a column 'median'; the table has sector, n"),
        (lambda: hlm.table(FRAME, labels={"sd": "SD"}), "labels names a column 'sd'"),
        (lambda: hlm.table(FRAME, digits=-1), "-1"),
        (lambda: hlm.p_text(1.2), "a p value lies between 0 and 1, not at 1.2"),
        (lambda: hlm.p_text(float("nan")), "p_text: p must be a finite number, not nan"),
        (lambda: hlm.p_text(0.5, digits=0), "one decimal or more, not 0"),
        (lambda: hlm.num("12"), "num: value must be a number, not '12'"),
    ],
)
def test_bad_input_gets_one_clear_error(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize(
    ("cell", "shown"),
    [("-23,540.1", "−23,540.1"), ("(-0.5, -.25)", "(−0.5, −.25)"), ("1-2", "1-2"), ("t-test", "t-test")],
)
def test_in_the_book_a_number_has_a_true_minus_sign(cell, shown):
    assert raw_block(f"<td>{cell}</td>") == f"```{{=html}}\n<td>{shown}</td>\n```\n"
