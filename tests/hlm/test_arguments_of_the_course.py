"""Whatever a figure or a function of the course is given, it answers, or refuses in one sentence of hlm's own."""

import inspect
import warnings
from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_arguments import OWN, bad

import hlm
from hlm.course import steps, widgets
from hlm.plots import BookFigure


@cache
def pupils():
    """Twelve small schools with all columns that the book's figures read."""
    rng = np.random.default_rng(1)
    g = np.repeat(np.arange(12), 12)
    columns = {
        "sch.id": g,
        "night": np.tile(np.arange(12.0), 12),
        "ses": rng.normal(size=144) + g % 5 / 2,
        "sector": (g % 2).astype(float),
    }
    data = pd.DataFrame({**columns, "town": list("abc") * 48})
    height, slope = 12 + 3 * rng.normal(size=12)[g] + data["sector"], 2 + 2 * rng.normal(size=12)[g]
    data["math"] = height + slope * data["ses"] + 2 * rng.normal(size=144)
    data["meanses"] = data.groupby("sch.id")["ses"].transform("mean")
    data["ses_within"] = data["ses"] - data["meanses"]
    return data


@cache
def models():
    """The book's models of them; hypothesis may not draw these anew for each example."""
    data = pupils()
    return {
        "null": hlm.lmer("math ~ 1 + (1 | sch.id)", data),
        "sector": hlm.lmer("math ~ sector + (1 | sch.id)", data),
        "slope": hlm.lmer("math ~ ses + (ses | sch.id)", data),
        "time": hlm.lmer("math ~ night + (night | sch.id)", data),
        "outcomes": hlm.lmer("math ~ (meanses + sector) * ses_within + (ses_within | sch.id)", data),
        "ols": hlm.ols("math ~ sector", data),
    }


@cache
def good():
    """Arguments with which each figure and each function of the course answers: a new one must be added here."""
    d, m, lines = pupils(), models(), hlm.school_regressions("math ~ ses", pupils())
    design = {"tau00": 6.7, "sigma2": 39.0, "n": 45, "J": 160, "var_x": 0.25}
    intercepts, slopes = np.arange(5.0), np.array([1.0, 3.0, 2.0, 5.0, 4.0])
    U, G = np.column_stack([intercepts, slopes]), m["slope"].cov_re
    way = steps.satterthwaite_steps(m["sector"], "sector")
    simulated = steps.simulated_variances(m["sector"], "sector", n=20)
    check = hlm.course.statsmodels_check(m["sector"], "sector")
    false = hlm.false_positives(m["sector"], "sector", n=20, seed=1)
    means = hlm.course.spread_of_means(m["sector"], d, "meanses", 3)
    rates = {"even": hlm.course.few_schools(m["sector"], [6], n=20).drop(columns="OLS")}
    pairs, next_day = hlm.course.occasion_correlations(m["time"]), hlm.course.neighbouring_residuals(m["time"], n=5)
    best = float(np.sqrt(m["sector"].cov_re.iloc[0, 0] / m["sector"].scale))
    of = {
        hlm.plots: {
            "added_constants": {"U": U, "gamma": [1.0, 2.0]},
            "centred_schools": {"data": d, "schools": (0, 1, 2)},
            "cloud": {"G": G, "U": U},
            "coefficients_beside": {"fits": {"a": m["ols"], "b": m["sector"]}, "terms": ["sector"]},
            "few_schools": {"rates": rates, "level": 0.05},
            "normal_quantiles": {"samples": hlm.course.standard_scores(m["slope"])},
            "predicted_deviations": {"fits": {"a": m["slope"]}, "group": "sch.id"},
            "residuals_by_fitted": {"fit": m["slope"], "bands": 5},
            "school_shares": {"fit": m["ols"], "groups": d["sch.id"], "term": "sector"},
            "school_spreads": {"fit": m["slope"], "data": d, "sets": 3},
            "score_ends": {"data": d, "width": 0.5},
            "without_each_school": {
                "without": m["sector"].influence_of_groups(),
                "fit": m["sector"],
                "x": "sector",
                "y": "var Intercept",
                "named": 2,
            },
            "coefficient_intervals": {"ols": m["ols"], "mixed": m["sector"]},
            "correlation_profile": {"fit": m["slope"], "reml": True},
            "correlations_apart": {"pairs": pairs, "xlabel": "nights"},
            "design_effects": {"icc": 0.2, "n": 45, "others": (0.1, 0.3)},
            "deviance_curves": {"fits": {"sector": m["sector"]}, "theta": (best / 2, best * 2)},
            "explained_variance": {"null": m["null"], "fit": m["sector"]},
            "false_positive_tests": {"results": false},
            "g_of_schools": {"fit": m["slope"]},
            "growth_panels": {"fit": m["slope"], "ylabel": "points", "columns": 2},
            "lines_and_g": {"intercepts": intercepts, "slopes": slopes, "answer": True, "students": d},
            "lines_and_points": {"data": d},
            "lines_by_mean_ses": {"fit": m["outcomes"], "data": d},
            "lines_to_match": {"pictures": {"A": (intercepts, slopes)}},
            "math_by_sector": {"data": d},
            "neighbours_expected": {"neighbours": next_day},
            "nested_and_crossed": {},
            "newton_path": {"fit": m["sector"], "start": best * 0.8},
            "nine_schools": {"data": d, "schools": 9},
            "partial_pooling": {"fit": m["slope"], "data": d},
            "plausible_slopes": {"fit": m["slope"], "lines": lines},
            "points_and_ellipse": {"fit": m["slope"], "lines": lines},
            "power_curves": {"effect": 1.0, **design, "students": (2, 5), "schools": (40, 80)},
            "reliabilities": {"fit": m["sector"]},
            "residual_variances": {"ols": m["ols"], "mixed": m["sector"]},
            "school_means": {"data": d},
            "school_panels": {"data": d, "schools": 4, "columns": 2},
            "school_sizes": {"data": d},
            "schools_or_students": {**design, "times": 8},
            "se_floor": {**design, "others": (40, 80)},
            "se_spread": {"variances": simulated, "steps": way, "df_ols": 70},
            "sector_gap": {"fit": m["outcomes"], "data": d},
            "sectors_compared": {"data": d},
            "selection_needed": {"gap": 1.2, "sd": 6.9, "measured": 0.4},
            "shrunken_means": {"fit": m["sector"]},
            "slopes_beside": {"slopes": {"a": (1.0, 0.0, 2.0)}, "label": "points"},
            "slopes_by_mean_ses": {"fit": m["outcomes"], "lines": lines, "data": d},
            "spread_of_means": {"means": means, "G": G},
            "total_slopes": {"data": d, "tau00": 1.0, "sigma2": 4.0},
            "two_intervals": {"ols": m["ols"], "mixed": m["sector"], "term": "sector"},
            "two_overall_means": {"fit": m["sector"], "letters": False},
            "variance_of_a_mean": {"tau00": 6.7, "sigma2": 39.0, "n": 45, "others": (1, 10)},
            "variance_parts": design,
            "variances_left": {"fits": {"a": m["slope"], "b": m["outcomes"]}},
            "weights_of_schools": {"fit": m["sector"]},
            "within_and_between": {"data": d},
            "wrong_stop": {"fit": m["sector"], "check": check, "row": check.index[-1]},
            "zero_moved": {"fit": m["slope"], "reach": 2.0},
            "zero_of_time": {"fit": m["slope"], "ylabel": "points"},
        },
        hlm.course: {
            "beside_r": {"r": "tests/reference/raudenbush_bryk.json", "models": ["means as outcomes"], "data": d},
            "both_ways": {"data": d, "predictors": ["ses", "sector"], "y": "math", "group": "sch.id"},
            "correlation_profile": {"fit": m["slope"], "correlations": [0.0, 0.5], "reml": True},
            "few_schools": {"fit": m["sector"], "schools": [6], "ones": 3, "n": 20, "seed": 1},
            "standard_scores": {"fit": m["slope"]},
            "g_of_lines": {"sets": {"A": (intercepts, slopes)}},
            "ledger": {"r": "tests/reference/ledger.json", "slides": None},
            "likelihood_ratio": {"smaller": -10.0, "larger": -8.0, "df": 1, "alpha": 0.05},
            "neighbouring_residuals": {"fit": m["time"], "n": 2, "seed": 1},
            "occasion_correlations": {"fit": m["time"]},
            "spread_of_means": {"fit": m["sector"], "data": d, "x": "meanses", "sets": 3},
            "statsmodels_beside": {"models": {"a": (m["sector"], "sector")}, "methods": ("default",)},
            "statsmodels_check": {"fit": m["sector"], "term": "sector", "methods": ("default",)},
            "statsmodels_loglike": {"fit": m["sector"]},
        },
        steps: {
            "deviance_curve": {"fit": m["sector"], "theta": [0.1, 0.2], "reml": True},
            "deviance_parts": {"fit": m["sector"], "tau00": 1.0, "sigma2": 4.0},
            "newton_steps": {"fit": m["sector"], "start": best * 0.8, "steps": 25},
            "satterthwaite_steps": {"fit": m["sector"], "term": "sector"},
            "school_weights": {"fit": m["sector"]},
            "simulated_variances": {"fit": m["sector"], "term": "sector", "n": 3, "seed": 1},
            "weighted_means": {"schools": steps.school_weights(m["sector"]), "y": "math", "by": "sector"},
        },
        widgets: {
            "g": {"fit": m["slope"]},
            "guess": {"seed": 1},
            "likelihood": {"fit": m["sector"], "far": 0.25},
            "moments_json": {"moments": m["sector"].moments},
            "no_effect": {"icc": 0.2, "n": 45, "J": 160, "share": 0.4, "results": false},
            "shrinkage": {"fit": m["null"], "groups": ["a", "b"]},
            "standard_error": {**design, "effect": 1.0},
        },
    }
    return {
        f"{module.__name__}.{name}": (getattr(module, name), arguments)
        for module, functions in of.items()
        for name, arguments in functions.items()
    }


@cache
def bad_here():
    """What no figure can be drawn of: the bad things of all functions, and data and fits that the course has not."""
    d, m = pupils(), models()
    return [
        *bad(), *m.values(), 1e300, 1e-300, d.drop(columns="sch.id"), d.drop(columns="sector"), d.assign(sector=2.0),
        d.assign(sector="b"), d.assign(sector=np.nan), d.assign(math=1.0), d.assign(ses=1.0), d.iloc[:1], d.iloc[:6],
        d.assign(**{"sch.id": "only one"}), d.assign(**{"sch.id": np.nan}), d.set_axis(np.zeros(len(d)), axis=0),
        d.groupby("sch.id").head(1), d.groupby("sch.id").head(2), d.assign(meanses="a"), d.assign(math=d["math"] * 1e200),
        hlm.lmer("math ~ ses + (0 + ses | sch.id)", d), hlm.lmer("math ~ 0 + ses + (1 | sch.id)", d),
        hlm.lmer("math ~ ses + (1 | town)", d), hlm.lmer("ses ~ 1 + (1 | town)", d),
        hlm.lmer("math ~ sector + ses + (ses || sch.id)", d), hlm.lmer("math ~ town + (1 | sch.id)", d),
        hlm.lmer("math ~ meanses + (meanses + ses | town)", d), hlm.school_regressions("math ~ ses", d).iloc[:0],
        hlm.school_regressions("math ~ ses", d).set_axis(list("abcdefghijkl"), axis=0), "sch.id", "town", "meanses",
        {"a": m["slope"]}, {"a": m["sector"], "b": m["slope"]}, {1: m["ols"]}, {"a": (1.0, 2.0)}, {"a": (3.0, 1.0, 2.0)},
        {"a": ([1.0], [2.0, 3.0, 4.0])}, {"a": ("x", "y")}, {"a": (1, np.nan, 2)}, (0, 1), (1, 0), (0.0, 1e9), (0, 0),
        (-1, 5), (1, 2, 3), (1, 2, 99), ("a", "b", "c"), [0.0], [1.5], [-0.2], [1e9], [np.nan], ["powell", "no"],
    ]  # fmt: skip


def call(name, changed):
    """Call a function with good arguments and some bad ones, and draw: only hlm's own exceptions may come out."""
    function, arguments = good()[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", RuntimeWarning)
        try:
            result = function(**{**arguments, **changed})
        except OWN:
            return
        if isinstance(result, BookFigure):
            result.svg()


def public():
    """Every function that the course and its figures offer."""
    for module in (hlm.plots, hlm.course, steps, widgets):
        for name in module.__all__:
            if inspect.isfunction(getattr(module, name)):
                yield f"{module.__name__}.{name}"


def test_every_figure_and_function_is_tried():
    assert set(public()) == set(good())
    for name, (function, arguments) in good().items():
        assert list(inspect.signature(function).parameters) == list(arguments), name


@pytest.mark.parametrize("name", sorted(public()))
def test_good_arguments_are_taken(name):
    function, arguments = good()[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert function(**arguments) is not None


@given(st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
def test_bad_arguments_are_answered_or_refused(data):
    name = data.draw(st.sampled_from(sorted(name for name, (_, arguments) in good().items() if arguments)))
    argument = data.draw(st.sampled_from(sorted(good()[name][1])))
    value = data.draw(st.sampled_from(range(len(bad_here()))))
    call(name, {argument: bad_here()[value]})


@pytest.mark.parametrize("left_out", sorted(pupils().columns))
def test_a_column_that_is_needed_is_named(left_out):
    """Each figure of data, without each of its columns: drawn without it, or refused by its name."""
    for name, (function, arguments) in good().items():
        if "data" in arguments:
            refused = None
            try:
                function(**{**arguments, "data": pupils().drop(columns=left_out)})
            except OWN as error:
                refused = str(error)
            assert refused is None or repr(left_out) in refused, f"{name}: {refused}"


@pytest.mark.parametrize("name", sorted(name for name, (_, arguments) in good().items() if "data" in arguments))
def test_data_without_rows_are_refused(name):
    function, arguments = good()[name]
    with pytest.raises(OWN):
        function(**{**arguments, "data": pupils().iloc[:0]})
