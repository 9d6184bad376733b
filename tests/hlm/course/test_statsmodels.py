"""statsmodels as a second opinion: its likelihood agrees with ours wherever it is taken, and its fits never beat ours."""

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import hlm

DATA = Path(__file__).parents[2] / "reference" / "data"
MODELS = {
    "sector": ("hsb", "math ~ sector + (1 | sch.id)"),
    "both levels": ("hsb", "math ~ ses * sector + meanses + (1 | sch.id)"),
    "random slope": ("hsb", "math ~ ses + (ses | sch.id)"),
    "no random intercept": ("hsb", "math ~ ses + (0 + ses | sch.id)"),
    "days": ("sleepstudy", "Reaction ~ Days + (Days | Subject)"),
    "curves": ("oxboys", "height ~ age + I(age**2) + (age | Subject)"),
    "factors": ("machines", "score ~ Machine + (1 | Worker)"),
    "few groups": ("dyestuff", "Yield ~ 1 + (1 | Batch)"),
}


@pytest.fixture(scope="module", params=[(name, reml) for name in MODELS for reml in (True, False)], ids=str)
def fit(request):
    name, reml = request.param
    data, formula = MODELS[name]
    frame = hlm.load_hsb() if data == "hsb" else pd.read_csv(DATA / f"{data}.csv")
    return hlm.lmer(formula, frame, reml=reml)


def test_the_likelihood_at_our_optimum_is_the_same(fit):
    assert not fit.singular
    assert hlm.course.statsmodels_loglike(fit) == pytest.approx(fit.llf, rel=1e-10)


def test_no_fit_of_statsmodels_is_likelier(fit):
    if fit.nobs > 1000:
        pytest.skip("statsmodels takes seconds for these data")
    check = hlm.course.statsmodels_check(fit, fit.params.index[0], ["powell", "cg"])
    reached = check["llf"][np.isfinite(check["llf"].astype(float))]
    assert len(reached) >= 2
    assert (reached <= fit.llf + 1e-8).all()
    assert reached.iloc[1:].max() == pytest.approx(fit.llf, abs=1)  # the same likelihood, and the same model


@pytest.fixture(scope="module")
def check():
    fit = hlm.lmer("math ~ sector + (1 | sch.id)", hlm.load_hsb())
    return fit, hlm.course.statsmodels_check(fit, "sector", ["default", "lbfgs", "powell"])


def test_ours_is_the_first_row(check):
    fit, table = check
    ours = table.loc["hlm"]
    assert table.index[0] == "hlm"
    assert (ours["llf"], ours["se"], ours["sigma2"]) == (fit.llf, fit.bse["sector"], fit.scale)
    assert ours["variances"] == pytest.approx(fit.cov_re.iloc[0, 0])


def test_what_appendix_b_says_of_the_default_is_so(check):
    fit, table = check
    default = table.loc["statsmodels, default"]
    assert default["converged"]
    assert default["warnings"] > 0
    assert default["llf"] < fit.llf - 1
    assert default["variances"] > 1.2 * fit.cov_re.iloc[0, 0]
    assert default["se"] > 1.1 * fit.bse["sector"]


def test_what_appendix_b_says_of_the_other_searches_is_so(check):
    fit, table = check
    lbfgs, powell = table.loc["statsmodels, lbfgs"], table.loc["statsmodels, powell"]
    assert lbfgs["converged"]
    assert np.isposinf(lbfgs["llf"])
    assert lbfgs["se"] > 1e6
    assert fit.llf - 1e-3 < powell["llf"] < fit.llf
    assert powell["se"] == pytest.approx(fit.bse["sector"], rel=1e-4)


def test_what_cannot_be_compared_is_refused(check):
    fit, _ = check
    d = hlm.load_hsb()
    with pytest.raises(hlm.ModelError, match="no fixed effect 'ses'; they are Intercept, sector"):
        hlm.course.statsmodels_check(fit, "ses")
    several = hlm.lmer("math ~ ses + (ses || sch.id)", d)
    with pytest.raises(hlm.ModelError, match="several random terms"):
        hlm.course.statsmodels_loglike(several)
    from_moments = hlm.lmer(fit.formula, hlm.moments(fit.formula, d))
    with pytest.raises(hlm.ModelError, match="moments"):
        hlm.course.statsmodels_loglike(from_moments)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", hlm.SingularFitWarning)
        level = d.assign(math=d["math"] - d.groupby("sch.id")["math"].transform("mean"))
        singular = hlm.lmer(fit.formula, level)
    with pytest.raises(hlm.ModelError, match="singular"):
        hlm.course.statsmodels_loglike(singular)


def test_several_models_beside_ours():
    d = hlm.load_hsb()
    fit = hlm.lmer("math ~ sector + (1 | sch.id)", d)
    beside = hlm.course.statsmodels_beside({"sector": (fit, "sector")}, ["default", "powell"])
    assert list(beside.index) == ["sector: default", "sector: powell"]
    default, powell = beside.iloc[0], beside.iloc[1]
    assert default["converged"]
    assert default["short"] > 1
    assert powell["short"] == pytest.approx(0, abs=1e-3)
    assert powell["se"] == pytest.approx(powell["ours"] * (1 + powell["off"] / 100))
