"""A fit as an object of Python: it is copied and pickled, and says what to use for what it has not."""

import copy
import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import hlm

FORMULAS = ["math ~ ses * sector + (ses | sch.id)", "math ~ scale(ses) + np.exp(ses) + poly(meanses, 2) + (1 | sch.id)"]


@pytest.fixture(scope="module")
def d():
    return hlm.load_hsb()


@pytest.mark.parametrize("formula", FORMULAS)
@pytest.mark.parametrize(
    "copied",
    [copy.copy, copy.deepcopy, lambda fit: pickle.loads(pickle.dumps(fit))],
    ids=["copy", "deepcopy", "pickle"],
)
@pytest.mark.parametrize("used", [False, True])
def test_a_copy_says_what_the_fit_says(d, formula, copied, used):
    fit = hlm.lmer(formula, d)
    if used:
        fit.coef_table("kenward-roger"), fit.anova(), fit.random_effects_se
    again = copied(fit)
    assert repr(again) == repr(fit)
    pd.testing.assert_frame_equal(again.coef_table("kenward-roger"), fit.coef_table("kenward-roger"))
    pd.testing.assert_frame_equal(again.anova("II"), fit.anova("II"))
    pd.testing.assert_frame_equal(again.ranova(), fit.ranova())
    np.testing.assert_array_equal(again.predict(d.head(5)), fit.predict(d.head(5)))
    assert again.update(". ~ . + minority").llf == fit.update(". ~ . + minority").llf


def test_a_fit_of_several_factors_is_copied():
    oats = pd.read_csv(Path(__file__).parents[2] / "tests/reference/data/oats.csv")
    fit = hlm.lmer("yield ~ nitro * Variety + (1 | Block/Variety)", oats)
    for used in (False, True):
        if used:
            fit.coef_table("kenward-roger"), fit.random_effects_se, fit.anova()
        for again in (copy.deepcopy(fit), pickle.loads(pickle.dumps(fit))):
            pd.testing.assert_frame_equal(again.anova(ddf="kenward-roger"), fit.anova(ddf="kenward-roger"))
            pd.testing.assert_frame_equal(again.ranova(), fit.ranova())
            pd.testing.assert_frame_equal(again.predict(oats, se=True), fit.predict(oats, se=True))
            smaller = again.update(". ~ . - nitro:Variety - (1 | Variety:Block)")
            assert smaller.formula == "yield ~ nitro + Variety + (1 | Block)"
            assert smaller.ngroups == 6


def test_least_squares_and_moments_are_copied(d):
    ols = pickle.loads(pickle.dumps(hlm.ols("math ~ sector", d)))
    np.testing.assert_array_equal(ols.predict(d.head(3)), hlm.ols("math ~ sector", d).predict(d.head(3)))
    formula = FORMULAS[0]
    fit = copy.deepcopy(hlm.lmer(formula, hlm.moments(formula, d)))
    assert fit.llf == hlm.lmer(formula, hlm.moments(formula, d)).llf


@pytest.mark.parametrize(
    ("name", "instead"),
    [
        ("drop1", "anova(type='III') tests each fixed term"),
        ("step", "terms are not selected by their p values"),
        ("VarCorr", "see var_corr"),
        ("ranef", "see random_effects"),
    ],
)
def test_what_is_not_built_says_what_to_use(d, name, instead):
    fit = hlm.lmer("math ~ 1 + (1 | sch.id)", d)
    assert not hasattr(fit, name)
    with pytest.raises(AttributeError, match=f"a fit has no '{name}': ") as raised:
        getattr(fit, name)
    assert instead in str(raised.value)
    with pytest.raises(AttributeError, match=r"a fit has no 'colour'$"):
        fit.colour  # noqa: B018
