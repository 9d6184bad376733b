"""False alarms with few schools: the formulas for school means are those of `cluster_robust`, and what they show."""

import re

import numpy as np
import pandas as pd
import pytest

import hlm
from hlm.course import false_alarms


@pytest.fixture(scope="module")
def fit():
    return hlm.lmer("math ~ sector + (1 | sch.id)", hlm.load_hsb())


def test_a_sample_of_means_has_the_errors_of_its_students():
    """One sample of 8 schools, drawn as the simulation draws it, and its students made up to have these means."""
    sizes, rng, again = np.array([3, 5, 9]), np.random.default_rng(2), np.random.default_rng(2)
    zero, one = (false_alarms._kind(rng, sizes, count, 2.0, 9.0, 1) for count in (5, 3))
    rows, school = [], 0
    for sector, count in ((0, 5), (1, 3)):
        size = again.choice(sizes, (1, count))[0]
        mean = again.standard_normal((1, count))[0] * np.sqrt(2.0 + 9.0 / size)
        for n, m in zip(size, mean, strict=True):
            within = np.arange(n) - (n - 1) / 2
            rows += [{"g": school, "sector": sector, "y": m + w} for w in within]
            school += 1
    data = pd.DataFrame(rows)
    ols = hlm.ols("y ~ sector", data)
    assert one["mean"] - zero["mean"] == pytest.approx(ols.params["sector"])
    for kind in ("CR0", "CR2"):
        se = hlm.cluster_robust(ols, data["g"], kind).loc["sector", "se"]
        assert (zero[kind] + one[kind]) ** 0.5 == pytest.approx(se)
    residuals = ols.resid.groupby(data["g"]).transform("mean")
    assert zero["squares"] + one["squares"] == pytest.approx((residuals**2).sum())


def test_what_chapter_12_says_of_few_schools(fit):
    """CR1 and CR2 become right as schools are added, but not if one kind has only four of them."""
    even = hlm.course.few_schools(fit, [8, 64], n=20_000)
    odd = hlm.course.few_schools(fit, [8, 64], ones=4, n=20_000)
    assert even["CR1"].iloc[0] > even["CR2"].iloc[0] > 0.054
    assert abs(even.loc[64, ["CR1", "CR2"]] - 0.05).max() < 0.006
    assert (odd.loc[64] > odd.loc[8])[["CR1", "CR2"]].all()
    assert odd.loc[64, "CR1"] > odd.loc[64, "CR2"] > 0.1
    assert max(abs(table["school means"] - 0.05).max() for table in (even, odd)) < 0.01
    assert even["OLS"].min() > 0.4


def test_the_same_seed_gives_the_same_rates(fit):
    first, again = (hlm.course.few_schools(fit, [6], n=100, seed=3) for _ in range(2))
    pd.testing.assert_frame_equal(first, again)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"schools": [3]}, "two schools of either kind; 3 schools would be (2, 1)"),
        ({"schools": [10], "ones": 9}, "two schools of either kind; 10 schools would be (1, 9)"),
        ({"n": 0}, "the number of samples must be positive"),
    ],
)
def test_samples_that_cannot_be_drawn_are_refused(fit, options, message):
    with pytest.raises(hlm.ModelError, match=re.escape(message)):
        hlm.course.few_schools(fit, **options)


@pytest.mark.parametrize(
    "formula", ["math ~ ses + (1 | sch.id)", "math ~ 1 + (1 | sch.id)", "math ~ sector + (ses | sch.id)"]
)
def test_another_model_is_refused(formula):
    with pytest.raises(hlm.ModelError, match="not of the form"):
        hlm.course.few_schools(hlm.lmer(formula, hlm.load_hsb()))
