"""A DataFrame as a table of the book: aligned numbers, headers with a scope, the same in HTML, PDF and terminal."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import pandas as pd

from ..arguments import checked
from ..errors import ModelError, listed
from .display import Shown
from .html import write_html
from .latex import write_latex
from .numbers import NO_VALUE, num
from .structure import Cell, Row, Table
from .text import write_text

# No p value is 0: in these columns a number too small for its digits is shown as less than the smallest.
P_VALUES = ("p", "p.value")


@checked
def table(
    frame: pd.DataFrame,
    digits: int | Mapping[str, int | None] | None = 2,
    labels: Mapping[str, str] | None = None,
    verbatim: Collection[str] = ("sch.id",),
) -> FrameTable:
    """Show a DataFrame as a table.

    Args:
        frame: what to show. Its index becomes the first column, a header of each row; left out is one that only
            counts rows, which is one of whole numbers without a name. An index of several levels takes as many columns.
        digits: decimals, for all columns or by column (2 for those not named); columns of integers have none. With
            None a column's whole numbers are shown whole, and its others with 2 decimals.
        labels: names to show in place of the columns' and the index's own.
        verbatim: columns of numbers that are labels, such as a school's: shown as they are, with no comma in them.

    Returns:
        FrameTable: `.text`, `.html`, `.latex`; `str()` is the text.

    Raises:
        ValueError: `digits` or `labels` name a column that is not there, or a number of digits is negative.

    Example:
        >>> print(table(pd.DataFrame({"school": [1, 2], "mean": [12.345, -1.5], "n": [1200, 7]}), digits=1))
        school    mean        n
             1    12.3    1,200
             2    −1.5        7
    """
    index = [] if _counts_rows(frame.index) else [*_levels(frame.index)]
    known = [*(level.name for level in index if level.name is not None), *frame.columns]
    decimals = dict(digits) if isinstance(digits, Mapping) else dict.fromkeys(frame.columns, digits)
    labels = dict(labels or {})
    for what, names in (("digits", decimals), ("labels", labels)):
        for name in names:
            if name not in known:
                raise ModelError(f"{what} names a column {name!r}; the table has {listed(known)}.")
    for name, count in decimals.items():
        if count is not None and (not isinstance(count, Integral) or count < 0):
            raise ModelError(f"digits of {name!r} are {count!r}; give a whole number, 0 or more, or None.")

    headers = [_Column.of(_label(level.name, labels), level, None, verbatim=True, head="row") for level in index]
    columns = [
        _Column.of(_label(name, labels), frame.iloc[:, i], decimals.get(name, 2), name in verbatim)
        for i, name in enumerate(frame.columns)
    ]
    return FrameTable(_laid_out([*headers, *columns], len(frame)))


@dataclass(frozen=True, repr=False)
class FrameTable(Shown):
    """A DataFrame's numbers, written out.

    Attributes:
        table: the cells.
    """

    table: Table

    @property
    def text(self) -> str:
        """The table in columns, four spaces apart."""
        return write_text(self.table, rules=False, gap=4)

    @property
    def html(self) -> str:
        """A `<table>` element; its cells say how they are aligned, so that the PDF shows them so too."""
        return write_html(self.table, align_inline=True)

    @property
    def latex(self) -> str:
        r"""A `table` environment; needs `\\usepackage{booktabs}`."""
        return write_latex(self.table)


def _counts_rows(index: pd.Index) -> bool:
    return index.nlevels == 1 and index.name is None and pd.api.types.is_integer_dtype(index)


def _levels(index: pd.Index) -> Iterator[pd.Series]:
    return (pd.Series(index.get_level_values(i), name=name) for i, name in enumerate(index.names))


def _label(name: Any, labels: Mapping[str, str]) -> str:
    return labels.get(name, "" if name is None else str(name))


@dataclass(frozen=True)
class _Column:
    header: Cell
    cells: tuple[Cell, ...]

    @classmethod
    def of(cls, header: str, values: pd.Series, digits: int | None, verbatim: bool, head: str = "") -> _Column:
        numeric = pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)
        whole = pd.api.types.is_integer_dtype(values)
        align = "right" if numeric else "left"

        def show(value: Any) -> str:
            if pd.isna(value):
                return NO_VALUE
            if not numeric or verbatim:
                return str(value)
            if values.name in P_VALUES and digits is not None and 0 <= value < 0.5 * 10.0**-digits:
                return f"< {num(10.0**-digits, digits)}"
            return num(value, 0 if whole else digits)

        return cls(Cell(header, "col", align=align), tuple(Cell(show(value), head, align=align) for value in values))


def _laid_out(columns: list[_Column], rows: int) -> Table:
    head = Row(tuple(column.header for column in columns))
    return Table([head], [[Row(tuple(column.cells[i] for column in columns)) for i in range(rows)]])
