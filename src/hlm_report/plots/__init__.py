"""The report's pictures: each function takes any fit, or what a report knows of one, and returns a figure."""

from .checks import moves, quantiles, residuals
from .coefficients import groups_and_slope, intervals_beside, sampling_shares, slopes_within_and_between
from .groups import group_sizes, groups_by_mean, predicted_groups
from .slopes import group_lines, lines_as_points

__all__ = [
    "group_lines",
    "group_sizes",
    "groups_and_slope",
    "groups_by_mean",
    "intervals_beside",
    "lines_as_points",
    "moves",
    "predicted_groups",
    "quantiles",
    "residuals",
    "sampling_shares",
    "slopes_within_and_between",
]
