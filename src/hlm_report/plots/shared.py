"""What the pictures share: a sample of groups where there are too many to see, and what is said of it."""

from __future__ import annotations

import textwrap

import numpy as np

import hlm

ALL, SHOWN = 200, 150  # up to so many groups side by side can be told apart; of more, so many are shown


def evenly(order: np.ndarray, most: int = SHOWN) -> np.ndarray:
    """Some of many places, evenly from the first to the last: both ends among them."""
    if len(order) <= max(most, ALL if most == SHOWN else most):
        return order
    return order[np.unique(np.linspace(0, len(order) - 1, most).round().astype(int))]


def shortened(text: object, most: int = 22) -> str:
    """A label that leaves room for the picture."""
    text = str(text)
    return literal(text if len(text) <= most else f"{text[: most - 1]}…")


def literal(text: str) -> str:
    """Words as they are: Matplotlib would set what stands between two dollar signs as a formula."""
    return text.replace("$", r"\$")


def sampled(name: str, shown: int, J: int) -> str:
    """What is shown: all groups, or how many of how many."""
    if shown == J:
        return f"{hlm.num(J, 0)} groups of {literal(name)}"
    return f"{hlm.num(shown, 0)} of {hlm.num(J, 0)} groups of {literal(name)}, evenly chosen"


def wrapped(text: str, width: int = 64) -> str:
    """An axis's label, in lines that fit the picture."""
    return "\n".join(textwrap.wrap(text, width))
