"""G: its correlations, and its zero moved."""

import numpy as np
import pandas as pd
import pytest

import hlm

NOT_COVARIANCES = [
    [[1, 2]],
    [[1, 2], [2, 1]],
    [[-1, 0], [0, 1]],
    [[1, 0.5], [0.4, 1]],
    [[1, np.nan], [np.nan, 1]],
]


@pytest.fixture(scope="module")
def d():
    return hlm.load_hsb()


@pytest.fixture(scope="module")
def fit(d):
    return hlm.lmer("math ~ ses + (ses | sch.id)", d)


def test_correlation_of_a_matrix_and_its_names(fit):
    r = hlm.correlation(fit.cov_re)
    sd = np.sqrt(np.diag(fit.cov_re))
    assert [*r.columns] == [*r.index] == ["Intercept", "ses"]
    assert r.iloc[0, 1] == pytest.approx(fit.cov_re.iloc[0, 1] / sd[0] / sd[1])
    np.testing.assert_allclose(np.diag(r), 1)


def test_correlation_of_draws_is_that_of_numpy():
    draws = np.random.default_rng(1).normal(size=(20, 3))
    np.testing.assert_allclose(hlm.correlation(np.cov(draws.T)), np.corrcoef(draws.T))


def test_what_does_not_vary_has_no_correlation():
    assert hlm.correlation([[4, 0], [0, 0]]).isna().to_numpy().tolist() == [[False, True], [True, True]]


@pytest.mark.parametrize("G", NOT_COVARIANCES)
def test_what_is_no_covariance_matrix(G):
    for use in (hlm.correlation, lambda G: hlm.move_zero(G, 1)):
        with pytest.raises(hlm.ModelError, match="covariance matrix"):
            use(G)


@pytest.mark.parametrize("to", [-1, 0.5, 2])
def test_zero_moved_is_what_a_new_fit_finds(d, fit, to):
    new = hlm.lmer("math ~ x + (x | sch.id)", d.assign(x=d["ses"] - to))
    np.testing.assert_allclose(hlm.move_zero(fit.cov_re, to), new.cov_re, rtol=1e-6, atol=1e-8)
    assert new.llf == pytest.approx(fit.llf, abs=1e-6)


def test_zero_moved_there_and_back_again(fit):
    there = hlm.move_zero(fit.cov_re, 3)
    assert [*there.columns] == ["Intercept", "ses"]
    pd.testing.assert_frame_equal(hlm.move_zero(there, -3), fit.cov_re)


def test_the_lines_are_closest_where_the_covariance_is_zero(fit):
    closest = -fit.cov_re.iloc[0, 1] / fit.cov_re.iloc[1, 1]
    assert hlm.move_zero(fit.cov_re, closest).iloc[0, 1] == pytest.approx(0, abs=1e-12)
    variance = [hlm.move_zero(fit.cov_re, closest + by).iloc[0, 0] for by in (-0.1, 0, 0.1)]
    assert variance[1] == min(variance)


def test_zero_is_moved_for_one_slope_only():
    with pytest.raises(hlm.ModelError, match="3 rows"):
        hlm.move_zero(np.eye(3), 1)
    with pytest.raises(hlm.ModelError, match="finite"):
        hlm.move_zero(np.eye(2), np.inf)


def test_g_of_sets_of_lines():
    slopes, intercepts = [0, 3, -1, 7], [5, 6, 8, 9]
    found = hlm.course.g_of_lines({"both": (intercepts, slopes), "parallel": (intercepts, 3), "one": (10, slopes)})
    G = np.cov(intercepts, slopes)
    np.testing.assert_allclose(found.loc["both"], [G[0, 0], G[0, 1], G[1, 1]])
    np.testing.assert_allclose(found.loc["parallel"], [G[0, 0], 0, 0])
    np.testing.assert_allclose(found.loc["one"], [0, 0, G[1, 1]])
    with pytest.raises(hlm.ModelError, match="'odd' has 4 intercepts and 2 slopes"):
        hlm.course.g_of_lines({"odd": (intercepts, [1, 2])})
