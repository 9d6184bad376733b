"""What only this course computes: its data, its derivations, and what its numbers are checked against.

The names below are loaded when they are first used: reading the data needs none of the libraries behind the ledger.
"""

from typing import TYPE_CHECKING

from ..on_demand import lazy_names

if TYPE_CHECKING:  # the names of _HOMES, for type checkers and editors
    from . import steps, widgets
    from .false_alarms import few_schools
    from .g_matrix import g_of_lines
    from .likelihoods import LikelihoodRatio, likelihood_ratio
    from .occasions import Neighbours, neighbouring_residuals, occasion_correlations
    from .one_predictor import both_ways
    from .profiles import correlation_profile
    from .r_models import beside_r
    from .r_random import RRandom
    from .residuals import standard_scores
    from .second_opinion import statsmodels_beside, statsmodels_check, statsmodels_loglike
    from .slide_numbers import Ledger, ledger
    from .within_between import spread_of_means

__all__ = [
    "Ledger",
    "LikelihoodRatio",
    "Neighbours",
    "RRandom",
    "beside_r",
    "both_ways",
    "correlation_profile",
    "few_schools",
    "g_of_lines",
    "ledger",
    "likelihood_ratio",
    "neighbouring_residuals",
    "occasion_correlations",
    "spread_of_means",
    "standard_scores",
    "statsmodels_beside",
    "statsmodels_check",
    "statsmodels_loglike",
    "steps",
    "widgets",
]

_HOMES = {
    "Ledger": "slide_numbers",
    "LikelihoodRatio": "likelihoods",
    "Neighbours": "occasions",
    "RRandom": "r_random",
    "beside_r": "r_models",
    "both_ways": "one_predictor",
    "correlation_profile": "profiles",
    "few_schools": "false_alarms",
    "g_of_lines": "g_matrix",
    "ledger": "slide_numbers",
    "likelihood_ratio": "likelihoods",
    "neighbouring_residuals": "occasions",
    "occasion_correlations": "occasions",
    "spread_of_means": "within_between",
    "standard_scores": "residuals",
    "statsmodels_beside": "second_opinion",
    "statsmodels_check": "second_opinion",
    "statsmodels_loglike": "second_opinion",
    "steps": "steps",
    "widgets": "widgets",
}
__getattr__, __dir__ = lazy_names(__name__, _HOMES)
