"""The book's figures: each function takes data or fitted models and returns a Matplotlib figure.

`style` holds what they share; `schools` shows the schools one by one, `sectors` the two sectors side by side,
`standard_errors` what a standard error is made of.
"""

from .g_matrix import added_constants, cloud, g_of_schools, lines_and_g, zero_moved
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
    "false_positive_tests",
    "g_of_schools",
    "lines_and_g",
    "math_by_sector",
    "power_curves",
    "residual_variances",
    "school_means",
    "school_sizes",
    "schools_or_students",
    "se_floor",
    "two_intervals",
    "variance_of_a_mean",
    "variance_parts",
    "zero_moved",
]
