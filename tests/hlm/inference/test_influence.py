"""How much fits hang on rows and on groups: lme4's numbers (tests/reference/influence.R, weights.R, robust.R), the
fit of the data without a group, and matrices written out."""

import json
import warnings
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import hlm

ROOT = Path(__file__).parents[3]
REFERENCE = {name: json.loads((ROOT / f"tests/reference/{name}.json").read_text()) for name in
             ("influence", "weights", "robust")}  # fmt: skip
LEFT_OUT, WEIGHTED = REFERENCE["influence"], REFERENCE["weights"]["models"]
FULL = "math ~ (meanses + sector) * ses_within + (ses_within | sch.id)"


@cache
def data(path):
    return pd.read_csv(ROOT / path)


@cache
def fitted(formula, path, reml=True, weights=None, offset=None):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return hlm.lmer(formula, data(path), reml=reml, weights=weights, offset=offset)


def close(ours, theirs, tolerance=1e-8):
    theirs = np.asarray(theirs, dtype=float)
    size = np.nanmax(np.abs(theirs), axis=0)
    difference = np.abs(np.asarray(ours, dtype=float) - theirs) / size
    assert np.nanmax(difference) < tolerance, np.nanmax(difference)
    np.testing.assert_array_equal(np.isnan(difference), np.isnan(theirs))


# ------------------------------------------------------------------------------------------------------------ rows


@pytest.mark.parametrize("name", WEIGHTED)
def test_leverages_and_residuals_are_lme4s(name):
    r = WEIGHTED[name]
    table = fitted(r["formula"], r["data"], r["reml"], r["weights"], r["offset"]).influence_of_rows()
    for column in ("hat", "resid", "scaled", "studentized", "cooks_distance"):
        close(table[column][:60], r["rows"][column])


@pytest.mark.parametrize("name", LEFT_OUT)
def test_they_are_lme4s_without_weights_and_with_several_factors(name):
    r = LEFT_OUT[name]
    table = fitted(r["formula"], r["data"], r["reml"]).influence_of_rows()
    for column, expected in r["rows"].items():
        close(table[column][: len(expected)], expected)


@pytest.mark.parametrize("name", ["sleep-slope", "sleep-both", "sleep-offset-in-formula"])
def test_leverages_are_the_diagonal_of_the_hat_matrix(name):
    """H, by what fitted values do when the responses move one by one, with G over sigma2 held."""
    r = WEIGHTED[name]
    fit = fitted(r["formula"], r["data"], r["reml"], r["weights"], r["offset"])
    rows, n = fit.design, fit.nobs
    X, Z = rows.matrix(fit.layout.x), rows.matrix(fit.layout.z)
    w = np.ones(n) if rows.weights is None else rows.weights
    between = (rows.codes[:, None] == rows.codes) * (Z @ fit.cov_re.to_numpy() @ Z.T)
    inverse = np.linalg.inv(between + np.diag(fit.scale / w))
    gls = X @ np.linalg.solve(X.T @ inverse @ X, X.T @ inverse)
    H = gls + between @ inverse @ (np.eye(n) - gls)
    close(fit.influence_of_rows()["hat"], np.diag(H))
    close(
        H @ (rows.response - (0 if rows.offset is None else rows.offset)),
        rows.plus_offset(0.0 * w) * -1 + fit.fittedvalues,
    )


def test_rows_have_the_index_of_the_data():
    d = data("tests/reference/data/sleepstudy.csv").sample(frac=1, random_state=1).drop(index=[3, 5])
    table = hlm.lmer("Reaction ~ Days + (1 | Subject)", d).influence_of_rows()
    assert list(table.index) == list(d.index)
    assert table["hat"].between(0, 1).all()


def test_a_row_that_is_fitted_exactly_has_no_distance():
    d = data("tests/reference/data/sleepstudy.csv")
    alone = hlm.lmer("Reaction ~ Days + one + (1 | Subject)", d.assign(one=(np.arange(180) == 7).astype(float)))
    row = alone.influence_of_rows().loc[7]
    assert row["hat"] == pytest.approx(1)
    assert np.isnan(row["studentized"])
    assert np.isnan(row["cooks_distance"])


# ---------------------------------------------------------------------------------------------------------- groups


@pytest.mark.parametrize("name", LEFT_OUT)
def test_fits_without_a_group_and_their_distances_are_lme4s(name):
    r = LEFT_OUT[name]
    fit = fitted(r["formula"], r["data"], r["reml"])
    table = fit.influence_of_groups(r["group"])
    assert [str(group) for group in table.index] == r["groups"]
    names, J = list(fit.params.index), len(table)
    p = len(names)
    close(table[names], r["fixef"], 1e-8)
    variances = [name for name in table if name.startswith(("var ", "cov ")) and name != "var residual"]
    theirs = np.array(r["variances"])
    close(table["var residual"], theirs[:, 0], 1e-7)
    if "||" not in r["formula"]:  # lme4 gives every term of these a matrix of its own
        size = theirs[:, 0].max() + np.abs(theirs[:, 1:]).max(axis=0)
        assert (np.abs(table[variances].to_numpy() - theirs[:, 1:]) / size).max() < 1e-7
    # lme4 multiplies by (J - p) / J, and takes the fit from what is left: the book takes what is left from the fit.
    close(table["cooks_distance"] * (J - p) / J, r["cooks_distance"], 1e-6)
    close(-table[[f"dfbetas {name}" for name in names]], r["dfbetas"], 1e-6)


@pytest.mark.parametrize("r", REFERENCE["robust"]["without"], ids=lambda r: f"{r['formula']} without {r['school']}")
def test_chapter_10s_fits_are_lme4s(r):
    row = of_schools(r["formula"]).loc[r["school"]]
    for name, value in r["fixef"].items():
        assert row[name.replace("(Intercept)", "Intercept")] == pytest.approx(value, rel=1e-7)
    G = np.atleast_2d(r["G"])
    assert row["var Intercept"] == pytest.approx(G[0, 0], rel=1e-6)
    if len(G) == 2:
        assert row["var ses_within"] == pytest.approx(G[1, 1], rel=1e-5)
        assert row["cov Intercept, ses_within"] == pytest.approx(G[0, 1], rel=1e-5)
    assert row["var residual"] == pytest.approx(r["sigma2"], rel=1e-8)


@cache
def schools():
    return hlm.within_between(hlm.load_hsb(), "ses")


@cache
def of_schools(formula):
    return hlm.lmer(formula, schools()).influence_of_groups()


def assert_is_the_fit_without(table, group, formula, rest, **arguments):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = hlm.lmer(formula, rest, **arguments)
    row = table.loc[group]
    names = list(fit.params.index)
    np.testing.assert_array_less(np.abs(row[names].astype(float) - fit.params), 1e-8 * (np.abs(fit.params) + fit.bse))
    assert row["var residual"] == pytest.approx(fit.scale, rel=1e-8)
    assert row["singular"] == fit.singular
    for a, name in enumerate(fit.layout.z):
        size = fit.cov_re.iloc[a, a] + 1e-4 * fit.scale
        assert abs(row[f"var {name}"] - fit.cov_re.iloc[a, a]) < 1e-7 * size


@pytest.mark.parametrize("reml", [True, False])
@pytest.mark.parametrize(
    "formula",
    ["math ~ sector + (1 | sch.id)", FULL, "math ~ ses + minority + (ses + minority | sch.id)",
     "math ~ ses + (ses || sch.id)", "math ~ ses + (0 + ses | sch.id)"],
)  # fmt: skip
def test_it_is_the_fit_of_the_other_schools(formula, reml):
    d = schools()
    some = d[d["sch.id"].isin(d["sch.id"].unique()[::4])]
    table = hlm.lmer(formula, some, reml=reml).influence_of_groups()
    assert list(table.index) == sorted(some["sch.id"].unique())
    assert table.index.name == "sch.id"
    for school in table.index[::6]:
        assert_is_the_fit_without(table, school, formula, some[some["sch.id"] != school], reml=reml)


@pytest.mark.parametrize("name", ["sleep-both", "sleep-slope-ml", "sleep-gap"])
def test_with_weights_and_offsets_too(name):
    r = WEIGHTED[name]
    table = fitted(r["formula"], r["data"], r["reml"], r["weights"], r["offset"]).influence_of_groups()
    d = data(r["data"])
    for subject in table.index[::3]:
        rest = d[d["Subject"] != subject]
        given = {"reml": r["reml"], "weights": r["weights"], "offset": r["offset"]}
        assert_is_the_fit_without(table, subject, r["formula"], rest, **given)


def test_singular_fits_too():
    d = schools()
    few = d[d.groupby("sch.id").cumcount() < 6]
    with pytest.warns(hlm.SingularFitWarning):
        fit = hlm.lmer(FULL, few)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # what a fit without a school has to be warned of stands in its row
        table = fit.influence_of_groups()
    assert table["singular"].mean() > 0.5
    for school in table.index[::40]:
        assert_is_the_fit_without(table, school, FULL, few[few["sch.id"] != school])


def test_where_products_cancel_too():
    """A response that x determines but for its ninth digit: its moments are kept in a sharper form."""
    rng = np.random.default_rng(1)
    g = np.repeat(np.arange(8), 5)
    d = pd.DataFrame({"g": g, "x": rng.normal(size=40)})
    d["y"] = 1e6 * d["x"] + 0.01 * (rng.normal(size=8)[g] + rng.normal(size=40))
    fit = hlm.lmer("y ~ x + (1 | g)", d, reml=False)
    assert fit.moments.sharper is not None
    table = fit.influence_of_groups()
    for school in (0, 5):
        rest = hlm.lmer("y ~ x + (1 | g)", d[d["g"] != school], reml=False)
        assert table.loc[school, "var residual"] == pytest.approx(rest.scale, rel=1e-6)
        assert table.loc[school, "Intercept"] == pytest.approx(rest.params["Intercept"], rel=1e-6)


def test_a_group_that_holds_almost_all_of_the_spread_costs_the_others_no_digits():
    rng = np.random.default_rng(4)
    g = np.repeat(np.arange(9), 8)
    d = pd.DataFrame({"g": g, "x": rng.normal(size=72), "y": rng.normal(size=9)[g] + rng.normal(size=72)})
    d.loc[g == 3, ["x", "y"]] *= 1e7
    table = hlm.lmer("y ~ x + (1 | g)", d).influence_of_groups()
    assert_is_the_fit_without(table, 3, "y ~ x + (1 | g)", d[g != 3])


def test_what_the_data_do_not_tell_without_a_group_is_empty_and_noted():
    d = schools()
    some = d[d["sch.id"].isin(d["sch.id"].unique()[:8])].assign(only=lambda x: (x["sch.id"] == 1288).astype(int))
    table = hlm.lmer("math ~ ses + only + (1 | sch.id)", some).influence_of_groups()
    row = table.loc[1288]
    assert row[["only", "cooks_distance", "dfbetas only"]].isna().all()
    assert table.notes.to_dict() == {1288: "without it the data do not tell only"}
    assert table.drop(index=1288).notna().all().all()
    rest = hlm.lmer("math ~ ses + (1 | sch.id)", some[some["sch.id"] != 1288])
    np.testing.assert_allclose(row[["Intercept", "ses"]].astype(float), rest.params, rtol=1e-8)


def test_a_group_without_which_there_is_no_model_is_noted():
    """The only group of more than one row: without it the variance between groups is not told from the residual's."""
    rng = np.random.default_rng(2)
    d = pd.DataFrame({"g": [0, 0, 0, 0, 0, *range(1, 8)], "y": rng.normal(size=12)})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", hlm.SingularFitWarning)
        table = hlm.lmer("y ~ 1 + (1 | g)", d).influence_of_groups()
    assert np.isnan(table.loc[0, "Intercept"])
    assert not table.loc[0, "singular"]
    assert "every one of the 7 rows is a group of its own" in table.notes[0]
    assert table.loc[1:].notna().all().all()


def test_coefficients_that_meet_in_one_group_alone():
    """Without it their covariance is not in the likelihood any more."""
    rng = np.random.default_rng(7)
    g = np.repeat(np.arange(10), 8)
    male = np.where(g == 0, np.arange(80) % 2, g % 2)
    d = pd.DataFrame({"g": g, "sex": np.where(male, "m", "f")})
    d["y"] = rng.normal(size=10)[g] + rng.normal(size=80)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", hlm.SingularFitWarning)
        table = hlm.lmer("y ~ 1 + (0 + sex | g)", d).influence_of_groups()
    assert np.isnan(table.loc[0, "cov sex[f], sex[m]"])
    assert table.loc[1:, "cov sex[f], sex[m]"].notna().all()
    rest = hlm.lmer("y ~ 1 + (0 + sex | g)", d[g != 0])
    assert table.loc[0, "var sex[m]"] == pytest.approx(rest.cov_re.loc["sex[m]", "sex[m]"], rel=1e-7)


def test_what_cannot_be_left_out_is_refused():
    d = schools()
    two = d[d["sch.id"].isin(d["sch.id"].unique()[:2])]
    with pytest.raises(hlm.ModelError, match=r"three groups or more, to leave one out; sch\.id has 2"):
        hlm.lmer("math ~ 1 + (1 | sch.id)", two).influence_of_groups()
    of_moments = hlm.lmer("math ~ 1 + (1 | sch.id)", hlm.moments("math ~ 1 + (1 | sch.id)", d))
    for method in (of_moments.influence_of_groups, of_moments.influence_of_rows):
        with pytest.raises(hlm.ModelError, match="needs the rows, and this model was fitted from moments"):
            method()
    crossed = fitted(LEFT_OUT["penicillin"]["formula"], LEFT_OUT["penicillin"]["data"])
    with pytest.raises(hlm.ModelError, match="say of which factor: 'plate' or 'sample'"):
        crossed.influence_of_groups()
    with pytest.raises(hlm.ModelError, match="there is no factor 'dish', but plate, sample"):
        crossed.influence_of_groups("dish")
