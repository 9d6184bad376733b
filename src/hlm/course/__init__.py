"""What only this course computes: its data, its derivations, and what its numbers are checked against.

The names below are loaded when they are first used: reading the data needs none of the libraries behind the ledger.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the names of _HOMES, for type checkers and editors
    from . import steps
    from .r_random import RRandom
    from .second_opinion import statsmodels_check, statsmodels_loglike
    from .slide_numbers import Ledger, ledger

__all__ = ["Ledger", "RRandom", "ledger", "statsmodels_check", "statsmodels_loglike", "steps"]

_HOMES = {
    "Ledger": "slide_numbers",
    "RRandom": "r_random",
    "ledger": "slide_numbers",
    "statsmodels_check": "second_opinion",
    "statsmodels_loglike": "second_opinion",
    "steps": "steps",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = import_module(f"{__name__}.{_HOMES[name]}")
    value = home if name == _HOMES[name] else getattr(home, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
