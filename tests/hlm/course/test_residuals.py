"""Residuals and predicted U in the standard units that the model gives them."""

import numpy as np
import pytest

import hlm

FULL = "math ~ (meanses + sector) * ses_within + (ses_within | sch.id)"


@pytest.fixture(scope="module")
def d():
    return hlm.within_between(hlm.load_hsb(), "ses")


def test_standard_scores_have_the_variance_that_the_model_gives_them(d):
    """For a random intercept the variance of a predicted U is lambda_j tau00 (chapter 10)."""
    fit = hlm.lmer("math ~ sector + (1 | sch.id)", d)
    scores = hlm.course.standard_scores(fit)
    reliability = hlm.shrinkage(fit)["reliability"]
    expected = fit.random_effects["Intercept"] / np.sqrt(reliability * fit.cov_re.iloc[0, 0])
    np.testing.assert_allclose(scores["Intercept"], expected, rtol=1e-10)
    np.testing.assert_allclose(scores["residual"], fit.resid / np.sqrt(fit.scale))


def test_standard_scores_of_lines_are_those_of_v_written_out(d):
    fit = hlm.lmer(FULL, d)
    scores = hlm.course.standard_scores(fit)
    G = fit.cov_re.to_numpy()
    for school in (1224, 3427):
        rows = d[d["sch.id"] == school]
        Z = np.column_stack([np.ones(len(rows)), rows["ses_within"]])
        V = Z @ G @ Z.T + fit.scale * np.eye(len(rows))
        variance = np.diag(G @ Z.T @ np.linalg.solve(V, Z) @ G)
        expected = fit.random_effects.loc[school] / np.sqrt(variance)
        np.testing.assert_allclose([scores[name][school] for name in fit.layout.z], expected, rtol=1e-8)


def test_what_has_no_variance_has_no_standard_score(d):
    with pytest.warns(hlm.SingularFitWarning):
        fit = hlm.lmer("math ~ (meanses + sector) * ses + (ses || sch.id)", d)
    scores = hlm.course.standard_scores(fit)
    assert scores["ses"].isna().all()
    assert scores["Intercept"].notna().all()
