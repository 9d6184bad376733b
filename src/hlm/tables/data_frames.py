"""A DataFrame as a table of the book: aligned numbers, headers with a scope, the same in HTML, PDF and terminal.

A table shows itself as Markdown alone. Had it a `_repr_html_`, Quarto would take that, and add scripts from another
host to the page; and HTML outside a raw block is flattened to a line of text in the PDF.
"""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from html import escape
from numbers import Integral, Real

import pandas as pd

__all__ = ["Table", "num", "table"]

MINUS = "−"
NO_VALUE = "–"
# No p value is 0: in these columns a number too small for its digits is shown as less than the smallest.
P_VALUES = ("p", "p.value")


def table(
    frame: pd.DataFrame,
    digits: int | Mapping[str, int | None] | None = 2,
    labels: Mapping[str, str] | None = None,
    verbatim: Collection[str] = ("sch.id",),
) -> "Table":
    """Show a DataFrame as a table.

    Parameters
    ----------
    frame
        What to show. Its index becomes the first column, a header of each row, where it has a name.
    digits
        Decimals, for all columns or by column (2 for those not named); columns of integers have none. With None
        a column's whole numbers are shown whole, and its others with 2 decimals.
    labels
        Names to show in place of the columns' and the index's own.
    verbatim
        Columns of numbers that are labels, such as a school's: shown as they are, with no comma in them.

    Returns
    -------
    Table

    Raises
    ------
    ValueError
        If `digits` or `labels` name a column that is not there, or a number of digits is negative.

    Examples
    --------
    >>> print(table(pd.DataFrame({"school": [1, 2], "mean": [12.345, -1.5], "n": [1200, 7]}), digits=1))
    school    mean        n
         1    12.3    1,200
         2    −1.5        7
    """
    indexed = frame.index.name is not None
    known = [*([frame.index.name] if indexed else []), *frame.columns]
    decimals = dict(digits) if isinstance(digits, Mapping) else dict.fromkeys(frame.columns, digits)
    labels = dict(labels or {})
    for what, names in (("digits", decimals), ("labels", labels)):
        for name in names:
            if name not in known:
                raise ValueError(f"{what} names a column {name!r}; the table has {', '.join(map(str, known))}.")
    for name, count in decimals.items():
        if count is not None and (not isinstance(count, Integral) or count < 0):
            raise ValueError(f"digits of {name!r} are {count!r}; give a whole number, 0 or more, or None.")

    columns = [
        _Column.of(labels.get(name, str(name)), frame.iloc[:, i], decimals.get(name, 2), name in verbatim)
        for i, name in enumerate(frame.columns)
    ]
    if indexed:
        name = frame.index.name
        columns.insert(0, _Column.of(labels.get(name, str(name)), frame.index.to_series(), 2, verbatim=True))
    return Table(tuple(columns), row_headers=indexed)


def num(value: float, digits: int | None = None) -> str:
    """A number for the running text: comma for thousands, a true minus sign, and `digits` decimals.

    Without `digits`, whole numbers are shown whole and any other with two decimals.

    Examples
    --------
    >>> num(7185), num(-2.806225, 3), num(44.90625, 1)
    ('7,185', '−2.806', '44.9')
    """
    if not isinstance(value, Real):
        raise ValueError(f"num() shows one number, and got a {type(value).__name__}: {value!r}.")
    if not math.isfinite(value):
        return NO_VALUE if math.isnan(value) else ("∞" if value > 0 else f"{MINUS}∞")
    if digits is None:
        digits = 0 if value == int(value) else 2
    text = f"{value:,.{digits}f}"
    # -0.001 to two decimals is 0.00: a minus before nothing but zeros would claim a sign that is not seen.
    negative = text.startswith("-") and text.strip("-0.,") != ""
    return (MINUS if negative else "") + text.lstrip("-")


@dataclass(frozen=True)
class _Column:
    header: str
    cells: tuple[str, ...]
    numeric: bool

    @classmethod
    def of(cls, header: str, values: pd.Series, digits: int | None, verbatim: bool) -> "_Column":
        numeric = pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)
        whole = pd.api.types.is_integer_dtype(values)

        def show(value) -> str:
            if pd.isna(value):
                return NO_VALUE
            if not numeric or verbatim:
                return str(value)
            if values.name in P_VALUES and digits is not None and 0 <= value < 0.5 * 10.0**-digits:
                return f"< {num(10.0**-digits, digits)}"
            return num(value, 0 if whole else digits)

        return cls(header, tuple(show(value) for value in values), numeric)


@dataclass(frozen=True)
class Table:
    """A table of text cells. `text` is for terminals, `html` for pages; notebooks take the Markdown."""

    columns: tuple[_Column, ...]
    row_headers: bool

    @property
    def text(self) -> str:
        """The table in columns of equal width, two or more spaces apart."""
        gap = " " * 4
        columns = []
        for column in self.columns:
            cells = (column.header, *column.cells)
            width = max(map(len, cells))
            columns.append([c.rjust(width) if column.numeric else c.ljust(width) for c in cells])
        return "\n".join(gap.join(row).rstrip() for row in zip(*columns, strict=True))

    @property
    def html(self) -> str:
        """A `table` element with `thead` and `tbody`; each header says with `scope` what it heads."""
        head = "".join(_cell("th", c.header, c, ' scope="col"') for c in self.columns)
        body = "\n".join(
            "<tr>" + "".join(self._body_cell(i, c.cells[row], c) for i, c in enumerate(self.columns)) + "</tr>"
            for row in range(len(self.columns[0].cells) if self.columns else 0)
        )
        return f"<table>\n<thead>\n<tr>{head}</tr>\n</thead>\n<tbody>\n{body}\n</tbody>\n</table>"

    def _body_cell(self, position: int, text: str, column: _Column) -> str:
        if self.row_headers and position == 0:
            return _cell("th", text, column, ' scope="row"')
        return _cell("td", text, column)

    def _repr_markdown_(self) -> str:
        return f"```{{=html}}\n{self.html}\n```"

    def __str__(self) -> str:
        return self.text

    __repr__ = __str__


def _cell(tag: str, text: str, column: _Column, attributes: str = "") -> str:
    if not text:  # an empty corner is the heading of nothing
        tag, attributes = "td", ""
    # Pandoc's reader, and with it Quarto's, takes a cell's alignment from this style alone.
    side = "right" if column.numeric else "left"
    return f'<{tag}{attributes} style="text-align: {side}">{escape(text)}</{tag}>'
