"""Tables that a terminal shows whole."""

from __future__ import annotations

import pandas as pd


class Shown(pd.DataFrame):
    """A data frame whose `repr` hides neither columns nor the ends of sentences: where they do not fit side by side,
    they stand one below the other. What is made from it is an ordinary data frame."""

    def __repr__(self) -> str:
        with pd.option_context("display.max_columns", None, "display.max_colwidth", None):
            return super().__repr__()
