"""A predictor in two parts, the slope that is a mean of two, and the models of chapters 8 and 9, against R."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

import hlm

R = json.loads((Path(__file__).parents[2] / "reference/raudenbush_bryk.json").read_text("utf-8"))
SLOPES = {name: r for name, r in R["models"].items() if "slope_test" in r}


@pytest.fixture(scope="module")
def d():
    return hlm.within_between(hlm.load_hsb(), "ses")


@pytest.fixture(scope="module")
def fits(d):
    return {name: hlm.lmer(r["formula"], d) for name, r in R["models"].items()}


def in_hlms_order(values, names):
    return [values[name.replace("Intercept", "(Intercept)")] for name in names]


@pytest.mark.parametrize("name", R["models"])
def test_every_coefficient_standard_error_and_variance_is_lme4s(fits, name):
    r, fit = R["models"][name], fits[name]
    table = fit.coef_table()
    assert len(table) == len(r["fixef"])
    for column, theirs in (("estimate", "fixef"), ("se", "se"), ("t", "t")):
        np.testing.assert_allclose(table[column], in_hlms_order(r[theirs], table.index), rtol=1e-7)
    np.testing.assert_allclose(table["df"], in_hlms_order(r["df"], table.index), rtol=1e-5)
    np.testing.assert_allclose(table["p"], in_hlms_order(r["p"], table.index), rtol=1e-4)
    np.testing.assert_allclose(fit.cov_re, r["G"], rtol=1e-6)
    assert fit.scale == pytest.approx(r["sigma2"], rel=1e-9)
    assert fit.llf == pytest.approx(r["log_likelihood"], abs=1e-7)


def test_slopes_are_tested_as_r_tests_them(d, fits):
    tests = hlm.slope_tests({name: fits[name] for name in SLOPES}, d)
    assert list(tests.index) == list(SLOPES)
    for name, row in tests.iterrows():
        r = SLOPES[name]["slope_test"]
        assert row["tau11"] == pytest.approx(SLOPES[name]["G"][1][1], rel=1e-6)
        assert row["chi2"] == pytest.approx(r["chi2"], abs=1e-6)
        assert row["p_two_df"] == pytest.approx(r["p_two_df"], rel=1e-5)
        assert row["p"] == pytest.approx(r["p_mixture"], rel=1e-5)


@pytest.mark.parametrize("random", ["(1 | sch.id)", "(0 + ses | sch.id)", "(ses + female | sch.id)", "(ses || sch.id)"])
def test_only_one_slope_beside_an_intercept_is_tested(d, random):
    with pytest.raises(hlm.ModelError, match="no random intercept and slope"):
        hlm.slope_tests({"model": hlm.lmer(f"math ~ ses + {random}", d)}, d)


def test_an_intercept_may_be_written_out(d, fits):
    written = hlm.lmer("math ~ ses + ( 1 + ses|sch.id)", d)
    pd.testing.assert_frame_equal(*(hlm.slope_tests({"": fit}, d) for fit in (written, fits["raw"])), rtol=1e-9)


def test_the_two_parts_add_up_and_know_nothing_of_each_other(d):
    np.testing.assert_allclose(d["ses_between"] + d["ses_within"], d["ses"])
    assert d.groupby("sch.id")["ses_between"].nunique().eq(1).all()
    np.testing.assert_allclose(d.groupby("sch.id")["ses_within"].sum(), 0, atol=1e-10)
    assert d["ses_between"].corr(d["ses_within"]) == pytest.approx(0, abs=1e-12)


def test_meanses_is_near_the_mean_in_every_school(d):
    """What chapter 8 tells its reader, and data/README.md."""
    off = d["ses_between"] - d["meanses"]
    assert off.abs().max() < 0.0066
    assert off.abs().min() > 0.0054


def test_the_data_keep_their_order_and_other_columns(d):
    before = hlm.load_hsb()
    pd.testing.assert_frame_equal(d[before.columns], before)
    mixed = before.sample(frac=1, random_state=3)
    again = hlm.within_between(mixed, "ses").sort_index()
    np.testing.assert_allclose(again["ses_between"], d["ses_between"], rtol=1e-12, atol=1e-12)


def test_a_missing_value_stays_missing_and_spoils_no_other():
    data = pd.DataFrame({"g": [1, 1, 1], "x": [1.0, np.nan, 3.0]})
    split = hlm.within_between(data, "x", "g")
    np.testing.assert_array_equal(split["x_within"], [-1, np.nan, 1])


@pytest.mark.parametrize(
    ("column", "group", "message"),
    [
        ("sex", "sch.id", "no column 'sex'"),
        ("ses", "school", "no column 'school'"),
        ("name", "sch.id", "'name' is not numeric"),
        ("old", "sch.id", "a column 'old_within' already"),
    ],
)
def test_a_column_that_cannot_be_split_is_refused(column, group, message):
    data = pd.DataFrame({"sch.id": [1], "ses": [0.5], "name": ["A"], "old": [1.0], "old_within": [0.0]})
    with pytest.raises(hlm.ModelError, match=re.escape(message)):
        hlm.within_between(data, column, group)


def test_least_squares_is_the_mean_with_no_variance_between_schools(d):
    r, ols = R["least_squares"], smf.ols("math ~ ses", d).fit()
    parts = hlm.slope_parts("math ~ ses", d, 0, ols.scale)
    for name in ("within", "between", "total"):
        assert parts.loc[name, "slope"] == pytest.approx(r[name]["slope"], rel=1e-10)
    assert parts.loc["total", "se"] == pytest.approx(r["total"]["se"], rel=1e-10)
    assert parts.loc["between", "weight"] == pytest.approx(r["weight_of_between"], rel=1e-10)
    assert parts["weight"].drop("total").sum() == pytest.approx(1)


def test_with_the_models_variances_it_is_the_models_slope(fits, d):
    fit, both = fits["total"], fits["within and between"]
    parts = hlm.slope_parts("math ~ ses", d, fit.cov_re.iloc[0, 0], fit.scale)
    assert parts.loc["total", "slope"] == pytest.approx(fit.params["ses"], rel=1e-9)
    assert parts.loc["total", "se"] == pytest.approx(fit.bse["ses"], rel=1e-9)
    free = hlm.slope_parts("math ~ ses", d, both.cov_re.iloc[0, 0], both.scale)
    for part in ("within", "between"):
        assert free.loc[part, "slope"] == pytest.approx(both.params[f"ses_{part}"], rel=1e-9)
        assert free.loc[part, "se"] == pytest.approx(both.bse[f"ses_{part}"], rel=1e-9)


def test_where_schools_differ_without_end_only_the_slope_within_counts(d):
    parts = hlm.slope_parts("math ~ ses", d, 1e12, 37)
    assert parts.loc["total", "slope"] == pytest.approx(parts.loc["within", "slope"], rel=1e-9)


def test_the_contextual_coefficient_is_the_difference(fits):
    both, context = fits["within and between"], fits["contextual"]
    assert context.params["ses"] == pytest.approx(both.params["ses_within"], rel=1e-9)
    difference = both.contrast({"ses_between": 1, "ses_within": -1}).iloc[0]
    assert context.params["ses_between"] == pytest.approx(difference["estimate"], rel=1e-9)
    assert context.bse["ses_between"] == pytest.approx(difference["se"], rel=1e-9)


@pytest.mark.parametrize(
    ("formula", "tau00", "sigma2", "message"),
    [
        ("math ~ ses", -1, 37, "tau00 must be 0 or more"),
        ("math ~ ses", 1, 0, "sigma2 above 0"),
        ("math ~ ses", float("nan"), 1, "tau00 must be a finite number, not nan"),
        ("math ~ ses + female", 1, 1, "an intercept and one slope"),
        ("math ~ ses + (1 | sch.id)", 1, 1, "has a random term"),
        ("math ~ sector", 1, 1, "'sector' does not vary within schools"),
        ("math ~ ses_within", 1, 1, "'ses_within' does not vary between schools"),
    ],
)
def test_a_slope_without_two_parts_is_refused(d, formula, tau00, sigma2, message):
    with pytest.raises(hlm.ModelError, match=re.escape(message)):
        hlm.slope_parts(formula, d, tau00, sigma2)


def test_rs_models_stand_beside_ours(d, tmp_path):
    path = Path(__file__).parents[2] / "reference/raudenbush_bryk.json"
    name = "intercepts and slopes as outcomes"
    both = hlm.course.beside_r(path, ["one-way anova", name], d)
    assert both["model"].value_counts().to_dict() == {name: 10, "one-way anova": 3}
    np.testing.assert_allclose(both["here"], both["R"], rtol=1e-6)
    np.testing.assert_allclose(both["here, SE"], both["R, SE"], rtol=1e-7)
    assert list(both.index[-4:]) == ["τ₀₀", "τ₀₁", "τ₁₁", "σ²"]
    assert both.loc["τ₁₁", "R"] == R["models"][name]["G"][1][1]
    swapped = hlm.course.beside_r(path, [name], d.assign(sector=1 - d["sector"]))
    assert not np.allclose(swapped["here"], swapped["R"], rtol=1e-3)
    with pytest.raises(hlm.ModelError, match="R's file has no model 'x'; it has: one-way anova"):
        hlm.course.beside_r(path, ["x"], d)
    with pytest.raises(hlm.DataError, match="models of R cannot be read from it"):
        hlm.course.beside_r(tmp_path / "none.json", ["x"], d)
    (tmp_path / "less.json").write_text(json.dumps({"models": {"x": {"formula": "math ~ 1 + (1 | sch.id)"}}}))
    with pytest.raises(hlm.DataError, match="R's file does not hold all numbers of 'x'"):
        hlm.course.beside_r(tmp_path / "less.json", ["x"], d)
