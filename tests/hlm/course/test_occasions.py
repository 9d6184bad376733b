"""Growth curves of the sleep data and how alike their occasions are, against R; and what is refused."""

import json
from pathlib import Path

import numpy as np
import pytest

import hlm

R = json.loads((Path(__file__).parents[2] / "reference/time.json").read_text("utf-8"))
LINES = "reaction ~ night + (night | person)"


@pytest.fixture(scope="module")
def s():
    sleep = hlm.load_sleep()
    sleep = sleep[sleep["day"] >= 2]
    return sleep.assign(night=sleep["day"] - 2, left=sleep["day"] - 9)


@pytest.fixture(scope="module")
def fit(s):
    return hlm.lmer(LINES, s)


@pytest.mark.parametrize("name", R["models"])
def test_every_coefficient_standard_error_and_variance_is_lme4s(s, name):
    r = R["models"][name]
    model = hlm.lmer(r["formula"].replace("night^2", "night**2"), s)
    table = model.coef_table()
    for column, theirs, digits in (("estimate", "fixef", 1e-7), ("se", "se", 1e-7), ("df", "df", 1e-5)):
        np.testing.assert_allclose(table[column], list(r[theirs].values()), rtol=digits)
    np.testing.assert_allclose(model.cov_re, r["G"], rtol=1e-5)
    assert model.scale == pytest.approx(r["sigma2"], rel=1e-7)
    assert model.llf == pytest.approx(r["log_likelihood"], abs=1e-7)


def test_the_slopes_are_tested_as_r_tests_them(s, fit):
    step = hlm.model_steps({"one": hlm.lmer("reaction ~ night + (1 | person)", s), "lines": fit}).iloc[0]
    assert step["chi2"] == pytest.approx(R["slope_test"], abs=1e-6)


def test_the_correlations_of_days_are_rs(fit):
    pairs = hlm.course.occasion_correlations(fit)
    assert len(pairs) == 28
    for column in ("data", "model"):
        theirs = np.array(R["correlations"][column])
        at = theirs[pairs["first"].astype(int), pairs["second"].astype(int)]
        np.testing.assert_allclose(pairs[column], at, rtol=1e-5)
    assert (pairs["apart"] == pairs["second"] - pairs["first"]).all()


def test_they_do_not_depend_on_the_order_of_the_rows(s, fit):
    shuffled = hlm.lmer(LINES, s.sample(frac=1, random_state=1))
    there, here = (hlm.course.occasion_correlations(model)[["data", "model"]] for model in (shuffled, fit))
    np.testing.assert_allclose(there, here, rtol=1e-6)
    found = [hlm.course.neighbouring_residuals(model, n=1).found for model in (shuffled, fit)]
    assert found[0] == pytest.approx(found[1], rel=1e-6)


def test_neighbours_are_those_of_one_person(s, fit):
    e = (s["reaction"] - fit.fittedvalues).to_numpy().reshape(18, 8)
    by_hand = np.corrcoef(e[:, :-1].ravel(), e[:, 1:].ravel())[0, 1]
    assert hlm.course.neighbouring_residuals(fit, n=1).found == pytest.approx(by_hand)


@pytest.mark.filterwarnings("ignore::hlm.SingularFitWarning")
def test_data_of_the_model_are_what_it_expects_and_a_memory_is_not(s, fit):
    drawn = fit.refit(fit.simulate(1, seed=11).iloc[:, 0].to_numpy())
    assert 0.02 < hlm.course.neighbouring_residuals(drawn, n=100, seed=2).p < 0.98
    rng, e = np.random.default_rng(3), np.zeros((18, 8))
    for day in range(8):
        e[:, day] = 0.8 * e[:, day - 1] * (day > 0) + rng.normal(0, 15, 18)
    lines = fit.fittedvalues.to_numpy() + e.ravel()
    assert hlm.course.neighbouring_residuals(fit.refit(lines), n=100, seed=2).p < 0.05


@pytest.mark.parametrize(
    ("formula", "change", "problem"),
    [
        ("reaction ~ night + (1 | person)", lambda s: s, "a line for each person needs an intercept and one slope"),
        (LINES, lambda s: s.iloc[1:], "were not all measured at the same times, once at each"),
        (LINES, lambda s: s.assign(night=s["night"] // 2), "were not all measured at the same times"),
        (LINES, lambda s: s[s["person"].isin([308, 309])], "needs three of them, and there are 2"),
    ],
)
@pytest.mark.filterwarnings("ignore::hlm.SingularFitWarning")
def test_what_has_no_correlations_is_refused(s, formula, change, problem):
    model = hlm.lmer(formula, change(s))
    for function in (hlm.course.occasion_correlations, hlm.course.neighbouring_residuals):
        with pytest.raises(hlm.ModelError, match=problem):
            function(model)
    with pytest.raises(hlm.ModelError, match="takes one data set or more, not 0"):
        hlm.course.neighbouring_residuals(model, n=0)


@pytest.mark.parametrize("name", R["paste"])
def test_the_levels_of_the_paste_are_lme4s(name):
    r = R["paste"][name]
    fit = hlm.lmer(r["formula"], hlm.load_paste())
    G = fit.cov_re if isinstance(fit.cov_re, dict) else {fit.group_name: fit.cov_re}
    found = {group: table.iloc[0, 0] for group, table in G.items()} | {"Residual": fit.scale}
    assert found == pytest.approx(r["variances"], rel=1e-5)
    assert fit.params["Intercept"] == pytest.approx(r["mean"])
