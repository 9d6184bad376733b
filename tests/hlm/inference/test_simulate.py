"""Samples drawn at the schools' moments: like samples of students, and honest about false positives."""

import numpy as np
import pandas as pd
import pytest

import hlm
from hlm.errors import ModelError
from hlm.inference.simulation import _hlm_test, _ols_test

SAMPLES = 600


@pytest.fixture(scope="module")
def fit():
    return hlm.lmer("math ~ sector + (1 | sch.id)", hlm.load_hsb())


@pytest.fixture(scope="module")
def results(fit):
    return hlm.false_positives(fit, "sector", n=1500)


def awkward_schools():
    """Few schools of very different sizes: one with a single student, one whose students have the same x."""
    rng = np.random.default_rng(8)
    n = [1, 2, 3, 5, 8, 13, 21, 30, 6, 6, 9, 40]
    school = np.repeat(np.arange(len(n)), n)
    x = rng.normal(3, 2, len(school))
    x[school == 3] = 2.5
    u = rng.multivariate_normal([0, 0], [[4, 1], [1, 1]], len(n))
    y = 100 + 3 * x + u[school, 0] + u[school, 1] * x + rng.normal(0, 3, len(school))
    return pd.DataFrame({"school": school, "x": x, "w": (school % 2) * 1.0, "y": y})


@pytest.mark.filterwarnings("ignore::hlm.SingularFitWarning")
@pytest.mark.parametrize("formula", ["y ~ x + w + (1 | school)", "y ~ x + w + (x | school)"])
def test_samples_of_moments_are_distributed_as_samples_of_students(formula):
    """Means, variances and correlations of all estimates agree between both ways of drawing."""
    fit = hlm.lmer(formula, awkward_schools())
    by_moments = hlm.bootstrap(fit, n=SAMPLES, seed=5)
    students = fit.simulate(SAMPLES, seed=6)
    rows, columns = np.tril_indices(len(fit.cov_re))
    refits = [fit.refit(students[i].to_numpy()) for i in students]
    by_rows = np.array([[*r.params, *r.cov_re.to_numpy()[rows, columns], r.scale] for r in refits])
    assert by_rows.shape == by_moments.shape

    # Columns, their squares and all products, about the mean of the rows' way; each compared in standard errors.
    middle, spread = by_rows.mean(0), by_rows.std(0)
    features = [_features((x - middle) / spread) for x in (by_rows, by_moments.to_numpy())]
    error = np.sqrt(sum(f.var(0) for f in features) / SAMPLES)
    z = (features[0].mean(0) - features[1].mean(0)) / error
    assert np.abs(z).max() < 4.5


def _features(x):
    pairs = np.triu_indices(x.shape[1])
    # Heavy tails would hide a difference in a few large values.
    return np.column_stack([x, np.arctan(x[:, pairs[0]] * x[:, pairs[1]])])


def test_samples_are_centred_on_the_model_that_they_are_drawn_from(fit):
    samples = hlm.bootstrap(fit, n=SAMPLES)
    truth = [*fit.params, fit.cov_re.iloc[0, 0], fit.scale]
    z = (samples.mean() - truth) / (samples.std() / np.sqrt(SAMPLES))
    assert z.abs().max() < 4
    np.testing.assert_allclose(samples[["Intercept", "sector"]].std(), fit.bse, rtol=0.12)


class TestFalsePositives:
    def test_the_mixed_model_keeps_its_promise(self, results):
        share = results.loc[results["method"] == "HLM", "rejected"].mean()
        assert abs(share - 0.05) < 4 * np.sqrt(0.05 * 0.95 / 1500)

    def test_ols_finds_an_effect_in_about_half_of_the_samples(self, results):
        share = results.loc[results["method"] == "OLS", "rejected"].mean()
        assert 0.43 < share < 0.56

    def test_the_mixed_models_standard_error_is_how_far_estimates_stray_and_ols_is_not(self, results, fit):
        by_method = results.groupby("method").agg(spread=("estimate", "std"), claimed=("se", "mean"))
        ratio = by_method["spread"] / by_method["claimed"]
        assert ratio["HLM"] == pytest.approx(1, abs=0.08)
        assert ratio["OLS"] > 2.5
        assert by_method.loc["HLM", "spread"] == pytest.approx(fit.bse["sector"], rel=0.08)

    def test_the_truth_is_zero(self, results):
        estimates = results.groupby("method")["estimate"]
        assert (estimates.mean().abs() < 4 * estimates.sem()).all()

    def test_both_tests_are_those_of_the_models(self, fit):
        """On the data themselves, what is done to each sample gives the fitted models' own figures."""
        ols = hlm.ols("math ~ sector", hlm.load_hsb())
        stage, scale = fit._at.stage, fit._at.stage.scale
        row = scale.unit_y * scale.to_x[1]
        for test, model, p in (
            (_ols_test(stage, row), ols, ols.pvalues["sector"]),
            (_hlm_test(stage, row, True), fit, fit.pvalues["sector"]),
        ):
            expected = (model.params["sector"], model.bse["sector"], p)
            np.testing.assert_allclose(test, expected, rtol=1e-7)

    def test_a_row_a_sample_and_method(self, results):
        assert list(results) == ["method", "sample", "estimate", "se", "p", "rejected"]
        assert results.groupby("method")["sample"].apply(list).map(lambda x: x == list(range(1500))).all()
        assert ((results["p"] < 0.05) == results["rejected"]).all()

    def test_the_seed_decides(self, fit, results):
        again = hlm.false_positives(fit, "sector", n=20)
        pd.testing.assert_frame_equal(again, results[results["sample"] < 20])
        other = hlm.false_positives(fit, "sector", n=20, seed=2)
        assert not np.isclose(again["estimate"], other["estimate"]).any()

    def test_a_students_variable_is_tested_as_well(self):
        model = hlm.lmer("y ~ x + w + (1 | school)", awkward_schools())
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
    def test_what_makes_no_sense_is_refused(self, fit, call, message):
        with pytest.raises(ModelError, match=message):
            hlm.false_positives(fit, **{"term": "sector", "n": 5, **call})
