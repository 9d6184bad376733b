"""What comes after a fit, against R: tests of fixed and random terms, means, intervals, spreads, comparisons."""

import numpy as np
import pandas as pd
import pytest

import hlm
from hlm.inference.adjustment import adjusted

from after_fit import MODELS, REFERENCE, data_of, fit_of, fitted, term_in_r

DDF = {"Satterthwaite": "satterthwaite", "Kenward-Roger": "kenward-roger"}
ANOVA = {"Sum Sq": "sum_sq", "Mean Sq": "mean_sq", "NumDF": "df_num", "DenDF": "df_denom", "F value": "F", "Pr(>F)": "p"}
RANOVA = {"npar": "npar", "logLik": "llf", "AIC": "aic", "LRT": "LRT", "Df": "df", "Pr(>Chisq)": "p"}
MEANS = {
    "Estimate": "estimate", "Std. Error": "se", "df": "df", "t value": "t", "lower": "lower", "upper": "upper",
    "Pr(>|t|)": "p",
}  # fmt: skip
PLAIN = [name for name in MODELS if name != "ratpups-empty-cell-crossed"]


def frame_of(rows, columns):
    """R's table with hlm's names of columns."""
    return pd.DataFrame.from_dict(rows, orient="index")[list(columns)].rename(columns=columns).astype(float)


def assert_close(ours, theirs, rtol, atol=0.0, **by_column):
    for column in theirs:
        np.testing.assert_allclose(
            ours[column].to_numpy(dtype=float), theirs[column], by_column.get(column, rtol), atol, err_msg=column
        )


# lmerTest's d.f. come from numerical derivatives; see LMERTEST in test_against_r.py.
FLAT = {"pupils": 1e-5, "oxboys-quadratic": 5e-7, "hsb-two-slopes": 5e-6}


@pytest.mark.parametrize("name", PLAIN)
@pytest.mark.parametrize("kind", ["I", "II", "III", "III, not rounded"])
def test_anova_is_lmertests(name, kind):
    # lmerTest's hypotheses of type III have seven digits, as those that "not rounded" stands beside.
    rtol = {"III": 2e-7, "III, not rounded": 1e-8}.get(kind, 1e-8)
    if name == "ratpups-helmert" and kind == "III":
        rtol = 1e-5  # litters have twelve pups or so: a slope times Lsize cancels
    for ddf, rows in MODELS[name]["anova"][kind].items():
        ours = fitted(name).anova(kind.partition(",")[0], ddf=DDF[ddf])
        theirs = frame_of(rows, ANOVA)
        assert [term_in_r(term) for term in ours.index] == list(theirs.index)
        df = max(1e-7, FLAT.get(name, 0)) if ddf == "Satterthwaite" else 1e-7
        assert_close(ours, theirs, max(rtol, 1e-9), df_denom=df, p=1e-4 if name == "hsb-factors" else 100 * max(rtol, df))


@pytest.mark.parametrize("name", PLAIN)
def test_ranova_is_lmertests(name):
    ours, theirs = fitted(name).ranova(), frame_of(MODELS[name]["ranova"], RANOVA)
    assert [row.replace("**", "^") for row in ours.index] == list(theirs.index)
    assert_close(ours, theirs, 1e-9, 2e-7, p=1e-6)


@pytest.mark.parametrize("name", PLAIN)
@pytest.mark.parametrize("what", ["means", "differences"])
def test_ls_means_are_lmertests(name, what):
    for ddf, of_ddf in MODELS[name]["ls_means"].items():
        rows, pairwise = of_ddf[what], what == "differences"
        if rows is None:
            continue
        theirs = frame_of(rows, {**MEANS, "holm": "holm", "bonferroni": "bonferroni"})
        terms = pd.DataFrame.from_dict(rows, orient="index")["term"].to_numpy()
        for term in fitted(name).ls_means().index.unique("term"):
            mine = terms == term_in_r(term)
            df = max(1e-7, FLAT.get(name, 0))
            for adjust in ("none", "holm", "bonferroni") if pairwise else ("none",):
                ours = fitted(name).ls_means(term, pairwise, ddf=DDF[ddf], adjust=adjust)
                expected = theirs[mine].assign(p=theirs[mine]["p" if adjust == "none" else adjust])
                assert_close(ours, expected[list(MEANS.values())], 1e-8, 1e-8, df=df, p=1e-5)
            levels = pd.DataFrame.from_dict(rows, orient="index")["levels"][mine]
            assert list(ours.index) == list(levels)


def test_the_reference_has_means_of_factors_and_of_interactions():
    tables = [MODELS[name]["ls_means"]["Satterthwaite"]["means"] for name in PLAIN]
    assert sum(table is not None for table in tables) >= 12
    assert any(":" in row["term"] for table in tables if table for row in table.values())


@pytest.mark.parametrize("name", PLAIN)
def test_var_corr_is_lme4s(name):
    ours, theirs = fitted(name).var_corr, list(MODELS[name]["var_corr"].values())
    assert list(ours["group"]) == [row["grp"] for row in theirs]
    assert list(ours.columns) == ["group", "var1", "var2", "vcov", "sdcor"]
    for ours_row, row in zip(ours.itertuples(), theirs, strict=True):
        for mine, r in ((ours_row.var1, row["var1"]), (ours_row.var2, row["var2"])):
            assert name_in_r(mine) == r
        np.testing.assert_allclose([ours_row.vcov, ours_row.sdcor], [row["vcov"], row["sdcor"]], 1e-6, 1e-6)


@pytest.mark.parametrize("name", PLAIN)
def test_standard_errors_of_random_effects_are_lme4s(name):
    fit = fitted(name)
    names = {name_in_r(column): column for column in fit.random_effects}
    for row in MODELS[name]["random_effects"].values():
        group = int(row["grp"]) if fit.group_name == "sch.id" else row["grp"]
        assert fit.random_effects_se.loc[group, names[row["term"]]] == pytest.approx(row["condsd"], rel=2e-6)
        assert fit.random_effects.loc[group, names[row["term"]]] == pytest.approx(row["condval"], rel=1e-4, abs=1e-5)


PROFILED = [name for name in MODELS if MODELS[name]["effect_intervals"]]


@pytest.mark.parametrize("name", PROFILED)
def test_profile_intervals_of_fixed_effects_are_rs(name):
    ours = fitted(name).effect_intervals()
    exact, lme4 = (pd.DataFrame(MODELS[name]["effect_intervals"][which]).T for which in ("exact", "lme4"))
    assert [name_in_r(row) for row in ours.index] == list(exact.index)
    width = (exact[1] - exact[0]).to_numpy()[:, None]
    off = np.abs(ours[["lower", "upper"]].to_numpy() - exact.to_numpy()) / width
    assert off.max() < 1e-7
    # lme4 reads the ends off a spline through a few points of its profile.
    assert (np.abs(ours[["lower", "upper"]].to_numpy() - lme4.to_numpy()) / width).max() < 2e-5
    narrower = fitted(name).effect_intervals(alpha=0.5)
    assert (narrower["lower"] > ours["lower"]).all()


def name_in_r(name):
    if not isinstance(name, str):
        return None
    for old, new in (("Intercept", "(Intercept)"), ("[T.", "["), ("**", "^"), ("[", ""), ("]", "")):
        name = name.replace(old, new)
    return name
