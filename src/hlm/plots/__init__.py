"""The book's figures: each function takes data or fitted models and returns a Matplotlib figure.

`style` holds what they share; `schools` shows the schools one by one, `sectors` the two sectors side by side.
"""

from .schools import school_means, school_sizes
from .sectors import math_by_sector, two_intervals
from .style import CATHOLIC, MIXED, OLS, PUBLIC, BookFigure, Role

__all__ = [
    "CATHOLIC",
    "MIXED",
    "OLS",
    "PUBLIC",
    "BookFigure",
    "Role",
    "math_by_sector",
    "school_means",
    "school_sizes",
    "two_intervals",
]
