"""The book's figures: each function takes data or fitted models and returns a Matplotlib figure.

A figure is drawn where its chapter's idea is:

    chapter 1    schools
    chapter 2    sectors, intervals
    chapter 3    standard_errors, standard_errors_of_ols, standard_errors_by_design
    chapter 4    intervals
    chapter 5    means_as_outcomes
    chapter 6    random_coefficients, profiles
    chapter 7    g_matrix, g_matrix_of_lines
    chapter 8    within_between
    chapter 9    slopes_as_outcomes
    chapter 10   model_checks, influence
    chapter 11   growth, structures
    chapter 12   beside
    chapter 13   report
    appendix B   estimator

`style` holds what they share.
"""

from .beside import coefficients_beside, few_schools, school_shares
from .estimator import deviance_curves, newton_path, se_spread, weights_of_schools, wrong_stop
from .g_matrix import added_constants, cloud, g_of_schools, zero_moved
from .g_matrix_of_lines import lines_and_g, lines_to_match, nine_schools
from .growth import correlations_apart, growth_panels, neighbours_expected, zero_of_time
from .influence import predicted_deviations, without_each_school
from .intervals import coefficient_intervals, two_intervals
from .means_as_outcomes import explained_variance, reliabilities, shrunken_means, two_overall_means
from .model_checks import normal_quantiles, residuals_by_fitted, school_spreads, score_ends
from .profiles import correlation_profile
from .random_coefficients import (
    lines_and_points,
    partial_pooling,
    plausible_slopes,
    points_and_ellipse,
    school_panels,
)
from .report import sector_gap, sectors_compared, selection_needed
from .schools import school_means, school_sizes
from .sectors import math_by_sector
from .slopes_as_outcomes import lines_by_mean_ses, slopes_by_mean_ses, variances_left
from .standard_errors import residual_variances, variance_of_a_mean, variance_parts
from .standard_errors_by_design import power_curves, schools_or_students, se_floor
from .standard_errors_of_ols import design_effects, false_positive_tests
from .structures import nested_and_crossed
from .style import CATHOLIC, MIXED, OLS, PUBLIC, BookFigure, Role
from .within_between import (
    centred_schools,
    slopes_beside,
    spread_of_means,
    total_slopes,
    within_and_between,
)

__all__ = [
    "CATHOLIC",
    "MIXED",
    "OLS",
    "PUBLIC",
    "BookFigure",
    "Role",
    "added_constants",
    "centred_schools",
    "cloud",
    "coefficient_intervals",
    "coefficients_beside",
    "correlation_profile",
    "correlations_apart",
    "design_effects",
    "deviance_curves",
    "explained_variance",
    "false_positive_tests",
    "few_schools",
    "g_of_schools",
    "growth_panels",
    "lines_and_g",
    "lines_and_points",
    "lines_by_mean_ses",
    "lines_to_match",
    "math_by_sector",
    "neighbours_expected",
    "nested_and_crossed",
    "newton_path",
    "nine_schools",
    "normal_quantiles",
    "partial_pooling",
    "plausible_slopes",
    "points_and_ellipse",
    "power_curves",
    "predicted_deviations",
    "reliabilities",
    "residual_variances",
    "residuals_by_fitted",
    "school_means",
    "school_panels",
    "school_shares",
    "school_sizes",
    "school_spreads",
    "schools_or_students",
    "score_ends",
    "se_floor",
    "se_spread",
    "sector_gap",
    "sectors_compared",
    "selection_needed",
    "shrunken_means",
    "slopes_beside",
    "slopes_by_mean_ses",
    "spread_of_means",
    "total_slopes",
    "two_intervals",
    "two_overall_means",
    "variance_of_a_mean",
    "variance_parts",
    "variances_left",
    "weights_of_schools",
    "within_and_between",
    "without_each_school",
    "wrong_stop",
    "zero_moved",
    "zero_of_time",
]
