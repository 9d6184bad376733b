"""hlm against lme4, lmerTest and pbkrtest, run at tight tolerances (tests/reference/models.R)."""

import json
import re
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import hlm

ROOT = Path(__file__).parents[2]
REFERENCES = {
    path.stem: json.loads(path.read_text()) for path in sorted((ROOT / "tests/reference/models").glob("*.json"))
}


# What is achieved: nine digits or so where R's own references have them (tests/reference/README.md).
TIGHT, TIGHT_DF = 1e-8, 1e-7

# lmerTest differentiates cov(beta) by Richardson's extrapolation of differences in theta and sigma, which keeps fewer
# digits where theta is nearly flat, or of very different sizes; ours are exact derivatives, and Kenward and Roger's
# d.f. of the same models, for which pbkrtest needs no derivative, agree to TIGHT_DF.
LMERTEST = {
    "dialyzer": 1e-6,
    "hsb-contextual": 5e-7,
    "hsb-ses-slope": 5e-7,
    "hsb-singular": 1e-6,
    "hsb-three": 5e-7,
    "orthodont-quadratic": 5e-5,
    "oxboys-quadratic": 5e-7,
    "oxboys-quadratic-ml": 5e-7,
    "pupils": 1e-5,
    "pupils-factor": 5e-7,
    "pupils-ml": 1e-5,
}

# The deviance is nearly flat in theta here, so that R's, which is found from values of the deviance, has fewer digits.
FLAT = {"penicillin-plate": 5e-8, "pupils-factor": 5e-8}


def names_in_r(names):
    """hlm's coefficient names as R writes them: Machine[T.B] is MachineB, I(age ** 2) is I(age^2)."""
    return [
        re.sub(r"\[(?:T\.)?([^\]]*)\]", r"\1", name).replace("Intercept", "(Intercept)").replace(" ** ", "^")
        for name in names
    ]


def load(reference):
    return hlm.load_hsb() if reference["data"].endswith("hsb.csv") else pd.read_csv(ROOT / reference["data"])


@pytest.fixture(scope="module", params=REFERENCES)
def pair(request):
    """A reference and hlm's fit of the same model."""
    r = REFERENCES[request.param]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", hlm.SingularFitWarning)
        warnings.simplefilter("ignore", hlm.MissingDataWarning)
        r["name"] = request.param
        return r, hlm.lmer(re.sub(r"\^(\d)", r"**\1", r["formula"]), load(r), reml=r["reml"])


def by_name(values, names):
    """R's named numbers in the order of hlm's coefficients."""
    return np.array([values[name] for name in names_in_r(names)])


def test_the_references_cover_what_is_claimed():
    hsb = [r for r in REFERENCES.values() if r["data"].endswith("hsb.csv")]
    others = {r["data"] for r in REFERENCES.values()} - {"data/hsb.csv"}
    assert len(hsb) >= 3
    assert len(others) >= 8
    assert {r["reml"] for r in REFERENCES.values()} == {True, False}
    assert {r["singular"] for r in REFERENCES.values()} == {True, False}
    assert {len(r["random_names"]) for r in REFERENCES.values()} == {1, 2, 3}
    assert max(max(r["satterthwaite"]["df"].values()) for r in REFERENCES.values()) > 1000


def test_log_likelihood_is_never_below_lme4s(pair):
    r, fit = pair
    assert fit.llf >= r["log_likelihood"] - 1e-8
    assert fit.llf == pytest.approx(r["log_likelihood"], rel=1e-10, abs=1e-7)
    assert fit.converged


def test_information_criteria(pair):
    r, fit = pair
    assert fit.df_modelwc == r["parameters"]
    np.testing.assert_allclose([fit.aic, fit.bic], [r["aic"], r["bic"]], rtol=1e-8)
    assert (fit.nobs, fit.ngroups) == (r["nobs"], r["ngroups"])


def test_exceptions_are_of_models_that_there_are():
    assert set(LMERTEST) | set(FLAT) <= set(REFERENCES)
    assert max(LMERTEST.values()) < 1e-4


def test_estimates_and_standard_errors(pair):
    r, fit = pair
    estimate, se = by_name(r["fixef"], fit.params.index), by_name(r["se"], fit.params.index)
    assert len(estimate) == len(r["fixef"])
    np.testing.assert_allclose(fit.params, estimate, rtol=TIGHT, atol=TIGHT * se.min())
    np.testing.assert_allclose(fit.bse, se, rtol=TIGHT)


def test_variance_components(pair):
    r, fit = pair
    G = np.array(r["G"])
    assert names_in_r(fit.cov_re.index) == r["random_names"]
    size = np.sqrt(np.outer(np.diag(G), np.diag(G))) + 1e-8 * r["sigma2"]
    np.testing.assert_array_less(np.abs(fit.cov_re.to_numpy() - G) / size, FLAT.get(r["name"], TIGHT))
    assert fit.scale == pytest.approx(r["sigma2"], rel=TIGHT)
    assert fit.singular == r["singular"]


def test_predicted_random_effects(pair):
    r, fit = pair
    blups = pd.DataFrame.from_dict(r["random_effects"]["groups"], orient="index")
    ours = fit.random_effects.set_axis(fit.random_effects.index.map(str))
    spread = np.sqrt(np.diag(np.array(r["G"]))) + 1e-3 * np.sqrt(r["sigma2"])
    np.testing.assert_array_less(
        np.abs(ours.to_numpy() - blups.loc[ours.index].to_numpy()) / spread, FLAT.get(r["name"], TIGHT)
    )


def test_satterthwaite(pair):
    r, fit = pair
    np.testing.assert_allclose(
        fit.df("satterthwaite"),
        by_name(r["satterthwaite"]["df"], fit.params.index),
        rtol=LMERTEST.get(r["name"], TIGHT_DF),
    )


def test_kenward_roger(pair):
    r, fit = pair
    if not r["reml"]:
        with pytest.raises(hlm.ModelError, match="REML"):
            fit.df("kenward-roger")
        return
    table, expected = fit.coef_table("kenward-roger"), r["kenward_roger"]
    if expected is None:
        pytest.skip("pbkrtest gives nothing for this model")
    np.testing.assert_allclose(table["se"], by_name(expected["se"], table.index), rtol=TIGHT)
    np.testing.assert_allclose(table["df"], by_name(expected["df"], table.index), rtol=TIGHT_DF)


def test_contrasts(pair):
    r, fit = pair
    if not r["contrasts"]:
        pytest.skip("no contrasts were computed for this model")
    order = [list(r["fixef"]).index(name) for name in names_in_r(fit.params.index)]
    for expected in r["contrasts"].values():
        L = np.array(expected["L"], dtype=float)[:, order]
        for ddf, key in [("satterthwaite", "satterthwaite"), ("kenward-roger", "kenward_roger")]:
            if ddf == "kenward-roger" and not fit.reml:
                continue
            test = fit.contrast(L, ddf)
            assert test.statistic == pytest.approx(expected[key]["F"], rel=TIGHT)
            df_tolerance = LMERTEST.get(r["name"], TIGHT_DF) if key == "satterthwaite" else TIGHT_DF
            assert test.df_denom == pytest.approx(expected[key]["dendf"], rel=df_tolerance)
            assert test.df_num == expected[key]["numdf"]
            if len(L) == 1:
                row, t = fit.contrast(L[0], ddf).iloc[0], expected[f"{key}_t"]
                np.testing.assert_allclose(row[["estimate", "se", "t"]], [t["estimate"], t["se"], t["t"]], rtol=TIGHT)
                assert row["df"] == pytest.approx(t["df"], rel=df_tolerance)


def test_predictions(pair):
    r, fit = pair
    expected = r["predictions"]
    new = load(r).iloc[expected["rows"]]
    tolerance = {"rtol": TIGHT, "atol": TIGHT * np.sqrt(r["sigma2"])}
    np.testing.assert_allclose(fit.predict(new), expected["known_group"], **tolerance)
    np.testing.assert_allclose(fit.predict(new, random_effects=False), expected["population"], **tolerance)
    stranger = new.assign(**{r["group"]: "nobody has this name"})
    np.testing.assert_allclose(fit.predict(stranger), expected["new_group"], **tolerance)
    np.testing.assert_allclose(fit.fittedvalues.loc[new.index], expected["known_group"], **tolerance)


@pytest.mark.parametrize("name", [name for name, r in REFERENCES.items() if "exact_ml" in (r["confint"] or {})])
def test_profile_intervals(name):
    r = REFERENCES[name]
    fit = hlm.lmer(r["formula"], load(r))
    for reml, key in [(False, "exact_ml"), (True, "exact_reml")]:
        table = fit.variance_intervals(reml=reml)
        for (row, ours), theirs in zip(table.iterrows(), in_order_of(table.index, r["confint"][key]), strict=True):
            lower, upper = (end if end is not None else bound for end, bound in zip(theirs, (-1.0, 1.0), strict=True))
            assert (ours["lower"], ours["upper"]) == pytest.approx((lower, upper), rel=1e-7), row


def in_order_of(names, confint):
    """The exact intervals in the order of our rows: 'sd ses' is R's 'sd ses', the residual is its sigma."""
    for name in names:
        if name == "sd residual":
            yield confint["sigma"]
        elif name.startswith("cor"):
            yield confint["correlation"]
        else:
            yield confint[f"sd {names_in_r([name[3:]])[0]}"]


@pytest.mark.parametrize(
    "expected", json.loads((ROOT / "tests/reference/comparisons.json").read_text()), ids=lambda c: c["larger"]
)
def test_likelihood_ratios(expected):
    fits = []
    for name in (expected["smaller"], expected["larger"]):
        r = REFERENCES[name]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", hlm.SingularFitWarning)
            fits.append(hlm.lmer(re.sub(r"\^(\d)", r"**\1", r["formula"]), load(r), reml=r["reml"]))
    row = hlm.compare(*fits).iloc[1]
    assert row["chi2"] == pytest.approx(expected["chisq"], rel=TIGHT, abs=TIGHT)
    assert row["df"] == expected["df"]
    assert row["p"] == pytest.approx(expected["p"], rel=TIGHT)
