"""What only this course computes: its data, its derivations, and what its numbers are checked against."""

from . import steps
from .r_random import RRandom
from .second_opinion import statsmodels_check, statsmodels_loglike
from .slide_numbers import Ledger, ledger

__all__ = ["Ledger", "RRandom", "ledger", "statsmodels_check", "statsmodels_loglike", "steps"]
