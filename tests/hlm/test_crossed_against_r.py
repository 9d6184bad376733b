"""Models with several grouping factors against lme4, lmerTest and pbkrtest (tests/reference/crossed.R)."""

import json
import re
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import hlm

ROOT = Path(__file__).parents[2]
REFERENCES = json.loads((ROOT / "tests/reference/crossed.json").read_text())

TIGHT, TIGHT_DF = 1e-8, 2e-7
# R finds theta from values of the deviance; where that is flat, it has fewer digits, and we the better likelihood.
FLAT = {
    "scottish-two-slopes": 2e-8,
    "items-slopes-ml": 5e-8,
    "machines-slopes": 5e-8,
    "scottish-slope": 1e-7,
    "one-of-two-slopes": 5e-8,
}
# lmerTest's derivatives are numerical.
LMERTEST = {
    "items": 5e-5,
    "items-uncorrelated": 1e-4,
    "items-slopes-ml": 2e-5,
    "items-no-intercept": 1e-5,
    "wafer": 5e-7,
}


def names_in_r(names):
    return [re.sub(r"\[(?:T\.)?([^\]]*)\]", r"\1", name).replace("Intercept", "(Intercept)") for name in names]


def factor_in_r(name, r):
    """lme4 writes class:(school:district) for what is class:school:district here."""
    return next(theirs for theirs in r["ngroups"] if re.sub(r"[()]", "", theirs) == name)


@pytest.fixture(scope="module", params=REFERENCES)
def pair(request):
    r = REFERENCES[request.param]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", hlm.SingularFitWarning)
        data = pd.read_csv(ROOT / r["data"])
        return {**r, "name": request.param, "rows": data}, hlm.lmer(r["formula"], data, reml=r["reml"])


def by_name(values, fit):
    return np.array([values[name] for name in names_in_r(fit.params.index)])


def test_the_references_cover_what_is_claimed():
    assert len(REFERENCES) >= 30
    assert {len(r["ngroups"]) for r in REFERENCES.values()} == {2, 3}
    assert {r["singular"] for r in REFERENCES.values()} == {r["reml"] for r in REFERENCES.values()} == {True, False}
    assert sum("/" in r["formula"] or ":" in r["formula"] for r in REFERENCES.values()) >= 10
    assert set(FLAT) | set(LMERTEST) <= set(REFERENCES)
    assert max(LMERTEST.values()) <= 1e-4


def test_log_likelihood_is_never_below_lme4s(pair):
    r, fit = pair
    assert fit.llf >= r["log_likelihood"] - 1e-8
    assert fit.llf == pytest.approx(r["log_likelihood"], rel=1e-10, abs=1e-8)
    assert fit.converged
    assert fit.singular == r["singular"]
    assert fit.df_modelwc == r["parameters"]
    np.testing.assert_allclose([fit.aic, fit.bic], [r["aic"], r["bic"]], rtol=1e-9)


def test_rows_and_groups(pair):
    r, fit = pair
    assert fit.nobs == r["nobs"]
    assert {factor_in_r(name, r): count for name, count in fit.ngroups.items()} == r["ngroups"]
    assert [factor_in_r(name, r) for name in fit.ngroups] == list(r["ngroups"])  # in lme4's order


def test_estimates_and_standard_errors(pair):
    r, fit = pair
    se = by_name(r["se"], fit)
    limit = FLAT.get(r["name"], TIGHT)
    np.testing.assert_array_less(np.abs(fit.params - by_name(r["fixef"], fit)) / se, limit)
    np.testing.assert_allclose(fit.bse, se, rtol=limit)


def test_variances(pair):
    r, fit = pair
    parts = zip(*(r["var_corr"][key] for key in ("group", "var1", "var2", "vcov")), strict=True)
    residual = r["var_corr"]["vcov"][-1]
    for group, one, other, expected in parts:
        if group == "Residual":
            assert fit.scale == pytest.approx(expected, rel=FLAT.get(r["name"], TIGHT))
            continue
        factor = next(f for f in fit.cov_re if factor_in_r(f, r) == re.sub(r"\.\d+$", "", group))
        G = (
            fit.cov_re[factor]
            .set_axis(names_in_r(fit.cov_re[factor].index))
            .set_axis(names_in_r(fit.cov_re[factor]), axis=1)
        )
        size = np.sqrt(G.loc[one, one] * G.loc[other or one, other or one]) + 1e-7 * residual
        assert abs(G.loc[one, other or one] - expected) < 10 * FLAT.get(r["name"], TIGHT) * size


def test_predicted_random_effects(pair):
    r, fit = pair
    for factor, effects in fit.random_effects.items():
        expected = r["random_effects"][factor_in_r(factor, r)]
        assert names_in_r(effects.columns) == expected["columns"]
        ours = effects.set_axis(effects.index.map(str)).loc[expected["groups"]]
        away = np.abs(ours.to_numpy() - np.array(expected["values"])).max()
        assert away < 5 * FLAT.get(r["name"], TIGHT) * np.sqrt(fit.scale)


def test_predictions(pair):
    r, fit = pair
    new = r["rows"].iloc[r["predictions"]["rows"]]
    tolerance = 5 * FLAT.get(r["name"], TIGHT) * np.sqrt(fit.scale)
    np.testing.assert_allclose(fit.predict(new), r["predictions"]["with"], rtol=0, atol=tolerance)
    np.testing.assert_allclose(fit.predict(new, False), r["predictions"]["without"], rtol=0, atol=tolerance)
    np.testing.assert_allclose(fit.predict(r["rows"]), fit.fittedvalues, rtol=1e-12, atol=1e-12)


def test_satterthwaite(pair):
    r, fit = pair
    expected = by_name(r["satterthwaite"]["df"], fit)
    np.testing.assert_allclose(fit.df(), expected, rtol=LMERTEST.get(r["name"], TIGHT_DF))


def test_kenward_roger(pair):
    r, fit = pair
    if r["kenward_roger"] is None:
        pytest.skip("a fit by ML, or one that takes pbkrtest many minutes")
    table = fit.coef_table("kenward-roger")
    limit = FLAT.get(r["name"], 1.5e-8)
    np.testing.assert_allclose(table["se"], by_name(r["kenward_roger"]["se"], fit), rtol=limit)
    np.testing.assert_allclose(table["df"], by_name(r["kenward_roger"]["df"], fit), rtol=10 * limit)


# Fits by Satterthwaite's method: lmerTest's d.f. are numerical, and so are those of F.
TABLES = [("I", "satterthwaite"), ("II", "satterthwaite"), ("III", "satterthwaite"), ("III", "kenward-roger")]


@pytest.mark.parametrize(("type_", "ddf"), TABLES)
def test_anova(pair, type_, ddf):
    r, fit = pair
    tables = r["anova"]
    expected = tables and tables[type_ + ("_kenward_roger" if ddf == "kenward-roger" else "")]
    if not expected:
        pytest.skip("no terms, or no Kenward-Roger")
    ours = fit.anova(type=type_, ddf=ddf)
    assert [name.replace(" ", "") for name in names_in_r(ours.index)] == [t.replace(" ", "") for t in expected["term"]]
    limit = max(1e-6, LMERTEST.get(r["name"], 0), 20 * FLAT.get(r["name"], 0))
    names = {"sum_sq": "Sum Sq", "mean_sq": "Mean Sq", "df_num": "NumDF", "df_denom": "DenDF", "F": "F value"}
    for name, theirs in names.items():
        np.testing.assert_allclose(ours[name], np.array(expected[theirs], dtype=float), rtol=limit, err_msg=name)


def test_ranova(pair):
    r, fit = pair
    expected = r["ranova"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", hlm.SingularFitWarning)
        ours = fit.ranova()
    assert len(ours) == len(expected["term"])
    if r["name"] in ("classes",):
        return  # lme4 stumbles over the name class:(school:district) in its own update
    # R's refits of the smaller models are not polished, and end a little lower than ours.
    np.testing.assert_array_less(np.array(expected["logLik"], dtype=float) - 1e-7, ours["llf"])
    np.testing.assert_allclose(ours["llf"], np.array(expected["logLik"], dtype=float), rtol=1e-6)
    np.testing.assert_allclose(ours["npar"], expected["npar"])
