"""The formula language where R has nothing to compare with: names, types of columns, new data, the caller's objects."""

import math
import pickle
import warnings
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import hlm
from hlm.model.expressions import read, sides, words
from hlm.model.formula import parse_any


@pytest.fixture
def data():
    """Twelve groups of eight rows, with columns of all kinds."""
    rng = np.random.default_rng(5)
    g = np.repeat(np.arange(300, 312), 8)
    frame = pd.DataFrame(
        {"g": g, "x": rng.uniform(1, 5, 96), "n": rng.integers(0, 5, 96), "f": rng.choice(list("abc"), 96)}
    )
    frame["yes"] = frame["x"] > 3
    frame["y"] = frame["x"] + rng.normal(size=12)[g - 300] + (frame["f"] == "b") + rng.normal(size=96)
    return frame


@pytest.fixture(autouse=True)
def nothing_else_is_warned_of():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", hlm.SingularFitWarning)
        yield


def both(formula, data):
    """The mixed model with a random intercept, and the regression."""
    return hlm.lmer(f"{formula} + (1 | g)", data), hlm.ols(formula, data)


# ------------------------------------------------------------------------------------------- how a formula is read


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("a + b * c ^ 2 ^ d", "a + b * c^2^d"),
        ("-x^2", "-x^2"),
        ("-n%%4*2", "-n %% 4 * 2"),
        ("x>2&!z", "x > 2 & !z"),
        ("not x", "not x"),
        ("f( x , key = 'a b' )", "f(x, key='a b')"),
        ('f("it\'s")', 'f("it\'s")'),
        ("np.log( x+1 )", "np.log(x + 1)"),
        ("I(x**2)", "I(x ** 2)"),
        ("`a b`:c", "a b:c"),
        ("(x - 1).abs( ).max()", "(x - 1).abs().max()"),
        ("[1,2,3]", "c(1, 2, 3)"),
        ("{x+1}", "I(x + 1)"),
        ("x[1:3]", "x[1:3]"),
        ("stats::poly(x,2)", "poly(x, 2)"),
        ("1e-3*w + .5", "1e-3 * w + .5"),
        ('Q("a b") + x', "a b + x"),
        ("x # a comment", "x"),
    ],
)
def test_the_words_of_a_formula(text, means):
    assert words(read(text, sides(f"y ~ {text}")[1])) == means


@pytest.mark.parametrize(
    ("tight", "loose"),
    [
        ("a^b^c", "a^(b^c)"), ("-a^b", "-(a^b)"), ("-a:b", "(-a):b"), ("a:b%%c", "(a:b)%%c"), ("a%%b*c", "(a%%b)*c"),
        ("a*b+c", "(a*b)+c"), ("a+b>c", "(a+b)>c"), ("!a>b", "!(a>b)"), ("!a&b", "(!a)&b"), ("a&b|c", "(a&b)|c"),
        ("a-b-c", "(a-b)-c"), ("a/b/c", "(a/b)/c"), ("a|b&c", "a|(b&c)"), ("a^-b", "a^(-b)"),
        ("a*b%%c", "a*(b%%c)"), ("a/b%/%c", "a/(b%/%c)"), ("a%%b:c", "a%%(b:c)"), ("a:b^c", "a:(b^c)"), ("a+b*c", "a+(b*c)"),
        ("a>b+c", "a>(b+c)"), ("a&b>c", "a&(b>c)"), ("a&!b", "a&(!b)"), ("a*-b", "a*(-b)"), ("-a%%b", "(-a)%%b"),
    ],
)  # fmt: skip
def test_operators_bind_as_in_r(tight, loose):
    def bare(node):
        inner = getattr(node, "inner", None)
        if inner is not None:
            return bare(inner)
        operands = getattr(node, "operands", None)
        return (node.sign, *map(bare, operands)) if operands else words(node)

    assert bare(read(tight, sides(f"~ {tight}")[1])) == bare(read(loose, sides(f"~ {loose}")[1]))


@pytest.mark.parametrize(
    ("random", "groups"),
    [("(1 | g)", ["g"]), ("(1 | a/b)", ["b:a", "a"]), ("(1 | a:b)", ["a:b"]), ("(x || g) + (1 | h)", ["g", "g", "h"])],
)
def test_random_terms_of_several_groups_are_read(random, groups):
    """lmer refuses them; the language knows them."""
    assert [term.group for term in parse_any(f"y ~ x + {random}", []).random] == groups


@pytest.mark.parametrize(
    ("formula", "says"),
    [
        ("y ~ x * 2 + (1 | g)", "2 is not a term; only 0 and 1 stand alone"),
        ("y ~ 'x' + (1 | g)", "'x' is text, not a term; write the name of a column without quotes"),
        ("y ~ x^1.5 + (1 | g)", r"the power must be 1, 2, 3, ...; for arithmetic write I\(x\^1.5\)"),
        ("y ~ log(.) + (1 | g)", "a dot stands for all other columns, as a term of its own"),
        ("y ~ log('x) + (1 | g)", "the quotes are not closed, at character 9"),
        ("y ~ I(0 < x < 3) + (1 | g)", "comparisons do not chain; write 0 < x & x ..."),
        ("y ~ (lambda v: v)(x) + (1 | g)", "lambda is not part of the language, make what it does a column"),
        ("y ~ log(x, (1, 2)) + (1 | g)", r"a tuple has no meaning here; write c\(1, 2\) or \[1, 2\]"),
        ("y ~ x) + (1 | g)", r"the \) at character 6 closes nothing"),
        ("y ~ log(x] + (1 | g)", r"the \] at character 10 closes nothing"),
        ("y ~ x + y + (1 | g)", "the response y stands right of the ~ too"),
        ("y ~ cr(x, 3) + (1 | g)", "'cr' is not defined"),
        ("y ~ mean(x) + (1 | g)", r"mean\(x\): this is not a value in every row"),
        ("y ~ c(1, 2) + (1 | g)", r"c\(1, 2\): this is not a value in every row"),
        ("y ~ log(f) + (1 | g)", r"log\(f\): text and factors are not numbers"),
        ("y ~ x + sqrt + (1 | g)", "there is no column 'sqrt'"),
        ("y ~ scale(x, middle=TRUE) + (1 | g)", r"scale\(\) does not take these arguments"),
        ("y ~ x.nothing() + (1 | g)", "the name 'x.nothing' is not defined"),
        ("f ~ x + (1 | g)", "the response 'f' is .* not a number; row 0 has"),
        ("factor(n) ~ x + (1 | g)", "the response 'factor.n.' is text or a factor"),
        ("y ~ cut(x, 3, labels=[1]) + (1 | g)", r"cut\(x, 3, labels=c\(1\)\): "),
        ("y ~ relevel(f, 'z') + (1 | g)", "the level 'z' is not there; the levels are a, b, c"),
        ("y ~ C(f, contr.treatment('z')) + (1 | g)", "the base 'z' is not one of the levels a, b, c"),
        ("y ~ C(f, contr.treatment(base=0)) + (1 | g)", "the base 0 is not one of the levels a, b, c"),
        ("y ~ C(f, contr.treatment(base=4)) + (1 | g)", "the base 4 is not one of the levels a, b, c"),
        ("y ~ C(f, x) + (1 | g)", "contrasts are contr.treatment"),
        ("y ~ bs(x, df=1) + (1 | g)", "df must be at least 3"),
        ("y ~ ns(x, knots=[99]) + (1 | g)", "knots must lie between"),
    ],
)  # fmt: skip
def test_what_has_no_meaning_is_refused_in_a_sentence(data, formula, says):
    with pytest.raises(hlm.ModelError, match=says):
        hlm.lmer(formula, data)
    if formula.endswith(" + (1 | g)"):
        with pytest.raises(hlm.ModelError, match=says):
            hlm.ols(formula.removesuffix(" + (1 | g)"), data)


@pytest.mark.parametrize("name", ["yield", "in", "class", "lambda", "log", "C", "T", "pi", "c", "factor"])
def test_columns_may_be_called_as_words_of_either_language(data, name):
    data[name] = data["x"]
    for ours in both(f"y ~ {name} + log({name}) + C(n)", data):
        assert list(ours.params.index)[:3] == ["Intercept", name, f"log({name})"] or name in ours.params.index


def test_a_column_called_as_the_intercept_is_refused(data):
    with pytest.raises(hlm.ModelError, match="called Intercept could not be told from the intercept; rename it"):
        hlm.lmer("y ~ Intercept + (1 | g)", data.assign(Intercept=data["x"]))


def test_columns_that_would_have_one_name_are_refused(data):
    data["v"] = pd.Series([1, "1", 2] * 32, dtype=object)
    with pytest.raises(hlm.ModelError, match=r"two columns of the model would be called v\[1\]; rename"):
        hlm.ols("y ~ 0 + v", data)


# ----------------------------------------------------------------------------------------- which columns are used


def test_gaps_in_a_column_that_is_not_in_the_model_cost_no_row(data):
    """Words of the formula are not columns: functions, keywords, text, parts of longer names."""
    data["final score"] = data["x"]
    for name in ("log", "final", "score", "np", "base", "a", "x.mid"):
        data[name] = np.nan
    formula = "y ~ np.log(x + 100) + `final score` + log(x, base=10) + relevel(f, 'a')"
    mixed, flat = both(formula, data)
    assert mixed.nobs == flat.nobs == 96


def test_a_missing_value_that_a_function_deals_with_costs_no_row(data):
    data.loc[[3, 9], "x"] = np.nan
    mixed, flat = both("y ~ ifelse(is.na(x), 0, x) + is.na(x)", data)
    assert mixed.nobs == flat.nobs == 96


@pytest.mark.parametrize(
    ("term", "says"),
    [
        *(
            (term, "no row is complete")
            for term in ("x", "scale(x)", "log(x)", "factor(x)", "I(x / mean(x, na.rm=TRUE))")
        ),
        ("poly(x, 2)", "needs more different values than the 0 there are"),
        ("ns(x, 3)", "there are no values to place knots at"),
        ("cut(x, 3)", "there are no values to cut"),
    ],
)
def test_a_column_without_any_value_is_told_of_by_hlm_not_by_numpy(data, term, says):
    data["x"] = np.nan
    with pytest.raises(hlm.ModelError, match=says):
        hlm.lmer(f"y ~ {term} + (1 | g)", data)


def test_both_count_the_rows_left_out_alike(data):
    data.loc[[3, 9], "x"], data.loc[9, "y"] = np.nan, np.nan
    for fit in (lambda: hlm.lmer("y ~ np.exp(x) + (1 | g)", data), lambda: hlm.ols("y ~ np.exp(x)", data)):
        with pytest.warns(hlm.MissingDataWarning, match=r"2 of 96 rows left out .*\(x: 2, y: 1\)") as caught:
            assert fit().dropped == 2
        assert caught[0].filename == __file__


@pytest.mark.parametrize(
    "term", ["sch.id", "C(sch.id)", "np.exp(x.raw)", "log(x.raw)", "`x.raw`", "I(x.raw^2)", "poly(x.raw, 2)"]
)
def test_names_with_dots_are_taken_whole(data, term):
    renamed = data.rename(columns={"x": "x.raw", "n": "sch.id"})
    plain = term.replace("x.raw", "x").replace("sch.id", "n").strip("`")
    for ours, expected in zip(both(f"y ~ {term}", renamed), both(f"y ~ {plain}", data), strict=True):
        np.testing.assert_allclose(ours.params, expected.params)


# ------------------------------------------------------------------------------------------------ kinds of columns


KINDS = {
    "object": lambda f: f.astype(object),
    "string": lambda f: f.astype("string"),
    "arrow": lambda f: f.astype("string[pyarrow]"),
    "category": lambda f: f.astype("category"),
    "category of arrow strings": lambda f: f.astype("string[pyarrow]").astype("category"),
    "unused levels": lambda f: pd.Categorical(f, categories=["a", "b", "c", "never"]),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("factor", ["f", "C(f)", "factor(f)", "as.factor(f)"])
def test_text_of_any_kind_is_the_same_factor(data, kind, factor):
    expected, _ = both("y ~ f * x", data)
    turned = data.assign(f=KINDS[kind](data["f"]))
    for ours in both(f"y ~ {factor} * x", turned):
        assert [name.replace(factor, "f") for name in ours.params.index] == list(expected.params.index)
    mixed, flat = both(f"y ~ {factor} * x", turned)
    np.testing.assert_allclose(mixed.params, expected.params)
    few = turned.iloc[[5, 40]]
    np.testing.assert_allclose(mixed.predict(few), mixed.fittedvalues.loc[few.index])
    np.testing.assert_allclose(flat.predict(few), flat.fittedvalues.loc[few.index])


@pytest.mark.parametrize("kind", ["Int64", "int64[pyarrow]", "Float64", "float32", "object", Decimal])
def test_numbers_of_any_kind_are_numbers(data, kind):
    turned = data.assign(n=data["n"].map(Decimal) if kind is Decimal else data["n"].astype(kind))
    for ours, expected in zip(both("y ~ n + I(n^2)", turned), both("y ~ n + I(n^2)", data), strict=True):
        pd.testing.assert_series_equal(ours.params, expected.params)


@pytest.mark.parametrize("kind", ["bool", "boolean", "bool[pyarrow]", "object"])
def test_truth_values_have_one_name_in_both(data, kind):
    data["yes"] = data["yes"].astype(kind)
    for ours in both("y ~ yes * x", data):
        assert list(ours.params.index) == ["Intercept", "yes[T.True]", "x", "yes[T.True]:x"]
    for ours in both("y ~ 0 + yes", data):
        assert list(ours.params.index) == ["yes[False]", "yes[True]"]
    new = pd.DataFrame({"yes": [True, None, False], "x": 2.0, "g": 300})
    for ours in both("y ~ yes * x", data):
        assert ours.predict(new).isna().tolist() == [False, True, False]


def test_levels_that_no_row_has_any_more_are_dropped(data):
    kept = data.assign(f=data["f"].astype("category"))[data["f"] != "b"]
    for ours in both("y ~ f", kept):
        assert list(ours.params.index) == ["Intercept", "f[T.c]"]
    for ours in both("y ~ C(f, contr.sum)", kept):
        assert list(ours.params.index) == ["Intercept", "C(f, contr.sum)[S.a]"]
    with pytest.raises(hlm.ModelError, match="f has the one level 'a' in the rows used"):
        hlm.lmer("y ~ f + (1 | g)", data[data["f"] == "a"])


@pytest.mark.parametrize(
    ("values", "says"),
    [
        (
            pd.date_range("2020-01-01", periods=96),
            "the column 't' holds datetime64 values .*; make a number of them first",
        ),
        (pd.timedelta_range("1D", periods=96), "the column 't' holds timedelta64 values"),
        ([[k] for k in range(96)], "the column 't' has values that are neither numbers nor text"),
        (np.arange(96) + 1j, "the column 't' has complex numbers; a model takes real ones"),
    ],
)
def test_columns_that_are_neither_numbers_nor_levels(data, values, says):
    data["t"] = values
    with pytest.raises(hlm.ModelError, match=says):
        hlm.ols("y ~ t", data)
    with pytest.raises(hlm.ModelError, match=says):
        hlm.lmer("y ~ x + (t | g)", data)


@pytest.mark.parametrize("turn", [pa.Table.from_pandas, lambda d: d.to_dict("list"), lambda d: dict(d.items())])
def test_other_tables_are_read_as_data_frames(data, turn):
    for ours, expected in zip(both("y ~ x + f", turn(data)), both("y ~ x + f", data), strict=True):
        pd.testing.assert_series_equal(ours.params, expected.params)
        np.testing.assert_allclose(ours.predict(turn(data)), expected.predict(data))
    assert hlm.moments("y ~ x + (1 | g)", turn(data)).nobs == 96


def test_a_table_that_pandas_cannot_take_names_the_way_out(data, monkeypatch):
    def without_pyarrow(*_, **__):
        raise ModuleNotFoundError("pyarrow is required")

    monkeypatch.setattr("narwhals.stable.v1.DataFrame.to_pandas", without_pyarrow)
    with pytest.raises(hlm.ModelError, match=r"give data.to_pandas\(\) \(pyarrow is required\)"):
        hlm.ols("y ~ x", pa.Table.from_pandas(data))


def test_columns_of_different_lengths_are_refused():
    with pytest.raises(hlm.ModelError, match="data, a dict, does not make a table of columns"):
        hlm.ols("y ~ x", {"y": [1, 2, 3], "x": [1, 2]})


# --------------------------------------------------------------------------------------------------- new data


@pytest.mark.parametrize("factor", ["f", "C(f)", "factor(f)", "f:x", "interaction(f, yes)", "relevel(f, 'b')"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_level_that_the_fit_has_not_seen_is_refused_and_a_missing_one_is_not_predicted(data, factor, kind):
    fits = both(f"y ~ x + {factor}", data.assign(f=KINDS[kind](data["f"])))
    new = data.iloc[:4].copy()
    new["f"] = ["a", "b", "Z", "c"]
    for ours in fits:
        with pytest.raises(
            hlm.ModelError, match=r"f.* has the level 'Z', which the fit has not seen; .*\(row 2 of the data\)"
        ):
            ours.predict(new)
    new["f"] = ["a", "b", None, "c"]
    for ours in fits:
        assert ours.predict(new).isna().tolist() == [False, False, True, False]


def test_new_data_of_another_kind_are_refused(data):
    for ours in both("y ~ x + f", data):
        with pytest.raises(hlm.ModelError, match=r"x is not a number .'high'., and was one in the fit"):
            ours.predict(data.head(3).assign(x="high"))
        with pytest.raises(hlm.ModelError, match="f is a number here, and has levels in the fit"):
            ours.predict(data.head(3).assign(f=[1, 2, 3]))
        with pytest.raises(hlm.ModelError, match="new data: there is no column 'f'"):
            ours.predict(data[["x", "g"]])
        with pytest.raises(hlm.ModelError, match=r"new data must be a data frame .* not int"):
            ours.predict(5)


def test_least_squares_predicts_from_the_columns_of_X_as_well(data):
    """As statsmodels does, and what builds on it: in a frame or an array, whatever they were made from."""
    fit = hlm.ols("y ~ log(x) + f * n", data)
    X = pd.DataFrame(fit.model.exog, columns=list(fit.params.index))
    X["log(x)"] += 1
    for given in (X, X.to_numpy()):
        np.testing.assert_allclose(fit.predict(given), fit.fittedvalues + fit.params["log(x)"])
        np.testing.assert_allclose(fit.get_prediction(given).predicted_mean, fit.predict(given))


def test_missing_numbers_are_not_predicted(data):
    new = pd.DataFrame({"x": [2.0, None], "g": [300, 301]})
    for formula in ("y ~ x", "y ~ log(x)", "y ~ poly(x, 2)", "y ~ cut(x, 3)"):
        for ours in both(formula, data):
            assert ours.predict(new).isna().tolist() == [False, True]
    for ours in both("y ~ x", data):
        assert ours.predict({"x": [None, None], "g": [300, 301]}).isna().all()


def test_a_group_s_label_as_text_is_not_passed_off_as_a_new_group(data):
    fit, _ = both("y ~ x", data)
    known = fit.predict({"x": [2.0], "g": [305]})[0]
    assert fit.predict({"x": [2.0], "g": [305.0]})[0] == known
    assert fit.predict({"x": [2.0], "g": pd.Categorical([305])})[0] == known
    with pytest.raises(
        hlm.ModelError, match="the group '305' in 'g' is text here and a number in the data that were fit"
    ):
        fit.predict({"x": [2.0], "g": ["305"]})
    text, _ = both("y ~ x", data.astype({"g": str}))
    with pytest.raises(hlm.ModelError, match="the group '305' in 'g' is a number here and text in the data"):
        text.predict({"x": [2.0], "g": [305]})
    new = pd.DataFrame({"x": 2.0, "g": pd.Categorical([305, None])})
    assert fit.predict(new)[0] == known
    categories, _ = both("y ~ x", data.astype({"g": "category"}))
    assert categories.predict(new).tolist() == pytest.approx(fit.predict(new).tolist())
    for label in (999, "nobody", None):
        average = fit.predict({"x": [2.0]}, random_effects=False)[0]
        assert fit.predict({"x": [2.0], "g": [label]})[0] == pytest.approx(average)


def test_predictions_at_the_average_need_no_random_columns(data):
    fit = hlm.lmer("y ~ n + (x | g)", data)
    assert fit.predict(data[["n"]], random_effects=False).notna().all()


@pytest.mark.parametrize(
    "term",
    ["scale(x)", "poly(x, 3)", "ns(x, 3)", "bs(x, df=4)", "cut(x, 3)", "I(x - mean(x))", "I((x - min(x)) / sd(x))", "center(x)",
     "factor(n)", "C(n, contr.sum)", "interaction(f, n > 2)", "as.numeric(factor(f))", "cut(x, quantile(x))", "I(x > median(x))",
     "scale(log_of(x))", "cut(x, 3, labels=FALSE)", "poly(x, n, degree=2)"],
)  # fmt: skip
def test_what_a_function_learned_is_kept_for_new_data(data, term):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", hlm.MissingDataWarning)  # the lowest break is not in any interval
        fits = both(f"y ~ {term}", data)
    for ours in fits:
        rows = ours.fittedvalues.index[[1, 50]]
        np.testing.assert_allclose(ours.predict(data.loc[rows]), ours.fittedvalues.loc[rows])


def test_splines_go_on_beyond_the_data(data):
    """Natural splines as straight lines."""
    _, fit = both("y ~ ns(x, 3)", data)
    new = pd.DataFrame({"x": [6.0, 7.0, 8.0]})
    assert np.diff(fit.predict(new), 2) == pytest.approx(0, abs=1e-10)


# ----------------------------------------------------------------------------------------------- the caller's names


def log_of(x):
    return np.log(x)


def test_functions_of_the_caller_are_remembered():
    """Also where predict is called from elsewhere, and after the fit has been saved."""
    rng = np.random.default_rng(1)
    data = pd.DataFrame({"y": rng.normal(size=60), "x": rng.uniform(1, 2, 60), "g": np.repeat(range(10), 6)})

    def fitted():
        shift = 3
        assert shift == 3

        def local(x):
            return x * 2

        formula = "y ~ local(x) + log_of(x) + I(x^shift) + np.sin(x)"
        return hlm.lmer(f"{formula} + (1 | g)", data), hlm.ols(formula, data)

    for ours in fitted():
        np.testing.assert_allclose(ours.predict(data), ours.fittedvalues)
    for ours in both("y ~ log_of(x) + np.sin(x) + scale(x)", data):
        np.testing.assert_allclose(pickle.loads(pickle.dumps(ours)).predict(data), ours.fittedvalues)


def test_moments_know_the_caller_s_names_too(data):
    def local(x):
        return x * 2

    formula = "y ~ local(x) + log_of(x) + (1 | g)"
    expected = hlm.lmer(formula, data)
    for sums in (hlm.moments(formula, data), hlm.moments(formula, data, {"local": local, "log_of": log_of})):
        assert hlm.lmer(formula, sums).llf == pytest.approx(expected.llf)
    with pytest.raises(hlm.ModelError, match="the name 'local' is not defined"):
        hlm.moments(formula, data, {"log_of": log_of})


def test_the_caller_s_functions_come_before_the_language_s_but_not_those_for_single_numbers(data):
    expected, _ = both("y ~ sqrt(x)", data)
    sqrt = math.sqrt
    np.testing.assert_allclose(hlm.lmer("y ~ sqrt(x) + (1 | g)", data).params, expected.params)
    assert sqrt(4) == 2

    def scale(x):
        return x / 10

    own, _ = hlm.lmer("y ~ scale(x) + (1 | g)", data), scale
    plain, _ = both("y ~ I(x / 10)", data)
    np.testing.assert_allclose(own.params, plain.params)


def test_methods_of_a_column_can_be_called(data):
    for ours in (
        hlm.ols("y ~ x.clip(2, 4)", data),
        hlm.ols("y ~ (x - 3).abs()", data),
        hlm.ols("y ~ f.str.len() * 0 + x", data.assign(f="b")),
    ):
        assert ours.nobs == 96
