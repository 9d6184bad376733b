"""Formulas made from others, as R's update() makes them."""

import numpy as np
import pandas as pd
import pytest

import hlm
from hlm.model.formula import parse_any
from hlm.model.update import updated

COLUMNS = ["y", "x", "z", "w", "g", "h", "final score", "sch.id"]


# What R 4.2.2's update() gives, in lme4's order of terms.
@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("y ~ x * z + (x | g)", ". ~ .", "y ~ x + z + x:z + (x | g)"),
        ("y ~ x * z + (x | g)", ". ~ . - x:z", "y ~ x + z + (x | g)"),
        ("y ~ x * z + (x | g)", ". ~ . - z", "y ~ x + x:z + (x | g)"),
        ("y ~ x + z + (x | g)", "~ . + w", "y ~ x + z + w + (x | g)"),
        ("y ~ x + z + (1 | g)", "log(.) ~ . - 1", "log(y) ~ 0 + x + z + (1 | g)"),
        ("y ~ 0 + x + (1 | g)", ". ~ . + 1", "y ~ x + (1 | g)"),
        ("y ~ x + z + (x | g)", ". ~ . - (x | g) + (1 | g)", "y ~ x + z + (1 | g)"),
        ("y ~ x + (1 | g)", ". ~ . + (1 | h)", "y ~ x + (1 | g) + (1 | h)"),
        ("y ~ x + (x || g)", ". ~ . - (0 + x | g)", "y ~ x + (1 | g)"),
        ("y ~ x + (x | g)", ". ~ . - (1 + x | g) + (x || g)", "y ~ x + (1 | g) + (0 + x | g)"),
        ("y ~ x + z + (1 | g)", "w ~ . - x - z", "w ~ 1 + (1 | g)"),
        ("y ~ x + z + (1 | g)", ". ~ (.)^2", "y ~ x + z + x:z + (1 | g)"),
        ("y ~ x + (1 | g)", ". ~ . * w", "y ~ x + w + x:w + (1 | g)"),
        ("y ~ x + (1 | g)", ". ~ z + (1 | h)", "y ~ z + (1 | h)"),
        ("y ~ I(x^2) + `final score` + (1 | sch.id)", ". ~ . - I(x^2)", "y ~ `final score` + (1 | sch.id)"),
        ("`final score` ~ x + (1 | g)", "I(. - 1) ~ .", "I(`final score` - 1) ~ x + (1 | g)"),
        ("y ~ x + (1 | g)", ". ~ . + poly(z, 2)", "y ~ x + poly(z, 2) + (1 | g)"),
    ],
)
def test_a_formula_is_updated(old, new, expected):
    text = updated(parse_any(old, COLUMNS), new)
    assert text == expected
    assert updated(parse_any(text, COLUMNS), ". ~ .") == expected


@pytest.mark.parametrize(
    ("new", "why"),
    [
        (". ~ . - (z | g)", r"no random term \(z \| g\) to take away; there are: \(x \| g\)"),
        (". ~ ", "nothing right of the ~"),
        (". + x", "one ~"),
        (". ~ . +", "does not parse"),
        (". ~ . - 2", "2 is not a term"),
    ],
)
def test_what_cannot_be_updated_is_refused(new, why):
    with pytest.raises(hlm.ModelError, match=why):
        updated(parse_any("y ~ x + (x | g)", COLUMNS), new)


@pytest.fixture(scope="module")
def d():
    return hlm.load_hsb()


def test_an_updated_fit_is_the_fit_of_the_formula(d):
    fit = hlm.lmer("math ~ ses * sector + (ses | sch.id)", d, reml=False)
    smaller = fit.update(". ~ . - ses:sector - (ses | sch.id) + (1 | sch.id)")
    expected = hlm.lmer("math ~ ses + sector + (1 | sch.id)", d, reml=False)
    assert smaller.formula == expected.formula
    assert smaller.llf == expected.llf
    assert not smaller.reml
    assert fit.update(". ~ . + female").nobs == len(d)


def test_update_knows_what_the_formula_used_where_it_was_fitted(d):
    def fitted():
        def half(x):
            return x / 2

        return hlm.lmer("math ~ half(ses) + np.exp(ses) + (1 | sch.id)", d)

    assert fitted().update(". ~ . + sector").params.index.tolist() == [
        "Intercept",
        "half(ses)",
        "np.exp(ses)",
        "sector",
    ]


def test_update_takes_the_data_as_they_were_fitted():
    data = hlm.load_hsb()
    fit = hlm.lmer("math ~ ses + (1 | sch.id)", data)
    data["ses"] = 0.0
    assert fit.update(". ~ .").llf == fit.llf


def test_what_has_no_data_of_its_own_is_refused(d):
    fit = hlm.lmer("math ~ ses + (1 | sch.id)", d)
    with pytest.raises(hlm.ModelError, match="was given to refit"):
        fit.refit(d["math"] + 1).update(". ~ . - ses")
    with pytest.raises(hlm.ModelError, match="update needs the rows, and this model was fitted from moments"):
        hlm.lmer("math ~ 1 + (1 | sch.id)", hlm.moments("math ~ 1 + (1 | sch.id)", d)).update(". ~ . + ses")
    with pytest.raises(hlm.ModelError, match="no random term such as"):
        fit.update(". ~ ses")


def test_rows_with_missing_values_come_back_with_their_column(d):
    gaps = d.assign(ses=np.where(np.arange(len(d)) % 10 == 0, np.nan, d["ses"]))
    with pytest.warns(hlm.MissingDataWarning):
        fit = hlm.lmer("math ~ ses + (1 | sch.id)", gaps)
    assert fit.update(". ~ . - ses").nobs == len(d)
    assert isinstance(fit.update(". ~ . - ses").params, pd.Series)
