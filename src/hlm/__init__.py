"""hlm: linear mixed models that are right to the last digit, and the analysis behind "Students in Schools".

The estimator is loaded at once; tables, figures, least squares and the course, with the large libraries that they
stand on, when one of their names is first used.
"""

from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from .errors import (
    CollinearColumnsWarning,
    ConvergenceWarning,
    DataError,
    GroupingWarning,
    MissingDataWarning,
    ModelError,
    SingularFitWarning,
)
from .inference.boundary import boundary_p
from .inference.comparison import compare
from .inference.simulation import bootstrap
from .mixed_model import lmer
from .model.group_moments import Moments
from .model.sources import moments
from .on_demand import lazy_names
from .results import MixedResults, Summary, summarise_with

if TYPE_CHECKING:  # the names of _HOMES, for type checkers and editors
    from . import course, plots, reference
    from .course.beside import coefficients_beside
    from .course.cluster_robust import cluster_robust
    from .course.data import load_hsb, load_paste, load_sleep
    from .course.descriptives import describe, group_summary, school_summary, t_test
    from .course.false_positives import false_positives
    from .course.g_matrix import correlation, move_zero
    from .course.model_steps import model_steps
    from .course.school_regressions import school_regressions, spread_of_lines
    from .course.separate_variances import SeparateVariances, separate_variances
    from .course.shrinkage import shrinkage
    from .course.slope_tests import slope_tests
    from .course.standard_errors import design_effect, power, se_hlm, se_ols
    from .course.variance_explained import variance_explained
    from .course.within_between import slope_parts, within_between
    from .inference.invention import invent, invent_design
    from .least_squares import ols
    from .marginal_effects import for_marginaleffects
    from .results.crossed import CrossedResults
    from .tables.data_frames import table
    from .tables.model_summary import summ
    from .tables.numbers import num, p_text
    from .tables.regression import regression_table

__all__ = [
    "CollinearColumnsWarning",
    "ConvergenceWarning",
    "CrossedResults",
    "DataError",
    "GroupingWarning",
    "MissingDataWarning",
    "MixedResults",
    "ModelError",
    "Moments",
    "SeparateVariances",
    "SingularFitWarning",
    "bootstrap",
    "boundary_p",
    "cluster_robust",
    "coefficients_beside",
    "compare",
    "correlation",
    "course",
    "describe",
    "design_effect",
    "false_positives",
    "for_marginaleffects",
    "group_summary",
    "invent",
    "invent_design",
    "lmer",
    "load_hsb",
    "load_paste",
    "load_sleep",
    "model_steps",
    "moments",
    "move_zero",
    "num",
    "ols",
    "p_text",
    "plots",
    "power",
    "reference",
    "regression_table",
    "school_regressions",
    "school_summary",
    "se_hlm",
    "se_ols",
    "separate_variances",
    "shrinkage",
    "slope_parts",
    "slope_tests",
    "spread_of_lines",
    "summ",
    "t_test",
    "table",
    "variance_explained",
    "within_between",
]

# The module that each name is loaded from when it is first used; a module's own name stands for the module.
_HOMES = {
    name: module
    for module, names in {
        "course": "course",
        "results.crossed": "CrossedResults",
        "course.beside": "coefficients_beside",
        "course.cluster_robust": "cluster_robust",
        "course.data": "load_hsb load_paste load_sleep",
        "course.descriptives": "describe group_summary school_summary t_test",
        "course.false_positives": "false_positives",
        "course.g_matrix": "correlation move_zero",
        "course.model_steps": "model_steps",
        "course.school_regressions": "school_regressions spread_of_lines",
        "course.separate_variances": "SeparateVariances separate_variances",
        "course.shrinkage": "shrinkage",
        "course.slope_tests": "slope_tests",
        "course.standard_errors": "design_effect power se_hlm se_ols",
        "course.variance_explained": "variance_explained",
        "course.within_between": "slope_parts within_between",
        "inference.invention": "invent invent_design",
        "least_squares": "ols",
        "marginal_effects": "for_marginaleffects",
        "plots": "plots",
        "reference": "reference",
        "tables.data_frames": "table",
        "tables.model_summary": "summ",
        "tables.numbers": "num p_text",
        "tables.regression": "regression_table",
    }.items()
    for name in names.split()
}

# What users of R look for, and what there is instead.
_GENERALISED = (
    "responses are normal here; for counts and yes-or-no answers, statsmodels has GEE and BinomialBayesMixedGLM"
)
_STRUCTURES = (
    "residuals are independent here, with one variance; hlm.separate_variances has one for each kind of row, and "
    "statsmodels' GLSAR and GEE have correlated ones"
)
_NOT_HERE = {
    **dict.fromkeys(["glmer", "glm", "glmmTMB", "clmm", "nlmer"], _GENERALISED),
    **dict.fromkeys(["lme", "gls"], _STRUCTURES),
    "lm": "see hlm.ols",
    "anova": "see anova() of a fit, or hlm.compare for several fits",
    "ranova": "see ranova() of a fit",
    "drop1": "see anova() of a fit, and hlm.compare",
    "step": "terms are not selected by their p values; see anova(), ranova() and hlm.compare for tests of each",
    "bootMer": "see hlm.bootstrap",
    "isSingular": "see singular of a fit",
}

__getattr__, __dir__ = lazy_names(__name__, _HOMES, _NOT_HERE)


def _tables_of(fit: MixedResults) -> Summary:
    from .tables.model_summary import summ

    return summ(fit)


summarise_with(_tables_of)

try:
    __version__ = version("students-in-schools")
except PackageNotFoundError:  # the folder is on the path, but nothing was installed
    __version__ = "unknown"
