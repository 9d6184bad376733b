"""Contrasts as they can be written, and the degrees of freedom of several together."""

import numpy as np
import pandas as pd
import pytest

import hlm
from hlm.inference.satterthwaite import _joint_df


@pytest.fixture(scope="module")
def fit():
    return hlm.lmer("math ~ ses * sector + (1 | sch.id)", hlm.load_hsb())


def test_a_contrast_by_name_is_the_same_in_any_order(fit):
    expected = fit.contrast([0, 0, 1, 0.5])
    by_name = pd.Series({"ses:sector": 0.5, "sector": 1.0})
    whole = by_name.reindex(fit.params.index[::-1]).fillna(0)
    for L in (by_name, by_name.to_dict(), whole, whole.to_dict()):
        pd.testing.assert_frame_equal(fit.contrast(L), expected)
    for L in (pd.Series([0, 0, 1, 0.5]), np.array([0, 0, 1, 0.5])):
        pd.testing.assert_frame_equal(fit.contrast(L), expected)
    with pytest.raises(hlm.ModelError, match="no coefficient is called 'sektor'"):
        fit.contrast(pd.Series({"sektor": 1.0}))


@pytest.mark.parametrize(
    ("nu", "joint"),
    [
        ([5, 10], 6.36363636363636), ([3, 5, 9], 4.03225806451613), ([2.1, 30], 2.19928825622776),
        ([2, 10], 2), ([1.5, 10], 2), ([1, 40, 40], 2), ([2.5, 2.5], 2.5), ([1, 1], 1), ([7], 7),
    ],
)  # fmt: skip
def test_the_degrees_of_freedom_of_a_mean_of_squares_are_those_of_lmertest(nu, joint):
    """lmerTest:::get_Fstat_ddf; a t^2 with two degrees of freedom or fewer has no expectation."""
    assert _joint_df(np.array(nu, dtype=float)) == pytest.approx(joint, rel=1e-13)


def test_an_f_test_with_hardly_any_groups_has_two_degrees_of_freedom():
    rng = np.random.default_rng(2)
    g = np.repeat(np.arange(3), 20)
    data = pd.DataFrame({"g": g, "w": (g == 1) * 1.0, "x": rng.normal(size=60)})
    data["y"] = 3 * rng.normal(size=3)[g] + rng.normal(size=60)
    fit = hlm.lmer("y ~ w + x + (1 | g)", data)
    assert fit.df()["w"] < 2 < fit.df()["x"]
    assert fit.contrast([[0, 1, 0], [0, 0, 1]]).df_denom == 2
