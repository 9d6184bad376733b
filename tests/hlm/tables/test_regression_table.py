"""The side-by-side table: R's stargazer line by line, the slide's figures, every output a real table."""

import warnings
from decimal import Decimal
from functools import cache
from pathlib import Path

import numpy as np
import pypandoc
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from hypothesis import given, settings
from hypothesis import strategies as st
from IPython.core.formatters import DisplayFormatter
from stargazer.label import Label
from stargazer.stargazer import LineLocation, Stargazer
from table_checks import (
    axe_violations,
    cells,
    check_snapshot,
    compile_latex,
    grid,
    parsed,
    raw_html,
    through_pandoc,
)

import hlm
from hlm.tables.numbers import decimals, decimals_as_r
from hlm.tables.regression import regression_table

REFERENCE = Path(__file__).parents[2] / "reference" / "stargazer.txt"


def r_tables():
    """R's stargazer's tables by the name of the call, a list of lines each."""
    blocks = REFERENCE.read_text(encoding="utf-8").split("## ")[1:]
    return {name: body.strip("\n").split("\n") for name, _, body in (b.partition(" \n") for b in blocks)}


R = r_tables()


FORMULAS = {
    "ols1": "math ~ sector",
    "ols2": "math ~ ses + sector + meanses + ses:sector",
    "cents": "math ~ points",
    "plain": "math ~ ses",
    "m0": "math ~ 1 + (1 | sch.id)",
    "m1": "math ~ sector + (1 | sch.id)",
    "m2": "math ~ ses + sector + meanses + ses:sector + (ses | sch.id)",
}


SLIDE = {"star_cutoffs": (0.05, 0.01, 0.001)}


@cache
def data():
    return hlm.load_hsb().assign(points=lambda d: d["ses"] * 1e5)


@cache
def fit(name):
    formula = FORMULAS[name]
    return hlm.lmer(formula, data()) if "|" in formula else smf.ols(formula, data()).fit()


def fits(names):
    return [fit(name) for name in names.split()]


CALLS = {
    "slide": ("ols1 m1", SLIDE),
    "one ols": ("ols1", {}),
    "one mixed": ("m1", {}),
    "two ols": ("ols1 ols2", {}),
    "two mixed": ("m1 m2", {}),
    "two and two": ("ols1 ols2 m1 m2", {}),
    "mixed first": ("m0 m1 ols1", {}),
    "mixed between": ("ols1 m1 ols2", {}),
    "intervals": ("ols1 m1", {"second_line": "ci"}),
    "t": ("ols1 m1", {"second_line": "t"}),
    "p": ("ols1 m1", {"second_line": "p"}),
    "nothing below": ("ols1 m1", {"second_line": None}),
    "five digits": ("ols1 m1", {"digits": 5}),
    "no digits": ("ols1 m1", {"digits": 0}),
    "column labels": ("ols1 m1", {"column_labels": ["ignoring schools", "with schools"]}),
    "wide column label": ("ols1 m1 ols2", {"column_labels": ["A", "B"], "column_separate": [2, 1]}),
    "labels": (
        "ols1 m1",
        {"covariate_labels": {"sector": "Catholic school"}, "dep_var_label": "Math achievement", "title": "Two models"},
    ),
    "no numbers": ("ols1 m1", {"model_numbers": False}),
    "no names": ("ols1 m1", {"model_names": False}),
    "names of one kind": ("m1 m2", {"model_names": True}),
    "single row": ("ols1 m1", {"single_row": True}),
    "long note": ("ols1 m1", {"notes": "A note that is rather long, longer than the table is wide, by quite a lot"}),
    "own notes": ("ols1 m1", {"notes": ["one", "two"], "notes_append": False}),
    "statistics": ("ols1 m1", {"statistics": ["n", "ll"]}),
    "no df": ("ols1 m1", {"show_df": False}),
    "caption": ("ols1 m1", {"dep_var_caption": "Outcome"}),
    "order": ("ols1 m2", {"covariate_order": ["meanses", "ses", "ses:sector", "sector", "Constant"]}),
    "small and large": ("cents plain", {}),
}


@pytest.mark.parametrize("name", CALLS)
def test_the_text_is_that_of_rs_stargazer_line_by_line(name):
    models, options = CALLS[name]
    ours = regression_table(fits(models), ddf="normal", ddf_note=False, r_rounding=True, **options)
    assert ours.text.split("\n") == R[name]


def test_a_line_of_ones_own_is_added_as_in_stargazer():
    table = regression_table(fits("ols1 m1"), ddf_note=False, r_rounding=True)
    table.add_line("Schools", ["", "160"], LineLocation.FOOTER_TOP)
    assert table.text.split("\n") == R["added line"]


# ------------------------------------------------------------------------------------------------------- the slide

# "Side by Side Output Comparisons", as the slide prints it.
SLIDE_ROWS = [
    ["", "Dependent variable:", "Dependent variable:"],
    ["", "math", "math"],
    ["", "OLS", "linear mixed-effects"],
    ["", "(1)", "(2)"],
    ["sector", "2.806***", "2.805***"],
    ["sector", "(0.159)", "(0.439)"],
    ["Constant", "11.364***", "11.393***"],
    ["Constant", "(0.112)", "(0.293)"],
    ["Observations", "7,185", "7,185"],
    ["R2", "0.042", ""],
    ["Adjusted R2", "0.041", ""],
    ["Log Likelihood", "", "-23,540.070"],
    ["Akaike Inf. Crit.", "", "47,088.130"],
    ["Bayesian Inf. Crit.", "", "47,115.650"],
    ["Residual Std. Error", "6.734 (df = 7183)", ""],
    ["F Statistic", "311.869*** (df = 1; 7183)", ""],
    ["Note:", "*p<0.05; **p<0.01; ***p<0.001", "*p<0.05; **p<0.01; ***p<0.001"],
]


def test_the_slides_table_has_the_slides_figures():
    table = regression_table(fits("ols1 m1"), r_rounding=True, **SLIDE)
    assert grid(table.html)[: len(SLIDE_ROWS)] == SLIDE_ROWS
    assert table.text.split("\n")[:-1] == R["slide"]
    assert table.text.split("\n")[-1].strip() == "Mixed models: Satterthwaite's d.f."


def test_without_rs_rounding_only_the_likelihoods_differ_and_are_what_they_are():
    table = regression_table(fits("ols1 m1"), **SLIDE)
    m1 = fit("m1")
    differ = [(a, b) for a, b in zip(grid(table.html), SLIDE_ROWS, strict=False) if a != b]
    assert [(ours[0], ours[2]) for ours, _ in differ] == [
        ("Log Likelihood", f"{m1.llf:,.3f}"),
        ("Akaike Inf. Crit.", f"{m1.aic:,.3f}"),
        ("Bayesian Inf. Crit.", f"{m1.bic:,.3f}"),
    ]


# --------------------------------------------------------------------------------------------------------- outputs


def full():
    """A table with everything in it."""
    return regression_table(
        fits("ols2 m1 m2"),
        title="Schools & students",
        label="tbl-full",
        column_labels=["ignoring schools", "with schools"],
        column_separate=[1, 2],
        covariate_labels={"ses:sector": "SES × sector", "meanses": "mean_ses < 50%"},
        variance_components=True,
        second_line="ci",
        notes="Students in 160 schools.",
        ddf="kenward-roger",
    )


@pytest.mark.parametrize("name", ["slide", "full"])
def test_snapshots(name):
    table = full() if name == "full" else regression_table(fits("ols1 m1"), **SLIDE)
    check_snapshot(f"{name}.txt", table.text)
    check_snapshot(f"{name}.html", table.html)
    check_snapshot(f"{name}.tex", table.latex)
    check_snapshot(f"{name}.md", table._repr_markdown_())


def test_str_is_the_text_and_a_book_gets_markdown_alone():
    table = regression_table(fits("ols1 m1"))
    assert str(table) == repr(table) == table.text
    assert not hasattr(table, "_repr_html_")
    shown, _ = DisplayFormatter().format(table)
    assert set(shown) == {"text/plain", "text/markdown"}


def test_the_html_is_valid_and_says_what_heads_what():
    tree = parsed(full().html)
    assert [e.text for e in tree.iter("caption")] == ["Schools & students"]
    assert {th.get("scope") for th in tree.find(".//thead").iter("th")} == {"col"}
    assert {th.get("scope") for part in tree.iter("tbody") for th in part.iter("th")} == {"row", "rowgroup"}
    assert not [e for e in tree.iter() if e.get("style") or e.get("align") or e.tag in ("font", "center")]
    assert all("".join(th.itertext()).strip() for th in tree.iter("th"))
    assert {len(row) for row in grid(full().html)} == {4}


def test_axe_core_finds_nothing():
    assert axe_violations(full().html) == []


def test_the_books_markdown_is_a_real_table_in_typst_and_latex():
    table = full()
    html = raw_html(table._repr_markdown_())
    typst, latex = through_pandoc(html, "typst"), through_pandoc(html, "latex")
    assert "#table(" in typst
    assert "columns: 4" in typst
    assert "table.header(" in typst
    assert "table.cell(colspan: 2)[with schools]" in typst
    assert r"\begin{longtable}" in latex
    assert "Schools & students" not in raw_html(regression_table(fits("ols1"))._repr_markdown_())


def test_a_caption_stands_in_markdown_only_if_it_was_asked_for():
    table = regression_table(fits("ols1 m1"))
    assert "<caption>Models of math</caption>" in table.html
    assert "<caption>" not in table._repr_markdown_()
    table.title("Two models")
    assert "<caption>Two models</caption>" in table._repr_markdown_()


def test_the_latex_compiles_without_a_warning(tmp_path):
    tables = [
        regression_table(fits("ols1 m1"), covariate_labels={"sector": "[T.1] *"}, **SLIDE),
        regression_table(fits("ols2"), single_row=True, variance_components=True),
    ]
    log = compile_latex("\n".join(t.latex for t in tables), tmp_path)
    assert "Warning" not in log
    assert "Overfull" not in log
    compile_latex(full().latex, tmp_path)
    every = "".join(map(chr, range(32, 127)))
    compile_latex(regression_table(fits("ols1"), covariate_labels={"sector": every}, title=every).latex, tmp_path)


def test_pandoc_reads_the_latex_as_the_same_table():
    table = regression_table(fits("ols1 m1"), **SLIDE)
    html = pypandoc.convert_text(table.latex, "html", "latex").replace("−", "-").replace("\n", " ")
    read = [row for row in cells(html) if row[0] not in ("", "Note:")]
    ours = [row for row in cells(table.html) if row[0] not in ("", "Note:") and len(row) == 3]
    assert read == ours


@settings(max_examples=15, deadline=None)
@given(label=st.text(st.characters(exclude_categories=["Cs"]), min_size=1), title=st.text())
def test_any_label_makes_valid_html_and_even_text(label, title):
    table = regression_table(fits("ols1"), covariate_labels={"sector": label}, title=title)
    shown = "".join(c for c in label if c.isprintable())
    first = next(row for row in grid(table.html) if "2.806***" in row)[0]
    assert "".join(c for c in first if c.isprintable() and c != " ") == shown.replace(" ", "")
    lines = table.text.split("\n")
    rule = lines.index(next(line for line in lines if line and set(line) == {"="}))
    assert {len(line) for line in lines[rule:]} == {len(lines[rule])} or "\n" in label


@settings(max_examples=4, deadline=None)
@given(
    labels=st.lists(
        st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=12),
        min_size=4,
        max_size=4,
        unique=True,
    )
)
def test_latex_labels_come_back_as_they_were(labels):
    names = dict(zip(["ses", "sector", "meanses", "ses:sector"], labels, strict=True))
    latex = regression_table(fits("ols2"), covariate_labels=names, second_line=None).latex
    html = pypandoc.convert_text(latex, "html", "latex-smart")
    typeset = str.maketrans("’‘−", "'`-")
    assert [row[0].translate(typeset) for row in cells(html)][2:6] == labels


def test_labels_of_ones_own_markup_pass_unescaped():
    gamma = Label({"LaTeX": r"$\gamma_{01}$", "html": "<em>γ</em>", "text": "gamma"})
    table = regression_table(fits("ols1"), covariate_labels={"sector": gamma})
    assert r"$\gamma_{01}$ & 2.806" in table.latex
    assert '<th scope="row" rowspan="2"><em>γ</em></th>' in table.html
    assert "\ngamma " in table.text


# ---------------------------------------------------------------------------------------------------------- numbers


@given(st.floats(-1e12, 1e12, allow_nan=False), st.integers(0, 9))
def test_numbers_are_what_their_decimals_are(x, digits):
    shown = Decimal(decimals(x, digits).replace(",", ""))
    assert abs(shown - Decimal(x)) <= Decimal("0.5") / 10**digits


@given(st.floats(-1e12, 1e12, allow_nan=False), st.integers(0, 6))
def test_rs_rounding_keeps_seven_digits(x, digits):
    ours = float(decimals_as_r(x, digits).replace(",", ""))
    assert ours == pytest.approx(x, abs=max(0.500001 * 10**-digits, 1e-6 * abs(x)))


def test_what_is_not_a_number_is_left_blank_and_has_no_stars():
    assert decimals(float("nan"), 3) == decimals(None, 3) == decimals_as_r(float("inf"), 3) == ""
    table = regression_table(fits("plain"), statistics=["n"], notes_append=False)
    assert "3.184***" in table.text
    table.model_data[0]["p_values"] = table.model_data[0]["p_values"] * np.nan
    assert "*" not in table.text


# ----------------------------------------------------------------------------------------------------- mixed models


@pytest.mark.parametrize("ddf", ["satterthwaite", "kenward-roger"])
def test_tests_of_a_mixed_model_are_by_the_method_that_the_note_names(ddf):
    m2 = fit("m2")
    t = m2.coef_table(ddf=ddf)
    for second, values in (("t", t["t"]), ("p", t["p"]), ("se", t["se"])):
        table = regression_table([m2], second_line=second, ddf=ddf, digits=6)
        below = {row[0]: row[1] for row in grid(table.html)[3::2][: len(t)]}
        assert below["ses:sector"].strip("()pt= ") == f"{values['ses:sector']:.6f}"
        assert ddf.split("-")[0] in table.text.split("\n")[-1].lower()
    interval = regression_table([m2], second_line="ci", ddf=ddf, level=0.9, digits=6)
    low, high = m2.conf_int(alpha=0.1, ddf=ddf).loc["ses"]
    assert f"({low:.6f}, {high:.6f})" in interval.text


def test_the_normal_approximation_is_rs_and_can_change_the_stars():
    few = data()[data()["sch.id"].isin(data()["sch.id"].unique()[:8])]
    m = hlm.lmer("math ~ sector + (1 | sch.id)", few)
    normal, exact = (regression_table([m], ddf=ddf, second_line="p").text for ddf in ("normal", "satterthwaite"))
    assert normal.split("\n")[6:8] != exact.split("\n")[6:8]


def test_variance_components_stand_in_a_block_of_their_own_without_stars():
    m1, m2 = fits("m1 m2")
    table = regression_table([m1, m2], variance_components=True)
    rows = {row[0]: row[1:] for row in grid(table.html)}
    G = m2.cov_re
    assert rows["sch.id: Constant"] == [f"{m1.cov_re.iloc[0, 0]:.3f}", f"{G.iloc[0, 0]:.3f}"]
    assert rows["sch.id: ses"] == ["", f"{G.iloc[1, 1]:.3f}"]
    assert rows["sch.id: Constant, ses (cov.)"] == ["", f"{G.iloc[0, 1]:.3f}"]
    assert rows["Residual"] == [f"{m1.scale:.3f}", f"{m2.scale:.3f}"]
    assert rows["Groups (sch.id)"] == ["160", "160"]
    assert list(rows).index("Constant") < list(rows).index("Variance components") < list(rows).index("Observations")
    assert "Variance components" not in regression_table([m1, m2]).text


def test_uncorrelated_terms_show_no_covariance():
    m = hlm.lmer("math ~ ses + (ses || sch.id)", data())
    assert "(cov.)" not in regression_table([m], variance_components=True).text


# -------------------------------------------------------------------------------------------- stargazer's interface


def test_plain_stargazer_knows_the_mixed_model_once_hlm_is_imported():
    latex = Stargazer(fits("ols1 m1")).render_latex()
    assert "sector & 2.806$^{***}$ & 2.805$^{***}$" in latex
    assert "(0.159) & (0.439)" in latex
    assert "N. of groups &  & 160" in latex
    assert "Var" not in latex


def test_stargazers_methods_work_on_the_table():
    table = regression_table(fits("ols1 m1"))
    assert isinstance(table, Stargazer)
    table.title("T")
    table.covariate_order(["Intercept"], restrict=False)
    table.rename_covariates({"Intercept": "Public mean"})
    table.show_confidence_intervals(True)
    table.significant_digits(1)
    table.show_model_numbers(False)
    table.show_degrees_of_freedom(False)
    table.custom_columns("both")
    table.custom_note_label("N.B.")
    table.show_r2 = False
    text = table.render_text()
    assert text.startswith("T\n=")
    assert text.index("Public mean") < text.index("sector")
    assert "(11.1, 11.6)" in text
    assert "(1)" not in text
    assert "df =" not in text
    assert "both" in text
    assert "N.B." in text
    assert "\nR2" not in text
    assert table.render_latex(only_tabular=True).startswith(r"\begin{tabular}{lcc}")
    table.reset_params()
    assert "Public mean" not in table.render_html()


def test_other_models_of_statsmodels_come_as_they_are():
    d = data()
    arrays = sm.OLS(d["math"], sm.add_constant(d[["sector"]])).fit()
    robust = fit("ols1").get_robustcov_results("HC1")
    logit = smf.logit("minority ~ ses", d).fit(disp=False)
    rows = {r[0] + str(i % 2): r[1:] for i, r in enumerate(grid(regression_table([arrays, robust, fit("m1")]).html))}
    assert rows["Constant0"] == ["11.364***", "11.364***", "11.393***"]
    assert rows["sector1"] == ["(0.159)", f"({robust.bse[1]:.3f})", "(0.439)"]
    text = regression_table([logit], model_names=True).text
    assert "logistic" in text
    assert f"{logit.llf:,.3f}" in text


# ------------------------------------------------------------------------------------------------ what cannot be


class Unknown:
    pass


def mixedlm():
    d = data().head(600)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return smf.mixedlm("math ~ ses", d, groups=d["sch.id"]).fit(method="powell")


@pytest.mark.parametrize(
    ("models", "error", "message"),
    [
        (list, ValueError, "there are no models"),
        (lambda: [fit("ols1"), Unknown()], TypeError, "model 2 is a Unknown, which stargazer does not know"),
        (lambda: [Unknown], TypeError, "model 1 is the class Unknown"),
        (lambda: data(), TypeError, "model 1 is a DataFrame|models must be a list, not a DataFrame"),
        (lambda: [smf.ols("math ~ ses", data())], TypeError, r"model 1 is not fitted: it is a OLS, give the result of its fit"),
        (lambda: [smf.ols("math ~ ses", data()).fit], TypeError, "model 1 is a method.*call it"),
        (lambda: [fit("m1"), mixedlm()], ValueError, "model 2 is statsmodels' MixedLM.*hlm.lmer"),
        (lambda: [fit("m1"), smf.ols("ses ~ sector", data()).fit()], ValueError, "math in model 1, ses in model 2"),
    ],
)  # fmt: skip
def test_models_that_do_not_belong_together_are_refused(models, error, message):
    with pytest.raises(error, match=message):
        regression_table(models())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"covariate_order": ["sector", "sex"]}, "covariate_order: no model has the coefficient 'sex'; there are Intercept, sector"),
        ({"covariate_order": ["sector", "sector"]}, "covariate_order has twice 'sector'"),
        ({"covariate_order": "sector"}, "covariate_order must be a list .*, not 'sector'"),
        ({"covariate_labels": {"sex": "Sex"}}, "covariate_labels: no model has the coefficient 'sex'"),
        ({"covariate_labels": {"sector": "Constant"}}, "two coefficients have the label 'Constant'"),
        ({"covariate_labels": lambda name: "x"}, "two coefficients have the label 'x'"),
        ({"covariate_labels": ["Sector"]}, r"covariate_labels must be a mapping, a function or None, not \['Sector'\]"),
        ({"column_labels": ["A", "A"]}, "column_labels has twice 'A'"),
        ({"column_labels": ["A"]}, "column_labels cover 1 columns; there are 2 models"),
        ({"column_labels": ["A", "B"], "column_separate": [2]}, "column_separate: 1 numbers for 2 column_labels"),
        ({"column_labels": ["A", "B"], "column_separate": [2, 0]}, "whole numbers, 1 or more"),
        ({"column_separate": [2]}, "give column_labels too"),
        ({"model_names": ["one"]}, "model_names: 1 given for 2 models"),
        ({"dep_var_label": 5}, "dep_var_label must be text or None, not 5"),
        ({"digits": -1}, "digits is -1"),
        ({"digits": 2.5}, "digits must be a whole number, not 2.5"),
        ({"digits": True}, "digits must be a whole number, not True"),
        ({"star_cutoffs": (5,)}, "star_cutoffs has 5; give numbers between 0 and 1"),
        ({"star_cutoffs": (0.05, 0.05)}, "star_cutoffs has twice 0.05"),
        ({"second_line": "sd"}, "second_line is 'sd'; it can be 'se', 't', 'p', 'ci'"),
        ({"level": 95}, "level has 95"),
        ({"statistics": ["n", "loglik"]}, "statistics is 'loglik'; it can be 'n'"),
        ({"statistics": ["n", "n"]}, "statistics has twice 'n'"),
        ({"notes": [1]}, "notes must be text or a list"),
        ({"ddf": "between"}, "ddf must be 'satterthwaite' or 'kenward-roger' or 'normal', not 'between'"),
    ],
)  # fmt: skip
def test_options_that_cannot_be_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        regression_table(fits("ols1 m1"), **options)
