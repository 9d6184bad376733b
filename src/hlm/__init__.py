"""hlm: linear mixed models that are right to the last digit, and the analysis behind "Students in Schools"."""

from importlib.metadata import PackageNotFoundError, version

from . import course, plots
from .course.data import DataError, load_hsb
from .course.descriptives import describe, group_summary, school_summary, t_test
from .course.g_matrix import correlation, move_zero
from .course.school_regressions import school_regressions, spread_of_lines
from .course.shrinkage import shrinkage
from .course.standard_errors import design_effect, power, se_hlm, se_ols
from .course.variance_explained import variance_explained
from .errors import ConvergenceWarning, MissingDataWarning, ModelError, SingularFitWarning
from .inference.boundary import boundary_p
from .inference.comparison import compare
from .inference.simulation import bootstrap, false_positives
from .least_squares import ols
from .mixed_model import lmer
from .model.moments import Moments
from .model.sources import moments
from .results import MixedResults
from .tables.data_frames import table
from .tables.model_summary import summ
from .tables.numbers import num
from .tables.regression import regression_table

try:
    __version__ = version("students-in-schools")
except PackageNotFoundError:  # the folder is on the path, but nothing was installed
    __version__ = "unknown"

__all__ = [
    "ConvergenceWarning",
    "DataError",
    "MissingDataWarning",
    "MixedResults",
    "ModelError",
    "Moments",
    "SingularFitWarning",
    "bootstrap",
    "boundary_p",
    "compare",
    "correlation",
    "course",
    "describe",
    "design_effect",
    "false_positives",
    "group_summary",
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
    "summ",
    "t_test",
    "table",
    "variance_explained",
]
