"""A notebook's cells, as Jupyter's format has them: nbformat 4.5."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from itertools import pairwise

from ..resolve.tree import Node

HIDDEN = {"cellView": "form", "jupyter": {"source_hidden": True}, "tags": ["hide-input"]}
RAW_HTML = re.compile(r"\s*```\{=html\}\n(.*)\n```\s*", re.S)


@dataclass(frozen=True)
class Code:
    """A cell of code in its place: `piece` is that of its chapter; what it shows may be another piece's results."""

    piece: int
    code: str
    outputs: list = field(default_factory=list)
    hidden: bool = False
    folded: bool = False
    may_fail: bool = False
    alt: str = "figure"


Item = list[Node] | Code


def joined(items: list[Item]) -> list[Item]:
    """The items with texts that follow one another as one."""
    out: list[Item] = []
    for item in items:
        if isinstance(item, list) and out and isinstance(out[-1], list):
            out[-1] = out[-1] + item
        else:
            out.append(item)
    return [item for item in out if item or isinstance(item, Code)]


def cells_of(item: Item) -> Iterator[dict]:
    """The notebook's cells for one item: a text has a cell for each heading and what stands below it."""
    if isinstance(item, Code):
        hidden = item.hidden or item.folded
        metadata = json.loads(json.dumps(HIDDEN)) if hidden else {}
        if item.folded:
            metadata["jupyter"]["outputs_hidden"] = True
        if item.may_fail:
            metadata["tags"] = [*metadata.get("tags", []), "raises-exception"]
        yield code_cell(item.code, [shown_in_notebook(output, item.alt) for output in item.outputs], metadata)
        return
    begun: list[Node] = []
    for block, before in zip(item, [None, *item], strict=False):
        starts = block["t"] == "Header" and not (before and _is_anchor(before))
        if begun and (starts or (_is_anchor(block) and _heads(item, block))):
            yield text_cell(begun)
            begun = []
        begun.append(block)
    if begun:
        yield text_cell(begun)


def _is_anchor(block: Node) -> bool:
    return block["t"] == "Plain" and [inline["t"] for inline in block["c"]] == ["RawInline"]


def _heads(blocks: list[Node], anchor: Node) -> bool:
    """Whether a heading follows this anchor."""
    following = next((after for block, after in pairwise(blocks) if block is anchor), None)
    return bool(following) and following["t"] == "Header"


def shown_in_notebook(output: dict, alt: str) -> dict:
    """An output as running the cell in a notebook gives it: tables as HTML, figures as images with alternative text.

    JupyterLab hides SVG where it does not trust a notebook, which is any that one has not run, but no image. Its ground
    is white, for the page around it may be dark.
    """
    data = dict(output.get("data", {}))
    if raw := RAW_HTML.fullmatch(data.get("text/markdown", "")):
        del data["text/markdown"]
        data = {"text/html": raw[1], **data}
    elif svg := data.pop("image/svg+xml", ""):
        svg = re.sub(r"<svg ", '<svg style="background: #ffffff" ', svg, count=1)
        source = f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}"
        data = {"text/html": f'<img alt="{escape(alt)}" src="{source}">', **data}
    return {**output, **({"data": data} if data else {})}


def code_cell(code: str, outputs: list, metadata: dict) -> dict:
    cell = {"cell_type": "code", "metadata": metadata, "source": code, "outputs": outputs, "execution_count": None}
    return {**cell, "outputs": [{**o, "execution_count": None} if "execution_count" in o else o for o in outputs]}


def text_cell(blocks: list[Node]) -> dict:
    return {"cell_type": "markdown", "metadata": {}, "source": blocks}
