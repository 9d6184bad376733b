"""What stands at the foot of each page: `page-footer`, as Markdown or as links, by itself or for each side."""

from __future__ import annotations

SIDES = ("left", "center", "right")


def read_footer(given: object) -> list[str]:
    """The foot's parts, in the order of reading, as Markdown."""
    sides = [given.get(side) for side in SIDES] if isinstance(given, dict) else [given]
    parts = [_markdown(side) for side in sides if side]
    return [part for part in parts if part]


def _markdown(side: object) -> str:
    """Words stand as they are; links of a list stand one after the other. An icon alone is Quarto's look."""
    if not isinstance(side, list):
        return " ".join(str(side).split())
    return " · ".join(_link(item) for item in side if not isinstance(item, dict) or item.get("text"))


def _link(item: object) -> str:
    if not isinstance(item, dict):
        return str(item)
    return f"[{item['text']}]({item['href']})" if item.get("href") else str(item["text"])
