"""Comparison of two fits: what nests what, and what is left empty where nothing does."""

import numpy as np
import pandas as pd
import pytest

import hlm

pytestmark = [
    pytest.mark.filterwarnings("ignore::hlm.SingularFitWarning"),
    pytest.mark.filterwarnings("ignore::hlm.ConvergenceWarning"),
]


@pytest.fixture(scope="module")
def d():
    d = hlm.load_hsb()
    return d.assign(twice=2 * d["ses"] + 3, square=d["ses"] ** 2, public=1 - d["sector"])


NESTED = [
    ("math ~ 1 + (1 | sch.id)", "math ~ ses + (1 | sch.id)"),
    ("math ~ ses + (1 | sch.id)", "math ~ ses + (ses | sch.id)"),
    ("math ~ ses + (ses || sch.id)", "math ~ ses + (ses | sch.id)"),
    ("math ~ ses + (0 + ses | sch.id)", "math ~ ses + (ses | sch.id)"),
    # By other names: the same line in another unit, the other sector's indicator, a combination of both columns.
    ("math ~ twice + (1 | sch.id)", "math ~ ses + square + (1 | sch.id)"),
    ("math ~ public + (1 | sch.id)", "math ~ sector * ses + (1 | sch.id)"),
    ("math ~ ses + (0 + twice | sch.id)", "math ~ ses + (ses | sch.id)"),
    ("math ~ 0 + sector + public + (1 | sch.id)", "math ~ sector + ses + (1 | sch.id)"),
]
NOT_NESTED = [
    ("math ~ sector + (1 | sch.id)", "math ~ ses + square + (1 | sch.id)", "sector is no combination"),
    ("math ~ ses + (0 + ses | sch.id)", "math ~ ses + square + (1 | sch.id)", "random term .* holds that of ses"),
    (
        "math ~ 1 + (ses | sch.id)",
        "math ~ ses + square + sector + minority + (ses || sch.id)",
        "that of Intercept, ses",
    ),
    ("math ~ ses + (0 + twice | sch.id)", "math ~ ses + (ses || sch.id)", "holds that of twice"),
    ("math ~ ses + (1 | sch.id)", "math ~ sector + (1 | sch.id)", "both models have 4 parameters"),
    ("math ~ 1 + (1 | sch.id)", "math ~ 0 + ses + square + (1 | sch.id)", "Intercept is no combination"),
]


@pytest.mark.parametrize(("smaller", "larger"), NESTED)
def test_a_nested_model_is_tested(d, smaller, larger):
    table = hlm.compare(hlm.lmer(smaller, d, reml=False), hlm.lmer(larger, d, reml=False))
    assert table["chi2"].iloc[1] >= 0
    assert 0 <= table["p"].iloc[1] <= 1
    assert "note" not in table


@pytest.mark.parametrize(("smaller", "larger", "reason"), NOT_NESTED)
def test_models_that_are_not_nested_are_not_tested(d, smaller, larger, reason):
    fits = hlm.lmer(smaller, d, reml=False), hlm.lmer(larger, d, reml=False)
    table = hlm.compare(*fits)
    assert table[["chi2", "df", "p"]].isna().all(axis=None)
    np.testing.assert_allclose(table["aic"], [fit.aic for fit in fits])
    np.testing.assert_allclose(table["bic"], [fit.bic for fit in fits])
    assert table["note"].str.contains(reason).tolist() == [False, True]
    with pytest.raises(hlm.ModelError, match="tests nothing"):
        hlm.boundary_p(table)


def test_a_reml_fit_and_an_ml_fit_are_compared_by_maximum_likelihood(d):
    """Also where their fixed effects are the same, and only their criteria differ."""
    for smaller, larger in NESTED[:2]:
        expected = hlm.compare(hlm.lmer(smaller, d, reml=False), hlm.lmer(larger, d, reml=False))
        for reml in (True, False):
            mixed = hlm.compare(hlm.lmer(smaller, d, reml=reml), hlm.lmer(larger, d, reml=not reml))
            pd.testing.assert_frame_equal(mixed, expected)
    by_reml = hlm.compare(hlm.lmer(smaller, d), hlm.lmer(larger, d))
    assert by_reml["chi2"].iloc[1] != pytest.approx(expected["chi2"].iloc[1], rel=1e-3)


def test_a_name_that_means_something_else_does_not_nest(d):
    """Both models have a column called ses, of which one is its square."""
    other = d.assign(ses=d["square"])
    table = hlm.compare(hlm.lmer("math ~ ses + (1 | sch.id)", other), hlm.lmer("math ~ ses * sector + (1 | sch.id)", d))
    assert np.isnan(table["p"].iloc[1])


def test_rows_in_another_order_are_matched(d):
    smaller, larger = NESTED[4]
    mixed = hlm.lmer(larger, d.sample(frac=1, random_state=1))
    expected = hlm.compare(hlm.lmer(smaller, d), hlm.lmer(larger, d))
    assert hlm.compare(hlm.lmer(smaller, d), mixed)["p"].iloc[1] == pytest.approx(expected["p"].iloc[1], rel=1e-6)
    relabelled = hlm.lmer(larger, d.set_index(d.index + 1))
    assert hlm.compare(hlm.lmer(smaller, d), relabelled)["p"].iloc[1] == pytest.approx(expected["p"].iloc[1], rel=1e-6)
    lost = hlm.lmer(larger, d.sample(frac=1, random_state=1).reset_index().set_index(d.index + 1))
    with pytest.raises(hlm.ModelError, match="cannot be matched"):
        hlm.compare(hlm.lmer(smaller, d), lost)


def test_fits_from_moments_are_compared_by_name(d):
    def of(formula):
        return hlm.lmer(formula, hlm.moments(formula, d))

    nested, other = hlm.compare(of(NESTED[1][0]), of(NESTED[1][1])), hlm.compare(of(NESTED[4][0]), of(NESTED[4][1]))
    assert nested["p"].iloc[1] == pytest.approx(hlm.compare(*(hlm.lmer(f, d) for f in NESTED[1]))["p"].iloc[1])
    assert np.isnan(other["p"].iloc[1])


def test_a_terminal_shows_every_column(d):
    fits = [hlm.lmer(formula, d) for formula in NOT_NESTED[1][:2]]
    with pd.option_context("display.width", 80):
        text = repr(hlm.compare(*fits))
        intervals = repr(hlm.lmer("math ~ ses + (ses | sch.id)", d).variance_intervals(reml=True))
    assert "..." not in text
    assert all(name in text for name in ["parameters", "aic", "bic", "llf", "deviance", "chi2", "df", "p", "note"])
    assert "-1 is only just ruled out (rise 4.031); 1 is only just ruled out (rise 4.771)" in intervals


def test_coefficients_keep_their_name_in_a_table(d):
    assert hlm.lmer("math ~ ses + (1 | sch.id)", d).coef_table().reset_index().columns[0] == "coefficient"
