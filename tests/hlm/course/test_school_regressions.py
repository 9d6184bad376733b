"""A regression in each school, against least squares done one school at a time."""

import warnings

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

import hlm
from hlm import school_regressions, spread_of_lines


@pytest.fixture(scope="module")
def hsb():
    return hlm.load_hsb()


@pytest.fixture(scope="module")
def lines(hsb):
    return school_regressions("math ~ ses", hsb)


@pytest.fixture(scope="module")
def model(hsb):
    return hlm.lmer("math ~ ses + (ses | sch.id)", hsb)


def test_each_school_is_least_squares_of_its_students(hsb, lines):
    for school in (1224, 8367, 9586):
        fit = smf.ols("math ~ ses", hsb[hsb["sch.id"] == school]).fit()
        cov = fit.cov_params()
        expected = [*fit.params, *fit.bse, cov.loc["Intercept", "ses"]]
        found = lines.loc[school, ["intercept", "slope", "se_intercept", "se_slope", "cov"]]
        np.testing.assert_allclose(found, expected, rtol=1e-10)
        assert lines.loc[school, "n"] == fit.nobs


def test_the_slides_correlation_of_160_lines(lines):
    assert len(lines) == 160
    assert round(lines["intercept"].corr(lines["slope"]), 3) == 0.078


def test_lines_are_sorted_as_the_models_schools(lines, model):
    assert lines.index.equals(model.random_effects.index)


def test_large_means_lose_no_digits():
    x = 1e8 + np.arange(6.0)
    data = pd.DataFrame({"sch.id": [1] * 6, "x": x, "y": 3 + 2 * (x - 1e8) + np.array([0, 1, -1, -1, 1, 0])})
    line = school_regressions("y ~ x", data).iloc[0]
    near = np.polyfit(x - 1e8, data["y"], 1)
    assert line["slope"] == pytest.approx(near[0], rel=1e-12)


def test_schools_without_a_line_keep_their_place_and_are_named():
    data = pd.DataFrame(
        {
            "sch.id": [1, 2, 2, 3, 3, 3, 4, 4, 4],
            "ses": [0.5, 0, 1, 2, 2, 2, 0, 1, 2],
            "math": [7.0, 1, 3, 4, 5, 6, 0, 1, 4],
        }
    )
    with pytest.warns(UserWarning, match="2 of 4 schools have no line.*'ses': 1, 3$"):
        lines = school_regressions("math ~ ses", data)
    with pytest.warns(UserWarning, match="1 of 3 schools have no line.*'ses': 3$"):
        school_regressions("math ~ ses", data[1:])
    assert lines["n"].tolist() == [1, 2, 3, 3]
    assert lines.loc[[1, 3]].drop(columns="n").isna().all(axis=None)
    assert lines.loc[2, ["intercept", "slope"]].tolist() == [1, 2]
    assert lines.loc[2, ["se_intercept", "se_slope", "cov"]].isna().all()
    assert lines.loc[4].notna().all()


def test_a_full_data_set_warns_of_nothing(hsb):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        school_regressions("math ~ ses", hsb)


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        ("math ~ ses + female", "one slope"),
        ("math ~ 1", "one slope"),
        ("math ~ 0 + ses", "one slope"),
        ("math ~ ses + (1 | sch.id)", "has a random term"),
        ("math ~ sex", "no column 'sex'"),
        ("math", "one ~"),
        (7, "one ~"),
    ],
)
def test_a_formula_that_is_no_line_is_refused(hsb, formula, message):
    with pytest.raises(hlm.ModelError, match=message):
        school_regressions(formula, hsb)


def test_a_missing_group_is_named(hsb):
    with pytest.raises(hlm.ModelError, match="'school' is not a column"):
        school_regressions("math ~ ses", hsb, group="school")


def test_spread_sets_lines_beside_the_model(lines, model):
    spread = spread_of_lines(lines, model)
    both = np.cov(lines["intercept"], lines["slope"])
    assert spread.loc["cov", "lines"] == pytest.approx(both[0, 1])
    assert spread.loc["var_slope", "error"] == pytest.approx((lines["se_slope"] ** 2).mean())
    assert spread.loc["cor", "model"] == pytest.approx(
        model.cov_re.iloc[0, 1] / np.sqrt(model.cov_re.iloc[0, 0] * model.cov_re.iloc[1, 1])
    )
    predicted = model.coefficients
    assert spread.loc["cor", "predicted"] == pytest.approx(predicted["Intercept"].corr(predicted["ses"]))
    numbers = spread.drop(index="cor")
    np.testing.assert_allclose(numbers["rest"], numbers["lines"] - numbers["error"])


def test_lines_less_their_error_estimate_G():
    """With many schools the rest comes near the G that the data were drawn from, and the lines' spread does not."""
    G, sigma, J, n = np.array([[4, -1.2], [-1.2, 1]]), 5.0, 3000, 30
    rng = np.random.default_rng(8)
    school = np.repeat(np.arange(J), n)
    x = rng.standard_normal(J * n) + 0.5
    b = rng.multivariate_normal([10, 2], G, J)[school]
    data = pd.DataFrame({"sch.id": school, "x": x, "y": b[:, 0] + b[:, 1] * x + sigma * rng.standard_normal(J * n)})
    spread = spread_of_lines(school_regressions("y ~ x", data), hlm.lmer("y ~ x + (x | sch.id)", data))
    truth = [4, 1, -1.2, -0.6]
    np.testing.assert_allclose(spread["rest"], truth, rtol=0.12)
    np.testing.assert_allclose(spread["model"], truth, rtol=0.12)
    assert spread.loc["var_slope", "lines"] > 1.7


def test_spread_needs_lines_and_a_model_of_lines(hsb, lines, model):
    with pytest.raises(hlm.ModelError, match="an intercept and one slope"):
        spread_of_lines(lines, hlm.lmer("math ~ ses + (1 | sch.id)", hsb))
    with pytest.raises(hlm.ModelError, match="two schools"):
        spread_of_lines(lines.head(1), model)
