"""Contrasts as text, with right-hand sides and intervals."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import hlm
from hlm.inference.equations import equation

NAMES = ("Intercept", "ses", "sector", "ses:sector", "f[T.b]", "f[T.b]:ses", "I(ses ** 2)", "final score", "f[T.x = 1]")


@pytest.mark.parametrize(
    ("text", "weights", "rhs"),
    [
        ("ses", {"ses": 1}, 0),
        ("sector - 2*ses = 1", {"sector": 1, "ses": -2}, 1),
        ("Intercept + sector", {"Intercept": 1, "sector": 1}, 0),
        ("(Intercept) + ses:sector / 4 = -1.5e1", {"Intercept": 1, "ses:sector": 0.25}, -15),
        ("ses = sector", {"ses": 1, "sector": -1}, 0),
        ("-(ses - sector) * 3 + 2 = 5", {"ses": -3, "sector": 3}, 3),
        ("f[T.b]:ses - f[T.b]", {"f[T.b]:ses": 1, "f[T.b]": -1}, 0),
        ("2 * I(ses ** 2) - ses", {"I(ses ** 2)": 2, "ses": -1}, 0),
        ("`final score` + final score = 2 * 3", {"final score": 2}, 6),
        ("f[T.x = 1] = 1", {"f[T.x = 1]": 1}, 1),
        ("ses*2-sector*(1/3)", {"ses": 2, "sector": -1 / 3}, 0),
    ],
)
def test_an_equation_is_read(text, weights, rhs):
    found, value = equation(text, NAMES)
    np.testing.assert_allclose(found, [weights.get(name, 0) for name in NAMES])
    assert value == rhs


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("sess", "no coefficient is called 'sess'; they are Intercept, ses"),
        ("ses * sector", "not by one another"),
        ("ses / 0", "divides by zero"),
        ("ses / sector", "not by one another"),
        ("ses = 1 = 2", "more than one ="),
        ("ses +", "a coefficient or a number is missing"),
        ("", "a coefficient or a number is missing"),
        ("(ses", "a parenthesis is not closed"),
        ("ses sector", "'s' at character 5 is out of place"),
        ("ses - ses = 1", "no coefficient is left"),
        ("3 = 4", "no coefficient is left"),
        ("ses & sector", "'&' at character 5 is out of place"),
    ],
)
def test_what_is_no_equation_is_refused(text, why):
    with pytest.raises(hlm.ModelError, match=why):
        equation(text, NAMES)


@pytest.fixture(scope="module")
def fit():
    return hlm.lmer("math ~ ses * sector + (1 | sch.id)", hlm.load_hsb())


@pytest.mark.parametrize("ddf", ["satterthwaite", "kenward-roger"])
def test_text_weights_and_mappings_are_one_contrast(fit, ddf):
    by_text = fit.contrast("sector - 2 * ses = 1", ddf=ddf, alpha=0.1)
    pd.testing.assert_frame_equal(by_text, fit.contrast([0, -2, 1, 0], ddf=ddf, rhs=1, alpha=0.1))
    pd.testing.assert_frame_equal(by_text, fit.contrast({"sector": 1, "ses": -2}, ddf=ddf, rhs=[1], alpha=0.1))
    row = by_text.iloc[0]
    assert list(by_text.columns) == ["estimate", "se", "t", "df", "p", "lower", "upper"]
    assert row["t"] == pytest.approx((row["estimate"] - 1) / row["se"])
    assert row["p"] == pytest.approx(2 * stats.t.sf(abs(row["t"]), row["df"]))
    half = stats.t.ppf(0.95, row["df"]) * row["se"]
    assert [row["lower"], row["upper"]] == pytest.approx([row["estimate"] - half, row["estimate"] + half])


@pytest.mark.parametrize("ddf", ["satterthwaite", "kenward-roger"])
def test_an_f_test_of_one_equation_is_the_square_of_its_t(fit, ddf):
    t, f = fit.contrast("sector = 2", ddf=ddf).iloc[0], fit.contrast(["sector = 2"], ddf=ddf)
    assert (f.statistic, f.df_denom, f.pvalue) == pytest.approx((t["t"] ** 2, t["df"], t["p"]))


def test_several_equations_are_tested_against_their_right_hand_sides(fit):
    together = fit.contrast(["sector = 2", "ses - sector = 0.5"])
    L = [[0, 0, 1, 0], [0, 1, -1, 0]]
    assert fit.contrast(L, rhs=[2, 0.5]).statistic == pytest.approx(together.statistic)
    off = np.array(L) @ fit.params - [2, 0.5]
    V = np.array(L) @ fit.cov_params().to_numpy() @ np.array(L).T
    assert together.statistic == pytest.approx(off @ np.linalg.solve(V, off) / 2)
    # What is tested is one hypothesis however its equations are combined.
    assert fit.contrast(["sector = 2", "ses = 2.5"]).statistic == pytest.approx(together.statistic)


@pytest.mark.parametrize(
    ("L", "rhs", "why"),
    [
        ("ses = 1", 2, "a right-hand side of its own"),
        ([0, 1, 0, 0], [1, 2], "rhs must be one finite number$"),
        ([[0, 1, 0, 0], [0, 0, 1, 0]], [1, 2, 3], "one finite number, or 2, one for each row"),
        ([0, 1, 0, 0], np.inf, "rhs must be one finite number"),
        ("ses", "a", "rhs must be real numbers"),
        (["ses", "2 * ses"], None, "a row follows from the others"),
    ],
)
def test_right_hand_sides_that_do_not_fit_are_refused(fit, L, rhs, why):
    with pytest.raises(hlm.ModelError, match=why):
        fit.contrast(L, rhs=rhs)
