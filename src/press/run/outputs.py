"""What a cell's outputs are, however fast the machine was on which it ran: the same outputs from the same cell."""

from __future__ import annotations

import re
from itertools import groupby

ECHO = re.compile(r"[\[(]*(<matplotlib|<Axes|<Figure|Text\(|array\(\[+<Axes)")
ADDRESS = re.compile(r" at 0x[0-9a-f]{6,}>")
STREAMS = ("stdout", "stderr")


def settled(outputs: list[dict]) -> list[dict]:
    """Jupyter's outputs of one cell, without what depends on the machine's speed or memory.

    A kernel sends what is printed in as many messages as time allows, each stream by its own clock. Between two
    displays, before which it sends all there is, each stream is one output here, and stdout comes first.
    """
    out: list[dict] = []
    for printed, some in groupby(map(dict, outputs), key=lambda output: output["output_type"] == "stream"):
        out += _streams(list(some)) if printed else [o for o in map(_without_addresses, some) if not _is_echo(o)]
    return out


def _streams(messages: list[dict]) -> list[dict]:
    texts = {name: "".join(m["text"] for m in messages if m["name"] == name) for name in STREAMS}
    shown = {name: ADDRESS.sub(">", on_a_terminal(text)) for name, text in texts.items()}
    return [{"output_type": "stream", "name": name, "text": text} for name, text in shown.items() if text]


def on_a_terminal(text: str) -> str:
    r"""What a terminal shows in the end: after \r a line is written over from its start, as progress bars are."""
    return "\n".join(map(_written_over, text.replace("\r\n", "\n").split("\n"))) if "\r" in text else text


def _written_over(line: str) -> str:
    shown = ""
    for part in line.split("\r"):
        # A bar that colours or wipes its line says so itself; only plain text leaves the rest of the longer line.
        shown = part + shown[len(part) :] if part and "\x1b" not in part + shown else part or shown
    return shown


def _is_echo(output: dict) -> bool:
    """What matplotlib's functions return when a cell ends with one: Quarto drops it too."""
    data = output.get("data", {})
    return set(data) == {"text/plain"} and bool(ECHO.match(data["text/plain"]))


def _without_addresses(output: dict) -> dict:
    """Data as texts, without the places in memory, which are others each time and tell a reader nothing."""
    if "data" not in output:
        return output
    data = {kind: _as_text(value) for kind, value in output["data"].items()}
    if "text/plain" in data:
        data["text/plain"] = ADDRESS.sub(">", data["text/plain"])
    return {**output, "data": data}


def _as_text(value: object) -> str:
    return "".join(map(str, value)) if isinstance(value, list) else str(value)  # Jupyter may have a list of lines
