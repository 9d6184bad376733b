"""Shrinkage and explained variance, against the model's own predictions and the slides."""

import pandas as pd
import pytest

import hlm


@pytest.fixture(scope="module")
def hsb():
    return hlm.load_hsb()


@pytest.fixture(scope="module")
def null(hsb):
    return hlm.lmer("math ~ 1 + (1 | sch.id)", hsb)


@pytest.mark.parametrize(
    "formula",
    ["math ~ 1 + (1 | sch.id)", "math ~ sector + (1 | sch.id)", "math ~ 0 + ses * sector + (1 | sch.id)"],
)
def test_the_weighted_mean_is_the_models_prediction(hsb, formula):
    fit = hlm.lmer(formula, hsb)
    schools = hlm.shrinkage(fit)
    fitted = fit.fittedvalues.groupby(hsb["sch.id"]).mean()
    pd.testing.assert_series_equal(schools["predicted"], fitted, check_names=False, rtol=1e-9)
    pd.testing.assert_series_equal(schools["mean"], hsb.groupby("sch.id")["math"].mean(), rtol=1e-12, check_names=False)


def test_small_schools_are_trusted_less(null):
    schools = hlm.shrinkage(null).sort_values("n")
    assert schools["reliability"].is_monotonic_increasing
    assert schools["reliability"].between(0, 1).all()
    tau00, sigma2 = null.cov_re.iloc[0, 0], null.scale
    assert schools["reliability"].iloc[0] == pytest.approx(tau00 / (tau00 + sigma2 / 14))


def test_a_random_slope_has_no_single_reliability(hsb):
    with pytest.raises(hlm.ModelError, match="the intercept alone"):
        hlm.shrinkage(hlm.lmer("math ~ ses + (ses | sch.id)", hsb))


def test_sector_explains_what_the_slides_say(hsb, null):
    explained = hlm.variance_explained(null, hlm.lmer("math ~ sector + (1 | sch.id)", hsb))
    between = explained.loc["Intercept"]
    assert (round(between["null"], 2), round(between["fit"], 2)) == (8.61, 6.68)
    assert round(between["explained"], 3) == 0.225
    assert abs(explained.loc["Residual", "explained"]) < 0.001


def test_models_that_cannot_be_compared_are_refused(hsb, null):
    with pytest.raises(hlm.ModelError, match="different random coefficients"):
        hlm.variance_explained(null, hlm.lmer("math ~ ses + (ses | sch.id)", hsb))
    with pytest.raises(hlm.ModelError, match="different rows"):
        hlm.variance_explained(null, hlm.lmer("math ~ sector + (1 | sch.id)", hsb.iloc[50:]))
    for other in (hsb.assign(math=hsb["math"] ** 2), hsb.assign(**{"sch.id": hsb["sch.id"] + 1})):  # as many rows
        with pytest.raises(hlm.ModelError, match="different rows, responses or groups"):
            hlm.variance_explained(null, hlm.lmer("math ~ sector + (1 | sch.id)", other))
    with pytest.raises(hlm.ModelError, match="different rows, responses or groups"):
        hlm.variance_explained(null, hlm.lmer("ses ~ sector + (1 | sch.id)", hsb))


def test_nothing_can_be_explained_of_no_variance():
    # Every school has the same students, so the estimate of tau00 is zero.
    data = pd.DataFrame({"g": [1, 1, 2, 2, 3, 3], "y": [1.0, 2, 1, 2, 1, 2], "x": [0, 1, 0, 1, 1, 0]})
    with pytest.warns(hlm.SingularFitWarning):
        flat = hlm.lmer("y ~ 1 + (1 | g)", data)
    assert flat.singular
    assert (hlm.shrinkage(flat)["reliability"] == 0).all()
    with pytest.raises(hlm.ModelError, match="variance of zero"):
        hlm.variance_explained(flat, flat)
