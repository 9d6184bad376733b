"""What hlm.lmer says of data and formulas that make no model: one error or warning that names what is wrong."""

import re
import warnings

import numpy as np
import pandas as pd
import pytest

import hlm


@pytest.fixture
def data():
    """Ten schools of six students; x is theirs, z their school's."""
    rng = np.random.default_rng(0)
    g = np.repeat(np.arange(10), 6)
    x, z, u = rng.standard_normal(60), rng.standard_normal(10)[g], rng.standard_normal(10)[g]
    return pd.DataFrame({"g": g, "x": x, "z": z, "h": g % 3, "y": 1 + x + u + rng.standard_normal(60)})


def refusal(formula, data):
    """The message of the ModelError; anything else that is raised or warned fails the test."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(hlm.ModelError) as caught:
            hlm.lmer(formula, data)
    return str(caught.value)


# ------------------------------------------------------------------------------------------------ the data frame


@pytest.mark.parametrize(
    ("formula", "name"),
    [("y ~ q + (1 | g)", "q"), ("q ~ x + (1 | g)", "q"), ("y ~ x + (q | g)", "q"), ("y ~ x:q + (1 | g)", "q")],
)
def test_a_missing_column_is_named_beside_those_there_are(data, formula, name):
    assert f"there is no column {name!r}; the columns are g, x, z, h, y" in refusal(formula, data)


def test_a_group_that_is_not_a_column(data):
    message = refusal("y ~ x + (1 | school)", data)
    assert "the group 'school' is not a column; the columns are g, x, z, h, y" in message


def test_an_empty_frame(data):
    assert "no rows" in refusal("y ~ x + (1 | g)", data.iloc[:0])


@pytest.mark.parametrize("turn", [lambda d: list(d.columns), lambda d: d.to_numpy(), lambda d: None])
def test_data_that_are_no_table(data, turn):
    given = turn(data)
    message = refusal("y ~ x + (1 | g)", given)
    assert "data must be a data frame (of pandas, polars, pyarrow, or a dict of columns)" in message
    assert type(given).__name__ in message


def test_text_as_response_names_the_row(data):
    data["y"] = data["y"].astype(object)
    data.loc[3, "y"] = "absent"
    message = refusal("y ~ x + (1 | g)", data)
    assert "response 'y'" in message
    assert "row 3 has 'absent'" in message


@pytest.mark.parametrize(
    "turn",
    [lambda y: y.astype(str), lambda y: pd.Categorical(np.where(y > 1, "high", "low")), lambda y: y + 1j],
    ids=["text", "category", "complex"],
)
def test_a_response_that_is_no_number(data, turn):
    data["y"] = turn(data["y"])
    assert "response 'y' is" in refusal("y ~ x + (1 | g)", data)


def test_text_as_response_inside_a_function(data):
    assert "response" in refusal("C(h) ~ x + (1 | g)", data)


@pytest.mark.parametrize("value", [0.0, 3.3, -1e6])
def test_a_constant_response(data, value):
    assert "response y is constant" in refusal("y ~ x + (1 | g)", data.assign(y=value))


# ---------------------------------------------------------------------------------- missing and infinite values


@pytest.mark.parametrize("formula", ["y ~ x + (1 | g)", "y ~ I(1 * x) + (1 | g)"], ids=["plain", "evaluated"])
def test_rows_with_missing_values_are_left_out_counted_and_told(data, formula):
    holed = data.copy()
    holed.loc[3, "y"] = np.nan
    holed.loc[[4, 5], "x"] = [np.inf, np.nan]
    with pytest.warns(hlm.MissingDataWarning, match=r"3 of 60 rows left out .*x.*y"):
        fit = hlm.lmer(formula, holed)
    assert (fit.nobs, fit.dropped) == (57, 3)
    pd.testing.assert_series_equal(fit.params, hlm.lmer(formula, data.drop(index=[3, 4, 5])).params)


def test_missing_values_are_counted_by_column(data):
    data.loc[3, "y"], data.loc[[4, 5], "x"] = np.nan, np.inf
    with pytest.warns(hlm.MissingDataWarning, match=r"\(x: 2, y: 1\)"):
        hlm.lmer("y ~ x + (1 | g)", data)


def test_rows_without_a_group_are_left_out(data):
    data["g"] = data["g"].astype(float)
    data.loc[:5, "g"] = np.nan
    with pytest.warns(hlm.MissingDataWarning, match=r"6 of 60 rows left out .*g: 6"):
        fit = hlm.lmer("y ~ x + (1 | g)", data)
    assert (fit.nobs, fit.ngroups) == (54, 9)


@pytest.mark.parametrize("kind", ["Float64", "float32"])
def test_missing_values_of_other_number_types(data, kind):
    data["x"] = data["x"].astype(kind)
    data.loc[7, "x"] = None
    with pytest.warns(hlm.MissingDataWarning, match=r"1 of 60"):
        assert hlm.lmer("y ~ x + (1 | g)", data).nobs == 59


def test_missing_values_in_columns_that_are_not_used_leave_no_trace(data):
    data["h"] = np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert hlm.lmer("y ~ x + (1 | g)", data).dropped == 0


def test_values_lost_in_a_transformation_are_counted(data):
    with pytest.warns(hlm.MissingDataWarning, match=rf"{(data['x'] <= 0).sum()} of 60 rows .*log"):
        hlm.lmer("y ~ np.log(x) + (1 | g)", data)


@pytest.mark.parametrize("column", ["x", "y"])
def test_nothing_left_after_missing_values(data, column):
    message = refusal("y ~ x + (1 | g)", data.assign(**{column: np.nan}))
    assert "no row is complete" in message
    assert f"{column}: 60" in message


# ------------------------------------------------------------------------------------------- groups and columns


def test_one_group(data):
    assert "g has one group only" in refusal("y ~ x + (1 | g)", data[data["g"] == 4])


def test_one_group_left_after_missing_values(data):
    data.loc[data["g"] != 4, "x"] = np.nan
    with pytest.warns(hlm.MissingDataWarning), pytest.raises(hlm.ModelError, match="one group only"):
        hlm.lmer("y ~ x + (1 | g)", data)


def test_as_many_groups_as_rows(data):
    assert "every one of the 60 rows is a group of its own in g" in refusal("y ~ x + (1 | g)", data.assign(g=range(60)))


def test_fewer_rows_than_coefficients(data):
    few = data.iloc[[0, 1, 6, 7]]
    with pytest.warns(hlm.CollinearColumnsWarning), pytest.raises(hlm.ModelError, match=r"4 complete rows .* 4 fixed"):
        hlm.lmer("y ~ x + z + I(x**2) + I(x**3) + (1 | g)", few)
    # As many rows as coefficients fit exactly, and leave nothing for a residual.
    assert "4 complete rows cannot determine 4 fixed" in refusal("y ~ x + z + I(x**2) + (1 | g)", few)
    with pytest.raises(hlm.ModelError, match="4 complete rows cannot determine 4 fixed"):
        hlm.ols("y ~ x + z + I(x**2)", few)


def test_columns_that_are_merely_correlated_are_accepted(data):
    noise = np.random.default_rng(1).standard_normal(len(data))
    fit = hlm.lmer("y ~ x + w + (1 | g)", data.assign(w=data["x"] + 1e-4 * noise))
    assert fit.converged


# -------------------------------------------------------------------------------------------- the random part


def test_more_random_coefficients_than_rows_in_any_group_are_not_identified():
    rng = np.random.default_rng(3)
    pairs = pd.DataFrame({"g": np.repeat(np.arange(8), 2), "x": np.tile([0.0, 1.0], 8), "y": rng.standard_normal(16)})
    message = refusal("y ~ x + (x | g)", pairs)
    assert "cannot identify the random part" in message
    assert "Intercept, x within g" in message


def test_a_random_slope_that_is_all_zero(data):
    assert "random coefficient of c has nothing to act on" in refusal("y ~ x + (0 + c | g)", data.assign(c=0.0))


def test_a_random_slope_that_repeats_the_intercept(data):
    assert re.search(r"random coefficient of c|cannot identify", refusal("y ~ x + (c | g)", data.assign(c=2.0)))


@pytest.mark.parametrize("random", ["(1 | g) + (1 | g)", "(x | g) + (1 | g)"])
def test_a_coefficient_in_two_terms_of_a_group(data, random):
    assert "Intercept stands in two random terms" in refusal(f"y ~ {random}", data)


# ------------------------------------------------------------------------------------------------- the formula


@pytest.mark.parametrize(
    ("formula", "why"),
    [
        ("", "one ~"),
        ("y = x + (1 | g)", "one ~"),
        ("y ~ x ~ (1 | g)", "one ~"),
        ("~ x + (1 | g)", "no response"),
        ("1 ~ x + (1 | g)", "the response must be a variable, not 1"),
        ("y ~ x", "no random term"),
        ("y ~", "no random term"),
        ("y ~ x + (1 | g", "the ( at character 9 is not closed"),
        ("y ~ x + 1 | g)", "closes nothing"),
        ("y ~ x + 1 | g", "in parentheses"),
        ("y ~ x + (1 | )", "cannot read the random term"),
        ("y ~ x + ( | g)", "cannot read the random term"),
        ("y ~ x + (1 | g | z)", "cannot read the random term"),
        ("y ~ x + (0 | g)", "no coefficient in it"),
        ("y ~ 0 + (1 | g)", "no fixed effect"),
        ("y ~ x * * z + (1 | g)", "does not parse"),
        ("y ~ x + @ + (1 | g)", "does not parse"),
        ("y ~ x + unheard(x) + (1 | g)", "'unheard' is not defined"),
    ],
)
def test_a_formula_that_does_not_parse_is_quoted_with_the_reason(data, formula, why):
    message = refusal(formula, data)
    assert f"formula {formula!r}" in message
    assert why in message


def test_a_formula_that_is_no_text(data):
    assert "the formula must be text, not int" in refusal(5, data)


# ----------------------------------------------------------------------------------------------- the optimiser


@pytest.mark.parametrize("formula", ["y ~ y + (1 | g)", "twice ~ x + (1 | g)"])
def test_a_response_that_the_columns_explain_exactly(data, formula):
    assert "explain" in refusal(formula, data.assign(twice=2 * data["x"] + 1))


@pytest.mark.parametrize("formula", ["y ~ 1 + (1 | g)", "y ~ x + (1 | g)"])
def test_a_response_without_spread_within_groups_is_not_passed_off_as_a_fit(data, formula):
    """The likelihood has no maximum: it grows without end as sigma2 goes to zero."""
    assert "residual variance" in refusal(formula, data.assign(y=data["g"] * 1.0))


@pytest.mark.parametrize(
    ("formula", "rows"),
    [("y ~ C(g) + (1 | g)", slice(None)), ("y ~ x + z + (1 | g)", slice(12)), ("y ~ x + (1 | g)", [0, 1, 6])],
)
def test_fixed_effects_that_leave_nothing_between_groups(data, formula, rows):
    """With REML the likelihood is then flat in tau00, and any answer would be its starting value."""
    assert "cannot identify the random part" in refusal(formula, data.iloc[rows])


def test_groups_whose_labels_cannot_be_told_apart(data):
    assert "group 'g' cannot be told apart" in refusal("y ~ x + (1 | g)", data.assign(g=[[k] for k in data["g"]]))


def test_a_date_as_predictor(data):
    assert "y ~ t" in refusal("y ~ t + (1 | g)", data.assign(t=pd.date_range("1982-01-01", periods=60)))


def test_missing_values_are_counted_by_variable_in_a_transformation(data):
    data.loc[[1, 2], "x"] = np.nan
    data.loc[7, "y"] = np.nan
    with pytest.warns(hlm.MissingDataWarning, match=r"3 of 60 rows .*\(y: 1, x: 2\)|\(x: 2, y: 1\)"):
        assert hlm.lmer("y ~ np.exp(x) + (1 | g)", data).nobs == 57


def test_a_response_whose_squares_overflow(data):
    with np.errstate(all="ignore"):
        message = refusal("y ~ x + (1 | g)", data.assign(y=data["y"] * 1e200))
    assert re.search(r"y is too large: its squares overflow", message)


def test_a_factor_before_two_bars_is_told_what_to_write(data):
    message = refusal("y ~ x + (f || g)", data.assign(f=["p", "q", "r"] * (len(data) // 3)))
    assert "write (f | g) or (0 + f | g)" in message
    assert "write (f | g)" not in refusal("y ~ 1 + (1 | g) + (0 + one | g)", data.assign(one=1.0))


def test_a_singular_fit_says_so_in_words(data):
    data["y"] -= data.groupby("g")["y"].transform("mean")
    with pytest.warns(hlm.SingularFitWarning, match="the variance of Intercept within g is zero"):
        assert hlm.lmer("y ~ 1 + (1 | g)", data).singular


def test_a_doubled_column(data):
    assert "two columns called 'x'" in refusal("y ~ x + (1 | g)", pd.concat([data, data[["x"]]], axis=1))


def test_a_complex_column(data):
    assert "'x' has complex numbers" in refusal("y ~ x + (1 | g)", data.assign(x=data["x"] + 1j))


def test_reml_is_true_or_false(data):
    with pytest.raises(hlm.ModelError, match="reml must be True or False"):
        hlm.lmer("y ~ x + (1 | g)", data, reml="yes")
