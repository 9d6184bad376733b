"""One predictor at a time by both models: the fits of lmer and ols, side by side."""

import pytest

import hlm
from hlm.course import both_ways


@pytest.fixture(scope="module")
def d():
    return hlm.load_hsb()


def test_each_row_is_what_the_two_models_say(d):
    table = both_ways(d, ["sector", "female"])
    for name, row in table.iterrows():
        flat, mixed = hlm.ols(f"math ~ {name}", d), hlm.lmer(f"math ~ {name} + (1 | sch.id)", d)
        assert row["ols"] == flat.params[name]
        assert row["se_mixed"] == mixed.bse[name]
        assert row["ratio"] == pytest.approx(row["se_mixed"] / row["se_ols"])
        assert row["icc"] == pytest.approx(row["tau00"] / (row["tau00"] + mixed.scale))


def test_the_design_effect_foretells_the_ratio_of_a_school_level_predictor_and_of_no_other(d):
    table = both_ways(d, ["sector", "meanses", "size", "female", "minority"])
    near = (table["ratio"] / table["expected"] - 1).abs() < 0.03
    assert near.to_dict() == {"sector": True, "meanses": True, "size": True, "female": False, "minority": False}


def test_each_predictor_leaves_a_variance_of_its_own(d):
    assert both_ways(d, ["sector", "meanses", "size"])["tau00"].nunique() == 3


def test_another_outcome_and_other_groups(d):
    renamed = d.rename(columns={"math": "score", "sch.id": "school"})
    table = both_ways(renamed, ["sector"], y="score", group="school")
    assert table.equals(both_ways(d, ["sector"]))


def test_an_unknown_column_is_named(d):
    with pytest.raises(Exception, match="colour"):
        both_ways(d, ["colour"])
