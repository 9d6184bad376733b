"""YAML that knows where it stands: the line of each key, and of what cannot be read."""

from __future__ import annotations

from collections.abc import Iterator

import yaml

from ..problems import BookError, Problem


def read_settings(text: str, file: str) -> tuple[dict, dict[str, int]]:
    """The settings in `text`, and the line of each by dotted key ("book.chapters.0").

    Raises BookError naming the line of `file` if that is no YAML, or no mapping.
    """
    try:
        data = yaml.safe_load(text)
        lines = dict(_key_lines(yaml.compose(text)))
    except yaml.YAMLError as error:
        raise BookError(Problem(file, line_of(error), f"is not valid YAML: {reason_of(error)}")) from None
    if not isinstance(data, dict):
        raise BookError(Problem(file, 1, "is empty, or not a list of 'name: value' lines"))
    return data, lines


def _key_lines(node: yaml.Node | None, prefix: str = "") -> Iterator[tuple[str, int]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            name = f"{prefix}{key.value}"
            yield name, key.start_mark.line + 1
            yield from _key_lines(value, f"{name}.")
    elif isinstance(node, yaml.SequenceNode):
        for i, value in enumerate(node.value):
            yield f"{prefix}{i}", value.start_mark.line + 1
            yield from _key_lines(value, f"{prefix}{i}.")


def line_of(error: yaml.YAMLError, first: int = 1) -> int:
    """The line where YAML broke; `first` is the line of the text's own first."""
    mark = getattr(error, "problem_mark", None)
    return first + mark.line if mark else first


def reason_of(error: yaml.YAMLError) -> str:
    return str(getattr(error, "problem", None) or "cannot be read")
