"""The formulas of chapter 3: the slides' numbers, what must hold for any design, and the models they describe."""

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.power import TTestIndPower

import hlm
from hlm.errors import ModelError

variance = st.floats(1e-3, 1e3)
sizes = st.integers(1, 1000)
schools = st.integers(3, 5000)


@pytest.fixture(scope="module")
def d():
    return hlm.load_hsb()


@pytest.fixture(scope="module")
def fit(d):
    return hlm.lmer("math ~ sector + (1 | sch.id)", d)


class TestTheSlides:
    """Slide inputs: tau00 6.68, sigma2 39.15, residual variance 45.35, n 45, J 160, var(sector) .25."""

    def test_the_ols_formula_with_its_n_gives_the_slides_figure(self):
        assert round(hlm.se_ols(45.35, 45, 160, 0.25), 4) == 0.1587

    def test_without_its_n_as_the_slide_prints_it_the_formula_gives_another(self):
        assert hlm.se_ols(45.35, 1, 160, 0.25) == pytest.approx(np.sqrt(45.35 / (160 * 0.25)))
        assert hlm.se_ols(45.35, 1, 160, 0.25) > 1

    def test_the_slides_439_is_the_models_and_the_formula_comes_within_a_hundredth_of_it(self, fit):
        assert round(fit.bse["sector"], 3) == 0.439
        assert round(hlm.se_hlm(6.68, 39.15, 45, 160, 0.25), 3) == 0.434
        assert hlm.se_hlm(6.68, 39.15, 45, 160, 0.25) == pytest.approx(fit.bse["sector"], rel=0.011)

    def test_with_averages_over_schools_the_formula_gives_439_too(self, d, fit):
        each = hlm.school_summary(d)
        harmonic = stats.hmean(each["n"])
        se = hlm.se_hlm(fit.cov_re.iloc[0, 0], fit.scale, harmonic, len(each), each["sector"].var())
        assert round(se, 3) == 0.439

    def test_a_weight_for_each_school_gives_the_models_standard_error_exactly(self, d, fit):
        each = hlm.school_summary(d)
        w = 1 / (fit.cov_re.iloc[0, 0] + fit.scale / each["n"])
        exact = np.sqrt((1 / w.groupby(each["sector"]).sum()).sum())
        assert exact == pytest.approx(fit.bse["sector"], rel=1e-12)

    def test_the_ratio_of_the_models_standard_errors_is_about_the_root_of_the_design_effect(self, d, fit):
        ratio = fit.bse["sector"] / hlm.ols("math ~ sector", d).bse["sector"]
        assert np.sqrt(hlm.design_effect(fit.icc, 44.90625)) == pytest.approx(ratio, rel=0.02)


def balanced(J, n, tau00, sigma2, seed):
    """J schools of n students, every second one with x = 1."""
    rng = np.random.default_rng(seed)
    school = np.repeat(np.arange(J), n)
    x = (school % 2).astype(float)
    y = 5 + 2 * x + rng.normal(0, np.sqrt(tau00), J)[school] + rng.normal(0, np.sqrt(sigma2), J * n)
    return pd.DataFrame({"school": school, "x": x, "y": y})


@pytest.mark.parametrize(("J", "n"), [(10, 4), (30, 12), (7, 25)])
def test_where_schools_are_equally_large_both_formulas_are_exact(J, n):
    data = balanced(J, n, 3.0, 10.0, seed=J)
    fit, ols = hlm.lmer("y ~ x + (1 | school)", data), hlm.ols("y ~ x", data)
    assert fit.cov_re.iloc[0, 0] > 0
    var_x = data["x"].var(ddof=0)
    np.testing.assert_allclose(hlm.se_hlm(fit.cov_re.iloc[0, 0], fit.scale, n, J, var_x), fit.bse["x"], rtol=1e-8)
    np.testing.assert_allclose(hlm.se_ols(ols.scale, n, J, var_x), ols.bse["x"], rtol=1e-10)
    np.testing.assert_allclose(fit.params, ols.params, rtol=1e-8)


class TestAnyDesign:
    @given(tau00=variance, sigma2=variance, J=schools, var_x=variance)
    def test_with_one_student_a_school_ols_is_right(self, tau00, sigma2, J, var_x):
        assert hlm.se_hlm(tau00, sigma2, 1, J, var_x) == pytest.approx(hlm.se_ols(tau00 + sigma2, 1, J, var_x))

    @given(sigma2=variance, n=sizes, J=schools, var_x=variance)
    def test_where_schools_do_not_differ_ols_is_right(self, sigma2, n, J, var_x):
        assert hlm.se_hlm(0, sigma2, n, J, var_x) == pytest.approx(hlm.se_ols(sigma2, n, J, var_x))

    @given(tau00=variance, sigma2=variance, n=sizes, J=schools, var_x=variance)
    def test_the_design_effect_is_the_ratio_of_the_variances(self, tau00, sigma2, n, J, var_x):
        ratio = (hlm.se_hlm(tau00, sigma2, n, J, var_x) / hlm.se_ols(tau00 + sigma2, n, J, var_x)) ** 2
        assert hlm.design_effect(tau00 / (tau00 + sigma2), n) == pytest.approx(ratio)

    @given(tau00=variance, sigma2=variance, n=sizes, J=schools, var_x=variance)
    def test_twice_the_schools_halve_the_variance_and_twice_the_students_do_not(self, tau00, sigma2, n, J, var_x):
        now = hlm.se_hlm(tau00, sigma2, n, J, var_x)
        assert hlm.se_hlm(tau00, sigma2, n, 2 * J, var_x) == pytest.approx(now / np.sqrt(2))
        assert now / np.sqrt(2) < hlm.se_hlm(tau00, sigma2, 2 * n, J, var_x) < now

    @given(tau00=variance, sigma2=variance, n=sizes, J=schools, var_x=variance)
    def test_no_number_of_students_goes_below_the_floor(self, tau00, sigma2, n, J, var_x):
        floor = np.sqrt(tau00 / (J * var_x))
        assert hlm.se_hlm(tau00, sigma2, n, J, var_x) > floor
        assert hlm.se_hlm(tau00, sigma2, 1e12, J, var_x) == pytest.approx(floor, rel=1e-3)

    @given(effect=st.floats(-20, 20), tau00=variance, sigma2=variance, n=sizes, J=schools)
    def test_power_lies_between_the_level_and_one_and_takes_no_side(self, effect, tau00, sigma2, n, J):
        power = hlm.power(effect, tau00, sigma2, n, J, 0.25)
        assert 0.05 - 1e-9 <= power <= 1 + 1e-9
        assert power == pytest.approx(hlm.power(-effect, tau00, sigma2, n, J, 0.25))


def test_power_is_a_number_however_large_the_effect():
    effects = np.geomspace(1e-3, 1e4, 50)
    for J in (3, 5, 12, 160):
        power = hlm.power(effects, 6.7, 39, 1, J, 0.25)
        assert (np.diff(power) >= -1e-9).all()
        assert power[-1] == pytest.approx(1)


@pytest.mark.parametrize("J", [3, 4, 8, 40, 2000])
@pytest.mark.parametrize("alpha", [0.01, 0.05, 0.2])
def test_power_is_that_of_the_noncentral_t_where_scipy_has_it(J, alpha):
    shifts = np.linspace(0.01, 6, 25)
    expected = stats.nct.sf(stats.t.isf(alpha / 2, J - 2), J - 2, shifts)
    expected += stats.nct.cdf(-stats.t.isf(alpha / 2, J - 2), J - 2, shifts)
    found = hlm.power(shifts * hlm.se_hlm(2, 8, 10, J, 0.25), 2, 8, 10, J, 0.25, alpha)
    known = np.isfinite(expected)
    assert known.sum() > 15
    np.testing.assert_allclose(found[known], expected[known], rtol=1e-6)


def test_without_an_effect_power_is_the_level():
    for alpha in (0.001, 0.05, 0.3):
        assert hlm.power(0, 6.7, 39, 45, 160, 0.25, alpha) == pytest.approx(alpha)


@pytest.mark.parametrize("effect", [0.3, 1, 2.8])
@pytest.mark.parametrize(("n", "J"), [(45, 160), (5, 20), (200, 8)])
def test_power_is_that_of_a_t_test_of_school_means(effect, n, J):
    distance = effect / np.sqrt(6.7 + 39 / n)
    expected = TTestIndPower().power(distance, nobs1=J / 2, alpha=0.05)
    assert hlm.power(effect, 6.7, 39, n, J, 0.25) == pytest.approx(expected, rel=1e-6)


def test_arrays_go_in_and_out():
    n, J = np.array([5, 45]), np.array([[40], [160], [320]])
    many = hlm.se_hlm(6.7, 39, n, J, 0.25)
    assert many.shape == (3, 2)
    assert many[1, 1] == hlm.se_hlm(6.7, 39, 45, 160, 0.25)
    assert hlm.power(1, 6.7, 39, n, J, 0.25).shape == (3, 2)
    assert isinstance(hlm.se_hlm(6.7, 39, 45, 160, 0.25), float)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: hlm.se_hlm(-1, 39, 45, 160, 0.25), "tau00 must be zero or more, not -1"),
        (lambda: hlm.se_hlm(6, -39, 45, 160, 0.25), "sigma2 must be zero or more, not -39"),
        (lambda: hlm.se_hlm(6, 39, 0, 160, 0.25), "n must be positive, not 0"),
        (lambda: hlm.se_hlm(6, 39, 45, 0, 0.25), "J must be positive, not 0"),
        (lambda: hlm.se_hlm(6, 39, 45, 160, 0), "var_x must be positive, not 0"),
        (lambda: hlm.se_hlm(float("nan"), 39, 45, 160, 0.25), "tau00 must be zero or more, not nan"),
        (lambda: hlm.se_ols(45, [10, -1], 160, 0.25), "n must be positive, not [10, -1]"),
        (lambda: hlm.design_effect(1.2, 45), "icc is a share of variance and cannot exceed 1, but is 1.2"),
        (lambda: hlm.design_effect(-0.1, 45), "icc must be zero or more, not -0.1"),
        (lambda: hlm.power(1, 6, 39, 45, 160, 0.25, alpha=5), "alpha must lie between 0 and 1, not 5"),
        (lambda: hlm.power(1, 6, 39, 45, 2, 0.25), "J must be at least 3"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(call, message):
    with pytest.raises(ModelError, match=re.escape(message)):
        call()
