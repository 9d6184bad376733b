"""Cluster-robust standard errors, against R's clubSandwich and sandwich and against statsmodels."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import hlm
from hlm.course.cluster_robust import shares_of

R = json.loads((Path(__file__).parents[2] / "reference/robust.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def d():
    return hlm.within_between(hlm.within_between(hlm.load_hsb(), "ses"), "math")


def rows_of(r, d):
    """The data of a reference: all, or every eighth school."""
    return d[d["sch.id"].isin(d["sch.id"].unique()[::8])] if r["formula"] == "math ~ ses * sector" else d


def in_our_order(theirs, names):
    return [theirs[name.replace("Intercept", "(Intercept)")] for name in names]


@pytest.mark.parametrize("kind", ["CR0", "CR1", "CR2"])
@pytest.mark.parametrize("r", R["least_squares"], ids=lambda r: r["formula"])
def test_least_squares_has_clubsandwichs_errors(d, r, kind):
    data = rows_of(r, d)
    fit = hlm.ols(r["formula"], data)
    table = hlm.cluster_robust(fit, data["sch.id"], kind)
    np.testing.assert_allclose(table["se"], in_our_order(r["se"][kind], table.index), rtol=1e-9)
    np.testing.assert_allclose(table["estimate"], in_our_order(r["fixef"], table.index), rtol=1e-9)
    assert (table["df"] == data["sch.id"].nunique() - 1).all()
    np.testing.assert_allclose(table["t"], table["estimate"] / table["se"])


@pytest.mark.parametrize("r", R["least_squares"], ids=lambda r: r["formula"])
def test_cr1_is_what_sandwich_and_statsmodels_give(d, r):
    data = rows_of(r, d)
    fit = hlm.ols(r["formula"], data)
    ours = hlm.cluster_robust(fit, data["sch.id"])["se"]
    np.testing.assert_allclose(ours, in_our_order(r["sandwich"], ours.index), rtol=1e-9)
    theirs = fit.get_robustcov_results("cluster", groups=data["sch.id"].to_numpy())
    np.testing.assert_allclose(ours, theirs.bse, rtol=1e-9)


@pytest.mark.parametrize("kind", ["CR0", "CR1", "CR2"])
@pytest.mark.parametrize("r", R["mixed"], ids=lambda r: r["formula"])
def test_a_mixed_model_has_clubsandwichs_errors(d, r, kind):
    table = hlm.cluster_robust(hlm.lmer(r["formula"], d), kind=kind)
    np.testing.assert_allclose(table["se"], in_our_order(r["se"][kind], table.index), rtol=1e-7)


def test_the_order_of_the_rows_and_other_rows_of_the_data_do_not_matter(d):
    fit = hlm.ols("math ~ ses", d)
    mixed_up = d.sample(frac=1, random_state=1)
    again = hlm.cluster_robust(hlm.ols("math ~ ses", mixed_up), d["sch.id"])
    np.testing.assert_allclose(again, hlm.cluster_robust(fit, d["sch.id"]), rtol=1e-9)
    holes = d.assign(ses=d["ses"].where(d.index % 50 != 0))
    with pytest.warns(hlm.MissingDataWarning):
        left = hlm.ols("math ~ ses", holes)
    some = holes.dropna(subset="ses")
    expected = hlm.cluster_robust(hlm.ols("math ~ ses", some), some["sch.id"])
    np.testing.assert_allclose(hlm.cluster_robust(left, d["sch.id"]), expected, rtol=1e-9)


def test_the_shares_are_the_error_sorted_by_school(d):
    """Their squares make CR0; they sum to zero, as residuals do."""
    fit = hlm.ols("math ~ ses + sector", d)
    shares = shares_of(fit, d["sch.id"])
    assert len(shares) == 160
    np.testing.assert_allclose(shares.sum(), 0, atol=1e-10)
    np.testing.assert_allclose((shares**2).sum() ** 0.5, hlm.cluster_robust(fit, d["sch.id"], "CR0")["se"], rtol=1e-10)


def test_with_a_school_for_each_student_cr0_is_whites(d):
    fit = hlm.ols("math ~ ses", d)
    alone = pd.Series(range(len(d)), index=d.index)
    np.testing.assert_allclose(hlm.cluster_robust(fit, alone, "CR0")["se"], fit.HC0_se, rtol=1e-10)


def test_groups_that_do_not_fit_are_refused(d):
    ols, mixed = hlm.ols("math ~ ses", d), hlm.lmer("math ~ ses + (1 | sch.id)", d)
    cases = [
        (ols, None, "least squares knows no groups"),
        (ols, d["sch.id"].head(100), "another index than the rows"),
        (ols, d["sch.id"].set_axis([0] * len(d)), "another index than the rows"),
        (ols, d["sch.id"].where(d.index != 7), "the group is missing in row 7"),
        (ols, pd.Series(1, index=d.index), "two groups or more; there is one"),
        (mixed, d["sch.id"], "has its own groups, sch.id"),
        (hlm.lmer("math ~ 1 + (1 | sch.id)", hlm.moments("math ~ 1 + (1 | sch.id)", d)), None, "fitted from moments"),
    ]
    for fit, groups, message in cases:
        with pytest.raises(hlm.ModelError, match=re.escape(message)):
            hlm.cluster_robust(fit, groups)


@pytest.mark.parametrize("r", R["dummies"], ids=lambda r: r["term"])
def test_a_dummy_for_each_school_is_rs(d, r):
    fit = hlm.ols(r["formula"], d)
    assert fit.params[r["term"]] == pytest.approx(r["estimate"], rel=1e-9)
    assert fit.bse[r["term"]] == pytest.approx(r["se"], rel=1e-9)


def test_a_dummy_for_each_school_gives_the_slope_within(d):
    slope = hlm.ols("math ~ ses + factor(sch.id)", d).params["ses"]
    assert slope == pytest.approx(hlm.slope_parts("math ~ ses", d, 0, 1).loc["within", "slope"], rel=1e-9)
    assert slope == pytest.approx(hlm.ols("math_within ~ 0 + ses_within", d).params["ses_within"], rel=1e-9)
    with pytest.warns(hlm.CollinearColumnsWarning, match="Left out: sector, which "):
        assert "sector" not in hlm.ols("math ~ ses + factor(sch.id) + sector", d).params


def test_coefficients_stand_side_by_side(d):
    ols, mixed = hlm.ols("math ~ ses + sector", d), hlm.lmer("math ~ ses + (1 | sch.id)", d)
    own = hlm.separate_variances("math ~ ses + (1 | sch.id)", d, "sector")
    fits = {"a": ols, "b": hlm.cluster_robust(ols, d["sch.id"]), "c": mixed, "d": own}
    table = hlm.coefficients_beside(fits, ["ses", "sector"])
    assert list(table.index) == list("abcd")
    assert list(table.columns) == ["ses", "SE ses", "sector", "SE sector"]
    np.testing.assert_allclose(table["ses"], [ols.params["ses"]] * 2 + [mixed.params["ses"], own.params["ses"]])
    np.testing.assert_allclose(table.loc[["a", "c", "d"], "SE ses"], [fit.bse["ses"] for fit in (ols, mixed, own)])
    assert table.loc[["c", "d"], ["sector", "SE sector"]].isna().all().all()


@pytest.mark.parametrize(
    ("fits", "terms", "message"),
    [
        ({}, ["ses"], "no fits"),
        ({"a": 3}, ["ses"], "'a' is int, and no fit"),
        ({"a": pd.DataFrame({"estimate": [1.0]})}, ["ses"], "the table of 'a' has no column 'se'"),
    ],
)
def test_what_has_no_coefficients_is_refused(fits, terms, message):
    with pytest.raises(hlm.ModelError, match=re.escape(message)):
        hlm.coefficients_beside(fits, terms)


def test_a_coefficient_that_no_fit_has_is_named(d):
    with pytest.raises(hlm.ModelError, match="no fit has a coefficient 'size'"):
        hlm.coefficients_beside({"a": hlm.ols("math ~ ses", d)}, ["ses", "size"])
