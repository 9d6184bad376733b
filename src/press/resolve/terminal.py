"""What a terminal shows of a cell's output: colours and weights as its author's programs set them, and no codes."""

from __future__ import annotations

import re

COLOURS = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
STYLE = re.compile(r"\x1b\[([0-9;:]*)m")  # ECMA-48's SGR
# Links, titles, moves of the cursor, character sets: what they set off stays, as on a page.
OTHERS = re.compile(r"\x1b(?:\][^\x07\x1b]*(?:\x07|\x1b\\)|\[[0-?]*[ -/]*[@-ln-~]|[()][A-Z0-9]|[=>78cDEHM])")


def without_codes(text: str) -> str:
    """The words alone."""
    return STYLE.sub("", OTHERS.sub("", text))


def styled(text: str) -> str:
    """The words with the codes of their style, and no others; only the words, if nothing is styled."""
    shown = OTHERS.sub("", text)
    return shown if any(names for _, names in runs(shown)) else STYLE.sub("", shown)


def runs(text: str) -> list[tuple[str, tuple[str, ...]]]:
    """The words in the pieces that share a style, each with its names: a colour, bold, italic, underline."""
    found: list[tuple[str, tuple[str, ...]]] = []
    style: dict[str, str] = {}
    start = 0
    for code in [*STYLE.finditer(text), None]:
        words = text[start : code.start() if code else len(text)]
        if words:
            found.append((words, tuple(style[key] for key in sorted(style))))
        if code:
            start = code.end()
            _set(style, [int(number or 0) for number in re.split("[;:]", code[1])])
    return found


def _set(style: dict[str, str], numbers: list[int]) -> None:
    on = {1: "bold", 3: "italic", 4: "underline"}
    off = {22: "bold", 23: "italic", 24: "underline", 39: "colour"}
    while numbers:
        number = numbers.pop(0)
        if number == 0:
            style.clear()
        elif number in on:
            style[on[number]] = on[number]
        elif number in off:
            style.pop(off[number], None)
        elif 30 <= number < 38 or 90 <= number < 98:
            style["colour"] = COLOURS[number % 10]
        elif number in (38, 48):
            colour = _nearest(numbers)
            style |= {"colour": colour} if number == 38 and colour else {}


def _nearest(numbers: list[int]) -> str:
    """The colour of the eight that is like one of 256, or like three parts of light; its numbers are taken away."""
    kind = numbers.pop(0) if numbers else 0
    if kind == 5 and numbers:
        index = numbers.pop(0)
        if index < 16:
            return COLOURS[index % 8]
        if index > 231:
            return COLOURS[7 if index > 243 else 0]
        light = [(index - 16) // 36 / 5, (index - 16) // 6 % 6 / 5, (index - 16) % 6 / 5]
    elif kind == 2 and len(numbers) >= 3:
        light = [numbers.pop(0) / 255 for _ in range(3)]
    else:
        return ""
    strong = [part > max(light) * 0.6 and part > 0.2 for part in light]
    return COLOURS[strong[0] + 2 * strong[1] + 4 * strong[2]]
