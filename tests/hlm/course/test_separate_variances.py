"""A residual variance for each kind of rows, against R's nlme and against the likelihood written out."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import hlm

R = json.loads((Path(__file__).parents[2] / "reference/robust.json").read_text("utf-8"))["separate_variances"]
FORMULA = "math ~ ses_within * sector + (ses_within | sch.id)"


@pytest.fixture(scope="module")
def d():
    return hlm.within_between(hlm.load_hsb(), "ses")


def fitted(r, d):
    return hlm.separate_variances(f"{r['fixed']} + ({r['random'].strip('~ ')})", d, r["by"], r["reml"])


def log_likelihood(own, data, by, reml, sd, G):
    """The log-likelihood of `math ~ ses_within * sector + (ses_within | sch.id)`, with V of every school as a matrix."""
    XVX, XVy, yVy, log_det = 0, 0, 0, 0.0
    for _, rows in data.groupby("sch.id"):
        X = np.column_stack(
            [np.ones(len(rows)), rows["ses_within"], rows["sector"], rows["ses_within"] * rows["sector"]]
        )
        Z, y = X[:, :2], rows["math"].to_numpy()
        V = Z @ np.asarray(G) @ Z.T + np.diag(rows[by].map(sd).to_numpy() ** 2)
        Vi = np.linalg.inv(V)
        XVX, XVy, yVy = XVX + X.T @ Vi @ X, XVy + X.T @ Vi @ y, yVy + y @ Vi @ y
        log_det += np.linalg.slogdet(V)[1]
    beta = np.linalg.solve(XVX, XVy)
    n = len(data) - (len(beta) if reml else 0)
    twice = n * np.log(2 * np.pi) + log_det + yVy - XVy @ beta
    return -(twice + (np.linalg.slogdet(XVX)[1] if reml else 0)) / 2, beta, np.sqrt(np.diag(np.linalg.inv(XVX)))


@pytest.mark.parametrize("r", R, ids=lambda r: f"{r['fixed']} by {r['by']}, {'REML' if r['reml'] else 'ML'}")
def test_it_is_nlmes_varident(d, r):
    """nlme stops where the likelihood is right to some eight digits; ours is never below it."""
    own = fitted(r, d)
    assert own.llf == pytest.approx(r["log_likelihood"], abs=2e-6)
    assert own.llf > r["log_likelihood"] - 1e-7
    np.testing.assert_allclose(own.sd, [r["sd"][str(label)] for label in own.sd.index], rtol=1e-5)
    names = [name.replace("(Intercept)", "Intercept") for name in r["fixef"]]
    order = [next(k for k, n in enumerate(names) if set(n.split(":")) == set(x.split(":"))) for x in own.params.index]
    np.testing.assert_allclose(own.params, np.array(list(r["fixef"].values()))[order], rtol=2e-4)
    np.testing.assert_allclose(own.bse, np.array(list(r["se"].values()))[order], rtol=2e-4)
    np.testing.assert_allclose(own.cov_re, r["G"], rtol=5e-3)
    assert own.chi2 == pytest.approx(r["chi2"], abs=1e-5)
    assert own.df == 1


@pytest.mark.parametrize("reml", [True, False])
@pytest.mark.parametrize("by", ["sector", "female"])
def test_the_likelihood_is_the_one_written_out_and_is_at_its_top(d, by, reml):
    data = d[d["sch.id"].isin(d["sch.id"].unique()[::4])].reset_index(drop=True)
    own = hlm.separate_variances(FORMULA, data, by, reml)
    top, beta, se = log_likelihood(own, data, by, reml, own.sd, own.cov_re)
    assert own.llf == pytest.approx(top, abs=1e-7)
    order = ["Intercept", "ses_within", "sector", "ses_within:sector"]
    np.testing.assert_allclose(own.params[order], beta, rtol=1e-6)
    np.testing.assert_allclose(own.bse[order], se, rtol=1e-6)
    for label in own.sd.index:
        for factor in (0.99, 1.01):
            beside = own.sd.where(own.sd.index != label, own.sd * factor)
            assert log_likelihood(own, data, by, reml, beside, own.cov_re)[0] < top


def test_three_kinds_have_three_variances(d):
    data = d.assign(size=pd.cut(d["size"], 3, labels=["small", "middling", "large"]).astype(str))
    own = hlm.separate_variances("math ~ ses + (1 | sch.id)", data, "size")
    assert list(own.sd.index) == ["large", "middling", "small"]
    assert own.df == 2
    halves = data.assign(size=np.where(data["size"] == "small", "small", "other"))
    assert own.llf >= hlm.separate_variances("math ~ ses + (1 | sch.id)", halves, "size").llf


def test_variances_that_are_alike_change_nothing():
    rng = np.random.default_rng(4)
    g = np.repeat(np.arange(30), 20)
    data = pd.DataFrame({"g": g, "x": rng.normal(size=600), "kind": np.tile([0, 1], 300)})
    data["y"] = rng.normal(size=30)[g] + data["x"] + rng.normal(size=600)
    same, own = hlm.lmer("y ~ x + (1 | g)", data), hlm.separate_variances("y ~ x + (1 | g)", data, "kind")
    assert 0 <= own.chi2 < 4
    np.testing.assert_allclose(own.params, same.params, atol=0.02)
    assert list(own.coef_table().columns) == ["estimate", "se", "t", "df", "p"]
    np.testing.assert_allclose(own.coef_table()["se"], own.bse)


def test_rows_with_missing_values_are_left_out_and_the_index_does_not_matter(d):
    holes = d.assign(ses=d["ses"].where(d.index % 50 != 0))
    with pytest.warns(hlm.MissingDataWarning):
        own = hlm.separate_variances("math ~ ses + (1 | sch.id)", holes, "sector")
    left = holes.dropna(subset="ses")
    again = hlm.separate_variances("math ~ ses + (1 | sch.id)", left.set_axis([0] * len(left)), "sector")
    assert own.llf == pytest.approx(again.llf, abs=1e-9)
    np.testing.assert_allclose(own.sd, again.sd)


@pytest.mark.parametrize(
    ("by", "message"),
    [
        ("town", "no column 'town'"),
        ("one", "'one' has one value, 3"),
        ("holes", "'holes' has missing values"),
        ("rare", "'rare' is 1 in too few rows (2)"),
    ],
)
def test_a_column_that_gives_no_kinds_is_refused(d, by, message):
    data = d.assign(one=3, holes=d["sector"].where(d.index > 5), rare=(d.index < 2).astype(int))
    with pytest.raises(hlm.ModelError, match=re.escape(message)):
        hlm.separate_variances("math ~ ses + (1 | sch.id)", data, by)


def test_several_grouping_factors_are_refused(d):
    with pytest.raises(hlm.ModelError, match="several grouping factors"):
        hlm.separate_variances("math ~ 1 + (1 | sch.id) + (1 | town)", d.assign(town=d["sch.id"] % 7), "female")
