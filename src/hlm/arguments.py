"""The arguments of public functions, checked in one place: by their names, and by the types that are written there.

A wrong one is refused in one sentence that says what was given, where, and what is wanted. Values that have the right
type and make no sense (a share of variance above one) are for the functions themselves to refuse.
"""

from __future__ import annotations

import inspect
import math
import types
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, wraps
from typing import Annotated, Any, Literal, ParamSpec, TypeVar, Union, get_args, get_origin, get_type_hints

import numpy as np
import numpy.typing as npt
import pandas as pd

from .errors import ArgumentError, ModelError


@dataclass(frozen=True)
class Where:
    """What a parameter asks beside its type, as in `Annotated[int, Where(lambda n: n > 1, "a number above one")]`.

    Attributes:
        holds: whether a value of the type will do. words: what is wanted, as the end of a sentence.
    """

    holds: Callable[[Any], bool]
    words: str


P = ParamSpec("P")
T = TypeVar("T")

# How R's functions spell what is asked here, and what to write instead.
IN_R = {
    "REML": "reml",
    "re.form": "random_effects (False for re.form = NA)",
    "re_form": "random_effects (False for re_form = NA)",
    "newdata": "data",
    "nsim": "n",
    "conf.level": "alpha, which is 1 - conf.level",
    "conf_level": "alpha, which is 1 - conf_level",
    "level": "alpha, which is 1 - level",
    "oldNames": "no argument: names are always the new ones",
    "family": "no argument, since responses are normal; for others, statsmodels has GEE and BinomialBayesMixedGLM",
    "correlation": "no argument, since residuals are independent; statsmodels' GEE has correlated ones",
    "control": "no argument: the optimum is found, or a warning says that it was not",
    "subset": "no argument: give the rows, as in data[data['x'] > 0]",
    "model": "fit",
    "object": "fit",
}


def checked(function: Callable[P, T]) -> Callable[P, T]:
    """A function that refuses arguments that it has not, or that have another type than is written there.

    Raises:
        ArgumentError: by the function that is made.
    """
    return checked_but()(function)


def checked_but(*own: str) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """`checked`, but for some arguments whose types the function checks itself, since it has more to say of them."""

    def decorate(function: Callable[P, T]) -> Callable[P, T]:
        return _checked(function, own)

    return decorate


def _checked(function: Callable[P, T], own: Collection[str]) -> Callable[P, T]:
    signature = inspect.signature(function)

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            given = signature.bind(*args, **kwargs).arguments
        except TypeError as error:
            raise ArgumentError(_misfit(function, signature, args, kwargs, str(error))) from None
        hints, several = _hints(function)
        each = [(name, value) for name in several for value in given.pop(name, ())]
        for name, value in [*given.items(), *each]:
            if name in hints and name not in ("self", *own) and not fits(value, hints[name]):
                wanted = described(hints[name])
                if isinstance(value, float) and not math.isfinite(value):
                    wanted = wanted.replace("a number", "a finite number")
                raise ArgumentError(f"{function.__name__}: {name} must be {wanted}, not {shortened(value)}")
        return function(*args, **kwargs)

    return call


def checked_methods(cls: type[T]) -> type[T]:
    """A class whose public methods are `checked`."""
    for name, member in list(vars(cls).items()):
        if inspect.isfunction(member) and not name.startswith("_"):
            setattr(cls, name, checked(member))
    return cls


@cache
def _hints(function: Callable[..., Any]) -> tuple[dict[str, Any], list[str]]:
    """The types of a function's arguments; and which of them, such as *fits, may be given several times."""
    parameters = inspect.signature(function).parameters.values()
    hints = get_type_hints(function, include_extras=True)
    others = {"return", *(p.name for p in parameters if p.kind is p.VAR_KEYWORD)}
    several = [p.name for p in parameters if p.kind is p.VAR_POSITIONAL]
    return {name: hint for name, hint in hints.items() if name not in others}, several


def _misfit(
    function: Callable[..., Any],
    signature: inspect.Signature,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    error: str,
) -> str:
    """Why arguments cannot be bound to a signature."""
    names = [name for name in signature.parameters if name != "self"]
    known = f"its arguments are {', '.join(names)}" if names else "it takes no arguments"
    for name in kwargs:
        if name not in signature.parameters:
            if name in IN_R and IN_R[name].split(",")[0].split(" ")[0] in [*names, "no"]:
                return f"{function.__name__}: {name} is R's name; here it is {IN_R[name]}"
            return f"{function.__name__}: there is no argument {name!r}; {known}"
    return f"{function.__name__}: {error}; {known}"


# ------------------------------------------------------------------------------------------------------ types in words


def fits(value: Any, hint: Any) -> bool:
    """Whether a value is of an annotated type, as far as that can be told from it."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return fits(value, inner[0]) and all(more.holds(value) for more in inner[1:] if isinstance(more, Where))
    if hint is Any or isinstance(hint, TypeVar):
        return True
    if hint is None or hint is type(None):
        return value is None
    if origin in (Union, types.UnionType):
        return _is_numbers(value) if _means_numbers(hint) else any(fits(value, part) for part in inner)
    if origin is Literal:
        return isinstance(value, str | bool | int | None) and value in inner
    if hint is bool:
        return isinstance(value, bool | np.bool_)
    if hint is int:
        return isinstance(value, int | np.integer) and not isinstance(value, bool)
    if hint is float:
        real = isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)
        return real and (isinstance(value, int) or math.isfinite(value))
    if origin is Callable or origin is get_origin(Callable[..., Any]):
        return callable(value)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return isinstance(value, Mapping) and all(
            fits(k, inner[0]) and fits(v, inner[1]) for k, v in value.items() if len(inner) == 2
        )
    if origin is tuple:
        listed = isinstance(value, list | tuple) and len(value) == len(inner)
        return listed and all(map(fits, value, inner))
    if isinstance(origin, type) and issubclass(origin, Iterable):
        if origin is Iterable and isinstance(value, Iterator):  # to look at what it gives would be to take it
            return True
        wanted = list if issubclass(origin, Sequence) else Collection
        listed = (
            isinstance(value, wanted | tuple | Sequence | np.ndarray | pd.Index | pd.Series)
            and getattr(value, "ndim", 1) < 2
        )
        return listed and not isinstance(value, str | bytes) and all(fits(v, inner[0]) for v in value if inner)
    if getattr(hint, "_is_protocol", False):
        wanted_names = [name for name in vars(hint) if not name.startswith("_")]
        return all(hasattr(type(value), name) or name in getattr(value, "__dict__", ()) for name in wanted_names)
    return isinstance(value, hint) if isinstance(hint, type) else True


def _means_numbers(hint: Any) -> bool:
    return hint == npt.ArrayLike


def _is_numbers(value: Any) -> bool:
    try:
        array = np.asarray(value)
    except (ValueError, TypeError):
        return False
    return array.dtype.kind in "biuf" and array.size > 0


def real_numbers(value: Any, what: str) -> np.ndarray:
    """A value as an array of float64; missing ones are NaN.

    Raises:
        ArgumentError: it is no array of real numbers; `what` begins the sentence.
    """
    try:
        if isinstance(value, pd.Series | pd.DataFrame):
            value = value.to_numpy(dtype=float, na_value=np.nan)
        return np.asarray(value, dtype=float)
    except (TypeError, ValueError, OverflowError):
        raise ArgumentError(f"{what} must be real numbers, not {shortened(value)}") from None


def require_fit(value: Any, what: str, *members: str) -> None:
    """Refuse what has not the members of a fitted model that are needed, by hlm or another package.

    Raises:
        ArgumentError: `what` begins the sentence.
    """
    if isinstance(value, type | types.ModuleType) or any(not hasattr(value, name) for name in members):
        raise ArgumentError(f"{what} must be a fitted model, such as hlm.ols or hlm.lmer gives, not {shortened(value)}")


def require_samples(n: int, seed: int | None) -> None:
    """Refuse a number of samples that is not positive, and a seed that is negative."""
    if n < 1:
        raise ModelError(f"the number of samples must be positive, not {n!r}")
    if seed is not None and seed < 0:
        raise ModelError(f"the seed of random draws must be zero or more, not {seed!r}")


def described(hint: Any) -> str:
    """A type in words, as the end of a sentence."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return next((more.words for more in inner[1:] if isinstance(more, Where)), described(inner[0]))
    if _means_numbers(hint):
        return "a number, or several in a list or an array"
    if origin in (Union, types.UnionType):
        parts = list(dict.fromkeys(described(part) for part in inner))
        return ", ".join(parts[:-1]) + " or " + parts[-1] if len(parts) > 1 else parts[0]
    if origin is Literal:
        listed = [repr(value) for value in inner]
        return ", ".join(listed[:-1]) + " or " + listed[-1] if len(listed) > 1 else listed[0]
    words = {
        bool: "True or False",
        int: "a whole number",
        float: "a number",
        str: "text",
        type(None): "None",
        None: "None",
        pd.DataFrame: "a pandas DataFrame",
        pd.Series: "a pandas Series",
    }
    if hint in words:
        return words[hint]
    if origin is Callable or origin is get_origin(Callable[..., Any]):
        return "a function"
    if getattr(hint, "__name__", "") in ("MixedResults", "Fit"):
        return "a fit of hlm.lmer"
    if getattr(hint, "__name__", "") == "Regression":
        return "one of hlm.ols"
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return "a mapping" + (
            f" from {described(inner[0])} to {described(inner[1])}" if len(inner) == 2 and Any not in inner else ""
        )
    if origin is tuple:
        kinds = list(dict.fromkeys(described(part) for part in inner))
        return f"{len(inner)} values" + (f" ({kinds[0]} each)" if len(kinds) == 1 and inner[0] is not Any else "")
    if isinstance(origin, type) and issubclass(origin, Iterable):
        return "a list" + (f" (of {described(inner[0])} each)" if inner and inner[0] is not Any else "")
    name = getattr(hint, "__name__", str(hint))
    return f"{'an' if name[0] in 'AEIOU' else 'a'} {name}"


def shortened(value: Any) -> str:
    """A value as a message shows it: small ones whole, others by their type."""
    if value is None or isinstance(value, bool | int | float | np.number | str):
        text = repr(value.item() if isinstance(value, np.number) else value)
        return text if len(text) <= 60 else text[:57] + "..."
    if isinstance(value, list | tuple | dict | set) and len(repr(value)) <= 60:
        return repr(value)
    name = type(value).__name__
    return f"{'an' if name[0] in 'AEIOUaeiou' else 'a'} {name}"
