"""The p value on the boundary: against chance, in data where the tested variance is zero."""

import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import hlm


def of(chi2, df):
    return pd.DataFrame({"chi2": [np.nan, chi2], "df": [np.nan, df]})


def test_half_and_half():
    assert hlm.boundary_p(of(3.0, 1)) == pytest.approx(stats.chi2.sf(3.0, 1) / 2)
    assert hlm.boundary_p(of(3.0, 2)) == pytest.approx((stats.chi2.sf(3.0, 1) + stats.chi2.sf(3.0, 2)) / 2)
    assert hlm.boundary_p(of(0.0, 1)) == 1
    assert hlm.boundary_p(of(0.0, 3)) == 1


def test_it_rejects_as_often_as_it_says():
    """Where no variance is, a random intercept passes at 10 per cent in about one sample of ten."""
    rng = np.random.default_rng(3)
    school = np.repeat(np.arange(40), 8)
    p = []
    for y in rng.standard_normal((500, len(school))):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", hlm.SingularFitWarning)
            larger = hlm.lmer("y ~ 1 + (1 | g)", pd.DataFrame({"g": school, "y": y}), reml=False)
        # The smaller model has no random part, so its likelihood is that of one normal sample.
        smaller = stats.norm.logpdf(y, y.mean(), y.std()).sum()
        p.append(hlm.boundary_p(of(max(0, 2 * (larger.llf - smaller)), 1)))
    assert 0.06 < np.mean(np.array(p) < 0.1) < 0.14


def test_only_a_comparison_will_do():
    with pytest.raises(hlm.ModelError, match="compare"):
        hlm.boundary_p(3.2)
    with pytest.raises(hlm.ModelError, match="compare"):
        hlm.boundary_p(pd.DataFrame({"p": [0.1]}))
