"""Whatever a public function is given, it answers, or refuses in one sentence of hlm's own."""

import contextlib
import inspect
import warnings
from collections.abc import Iterable
from fractions import Fraction
from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import hlm
from hlm.arguments import described, fits

OWN = (hlm.ModelError, hlm.DataError)


@cache
def things():
    """Small data and fits, and whatever else the functions are called with."""
    rng = np.random.default_rng(0)
    g = np.repeat(np.arange(12), 6)
    data = pd.DataFrame(
        {
            "sch.id": g,
            "ses": rng.normal(size=72),
            "sector": (g % 2).astype(float),
            "town": list("abc") * 24,
            "count": 1 + g % 5,
        }
    )
    data["math"] = 12 + (rng.normal(size=12)[g] * (1 + data["ses"])) + data["sector"] + 2 * rng.normal(size=72)
    ri, rs = hlm.lmer("math ~ sector + (1 | sch.id)", data), hlm.lmer("math ~ ses + (ses | sch.id)", data)
    null = hlm.lmer("math ~ 1 + (1 | sch.id)", data)
    lines = hlm.school_regressions("math ~ ses", data)
    ols, towns = hlm.ols("math ~ sector", data), hlm.lmer("math ~ town + (1 | sch.id)", data)
    separate = hlm.separate_variances("math ~ ses + (1 | sch.id)", data, "sector")
    return {
        "separate": separate, "towns": towns,
        "data": data, "ri": ri, "rs": rs, "null": null, "lines": lines, "ols": ols,
        "compared": hlm.compare(null, ri), "moments": hlm.moments("math ~ sector + (1 | sch.id)", data),
    }  # fmt: skip


def good():
    """Arguments with which each public function and method answers: a new one must be added here."""
    t = things()
    data, ri, rs = t["data"], t["ri"], t["rs"]
    numbers = {"tau00": 6.7, "sigma2": 39.0, "n": 45, "J": 160, "var_x": 0.25}
    beside = {"weights": "count", "offset": data["ses"]}
    return {
        "bootstrap": (hlm.bootstrap, {"fit": ri, "n": 2, "seed": 1}),
        "boundary_p": (hlm.boundary_p, {"comparison": t["compared"]}),
        "cluster_robust": (hlm.cluster_robust, {"fit": t["ols"], "groups": data["sch.id"], "kind": "CR2"}),
        "coefficients_beside": (hlm.coefficients_beside, {"fits": {"a": t["ols"], "b": ri}, "terms": ["sector"]}),
        "compare": (hlm.compare, {"fits": (t["null"], ri, t["ols"])}),
        "correlation": (hlm.correlation, {"G": rs.cov_re}),
        "describe": (hlm.describe, {"data": data, "group": "sch.id"}),
        "design_effect": (hlm.design_effect, {"icc": 0.2, "n": 45}),
        "false_positives": (hlm.false_positives, {"fit": ri, "term": "sector", "n": 3, "alpha": 0.05, "seed": 1}),
        "for_marginaleffects": (hlm.for_marginaleffects, {"fit": ri}),
        "group_summary": (hlm.group_summary, {"data": data, "y": "math", "by": "sector", "names": {0: "a", 1: "b"}}),
        "invent": (
            hlm.invent,
            {
                "formula": "y ~ ses + (ses | sch.id)", "data": data, "gamma": {"Intercept": 1, "ses": 2},
                "G": rs.cov_re, "sigma2": 4.0, "seed": 1,
            },
        ),
        "invent_design": (
            hlm.invent_design,
            {
                "groups": 3, "sizes": range(2, 5), "within": {"x": {"mean": 0, "sd": 1}}, "between": {"w": 0.5},
                "group": "g", "seed": 1,
            },
        ),
        "lmer": (hlm.lmer, {"formula": "math ~ ses + (1 | sch.id)", "data": data, "reml": True, **beside}),
        "load_hsb": (hlm.load_hsb, {"path": None}),
        "load_paste": (hlm.load_paste, {"path": None}),
        "load_sleep": (hlm.load_sleep, {"path": None}),
        "moments": (hlm.moments, {"formula": "math ~ ses + (1 | sch.id)", "data": data, "context": None, **beside}),
        "move_zero": (hlm.move_zero, {"G": rs.cov_re, "to": 1.0}),
        "model_steps": (hlm.model_steps, {"models": {"null": hlm.lmer("math ~ 1 + (1 | sch.id)", data), "sector": ri}}),
        "num": (hlm.num, {"value": 1.5, "digits": 2}),
        "ols": (hlm.ols, {"formula": "math ~ ses", "data": data}),
        "power": (hlm.power, {"effect": 1.0, **numbers, "alpha": 0.05}),
        "regression_table": (hlm.regression_table, {"models": [t["ols"], ri], **options(hlm.regression_table)}),
        "school_regressions": (hlm.school_regressions, {"formula": "math ~ ses", "data": data, "group": "sch.id"}),
        "school_summary": (hlm.school_summary, {"data": data, "y": "math", "group": "sch.id"}),
        "se_hlm": (hlm.se_hlm, numbers),
        "se_ols": (hlm.se_ols, {"sigma2_star": 40.0, "n": 45, "J": 160, "var_x": 0.25}),
        "separate_variances": (
            hlm.separate_variances,
            {"formula": "math ~ ses + (1 | sch.id)", "data": data, "by": "sector", "reml": True},
        ),
        "shrinkage": (hlm.shrinkage, {"fit": t["null"]}),
        "p_text": (hlm.p_text, {"p": 0.02, "digits": 3}),
        "slope_parts": (
            hlm.slope_parts, {"formula": "math ~ ses", "data": data, "tau00": 1.0, "sigma2": 4.0, "group": "sch.id"}
        ),
        "slope_tests": (hlm.slope_tests, {"models": {"raw": rs}, "data": data}),
        "within_between": (hlm.within_between, {"data": data, "column": "ses", "group": "sch.id"}),
        "spread_of_lines": (hlm.spread_of_lines, {"lines": t["lines"], "fit": rs}),
        "summ": (hlm.summ, {"fit": ri, "digits": 5, "ddf": "satterthwaite"}),
        "t_test": (hlm.t_test, {"data": data, "y": "math", "by": "sector", "names": {0: "a", 1: "b"}}),
        "table": (hlm.table, {"frame": data.head(3), "digits": 2, "labels": {"ses": "SES"}, "verbatim": ("sch.id",)}),
        "variance_explained": (hlm.variance_explained, {"null": t["null"], "fit": ri}),
        "MixedResults.anova": (ri.anova, {"type": "III", "ddf": "satterthwaite"}),
        "MixedResults.as_ml": (ri.as_ml, {}),
        "MixedResults.as_reml": (ri.as_reml, {}),
        "MixedResults.coef_table": (ri.coef_table, {"ddf": "satterthwaite"}),
        "MixedResults.conf_int": (ri.conf_int, {"alpha": 0.05, "ddf": "satterthwaite"}),
        "MixedResults.contrast": (
            ri.contrast, {"L": {"sector": 1}, "ddf": "satterthwaite", "rhs": 0.5, "alpha": 0.05}
        ),
        "MixedResults.cov_params": (ri.cov_params, {"ddf": "satterthwaite"}),
        "MixedResults.df": (ri.df, {"method": "satterthwaite"}),
        "MixedResults.effect_intervals": (t["null"].effect_intervals, {"alpha": 0.05}),
        "MixedResults.ls_means": (
            t["towns"].ls_means,
            {"term": "town", "pairwise": True, "ddf": "satterthwaite", "adjust": "holm", "alpha": 0.05},
        ),
        "MixedResults.ranova": (rs.ranova, {}),
        "MixedResults.influence_of_groups": (ri.influence_of_groups, {"group": "sch.id"}),
        "MixedResults.influence_of_rows": (ri.influence_of_rows, {}),
        "MixedResults.predict": (
            ri.predict,
            {"data": data.head(4), "random_effects": True, "se": True, "interval": "prediction", "alpha": 0.05},
        ),
        "MixedResults.refit": (ri.refit, {"y": data["math"]}),
        "MixedResults.simulate": (ri.simulate, {"n": 1, "seed": 1}),
        "MixedResults.summary": (ri.summary, {}),
        "MixedResults.update": (ri.update, {"formula": ". ~ . + ses"}),
        "MixedResults.variance_intervals": (
            t["null"].variance_intervals, {"alpha": 0.05, "reml": False, "parm": "sd residual"}
        ),
        "SeparateVariances.coef_table": (t["separate"].coef_table, {}),
        "Moments.same_response": (t["moments"].same_response, {"other": t["moments"]}),
    }  # fmt: skip


def options(function):
    """A function's own defaults."""
    parameters = inspect.signature(function).parameters.values()
    return {p.name: p.default for p in parameters if p.default is not p.empty}


def bad():
    """Wrong types, shapes, empty, infinite, duplicated and foreign things."""
    t = things()
    data = t["data"]
    return [
        None, True, -1, 0, 3, -(10**30), 0.5, 1.5, -0.5, float("nan"), float("inf"), 1j, Fraction(1, 2), "", "a", "math",
        "math ~ 1", "ses", "math ~ ses + (1 | sch.id)", b"math", [], [1], ["a"], [[1, 2], [3]], [None], (), {}, {"a": 1},
        {"sector": "x"}, {1: 2}, set(), object(), len, hlm, np.array([]), np.arange(3.0), np.full((2, 2), np.nan),
        np.array(["a", "b"]), np.eye(2), np.zeros((2, 0)), np.arange(8.0).reshape(2, 2, 2), pd.Series(dtype=float),
        pd.Series([1.0, np.inf]), pd.Series({"sector": 1.0}), pd.DataFrame(), data, data.iloc[:0], data[["ses"]], data.T,
        data.assign(math=np.inf), data.assign(math="a"), data.assign(ses="a", sector="b"), data.assign(ses=np.nan),
        pd.concat([data, data], axis=1), data.astype(object), data.rename(columns={"math": 5}), t["lines"], t["ri"],
        t["rs"], t["null"], t["ols"], t["moments"], t["compared"], [t["ri"], t["ols"]], np.datetime64("2020-01-01"),
        pd.Timestamp(0), "satterthwaite", "kenward-roger", np.float64("nan"), np.int64(2), range(3), iter([1]), slice(1),
    ]  # fmt: skip


def called(function, arguments, *more, **others):
    """Call a function with named arguments; those that may be given several times are one list here."""
    several = [p.name for p in inspect.signature(function).parameters.values() if p.kind is p.VAR_POSITIONAL]
    if not several:
        return function(*more, **arguments, **others)
    given = arguments[several[0]]
    return function(*(given if isinstance(given, list | tuple) else [given, given]), *more, **others)


def call(name, changed):
    """Call a function with good arguments and some bad ones; only an exception of hlm's own may come out."""
    function, arguments = good()[name]
    with warnings.catch_warnings(), contextlib.suppress(*OWN):
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", RuntimeWarning)
        called(function, {**arguments, **changed})


def public():
    """Every public function, and every public method of a public class that is no exception or warning."""
    for name in hlm.__all__:
        member = getattr(hlm, name)
        if inspect.isfunction(member):
            yield name
        elif inspect.isclass(member) and not issubclass(member, Exception):
            for method, value in hlm.reference.members(member).items():
                if inspect.isfunction(value):
                    yield f"{name}.{method}"


def test_every_public_function_is_tried():
    assert set(public()) == set(good())
    for name, (function, arguments) in good().items():
        assert list(inspect.signature(function).parameters) == list(arguments), name


@pytest.mark.parametrize("name", sorted(good()))
def test_good_arguments_are_taken(name):
    if name == "for_marginaleffects":
        pytest.importorskip("marginaleffects")
    function, arguments = good()[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert called(function, arguments) is not None


@given(st.data())
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
def test_bad_arguments_are_answered_or_refused(data):
    name = data.draw(st.sampled_from([name for name, (_, arguments) in good().items() if arguments]))
    argument = data.draw(st.sampled_from(sorted(good()[name][1])))
    value = data.draw(st.sampled_from(range(len(bad()))))
    call(name, {argument: bad()[value]})


@pytest.mark.parametrize("name", sorted(good()))
def test_arguments_that_there_are_not_are_named(name):
    function, arguments = good()[name]
    with pytest.raises(hlm.ModelError, match="there is no argument 'colour'; "):
        called(function, arguments, colour="red")
    if name != "compare":
        with pytest.raises(hlm.ModelError, match="too many positional arguments"):
            function(*arguments.values(), *[None] * 30)


@pytest.mark.parametrize(
    ("name", "argument", "ours"),
    [
        ("lmer", "REML", "here it is reml"),
        ("lmer", "family", "here it is no argument, since responses are normal; for others, statsmodels has GEE"),
        ("lmer", "correlation", "here it is no argument, since residuals are independent"),
        ("lmer", "subset", "here it is no argument: give the rows"),
        ("MixedResults.predict", "re.form", "here it is random_effects"),
        ("MixedResults.predict", "newdata", "here it is data"),
        ("MixedResults.simulate", "nsim", "here it is n"),
        ("MixedResults.conf_int", "level", "here it is alpha, which is 1 - level"),
    ],
)
def test_names_of_rs_are_translated(name, argument, ours):
    function, arguments = good()[name]
    with pytest.raises(hlm.ModelError, match=f"is R's name; {ours}"):
        function(**arguments, **{argument: None})


def test_exceptions_are_what_callers_may_already_catch():
    with pytest.raises(TypeError):
        hlm.lmer("math ~ 1 + (1 | sch.id)", things()["data"], reml="yes")
    with pytest.raises(ValueError, match="alpha must be a number, not 'a'"):
        things()["ri"].conf_int(alpha="a")


@pytest.mark.parametrize(
    ("value", "hint", "fitting", "words"),
    [
        (True, int, False, "a whole number"),
        (np.int64(3), int, True, "a whole number"),
        (3, float, True, "a number"),
        ("x", float | None, False, "a number or None"),
        (float("nan"), float, False, "a number"),
        (1e300, float, True, "a number"),
        ((0.5, 1), tuple[float, float], True, "2 values (a number each)"),
        ((0.5, "b"), tuple[float, float], False, "2 values (a number each)"),
        ((0.5, 1, 2), tuple[float, float], False, "2 values (a number each)"),
        (iter("ab"), Iterable[str], True, "a list (of text each)"),
        ("ab", Iterable[str], False, "a list (of text each)"),
        (None, Iterable[float], False, "a list (of a number each)"),
        ([0.5, float("inf")], Iterable[float], False, "a list (of a number each)"),
        ("abc", list[str], False, "a list (of text each)"),
        (pd.DataFrame(), pd.DataFrame, True, "a pandas DataFrame"),
    ],
)
def test_types_in_words(value, hint, fitting, words):
    assert fits(value, hint) is fitting
    assert described(hint) == words
