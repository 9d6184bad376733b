"""Standard errors and intervals of predictions, against dense algebra: Henderson's equations, solved as they stand."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import hlm

FORMULAS = [
    "y ~ x * f + (1 | g)",
    "y ~ x + f + (x | g)",
    "y ~ x + (x + z | g)",
    "y ~ x + f + (x || g)",
    "y ~ f + (0 + x | g)",
]


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(3)
    g = np.repeat(np.arange(9), rng.integers(5, 12, 9))
    n = len(g)
    d = pd.DataFrame({"g": g, "x": rng.normal(5, 2, n), "z": rng.normal(size=n), "f": rng.choice(list("abc"), n)})
    u = rng.normal(size=(9, 3)) * [2, 1, 1]
    return d.assign(y=3 + d["x"] + u[g, 0] + u[g, 1] * (d["x"] - 5) + u[g, 2] * d["z"] + rng.normal(size=n))


def henderson(fit):
    """Joint covariance of the errors of beta and of all u, group by group; X, Z, and Z with a column for each u."""
    rows, layout = fit.design, fit.layout
    X, Z, J, q = rows.matrix(layout.x), rows.matrix(layout.z), fit.ngroups, len(layout.z)
    wide = np.zeros((fit.nobs, J * q))
    for i, group in enumerate(rows.codes):
        wide[i, group * q : (group + 1) * q] = Z[i]
    W = np.hstack([X, wide])
    prior = np.zeros((W.shape[1], W.shape[1]))
    prior[X.shape[1] :, X.shape[1] :] = np.kron(np.eye(J), np.linalg.inv(fit.cov_re))
    return np.linalg.inv(W.T @ W / fit.scale + prior), X, Z, wide


def kept(fit, names):
    return np.array([name in names for name in fit.layout.z], dtype=float)


@pytest.mark.parametrize("formula", FORMULAS)
def test_standard_errors_are_hendersons(data, formula):
    fit = hlm.lmer(formula, data)
    C, X, Z, wide = henderson(fit)
    some = fit.layout.z[:1]
    text = "(1 | g)" if some == ("Intercept",) else "(0 + x | g)"
    for random, names in ((True, fit.layout.z), (text, some), (False, ())):
        rows = np.hstack([X, wide * np.tile(kept(fit, names), fit.ngroups)])
        expected = np.sqrt(np.einsum("ij,jk,ik->i", rows, C, rows))
        for new in (None, data):
            table = fit.predict(new, random_effects=random, se=True)
            np.testing.assert_allclose(table["se"], expected, rtol=1e-7)
            plain = fit.predict(new, random_effects=random)
            np.testing.assert_allclose(table["predicted"], plain, rtol=1e-12)
        u = fit.random_effects.to_numpy() * kept(fit, names)
        np.testing.assert_allclose(plain, X @ fit.params + (Z * u[fit.design.codes]).sum(axis=1), rtol=1e-9)


def test_a_group_that_the_fit_has_not_seen_has_the_variance_of_all(data):
    fit = hlm.lmer("y ~ x + f + (x | g)", data)
    new = pd.DataFrame({"x": [4.0, 7.0, np.nan], "f": ["a", "c", "a"], "g": 99})
    X = np.array([[1, 4, 0, 0], [1, 7, 0, 1.0]])
    of_mean = np.einsum("ij,jk,ik->i", X, fit.cov_params(), X)
    Z = X[:, :2]
    of_group = np.einsum("ij,jk,ik->i", Z, fit.cov_re, Z)
    se = fit.predict(new, se=True)["se"].to_numpy()
    np.testing.assert_allclose(se[:2], np.sqrt(of_mean + of_group), rtol=1e-9)
    assert np.isnan(se[2])
    # A new response of another group: the same spread, and the residual's, around the average of all groups.
    table = fit.predict(new.drop(columns="g"), random_effects=False, interval="prediction", alpha=0.1)
    half = stats.norm.ppf(0.95) * np.sqrt(of_mean + of_group + fit.scale)
    np.testing.assert_allclose((table["upper"] - table["predicted"])[:2], half, rtol=1e-9)
    np.testing.assert_allclose(table["se"][:2], np.sqrt(of_mean), rtol=1e-9)


def test_intervals_of_means_without_random_effects_are_those_of_contrasts(data):
    fit = hlm.lmer("y ~ x + f + (1 | g)", data)
    table = fit.predict({"x": [4.0], "f": ["b"]}, random_effects=False, interval="confidence", alpha=0.1)
    contrast = fit.contrast([1, 4, 1, 0], alpha=0.1)
    np.testing.assert_allclose(table.to_numpy()[0], contrast[["estimate", "se", "lower", "upper"]].to_numpy()[0])


def test_intervals_of_groups_are_normal(data):
    fit = hlm.lmer("y ~ x + (x | g)", data)
    table = fit.predict(interval="confidence")
    np.testing.assert_allclose(table["upper"] - table["lower"], 2 * stats.norm.ppf(0.975) * table["se"])
    new = fit.predict(interval="prediction", random_effects="(1 | g)")
    slope = data["x"].to_numpy() ** 2 * fit.cov_re.loc["x", "x"]
    half = stats.norm.ppf(0.975) * np.sqrt(new["se"] ** 2 + slope + fit.scale)
    np.testing.assert_allclose(new["upper"] - new["predicted"], half)


def test_what_no_random_effect_is_called_is_refused(data):
    fit = hlm.lmer("y ~ x + (1 | g)", data)
    for text, why in (
        ("(x | g)", r"the fit has no x that varies by g, but \(1 \| g\)"),
        ("(1 | f)", "no intercept that varies by f"),
        ("x", "must be True, False, or random terms"),
        ("x + (1 | g)", "must be True, False, or random terms"),
    ):
        with pytest.raises(hlm.ModelError, match=why):
            fit.predict(random_effects=text)


def test_a_fit_from_moments_predicts_with_standard_errors(data):
    formula = "y ~ x + (x | g)"
    fit, whole = hlm.lmer(formula, hlm.moments(formula, data)), hlm.lmer(formula, data)
    for random in (True, "(1 | g)", False):
        expected = whole.predict(data, random_effects=random, interval="prediction")
        pd.testing.assert_frame_equal(fit.predict(data, random_effects=random, interval="prediction"), expected)


CROSSED = [
    "y ~ x * f + (1 | g) + (1 | h)",
    "y ~ x + (x | g) + (1 | h)",
    "y ~ x + (x || h) + (z | g)",
    "y ~ x + f + (1 | h/g)",
    "y ~ x + (1 | g) + (1 | h) + (0 + z | k)",
]


@pytest.fixture(scope="module")
def crossed():
    rng = np.random.default_rng(11)
    n = 240
    d = pd.DataFrame({name: rng.integers(0, size, n) for name, size in (("g", 9), ("h", 8), ("k", 6))})
    d = d.assign(x=rng.normal(5, 2, n), z=rng.normal(size=n), f=rng.choice(list("abc"), n))
    of = {name: rng.normal(size=(20, 3)) * [6, 1.5, 2] for name in "ghk"}
    y = 3 + d["x"] + rng.normal(size=n) + 2.5 * rng.normal(size=72)[d["g"] * 8 + d["h"]]
    for name, u in of.items():
        y += u[d[name], 0] + u[d[name], 1] * (d["x"] - 5) + u[d[name], 2] * d["z"]
    return d.assign(y=y)


@pytest.mark.filterwarnings("ignore::hlm.GroupingWarning")
@pytest.mark.parametrize("formula", CROSSED)
def test_standard_errors_of_several_factors_are_hendersons(crossed, formula):
    fit = hlm.lmer(formula, crossed)
    assert not fit.singular
    rows, layout = fit.design, fit.layout
    X, wide, prior = rows.matrix(layout.x), [], []
    for grouping, G in zip(rows.groupings, fit.cov_re.values(), strict=True):
        J, Z = len(grouping.groups), rows.matrix(tuple(G.columns))
        part = np.zeros((fit.nobs, J, Z.shape[1]))
        part[np.arange(fit.nobs), grouping.codes] = Z
        wide.append(part.reshape(fit.nobs, -1))
        prior.append(np.kron(np.eye(J), np.linalg.inv(G)))
    W = np.hstack([X, *wide])
    H = W.T @ W / fit.scale
    start = X.shape[1]
    for part in prior:
        H[start : start + len(part), start : start + len(part)] += part
        start += len(part)
    C = np.linalg.inv(H)

    def expected(rows):
        return np.sqrt(np.einsum("ij,jk,ik->i", rows, C, rows))

    first = layout.grouping[0]
    some = [part if name == first else 0 * part for name, part in zip(layout.grouping, wide, strict=True)]
    text = " + ".join(
        f"(0 + {column} | {first})" if column != "Intercept" else f"(1 | {first})" for column in fit.cov_re[first]
    )
    for random, parts in ((True, wide), (text, some), (False, [0 * part for part in wide])):
        for new in (None, crossed):
            table = fit.predict(new, random_effects=random, se=True)
            np.testing.assert_allclose(table["se"], expected(np.hstack([X, *parts])), rtol=1e-7)
            np.testing.assert_allclose(table["predicted"], fit.predict(new, random_effects=random), rtol=1e-12)
    # Of a group that the fit has not seen, beside one that it has.
    name = layout.grouping[-1]
    if ":" not in name and ":" not in first:
        new = fit.predict(crossed.assign(**{name: 99}), se=True)["se"]
        own = [0 * part if other == name else part for other, part in zip(layout.grouping, wide, strict=True)]
        Z = rows.matrix(tuple(fit.cov_re[name].columns))
        prior_variance = np.einsum("ij,jk,ik->i", Z, fit.cov_re[name], Z)
        np.testing.assert_allclose(new, np.sqrt(expected(np.hstack([X, *own])) ** 2 + prior_variance), rtol=1e-7)


def test_a_variance_of_zero_adds_nothing(crossed):
    rng = np.random.default_rng(1)
    noise = pd.Series(rng.normal(size=len(crossed)))
    noise -= noise.groupby(crossed["k"]).transform("mean")
    flat = crossed.assign(y=crossed["x"] + rng.normal(size=9)[crossed["g"]] + noise)
    with pytest.warns(hlm.SingularFitWarning):
        fit = hlm.lmer("y ~ x + (1 | g) + (1 | k)", flat)
    alone = hlm.lmer("y ~ x + (1 | g)", flat)
    assert fit.cov_re["k"].to_numpy().item() == 0
    np.testing.assert_allclose(fit.predict(se=True), alone.predict(se=True), rtol=1e-6)
    assert (fit.random_effects_se["k"] == 0).all(axis=None)
