"""The likelihood-ratio test as a course does it by hand: two maximised log-likelihoods, one number, one table."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

from scipy import special

from ..arguments import checked
from ..errors import ModelError

__all__ = ["LikelihoodRatio", "likelihood_ratio"]


@dataclass(frozen=True)
class LikelihoodRatio:
    """A likelihood-ratio test.

    Attributes:
        chi2: twice the difference of the log-likelihoods.
        df: parameters that the larger model has more.
        limit: the value that a chi-square on so many degrees of freedom exceeds with probability alpha.
        p: the probability that it exceeds `chi2`.
    """

    chi2: float
    df: int
    limit: float
    p: float


@checked
def likelihood_ratio(smaller: float, larger: float, df: int = 1, alpha: float = 0.05) -> LikelihoodRatio:
    """Test a model against a larger one, from the log-likelihoods of both at their maximum.

    `hlm.compare` does this for two mixed models, and sees to it that their likelihoods are of the same kind. Here that
    is up to the caller: an OLS fit and a mixed one, for instance, both by maximum likelihood.

    Args:
        smaller, larger: the log-likelihoods. df: parameters that the larger model has more.
        alpha: level of the test.

    Returns:
        LikelihoodRatio. Where a variance is tested against zero, the smallest it can be, p is too large
        (`hlm.boundary_p`).

    Raises:
        ModelError: a log-likelihood is not finite, the larger model has the lower one, df is not a positive whole
            number, or alpha lies outside 0 to 1.

    Source: Wilks (1938), Annals of Mathematical Statistics 9, for the chi-square.

    Example:
        >>> from hlm.course import likelihood_ratio
        >>> test = likelihood_ratio(-102.0, -100.0)
        >>> f"{test.chi2:.1f} > {test.limit:.2f}, p = {test.p:.3f}"
        '4.0 > 3.84, p = 0.046'
    """
    if not (isfinite(smaller) and isfinite(larger)):
        raise ModelError(f"log-likelihoods must be finite, not {smaller!r} and {larger!r}")
    if larger < smaller:
        raise ModelError(
            f"the larger model has the lower log-likelihood, {larger!r} against {smaller!r}: a model cannot lose by a"
            " parameter more, so exchange the two, or look whether both are of the same kind (ML or REML)"
        )
    if df < 1 or df != int(df):
        raise ModelError(f"df must be a positive whole number, not {df!r}")
    if not 0 < alpha < 1:
        raise ModelError(f"alpha must lie between 0 and 1, not {alpha!r}")
    chi2 = 2 * (larger - smaller)
    return LikelihoodRatio(
        chi2=float(chi2), df=int(df), limit=float(special.chdtri(df, alpha)), p=float(special.chdtrc(df, chi2))
    )
