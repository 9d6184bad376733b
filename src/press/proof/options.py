"""The options of a cell as its author wrote them: in #| lines, in the header of R's cells, for a whole chapter."""

from __future__ import annotations

import re

import yaml

LINE = re.compile(r"^\s*(?:#|//|--|%%?|/\*|!)\s?\|(.*?)(?:\*/)?\s*$")
PAIR = re.compile(r"""([A-Za-z][\w.-]*)\s*[=:]\s*("[^"]*"|'[^']*'|[^,\n]*)""")
LABEL = re.compile(r"^\{\w+[\s,]+([\w-]+)\s*(?:[,}]|$)")
WORDS = {"true": True, "t": True, "false": False, "f": False}


def options_of(info: str, body: list[str]) -> tuple[dict, list[str]]:
    """A cell's options by Quarto's names, and its code: `info` stands behind its fence, `body` within."""
    body = body[next((k for k, line in enumerate(body) if line.strip()), 0) :]
    n = next((k for k, line in enumerate(body) if not LINE.match(line)), len(body))
    written = "\n".join(match[1] for line in body[:n] if (match := LINE.match(line)))
    label = LABEL.match(info)
    options = ({"label": label[1]} if label else {}) | _pairs(info.strip("{} ")) | _lines(written)
    python = info.lower().startswith("{python")
    return options if python else {name.replace(".", "-"): v for name, v in options.items()}, body[n:]


def options_of_chapter(front: str) -> dict:
    """What a chapter's front matter has for all its cells: under execute, and by an option's own name."""
    try:
        settings = yaml.safe_load(front)
    except yaml.YAMLError:
        return {}
    if not isinstance(settings, dict):
        return {}
    execute = settings.get("execute")
    return settings | (execute if isinstance(execute, dict) else {})


def _lines(written: str) -> dict:
    try:
        options = yaml.load(re.sub(r"!expr\s", "", written), yaml.SafeLoader) or {}
    except yaml.YAMLError:
        options = None
    return {str(k): v for k, v in options.items()} if isinstance(options, dict) else _pairs(written)


def _pairs(text: str) -> dict:
    """Options as R writes them: echo = FALSE, fig.cap = "The mean"."""
    values = ((name, value.strip().strip("\"'")) for name, value in PAIR.findall(text))
    return {name: WORDS.get(value.lower(), value) for name, value in values}
