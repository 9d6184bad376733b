"""What comes after a fit, against R: tests of fixed and random terms, means, intervals, spreads, comparisons."""

import numpy as np
import pandas as pd
import pytest
from after_fit import MODELS, REFERENCE, data_of, fit_of, fitted, term_in_r

import hlm
from hlm.inference.anova_hypotheses import hypotheses
from hlm.model import fixed_part

DDF = {"Satterthwaite": "satterthwaite", "Kenward-Roger": "kenward-roger"}
ANOVA = {
    "Sum Sq": "sum_sq",
    "Mean Sq": "mean_sq",
    "NumDF": "df_num",
    "DenDF": "df_denom",
    "F value": "F",
    "Pr(>F)": "p",
}
RANOVA = {"npar": "npar", "logLik": "llf", "AIC": "aic", "LRT": "LRT", "Df": "df", "Pr(>Chisq)": "p"}
MEANS = {
    "Estimate": "estimate", "Std. Error": "se", "df": "df", "t value": "t", "lower": "lower", "upper": "upper",
    "Pr(>|t|)": "p",
}  # fmt: skip


def frame_of(rows, columns):
    """R's table with hlm's names of columns."""
    return pd.DataFrame.from_dict(rows, orient="index")[list(columns)].rename(columns=columns).astype(float)


def assert_close(ours, theirs, rtol, atol=0.0, **by_column):
    for column in theirs:
        np.testing.assert_allclose(
            ours[column].to_numpy(dtype=float), theirs[column], by_column.get(column, rtol), atol, err_msg=column
        )


# lmerTest's d.f. come from numerical derivatives; see LMERTEST in test_against_r.py.
FLAT = {"pupils": 1e-5, "oxboys-quadratic": 5e-7, "hsb-two-slopes": 5e-6, "items": 5e-5}


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("kind", ["I", "II", "III", "III, not rounded"])
def test_anova_is_lmertests(name, kind):
    # lmerTest's hypotheses of type III have seven digits, as those that "not rounded" stands beside.
    rtol = {"III": 2e-7, "III, not rounded": 1e-8}.get(kind, 1e-8)
    if name == "ratpups-helmert" and kind == "III":
        rtol = 1e-5  # litters have twelve pups or so: a slope times Lsize cancels
    for ddf, rows in MODELS[name]["anova"][kind].items():
        ours = fitted(name).anova(kind.partition(",")[0], ddf=DDF[ddf])
        if not rows:
            assert ours.empty
            continue
        theirs = frame_of(rows, ANOVA)
        assert [term_in_r(term) for term in ours.index] == list(theirs.index)
        df = max(1e-7, FLAT.get(name, 0)) if ddf == "Satterthwaite" else 1e-7
        assert_close(
            ours, theirs, max(rtol, 1e-9), df_denom=df, p=1e-4 if name == "hsb-factors" else 100 * max(rtol, df)
        )


@pytest.mark.parametrize("name", MODELS)
def test_ranova_is_lmertests(name):
    ours, theirs = fitted(name).ranova(), frame_of(MODELS[name]["ranova"], RANOVA)
    assert [row.replace("**", "^") for row in ours.index] == list(theirs.index)
    assert_close(ours, theirs, 1e-9, 2e-7, p=1e-6)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("what", ["means", "differences"])
def test_ls_means_are_lmertests(name, what):
    for ddf, of_ddf in MODELS[name]["ls_means"].items():
        rows, pairwise = of_ddf[what], what == "differences"
        if rows is None or name == "oxboys-quadratic":  # lmerTest takes I(age^2) for a factor
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
    tables = [MODELS[name]["ls_means"]["Satterthwaite"]["means"] for name in MODELS]
    assert sum(table is not None for table in tables) >= 12
    assert any(":" in row["term"] for table in tables if table for row in table.values())


@pytest.mark.parametrize("name", MODELS)
def test_var_corr_is_lme4s(name):
    ours, theirs = fitted(name).var_corr, list(MODELS[name]["var_corr"].values())
    assert list(ours["group"]) == [row["grp"] for row in theirs]
    assert list(ours.columns) == ["group", "var1", "var2", "vcov", "sdcor"]
    for ours_row, row in zip(ours.itertuples(), theirs, strict=True):
        for mine, r in ((ours_row.var1, row["var1"]), (ours_row.var2, row["var2"])):
            assert name_in_r(mine) == r
        np.testing.assert_allclose([ours_row.vcov, ours_row.sdcor], [row["vcov"], row["sdcor"]], 1e-6, 1e-6)


@pytest.mark.parametrize("name", MODELS)
def test_standard_errors_of_random_effects_are_lme4s(name):
    fit = fitted(name)
    one = fit.group_name
    modes, spreads = (x if isinstance(x, dict) else {one: x} for x in (fit.random_effects, fit.random_effects_se))
    for row in MODELS[name]["random_effects"].values():
        factor = row["grpvar"]
        column = {name_in_r(column): column for column in modes[factor]}[row["term"]]
        group = int(row["grp"]) if factor == "sch.id" else row["grp"]
        assert spreads[factor].loc[group, column] == pytest.approx(row["condsd"], rel=2e-6, abs=1e-7)
        assert modes[factor].loc[group, column] == pytest.approx(row["condval"], rel=1e-4, abs=1e-5)


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
    assert (np.abs(ours[["lower", "upper"]].to_numpy() - lme4.to_numpy()) / width).max() < 5e-5
    narrower = fitted(name).effect_intervals(alpha=0.5)
    assert (narrower["lower"] > ours["lower"]).all()


def name_in_r(name):
    if not isinstance(name, str):
        return None
    for old, new in (("Intercept", "(Intercept)"), ("[T.", "["), ("**", "^"), ("[", ""), ("]", "")):
        name = name.replace(old, new)
    return name


@pytest.mark.parametrize("name", REFERENCE["comparisons"])
def test_comparisons_of_many_fits_are_rs(name):
    r = REFERENCE["comparisons"][name]
    data = (
        hlm.load_hsb() if r["data"].endswith("hsb.csv") else data_of({**r, "where": None, "factors": [], "ordered": []})
    )
    fits = [fit_of(f, data, r["reml"]) if "|" in f else hlm.ols(f, data) for f in r["formulas"]]
    ours = hlm.compare(*fits[::-1])
    theirs = pd.DataFrame(r["rows"]).astype(float)
    assert list(ours.index) == r["formulas"]
    names = {"npar": "parameters", "AIC": "aic", "BIC": "bic", "logLik": "llf", "deviance": "deviance"}
    assert_close(ours, theirs[list(names)].rename(columns=names), 1e-9)
    assert_close(ours, theirs[["Chisq", "Df", "Pr(>Chisq)"]].set_axis(["chi2", "df", "p"], axis=1), 1e-6, 1e-7)
    assert "note" not in ours


def test_hypotheses_do_not_depend_on_how_factors_are_coded():
    data = data_of(MODELS["ratpups"])
    codings = ["{}", "C({}, sum)", "C({}, helmert)", "C({}, poly)"]
    terms = [(coding.format("sex"), coding.format("Treatment")) for coding in codings]
    fits = [fit_of(f"weight ~ {sex} * {treatment} + Lsize + (1 | Litter)", data, True) for sex, treatment in terms]
    for kind in ("I", "II", "III"):
        first, *others = (fit.anova(kind, ddf="kenward-roger") for fit in fits)
        for table in others:
            np.testing.assert_allclose(table, first, rtol=1e-8)
    # Satterthwaite's d.f. of several rows together depend on which rows they are: lmerTest's are the same in type III
    # alone.
    first, *others = (fit.anova("III") for fit in fits)
    for table in others:
        np.testing.assert_allclose(table, first, rtol=1e-8)


@pytest.mark.parametrize("name", ["ratpups", "ratpups-helmert", "orthodont-slopes", "dialyzer-poly", "ratpups-means"])
def test_few_rows_of_many_give_the_same_hypotheses(name, monkeypatch):
    fit = fitted(name)
    before = hypotheses(fit._fixed, "III")
    monkeypatch.setattr(fixed_part, "FEW", 10)
    fewer = fit._fixed.of_few_rows()
    assert len(fewer.own.X) < fit.nobs
    after = hypotheses(fit._fixed, "III")
    assert list(after) == list(before)
    for term, rows in before.items():
        np.testing.assert_allclose(after[term], rows, atol=1e-9)


def test_least_squares_means_average_over_the_other_factors_levels():
    fit = fitted("ratpups")
    data = data_of(MODELS["ratpups"])
    new = [{"sex": s, "Treatment": t} for s in ("Female", "Male") for t in ("Control", "High", "Low")]
    cells = fit.predict(pd.DataFrame(new).assign(Lsize=data["Lsize"].mean()), random_effects=False)
    np.testing.assert_allclose(fit.ls_means("sex")["estimate"], cells.to_numpy().reshape(2, 3).mean(axis=1))
    np.testing.assert_allclose(fit.ls_means("Treatment")["estimate"], cells.to_numpy().reshape(2, 3).mean(axis=0))
    np.testing.assert_allclose(fit.ls_means("Treatment:sex")["estimate"], cells.to_numpy().reshape(2, 3).T.ravel())
    assert list(fit.ls_means("Treatment:sex").index[:2]) == ["Female:Control", "Male:Control"]
    sidak = fit.ls_means("Treatment", pairwise=True, adjust="sidak")["p"]
    np.testing.assert_allclose(sidak, 1 - (1 - fit.ls_means("Treatment", pairwise=True, adjust="none")["p"]) ** 3)


def test_functions_of_covariates_stand_at_what_they_make_of_the_means():
    data = data_of(MODELS["dialyzer"])
    of_power = fit_of("rate ~ QB * (pressure + I(pressure^2)) + (1 | Subject)", data, True)
    of_poly = fit_of("rate ~ QB * poly(pressure, 2) + (1 | Subject)", data, True)
    np.testing.assert_allclose(of_power.ls_means("QB"), of_poly.ls_means("QB"), rtol=1e-6)
    mean = pd.DataFrame({"QB": ["Q200", "Q300"], "pressure": data["pressure"].mean()})
    np.testing.assert_allclose(of_poly.ls_means("QB")["estimate"], of_poly.predict(mean, random_effects=False))


@pytest.mark.parametrize(
    ("term", "why"),
    [
        ("Lsize", "'Lsize' is no factor of the fixed part, nor several; these are sex, Treatment"),
        ("sex:Lsize", "'sex:Lsize' is no factor"),
        ("", "'' is no factor"),
    ],
)
def test_means_of_what_is_no_factor_are_refused(term, why):
    with pytest.raises(hlm.ModelError, match=why):
        fitted("ratpups").ls_means(term)


def test_a_fit_without_factors_has_no_means():
    for term in (None, "Days"):
        with pytest.raises(hlm.ModelError, match="the fixed part has no factor"):
            fitted("sleepstudy").ls_means(term)


def test_a_fit_without_terms_has_an_empty_table():
    table = fit_of("weight ~ 1 + (1 | Litter)", data_of(MODELS["ratpups"]), True).anova()
    assert table.empty
    assert list(table.columns) == list(ANOVA.values())


def test_fits_from_moments_say_that_they_have_no_rows():
    formula = "weight ~ Lsize + (1 | Litter)"
    fit = hlm.lmer(formula, hlm.moments(formula, data_of(MODELS["ratpups"])))
    for call in (fit.anova, fit.ranova, fit.ls_means):
        with pytest.raises(hlm.ModelError, match=f"{call.__name__} needs the rows"):
            call()


def test_profiles_of_one_coefficient_and_from_moments():
    formula = "weight ~ 1 + (1 | Litter)"
    data = data_of(MODELS["ratpups"])
    one = fit_of(formula, data, True).effect_intervals()
    again = hlm.lmer(formula, hlm.moments(formula, data)).effect_intervals()
    np.testing.assert_allclose(one, again)
    assert one["lower"].item() < one["estimate"].item() < one["upper"].item()


def test_comparisons_beside_regressions_say_what_is_not_nested():
    data = hlm.load_hsb()
    mixed = hlm.lmer("math ~ 1 + (1 | sch.id)", data)
    table = hlm.compare(hlm.ols("math ~ ses + sector", data), mixed)
    assert "no random term of the model with more parameters holds that" in table["note"].iloc[1]
    with pytest.raises(hlm.ModelError, match="two fits or more, not 1"):
        hlm.compare(mixed)
    with pytest.raises(hlm.ModelError, match="different rows"):
        hlm.compare(hlm.ols("math ~ ses", data.head(500)), mixed)
    with pytest.raises(hlm.ModelError, match=r"fits must be a fit of hlm.lmer or one of hlm.ols, not a DataFrame"):
        hlm.compare(mixed, data)
    ols = [hlm.ols(f"math ~ {x}", data) for x in ("1", "ses")]
    assert hlm.compare(*ols)["chi2"].iloc[1] == pytest.approx(2 * (ols[1].llf - ols[0].llf))
