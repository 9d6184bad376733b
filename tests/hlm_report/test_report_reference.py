"""What a report says of real data, against R's lme4, lmerTest and pbkrtest (tests/reference/report.R)."""

import json

import numpy as np
import pytest
from cases import REAL, ROOT, report

from hlm_report.facts.variances import shares_of

REFERENCE = json.loads((ROOT / "tests/reference/report.json").read_text("utf-8"))


@pytest.mark.parametrize("name", REFERENCE)
def test_a_report_s_numbers_are_r_s(name):
    r, expected = report(name), REFERENCE[name]
    assert r.formula == REAL[name][1] == expected["formula"]
    assert (r.fit.nobs, r.fit.dropped) == (expected["nobs"], expected["dropped"])
    assert {f.name: f.J for f in r.factors} == expected["ngroups"]
    assert r.few is expected["few"]

    names = [c.name for c in r.coefficients]
    assert len(names) == len(expected["names"])
    ours = expected["coefficients"]
    for key, tolerance in (("estimate", 1e-6), ("se", 1e-6), ("df", 1e-5), ("p", 1e-4)):
        values = [getattr(c, key) for c in r.coefficients]
        np.testing.assert_allclose(values, ours[key], rtol=tolerance, atol=1e-12, err_msg=key)
    for key in ("estimate", "se", "p"):
        values = [c.ols[key] for c in r.coefficients]
        np.testing.assert_allclose(values, expected["ols"][key], rtol=1e-8, atol=1e-14, err_msg=f"OLS {key}")

    null = expected["null"]
    variances = dict(zip(null["group"], null["value"], strict=True))
    total = sum(variances.values())
    assert r.null.scale == pytest.approx(variances["Residual"], rel=1e-7)
    for share in shares_of(
        r.null, r.factors, intervals=False
    ):  # of two groups R stops 1.4e-6 short of the analysis of variance, which the next test has
        assert share.tau00 == pytest.approx(variances[share.factor], rel=2e-6, abs=1e-8)
        assert share.share == pytest.approx(variances[share.factor] / total, rel=2e-6, abs=1e-9)
        assert share.chi2 == pytest.approx(null["ranova"][share.factor], rel=1e-6, abs=1e-6)
    if expected["gain"]:
        assert (r.gain.chi2, r.gain.df) == (pytest.approx(expected["gain"]["chi2"], rel=1e-6), expected["gain"]["df"])
    else:
        assert r.gain is None
    if expected["slope"]:
        (slope,) = r.slopes
        assert slope.chi2 == pytest.approx(expected["slope"]["chi2"], rel=1e-5)
        assert slope.p == pytest.approx(expected["slope"]["p"], rel=1e-4)
    if expected["shares"]:  # by the matrices themselves, in R
        for part, values in expected["shares"].items():
            np.testing.assert_allclose(r.sampling.variance[part], values, rtol=1e-5, atol=1e-9, err_msg=part)


def test_of_equal_groups_the_null_model_is_the_analysis_of_variance():
    for name in ("barley", "cigarettes", "sleep"):
        r = report(name)
        (share,), size = r.shares, r.main.sizes[0]
        y = r.rows.groupby(r.main.name)[r.y]
        within = y.var(ddof=1).mean()
        assert share.tau00 == pytest.approx(y.mean().var(ddof=1) - within / size, rel=1e-9)
        assert r.null.scale == pytest.approx(within, rel=1e-9)


def test_the_parts_of_a_standard_error_add_up():
    for name in ("hsb", "growth", "penicillin", "penguins", "orthodont"):
        r = report(name)
        np.testing.assert_allclose(r.sampling.variance.sum(axis=1) ** 0.5, r.fit.bse, rtol=1e-10)
        for pushes in r.sampling.pushes.values():
            np.testing.assert_allclose(pushes.sum() / r.fit.bse, 0, atol=1e-8)


def test_within_and_between_are_those_of_the_course():
    """Raudenbush & Bryk's slopes of ses, as chapter 8 has them: within 2.19, between 5.87 by a random intercept alone."""
    from hlm_report import Report

    r = Report("math ~ ses + (1 | sch.id)", report("hsb").data)
    (split,) = r.splits
    assert split.within == pytest.approx(2.191, abs=5e-4)
    assert split.between == pytest.approx(5.866, abs=2e-2)
    assert split.difference == pytest.approx(split.between - split.within, rel=1e-10)
