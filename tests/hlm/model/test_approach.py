"""Several factors whose system is dear: how many large products a fit takes, and that cheap steps mislead nobody."""

import gc
import warnings
import weakref
from functools import cache

import numpy as np
import pandas as pd
import pytest

import hlm
from hlm.model import approach, crossings, meetings, optimum, starts
from hlm.model.blocks import Blocks
from hlm.model.crossed_deviance import CrossedDeviance
from hlm.model.crossings import of_crossed_design
from hlm.model.design import design
from hlm.model.deviance import symmetric_units
from hlm.model.unweighted import Unweighted

FORMULAS = ["y ~ x + (1 | g) + (1 | h)", "y ~ x + (1 | g) + (x | h)", "y ~ x + (x | g) + (1 | h) + (1 | k)"]


@cache
def ratings(g=420, h=320, n=9000, size=(0.4, 0.7, 0.3, 0.4)):
    """Rows in groups of g and h, which cross at random, some met by far more rows than others; and a few of k."""
    rng = np.random.default_rng(5)
    d = pd.DataFrame({"g": rng.integers(0, g, n), "h": (h * rng.random(n) ** 1.5).astype(int), "x": rng.normal(size=n)})
    d["k"] = rng.integers(0, 6, n)
    d["y"] = size[0] * rng.normal(size=g)[d["g"]] + size[1] * rng.normal(size=h)[d["h"]] + rng.normal(size=n)
    d["y"] += size[2] * rng.normal(size=h)[d["h"]] * d["x"] + size[3] * rng.normal(size=6)[d["k"]]
    return d


def small():
    return ratings(30, 12, 400)


def stage_of(formula, data):
    return of_crossed_design(design(formula, data)).stage


def fitted(formula, data, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", hlm.SingularFitWarning)
        return hlm.lmer(formula, data, **options)


@pytest.fixture
def counted(monkeypatch):
    """How often the deviance was computed, and the large products that its Hessian takes: roughly, and exactly."""
    counts = {"deviances": 0, "rough": 0, "exact": 0}

    def count(name, function):
        def counting(*arguments):
            counts[name] += 1
            return function(*arguments)

        return counting

    monkeypatch.setattr(CrossedDeviance, "__init__", count("deviances", CrossedDeviance.__init__))
    for name in ("rough", "exact"):
        pairs = CrossedDeviance.rough_pairs if name == "rough" else CrossedDeviance.pairs
        monkeypatch.setattr(pairs, "func", count(name, pairs.func))
    return counts


@pytest.mark.parametrize("reml", [True, False])
def test_a_dear_fit_takes_four_deviances_and_one_exact_hessian(counted, reml):
    fit = fitted(FORMULAS[0], ratings(), reml=reml)
    assert not fit.at.stage.cheap
    assert fit.converged
    fit.coef_table()
    assert counted == {"deviances": 4, "rough": 1, "exact": 1}


@pytest.mark.parametrize("size", [(0.1, 0.2, 0, 0), (3, 5, 0, 0), (10, 0.3, 0, 0)])
def test_variances_of_any_size_take_few_hessians(counted, size):
    assert fitted(FORMULAS[0], ratings(size=size)).converged
    assert counted["deviances"] <= 6
    assert counted["rough"] + counted["exact"] <= 3


@pytest.mark.parametrize("formula", FORMULAS)
def test_the_optimum_is_that_of_the_hessian_alone(formula, monkeypatch):
    led = fitted(formula, small())
    monkeypatch.setattr(crossings, "CHEAP", 0)
    near = fitted(formula, small())
    assert near.converged == led.converged
    assert near.llf == pytest.approx(led.llf, rel=1e-13)
    np.testing.assert_allclose(near.df(), led.df(), rtol=1e-7)


def elsewhere(at):
    return 30 * at.theta, 1.0


def uphill(at):
    return at.theta * (1 + 1e-3 * np.sign(at.gradient)), 1.0


def nowhere(at):
    raise np.linalg.LinAlgError


def a_crawl(at):
    return at.theta - 1e-9 * at.gradient, 1.0


@pytest.mark.parametrize("misled", [elsewhere, uphill, nowhere, a_crawl])
def test_where_the_average_information_misleads_the_hessian_leads(misled, monkeypatch, counted):
    right = fitted(FORMULAS[0], small())
    monkeypatch.setattr(crossings, "CHEAP", 0)
    monkeypatch.setattr(approach, "averaged", misled)
    fit = fitted(FORMULAS[0], small())
    assert fit.converged
    assert fit.llf == pytest.approx(right.llf, rel=1e-13)
    start = CrossedDeviance(fit.at.stage, fit.at.theta * 1.2, True)
    before = counted["deviances"]
    approach.approached(start)
    assert counted["deviances"] <= before + 2


def test_a_variance_of_zero_is_found(monkeypatch):
    """The average information leads out of the space of variances there; the Hessian finds the boundary."""
    d = small()
    d = d.assign(y=d["y"] - d.groupby("h")["y"].transform("mean"))
    right = fitted(FORMULAS[0], d)
    monkeypatch.setattr(crossings, "CHEAP", 0)
    fit = fitted(FORMULAS[0], d)
    assert fit.converged
    assert fit.singular
    assert fit.llf == pytest.approx(right.llf, rel=1e-13)


@pytest.mark.parametrize("formula", ["y ~ C(h) + (1 | g) + (1 | h)", "y ~ x * C(h) + (x | h) + (1 | g)"])
def test_what_the_data_cannot_identify_is_refused_at_the_optimum_too(formula, monkeypatch):
    monkeypatch.setattr(crossings, "CHEAP", 0)
    with pytest.raises(hlm.ModelError, match="the data cannot identify the random part"):
        fitted(formula, small())


# ------------------------------------------------------------------------------------------------ what leads


@pytest.mark.parametrize("reml", [True, False])
@pytest.mark.parametrize("formula", FORMULAS)
def test_without_variances_the_information_is_that_of_the_deviance(formula, reml):
    stage = stage_of(formula, small())
    look, at = Unweighted(stage, reml), CrossedDeviance(stage, np.zeros(len(stage.free[0])), reml)
    E = symmetric_units(*stage.free, stage.q)
    for turned in (E, np.tensordot(np.random.default_rng(1).normal(size=(2, len(E))), E, 1)):
        np.testing.assert_allclose(look.products(turned), at.products(turned), rtol=1e-9)
        np.testing.assert_allclose(
            look.expected_information(turned), at.expected_information(turned), rtol=1e-9, atol=1e-8
        )
    np.testing.assert_allclose(starts.scored(look), starts.scored(at), rtol=1e-9)


def test_scoring_that_finds_a_negative_variance_starts_with_a_small_one():
    d = small()
    stage = stage_of(FORMULAS[0], d.assign(y=d["y"] - d.groupby("h")["y"].transform("mean")))
    look = Unweighted(stage, True)
    assert not starts.scored(look).any()
    np.testing.assert_allclose(starts.scored(look, 0.03)[1], 0.03, rtol=1e-9)


def test_scoring_that_finds_a_correlation_beyond_one_lifts_the_matrix_that_it_is_in():
    d = small()
    u = np.random.default_rng(2).normal(size=12)[d["h"]]
    stage = stage_of("y ~ x + (1 | g) + (x | h)", d.assign(y=u + 0.1 * u * d["x"] + d["y"] / 3))
    look = Unweighted(stage, True)
    assert not starts.scored(look).any()
    theta = starts.scored(look, 0.03)
    Lambda = np.zeros((3, 3))
    Lambda[stage.free] = theta
    assert np.linalg.svd(Lambda, compute_uv=False)[-1] == pytest.approx(0.03, rel=1e-6)


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_step_of_average_information_leaves_little_of_the_way(formula):
    stage = stage_of(formula, ratings())
    best = optimum.optimum(stage, reml=True).at
    away = CrossedDeviance(stage, best.theta * 1.2, True)
    theta, promise = approach.averaged(away)
    after = CrossedDeviance(stage, theta, True)
    assert after.value - best.value < (away.value - best.value) / 100
    assert promise > 0


def test_six_digits_of_a_hessian_are_right():
    stage = stage_of(FORMULAS[2], ratings())
    at = CrossedDeviance(stage, optimum.optimum(stage, reml=True).at.theta * 1.01, True)
    assert (at.rough_hessian != at.hessian).any()
    assert np.abs(at.rough_hessian - at.hessian).max() < 1e-5 * np.abs(at.hessian).max()


@pytest.mark.parametrize("formula", [FORMULAS[0], FORMULAS[1], "y ~ x + (1 | h/g)"])
def test_where_coefficients_meet_may_be_known_or_found_anew(formula, monkeypatch):
    monkeypatch.setattr(meetings, "ROOM", np.inf)
    known = stage_of(formula, small())
    theta = 0.3 + 0.1 * np.arange(len(known.free[0]))
    assert known.meetings is not None
    at = CrossedDeviance(known, theta, True)
    monkeypatch.setattr(meetings, "ROOM", 0)
    anew = stage_of(formula, small())
    assert anew.meetings is None
    other = CrossedDeviance(anew, theta, True)
    assert at.value == pytest.approx(other.value, rel=1e-13)
    np.testing.assert_allclose(at.Gamma, other.Gamma, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(at.hessian, other.hessian, rtol=1e-8, atol=1e-8)


def test_a_deviance_is_gone_when_nobody_holds_it():
    """Matrices of the one before would stay beside those of the next, if a deviance and its parts named each other."""
    stage = stage_of(FORMULAS[0], small())
    at = CrossedDeviance(stage, np.array([0.4, 0.7]), True)
    assert np.isfinite(at.hessian).all()
    held = weakref.ref(at)
    gc.disable()
    try:
        del at
        assert held() is None
    finally:
        gc.enable()


def test_blocks_become_sparse_and_come_back():
    stage = stage_of("y ~ x + (1 | g) + (x | h) + (1 | k)", small())
    back = stage.N.pattern.of_sparse(stage.N.as_sparse())
    assert isinstance(back, Blocks)
    for one, other in zip(back.parts, stage.N.parts, strict=True):
        np.testing.assert_array_equal(one, other)
