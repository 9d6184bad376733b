"""The book's figures: each function takes data or fitted models and returns a Matplotlib figure.

`style` holds what they share; `schools` shows the schools one by one, `sectors` the two sectors side by side,
`standard_errors` what a standard error is made of; `means_as_outcomes` and `random_coefficients` show the two models,
`estimator` how they are fitted.
"""

from .estimator import deviance_curves, newton_path, se_spread, weights_of_schools, wrong_stop
from .g_matrix import added_constants, cloud, g_of_schools, lines_and_g, zero_moved
from .means_as_outcomes import explained_variance, reliabilities, shrunken_means, two_overall_means
from .random_coefficients import (
    lines_and_points,
    partial_pooling,
    plausible_slopes,
    points_and_ellipse,
    school_panels,
)
from .schools import school_means, school_sizes
from .sectors import math_by_sector, two_intervals
from .standard_errors import (
    coefficient_intervals,
    design_effects,
    false_positive_tests,
    power_curves,
    residual_variances,
    schools_or_students,
    se_floor,
    variance_of_a_mean,
    variance_parts,
)
from .style import CATHOLIC, MIXED, OLS, PUBLIC, BookFigure, Role

__all__ = [
    "CATHOLIC",
    "MIXED",
    "OLS",
    "PUBLIC",
    "BookFigure",
    "Role",
    "added_constants",
    "cloud",
    "coefficient_intervals",
    "design_effects",
    "deviance_curves",
    "explained_variance",
    "false_positive_tests",
    "g_of_schools",
    "lines_and_g",
    "lines_and_points",
    "math_by_sector",
    "newton_path",
    "partial_pooling",
    "plausible_slopes",
    "points_and_ellipse",
    "power_curves",
    "reliabilities",
    "residual_variances",
    "school_means",
    "school_panels",
    "school_sizes",
    "schools_or_students",
    "se_floor",
    "se_spread",
    "shrunken_means",
    "two_intervals",
    "two_overall_means",
    "variance_of_a_mean",
    "variance_parts",
    "weights_of_schools",
    "wrong_stop",
    "zero_moved",
]
