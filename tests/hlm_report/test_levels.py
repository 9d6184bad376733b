"""Which columns vary within groups, which name groups, and what formulas are proposed: of real data and of invented ones."""

import numpy as np
import pandas as pd
import pytest
from cases import table

import hlm
from hlm_report import ReportError, columns_by_level, grouping_columns, propose
from hlm_report.formulas import parts
from hlm_report.levels import share_between


def test_the_levels_of_the_course_s_data():
    found = columns_by_level(hlm.load_hsb(), "sch.id")
    assert found["level"].to_dict() == {
        "math": "row", "size": "group", "sector": "group", "meanses": "group",
        "minority": "row", "female": "row", "ses": "row",
    }  # fmt: skip
    assert found.loc["sector", "kind"] == "0 or 1"
    assert found.loc["ses", "between"] == pytest.approx(0.2666, abs=1e-4)
    with pytest.raises(ReportError, match="there is no column 'school'"):
        columns_by_level(hlm.load_hsb(), "school")


def test_a_column_with_a_few_mistakes_is_nearly_the_group_s():
    assert columns_by_level(table("pupils.csv"), "school").loc["group_size", "level"] == "group, nearly"


def test_missing_values_are_no_level_of_their_own():
    d = pd.DataFrame({"g": [1, 1, 2, 2], "x": [3.0, None, 4.0, 4.0], "h": ["a", "a", None, "b"]})
    assert columns_by_level(d, "g")["level"].to_dict() == {"x": "group", "h": "group"}


@pytest.mark.parametrize(
    ("file", "group"),
    [
        ("../../../data/hsb.csv", "sch.id"), ("pupils.csv", "school"), ("sleepstudy.csv", "Subject"),
        ("ratpups.csv", "Litter"), ("orthodont.csv", "Subject"), ("growth.csv", "child"),
        ("report/coma.csv", "patient"), ("report/chemistry.csv.gz", "school"), ("report/cigarettes.csv", "state"),
    ],
)  # fmt: skip
def test_the_column_that_names_groups_is_found_and_the_proposals_fit(file, group):
    d = table(file)
    assert grouping_columns(d)[0] == group
    formulas = propose(d, group)
    assert formulas[0].endswith(f"~ 1 + (1 | {group})")
    if len(d) < 3000:
        for formula in formulas:
            hlm.lmer(formula, d)


def test_without_groups_or_without_an_outcome_nothing_is_proposed():
    rng = np.random.default_rng(1)
    assert grouping_columns(pd.DataFrame({"x": rng.normal(size=20), "y": rng.normal(size=20)})) == []
    assert propose(pd.DataFrame({"g": ["a", "a", "b", "b"], "t": ["x", "y", "z", "x"]}), "g") == []


def test_share_between_is_the_analysis_of_variance_s():
    codes, x = np.repeat([0, 1, 2], 4), np.array([1, 2, 3, 4, 3, 4, 5, 6, 9, 8, 7, 6.0])
    msb, msw = 4 * np.var([2.5, 4.5, 7.5], ddof=1), np.mean([np.var(x[k : k + 4], ddof=1) for k in (0, 4, 8)])
    assert share_between(x, codes) == pytest.approx((msb - msw) / (msb + 3 * msw))


@pytest.mark.parametrize(
    ("formula", "null", "ols", "parallel"),
    [
        ("y ~ x + (x | g)", "y ~ 1 + (1 | g)", "y ~ x", "y ~ x + (1 | g)"),
        ("y~(1|g)+x*z", "y ~ 1 + (1 | g)", "y ~ x*z", "y ~ x*z + (1 | g)"),
        ("y ~ x + (0 + x || a/b) + (1 | c)", "y ~ 1 + (1 | a/b) + (1 | c)", "y ~ x", "y ~ x + (1 | a/b) + (1 | c)"),
        ("log(y) ~ I(a | b) + (1 | g)", "log(y) ~ 1 + (1 | g)", "log(y) ~ I(a | b)", "log(y) ~ I(a | b) + (1 | g)"),
        ("`a + b` ~ `x | y` + (1 | `my g`)", "`a + b` ~ 1 + (1 | `my g`)", "`a + b` ~ `x | y`",
         "`a + b` ~ `x | y` + (1 | `my g`)"),
        ("y ~ 1 + (1 | g)", "y ~ 1 + (1 | g)", "y ~ 1", "y ~ 1 + (1 | g)"),
        ("y ~ (1 | g)", "y ~ 1 + (1 | g)", "y ~ 1", "y ~ 1 + (1 | g)"),
        ("y ~ x - 1 + (1 | g)", "y ~ 1 + (1 | g)", "y ~ x - 1", "y ~ x - 1 + (1 | g)"),
    ],
)  # fmt: skip
def test_a_formula_is_taken_apart(formula, null, ols, parallel):
    found = parts(formula)
    assert (found.null, found.ols, found.parallel) == (null, ols, parallel)
