"""What hlm says when a model or its data are not as they should be."""


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
