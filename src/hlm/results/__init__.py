"""What a fitted mixed model has to say, under statsmodels' names.

A file a kind of question, each on the one before: `estimates`, `coefficients`, `rows`, `terms`, and `mixed`, the class
that has them all.
"""

from .mixed import NOT_HERE, MixedResults, OneFactorFit, Summary, summarise_with, update_with

__all__ = ["NOT_HERE", "MixedResults", "OneFactorFit", "Summary", "summarise_with", "update_with"]
