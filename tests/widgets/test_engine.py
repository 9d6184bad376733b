"""assets/widgets/hlm.js against hlm: the same numbers, at values drawn anew each time the seed is changed."""

import json
import re
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import special, stats

import hlm
from hlm.course.widgets import moments_json
from hlm.model.deviance import Deviance
from hlm.model.optimum import Solution
from hlm.results import MixedResults

ROOT = Path(__file__).parents[2]
MODELS = {path.stem: json.loads(path.read_text()) for path in (ROOT / "tests/reference/models").glob("*.json")}
# Every model of the references that has a random intercept, alone or with one correlated slope.
OURS = sorted(
    name
    for name, model in MODELS.items()
    if model["random_names"][0] == "(Intercept)" and len(model["random_names"]) <= 2 and "uncorrelated" not in name
)


@pytest.fixture
def rng():
    return np.random.default_rng(20240229)


def designs(rng, size):
    """Studies that might be: their numbers, drawn over orders of magnitude."""
    return [
        {
            "J": int(rng.integers(3, 500)),
            "n": float(np.exp(rng.uniform(0, 5))),
            "tau00": float(np.exp(rng.uniform(-4, 4))),
            "sigma2": float(np.exp(rng.uniform(-2, 6))),
            "var_x": float(rng.uniform(0.01, 3)),
        }
        for _ in range(size)
    ]


# ------------------------------------------------------------------------------------------------------- formulas


def test_standard_errors(engine, rng):
    ours = designs(rng, 60)
    calls, expected = [], []
    for design in ours:
        star, icc = design["tau00"] + design["sigma2"], design["tau00"] / (design["tau00"] + design["sigma2"])
        flat = {"sigma2_star": star, **{name: design[name] for name in ("n", "J", "var_x")}}
        calls += [("seHlm", design), ("seOls", flat), ("icc", design), ("designEffect", {"icc": icc, "n": design["n"]})]
        expected += [hlm.se_hlm(**design), hlm.se_ols(**flat), icc, hlm.design_effect(icc, design["n"])]
    answers = engine.many([{"call": "plain", "name": name, "args": [args]} for name, args in calls])
    np.testing.assert_allclose(answers, expected, rtol=1e-13)


def test_power(engine, rng):
    ours = designs(rng, 80)
    ours += [{**design, "J": J} for J, design in zip((3, 3, 4, 5, 6, 10), ours, strict=False)]
    effects = [float(hlm.se_hlm(**design) * rng.uniform(-6, 6)) for design in ours]
    alphas = [float(alpha) for alpha in rng.choice([0.001, 0.01, 0.05, 0.2], len(ours))]
    answers = engine.many(
        [
            {"call": "plain", "name": "power", "args": [{**design, "effect": effect, "alpha": alpha}]}
            for design, effect, alpha in zip(ours, effects, alphas, strict=True)
        ]
    )
    expected = [hlm.power(e, alpha=a, **design) for design, e, a in zip(ours, effects, alphas, strict=True)]
    np.testing.assert_allclose(answers, expected, atol=1e-9)


def test_normal_and_t(engine, rng):
    z = rng.uniform(-12, 12, 200)
    answers = engine.many([{"call": "plain", "name": "normalBelow", "args": [value]} for value in z])
    np.testing.assert_allclose(answers, special.ndtr(z), rtol=1e-8, atol=1e-15)

    t, df = rng.uniform(-8, 8, 200), np.exp(rng.uniform(0, 9, 200))
    answers = engine.many([{"call": "plain", "name": "pOfT", "args": args} for args in zip(t, df, strict=True)])
    np.testing.assert_allclose(answers, 2 * stats.t.sf(np.abs(t), df), atol=1e-10)

    alpha = np.exp(rng.uniform(-7, -0.5, 100))
    asked = zip(df, alpha, strict=False)
    answers = engine.many([{"call": "plain", "name": "tLimit", "args": args} for args in asked])
    np.testing.assert_allclose(answers, special.stdtrit(df[:100], 1 - alpha / 2), rtol=1e-7)


def test_the_weight_of_a_school(engine):
    fit = hlm.lmer("math ~ sector + (1 | sch.id)", hlm.load_hsb())
    table = hlm.shrinkage(fit)
    answers = engine.many(
        [
            {
                "call": "plain",
                "name": "shrinkage",
                "args": [{"tau00": fit.cov_re.iloc[0, 0], "sigma2": fit.scale, **row}],
            }
            for row in table[["n", "mean", "expected"]].to_dict("records")
        ]
    )
    answers = pd.DataFrame(answers, index=table.index)
    np.testing.assert_allclose(answers["weight"], table["reliability"], rtol=1e-12)
    np.testing.assert_allclose(answers["predicted"], table["predicted"], rtol=1e-12)


def test_a_g_matrix_with_another_zero(engine, rng):
    for _ in range(20):
        tau00, tau11, rho, to = (
            float(rng.uniform(0.1, 20)),
            float(rng.uniform(0.1, 5)),
            *map(float, rng.uniform(-1, 1, 2)),
        )
        tau01 = engine(call="plain", name="covariance", args=[{"tau00": tau00, "tau11": tau11, "rho": rho}])
        G = {"tau00": tau00, "tau01": tau01, "tau11": tau11}
        expected = hlm.move_zero([[tau00, tau01], [tau01, tau11]], to).to_numpy()
        moved, r = engine.many(
            [
                {"call": "plain", "name": "moveZero", "args": [G, to]},
                {"call": "plain", "name": "correlation", "args": [G]},
            ]
        )
        np.testing.assert_allclose([moved["tau00"], moved["tau01"], moved["tau11"]], expected.ravel()[[0, 1, 3]])
        assert r == pytest.approx(rho, abs=1e-12)


# ----------------------------------------------------------------------------------------------------- likelihood


def test_the_models_are_many():
    data = {MODELS[name]["data"] for name in OURS}
    assert len(data) > 10
    assert {MODELS[name]["reml"] for name in OURS} == {True, False}
    assert {len(MODELS[name]["random_names"]) for name in OURS} == {1, 2}
    assert any(MODELS[name]["singular"] for name in OURS)


def fitted(name, reml=None):
    model = MODELS[name]
    data = hlm.load_hsb() if model["data"].endswith("hsb.csv") else pd.read_csv(ROOT / model["data"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        formula = re.sub(r"\^(\d)", r"**\1", model["formula"])
        return hlm.lmer(formula, data, reml=model["reml"] if reml is None else reml)


def close(ours, theirs, size, tolerance):
    """Whether numbers agree to a tolerance, as a share of their own size or of another that belongs to them."""
    ours, theirs = np.array(ours, dtype=float), np.asarray(theirs, dtype=float)
    assert ours.shape == theirs.shape
    np.testing.assert_array_less(np.abs(ours - theirs) / np.maximum(np.abs(theirs), size), tolerance)


def compare(ours, fit, tolerance):
    sd = np.sqrt(np.diag(fit.cov_re) + 1e-12 * fit.scale)
    close(ours["deviance"], -2 * fit.llf, 1, 1e-10)
    close(ours["sigma2"], fit.scale, 0, tolerance)
    close(ours["gamma"], fit.params, fit.bse, tolerance)
    close(ours["se"], fit.bse, 0, tolerance)
    se = fit.bse.to_numpy()
    close(ours["cov"], fit.cov_params(), np.outer(se, se), tolerance)
    close(ours["G"], fit.cov_re, np.outer(sd, sd), tolerance)
    close(ours["blups"], fit.random_effects, sd, tolerance)


@pytest.mark.parametrize("reml", [True, False])
@pytest.mark.parametrize("name", OURS)
def test_likelihood(engine, rng, name, reml):
    fit = fitted(name, reml)
    stage = fit.at.stage
    thetas = [
        (fit.at.theta * np.exp(rng.normal(0, 0.7, len(fit.at.theta))) + rng.normal(0, 0.1, len(fit.at.theta))).tolist()
        for _ in range(4)
    ] + [np.zeros(len(fit.at.theta)).tolist()]
    ours = engine(
        call="model",
        moments=json.loads(moments_json(fit.moments)),
        x=list(fit.layout.x),
        z=list(fit.layout.z),
        reml=reml,
        thetas=thetas,
    )
    for theta, here in zip(thetas, ours["given"], strict=True):
        at = Deviance(stage, np.array(theta), reml)
        there = MixedResults(fit.moments, None, Solution(at, singular=False, converged=False))
        compare(here, there, 1e-10)
        size = 1 + np.abs(at.gradient).max() + np.abs(at.hessian).max()
        close(here["gradient"], at.gradient, size, 1e-9)
        close(here["hessian"], at.hessian, size, 1e-9)
        # The same place again, found by its G alone.
        compare(here["again"], there, 1e-9)

    assert ours["best"]["converged"]
    assert ours["best"]["singular"] == fit.singular
    compare(ours["best"], fit, 1e-8)


def test_a_model_can_use_a_part_of_the_moments(engine):
    d = hlm.load_hsb()
    moments = json.loads(moments_json(hlm.lmer("math ~ ses + sector + (ses | sch.id)", d).moments))
    for formula in ("math ~ sector + (1 | sch.id)", "math ~ ses + (ses | sch.id)", "math ~ 1 + (1 | sch.id)"):
        fit = hlm.lmer(formula, d)
        ours = engine(call="model", moments=moments, x=list(fit.layout.x), z=list(fit.layout.z), reml=True, thetas=[])
        compare(ours["best"], fit, 1e-8)


def test_newtons_steps_are_those_of_the_appendix(engine):
    fit = hlm.lmer("math ~ sector + (1 | sch.id)", hlm.load_hsb())
    table = hlm.course.steps.newton_steps(fit, start=0.25)
    ours = engine(
        call="steps",
        moments=json.loads(moments_json(fit.moments)),
        x=list(fit.layout.x),
        z=list(fit.layout.z),
        reml=True,
        start=[0.25],
        count=len(table) - 1,
    )
    np.testing.assert_allclose([step["theta"][0] for step in ours], table["theta"], rtol=1e-9)
    np.testing.assert_allclose([step["deviance"] + 2 * fit.llf for step in ours], table["deviance"], atol=1e-8)
    np.testing.assert_allclose([step["gradient"][0] for step in ours], table["slope"], atol=1e-7)


def test_moments_that_are_not_enough_are_refused(engine):
    d = hlm.load_hsb()
    with pytest.raises(hlm.ModelError, match="random terms Intercept, ses"):
        moments_json(hlm.lmer("math ~ ses + (ses || sch.id)", d).moments)
    moments = json.loads(moments_json(hlm.lmer("math ~ ses + (1 | sch.id)", d).moments))
    with pytest.raises(AssertionError, match="no scatter of ses"):
        engine(call="model", moments=moments, x=["Intercept"], z=["Intercept", "ses"], reml=True, thetas=[])
    with pytest.raises(AssertionError, match="no column sector"):
        engine(call="model", moments=moments, x=["Intercept", "sector"], z=["Intercept"], reml=True, thetas=[])


def test_a_frame_has_time_for_it(engine, rng):
    fit = hlm.lmer("math ~ ses + (ses | sch.id)", hlm.load_hsb())
    thetas = [(fit.at.theta * np.exp(rng.normal(0, 0.3, 3))).tolist() for _ in range(20)]
    moments = json.loads(moments_json(fit.moments))
    times = engine(call="time", moments=moments, x=list(fit.layout.x), z=list(fit.layout.z), reml=True, thetas=thetas)
    assert times["deviance"] < 1
    assert times["atG"] < 4


# -------------------------------------------------------------------------------------------------- random numbers


def test_a_seed_gives_the_same_numbers(engine):
    def ask(seed):
        return engine(call="draws", seed=seed, count=50, what="normal")

    assert ask(1) == ask(1)
    assert len({ask(seed)[0] for seed in range(5)}) == 5


@pytest.mark.parametrize("seed", [0, 1, 2, 4294967295])
def test_draws_have_their_distributions(engine, seed):
    count = 20_000
    calls = [
        {"what": "uniform"},
        {"what": "normal"},
        *({"what": "chiSquare", "args": [df]} for df in (1, 3.5, 120, 7025)),
    ]
    draws = engine.many([{"call": "draws", "seed": seed, "count": count, **call} for call in calls])
    expected = [stats.uniform, stats.norm, *(stats.chi2(df) for df in (1, 3.5, 120, 7025))]
    for call, sample, distribution in zip(calls, draws, expected, strict=True):
        assert stats.kstest(sample, distribution.cdf).pvalue > 1e-4, call
    # Successive numbers know nothing of each other.
    for sample in draws[:2]:
        r = [np.corrcoef(sample[lag:], sample[:-lag])[0, 1] for lag in (1, 2, 3)]
        assert np.abs(r).max() < 4.5 / np.sqrt(count)


def test_pairs_have_the_covariance_of_g(engine, rng):
    for rho in (-1, -0.4, 0, 0.8, 1):
        a, b = (float(value) for value in rng.uniform(0.2, 3, 2))
        G = np.array([[a * a, rho * a * b], [rho * a * b, b * b]])
        named = {"tau00": G[0, 0], "tau01": G[0, 1], "tau11": G[1, 1]}
        pairs = np.array(engine(call="draws", seed=7, count=20_000, what="pair", args=[named]))
        # Each element of a sample covariance has the variance (G_aa G_bb + G_ab^2) / count.
        sd = np.sqrt((np.outer(np.diag(G), np.diag(G)) + G**2) / len(pairs))
        np.testing.assert_array_less(np.abs(np.cov(pairs.T) - G) / sd, 4.5)
        assert np.abs(pairs.mean(axis=0) / np.sqrt(np.diag(G) / len(pairs))).max() < 4.5


# --------------------------------------------------------------------------------------------------------- studies


@pytest.mark.parametrize("tau00", [0, 0.02, 1, 6])
def test_a_study_is_analysed_as_hlm_does(engine, rng, tau00):
    J, n, ones, sigma2 = 14, 5, 6, 30
    for _ in range(5):
        y = np.sqrt(tau00) * rng.normal(size=J)[:, None] + np.sqrt(sigma2) * rng.normal(size=(J, n))
        x = (np.arange(J) < ones).astype(float)
        d = pd.DataFrame({"y": y.ravel(), "x": np.repeat(x, n), "school": np.repeat(np.arange(J), n)})
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            fits = {"hlm": hlm.lmer("y ~ x + (1 | school)", d), "ols": hlm.ols("y ~ x", d)}
        means = y.mean(axis=1)
        about = means - np.where(x, means[:ones].mean(), means[ones:].mean())
        sums = {
            "estimate": means[:ones].mean() - means[ones:].mean(),
            "between": n * (about**2).sum(),
            "within": ((y - means[:, None]) ** 2).sum(),
        }
        ours = engine(call="plain", name="analyse", args=[{"J": J, "n": n, "ones": ones, **sums}])
        for method, fit in fits.items():
            there = ours[method]
            assert sums["estimate"] == pytest.approx(fit.params["x"], rel=1e-9)
            assert there["se"] == pytest.approx(fit.bse["x"], rel=1e-7)
            assert there["t"] == pytest.approx(fit.tvalues["x"], rel=1e-7)
            assert there["rejected"] == (fit.pvalues["x"] < 0.05)
        assert ours["hlm"]["tau00"] == pytest.approx(fits["hlm"].cov_re.iloc[0, 0], rel=1e-6, abs=1e-8)
        assert ours["hlm"]["df"] == pytest.approx(fits["hlm"].df()["x"], rel=1e-5)


def test_studies_keep_what_their_tests_promise(engine):
    """The mixed model errs in five per cent; OLS as often as a t value that is too large by the design effect does."""
    design = {"J": 160, "n": 45, "tau00": 6.7, "sigma2": 39.2, "ones": 70}
    studies = pd.DataFrame(
        [
            {"ols": study["ols"]["rejected"], "hlm": study["hlm"]["rejected"]}
            for study in engine(call="studies", seed=1, count=4000, design=design)
        ]
    )
    deff = hlm.design_effect(6.7 / (6.7 + 39.2), 45)
    expected = {"hlm": 0.05, "ols": 2 * stats.norm.sf(1.96 / np.sqrt(deff))}
    for method, share in expected.items():
        sd = np.sqrt(share * (1 - share) / len(studies))
        assert abs(studies[method].mean() - share) < 4.5 * sd + 0.01 * (method == "ols")


def test_hard_data_by_the_hundred(engine):
    """Few schools, of wild shapes and sizes: many fits are singular, and now and then there are two valleys."""
    rng = np.random.default_rng(5)
    calls, fits = [], []
    for k in range(400):
        J, n, spread = int(rng.integers(4, 25)), int(rng.integers(3, 9)), np.exp(rng.uniform(-3, 8, 2))
        school = np.repeat(np.arange(J), n)
        x = rng.normal(size=J * n) + rng.choice([0, 3]) * rng.normal(size=J)[school]
        u = spread * rng.standard_t(2, size=(J, 2))
        y = u[school, 0] + rng.choice([0, 1]) * u[school, 1] * x + rng.normal(size=J * n)
        d = pd.DataFrame({"x": x, "school": school, "y": y})
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            fits.append(hlm.lmer("y ~ x + (x | school)" if k % 2 else "y ~ x + (1 | school)", d, reml=bool(k % 3)))
        layout, moments = fits[-1].layout, json.loads(moments_json(fits[-1].moments))
        calls.append(
            {"call": "model", "moments": moments, "x": layout.x, "z": layout.z, "reml": fits[-1].reml, "thetas": []}
        )
    assert 50 < sum(fit.singular for fit in fits) < 200
    for fit, ours in zip(fits, engine.many(calls), strict=True):
        best = ours["best"]
        assert abs(best["deviance"] + 2 * fit.llf) < 1e-5
        assert best["converged"] or not fit.converged
        assert best["singular"] == fit.singular or not fit.converged
