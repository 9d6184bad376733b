"""hlm_report: a report on the reader's own data, as a Quarto project that is theirs to change.

    python -m hlm_report scores.csv "math ~ ses + sector + (ses | school)" --out my-report

`read` takes a file to a data frame, `columns_by_level` and `propose` say what might be modelled, `Report` fits a model
and computes what there is to tell, `say(report, topic)` tells it, and `tables` and `plots` show it.
"""

from . import plots, tables
from .levels import columns_by_level, grouping_columns
from .listings import python, r
from .problems import ReportError
from .proposals import propose
from .reading import read
from .report import Report
from .sentences import say, warnings

__all__ = [
    "Report",
    "ReportError",
    "columns_by_level",
    "grouping_columns",
    "plots",
    "propose",
    "python",
    "r",
    "read",
    "say",
    "tables",
    "warnings",
]
