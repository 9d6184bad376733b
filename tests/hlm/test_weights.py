"""Weights and offsets, against lme4 and lmerTest at tight tolerances (tests/reference/weights.R), and against the matrix
algebra of small models where R has no answer: pbkrtest takes every row as if it weighed one."""

import json
import warnings
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import hlm

ROOT = Path(__file__).parents[2]
MODELS = json.loads((ROOT / "tests/reference/weights.json").read_text())["models"]
TIGHT = 1e-8

# lmerTest differentiates numerically; Kenward and Roger's d.f. of the same models, by matrix algebra, agree to 1e-8.
LMERTEST = {"cells-slope": 1e-5, "sleep-both": 1e-6}


@cache
def data(path):
    return pd.read_csv(ROOT / path)


@cache
def fitted(name, **others):
    r = MODELS[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", hlm.MissingDataWarning)
        warnings.simplefilter("ignore", hlm.SingularFitWarning)
        arguments = {"reml": r["reml"], "weights": r["weights"], "offset": r["offset"], **others}
        return hlm.lmer(r["formula"], data(r["data"]), **arguments)


@pytest.fixture(params=MODELS)
def pair(request):
    return {"name": request.param, **MODELS[request.param]}, fitted(request.param)


def close(ours, theirs, tolerance=TIGHT):
    theirs = np.asarray(theirs, dtype=float)
    np.testing.assert_allclose(
        np.asarray(ours, dtype=float), theirs, rtol=tolerance, atol=tolerance * abs(theirs).max()
    )


def test_estimates_are_lme4s(pair):
    r, fit = pair
    assert fit.converged
    assert fit.nobs == r["nobs"]
    assert fit.singular == r["singular"]
    assert fit.llf >= r["log_likelihood"] - 1e-8
    close([fit.llf, fit.aic], [r["log_likelihood"], r["aic"]], 1e-10)
    close(fit.params, list(r["fixef"].values()))
    close(fit.bse, list(r["se"].values()))
    close(fit.scale, r["sigma2"])
    close(fit.cov_re, r["G"])
    close(fit.random_effects[:18], r["random_effects"])
    close(fit.df(), list(r["df"].values()), LMERTEST.get(r["name"], 1e-7))


def test_fitted_values_and_residuals_are_lme4s(pair):
    r, fit = pair
    close(fit.fittedvalues[:60], r["rows"]["fitted"])
    close(fit.resid[:60], r["rows"]["resid"])
    np.testing.assert_allclose(fit.fittedvalues + fit.resid, fit.design.response, rtol=1e-13)


# ---------------------------------------------------------------------------------------- by matrix algebra


class Dense:
    """A weighted model's covariance written out: V = Z G Z' + sigma2 / w, and what follows from it."""

    def __init__(self, fit):
        rows, p = fit.design, len(fit.params)
        n, w = fit.nobs, rows.weights if rows.weights is not None else np.ones(fit.nobs)
        self.X, Z = rows.matrix(fit.layout.x), rows.matrix(fit.layout.z)
        same = rows.codes[:, None] == rows.codes
        y = rows.response - (0.0 if rows.offset is None else rows.offset)
        self.parts = [same * (Z @ E @ Z.T) for E in self.directions(fit)] + [np.diag(1 / w)]
        self.V = same * (Z @ fit.cov_re.to_numpy() @ Z.T) + fit.scale * self.parts[-1]
        self.inverse = np.linalg.inv(self.V)
        information = self.X.T @ self.inverse @ self.X
        self.cov = np.linalg.inv(information)
        self.beta = self.cov @ self.X.T @ self.inverse @ y
        r = y - self.X @ self.beta
        twice = (n - p * fit.reml) * np.log(2 * np.pi) + np.linalg.slogdet(self.V)[1] + r @ self.inverse @ r
        self.llf = -(twice + fit.reml * np.linalg.slogdet(information)[1]) / 2

    @staticmethod
    def directions(fit):
        q = len(fit.layout.z)
        for block in fit.layout.blocks:
            for a in block:
                for b in block:
                    if b <= a:
                        E = np.zeros((q, q))
                        E[a, b] = E[b, a] = 1.0
                        yield E

    def kenward_roger(self):
        """Their eq. 3, and the d.f. of single coefficients, from matrices as large as the data (1997, section 2)."""
        inner = [self.inverse @ part for part in self.parts]
        P = [-self.X.T @ D @ self.inverse @ self.X for D in inner]
        Q = [[self.X.T @ D @ E @ self.inverse @ self.X for E in inner] for D in inner]
        r = range(len(inner))
        expected = np.array(
            [
                [
                    np.trace(inner[i] @ inner[j]) - 2 * np.trace(self.cov @ Q[i][j])
                    + np.trace(self.cov @ P[i] @ self.cov @ P[j])
                    for j in r
                ]
                for i in r
            ]
        )  # fmt: skip
        W = 2 * np.linalg.inv(expected)
        U = sum(W[i, j] * (Q[i][j] - P[i] @ self.cov @ P[j]) for i in r for j in r)
        adjusted = self.cov + 2 * self.cov @ U @ self.cov
        df = []
        for k in range(len(self.cov)):
            v = self.cov[:, k]
            slope = np.array([v @ P[i] @ v for i in r]) / self.cov[k, k]
            df.append(2 / (slope @ W @ slope))
        return adjusted, np.array(df)


@pytest.mark.parametrize("name", ["sleep", "sleep-slope", "sleep-uncorrelated", "sleep-no-intercept", "sleep-both"])
def test_kenward_roger_is_that_of_matrices_written_out(name):
    fit = fitted(name)
    cov, df = Dense(fit).kenward_roger()
    close(fit.cov_params("kenward-roger"), cov)
    close(fit.df("kenward-roger"), df)


@pytest.mark.parametrize("name", [name for name in MODELS if name.startswith("sleep")])
def test_the_likelihood_is_that_of_a_normal_distribution_written_out(name):
    fit = fitted(name)
    dense = Dense(fit)
    assert fit.llf == pytest.approx(dense.llf, abs=1e-8)
    close(fit.params, dense.beta)
    close(fit.cov_params(), dense.cov)


# --------------------------------------------------------------------------------------------------- properties


def test_equal_weights_change_the_residual_variance_alone():
    d, formula = data("data/hsb.csv"), "math ~ ses + (ses | sch.id)"
    plain, tripled = hlm.lmer(formula, d), hlm.lmer(formula, d, weights=np.full(len(d), 3.0))
    close(tripled.scale, 3 * plain.scale, 1e-10)
    close(tripled.llf, plain.llf, 1e-12)
    for of in ("params", "bse", "cov_re", "random_effects", "icc"):
        close(getattr(tripled, of), getattr(plain, of), 1e-9)
    close(tripled.df("kenward-roger"), plain.df("kenward-roger"), 1e-9)


@pytest.mark.parametrize("unit", [1e-12, 1e-3, 1e9])
def test_the_unit_of_weights_changes_nothing_but_sigma2(unit):
    d = data(MODELS["sleep-slope"]["data"])
    fit, other = fitted("sleep-slope"), hlm.lmer(MODELS["sleep-slope"]["formula"], d, weights=d["w"] * unit)
    close(other.scale, unit * fit.scale, 1e-10)
    close(other.llf, fit.llf, 1e-12)
    for of in ("params", "bse", "cov_re", "random_effects", "icc"):
        close(getattr(other, of), getattr(fit, of), 1e-9)


def test_missing_weights_and_offsets_leave_rows_out_and_are_counted():
    d = data("tests/reference/data/weighted-sleep.csv")
    with pytest.warns(hlm.MissingDataWarning, match=r"11 of 180 rows .*\(weights gap: 11\)"):
        fit = hlm.lmer("Reaction ~ Days + (1 | Subject)", d, weights="gap")
    alone = hlm.lmer("Reaction ~ Days + (1 | Subject)", d.dropna(), weights="gap")
    pd.testing.assert_series_equal(fit.params, alone.params)
    with pytest.warns(hlm.MissingDataWarning, match="offset gap: 11"):
        hlm.lmer("Reaction ~ Days + (1 | Subject)", d, offset="gap")
    with pytest.warns(hlm.MissingDataWarning, match=r"\(gap: 11\)"):
        hlm.lmer("Reaction ~ Days + offset(log(gap)) + (1 | Subject)", d)


def test_offsets_of_all_kinds_are_one():
    d, formula = data("tests/reference/data/weighted-sleep.csv"), "Reaction ~ Days + (Days | Subject)"
    fits = [
        hlm.lmer(formula, d, offset="baseline"),
        hlm.lmer(formula, d, offset=d["baseline"]),
        hlm.lmer(formula, d, offset=d["baseline"].tolist()),
        hlm.lmer("Reaction ~ Days + offset(baseline) + (Days | Subject)", d),
        hlm.lmer("Reaction ~ offset(baseline / 2) + Days + offset(0.5 * baseline) + (Days | Subject)", d),
        hlm.lmer("Reaction ~ Days + (Days | Subject)", d.assign(Reaction=d["Reaction"] - d["baseline"])),
    ]
    for fit in fits[1:]:
        assert fit.llf == pytest.approx(fits[0].llf, abs=1e-10)
    for fit in fits[1:-1]:
        close(fit.fittedvalues, fits[0].fittedvalues, 1e-12)
    close(fits[-1].fittedvalues + d["baseline"], fits[0].fittedvalues, 1e-12)
    without = hlm.lmer("Reaction ~ Days - offset(baseline) + (Days | Subject)", d)
    assert without.params["Intercept"] > fits[0].params["Intercept"] + 100


def test_predictions_have_the_offset_of_their_rows():
    d = data("tests/reference/data/weighted-sleep.csv")
    formula = "Reaction ~ Days + offset(Days^2) + (Days | Subject)"
    fit = hlm.lmer(formula, d, weights="n", offset="baseline")
    close(fit.predict(d), fit.fittedvalues, 1e-12)
    new = d.head(3).assign(baseline=[0.0, 1.0, np.nan])
    fixed = fit.params["Intercept"] + fit.params["Days"] * new["Days"] + new["Days"] ** 2 + new["baseline"]
    np.testing.assert_allclose(fit.predict(new, random_effects=False), fixed)
    close(fit.predict(random_effects=False)[:2], fit.predict(d, random_effects=False)[:2])
    with pytest.raises(hlm.ModelError, match="offset: there is no column 'baseline'"):
        fit.predict(new.drop(columns="baseline"))
    array = hlm.lmer(formula, d, offset=d["baseline"].to_numpy())
    close(array.predict(), array.fittedvalues)
    with pytest.raises(hlm.ModelError, match=r"the offset of this model was an array, .* the name of a column"):
        array.predict(d)


def test_another_response_is_fitted_with_the_same_weights_and_offset():
    d = data("tests/reference/data/weighted-sleep.csv")
    y = d["Reaction"] + 10 * np.sin(np.arange(len(d)))
    again = fitted("sleep-both").refit(y)
    new = hlm.lmer(MODELS["sleep-both"]["formula"], d.assign(Reaction=y), weights="n", offset="baseline")
    close(again.params, new.params, 1e-10)
    assert again.llf == pytest.approx(new.llf, abs=1e-9)
    close(again.fittedvalues, new.fittedvalues, 1e-10)
    far = fitted("sleep-both").refit(1e9 * d["Days"] + y)  # products cancel: they are summed anew
    assert far.scale == pytest.approx(new.scale, rel=1e-4)


def test_samples_have_the_weights_variances_and_the_offset():
    fit = fitted("sleep-both")
    samples = fit.simulate(4000, seed=1).to_numpy()
    expected = fit.predict(random_effects=False)
    np.testing.assert_allclose(samples.mean(axis=1), expected, atol=5 * samples.std() / np.sqrt(4000))
    variance = np.diag(Dense(fit).V)
    np.testing.assert_allclose(samples.var(axis=1) / variance, 1, atol=6 * np.sqrt(2 / 4000))
    draws = hlm.bootstrap(fit, n=200, seed=1)
    assert draws["var residual"].mean() == pytest.approx(fit.scale, rel=0.05)


def test_weighted_moments_of_parts_add_up():
    d, formula = (
        data("tests/reference/data/weighted-sleep.csv"),
        "Reaction ~ Days + offset(baseline) + (Days | Subject)",
    )
    parts = [hlm.moments(formula, part, weights="n") for part in (d[:47], d[47:100], d[100:])]
    whole = hlm.lmer(formula, parts[0] + parts[1] + parts[2])
    fit = hlm.lmer(formula, d, weights="n")
    assert whole.nobs == len(d)
    close(whole.params, fit.params, 1e-10)
    assert whole.llf == pytest.approx(fit.llf, abs=1e-9)
    close(whole.predict(d), fit.fittedvalues, 1e-10)
    with pytest.raises(hlm.ModelError, match="belong to different models"):
        parts[0] + hlm.moments(formula, d[47:])


def test_an_engine_takes_an_offset_in_the_formula(tmp_path):
    d, formula = (
        data("tests/reference/data/weighted-sleep.csv"),
        "Reaction ~ Days + offset(baseline) + (Days | Subject)",
    )
    d.to_parquet(tmp_path / "sleep.parquet")
    fit, there = hlm.lmer(formula, d), hlm.lmer(formula, tmp_path / "sleep.parquet")
    close(there.params, fit.params, 1e-9)
    close(there.predict(d), fit.fittedvalues, 1e-9)
    with pytest.raises(hlm.ModelError, match="taken with a data frame only"):
        hlm.lmer(formula, tmp_path / "sleep.parquet", weights="n")


def test_profile_intervals_of_equal_weights_are_those_of_none():
    d = data("tests/reference/data/weighted-sleep.csv")
    plain = hlm.lmer("Reaction ~ Days + (1 | Subject)", d).variance_intervals()
    weighted = hlm.lmer("Reaction ~ Days + (1 | Subject)", d, weights=np.full(len(d), 4.0)).variance_intervals()
    close(weighted.loc["sd Intercept"], plain.loc["sd Intercept"], 1e-7)
    close(weighted.loc["sd residual"], 2 * plain.loc["sd residual"], 1e-7)


# ------------------------------------------------------------------------------- several factors, and after the fit


@cache
def crossed():
    """Crossed and nested factors, with weights and a baseline."""
    d = pd.read_csv(ROOT / "tests/reference/data/penicillin.csv")
    row = np.arange(len(d))
    return d.assign(w=1 + row * 7 % 5, x=np.sin(row), twice=2 * np.sin(row), base=row % 3)


@pytest.mark.parametrize("reml", [True, False])
def test_several_factors_are_weighted_as_matrices_written_out_are(reml):
    d = crossed()
    fit = hlm.lmer("diameter ~ x + (1 | plate) + (1 | sample)", d, reml=reml, weights="w", offset="base")
    assert fit.converged
    V = np.diag(fit.scale / d["w"])
    for factor, G in fit.cov_re.items():
        V = V + G.iloc[0, 0] * (d[factor].to_numpy()[:, None] == d[factor].to_numpy())
    X, y, inverse = np.column_stack([np.ones(len(d)), d["x"]]), d["diameter"] - d["base"], np.linalg.inv(V)
    information = X.T @ inverse @ X
    beta = np.linalg.solve(information, X.T @ inverse @ y)
    r = (y - X @ beta).to_numpy()
    twice = (len(d) - 2 * reml) * np.log(2 * np.pi) + np.linalg.slogdet(V)[1] + r @ inverse @ r
    assert fit.llf == pytest.approx(-(twice + reml * np.linalg.slogdet(information)[1]) / 2, abs=1e-8)
    close(fit.params, beta)
    close(fit.cov_params(), np.linalg.inv(information))
    close(fit.resid + fit.fittedvalues, d["diameter"], 1e-12)
    close(fit.predict(d), fit.fittedvalues, 1e-12)
    close(fit.refit(d["diameter"]).params, fit.params, 1e-10)
    weighted = np.random.default_rng(0).integers(1, 4, len(d))
    once = hlm.lmer("diameter ~ x + (1 | plate) + (1 | sample)", d, reml=reml, weights=5.0 * weighted)
    again = hlm.lmer("diameter ~ x + (1 | plate) + (1 | sample)", d, reml=reml, weights=weighted)
    close([once.llf, once.scale / 5, *once.params], [again.llf, again.scale, *again.params], 1e-9)


def test_columns_are_left_out_beside_several_factors():
    d = crossed()
    with pytest.warns(hlm.CollinearColumnsWarning, match="twice, which x and the intercept determine"):
        fit = hlm.lmer("diameter ~ x + twice + (1 | plate) + (0 + twice | sample)", d)
    plain = hlm.lmer("diameter ~ x + (1 | plate) + (0 + twice | sample)", d)
    assert fit.left_out == ("twice",)
    close(fit.params, plain.params, 1e-9)
    close(fit.predict(d), plain.fittedvalues, 1e-9)
    close(fit.refit(d["diameter"] + d["x"]).params["x"], plain.params["x"] + 1, 1e-7)


def test_tests_after_the_fit_are_of_the_weighted_model():
    d = data("tests/reference/data/weighted-sleep.csv")
    formula, given = "Reaction ~ Days + (Days | Subject)", {"weights": "n", "offset": "baseline"}
    fit = hlm.lmer(formula, d, **given)
    smaller = hlm.lmer("Reaction ~ Days + (1 | Subject)", d, **given)
    assert fit.ranova()["llf"].iloc[1] == pytest.approx(smaller.llf, abs=1e-9)
    assert fit.update(". ~ . - (Days | Subject) + (1 | Subject)").llf == pytest.approx(smaller.llf, abs=1e-9)
    assert hlm.compare(smaller, fit)["chi2"].iloc[1] == pytest.approx(2 * (fit.llf - smaller.llf), rel=1e-9)
    assert fit.anova()["F"].iloc[0] == pytest.approx(fit.tvalues["Days"] ** 2, rel=1e-10)
    written = hlm.lmer("Reaction ~ Days + offset(baseline) + (Days | Subject)", d, weights="n")
    updated = written.update(". ~ . + I(Days^2)")
    assert updated.formula == "Reaction ~ Days + I(Days^2) + offset(baseline) + (Days | Subject)"
    assert updated.layout.weights == "n"
    assert "offset" not in written.update(". ~ . - offset(baseline)").formula
    with pytest.raises(hlm.ModelError, match="different weights"):
        hlm.compare(smaller, hlm.lmer(formula, d, offset="baseline"))


def test_errors_of_predictions_are_those_of_matrices_written_out():
    """The prediction's variance by conditioning on all responses, with G and sigma2 known."""
    fit = fitted("sleep-both")
    dense, rows, G = Dense(fit), fit.design, fit.cov_re.to_numpy()
    X, Z = rows.matrix(fit.layout.x), rows.matrix(fit.layout.z)
    C = (rows.codes[:, None] == rows.codes) * (Z @ G @ Z.T)
    off = X.T - X.T @ dense.inverse @ C
    variance = np.diag(C - C @ dense.inverse @ C + off.T @ dense.cov @ off)
    table = fit.predict(se=True, interval="prediction")
    close(table["se"], np.sqrt(variance))
    half = 1.959963984540054 * np.sqrt(variance + fit.scale / rows.weights)
    close(table["upper"] - table["predicted"], half)
    d = data(MODELS["sleep-both"]["data"])
    close(fit.predict(d, interval="prediction")["upper"], table["upper"])
    alone = fit.predict(d.drop(columns="n"), interval="prediction")  # a new response weighs one
    close(alone["upper"] - alone["predicted"], 1.959963984540054 * np.sqrt(variance + fit.scale))
    one = G[0, 0] - (Z[:10] @ G[:, :1]).T @ np.linalg.inv(dense.V[:10, :10]) @ (Z[:10] @ G[:, :1])
    assert fit.random_effects_se.iloc[0, 0] == pytest.approx(np.sqrt(one[0, 0]), rel=1e-8)


# -------------------------------------------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ("nothing", "weights: there is no column 'nothing'; the columns are"),
        ("Subject", "weights Subject must be numbers, and holds text"),
        ([1.0, 2.0], "weights: 2 values for 180 rows"),
        (np.ones((180, 2)), "weights must be the name of a column or an array of numbers"),
        (3.0, "weights must be the name of a column or an array of numbers, one a row, not 3.0"),
        (np.arange(180.0), "weights: row 0 weighs 0; a weight is a positive number"),
        (np.where(np.arange(180) == 7, -1.0, 1.0), "weights: row 7 weighs -1;"),
        (np.where(np.arange(180) == 7, np.inf, 1.0), "weights: row 7 weighs inf;"),
        (pd.Series(np.ones(180), index=range(1, 181)), "weights: the Series has another index than the data"),
        (np.ones(180, dtype=bool), "weights must be numbers, and holds text, categories or truth values"),
    ],
)
def test_weights_that_are_none_are_refused_in_a_sentence(weights, message):
    d = data("tests/reference/data/weighted-sleep.csv")
    with pytest.raises(hlm.ModelError) as refused:
        hlm.lmer("Reaction ~ Days + (1 | Subject)", d, weights=weights)
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        ("Reaction ~ offset(Subject) + (1 | Subject)", "the offset Subject is not a number in every row"),
        ("Reaction ~ Days * offset(n) + (1 | Subject)", "an offset is added, as in 'y ~ x + offset(z)'"),
        ("Reaction ~ I(offset(n)) + (1 | Subject)", "offset(n) is no variable; it is added to a formula"),
        ("Reaction ~ offset(nothing) + (1 | Subject)", "nothing"),
    ],
)
def test_offsets_that_are_none_are_refused_in_a_sentence(formula, message):
    with pytest.raises(hlm.ModelError) as refused:
        hlm.lmer(formula, data("tests/reference/data/weighted-sleep.csv"))
    assert message in str(refused.value)


def test_moments_take_no_weights_after_the_fact_and_least_squares_no_offset():
    d, formula = data("tests/reference/data/weighted-sleep.csv"), "Reaction ~ Days + (1 | Subject)"
    with pytest.raises(hlm.ModelError, match=r"moments are sums already; give weights and offset to hlm\.moments"):
        hlm.lmer(formula, hlm.moments(formula, d), weights="n")
    with pytest.raises(hlm.ModelError, match=r"hlm\.ols takes no offset\(n\); subtract it from the response"):
        hlm.ols("Reaction ~ Days + offset(n)", d)
