"""The fit without each school: it is the fit of the other schools' rows; and residuals in standard units."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import hlm

R = json.loads((Path(__file__).parents[2] / "reference/robust.json").read_text("utf-8"))["without"]
FULL = "math ~ (meanses + sector) * ses_within + (ses_within | sch.id)"


@pytest.fixture(scope="module")
def d():
    return hlm.within_between(hlm.load_hsb(), "ses")


@pytest.fixture(scope="module")
def without(d):
    return {formula: hlm.influence(hlm.lmer(formula, d)) for formula in {r["formula"] for r in R}}


@pytest.mark.parametrize("r", R, ids=lambda r: f"{r['formula']} without {r['school']}")
def test_it_is_lme4s_fit_of_the_other_schools(without, r):
    row = without[r["formula"]].loc[r["school"]]
    for name, value in r["fixef"].items():
        assert row[name.replace("(Intercept)", "Intercept")] == pytest.approx(value, rel=1e-7)
    G = np.atleast_2d(r["G"])
    assert row["var Intercept"] == pytest.approx(G[0, 0], rel=1e-6)
    if len(G) == 2:
        assert row["var ses_within"] == pytest.approx(G[1, 1], rel=1e-5)
        assert row["cov Intercept, ses_within"] == pytest.approx(G[0, 1], rel=1e-5)
    assert row["var residual"] == pytest.approx(r["sigma2"], rel=1e-8)


def test_there_is_a_row_for_each_school(without, d):
    table = without[FULL]
    assert list(table.index) == sorted(d["sch.id"].unique())
    assert table.index.name == "sch.id"
    assert table["singular"].mean() < 0.05


def test_it_is_a_fit_of_the_rest_also_where_products_cancel():
    """A response that x determines but for its ninth digit: its moments are kept in a sharper form."""
    rng = np.random.default_rng(1)
    g = np.repeat(np.arange(8), 5)
    data = pd.DataFrame({"g": g, "x": rng.normal(size=40)})
    data["y"] = 1e6 * data["x"] + 0.01 * (rng.normal(size=8)[g] + rng.normal(size=40))
    fit = hlm.lmer("y ~ x + (1 | g)", data, reml=False)
    assert fit.moments.sharper is not None
    table = hlm.influence(fit)
    for school in (0, 5):
        rest = hlm.lmer("y ~ x + (1 | g)", data[data["g"] != school], reml=False)
        assert table.loc[school, "var residual"] == pytest.approx(rest.scale, rel=1e-6)
        assert table.loc[school, "Intercept"] == pytest.approx(rest.params["Intercept"], rel=1e-6)


def test_a_singular_fit_is_told_in_its_row(d):
    few = d[d.groupby("sch.id").cumcount() < 6]
    with pytest.warns(hlm.SingularFitWarning):
        fit = hlm.lmer(FULL, few)
    assert hlm.influence(fit)["singular"].mean() > 0.5


def test_what_cannot_be_left_out_is_refused(d):
    two = d[d["sch.id"].isin(d["sch.id"].unique()[:2])]
    with pytest.raises(hlm.ModelError, match=r"three groups or more, to leave one out; sch\.id has 2"):
        hlm.influence(hlm.lmer("math ~ 1 + (1 | sch.id)", two))
    some = d[d["sch.id"].isin(d["sch.id"].unique()[:5])].assign(only=lambda x: (x["sch.id"] == 1288).astype(int))
    with pytest.raises(hlm.ModelError, match=r"without sch\.id 1288: "):
        hlm.influence(hlm.lmer("math ~ only + (1 | sch.id)", some))
    sums = hlm.moments("math ~ 1 + (1 | sch.id)", d)
    with pytest.raises(hlm.ModelError, match="fitted from moments"):
        hlm.influence(hlm.lmer("math ~ 1 + (1 | sch.id)", sums))


def test_standard_scores_have_the_variance_that_the_model_gives_them(d):
    """For a random intercept the variance of a predicted U is lambda_j tau00 (chapter 10)."""
    fit = hlm.lmer("math ~ sector + (1 | sch.id)", d)
    scores = hlm.course.standard_scores(fit)
    reliability = hlm.shrinkage(fit)["reliability"]
    expected = fit.random_effects["Intercept"] / np.sqrt(reliability * fit.cov_re.iloc[0, 0])
    np.testing.assert_allclose(scores["Intercept"], expected, rtol=1e-10)
    np.testing.assert_allclose(scores["residual"], fit.resid / np.sqrt(fit.scale))


def test_standard_scores_of_lines_are_those_of_v_written_out(d):
    fit = hlm.lmer(FULL, d)
    scores = hlm.course.standard_scores(fit)
    G = fit.cov_re.to_numpy()
    for school in (1224, 3427):
        rows = d[d["sch.id"] == school]
        Z = np.column_stack([np.ones(len(rows)), rows["ses_within"]])
        V = Z @ G @ Z.T + fit.scale * np.eye(len(rows))
        variance = np.diag(G @ Z.T @ np.linalg.solve(V, Z) @ G)
        expected = fit.random_effects.loc[school] / np.sqrt(variance)
        np.testing.assert_allclose([scores[name][school] for name in fit.layout.z], expected, rtol=1e-8)


def test_what_has_no_variance_has_no_standard_score(d):
    with pytest.warns(hlm.SingularFitWarning):
        fit = hlm.lmer("math ~ (meanses + sector) * ses + (ses || sch.id)", d)
    scores = hlm.course.standard_scores(fit)
    assert scores["ses"].isna().all()
    assert scores["Intercept"].notna().all()
