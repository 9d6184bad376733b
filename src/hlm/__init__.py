"""hlm: linear mixed models that are right to the last digit, and the analysis behind "Students in Schools"."""

from importlib.metadata import PackageNotFoundError, version

from . import plots, steps
from .boundary import boundary_p
from .compare import compare
from .data import DataError, load_hsb
from .descriptives import describe, group_summary, school_summary, t_test
from .errors import ConvergenceWarning, MissingDataWarning, ModelError, SingularFitWarning
from .g_matrix import correlation, move_zero
from .ledger import Ledger, ledger
from .lmer import lmer
from .moments import Moments
from .ols import ols
from .r_random import RRandom
from .regression_table import regression_table
from .results import MixedResults
from .school_regressions import school_regressions, spread_of_lines
from .shrinkage import shrinkage
from .simulate import bootstrap, false_positives
from .sources import moments
from .standard_errors import design_effect, power, se_hlm, se_ols
from .statsmodels_check import statsmodels_check, statsmodels_loglike
from .summ import summ
from .tables import num, table
from .variance_explained import variance_explained

try:
    __version__ = version("students-in-schools")
except PackageNotFoundError:  # the folder is on the path, but nothing was installed
    __version__ = "unknown"

__all__ = [
    "ConvergenceWarning",
    "DataError",
    "Ledger",
    "MissingDataWarning",
    "MixedResults",
    "ModelError",
    "Moments",
    "RRandom",
    "SingularFitWarning",
    "bootstrap",
    "boundary_p",
    "compare",
    "correlation",
    "describe",
    "design_effect",
    "false_positives",
    "group_summary",
    "ledger",
    "lmer",
    "load_hsb",
    "moments",
    "move_zero",
    "num",
    "ols",
    "plots",
    "power",
    "regression_table",
    "school_regressions",
    "school_summary",
    "se_hlm",
    "se_ols",
    "shrinkage",
    "spread_of_lines",
    "statsmodels_check",
    "statsmodels_loglike",
    "steps",
    "summ",
    "t_test",
    "table",
    "variance_explained",
]
