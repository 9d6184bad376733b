"""Callouts: in HTML a box with a title, or one that folds if its author says so; in Typst the template's `callout`."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from ..read.vocabulary import CALLOUTS
from ..resolve.settle import parse_line
from ..resolve.tree import Attr, Div, Node, Plain, Raw, Str, attribute

Write = Callable[[list[Node]], list[Node]]


def label(identifier: str) -> str:
    """An identifier as Typst's code has it; one that is no name there, as that of a work by its DOI, in quotes."""
    return (
        f"<{identifier}>"
        if re.fullmatch(r"[\w.:-]*\w", identifier)
        else f"label({json.dumps(identifier, ensure_ascii=False)})"
    )


def labelled(identifier: str) -> str:
    """The same in Typst's text, behind what it labels."""
    return f" {'' if label(identifier)[0] == '<' else '#'}{label(identifier)}" if identifier else ""


def callout_kind(attr: list) -> str:
    """The word note for a div of class callout-note, and so on; empty if it is no callout."""
    return next((name[8:] for name in attr[1] if name.startswith("callout-") and name[8:] in CALLOUTS), "")


def callout_to_html(attr: list, inside: list[Node], write: Write, words: dict[str, str]) -> list[Node]:
    """The box around what `write` makes of its contents."""
    kind = callout_kind(attr)
    title, inside = title_of(kind, attr, inside, words)
    collapse = attribute(attr, "collapse")
    identifier = f' id="{attr[0]}"' if attr[0] else ""
    classes = f'class="callout callout-{kind}"{identifier}'
    if collapse in ("true", "false"):
        opened = " open" if collapse == "false" else ""
        start, middle, end = f"<details {classes}{opened}>\n<summary>", "</summary>", "</details>"
    else:
        start, middle, end = f'<div {classes} role="note">\n<p class="callout-title">', "</p>", "</div>"
    head = [Raw("html", start, True), *write(title), Raw("html", middle, True)]
    body = Div(Attr("", "callout-body"), write(inside))
    return [Plain(head), body, Raw("html", end)]


def callout_to_typst(attr: list, inside: list[Node], write: Write, words: dict[str, str]) -> list[Node]:
    """A call of the template's function with what `write` makes of title and contents."""
    kind = callout_kind(attr)
    title, inside = title_of(kind, attr, inside, words)
    anchor = f"#anchor({label(attr[0])})" if attr[0] else ""
    start = Raw("typst", f"{anchor}#callout({json.dumps(kind)}, [", True)
    return [Plain([start, *write(title), Raw("typst", "])[", True)]), *write(inside), Raw("typst", "]")]


def title_of(kind: str, attr: list, inside: list[Node], words: dict[str, str]) -> tuple[list[Node], list[Node]]:
    """A callout's title (title=, or its first heading, or its kind) and what is left of it."""
    title = attribute(attr, "title")
    if title:
        return parse_line(title), inside
    if inside and inside[0]["t"] == "Header":
        return inside[0]["c"][2], inside[1:]
    return [Str(words[kind])], inside
