"""The first look at the data: the slides' numbers, to every digit that they print, and clear words for bad input."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import hlm
from hlm import DataError

SECTORS = {0: "public", 1: "Catholic"}


@pytest.fixture(scope="module")
def d():
    return hlm.load_hsb()


def test_describe_counts_students_and_schools(d):
    table = hlm.describe(d)
    assert list(table.index[table["level"] == 1]) == ["math", "minority", "female", "ses"]
    assert list(table.index[table["level"] == 2]) == ["size", "sector", "meanses"]
    assert set(table.loc[table["level"] == 1, "n"]) == {7185}
    assert set(table.loc[table["level"] == 2, "n"]) == {160}


def test_describe_weighs_schools_equally(d):
    one_row_a_school = d.drop_duplicates("sch.id")
    row = hlm.describe(d).loc["sector"]
    assert row["mean"] == pytest.approx(one_row_a_school["sector"].mean(), rel=1e-14)
    assert row["sd"] == pytest.approx(one_row_a_school["sector"].std(), rel=1e-14)
    assert row["mean"] != pytest.approx(d["sector"].mean(), abs=0.01)


def test_describe_leaves_text_out_and_counts_missing_values(d):
    some = d.assign(name="x", math=d["math"].where(d.index > 9))
    table = hlm.describe(some)
    assert "name" not in table.index
    assert table.loc["math", "n"] == 7175


def test_a_variable_that_is_missing_for_some_students_of_a_school_is_the_students(d):
    holes = d.assign(size=d["size"].astype(float).where(d.index != 3))
    assert hlm.describe(holes).loc["size", "level"] == 1


def test_school_summary_has_a_row_a_school_in_order(d):
    schools = hlm.school_summary(d)
    assert list(schools.index) == list(pd.unique(d["sch.id"]))
    assert list(schools.columns) == ["n", "mean", "sd", "se", "size", "sector", "meanses"]
    assert round(schools["n"].mean(), 1) == 44.9  # the slides: about 45 students per school
    assert schools["n"].sum() == 7185
    first = d.loc[d["sch.id"] == 1224, "math"]
    assert schools.loc[1224, "mean"] == pytest.approx(first.mean(), rel=1e-14)
    assert schools.loc[1224, "se"] == pytest.approx(stats.sem(first), rel=1e-14)


def test_school_summary_of_a_school_with_one_student_has_no_spread():
    data = pd.DataFrame({"sch.id": [1, 1, 2], "math": [1.0, 3.0, 5.0]})
    schools = hlm.school_summary(data)
    assert np.isnan(schools.loc[2, "sd"])
    assert schools.loc[1, "sd"] == pytest.approx(np.sqrt(2))


def test_group_summary_is_the_slide(d):
    groups = hlm.group_summary(d, "math", "sector", SECTORS)
    assert list(groups.index) == ["public", "Catholic"]
    assert [f"{x:.5f}" for x in groups["mean"]] == ["11.36407", "14.17030"]
    assert [f"{x:.6f}" for x in groups["sd"]] == ["7.079920", "6.359018"]
    assert list(groups["n"]) == [3642, 3543]


def test_t_test_is_the_slide(d):
    t = hlm.t_test(d, "math", "sector", SECTORS)
    assert f"{t.mean_dif:.6f}" == "-2.806225"
    assert f"{t.std_error:.6f}" == "0.158905"
    assert f"{t.t_value:.4f}" == "-17.6598"
    assert t.df == 7183
    assert 0 < t.p_value < 1e-60
    assert t.groups == ("public", "Catholic")
    assert list(t.frame().index) == ["public − Catholic"]


def test_t_test_agrees_with_scipy_and_with_least_squares(d):
    t = hlm.t_test(d, "math", "sector")
    other = stats.ttest_ind(d.loc[d["sector"] == 0, "math"], d.loc[d["sector"] == 1, "math"])
    assert t.t_value == pytest.approx(other.statistic, rel=1e-12)
    assert t.p_value == pytest.approx(other.pvalue, rel=1e-9)
    assert t.df == other.df
    ols = hlm.ols("math ~ sector", d)
    assert t.std_error == pytest.approx(ols.bse["sector"], rel=1e-10)
    assert -t.mean_dif == pytest.approx(ols.params["sector"], rel=1e-10)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda d: hlm.describe(d, group="school"), "no column 'school'.*sch.id, math"),
        (lambda d: hlm.describe(d.to_numpy()), "ndarray.*DataFrame"),
        (lambda d: hlm.describe(d.head(0)), "no rows"),
        (lambda d: hlm.school_summary(d, y="maths"), "no column 'maths'"),
        (lambda d: hlm.school_summary(d.assign(math=d["math"].astype(str))), "'math' holds .* numbers"),
        (
            lambda d: hlm.school_summary(d.assign(math=d["math"].where(d.index != 7))),
            "'math': 1 missing values, the first in row 7",
        ),
        (lambda d: hlm.school_summary(d.assign(math=d["math"].where(d.index != 7, np.inf))), "'math' has infinite"),
        (lambda d: hlm.school_summary(d.assign(math=d["math"].where(d.index != 7, -np.inf))), "'math' has infinite"),
        (lambda d: hlm.group_summary(d, "math", "sektor"), "no column 'sektor'"),
        (lambda d: hlm.group_summary(d, "math", "sector", {0: "public"}), "none for the group 1"),
        (lambda d: hlm.t_test(d, "math", "sch.id"), "160 .*1224, 1288, 1296"),
        (lambda d: hlm.t_test(d[d["sector"] == 1], "math", "sector"), "there are 1"),
        (lambda d: hlm.t_test(d.head(5).assign(sector=[0, 1, 1, 1, 1]), "math", "sector"), "group 0 has one row"),
    ],
)
def test_bad_input_gets_one_clear_error(d, call, message):
    with pytest.raises(DataError, match=message):
        call(d)
