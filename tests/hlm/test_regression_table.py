"""The side-by-side table: R's stargazer line by line, the slide's figures, every output a real table."""

from functools import cache
from pathlib import Path

import pytest
import statsmodels.formula.api as smf

import hlm
from hlm.regression_table import regression_table

REFERENCE = Path(__file__).parents[1] / "reference" / "stargazer.txt"


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
    "slide": ("ols1 m1", {"star_cutoffs": (0.05, 0.01, 0.001)}),
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
