"""The likelihood-ratio test by hand, against hlm.compare and against what it must refuse."""

import pytest
from scipy import stats

import hlm
from hlm.course import likelihood_ratio
from hlm.errors import ModelError


def test_it_agrees_with_compare():
    d = hlm.load_hsb()
    null, fit = (hlm.lmer(f"math ~ {x} + (1 | sch.id)", d, reml=False) for x in ("1", "sector"))
    expected = hlm.compare(null, fit).iloc[-1]
    test = likelihood_ratio(null.llf, fit.llf)
    assert (test.chi2, test.p) == pytest.approx((expected["chi2"], expected["p"]))


@pytest.mark.parametrize("df", [1, 2, 5])
@pytest.mark.parametrize("alpha", [0.05, 0.01])
def test_the_limit_is_exceeded_with_probability_alpha(df, alpha):
    test = likelihood_ratio(-10.0, -4.0, df=df, alpha=alpha)
    assert test.chi2 == 12
    assert stats.chi2.sf(test.limit, df) == pytest.approx(alpha)
    assert test.p == pytest.approx(stats.chi2.sf(12, df))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((-1.0, -2.0), "exchange the two"),
        ((float("-inf"), -2.0), "finite"),
        ((-2.0, -1.0, 0), "df must be a positive"),
        ((-2.0, -1.0, 1.5), "df must be a whole number"),
        ((-2.0, -1.0, 1, 0.0), "alpha must lie"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments, message):
    with pytest.raises(ModelError, match=message):
        likelihood_ratio(*arguments)
