"""Columns of X that others determine are those that lme4 leaves out (tests/reference/rank.R), and are named."""

import json
import re
import warnings
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import hlm

ROOT = Path(__file__).parents[3]
CASES = {r["formula"]: r for r in json.loads((ROOT / "tests/reference/rank.json").read_text())}


@cache
def data():
    """As in rank.R."""
    d = hlm.load_hsb()
    kind = np.where(d["minority"] == 1, "m", np.where(d["female"] == 1, "f", "o"))
    third = np.where((d["size"] > 1400) & (kind != "f"), "large", np.where(d["size"] > 800, "middle", "small"))
    return d.assign(
        ten=10, double=1 + 2 * d["ses"], own=d["ses"] - d["meanses"], male=1 - d["female"], kind=kind, third=third
    )


def fitted(formula, *args, function=hlm.lmer, **kwargs):
    """A fit, and what was warned of columns."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        fit = function(formula, *args, **kwargs)
    return fit, [str(w.message) for w in caught if w.category is hlm.CollinearColumnsWarning]


def in_r(name):
    return re.sub(r"\[(?:T\.)?([^\]]*)\]", r"\1", name)


@pytest.mark.parametrize("formula", CASES)
def test_lme4_leaves_out_the_same_columns(formula):
    r = CASES[formula]
    fit, warned = fitted(formula, data())
    assert [in_r(name) for name in fit.left_out] == r["left_out"]
    assert len(warned) == 1
    assert all(name in warned[0] for name in fit.left_out)
    assert not set(fit.left_out) & set(fit.params.index)
    assert fit.converged
    assert fit.llf == pytest.approx(r["log_likelihood"], rel=1e-11)
    np.testing.assert_allclose(fit.params, r["fixef"], rtol=1e-8, atol=1e-8 * min(r["se"]))
    np.testing.assert_allclose(fit.bse, r["se"], rtol=1e-8)
    np.testing.assert_allclose(fit.df(), r["df"], rtol=1e-5)
    assert fit.scale == pytest.approx(r["sigma2"], rel=1e-8)
    np.testing.assert_allclose(fit.fittedvalues[:20], r["fitted"], rtol=1e-8)
    np.testing.assert_allclose(fit.predict(data().head(50)), fit.fittedvalues[:50], rtol=1e-10)


@pytest.mark.parametrize("formula", CASES)
def test_it_is_the_fit_without_the_columns(formula):
    """The same likelihood, tests and predicted effects as a model that never had them."""
    fit, _ = fitted(formula, data())
    X = fit.design.matrix(fit.layout.x)
    named = {f"v{k}": X[:, k] for k, name in enumerate(fit.layout.x) if name != "Intercept"}
    intercept = "1" if "Intercept" in fit.layout.x else "0"
    random = formula[formula.rindex("(") :]
    plain, warned = fitted(f"math ~ {' + '.join([intercept, *named])} + {random}", data().assign(**named))
    assert not warned
    for of in ("params", "bse", "random_effects", "fittedvalues"):
        np.testing.assert_allclose(getattr(fit, of), getattr(plain, of), rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(fit.df("kenward-roger"), plain.df("kenward-roger"), rtol=1e-7)


@pytest.mark.parametrize("formula", [f for f in CASES if "|" in f])
def test_least_squares_leaves_out_the_same(formula):
    flat, warned = fitted(re.sub(r" \+ \([^()]*\|[^()]*\)$", "", formula), data(), function=hlm.ols)
    assert [in_r(name) for name in flat.left_out] == CASES[formula]["left_out"]
    assert len(warned) == 1
    assert np.linalg.matrix_rank(flat.model.exog) == flat.model.exog.shape[1] == len(flat.params)
    np.testing.assert_allclose(flat.predict(data().head(50)), flat.fittedvalues[:50], rtol=1e-10)


def test_what_is_left_out_is_named_with_what_determines_it():
    _, (warned,) = fitted("math ~ 0 + zero + ten + ses + double + (1 | sch.id)", data().assign(zero=0.0))
    assert "Left out: zero, which is zero; double, which ten and ses determine. " in warned
    _, (warned,) = fitted("math ~ ten + ses + double + meanses + own + (1 | sch.id)", data())
    assert "ten, which is constant; double, which ses and the intercept determine; " in warned
    assert "own, which ses, meanses and the intercept determine. " in warned


def test_the_warning_comes_once_and_points_to_the_call():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        fit = hlm.lmer("math ~ ses + double + (1 | sch.id)", data())
        fit.as_ml(), fit.refit(data()["math"]), fit.coef_table(), fit.variance_intervals()
    assert [w.category for w in caught] == [hlm.CollinearColumnsWarning]
    assert caught[0].filename == __file__


def test_moments_and_engines_leave_out_the_same(tmp_path):
    formula, d = (
        "math ~ ses + double + sector + (double | sch.id)",
        data()[["math", "ses", "double", "sector", "sch.id"]],
    )
    fit, _ = fitted(formula, d)
    d.to_parquet(tmp_path / "d.parquet")
    halves = hlm.moments(formula, d[d["ses"] > 0]) + hlm.moments(formula, d[d["ses"] <= 0])
    for source in (halves, tmp_path / "d.parquet"):
        other, warned = fitted(formula, source)
        assert len(warned) == 1
        assert other.left_out == ("double",)
        np.testing.assert_allclose(other.params, fit.params, rtol=1e-9)
        np.testing.assert_allclose(other.predict(d), fit.fittedvalues, rtol=1e-9)


@pytest.mark.parametrize("random", ["(1 | g)", "(x | g)", "(w | g)", "(0 + w | g)"])
@pytest.mark.parametrize("fixed", ["x + w + v", "w + x + v", "0 + x + v + w"])
def test_where_products_cancel_too(fixed, random):
    """A response that columns explain but for its ninth digit, one of them left out: what stays explains it."""
    rng = np.random.default_rng(5)
    g = np.repeat(np.arange(20), 10)
    d = pd.DataFrame({"g": g, "x": rng.normal(size=200), "v": rng.normal(size=200)})
    d["w"] = 3 * d["x"]
    d["y"] = 1e8 * d["x"] - 2e7 * d["v"] + rng.normal(size=20)[g] + rng.normal(size=200)
    fit, _ = fitted(f"y ~ {fixed} + {random}", d)
    first = "x" if fixed.index("x") < fixed.index("w") else "w"
    plain, _ = fitted(f"y ~ {'0 + ' if '0' in fixed else ''}{first} + v + {random}", d)
    assert fit.moments.sharper is not None
    assert fit.left_out == ({"x": "w", "w": "x"}[first],)
    assert set(fit.params.index) == set(plain.params.index)
    np.testing.assert_allclose(fit.params[plain.params.index], plain.params, rtol=1e-8)
    assert fit.llf == pytest.approx(plain.llf, rel=1e-7)
    assert fit.scale == pytest.approx(plain.scale, rel=1e-5)


def test_moments_whose_products_cancel_cannot_be_freed_of_a_column():
    rng = np.random.default_rng(5)
    g, x = np.repeat(np.arange(20), 10), rng.normal(size=200)
    d = pd.DataFrame({"g": g, "x": x, "w": 3 * x, "y": 1e8 * x + rng.normal(size=20)[g] + rng.normal(size=200)})
    sums = hlm.moments("y ~ x + w + (1 | g)", d)
    with pytest.warns(hlm.CollinearColumnsWarning), pytest.raises(hlm.ModelError, match="take it out of the formula"):
        hlm.lmer("y ~ x + w + (1 | g)", sums)


def test_columns_that_nearly_determine_each_other_stay():
    """lme4 asks whether a column has a share of 1e-7 of its length of its own, about zero; here it is about the mean."""
    d, noise = data(), np.random.default_rng(1).normal(size=len(data()))
    fit, warned = fitted("math ~ ses + near + (1 | sch.id)", d.assign(near=d["ses"] + 1e-5 * noise))
    assert not warned
    assert list(fit.params.index) == ["Intercept", "ses", "near"]
    far, warned = fitted("math ~ ses + year + (1 | sch.id)", d.assign(year=1e9 + noise))  # R takes it for constant
    assert not warned
    assert far.params["year"] == pytest.approx(
        hlm.lmer("math ~ ses + n + (1 | sch.id)", d.assign(n=noise)).params["n"], rel=1e-5
    )


def test_nothing_but_columns_that_are_left_out_is_refused():
    with pytest.warns(hlm.CollinearColumnsWarning), pytest.raises(hlm.ModelError, match="has no fixed effect"):
        hlm.lmer("math ~ 0 + zero + (1 | sch.id)", data().assign(zero=0))
