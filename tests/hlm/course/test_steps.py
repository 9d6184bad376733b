"""The estimator retraced by hand: sums over schools that must end where hlm.lmer does."""

import warnings

import numpy as np
import pandas as pd
import pytest

import hlm
from hlm.course import steps
from hlm.model import optimum

FORMULAS = {
    "sector": "math ~ sector + (1 | sch.id)",
    "null": "math ~ 1 + (1 | sch.id)",
    "both levels": "math ~ ses * sector + meanses + female + (1 | sch.id)",
    "no intercept": "math ~ 0 + ses + meanses + (1 | sch.id)",
}


@pytest.fixture(scope="module")
def d():
    return hlm.load_hsb()


@pytest.fixture(scope="module")
def fit(d):
    return hlm.lmer(FORMULAS["sector"], d)


@pytest.fixture(scope="module", params=[(name, reml) for name in FORMULAS for reml in (True, False)], ids=str)
def any_fit(request, d):
    name, reml = request.param
    return hlm.lmer(FORMULAS[name], d, reml=reml)


# ------------------------------------------------------------------------------------- least squares over schools


def test_the_schools_are_those_of_the_data(d, fit):
    schools = steps.school_weights(fit)
    expected = d.groupby("sch.id").agg(n=("math", "size"), sector=("sector", "first"), math=("math", "mean"))
    pd.testing.assert_frame_equal(schools[["n", "sector", "math"]], expected, check_dtype=False)
    assert schools["sector"].dtype.kind == "i"
    np.testing.assert_allclose(schools["weight"] * (fit.cov_re.iloc[0, 0] + fit.scale / schools["n"]), 1)


def test_weighted_means_are_the_fixed_effects(fit):
    means = steps.weighted_means(steps.school_weights(fit), y="math", by="sector")
    assert means["mean"][0] == pytest.approx(fit.params["Intercept"], rel=1e-12)
    assert means["mean"][1] - means["mean"][0] == pytest.approx(fit.params["sector"], rel=1e-11)
    assert means["se"][0] == pytest.approx(fit.bse["Intercept"], rel=1e-12)
    assert np.hypot(*means["se"]) == pytest.approx(fit.bse["sector"], rel=1e-12)


def test_weighted_means_name_the_columns_there_are(fit):
    with pytest.raises(hlm.DataError, match=r"no column 'size'\. The schools have: n, sector, math"):
        steps.weighted_means(steps.school_weights(fit), y="math", by="size")


# --------------------------------------------------------------------------------------------------- the likelihood


def test_the_parts_add_up_to_the_log_likelihood(any_fit):
    parts = steps.deviance_parts(any_fit)
    assert parts["total"] == pytest.approx(-2 * any_fit.llf, rel=1e-12)
    assert parts["total"] == pytest.approx(parts.drop("total").sum(), rel=1e-14)


def test_the_deviance_is_lowest_at_the_estimates(any_fit):
    tau00, sigma2 = any_fit.cov_re.iloc[0, 0], any_fit.scale
    lowest = steps.deviance_parts(any_fit)["total"]
    for a, b in [(0.99, 1), (1.01, 1), (1, 0.99), (1, 1.01), (0, 1)]:
        assert steps.deviance_parts(any_fit, a * tau00, b * sigma2)["total"] > lowest


def test_without_variance_between_schools_the_deviance_is_that_of_ols(d, fit):
    ols = hlm.ols("math ~ sector", d)
    ml_sigma2 = ols.ssr / ols.nobs
    assert steps.deviance_parts(fit.as_ml(), 0, ml_sigma2)["total"] == pytest.approx(-2 * ols.llf, rel=1e-12)


@pytest.mark.parametrize(("tau00", "sigma2"), [(-1, 1), (1, 0), (1, -1)])
def test_variances_that_cannot_be_are_refused(fit, tau00, sigma2):
    with pytest.raises(hlm.ModelError, match="tau00 must be zero or more and sigma2 above zero"):
        steps.deviance_parts(fit, tau00, sigma2)


@pytest.mark.parametrize(("tau00", "sigma2"), [(np.inf, 1), (1, np.nan)])
def test_variances_without_end_are_refused(fit, tau00, sigma2):
    with pytest.raises(hlm.ModelError, match="must be a finite number or None"):
        steps.deviance_parts(fit, tau00, sigma2)


def test_the_curve_is_the_deviance_with_all_else_at_its_best(any_fit):
    curve = steps.deviance_curve(any_fit, [0.2, 0.4, 0.9])
    np.testing.assert_allclose(curve["icc"], curve["tau00"] / (curve["tau00"] + curve["sigma2"]))
    for _, row in curve.iterrows():
        by_hand = steps.deviance_parts(any_fit, row["tau00"], row["sigma2"])["total"]
        assert row["deviance"] == pytest.approx(by_hand + 2 * any_fit.llf, abs=1e-7)
        for factor in (0.999, 1.001):  # sigma2 moved, theta kept
            moved = steps.deviance_parts(any_fit, factor * row["tau00"], factor * row["sigma2"])["total"]
            assert moved > by_hand


def test_the_curve_of_the_other_criterion(fit):
    ml = fit.as_ml()
    pd.testing.assert_frame_equal(
        steps.deviance_curve(fit, [0.3, 0.5], reml=False), steps.deviance_curve(ml, [0.3, 0.5])
    )


# ----------------------------------------------------------------------------------------------------- Newton's way


def test_newtons_way_ends_at_the_fit(any_fit):
    way = steps.newton_steps(any_fit, start=0.3)
    theta = np.sqrt(any_fit.cov_re.iloc[0, 0] / any_fit.scale)
    assert way["theta"].iloc[-1] == pytest.approx(theta, rel=1e-8)
    assert abs(way["slope"].iloc[-1]) < steps.FLAT
    assert (np.diff(way["deviance"]) <= 1e-9).all()


def test_slope_and_curvature_are_those_of_the_curve(fit):
    way, h = steps.newton_steps(fit, start=0.3), 1e-4
    for _, at in way.head(2).iterrows():
        low, here, high = steps.deviance_curve(fit, [at["theta"] - h, at["theta"], at["theta"] + h])["deviance"]
        assert at["slope"] == pytest.approx((high - low) / (2 * h), rel=1e-5)
        assert at["curvature"] == pytest.approx((high - 2 * here + low) / h**2, rel=1e-4)


def test_lmer_goes_the_same_way(fit, monkeypatch):
    """The steps told are those taken: the estimator visits each theta of the table, from its own start."""
    seen, original = [], optimum.deviance_at

    def watched(stage, theta, reml):
        seen.append(float(theta[0]))
        return original(stage, theta, reml)

    monkeypatch.setattr(optimum, "deviance_at", watched)
    optimum.optimum(fit.at.stage, reml=True)
    way = steps.newton_steps(fit, start=seen[0])
    assert len(way) > 3
    for theta in way["theta"][:4]:
        assert min(abs(theta - value) for value in seen) < 1e-9


@pytest.mark.parametrize("start", [0.0, 1.0, -5.0])
def test_a_start_from_which_the_steps_lead_away_is_refused(fit, start):
    with pytest.raises(hlm.ModelError, match=r"does not arrive from theta = .*start nearer to 0\.41"):
        steps.newton_steps(fit, start)


# ----------------------------------------------------------------------------------------------- degrees of freedom


def test_satterthwaite_by_hand_is_satterthwaites(any_fit):
    for term in any_fit.params.index:
        by_hand = steps.satterthwaite_steps(any_fit, term)
        assert by_hand.variance == pytest.approx(any_fit.bse[term] ** 2, rel=1e-10)
        assert by_hand.df == pytest.approx(any_fit.df()[term], rel=1e-8)
        assert by_hand.df == pytest.approx(2 * by_hand.variance**2 / by_hand.var_variance)


def test_the_slopes_are_those_of_the_squared_standard_error(fit):
    """Moved by hand: the variance of the difference of two weighted means, at other tau00 and sigma2."""
    n, sector = (steps.school_weights(fit)[name].to_numpy() for name in ("n", "sector"))

    def squared_se(tau00, sigma2):
        weight = 1 / (tau00 + sigma2 / n)
        return 1 / weight[sector == 0].sum() + 1 / weight[sector == 1].sum()

    tau00, sigma2, h = fit.cov_re.iloc[0, 0], fit.scale, 1e-4
    slope = steps.satterthwaite_steps(fit, "sector").slope
    assert slope["tau00"] == pytest.approx((squared_se(tau00 + h, sigma2) - squared_se(tau00 - h, sigma2)) / (2 * h))
    assert slope["sigma2"] == pytest.approx((squared_se(tau00, sigma2 + h) - squared_se(tau00, sigma2 - h)) / (2 * h))


def test_the_variances_stray_by_the_curvature_of_the_deviance(fit):
    tau00, sigma2, h = fit.cov_re.iloc[0, 0], fit.scale, 1e-2

    def deviance(a, b):
        return steps.deviance_parts(fit, tau00 + a * h, sigma2 + b * h)["total"]

    bend_tau = (deviance(1, 0) - 2 * deviance(0, 0) + deviance(-1, 0)) / h**2
    bend_sigma = (deviance(0, 1) - 2 * deviance(0, 0) + deviance(0, -1)) / h**2
    bend_both = (deviance(1, 1) - deviance(1, -1) - deviance(-1, 1) + deviance(-1, -1)) / (4 * h**2)
    expected = 2 * np.linalg.inv([[bend_tau, bend_both], [bend_both, bend_sigma]])
    np.testing.assert_allclose(steps.satterthwaite_steps(fit, "sector").cov, expected, rtol=1e-3, atol=1e-5)


def test_with_equal_schools_the_degrees_of_freedom_are_schools_less_two(d):
    equal = hlm.lmer(FORMULAS["sector"], d.groupby("sch.id").head(14))
    assert steps.satterthwaite_steps(equal, "sector").df == pytest.approx(158, rel=1e-9)
    ml, n = equal.as_ml(), 14
    of_means = [f.cov_re.iloc[0, 0] + f.scale / n for f in (ml, equal)]
    assert of_means[0] / of_means[1] == pytest.approx(158 / 160, rel=1e-8)


def test_simulated_standard_errors_stray_as_satterthwaite_says(fit):
    by_hand = steps.satterthwaite_steps(fit, "sector")
    simulated = steps.simulated_variances(fit, "sector", n=400, seed=3)
    assert len(simulated) == 400
    assert simulated.mean() == pytest.approx(by_hand.variance, rel=0.02)
    assert simulated.var() == pytest.approx(by_hand.var_variance, rel=0.25)
    pd.testing.assert_series_equal(simulated.head(5), steps.simulated_variances(fit, "sector", n=5, seed=3))


# ---------------------------------------------------------------------------------------------------- what is refused


@pytest.mark.parametrize("call", ["school_weights", "deviance_parts", "deviance_curve", "newton_steps"])
def test_a_random_slope_is_refused_by_name(d, call):
    slope = hlm.lmer("math ~ ses + (ses | sch.id)", d)
    more = {"deviance_curve": ([0.5],), "newton_steps": (0.4,)}.get(call, ())
    with pytest.raises(hlm.ModelError, match="has the random coefficients Intercept, ses"):
        getattr(steps, call)(slope, *more)


@pytest.mark.parametrize("call", [steps.satterthwaite_steps, steps.simulated_variances])
def test_a_term_that_is_not_there_is_named(fit, call):
    with pytest.raises(hlm.ModelError, match="no fixed effect 'ses'; they are Intercept, sector"):
        call(fit, "ses")


def test_a_singular_fit_has_no_curvature_to_go_by(d):
    level = d.assign(math=d["math"] - d.groupby("sch.id")["math"].transform("mean"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", hlm.SingularFitWarning)
        singular = hlm.lmer(FORMULAS["sector"], level)
    with pytest.raises(hlm.ModelError, match="tau00 is zero"):
        steps.satterthwaite_steps(singular, "sector")
