"""How often each test finds what is not there."""

import numpy as np
import pandas as pd
import pytest

import hlm
from hlm.course.false_positives import _hlm_test, _ols_test
from hlm.errors import ModelError


@pytest.fixture(scope="module")
def fit():
    return hlm.lmer("math ~ sector + (1 | sch.id)", hlm.load_hsb())


@pytest.fixture(scope="module")
def results(fit):
    return hlm.false_positives(fit, "sector", n=1500)


@pytest.fixture(scope="module")
def unequal_schools():
    """Few schools of very different sizes."""
    rng = np.random.default_rng(8)
    n = [1, 2, 3, 5, 8, 13, 21, 30, 6, 6, 9, 40]
    school = np.repeat(np.arange(len(n)), n)
    x = rng.normal(3, 2, len(school))
    u = rng.normal(0, 2, len(n))
    return pd.DataFrame(
        {"school": school, "x": x, "w": (school % 2) * 1.0, "y": 3 * x + u[school] + rng.normal(0, 3, len(school))}
    )


def test_the_mixed_model_keeps_its_promise(results):
    share = results.loc[results["method"] == "HLM", "rejected"].mean()
    assert abs(share - 0.05) < 4 * np.sqrt(0.05 * 0.95 / 1500)


def test_ols_finds_an_effect_in_about_half_of_the_samples(results):
    share = results.loc[results["method"] == "OLS", "rejected"].mean()
    assert 0.43 < share < 0.56


def test_the_mixed_models_standard_error_is_how_far_estimates_stray_and_ols_is_not(results, fit):
    by_method = results.groupby("method").agg(spread=("estimate", "std"), claimed=("se", "mean"))
    ratio = by_method["spread"] / by_method["claimed"]
    assert ratio["HLM"] == pytest.approx(1, abs=0.08)
    assert ratio["OLS"] > 2.5
    assert by_method.loc["HLM", "spread"] == pytest.approx(fit.bse["sector"], rel=0.08)


def test_the_truth_is_zero(results):
    estimates = results.groupby("method")["estimate"]
    assert (estimates.mean().abs() < 4 * estimates.sem()).all()


def test_both_tests_are_those_of_the_models(fit):
    """On the data themselves, what is done to each sample gives the fitted models' own figures."""
    ols = hlm.ols("math ~ sector", hlm.load_hsb())
    stage, scale = fit.at.stage, fit.at.stage.scale
    row = scale.unit_y * scale.to_x[1]
    for test, model, p in (
        (_ols_test(stage, row), ols, ols.pvalues["sector"]),
        (_hlm_test(stage, row, True), fit, fit.pvalues["sector"]),
    ):
        expected = (model.params["sector"], model.bse["sector"], p)
        np.testing.assert_allclose(test, expected, rtol=1e-7)


def test_a_row_a_sample_and_method(results):
    assert list(results) == ["method", "sample", "estimate", "se", "p", "rejected"]
    assert results.groupby("method")["sample"].apply(list).map(lambda x: x == list(range(1500))).all()
    assert ((results["p"] < 0.05) == results["rejected"]).all()


def test_the_seed_decides(fit, results):
    again = hlm.false_positives(fit, "sector", n=20)
    pd.testing.assert_frame_equal(again, results[results["sample"] < 20])
    other = hlm.false_positives(fit, "sector", n=20, seed=2)
    assert not np.isclose(again["estimate"], other["estimate"]).any()


def test_a_students_variable_is_tested_as_well(unequal_schools):
    model = hlm.lmer("y ~ x + w + (1 | school)", unequal_schools)
    table = hlm.false_positives(model, "x", n=300)
    estimates = table.groupby("method")["estimate"]
    assert (estimates.mean().abs() < 4 * estimates.sem()).all()
    assert set(table["method"]) == {"OLS", "HLM"}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ({"term": "ses"}, "no fixed effect 'ses'; they are Intercept, sector"),
        ({"n": 0}, "number of samples must be positive, not 0"),
        ({"alpha": 5}, "alpha must lie between 0 and 1, not 5"),
    ],
)
def test_what_makes_no_sense_is_refused(fit, call, message):
    with pytest.raises(ModelError, match=message):
        hlm.false_positives(fit, **{"term": "sector", "n": 5, **call})
