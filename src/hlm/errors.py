"""What hlm says when a model or its data are not as they should be."""

from collections.abc import Iterable
from typing import Any

LISTED = 20  # names that a message gives at most


class ModelError(ValueError):
    """The model cannot be fitted as asked: the message says what is wrong, where, and what to do."""


class DataError(ValueError):
    """Data that cannot be used as they are; the message says where, why, and what to do."""


class ArgumentError(ModelError, TypeError):
    """A function was called with an argument that it has not, or one of a type that it cannot use."""


class MissingDataWarning(UserWarning):
    """Rows with missing or infinite values were left out of a fit; the message counts them by column."""


class CollinearColumnsWarning(UserWarning):
    """Columns of X that others determine were left out of a fit; the message names them."""


class SingularFitWarning(UserWarning):
    """The estimate of G lies on the boundary: a variance of zero, or a correlation of one."""


class GroupingWarning(UserWarning):
    """A label of one grouping factor stands in two groups of another, in which most of its groups lie whole."""


class ConvergenceWarning(UserWarning):
    """The conditions of an optimum could not be verified at the solution."""


def listed(names: Iterable[Any], most: int = LISTED, between: str = ", ") -> str:
    """Names as a message gives them: the first ones, and how many more there are."""
    shown = list(map(str, names))
    more = len(shown) - most
    return between.join(shown if more <= 1 else [*shown[:most], f"... ({more:,} more)"])


def require_free(names: Iterable[Any], taken: Iterable[Any], what: str, error: type[ValueError] = ModelError) -> None:
    """Refuse names from the data that a table has for columns of its own, of which one would be lost.

    Args:
        names: from the data. taken: the table's own. what: gives the table; it begins the sentence.
        error: DataError, where `what` raises that.
    """
    own = set(taken)
    for name in names:
        if name in own:
            raise error(
                f"{what} gives a column {name!r} of its own, and the data have one too; rename that of the data"
            )
