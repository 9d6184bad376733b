"""Several grouping factors: against dense algebra, and properties that any right fit has."""

import warnings
from functools import cache

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from threadpoolctl import threadpool_info

import hlm
from hlm.model import blocks, crossed_system, crossings, optimum, starts
from hlm.model.crossed_deviance import CrossedDeviance
from hlm.model.crossings import of_crossed_design
from hlm.model.design import design
from hlm.model.estimates import fixed_effects, log_likelihood, residual_variance


@cache
def invented(seed=0, n=360):
    """Rows in thirty groups of g, nine of h and five of k, which cross; and classes that lie in schools."""
    rng = np.random.default_rng(seed)
    d = pd.DataFrame({"g": rng.integers(0, 30, n), "h": rng.integers(0, 9, n), "k": rng.integers(0, 5, n)})
    d["x"], d["w"] = rng.normal(size=n), rng.normal(3, 2, size=n)
    d["school"] = rng.integers(0, 14, n)
    d["room"] = rng.integers(0, 3, n)
    d["class"] = d["school"].astype(str) + "-" + d["room"].astype(str)
    d["y"] = (
        1 + d["x"] / 2 + rng.normal(size=30)[d["g"]] + rng.normal(size=9)[d["h"]] * (1 + 0.7 * d["x"])
        + rng.normal(size=5)[d["k"]] / 2 + rng.normal(size=n)
    )  # fmt: skip
    d["score"] = d["x"] + rng.normal(size=14)[d["school"]] + rng.normal(size=(14, 3))[d["school"], d["room"]]
    d["score"] += rng.normal(size=n)
    return d


def fitted(formula, data, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", hlm.SingularFitWarning)
        return hlm.lmer(formula, data, **options)


FORMULAS = [
    "y ~ x + (1 | g) + (1 | h)",
    "y ~ x + w + (x | g) + (x | h) + (1 | k)",
    "y ~ x + (1 | g) + (1 | k) + (0 + x | k)",
    "y ~ w + (w | h) + (1 | g)",
    "score ~ x + (1 | school/class)",
    "score ~ x + (x | class) + (x | school)",
]


def dense(formula, theta, reml):
    """V^-1, X, y and the directions in which V moves with theta, in the user's units; and the deviance."""
    rows = design(formula, invented())
    stage = of_crossed_design(rows).stage
    at = CrossedDeviance(stage, theta, reml)
    T, V, S = stage.scale.to_z, np.eye(rows.nobs), [np.zeros((rows.nobs,) * 2) for _ in theta]
    for factor, part in zip(rows.groupings, stage.slices, strict=True):
        Z = rows.matrix(rows.layout.z[part])
        for j in range(len(factor.groups)):
            i = np.flatnonzero(factor.codes == j)
            V[np.ix_(i, i)] += Z[i] @ (T @ at.D @ T.T)[part, part] @ Z[i].T
            for s, e in zip(S, at.directions, strict=True):
                s[np.ix_(i, i)] += Z[i] @ (T @ e @ T.T)[part, part] @ Z[i].T
    return at, np.linalg.inv(V), rows.matrix(rows.layout.x), rows.response, S


def some_theta(formula, near_zero=False):
    free = of_crossed_design(design(formula, invented())).stage.free
    size = np.where(free[0] == free[1], 0.5, 0.2) + 0.05 * np.arange(len(free[0]))
    return size * (1e-3 if near_zero else 1)


@pytest.mark.parametrize("reml", [True, False])
@pytest.mark.parametrize("near_zero", [False, True])
@pytest.mark.parametrize("formula", FORMULAS)
class TestAgainstDenseAlgebra:
    def test_the_likelihood(self, formula, near_zero, reml):
        at, inverse, X, y, _ = dense(formula, some_theta(formula, near_zero), reml)
        information = X.T @ inverse @ X
        beta = np.linalg.solve(information, X.T @ inverse @ y)
        left, n = y - X @ beta, len(y) - reml * X.shape[1]
        sigma2 = left @ inverse @ left / n
        deviance = n * (1 + np.log(2 * np.pi * sigma2)) - np.linalg.slogdet(inverse)[1]
        deviance += reml * np.linalg.slogdet(information)[1]
        assert log_likelihood(at) == pytest.approx(-deviance / 2, rel=1e-12)
        np.testing.assert_allclose(fixed_effects(at), beta, rtol=1e-10)
        assert residual_variance(at) == pytest.approx(sigma2, rel=1e-12)

    def test_the_derivatives(self, formula, near_zero, reml):
        at, inverse, X, y, S = dense(formula, some_theta(formula, near_zero), reml)
        C = np.linalg.inv(X.T @ inverse @ X)
        P = inverse - inverse @ X @ C @ X.T @ inverse
        sigma2 = y @ P @ y / (len(y) - reml * X.shape[1])
        Q = P if reml else inverse
        slope = [np.trace(Q @ s) - y @ P @ s @ P @ y / sigma2 for s in S]
        np.testing.assert_allclose(at.gradient, slope, rtol=1e-8, atol=1e-8)
        given_sigma = np.array(
            [[2 * y @ P @ s @ P @ t @ P @ y / sigma2 - np.trace(Q @ s @ Q @ t) for t in S] for s in S]
        )
        rows, columns = at.stage.free
        bends = 2 * at.Gamma[np.ix_(rows, rows)] * (columns[:, None] == columns)
        np.testing.assert_allclose(at.hessian_given_sigma - bends, given_sigma, rtol=1e-7, atol=1e-6)
        moved = [X.T @ inverse @ s @ inverse @ X for s in S]
        T = at.stage.scale.to_x @ at.half_C
        np.testing.assert_allclose(at.information_moved, [T.T @ m @ T for m in moved], rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("formula", FORMULAS)
def test_large_products_may_be_spared(formula, monkeypatch):
    """Both ways to Z'V^-1 Z, by the inverse of D and without it, are one."""
    stage = of_crossed_design(design(formula, invented())).stage
    short = CrossedDeviance(stage, some_theta(formula), True)
    assert short.precision is not None
    monkeypatch.setattr(crossed_system, "NEAR_ZERO", np.inf)
    long = CrossedDeviance(stage, some_theta(formula), True)
    assert long.precision is None
    np.testing.assert_allclose(short.Gamma, long.Gamma, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(short.hessian, long.hessian, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("formula", FORMULAS[:2] + FORMULAS[4:])
def test_kenward_roger_is_that_of_dense_algebra(formula):
    fit = fitted(formula, invented())
    _, inverse, X, _, _ = dense(formula, fit.at.theta, True)
    rows = design(formula, invented())
    directions = []
    for factor, part in zip(rows.groupings, fit.at.stage.slices, strict=True):
        Z, q = rows.matrix(rows.layout.z[part]), part.stop - part.start
        same = factor.codes[:, None] == factor.codes
        free = [
            (r - part.start, c - part.start)
            for r, c in zip(*fit.at.stage.free, strict=True)
            if r in range(*part.indices(99))
        ]
        for r, c in free:
            E = np.zeros((q, q))
            E[r, c] = E[c, r] = 1
            directions.append(same * (Z @ E @ Z.T))
    directions.append(np.eye(rows.nobs))
    W = inverse / fit.scale
    C = np.linalg.inv(X.T @ W @ X)
    P = [-X.T @ W @ s @ W @ X for s in directions]
    Q = [[X.T @ W @ s @ W @ t @ W @ X for t in directions] for s in directions]
    information = np.array([
        [np.trace(W @ s @ W @ t) - 2 * np.trace(C @ Q[i][k]) + np.trace(C @ P[i] @ C @ P[k]) for k, t in enumerate(directions)]
        for i, s in enumerate(directions)
    ]) / 2  # fmt: skip
    w = np.linalg.inv(information)
    U = sum(w[i, k] * (Q[i][k] - P[i] @ C @ P[k]) for i in range(len(P)) for k in range(len(P)))
    np.testing.assert_allclose(fit.cov_params("kenward-roger"), C + 2 * C @ U @ C, rtol=1e-7, atol=1e-10)


# --------------------------------------------------------------------------------------------------- properties


def same(one, other, rtol=1e-7):
    assert one.llf == pytest.approx(other.llf, rel=1e-11)
    np.testing.assert_allclose(one.params, other.params[one.params.index], rtol=rtol, atol=1e-8)
    np.testing.assert_allclose(one.bse, other.bse[one.params.index], rtol=rtol)
    np.testing.assert_allclose(one.df(), other.df()[one.params.index], rtol=100 * rtol)


def test_the_order_of_terms_and_of_rows_changes_nothing():
    d = invented()
    fit = fitted("y ~ x + w + (x | g) + (1 | h)", d)
    same(fit, fitted("y ~ w + x + (1 | h) + (x | g)", d.sample(frac=1, random_state=1)))


def test_the_labels_of_groups_change_nothing():
    d = invented()
    renamed = d.assign(g=[f"group {(7 * g) % 30}" for g in d["g"]], h=(d["h"] * 5) % 9)
    same(fitted("y ~ x + (x | h) + (1 | g)", d), fitted("y ~ x + (x | h) + (1 | g)", renamed))


def test_a_nested_model_written_in_three_ways_is_one_fit():
    d = invented()
    one = fitted("score ~ x + (1 | school/room)", d)
    same(one, fitted("score ~ x + (1 | school) + (1 | school:room)", d))
    same(one, fitted("score ~ x + (1 | school) + (1 | class)", d))
    assert one.ngroups == {"room:school": d["class"].nunique(), "school": 14}


def test_two_factors_that_cross_may_be_eliminated_either_way():
    """With as many groups in either factor the first in the formula comes first; the fit is the same."""
    d = invented().assign(g=lambda d: d["g"] % 9)
    one, other = fitted("y ~ x + (x | g) + (1 | h)", d), fitted("y ~ x + (1 | h) + (x | g)", d)
    assert (next(iter(one.ngroups)), next(iter(other.ngroups))) == ("g", "h")
    same(one, other)


def test_units_change_nothing():
    d = invented()
    scaled = d.assign(x=1000 * d["x"] + 5e5, y=d["y"] / 100)
    one, other = fitted("y ~ x + (x | h) + (1 | g)", d), fitted("y ~ x + (x | h) + (1 | g)", scaled)
    assert other.tvalues["x"] == pytest.approx(one.tvalues["x"], rel=1e-7)
    assert other.df()["x"] == pytest.approx(one.df()["x"], rel=1e-5)
    assert other.llf == pytest.approx(one.llf + (d.shape[0] - 2) * np.log(100) - np.log(1000), rel=1e-9)


def test_a_factor_without_variance_leaves_the_others_fit():
    d = invented()
    d = d.assign(y=d["y"] - d.groupby("k")["y"].transform("mean"))
    one, both = fitted("y ~ x + (1 | g)", d), fitted("y ~ x + (1 | g) + (1 | k)", d)
    assert both.singular
    assert both.cov_re["k"].iloc[0, 0] == 0
    np.testing.assert_allclose(both.params, one.params, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(both.bse, one.bse, rtol=1e-9)
    np.testing.assert_allclose(both.df(), one.df(), rtol=1e-7)
    assert both.llf == pytest.approx(one.llf, rel=1e-12)


def test_statsmodels_finds_no_higher_likelihood():
    d = invented().assign(whole=1)
    fit = hlm.lmer("y ~ x + (1 | g) + (1 | k)", d)
    model = smf.mixedlm("y ~ x", d, groups="whole", vc_formula={"g": "0 + C(g)", "k": "0 + C(k)"}, re_formula="0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = model.fit(reml=True)
    assert fit.llf == pytest.approx(theirs.llf, abs=1e-5)
    assert fit.llf >= theirs.llf - 1e-9
    np.testing.assert_allclose(fit.bse, theirs.bse_fe, rtol=1e-3)


def test_a_response_that_a_predictor_almost_explains_keeps_its_digits():
    d = invented()
    far = d.assign(y=d["y"] + 1e6 * d["w"])
    one, other = (fitted("y ~ x + w + (x | h) + (1 | g)", data) for data in (d, far))
    for factor in ("g", "h"):
        np.testing.assert_allclose(other.cov_re[factor], one.cov_re[factor], rtol=1e-6, atol=1e-8)


def test_refit_simulate_and_bootstrap():
    d = invented()
    fit = fitted("y ~ x + (1 | g) + (1 | h)", d)
    again = fit.refit(d["y"])
    assert again.llf == fit.llf
    assert type(again) is type(fit)
    samples = fit.simulate(3, seed=1)
    between = samples.groupby(d["h"]).mean().var().mean()
    assert between > samples.groupby(d["k"]).mean().var().mean()  # h varies in the model, k does not
    drawn = hlm.bootstrap(fit, n=40, seed=2)
    assert list(drawn) == ["Intercept", "x", "var Intercept | g", "var Intercept | h", "var residual"]
    assert drawn["var residual"].mean() == pytest.approx(fit.scale, rel=0.1)
    assert drawn["var Intercept | g"].mean() == pytest.approx(fit.cov_re["g"].iloc[0, 0], rel=0.3)


def test_profile_intervals_name_the_factor():
    table = fitted("y ~ x + (1 | g) + (1 | h)", invented()).variance_intervals()
    assert list(table.index) == ["sd Intercept | g", "sd Intercept | h", "sd residual"]
    assert (table["lower"] < table["estimate"]).all()
    assert (table["estimate"] < table["upper"]).all()


def test_tables_show_every_factor():
    fit = fitted("score ~ x + (x | school) + (1 | class)", invented())
    text = fit.summary().text
    assert [word in text for word in ("school", "class", "Residual")] == [True] * 3
    table = hlm.regression_table([fit], variance_components=True).text
    assert "Groups (class)" in table
    assert "Groups (school)" in table


def test_a_smaller_model_of_one_factor_is_compared():
    d = invented()
    smaller, larger = fitted("y ~ x + (1 | g)", d), fitted("y ~ x + (1 | g) + (1 | h)", d)
    compared = hlm.compare(smaller, larger)
    assert compared["chi2"].iloc[1] == pytest.approx(2 * (larger.llf - smaller.llf))
    assert "note" in hlm.compare(fitted("y ~ x + (1 | k)", d), larger)


# ---------------------------------------------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("formula", "change", "message"),
    [
        ("y ~ x + (1 | g) + (1 | one)", {"one": 1}, "one has one group only"),
        ("y ~ x + (1 | g) + (1 | row)", {"row": range(360)}, "every one of the 360 rows is a group of its own in row"),
        ("y ~ x + (1 | g) + (1 | twin)", {"twin": lambda d: d["g"] + 100}, "put the rows into the same 30 groups"),
        ("y ~ x + (1 | g) + (1 | nowhere)", {}, "the group 'nowhere' is not a column"),
        ("y ~ x + (1 | g) + (1 | g:nowhere)", {}, "the group 'nowhere' is not a column"),
        ("y ~ x + (x | g) + (x | g) + (1 | h)", {}, "Intercept, x stands in two random terms of the same group, g"),
        ("z ~ x + (1 | g) + (1 | h)", {"z": lambda d: 2 * d["x"] + d["h"]}, "residual variance of .* is zero"),
    ],
)
def test_what_makes_no_model_is_refused_in_a_sentence(formula, change, message):
    with pytest.raises(hlm.ModelError, match=message):
        hlm.lmer(formula, invented().assign(**change))


def test_a_label_used_in_two_schools_is_named():
    d = invented()
    rows = np.flatnonzero(d["class"] == "3-1")[:2]
    moved = d.assign(**{"class": d["class"].mask(d.index.isin(rows), "5-2")})
    with pytest.warns(hlm.GroupingWarning, match="class 5-2 has rows in two groups of school, 3 and 5"):
        hlm.lmer("score ~ x + (1 | school) + (1 | class)", moved)
    with warnings.catch_warnings():
        warnings.simplefilter("error", hlm.GroupingWarning)
        hlm.lmer("score ~ x + (1 | school/class)", moved)


def test_missing_labels_cost_rows():
    d = invented().astype({"h": float})
    d.loc[[3, 5], "h"] = np.nan
    with pytest.warns(hlm.MissingDataWarning, match="2 of 360 rows"):
        fit = hlm.lmer("y ~ x + (1 | g) + (1 | h)", d)
    assert fit.nobs == 358
    assert fit.dropped == 2


def test_new_groups_are_predicted_at_the_average_of_their_factor():
    d = invented()
    fit = fitted("y ~ x + (1 | g) + (1 | h)", d)
    new = d.head(2).assign(g=[999, d["g"].iloc[1]])
    expected = fit.predict(d.head(2)) - [fit.random_effects["g"].loc[d["g"].iloc[0], "Intercept"], 0]
    np.testing.assert_allclose(fit.predict(new), expected, rtol=1e-12)
    nested = fitted("score ~ x + (1 | school/room)", d)
    np.testing.assert_allclose(nested.predict(d), nested.fittedvalues, rtol=1e-12)
    with pytest.raises(hlm.ModelError, match="no column 'room'"):
        nested.predict(d.drop(columns="room"))


def test_factors_that_cross_beyond_memory_are_refused(monkeypatch):
    monkeypatch.setattr("hlm.model.crossings.MOST", 80)
    with pytest.raises(hlm.ModelError, match="cross so widely that 9 coefficients belong to one system of equations"):
        hlm.lmer("y ~ x + (1 | g) + (1 | h)", invented())


@pytest.mark.parametrize("formula", [FORMULAS[0], FORMULAS[3], FORMULAS[4]])
def test_a_dear_system_is_searched_from_one_start_and_has_the_same_optimum(formula, monkeypatch):
    cheap = fitted(formula, invented())
    monkeypatch.setattr(crossings, "CHEAP", 0)
    dear = fitted(formula, invented())
    assert dear.converged
    assert dear.llf == pytest.approx(cheap.llf, rel=1e-13)
    np.testing.assert_allclose(dear.bse, cheap.bse, rtol=1e-9)
    np.testing.assert_allclose(dear.df(), cheap.df(), rtol=1e-8)


def test_a_large_block_is_multiplied_and_inverted_by_another_library(monkeypatch):
    formula = FORMULAS[0]
    numpy_s = fitted(formula, invented())
    monkeypatch.setattr(blocks, "LARGE", 1)
    scipy_s = fitted(formula, invented())
    assert scipy_s.llf == pytest.approx(numpy_s.llf, rel=1e-14)
    np.testing.assert_allclose(scipy_s.df("kenward-roger"), numpy_s.df("kenward-roger"), rtol=1e-10)


def test_scoring_from_anywhere_comes_near_the_optimum():
    """One step of Fisher's scoring is an unbiased estimate of the variances, however far off it begins."""
    rng = np.random.default_rng(3)
    g, h = rng.integers(0, 400, 8000), rng.integers(0, 300, 8000)
    y = 0.4 * rng.normal(size=400)[g] + 0.7 * rng.normal(size=300)[h] + rng.normal(size=8000)
    stage = of_crossed_design(design("y ~ 1 + (1 | g) + (1 | h)", pd.DataFrame({"g": g, "h": h, "y": y}))).stage
    best = optimum.optimum(stage, reml=True).at.theta
    for far in (0.1, 1.0):
        at = CrossedDeviance(stage, np.array([far, far]), True)
        assert np.abs(starts.scored(at) / best - 1).max() < 0.15


def far_less_is_left(stage, at):
    """What Newton's next step would gain, after a step on theta and after one on its logarithms."""
    step = -np.linalg.solve(at.hessian, at.gradient)
    plain, logs = (
        CrossedDeviance(stage, at.theta + s, True) for s in (step, optimum._in_logarithms(at, step, at.hessian))
    )
    return [end.gradient @ np.linalg.solve(end.hessian, end.gradient) for end in (plain, logs)]


def test_near_the_optimum_a_step_on_logarithms_leaves_less():
    rng = np.random.default_rng(4)
    g, h = rng.integers(0, 400, 8000), rng.integers(0, 350, 8000)
    x = rng.normal(size=8000)
    y = 0.4 * rng.normal(size=400)[g] + 0.7 * rng.normal(size=350)[h] + 0.4 * rng.normal(size=350)[h] * x
    y += rng.normal(size=8000)
    d = pd.DataFrame({"g": g, "h": h, "x": x, "y": y})
    for formula in ("y ~ x + (1 | g) + (1 | h)", "y ~ x + (1 | g) + (x | h)"):
        stage = of_crossed_design(design(formula, d)).stage
        assert not stage.cheap
        best = optimum.optimum(stage, reml=True)
        assert best.converged
        plain, logs = far_less_is_left(stage, CrossedDeviance(stage, best.at.theta * 1.03, True))
        assert logs < plain / 4
        far = CrossedDeviance(stage, best.at.theta * 2, True)  # from where no parabola is near
        step = -np.linalg.solve(far.hessian, far.gradient)
        assert optimum._in_logarithms(far, step, far.hessian) is step


def test_a_block_that_is_not_huge_is_one_thread_s_and_the_others_come_back():
    def threads():
        return [library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"]

    before = threads()
    with blocks._threads(blocks.HUGE - 1):
        assert set(threads()) == {1}
    assert threads() == before
    with blocks._threads(blocks.HUGE):
        assert threads() == before


def test_scoring_that_leaves_the_space_of_variances_stays_where_it_was():
    d = invented()
    d = d.assign(y=d["y"] - d.groupby("k")["y"].transform("mean"))
    stage = of_crossed_design(design("y ~ x + (1 | g) + (1 | k)", d)).stage
    at = CrossedDeviance(stage, np.array([0.5, 0.5]), True)
    np.testing.assert_array_equal(starts.scored(at), at.theta)


def test_figures_of_one_factor_say_so():
    with pytest.raises(hlm.ModelError, match=r"fit must be a fit of hlm\.lmer with one grouping factor"):
        hlm.shrinkage(fitted("y ~ 1 + (1 | g) + (1 | h)", invented()))
