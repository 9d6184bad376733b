"""Tables that a terminal shows whole."""

from __future__ import annotations

import pandas as pd


class Shown(pd.DataFrame):
    """A data frame whose `repr` hides neither columns nor the ends of sentences: where they do not fit side by side,
    they stand one below the other. Its `notes` follow. What is made from it is an ordinary data frame."""

    @property
    def notes(self) -> pd.Series:
        """What should be known of some rows, by the row's name; also in `attrs`, which pandas keeps with the frame."""
        return pd.Series(self.attrs.get("notes", {}), dtype=object, name="notes")

    def __repr__(self) -> str:
        with pd.option_context("display.max_columns", None, "display.max_colwidth", None):
            return "\n".join([super().__repr__(), *(f"{name}: {note}" for name, note in self.notes.items())])
