"""What a reader should get of a cell's outputs."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Protocol

from .exceptions import output_is_shown
from .page import read_html
from .record import Written

CONTENT = "content:"
COLOURS = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|\].*?(\x07|\x1b\\)|[()].|.)")


class Chapter(Protocol):
    """Who reads a chapter: what was taken down so far, and how more Markdown is read."""

    written: Written

    def markdown(self, text: str, line: int) -> None:
        """Read Markdown that stands at a line."""


def read_outputs(chapter: Chapter, outputs: list[dict], options: dict, line: int) -> None:
    """Take down what these outputs (Jupyter's) say and show, all at the cell's line."""
    for output in outputs:
        if not output_is_shown(output, options):
            continue
        if output["output_type"] == "stream":
            if options.get("output") == "asis":
                chapter.markdown(output["text"], line)
            else:
                _verbatim(chapter, output["text"], line)
        elif output["output_type"] == "error":
            _verbatim(chapter, "\n".join(output["traceback"]), line)
        else:
            _data(chapter, output.get("data", {}), line)
    alt = options.get("fig-alt")
    for text in alt if isinstance(alt, list) else [alt]:
        if isinstance(text, str) and any("image/" in kind for o in outputs for kind in o.get("data", {})):
            chapter.written.thing("alt text", text, line)


def captions_of(options: dict, outputs: list[dict]) -> list[str]:
    """The captions that a cell's label asks for, or its pictures; a cell that made none, as one not run, has none."""
    label = str(options.get("label") or "")
    pictures = any("image/" in kind for output in outputs for kind in output.get("data", {}))
    kinds = [kind for kind in ("fig", "tbl") if label.startswith(f"{kind}-") or (kind == "fig" and pictures)]
    found = [options.get(f"{kind}-{name}") for kind in kinds for name in ("cap", "subcap")]
    return [
        text for given in found for text in (given if isinstance(given, list) else [given]) if isinstance(text, str)
    ]


def picture_of(data: bytes) -> str:
    """A picture by what is in it."""
    return CONTENT + hashlib.sha256(data).hexdigest()


def _data(chapter: Chapter, data: dict, line: int) -> None:
    if "text/markdown" in data:
        chapter.markdown(data["text/markdown"], line)
    elif "image/svg+xml" in data:
        chapter.written.thing("picture", picture_of(data["image/svg+xml"].encode()), line, "of this cell")
    elif "image/png" in data:
        chapter.written.thing("picture", picture_of(base64.b64decode(data["image/png"])), line, "of this cell")
    elif "text/latex" in data:
        chapter.markdown(data["text/latex"], line)
    elif "text/html" in data:
        chapter.written.say(read_html(data["text/html"]).text, line)
    else:
        _verbatim(chapter, data.get("text/plain", ""), line)


def _verbatim(chapter: Chapter, text: str, line: int) -> None:
    for words in COLOURS.sub("", text).splitlines():
        chapter.written.say(words, line)
