"""Invented data: drawn from what they were told to be, the same for a seed, and nonsense refused in a sentence."""

import numpy as np
import pandas as pd
import pytest

import hlm

GAMMA = {"Intercept": 50.0, "x": 2.0, "w": 4.0, "w:x": -1.0}
G = np.array([[9.0, -2.0], [-2.0, 1.0]])
FORMULA = "y ~ w * x + (x | g)"


def designed(groups=400, sizes=8, seed=3):
    within = {"x": {"mean": 1, "sd": 2, "between": 1}}
    return hlm.invent_design(groups, sizes, within, {"w": 0.25}, group="g", seed=seed)


def test_a_model_finds_again_what_the_data_were_drawn_from():
    fit = hlm.lmer(FORMULA, hlm.invent(FORMULA, designed(1500), GAMMA, G, 16.0, seed=2))
    off = (fit.params - pd.Series(GAMMA)[fit.params.index]) / fit.bse
    assert abs(off).max() < 3.5
    assert np.allclose(fit.cov_re, G, rtol=0.15)
    assert fit.scale == pytest.approx(16, rel=0.05)


def test_several_factors_have_a_matrix_each():
    design = hlm.invent_design(300, 30, within={"h": range(30)}, group="g")
    fit = hlm.lmer(
        "y ~ 1 + (1 | g) + (1 | h)",
        hlm.invent("y ~ 1 + (1 | h) + (1 | g)", design, {"Intercept": 1}, {"g": 4, "h": 0}, 1),
    )
    assert fit.cov_re["g"].iloc[0, 0] == pytest.approx(4, rel=0.25)
    assert fit.cov_re["h"].iloc[0, 0] < 0.01


def test_the_same_seed_gives_the_same_data_and_another_one_others():
    first, again, other = (hlm.invent(FORMULA, designed(), GAMMA, G, 1, seed=seed) for seed in (7, 7, 8))
    pd.testing.assert_frame_equal(first, again)
    assert (first["y"] != other["y"]).all()
    pd.testing.assert_frame_equal(designed(), designed())


def test_a_frame_with_names_may_have_another_order():
    named = pd.DataFrame(G[::-1, ::-1], ["x", "Intercept"], ["x", "Intercept"])
    gamma = pd.Series(GAMMA)[::-1]
    pd.testing.assert_frame_equal(
        hlm.invent(FORMULA, designed(), GAMMA, G, 1), hlm.invent(FORMULA, designed(), gamma, named, 1)
    )


def test_a_correlation_of_one_and_no_variance_at_all_are_possible():
    singular = hlm.invent("y ~ x + (x | g)", designed(), {"Intercept": 0, "x": 0}, [[4, 2], [2, 1]], 1e-12)
    lines = singular.groupby("g")[["x", "y"]].apply(lambda d: pd.Series(np.polyfit(d["x"], d["y"], 1)))
    assert np.allclose(lines[1], 2 * lines[0], atol=1e-4)
    none = hlm.invent("y ~ x + (x | g)", designed(), {"Intercept": 1, "x": 1}, np.zeros((2, 2)), 1e-12)
    assert np.allclose(none["y"], 1 + none["x"], atol=1e-4)


def test_a_response_that_is_there_is_replaced_and_an_offset_counts():
    d = designed().assign(y=1.0, o=100.0)
    d = hlm.invent("y ~ 1 + offset(o) + (1 | g)", d, {"Intercept": 0}, 0, 1)
    assert list(d.columns)[-1] == "y"
    assert d["y"].between(90, 110).all()


def test_a_design_is_what_it_was_told_to_be():
    d = hlm.invent_design(
        8, range(3, 6), within={"week": [0, 1, 2, 3], "ill": 0.5}, between={"w": 0.25, "arm": ["a", "b"]}, group="p"
    )
    assert list(d.columns) == ["p", "w", "arm", "week", "ill"]
    assert set(d.groupby("p").size()) <= {3, 4, 5}
    firsts = d.groupby("p").first()
    assert list(firsts.index) == list(range(1, 9))
    assert firsts["w"].sum() == 2
    assert list(firsts["arm"]) == ["a", "b"] * 4
    assert d.groupby("p")[["w", "arm"]].nunique().eq(1).all(axis=None)
    assert d[d["p"] == 1]["week"].tolist() == [0, 1, 2, 3, 0][: (d["p"] == 1).sum()]
    assert set(d["ill"]) == {0, 1}
    assert list(hlm.invent_design(2, [1, 4]).groupby("group").size()) == [1, 4]
    means = designed(4000, 30).groupby("g")["x"].mean()
    assert means.mean() == pytest.approx(1, abs=0.06)
    assert means.var() == pytest.approx(1 + 4 / 30, rel=0.1)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"gamma": {"Intercept": 1}}, "gamma needs a number for each of Intercept, w, x, w:x; it has Intercept"),
        ({"gamma": {**GAMMA, "x": np.nan}}, "gamma must be finite numbers"),
        ({"gamma": 3}, "gamma must have a number for each fixed effect by name, not 3"),
        ({"G": [[1, 2], [2, 1]]}, "no coefficients have this G"),
        ({"G": [[1, 2], [0, 5]]}, "symmetric"),
        ({"G": 3}, r"2 rows and 2 columns, for Intercept, x \(of g\), not the shape \(1, 1\)"),
        ({"G": pd.DataFrame(G)}, "rows and columns of G must be those of Intercept, x"),
        ({"formula": "y ~ w * x + (x || g)"}, "by the formula two coefficients are uncorrelated"),
        ({"formula": "y ~ w * x + (x | g) + (1 | w)"}, "G must be a dict with a matrix for each of"),
        ({"formula": "log(y) ~ w * x + (x | g)"}, "on the left of ~ must stand the name"),
        ({"sigma2": 0.0}, "sigma2 must be positive, not 0"),
        ({"seed": -1}, "seed"),
        ({"data": 3}, "data must be a data frame"),
        ({"data": designed().replace({"w": {1: np.nan}})}, "the design lacks values in 800 of its 3200 rows"),
    ],
)
def test_what_makes_no_model_is_refused(change, words):
    given = {"formula": FORMULA, "data": designed(), "gamma": GAMMA, "G": G, "sigma2": 1.0, "seed": 1, **change}
    with pytest.raises(hlm.ModelError, match=words):
        hlm.invent(**given)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"groups": 0}, "groups must be positive, not 0"),
        ({"sizes": 0}, "sizes must be positive, not 0"),
        ({"sizes": [1, 2]}, "sizes has 2 numbers for 3 groups"),
        ({"sizes": range(4)}, "sizes must be positive"),
        ({"within": {"g": 0.5}}, "the name 'g' is given to two columns"),
        ({"within": {"x": 2}}, "share of ones in 'x' must be between 0 and 1, not 2"),
        ({"within": {"x": {"mean": 1}}}, "'x' needs mean and sd, and may have between"),
        ({"between": {"x": {"mean": 1, "sd": 1, "between": 1}}}, "'x' needs mean and sd and no more"),
        ({"within": {"x": {"mean": 1, "sd": -1}}}, "must not be negative"),
        ({"within": {"x": "abc"}}, "'x' must be a share of ones"),
        ({"within": {"x": []}}, "'x' must be a share of ones"),
        ({"seed": -1}, "seed"),
    ],
)
def test_what_makes_no_design_is_refused(change, words):
    with pytest.raises(hlm.ModelError, match=words):
        hlm.invent_design(**{"groups": 3, "sizes": 2, "group": "g", **change})
