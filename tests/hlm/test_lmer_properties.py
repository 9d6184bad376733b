"""What must hold of hlm.lmer whatever the data: no answer depends on order, labels or units, and limits are known."""

import warnings
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import hlm

INTERCEPT = "y ~ x + w + (1 | g)"
SLOPE = "y ~ x + w + (x | g)"
FORMULAS = st.sampled_from([INTERCEPT, SLOPE, "y ~ x + w + (x || g)"])

settings.register_profile(
    "hlm", max_examples=15, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("hlm")


@dataclass
class Units:
    """A change of units: value -> scale * (value + shift)."""

    shift: float
    scale: float

    def of(self, value):
        return self.scale * (value + self.shift)


UNITS = st.builds(Units, st.sampled_from([0.0, -3.0, 2000.0]), st.sampled_from([1.0, -1.0, 0.001, 500.0]))


@st.composite
def students(draw):
    """Students in 8 to 14 schools of 4 to 9: x is theirs, w their school's; the spread between schools may be zero."""
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    sizes = rng.integers(4, 10, draw(st.integers(8, 14)))
    g = np.repeat(np.arange(len(sizes)), sizes)
    x, w = rng.standard_normal(len(g)), rng.standard_normal(len(sizes))[g]
    between = draw(st.sampled_from([0.0, 0.7, 2.0]))
    u = between * rng.standard_normal((len(sizes), 2))[g]
    y = 3 + x - 0.5 * w + u[:, 0] + u[:, 1] * x + rng.standard_normal(len(g))
    return pd.DataFrame({"g": [f"school {j:02}" for j in g], "x": x, "w": w, "y": y})


def fit(formula, data, reml=True):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", hlm.SingularFitWarning)
        return hlm.lmer(formula, data, reml=reml)


def assert_same(a, b, but=()):
    """Two fits agree in all that they report."""
    close = {"rtol": 1e-5, "atol": 1e-7}
    for name in {"params", "bse", "cov_re", "random_effects"} - set(but):
        np.testing.assert_allclose(getattr(b, name), getattr(a, name), **close, err_msg=name)
    if "df" not in but:
        np.testing.assert_allclose(b.df(), a.df(), rtol=1e-3)
    assert b.scale == pytest.approx(a.scale, rel=1e-6)
    assert b.llf == pytest.approx(a.llf, rel=1e-9, abs=1e-7)
    assert (b.singular, b.converged) == (a.singular, True)


@given(students(), FORMULAS, st.booleans(), st.integers(0, 1000))
def test_the_order_of_the_rows_does_not_matter(data, formula, reml, seed):
    shuffled = data.sample(frac=1, random_state=seed)
    before, after = fit(formula, data, reml), fit(formula, shuffled, reml)
    assert_same(before, after)
    np.testing.assert_allclose(after.fittedvalues[data.index], before.fittedvalues, rtol=1e-5, atol=1e-6)


@given(students(), FORMULAS, st.randoms(use_true_random=False))
def test_the_names_of_the_groups_do_not_matter(data, formula, random):
    old = sorted(data["g"].unique())
    new = dict(zip(old, random.sample(range(100, 1000), len(old)), strict=True))
    before, after = fit(formula, data), fit(formula, data.assign(g=data["g"].map(new)))
    assert_same(before, after, but={"random_effects"})
    np.testing.assert_allclose(
        after.random_effects.loc[[new[name] for name in old]],
        before.random_effects.loc[old],
        rtol=1e-5,
        atol=1e-7,
    )


@given(students(), FORMULAS, st.booleans(), UNITS)
def test_the_units_of_y_carry_through(data, formula, reml, units):
    before = fit(formula, data, reml)
    after = fit(formula, data.assign(y=units.of(data["y"])), reml)
    size = abs(units.scale)
    expected = units.scale * (before.params + np.array([units.shift, 0, 0]))
    np.testing.assert_allclose(after.params, expected, rtol=1e-6, atol=1e-6 * size)
    np.testing.assert_allclose(after.bse, size * before.bse, rtol=1e-5)
    np.testing.assert_allclose(after.cov_re, size**2 * before.cov_re, rtol=1e-5, atol=1e-6 * size**2)
    np.testing.assert_allclose(after.df(), before.df(), rtol=1e-3)
    assert after.scale == pytest.approx(size**2 * before.scale, rel=1e-6)
    free = before.nobs - reml * len(before.params)
    assert after.llf == pytest.approx(before.llf - free * np.log(size), abs=1e-6)


@given(students(), st.sampled_from([INTERCEPT, SLOPE]), st.booleans(), UNITS)
def test_the_units_of_x_carry_through(data, formula, reml, units):
    """Not so for (x || g): its random slope is uncorrelated with the intercept at x = 0 alone, so the origin counts."""
    before = fit(formula, data, reml)
    after = fit(formula, data.assign(x=units.of(data["x"])), reml)
    back = np.array([[1, units.scale * units.shift], [0, units.scale]])  # coefficients of (1, x) from those of (1, x')
    line = ["Intercept", "x"]
    np.testing.assert_allclose(back @ after.params[line], before.params[line], rtol=1e-5, atol=1e-6)
    assert after.params["w"] == pytest.approx(before.params["w"], rel=1e-5, abs=1e-7)
    assert after.bse["x"] * abs(units.scale) == pytest.approx(before.bse["x"], rel=1e-5)
    if formula == SLOPE:
        np.testing.assert_allclose(back @ after.cov_re @ back.T, before.cov_re, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(after.fittedvalues, before.fittedvalues, rtol=1e-5, atol=1e-5)
    assert after.scale == pytest.approx(before.scale, rel=1e-6)
    assert after.llf == pytest.approx(before.llf - reml * np.log(abs(units.scale)), abs=1e-5)


@given(students(), FORMULAS, st.integers(0, 1000))
def test_the_moments_of_two_parts_add_up_to_those_of_the_whole(data, formula, seed):
    first = np.random.default_rng(seed).random(len(data)) < 0.5
    first[:2] = True, False
    whole = hlm.moments(formula, data)
    added = hlm.moments(formula, data[first]) + hlm.moments(formula, data[~first])
    assert added.groups.equals(whole.groups)
    np.testing.assert_array_equal(added.n, whole.n)
    np.testing.assert_allclose(added.origin + added.mean, whole.origin + whole.mean, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(added.scatter, whole.scatter, rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(added.within, whole.within, rtol=1e-10, atol=1e-10)
    assert_same(fit(formula, whole), fit(formula, added))


@given(students(), st.booleans())
def test_a_model_that_holds_another_is_never_less_likely(data, reml):
    """Likelihoods grow with the random part, and by ML with the fixed part too."""
    intercept, uncorrelated, full = (fit(f"y ~ x + w + {term}", data, reml) for term in ("(1|g)", "(x||g)", "(x|g)"))
    assert intercept.llf <= uncorrelated.llf + 1e-8
    assert uncorrelated.llf <= full.llf + 1e-8
    fixed = [fit(f"y ~ {terms} + (1 | g)", data, reml=False) for terms in ("1", "x", "x + w", "x * w")]
    assert all(smaller.llf <= larger.llf + 1e-8 for smaller, larger in pairwise(fixed))


@given(students(), FORMULAS)
def test_each_criterion_is_highest_at_its_own_estimate(data, formula):
    """ML and REML are two criteria of one model: neither can beat the other's optimum by the other's own measure."""
    reml, ml = fit(formula, data, reml=True), fit(formula, data, reml=False)
    at = {criterion: type(reml.at)(reml.at.stage, reml.at.theta, criterion).value for criterion in (True, False)}
    at_ml = {criterion: type(ml.at)(ml.at.stage, ml.at.theta, criterion).value for criterion in (True, False)}
    assert at[True] <= at_ml[True] + 1e-8
    assert at_ml[False] <= at[False] + 1e-8


@given(students(), st.sampled_from(["x + w + (x | g)", "1 + (x | g)", "w + (0 + x | g)", "1 + (x || g)"]))
def test_a_group_s_own_coefficients_give_its_fitted_values(data, formula):
    """Also those that vary about zero, since no fixed effect has their name."""
    found = fit(f"y ~ {formula}", data)
    columns = data.assign(Intercept=1.0)
    own = found.coefficients.loc[data["g"]].to_numpy()
    others = found.params.drop(list(found.layout.z), errors="ignore")
    fitted = (columns[list(found.layout.z)] * own).sum(axis=1) + columns[list(others.index)] @ others
    np.testing.assert_allclose(found.fittedvalues, fitted, rtol=1e-9)


@given(students(), st.booleans())
def test_reml_never_finds_less_variance_in_all(data, reml):
    """Of a random-intercept model with a fixed intercept only, REML's tau00 is at least that of ML."""
    assert (
        fit("y ~ 1 + (1 | g)", data).cov_re.iloc[0, 0] >= fit("y ~ 1 + (1 | g)", data, False).cov_re.iloc[0, 0] - 1e-9
    )


@given(students())
def test_without_variance_between_groups_the_answer_is_that_of_ols(data):
    """Residuals with mean zero in every group spread less than chance would spread them: the likeliest tau00 is zero."""
    x, y = (data[name] - data.groupby("g")[name].transform("mean") for name in ("x", "y"))
    data = data.assign(y=2 + data["x"] + 0.5 * data["w"] + y - x * (x @ y) / (x @ x))
    mixed, flat = fit(INTERCEPT, data), hlm.ols("y ~ x + w", data)
    assert mixed.singular
    assert mixed.cov_re.iloc[0, 0] == 0
    np.testing.assert_allclose(mixed.params, flat.params, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(mixed.bse, flat.bse, rtol=1e-8)
    assert mixed.scale == pytest.approx(flat.scale, rel=1e-9)
    assert fit(INTERCEPT, data, reml=False).llf == pytest.approx(flat.llf, rel=1e-10)


@given(students(), FORMULAS, st.booleans())
def test_the_optimum_beats_its_neighbourhood(data, formula, reml):
    """No point near the solution has a lower deviance: the optimum is one, on the boundary too."""
    at = fit(formula, data, reml).at
    rng = np.random.default_rng(1)
    for step in (1e-3, 1e-1, 1.0):
        for _ in range(5):
            near = type(at)(at.stage, at.theta + step * rng.standard_normal(len(at.theta)), reml)
            assert near.value >= at.value - 1e-9
