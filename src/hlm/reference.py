"""The reference: every public name of hlm with its signature and what its docstring says, as Markdown.

The text is that of `help()`. Sections of a docstring (Args, Returns, ...) become labelled paragraphs and lists, and
examples become code.
"""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import hlm

from . import plots
from .arguments import checked
from .errors import ModelError

# What the sections of a docstring are called in the reference.
LABELS = {
    "Args": "Takes",
    "Attributes": "Has",
    "Returns": "Gives",
    "Raises": "Raises",
    "Warns": "Warns",
    "Source": "Source",
    "Example": "Example",
}
WIDTH = 79  # of a page's column of code
SECTION = re.compile(rf"^({'|'.join(LABELS)}):[ \t]*(.*)$")
ROOMS = {
    "models": "mixed_model least_squares marginal_effects results model inference",
    "tables": "tables",
    "course": "course",
    "plots": "plots",
    "errors": "errors",
}


@checked
def reference_text(room: str) -> str:
    """The reference of one part of hlm.

    Args:
        room: "models", "tables", "course", "plots" or "errors".

    Returns:
        Markdown: a heading of the third level for each public name, with its signature, and for a class its public
        members.

    Raises:
        ModelError: there is no such part.

    Example:
        >>> import hlm
        >>> print(hlm.reference.reference_text("models").splitlines()[0])
        ### `hlm.bootstrap`
    """
    if room not in ROOMS:
        raise ModelError(f"hlm has no part {room!r}; the parts are {', '.join(ROOMS)}")
    return "\n\n".join(part for name, member in public(room) for part in _entry(name, member)) + "\n"


def public(room: str) -> Iterator[tuple[str, Any]]:
    """The public names of a part, with what they name."""
    package, prefix = (plots, "hlm.plots") if room == "plots" else (hlm, "hlm")
    for name in sorted(package.__all__, key=lambda name: (name.lower(), name)):
        member = getattr(package, name)
        home = getattr(member, "__module__", "hlm.plots").split(".")[1]
        is_error = inspect.isclass(member) and issubclass(member, Exception)
        if not isinstance(member, ModuleType) and (("errors" if is_error else home) in ROOMS[room].split()):
            yield f"{prefix}.{name}", member


def _entry(name: str, member: Any) -> Iterator[str]:
    yield f"### `{name}`"
    if not callable(member):
        yield f"The colour or style `{member}`."
        return
    if inspect.isclass(member):
        yield from _told(inspect.getdoc(member))
        if not issubclass(member, Exception):
            for own, value in members(member).items():
                yield from _member(f"{name.rsplit('.', 1)[-1]}.{own}", value)
        return
    yield _code(f"{name}{signature(member, len(name))}")
    yield from _told(inspect.getdoc(member))


def members(cls: type) -> dict[str, Any]:
    """The public members of a class, in the order of its files; those of a public class that it builds on are there."""
    others = [other for other in cls.__mro__[1:] if getattr(hlm, other.__name__, None) is other]
    told = {part for other in others for part in other.__mro__}
    own = [part for part in reversed(cls.__mro__) if part not in told and part.__module__.startswith("hlm.")]
    public = {name: value for part in own for name, value in vars(part).items() if not name.startswith("_")}
    return {name: value for name, value in public.items() if _is_ours(value)}


def _is_ours(value: Any) -> bool:
    """Not what another library writes into each class that builds on its own, as Matplotlib does `Figure.set`."""
    return not inspect.isfunction(value) or value.__module__.startswith("hlm")


def _member(name: str, value: Any) -> Iterator[str]:
    function = getattr(value, "fget", None) or getattr(value, "func", None)
    if inspect.isfunction(value):
        yield f"#### `{name}` {{.unnumbered .unlisted}}"
        yield _code(f"{name}{signature(value, len(name))}")
        yield from _told(inspect.getdoc(value))
    elif function is not None:
        told = list(_told(inspect.getdoc(function)))
        yield f"`{name}`: {told[0]}"
        yield from told[1:]


def signature(function: Any, before: int = 0) -> str:
    """A function's signature without `self`, types as they are written, a line for each argument if it is long.

    `before` is how many signs stand before it on its first line.
    """
    found = inspect.signature(function)
    parameters = [
        p.replace(annotation=_Written(p.annotation)) if isinstance(p.annotation, str) else p
        for p in found.parameters.values()
        if p.name != "self"
    ]
    gives = found.return_annotation
    gives = _Written(gives) if isinstance(gives, str) else gives
    text = str(found.replace(parameters=parameters, return_annotation=gives))
    if len(text) <= 60 and before + len(text) <= WIDTH:
        return text
    marks = []
    for k, p in enumerate(parameters):
        if p.kind is p.KEYWORD_ONLY and (k == 0 or parameters[k - 1].kind is not p.KEYWORD_ONLY):
            marks.append("*")
        marks.append(str(p))
    after = "" if gives is found.empty else f" -> {inspect.formatannotation(gives)}"
    return "(\n" + "".join(f"    {mark},\n" for mark in marks) + f"){after}"


class _Written(str):
    """An annotation that is shown as it is written, without quotation marks."""

    def __repr__(self) -> str:
        return str(self)


def _code(text: str) -> str:
    return f"```python\n{text}\n```"


def _told(doc: str | None) -> Iterator[str]:
    """A docstring as Markdown blocks."""
    section, lines = "", list[str]()
    for line in [*(doc or "").splitlines(), "Source:"]:
        found = SECTION.match(line)
        if found is None:
            lines.append(line)
            continue
        if any(lines):
            yield from _section(section, lines)
        section, lines = found[1], [found[2]] if found[2] else []


def _section(section: str, lines: list[str]) -> Iterator[str]:
    text = textwrap.dedent("\n".join(lines)).strip()
    if not section:
        yield from _blocks(text)
    elif section == "Example":
        yield "**Example**"
        yield _code(re.sub(r"  # doctest:.*", "", text))
    elif section in ("Args", "Attributes", "Raises", "Warns") and re.match(r"^[\w, ]+:\s", text):
        yield f"**{LABELS[section]}**"
        items = re.split(r"\n(?=\S)", text)
        yield "\n".join("- " + _item(" ".join(item.split())) for item in items)
    else:
        first, *rest = _blocks(text)
        yield f"**{LABELS[section]}** {first}"
        yield from rest


def _blocks(text: str) -> Iterator[str]:
    """Paragraphs, and lists of what begins with a hyphen."""
    for block in re.split(r"\n\s*\n", text):
        items = re.split(r"^\s*- ", block, flags=re.M)
        if items[0].strip():
            yield _escaped(" ".join(items[0].split()))
        if items[1:]:
            yield "\n".join("- " + _escaped(" ".join(item.split())) for item in items[1:])


def _item(text: str) -> str:
    """`n: samples. seed: of the draws.`: each name as code."""
    name, _, rest = text.partition(":")
    if not re.fullmatch(r"[\w, *]+", name):
        return _escaped(text)
    return ", ".join(f"`{part.strip()}`" for part in name.split(",")) + ":" + _escaped(rest)


def _escaped(text: str) -> str:
    """Plain text as Markdown: what stands in backticks is code, and no other sign means anything."""
    parts = re.split(r"(`[^`]+`)", text)
    return "".join(part if k % 2 else re.sub(r"([\\*_<>$|~^\[\]#@])", r"\\\1", part) for k, part in enumerate(parts))
