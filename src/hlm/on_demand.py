"""Names that a package loads when they are first used (PEP 562), so that importing it loads no large library."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def lazy_names(
    package: str, homes: Mapping[str, str], instead: Mapping[str, str] | None = None
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """A package's `__getattr__` and `__dir__`.

    Args:
        package: its name.
        homes: for each name, the module within the package that has it; a module's own name stands for the module.
        instead: what to use for names that are looked for, and are not there.

    Returns:
        The two functions. Name the same names in `__all__`, and import them under TYPE_CHECKING for type checkers.
    """

    def get(name: str) -> Any:
        if name not in homes:
            hint = f": {instead[name]}" if instead and name in instead else ""
            raise AttributeError(f"module {package!r} has no attribute {name!r}{hint}")
        home = import_module(f"{package}.{homes[name]}")
        value = home if name == homes[name] else getattr(home, name)
        setattr(sys.modules[package], name, value)
        return value

    def names() -> list[str]:
        return sorted({*vars(sys.modules[package]), *homes})

    return get, names
