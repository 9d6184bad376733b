"""Where things stand: side by side by layout-ncol and its like, columns, pictures in one paragraph; captions."""

from __future__ import annotations

import json
import re

from .tree import Attr, Node, Plain, attribute, find

Row = list[tuple[float, list[Node]]]  # the cells of a row, each with its share of the width; no blocks: left empty


def pictures_of(block: Node) -> list[Node]:
    """The pictures of a paragraph that holds nothing else, each as a figure with its words as caption."""
    if block["t"] != "Para" or not any(inline["t"] == "Image" for inline in block["c"]):
        return []
    images = [inline for inline in block["c"] if inline["t"] not in ("Space", "SoftBreak", "LineBreak")]
    if any(image["t"] != "Image" for image in images):
        return []
    return [_figure(image) for image in images]


def _figure(image: Node) -> Node:
    (identifier, classes, pairs), words, target = image["c"]
    inside = {"t": "Image", "c": [["", classes, pairs], words, target]}
    return {"t": "Figure", "c": [Attr(identifier), [None, [Plain(words)] if words else []], [Plain([inside])]]}


def rows_of(attr: list, inside: list[Node]) -> list[Row]:
    """The rows in which a div's contents stand, if it says so; else none."""
    if "columns" in attr[1]:
        columns = [block for block in inside if block["t"] == "Div" and "column" in block["c"][0][1]]
        return [[(_share(column), column["c"][1]) for column in columns]] if columns else []
    across, down = attribute(attr, "layout-ncol"), attribute(attr, "layout-nrow")
    written = attribute(attr, "layout")
    if not (across or down or written):
        return []
    cells = [part for block in inside for part in _cells(block)]
    if written:
        shares = read_layout(written) or [[1.0]]
    else:
        n = int(across) if across else -(-len(cells) // int(down))
        shares = [[1.0] * n for _ in range(-(-len(cells) // n))]
    left, rows = iter(cells), []
    for row in shares:
        rows.append([(abs(share), [] if share < 0 else [cell] if (cell := next(left, None)) else []) for share in row])
    rest = list(left)
    return rows + [[(1.0, [cell])] for cell in rest]


def _cells(block: Node) -> list[Node]:
    if block["t"] in ("RawBlock", "Null"):
        return [block] if block["t"] == "RawBlock" and not block["c"][1].startswith("<!--") else []
    if block["t"] == "Div" and "cell" in block["c"][0][1]:  # a cell's results stand side by side, its code does not
        return [part for inner in block["c"][1] for part in _cells(inner)]
    found = pictures_of(block)
    return found if len(found) > 1 else [block]


def is_listed(heading: Node) -> bool:
    """Whether contents list it: as in Pandoc, all but those that are unnumbered and unlisted."""
    return not {"unnumbered", "unlisted"} <= set(heading["c"][1][1])


def caption_side(figure: Node, otherwise: str) -> str:
    """Where the caption of a figure or table stands, top or bottom, as it says itself or as the book has it."""
    attr, _, inside = figure["c"]
    name = "tbl-cap-location" if "table" in attr[1] else "fig-cap-location"
    places = [attr, *(image["c"][0] for image in find(inside, "Image"))]
    return next((side for place in places if (side := attribute(place, name))), otherwise)


def _share(column: Node) -> float:
    width = re.fullmatch(r"([\d.]+)%", attribute(column["c"][0], "width"))
    return float(width[1]) if width else 50.0


def read_layout(written: str) -> list[list[float]]:
    """`[[1,2],[1]]`, or `[1,2]`, as rows of shares; nothing if it is neither."""
    try:
        rows = json.loads(written)
        rows = rows if isinstance(rows[0], list) else [rows]
        return [[float(share) for share in row] for row in rows]
    except (ValueError, TypeError, IndexError, KeyError):
        return []


def emptied(attr: list) -> list:
    """The attributes without those of the layout, which has been made."""
    return [attr[0], [c for c in attr[1] if c != "columns"], [[k, v] for k, v in attr[2] if not k.startswith("layout")]]
