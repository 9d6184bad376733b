"""Hypotheses as text: "sector - 2 * ses = 1" in weights of coefficients and a right-hand side."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from ..errors import ModelError, listed

NUMBER = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")


def equation(text: str, names: tuple[str, ...]) -> tuple[np.ndarray, float]:
    """The weights (p,) and the right-hand side of an equation between sums of coefficients.

    Args:
        text: coefficients by name, numbers, + - * / and parentheses; what has no = is compared with 0.
        names: of the p coefficients; (Intercept) is Intercept, and backticks may stand around a name.

    Raises:
        ModelError: a name that is no coefficient, a product of coefficients, or what does not parse.
    """
    sides = [_Reader(text, side, names).all() for side in _split(text)]
    difference = sides[0] if len(sides) == 1 else sides[0].plus(sides[1], -1.0)
    if not difference.weights.any():
        raise ModelError(f"contrast {text!r}: no coefficient is left in it")
    return difference.weights, -difference.constant


def _split(text: str) -> list[str]:
    """The sides of the =, which may also stand in a coefficient's name, between parentheses or brackets."""
    depth, places = 0, []
    for place, sign in enumerate(text):
        depth += (sign in "([") - (sign in ")]")
        if sign == "=" and depth == 0:
            places.append(place)
    if len(places) > 1:
        raise ModelError(f"contrast {text!r}: there is more than one =")
    return [text[: places[0]], text[places[0] + 1 :]] if places else [text]


@dataclass(frozen=True)
class _Sum:
    """weights (p,) of coefficients, and a constant."""

    weights: np.ndarray
    constant: float

    def plus(self, other: _Sum, times: float = 1.0) -> _Sum:
        return _Sum(self.weights + times * other.weights, self.constant + times * other.constant)

    def times(self, factor: float) -> _Sum:
        return _Sum(factor * self.weights, factor * self.constant)


class _Reader:
    """Reads one side of an equation from left to right."""

    def __init__(self, text: str, side: str, names: tuple[str, ...]):
        self.text, self.side, self.names, self.place = text, side, names, 0
        self._longest_first = sorted([*names, *(["(Intercept)"] if "Intercept" in names else [])], key=len)[::-1]

    def all(self) -> _Sum:
        found = self.sum()
        if self.ahead():
            raise self.error(f"{self.ahead()!r} at character {self.place + 1} is out of place")
        return found

    def sum(self) -> _Sum:
        found = self.product()
        while (sign := self.ahead()) and sign in "+-":
            self.place += 1
            found = found.plus(self.product(), 1.0 if sign == "+" else -1.0)
        return found

    def product(self) -> _Sum:
        found = self.operand()
        while (sign := self.ahead()) and sign in "*/":
            self.place += 1
            other = self.operand()
            if sign == "*" and not found.weights.any():
                found, other = other, found
            if other.weights.any():
                raise self.error("coefficients can be added, and multiplied by numbers, but not by one another")
            if sign == "/" and other.constant == 0:
                raise self.error("it divides by zero")
            found = found.times(other.constant if sign == "*" else 1 / other.constant)
        return found

    def operand(self) -> _Sum:
        sign = self.ahead()
        if sign and sign in "+-":
            self.place += 1
            return self.operand().times(1.0 if sign == "+" else -1.0)
        if (name := self.name()) is not None:
            return _Sum(np.array([float(name == known) for known in self.names]), 0.0)
        if match := NUMBER.match(self.side, self.place):
            self.place = match.end()
            return _Sum(np.zeros(len(self.names)), float(match.group()))
        if sign == "(":
            self.place += 1
            found = self.sum()
            if self.ahead() != ")":
                raise self.error("a parenthesis is not closed")
            self.place += 1
            return found
        word = re.match(r"[^\s+*/()=-]*", self.side[self.place :])
        if word and word.group():
            raise self.error(f"no coefficient is called {word.group()!r}; they are {listed(self.names)}")
        raise self.error("a coefficient or a number is missing")

    def name(self) -> str | None:
        """The longest name of a coefficient that stands here, and is not the beginning of another word."""
        self.ahead()
        for name in self._longest_first:
            for written in (f"`{name}`", name):
                end = self.place + len(written)
                ends = not re.match(r"[\w.:\[]", self.side[end:]) or not re.match(r"[\w.]", written[-1])
                if self.side.startswith(written, self.place) and ends:
                    self.place = end
                    return "Intercept" if name == "(Intercept)" else name
        return None

    def ahead(self) -> str:
        """The next sign that is no space; empty at the end."""
        while self.place < len(self.side) and self.side[self.place].isspace():
            self.place += 1
        return self.side[self.place : self.place + 1]

    def error(self, why: str) -> ModelError:
        return ModelError(f"contrast {self.text!r}: {why}")
