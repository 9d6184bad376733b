"""Models built step by step: each step's test is R's, and a step that has no test is refused in one sentence."""

import json
from pathlib import Path

import numpy as np
import pytest

import hlm

R = json.loads((Path(__file__).parents[2] / "reference/steps.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def d():
    return hlm.within_between(hlm.load_hsb(), "ses")


@pytest.fixture(scope="module")
def models(d):
    return {name: hlm.lmer(formula, d) for name, formula in R["models"].items()}


@pytest.fixture(scope="module")
def steps(models):
    return hlm.model_steps(models)


def test_each_step_is_tested_as_r_tests_it(steps):
    assert list(steps.index) == list(R["steps"])
    for name, r in R["steps"].items():
        step = steps.loc[name]
        assert (step["by"], step["df"]) == (r["by"], r["df"])
        assert step["chi2"] == pytest.approx(r["chi2"], abs=1e-6)
        assert step["p"] == pytest.approx(r["p"], rel=1e-5)
        assert step["AIC"] == pytest.approx(r["aic_lower"], abs=1e-6)


def test_the_steps_do_not_depend_on_how_the_models_were_fitted(models, steps):
    by_ml = hlm.model_steps({name: fit.as_ml() for name, fit in models.items()})
    np.testing.assert_allclose(by_ml[["chi2", "p"]], steps[["chi2", "p"]], rtol=1e-6)


def test_a_first_model_without_schools_is_tested_as_r_tests_it(d, models):
    r, null = R["no_schools"], models["null"].as_ml()
    test = hlm.course.likelihood_ratio(hlm.ols("math ~ 1", d).llf, null.llf)
    assert test.chi2 == pytest.approx(r["chi2"], abs=1e-6)
    assert test.p / 2 == pytest.approx(r["p"], rel=1e-5)


@pytest.mark.parametrize(
    ("name", "model", "terms"),
    [
        ("means", "means as outcomes", ["meanses", "sector"]),
        ("slopes", "slopes as outcomes", ["meanses:ses_within", "sector:ses_within"]),
    ],
)
def test_pairs_of_coefficients_are_tested_as_r_tests_them(models, name, model, terms):
    fit, r = models[model], R["F"][name]
    test = fit.contrast(np.array([fit.params.index == term for term in terms], dtype=float))
    assert test.statistic == pytest.approx(r["F"], rel=1e-7)
    assert (test.df_num, test.df_denom) == (r["df_num"], pytest.approx(r["df_denom"], rel=1e-5))
    assert test.pvalue == pytest.approx(r["p"], rel=1e-4)


def test_a_covariance_alone_lies_inside_and_has_its_usual_p(d):
    apart = hlm.lmer("math ~ ses_within + (ses_within || sch.id)", d)
    together = hlm.lmer("math ~ ses_within + (ses_within | sch.id)", d)
    step = hlm.model_steps({"apart": apart, "together": together}).iloc[0]
    assert step["df"] == 1
    assert step["p"] == pytest.approx(hlm.compare(apart, together)["p"].iloc[1])


@pytest.mark.parametrize(
    ("formulas", "problem"),
    [
        (["1 + (1 | sch.id)"], "give two or more, not 1"),
        (
            ["1 + (1 | sch.id)", "ses_within + (ses_within | sch.id)"],
            "from 'a' to 'b' changes the coefficients and the random part at once; make two steps of it",
        ),
        (["ses + (1 | sch.id)", "ses + (1 | sch.id)"], "leads to the same model"),
        (["ses + sector + (1 | sch.id)", "ses + (1 | sch.id)"], "put the smaller model first"),
        (["ses + (1 | sch.id)", "ses + (ses + female | sch.id)"], "adds 2 random coefficients; add one at a time"),
        (["size + (1 | sch.id)", "ses + sector + (1 | sch.id)"], "has no test: not nested: size"),
    ],
)
def test_a_step_without_a_test_is_refused(d, formulas, problem):
    models = {name: hlm.lmer(f"math ~ {formula}", d) for name, formula in zip("abc", formulas, strict=False)}
    with pytest.raises(hlm.ModelError, match=problem):
        hlm.model_steps(models)
