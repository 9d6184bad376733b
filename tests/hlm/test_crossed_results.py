"""Whatever a fit of one grouping factor has to say, a fit of several says: nested, crossed, with slopes, singular."""

import inspect
import warnings
from functools import cache

import numpy as np
import pandas as pd
import pytest

import hlm
from hlm.results import MixedResults
from hlm.results.crossed import CrossedResults

FORMULAS = {
    "crossed": "y ~ x + f + (1 | school) + (1 | item)",
    "nested": "y ~ x + f + (1 | school/room)",
    "singular": "flat ~ x + f + (1 | school) + (1 | item)",
    "slopes": "y ~ x + f + (x | school) + (1 | item)",
    "weighted": "y ~ x + f + (1 | school) + (1 | item)",
}

LAST = {"nested": "(1 | school:room)"}


@cache
def data():
    rng = np.random.default_rng(8)
    d = pd.DataFrame({"school": np.repeat(np.arange(9), 16), "item": np.tile(np.arange(8), 18)})
    d["room"] = d.index % 16 // 8
    d["x"], d["f"] = rng.normal(size=144), rng.choice(list("abc"), 144)
    d["w"] = 1.0 + d.index % 3
    room = rng.normal(size=(9, 2))[d["school"], d["room"]]
    u, v = rng.normal(size=(9, 2)), rng.normal(size=8)
    d["flat"] = 1 + d["x"] + u[d["school"], 0] + rng.normal(size=144)
    d["flat"] -= (d["flat"] - d["x"]).groupby(d["item"]).transform("mean")
    d["y"] = d["flat"] + 0.7 * u[d["school"], 1] * d["x"] + v[d["item"]] + room
    return d


@cache
def fitted(name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", hlm.SingularFitWarning)
        return hlm.lmer(FORMULAS[name], data(), weights="w" if name == "weighted" else None)


# Arguments with which each method answers; a new one must be added here.
ARGUMENTS = {
    "anova": ({"type": "II"}, {"ddf": "kenward-roger"}),
    "as_ml": ({},),
    "as_reml": ({},),
    "coef_table": ({}, {"ddf": "kenward-roger"}),
    "conf_int": ({"alpha": 0.1},),
    "contrast": ({"L": "x = 1"}, {"L": ["x = 0", "Intercept = 0"], "ddf": "kenward-roger"}),
    "cov_params": ({}, {"ddf": "kenward-roger"}),
    "df": ({"method": "kenward-roger"},),
    "effect_intervals": None,  # seconds; in test_after_fit, against R
    "influence_of_groups": None,  # below
    "influence_of_rows": ({},),
    "ls_means": ({}, {"term": "f", "pairwise": True}),
    "predict": ({}, {"se": True}, {"random_effects": "(1 | school)", "interval": "prediction"}),
    "ranova": ({},),
    "refit": None,  # below
    "simulate": ({"n": 2, "seed": 1},),
    "summary": ({},),
    "update": ({"formula": ". ~ . - f"}, {"formula": ". ~ . - (1 | school)"}),
    "variance_intervals": None,  # in test_crossed_intervals, against R
}


def members(kind):
    return [name for name in dir(MixedResults) if not name.startswith("_") and kind(name)]


def is_method(name):
    return inspect.isfunction(inspect.getattr_static(MixedResults, name))


def test_every_method_is_tried():
    assert set(members(is_method)) == set(ARGUMENTS)


def numbers(value):
    """All numbers in what a fit says."""
    if isinstance(value, dict):
        return np.concatenate([numbers(part) for part in value.values()])
    if isinstance(value, pd.DataFrame):
        return value.select_dtypes("number").to_numpy(dtype=float).ravel()
    return np.ravel(value).astype(float) if isinstance(value, pd.Series | float | int) else np.zeros(0)


@pytest.mark.parametrize("name", FORMULAS)
def test_every_attribute_and_method_answers(name):
    fit = fitted(name)
    assert isinstance(fit, CrossedResults)
    assert fit.singular == (name == "singular")
    for attribute in members(lambda name: not is_method(name)):
        assert np.isfinite(numbers(getattr(fit, attribute))).all() or attribute == "var_corr", attribute
    for method, calls in ARGUMENTS.items():
        for arguments in calls or ():
            if "formula" in arguments:
                arguments = {"formula": arguments["formula"].replace("(1 | school)", LAST.get(name, "(1 | item)"))}
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", hlm.SingularFitWarning)
                answer = getattr(fit, method)(**arguments)
            if isinstance(answer, pd.DataFrame | pd.Series):
                assert len(answer), method
                missing = ["LRT", "df", "p"] if method == "ranova" else []
                assert np.isfinite(numbers(answer.drop(columns=missing) if missing else answer)).all(), method


def test_a_fit_without_a_group_is_the_fit_of_the_other_rows():
    d, fit = data(), fitted("weighted")
    without = hlm.lmer(FORMULAS["weighted"], d[d["item"] != 3], weights="w")
    row = fit.influence_of_groups("item").loc[3]
    np.testing.assert_allclose(row[list(fit.params.index)].astype(float), without.params, rtol=1e-6)
    assert row["var residual"] == pytest.approx(without.scale, rel=1e-6)
    change = fit.params - without.params
    distance = change @ np.linalg.solve(fit.cov_params(), change) / len(change)
    assert row["cooks_distance"] == pytest.approx(distance, rel=1e-5)


@pytest.mark.parametrize("name", FORMULAS)
def test_another_response_is_another_fit_of_the_same_rows(name):
    d, fit = data(), fitted(name)
    other = d["y"] ** 2 / 3 + d["flat"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", hlm.SingularFitWarning)
        again = fit.refit(other)
        anew = hlm.lmer(
            fit.formula.replace(fit.endog_name, "other", 1), d.assign(other=other), weights=fit.layout.weights or None
        )
    assert again.llf == pytest.approx(anew.llf, abs=1e-9)
    pd.testing.assert_frame_equal(again.coef_table(), anew.coef_table(), rtol=1e-6)


def test_tables_and_comparisons_take_them():
    crossed, slopes = fitted("crossed"), fitted("slopes")
    compared = hlm.compare(crossed, slopes)
    assert compared["chi2"].iloc[1] > 0
    one = hlm.lmer("y ~ x + f + (1 | school)", data())
    assert 0 < hlm.boundary_p(hlm.compare(one, crossed)) < 0.001
    both = hlm.regression_table([crossed, hlm.ols("y ~ x", data())], variance_components=True)
    for text in (both.text, both.html, both.latex, hlm.summ(slopes, ddf="kenward-roger").html):
        assert "school" in text
    assert "item" in hlm.table(crossed.var_corr)._repr_markdown_()


def test_what_of_the_course_is_of_one_factor_or_of_several():
    null, fit = (fitted("crossed").update(f". ~ {x} + (1 | school) + (1 | item)") for x in ("1", "x"))
    explained = hlm.variance_explained(null, fit)
    assert list(explained.index) == ["Intercept | school", "Intercept | item", "Residual"]
    assert explained.loc["Residual", "explained"] == pytest.approx(1 - fit.scale / null.scale)
    assert explained.loc["Intercept | item", "fit"] == pytest.approx(fit.cov_re["item"].iloc[0, 0])
    with pytest.raises(hlm.ModelError, match=r"different random coefficients \(Intercept and Intercept \| school"):
        hlm.variance_explained(hlm.lmer("y ~ x + (1 | school)", data()), fit)
    with pytest.raises(hlm.ModelError, match=r"give one of them, cov_re\['school'\]"):
        hlm.correlation(fit.cov_re)
    assert hlm.correlation(fitted("slopes").cov_re["school"]).iloc[0, 1] == fitted("slopes").var_corr["sdcor"][2]


def test_scores_are_in_units_of_the_spread_of_what_is_predicted():
    fit = fitted("slopes")
    scores = hlm.course.standard_scores(fit)
    assert list(scores) == ["residual", "Intercept | school", "x | school", "Intercept | item"]
    rows, V = fit.design, fit.scale * np.eye(fit.nobs)
    parts = {}
    for grouping in rows.groupings:
        G = fit.cov_re[grouping.name].to_numpy()
        Z = np.zeros((fit.nobs, len(grouping.groups), len(G)))
        for k, column in enumerate(fit.cov_re[grouping.name].columns):
            Z[np.arange(fit.nobs), grouping.codes, k] = rows.column(column)
        parts[grouping.name] = (Z, G)
        V += np.einsum("ija,ab,kjb->ik", Z, G, Z)
    for factor, (Z, G) in parts.items():
        predicted = np.einsum("ab,ijb,ik,kjc,cd->jad", G, Z, np.linalg.inv(V), Z, G, optimize=True)
        for k, name in enumerate(fit.cov_re[factor].columns):
            expected = fit.random_effects[factor][name] / np.sqrt(predicted[:, k, k])
            np.testing.assert_allclose(scores[f"{name} | {factor}"], expected, rtol=1e-8)


def test_figures_draw_one_factor_of_several():
    fit = fitted("slopes")
    without = hlm.bootstrap(fit, n=3).rename_axis("item")  # has the columns of influence_of_groups, and is made sooner
    for drawing in (
        hlm.plots.residuals_by_fitted(fit),
        hlm.plots.normal_quantiles({"item": hlm.course.standard_scores(fit)["Intercept | item"]}),
        hlm.plots.without_each_school(without, fit, "x", "cov Intercept, x | school"),
        hlm.plots.predicted_deviations({"a": fit}, group="school"),
    ):
        assert drawing.svg()
    axes = hlm.plots.without_each_school(without, fit, "x", "var Intercept | item").axes[0]
    assert axes.get_xlabel() == "coefficient of x, without the item"
    assert axes.lines[-2].get_ydata()[0] == pytest.approx(fit.cov_re["item"].iloc[0, 0])
    for group, message in (
        (None, "'school' or 'item', not None"),
        ("item", "one random slope"),
        ("room", "not 'room'"),
    ):
        with pytest.raises(hlm.ModelError, match=message):
            hlm.plots.predicted_deviations({"a": fit}, group=group)
