"""hlm: linear mixed models that are right to the last digit, and the analysis behind "Students in Schools"."""

from . import plots
from .compare import compare
from .data import DataError, load_hsb
from .descriptives import describe, group_summary, school_summary, t_test
from .errors import ConvergenceWarning, MissingDataWarning, ModelError, SingularFitWarning
from .lmer import lmer
from .moments import Moments, moments
from .ols import ols
from .regression_table import regression_table
from .results import MixedResults
from .simulate import false_positives
from .standard_errors import design_effect, power, se_hlm, se_ols
from .summ import summ
from .tables import num, table

__all__ = [
    "ConvergenceWarning",
    "DataError",
    "MissingDataWarning",
    "MixedResults",
    "ModelError",
    "Moments",
    "SingularFitWarning",
    "compare",
    "describe",
    "design_effect",
    "false_positives",
    "group_summary",
    "lmer",
    "load_hsb",
    "moments",
    "num",
    "ols",
    "plots",
    "power",
    "regression_table",
    "school_summary",
    "se_hlm",
    "se_ols",
    "summ",
    "t_test",
    "table",
]
