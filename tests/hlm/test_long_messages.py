"""A message names what the reader can use: of hundreds of columns, coefficients or levels the first ones, and how many
more there are. And where a table has columns of its own, none of the data's is lost beneath them."""

import warnings
from functools import cache

import numpy as np
import pandas as pd
import pytest

import hlm
from hlm.errors import listed

LONG = 700  # letters; twenty names of this test and two sentences


@cache
def wide():
    """A hundred and sixty predictors called x000 and so on, ten groups, and a factor of two hundred levels."""
    rng = np.random.default_rng(0)
    d = pd.DataFrame(rng.normal(size=(600, 160)), columns=[f"x{k:03}" for k in range(160)])
    return d.assign(
        y=rng.normal(size=600) + np.arange(600) % 10,
        g=np.arange(600) % 10,
        f=[f"level{k % 200:03}" for k in range(600)],
    )


@cache
def fit():
    return hlm.lmer("y ~ . - g - f + (1 | g)", wide())


@cache
def of_levels():
    return hlm.lmer("y ~ f + (1 | g)", wide())


CALLS = {
    "a predictor": lambda: hlm.lmer("y ~ nosuch + (1 | g)", wide()),
    "a group": lambda: hlm.lmer("y ~ x001 + (1 | nosuch)", wide()),
    "several groups": lambda: hlm.lmer("y ~ x001 + (1 | g) + (1 | nosuch)", wide()),
    "a nested group": lambda: hlm.lmer("y ~ x001 + (1 | g/nosuch)", wide()),
    "weights": lambda: hlm.lmer("y ~ x001 + (1 | g)", wide(), weights="nosuch"),
    "new data": lambda: fit().predict(wide()[["y", "g"]]),
    "a contrast as text": lambda: fit().contrast("nosuch = 0"),
    "a contrast by name": lambda: fit().contrast({"nosuch": 1}),
    "a contrast's length": lambda: fit().contrast([1.0, 2.0]),
    "a contrast of text": lambda: fit().contrast([["a"]]),
    "means": lambda: fit().ls_means("nosuch"),
    "a level": lambda: of_levels().predict(wide().head(1).assign(f="nosuch")),
    "a number for a level": lambda: of_levels().predict(wide().head(1).assign(f=1.0)),
    "a reference level": lambda: hlm.lmer("y ~ relevel(f, ref='nosuch') + (1 | g)", wide()),
    "a base": lambda: hlm.lmer("y ~ C(f, contr.treatment(base='nosuch')) + (1 | g)", wide()),
    "a column to split": lambda: hlm.within_between(wide(), "nosuch", "g"),
    "a score": lambda: hlm.school_summary(wide(), "nosuch", "g"),
    "a kind": lambda: hlm.separate_variances("y ~ x001 + (1 | g)", wide(), "nosuch"),
    "a label": lambda: hlm.table(wide(), labels={"nosuch": "x"}),
    "an order": lambda: hlm.regression_table([fit()], order=["nosuch"]),
    "a coefficient to keep": lambda: hlm.regression_table([fit()], keep=["nosuch"]),
    "a term to simulate": lambda: hlm.false_positives(fit(), "nosuch", n=2),
    "a term to draw": lambda: hlm.coefficients_beside({"a": fit()}, ["nosuch"]),
    "an estimate to draw": lambda: hlm.plots.without_each_school(hlm.bootstrap(fit(), n=2), fit(), "x001", "nosuch"),
    "an effect to draw": lambda: hlm.plots.without_each_school(hlm.bootstrap(fit(), n=2), fit(), "nosuch", "x001"),
    "groups to compare": lambda: hlm.t_test(wide(), "y", "f"),
}


@pytest.mark.parametrize("what", CALLS)
def test_errors_are_short(what):
    with pytest.raises((hlm.ModelError, hlm.DataError)) as raised:
        CALLS[what]()
    assert len(str(raised.value)) < LONG
    assert "x159" not in str(raised.value)
    assert "level199" not in str(raised.value)


def test_the_warning_of_columns_left_out_names_some():
    d = wide()
    copies = d.iloc[:, :100].rename(columns=lambda name: f"copy{name[1:]}")
    copies["all"] = d.iloc[:, :160].sum(axis=1)
    with pytest.warns(hlm.CollinearColumnsWarning) as caught:
        found = hlm.lmer("y ~ . - g - f + (1 | g)", pd.concat([d, copies], axis=1))
    text = str(caught[0].message)
    assert len(text) < LONG
    assert "copy000, which x000 and the intercept determine; " in text
    assert "(96 more). `left_out` of the fit names them all." in text
    assert len(found.left_out) == 101
    with pytest.warns(hlm.CollinearColumnsWarning) as caught:
        hlm.lmer("y ~ . - g - f + (1 | g)", d.assign(all=copies["all"]))
    assert "160 others and the intercept determine, x000, x001, x002, x003, x004 among them." in str(caught[0].message)


def test_the_warning_of_missing_values_names_some():
    d = wide().iloc[:, :150].where(~np.eye(600, 150, dtype=bool)).join(wide()[["y", "g"]])
    with pytest.warns(hlm.MissingDataWarning) as caught:
        hlm.lmer("y ~ . - g + (1 | g)", d)
    assert "150 of 600 rows left out" in str(caught[0].message)
    assert "x019: 1, ... (130 more))" in str(caught[0].message)


def test_few_names_are_all_there():
    assert listed("abc", 3) == "a, b, c"
    assert listed("abcd", 3) == "a, b, c, d"  # "1 more" would be no shorter
    assert listed("abcde", 3, "; ") == "a; b; c; ... (2 more)"


# ------------------------------------------------------------------------------------------------------- columns lost


def small():
    d = wide()[["y", "g", "x000"]].head(60)
    return d.assign(n=d["g"] % 3, weight=d["x000"])


@pytest.mark.parametrize("name", ["n", "mean", "sd", "se"])
def test_a_summary_loses_no_variable_of_the_school(name):
    d = small().drop(columns="n").assign(**{name: small()["n"]})
    with pytest.raises(
        hlm.DataError, match=f"school_summary gives a column '{name}' of its own, and the data have one"
    ):
        hlm.school_summary(d, "y", "g")
    of_students = d.assign(**{name: d["x000"]})  # is none of the school's, and has no place in the table
    assert list(hlm.school_summary(of_students, "y", "g")) == ["n", "mean", "sd", "se"]


def test_weights_of_schools_lose_no_predictor():
    for name in ("n", "weight"):
        with pytest.raises(hlm.ModelError, match=f"school_weights gives a column '{name}' of its own"):
            hlm.course.steps.school_weights(hlm.lmer(f"y ~ {name} + (1 | g)", small()))


@pytest.mark.parametrize("name", ["singular", "cooks_distance", "var residual", "var Intercept", "dfbetas Intercept"])
def test_tables_of_estimates_lose_none(name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", hlm.SingularFitWarning)
        found = hlm.lmer(f"y ~ `{name}` + (1 | g)", small().assign(**{name: small()["x000"]}))
    with pytest.raises(hlm.ModelError, match=f"influence_of_groups gives a column '{name}' of its own"):
        found.influence_of_groups()
    if name.startswith("var"):
        with pytest.raises(hlm.ModelError, match=f"bootstrap gives a column '{name}' of its own"):
            hlm.bootstrap(found, n=2)
