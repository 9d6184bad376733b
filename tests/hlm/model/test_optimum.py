"""The optimum itself: against 40-digit arithmetic, its conditions, and data that try to lose digits."""

import json
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import hlm
from hlm.model.deviance import Deviance
from hlm.model.optimum import _descend, _downhill_from_the_boundary, optimum, verified
from hlm.model.sources import moments
from hlm.model.two_stage import two_stage

EXACT = json.loads((Path(__file__).parents[2] / "reference/forty-digits.json").read_text())


@pytest.fixture(scope="module")
def d():
    return hlm.load_hsb()


def test_forty_digits(d):
    fit = hlm.lmer("math ~ sector + (1 | sch.id)", d)
    exact = {name: np.array(value, dtype=float) for name, value in EXACT.items()}
    np.testing.assert_allclose(fit.cov_re.iloc[0, 0], exact["tau00"], rtol=1e-10)
    np.testing.assert_allclose(fit.scale, exact["sigma2"], rtol=1e-11)
    np.testing.assert_allclose(fit.params, exact["beta"], rtol=1e-12)
    np.testing.assert_allclose(fit.bse, exact["se"], rtol=1e-11)
    np.testing.assert_allclose(fit.df("satterthwaite"), exact["satterthwaite"], rtol=1e-10)
    np.testing.assert_allclose(fit.llf, exact["log_likelihood"], rtol=1e-13)


@pytest.mark.parametrize("reml", [True, False])
@pytest.mark.parametrize(
    "formula",
    [
        "math ~ sector + (1 | sch.id)",
        "math ~ ses + (ses | sch.id)",
        "math ~ ses + (ses || sch.id)",
        "math ~ 1 + (0 + ses | sch.id)",
        "math ~ ses + minority + (ses + minority | sch.id)",
    ],
)
def test_derivatives_are_those_of_the_deviance(d, formula, reml):
    """Gradient and Hessian by differences, away from the optimum, where every term of theirs counts."""
    stage = two_stage(moments(formula, d))
    rng = np.random.default_rng(0)
    theta = np.where(stage.free[0] == stage.free[1], 0.5, 0.1) * rng.uniform(0.8, 1.2, len(stage.free[0]))
    at, h = Deviance(stage, theta, reml), 1e-4
    steps = h * np.eye(len(theta))
    sides = [(Deviance(stage, theta + e, reml), Deviance(stage, theta - e, reml)) for e in steps]
    slope = [(up.value - down.value) / (2 * h) for up, down in sides]
    bend = [(up.gradient - down.gradient) / (2 * h) for up, down in sides]
    np.testing.assert_allclose(at.gradient, slope, rtol=1e-5, atol=1e-3)
    np.testing.assert_allclose(at.hessian, bend, rtol=1e-5, atol=1e-3)


def test_the_gradient_vanishes_at_the_solution(d):
    for formula in ["math ~ sector + (1 | sch.id)", "math ~ ses + (ses | sch.id)"]:
        fit = hlm.lmer(formula, d)
        assert np.abs(fit.at.gradient).max() <= 1e-6
        assert np.linalg.eigvalsh(fit.at.hessian)[0] > 0


def test_a_singular_fit_is_exact_and_told(d):
    """Schools made more alike than chance would: tau00 is zero, and the answer is that of least squares."""
    nobody = d.assign(math=d["math"] - d.groupby("sch.id")["math"].transform("mean"))
    with pytest.warns(hlm.SingularFitWarning, match=r"sch\.id"):
        fit = hlm.lmer("math ~ ses + (1 | sch.id)", nobody)
    assert fit.singular
    assert fit.converged
    assert fit.cov_re.iloc[0, 0] == 0.0
    ols = hlm.ols("math ~ ses", nobody)
    np.testing.assert_allclose(fit.params, ols.params, rtol=1e-12)
    np.testing.assert_allclose(fit.bse, ols.bse, rtol=1e-12)
    np.testing.assert_allclose(fit.df(), ols.df_resid, rtol=1e-9)


def test_a_perfect_correlation_is_on_the_boundary():
    rng = np.random.default_rng(0)
    g = np.repeat(np.arange(40), 6)
    x = rng.normal(size=240)
    u = rng.normal(size=40)
    data = pd.DataFrame({"g": g, "x": x, "y": u[g] * (1 + x) + rng.normal(size=240)})
    with pytest.warns(hlm.SingularFitWarning, match="correlation"):
        fit = hlm.lmer("y ~ x + (x | g)", data)
    G = fit.cov_re.to_numpy()
    assert np.diag(G).min() > 0.1
    assert abs(np.linalg.det(G)) <= 1e-12 * np.prod(np.diag(G))
    assert fit.converged


@pytest.mark.parametrize("offset", [1e3, 1e6, 1e9])
def test_a_large_mean_costs_no_digits(d, offset):
    """Columns counted from far away: the slopes, their SEs and the likelihood do not notice."""
    whole = d.assign(ses=(d["ses"] * 1000).round(), math=(d["math"] * 1000).round())  # exact beside any offset
    near = hlm.lmer("math ~ ses + (1 | sch.id)", whole)
    far = hlm.lmer("math ~ ses + (1 | sch.id)", whole.assign(ses=whole["ses"] + offset, math=whole["math"] + offset))
    assert far.llf == pytest.approx(near.llf, rel=1e-12)
    assert far.params["ses"] == pytest.approx(near.params["ses"], rel=1e-9)
    assert far.bse["ses"] == pytest.approx(near.bse["ses"], rel=1e-9)
    assert far.df()["ses"] == pytest.approx(near.df()["ses"], rel=1e-7)


def test_schools_that_differ_a_million_times_more_than_students():
    """An ICC of 1 - 1e-12: what schools say of the intercept is not lost beside what students say."""
    rng = np.random.default_rng(5)
    g = np.repeat(np.arange(30), 8)
    u, e = rng.normal(size=30) * 1e6, rng.normal(size=240)
    e -= (np.bincount(g, e) / 8)[g]
    fit = hlm.lmer("y ~ 1 + (1 | g)", pd.DataFrame({"g": g, "y": u[g] + e}))
    # Balanced data: the estimates are the mean squares of the analysis of variance (Searle et al. 1992, section 4.4).
    between, within = 8 * u.var(ddof=1), (e**2).sum() / (240 - 30)
    assert fit.scale == pytest.approx(within, rel=1e-6)
    assert fit.cov_re.iloc[0, 0] == pytest.approx((between - within) / 8, rel=1e-10)
    assert fit.bse["Intercept"] == pytest.approx(np.sqrt(between / 240), rel=1e-9)


@pytest.mark.filterwarnings("ignore::hlm.SingularFitWarning")
def test_groups_of_one_and_without_spread(d):
    """Schools with one student, and schools whose students all have the same ses, say what they can."""
    few = pd.concat([g.head(1 + k % 4) for k, (_, g) in enumerate(d.groupby("sch.id"))])
    few.loc[few["sch.id"].isin(few["sch.id"].unique()[:20]), "ses"] = 0.3
    fit = hlm.lmer("math ~ ses + (ses | sch.id)", few, reml=False)
    # The likelihood written out with whole matrices, school by school.
    G, total = fit.cov_re.to_numpy(), 0.0
    for _, school in few.groupby("sch.id"):
        X = np.column_stack([np.ones(len(school)), school["ses"]])
        V = X @ G @ X.T + fit.scale * np.eye(len(school))
        r = school["math"].to_numpy() - X @ fit.params.to_numpy()
        total += len(r) * np.log(2 * np.pi) + np.linalg.slogdet(V)[1] + r @ np.linalg.solve(V, r)
    assert fit.llf == pytest.approx(-total / 2, rel=1e-12)


@pytest.mark.filterwarnings("ignore::hlm.SingularFitWarning")
def test_refit_and_fit_agree(d):
    fit = hlm.lmer("math ~ ses * sector + (ses | sch.id)", d)
    y = fit.simulate(1, seed=7)[0]
    again, fresh = fit.refit(y), hlm.lmer("math ~ ses * sector + (ses | sch.id)", d.assign(math=y))
    np.testing.assert_allclose(again.params, fresh.params, rtol=1e-9)
    assert again.llf == pytest.approx(fresh.llf, rel=1e-12)
    np.testing.assert_allclose(again.resid, fresh.resid, atol=1e-8)
    with pytest.raises(hlm.ModelError, match="7,185 values"):
        fit.refit(y[:-1])


def test_simulated_responses_have_the_models_variances(d):
    fit = hlm.lmer("math ~ sector + (1 | sch.id)", d)
    draws = [fit.refit(y) for _, y in fit.simulate(100, seed=1).items()]
    tau00, sigma2 = (np.array([f.cov_re.iloc[0, 0] for f in draws]), np.array([f.scale for f in draws]))
    for values, truth in [(tau00, fit.cov_re.iloc[0, 0]), (sigma2, fit.scale)]:
        assert abs(values.mean() - truth) < 4 * values.std() / np.sqrt(len(values))


def test_the_bootstrap_centres_on_the_fit(d):
    fit = hlm.lmer("math ~ ses + (ses | sch.id)", d)
    with pytest.raises(hlm.ModelError, match="positive"):
        hlm.bootstrap(fit, n=0)
    draws = hlm.bootstrap(fit, n=200, seed=2)
    G = fit.cov_re.to_numpy()
    truth = [*fit.params, G[0, 0], G[1, 0], G[1, 1], fit.scale]
    assert list(draws)[2:] == ["var Intercept", "cov Intercept, ses", "var ses", "var residual"]
    error = draws.std() / np.sqrt(len(draws))
    assert (np.abs(draws.mean() - truth) < 4 * error).all()
    np.testing.assert_allclose(draws.iloc[:, :2].std(), fit.bse, rtol=0.2)


@pytest.mark.parametrize("sector", [lambda j: j % 2, lambda j: j == 7], ids=["alternating", "one school only"])
def test_many_schools_whatever_their_order(sector):
    """With many schools the search starts from a sample of them, which may lack what few schools have."""
    rng = np.random.default_rng(3)
    school = np.repeat(np.arange(12_000), 3)
    data = pd.DataFrame({"school": school, "sector": sector(school).astype(float)})
    data["math"] = data["sector"] + rng.standard_normal(12_000)[school] + rng.standard_normal(len(school))
    fit = hlm.lmer("math ~ sector + (1 | school)", data)
    assert fit.converged
    assert fit.cov_re.iloc[0, 0] == pytest.approx(1, abs=0.1)
    assert abs(fit.params["sector"] - 1) < 4 * fit.bse["sector"]


def three_levels(together):
    """Eighteen groups with a factor of three levels; a group has the levels that stand together."""
    rng = np.random.default_rng(2)
    rows = [(g, level) for g in range(18) for level in together[g % len(together)] for _ in range(5)]
    data = pd.DataFrame(rows, columns=["g", "f"])
    u = rng.standard_normal((18, 3)) * [1, 2, 3]
    data["x"] = rng.standard_normal(len(data))
    data["y"] = data["x"] + u[data["g"], ["abc".index(f) for f in data["f"]]] + rng.standard_normal(len(data))
    return data


def test_coefficients_that_no_group_has_together_have_no_covariance():
    """A variance for each sex, where groups are persons: lme4 fits it with a covariance that says nothing."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit = hlm.lmer("y ~ x + (0 + f | g)", three_levels(["ab", "c"]))
        fit.coef_table("kenward-roger"), fit.simulate(seed=1), fit.summary()
    assert fit.converged
    assert not fit.singular
    G = fit.cov_re.to_numpy()
    assert (np.diag(G) > 0).all()
    assert G[0, 1] != 0
    np.testing.assert_array_equal(G[2, :2], 0)
    assert fit.df_modelwc == 2 + 4 + 1


def test_coefficients_that_meet_in_a_roundabout_way_only_are_refused():
    """a and b meet, and b and c, but never a and c: their covariance says nothing, and yet limits the others."""
    with pytest.raises(hlm.ModelError, match="cannot identify the random part"):
        hlm.lmer("y ~ x + (0 + f | g)", three_levels(["ab", "bc"]))


def thin(seed):
    """Some 25 rows in a handful of groups, with two or three random coefficients: often several optima."""
    rng = np.random.default_rng(seed)
    n, groups, q = (int(rng.integers(low, high)) for low, high in [(20, 40), (5, 9), (2, 4)])
    g = np.sort(rng.integers(0, groups, n))
    x = rng.normal(size=n) * 10 ** rng.uniform(-1, 1)
    z = rng.normal(size=n) if rng.random() < 0.6 else rng.integers(0, 2, n) * 1.0
    u = rng.normal(size=(groups, 3)) * 10 ** rng.uniform(-1.0, 1.0, 3) * (rng.random(3) < 0.6)
    y = u[g, 0] + u[g, 1] * x + u[g, 2] * z
    y += rng.normal(size=n) * (rng.standard_t(2, n) ** 2 if rng.random() < 0.3 else 1)
    bar = rng.choice(["|", "||"], p=[0.75, 0.25])
    formula = f"y ~ x + z + (x + z {bar} g)" if q == 3 else f"y ~ x + (x {bar} g)"
    return formula, pd.DataFrame({"y": y, "x": x, "z": z, "g": g}), bool(rng.integers(2))


# The first three ended at a lesser optimum and were called converged; the next two at their optimum, unverified.
@pytest.mark.filterwarnings("ignore::hlm.SingularFitWarning")
@pytest.mark.parametrize("seed", [87, 101, 250, 45, 225, *range(10)])
def test_no_start_finds_a_better_optimum(seed):
    formula, data, reml = thin(seed)
    fit = hlm.lmer(formula, data, reml=reml)
    stage, rng = fit.at.stage, np.random.default_rng(1)
    diagonal, m = stage.free[0] == stage.free[1], len(stage.free[0])
    for _ in range(12):
        size, other = 10 ** rng.uniform(-2, 1.5, m), rng.normal(size=m) * 10 ** rng.uniform(-2, 1)
        found = _descend(Deviance(stage, np.where(diagonal, size, other), reml))
        assert not found.value < fit.at.value - 1e-6
    assert fit.converged


def test_schools_that_differ_by_orders_of_magnitude_are_not_taken_for_noise():
    """From a start near most data the search ended at a sigma2 of 1e9: a valley of its own, whose slope is zero."""
    rng = np.random.default_rng(135)
    g = np.repeat(np.arange(30), 5)
    x, z = rng.normal(size=(2, 150))
    u = rng.normal(size=(30, 3)) * 10 ** rng.uniform(3, 7, 3) * rng.standard_t(1, size=(30, 1))
    data = pd.DataFrame({"g": g, "x": x, "z": z, "y": u[g, 0] + u[g, 1] * x + u[g, 2] * z + rng.normal(size=150)})
    fit = hlm.lmer("y ~ x + z + (x + z || g)", data)
    assert fit.converged
    # Of each school's five students, three coefficients of its own leave two degrees of freedom.
    own = [np.linalg.lstsq(np.c_[np.ones(5), s[["x", "z"]]], s["y"])[1][0] for _, s in data.groupby("g")]
    assert fit.scale == pytest.approx(sum(own) / 60, rel=0.01)


def test_a_singular_stop_from_which_the_deviance_falls_is_not_an_optimum(d):
    """With every variance at zero the slope along Lambda is zero too: only the way off the boundary tells."""
    stage = two_stage(moments("math ~ ses + (ses | sch.id)", d))
    stuck = Deviance(stage, np.zeros(3), True)
    assert np.abs(stuck.gradient).max() == 0
    assert not verified(stuck)
    inward = Deviance(stage, _downhill_from_the_boundary(stuck), True)
    assert inward.value < stuck.value
    assert verified(optimum(stage, True).at)


def test_the_way_off_the_boundary_is_taken_where_the_search_stops_on_it(d, monkeypatch):
    """A search that starts on the boundary cannot leave it by itself, since every slope is zero there."""
    expected = hlm.lmer("math ~ ses + (ses | sch.id)", d)
    monkeypatch.setattr(hlm.model.optimum, "_start", lambda stage, reml: np.zeros(3))
    monkeypatch.setattr(hlm.model.optimum, "_other_starts", lambda at: iter(()))
    fit = hlm.lmer("math ~ ses + (ses | sch.id)", d)
    assert fit.converged
    assert not fit.singular
    assert fit.llf == pytest.approx(expected.llf, rel=1e-12)
    monkeypatch.setattr(hlm.model.optimum, "_downhill_from_the_boundary", lambda at: None)
    with pytest.warns(hlm.SingularFitWarning):
        assert hlm.lmer("math ~ ses + (ses | sch.id)", d).llf < fit.llf - 1


@pytest.mark.parametrize("reml", [True, False])
def test_converged_at_a_singular_fit_means_that_no_way_off_the_boundary_goes_down(reml):
    rng = np.random.default_rng(4)
    g, x = np.repeat(np.arange(30), 5), rng.normal(size=150)
    data = pd.DataFrame({"g": g, "x": x, "y": rng.normal(size=30)[g] + rng.normal(size=150)})
    data["y"] -= np.bincount(g, x * data["y"])[g] / np.bincount(g, x**2)[g] * x  # slopes more alike than by chance
    with pytest.warns(hlm.SingularFitWarning):
        fit = hlm.lmer("y ~ x + (x || g)", data, reml=reml)
    assert fit.converged
    assert fit.singular
    assert fit.at.Gamma[1, 1] > 0
    for size in (1e-3, 1e-2, 0.1, 1.0):  # the slope's variance let loose: the deviance rises
        assert Deviance(fit.at.stage, fit.at.theta + np.array([0, size]), reml).value > fit.at.value
