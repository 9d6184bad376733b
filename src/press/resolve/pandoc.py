"""Pandoc, and the few words needed to speak of its AST: plain JSON, `{"t": type, "c": contents}`."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import threading
from collections.abc import Callable
from functools import cache
from importlib.metadata import version
from pathlib import Path

from ..problems import BookError

Node = dict
# Lists of elements carry no type of their own; everything that is a dict with "t" is an element.


@cache
def _program() -> str:
    import pypandoc

    return pypandoc.get_pandoc_path()


def pandoc(text: str, *options: str) -> str:
    """Run Pandoc on `text`. Raises BookError with Pandoc's own words if it refuses, or leaves something out."""
    made, said = _run(text, *options)
    if warnings := _warnings(said):
        raise BookError(*(f"Pandoc: {words}" for words in warnings))
    return made


def _run(text: str, *options: str) -> tuple[str, str]:
    """Pandoc's output and what it said. The same question is answered from memory, where there is one."""
    memory = _memory / _question(text, options) if _memory else None
    if memory and memory.is_file():
        os.utime(memory)  # used: not to be forgotten
        return tuple(json.loads(memory.read_text("utf-8")))
    run = subprocess.run([_program(), *options], input=text, capture_output=True, encoding="utf-8", check=False)
    if run.returncode:
        raise BookError(f"Pandoc: {run.stderr.strip()}")
    if memory and memory.parent.is_dir():
        new = memory.with_suffix(f".{os.getpid()}-{threading.get_ident()}")
        new.write_text(json.dumps([run.stdout, run.stderr]), "utf-8")
        new.replace(memory)
    return run.stdout, run.stderr


_memory: Path | None = None


def remember_in(folder: Path, keep: int = 400) -> None:
    """Keep Pandoc's answers in this folder from now on, the `keep` last used of those that are there."""
    global _memory
    folder.mkdir(exist_ok=True)
    for old in sorted(folder.iterdir(), key=lambda file: file.stat().st_mtime)[:-keep]:
        old.unlink(missing_ok=True)
    _memory = folder


def _question(text: str, options: tuple[str, ...]) -> str:
    """A name for what Pandoc is asked: the text, the options and the files that they name, Pandoc's version."""
    digest = hashlib.sha256(f"{version('pypandoc_binary')}\0{options}\0{text}".encode())
    for option in options:
        file = Path(option.partition("=")[2])
        digest.update(file.read_bytes() if file.is_file() else b"")
    return digest.hexdigest()[:32]


def read_blocks(markdown: str, format: str = "markdown") -> list[Node]:
    return json.loads(pandoc(markdown, f"--from={format}", "--to=json"))["blocks"]


def read_blocks_and_warnings(markdown: str) -> tuple[list[Node], list[tuple[int, str]]]:
    """The Markdown's blocks, and what Pandoc finds odd about it: (line, message)."""
    parsed, said = _run(markdown, "--from=markdown", "--to=json")
    warnings = []
    for words in _warnings(said):
        at = re.search(r"\bline (\d+)", words)
        words = re.sub(r" at (input )?line \d+ column \d+,?", "", words)
        warnings.append((int(at[1]) if at else 1, words))
    return json.loads(parsed)["blocks"], warnings


def unreadable_maths(formulas: list[Node]) -> list[str]:
    """The TeX, of these Math elements, that Pandoc cannot turn into MathML."""
    _, said = _run(document([Para([formula]) for formula in formulas]), "--from=json", "--to=html5", "--mathml")
    bad = {words.partition(", rendering as TeX")[0] for words in _warnings(said)}
    texts = [formula["c"][1] for formula in formulas]
    return [tex for tex in texts if f"Could not convert TeX math {' '.join(tex.split())}" in bad]


def _warnings(said: str) -> list[str]:
    return [" ".join(words.split()) for words in re.findall(r"^\[WARNING\] (.*(?:\n  .*)*)", said, re.M)]


def document(blocks: list[Node], meta: dict | None = None) -> str:
    return json.dumps({"pandoc-api-version": [1, 23, 1], "meta": meta or {}, "blocks": blocks})


def change(node, turn: Callable[[Node], object]):
    """Rebuild the tree top-down. `turn(element)` gives None (keep, and go inside), an element, or a list in its place.

    What `turn` returns is not entered again: a turn that wants its contents changed calls `change` on them.
    """
    if isinstance(node, dict):
        return change_inside(node, turn) if "t" in node else {k: change(v, turn) for k, v in node.items()}
    if not isinstance(node, list):
        return node
    out = []
    for child in node:
        if not isinstance(child, dict) or "t" not in child:
            out.append(change(child, turn) if isinstance(child, list | dict) else child)
        elif (new := turn(child)) is None:
            out.append(change_inside(child, turn))
        elif isinstance(new, list):
            out += new
        else:
            out.append(new)
    return out


def change_inside(element: Node, turn) -> Node:
    contents = element.get("c")
    return {**element, "c": change(contents, turn)} if isinstance(contents, list | dict) else element


def find(node, *types: str) -> list[Node]:
    """Every element of these types, in reading order, nested ones included."""
    found: list[Node] = []

    def walk(inside) -> None:
        if isinstance(inside, dict):
            if inside.get("t") in types:
                found.append(inside)
            inside = inside.values()
        for child in inside:
            if isinstance(child, list | dict):
                walk(child)

    walk(node)
    return found


def plain(inlines) -> str:
    """The words of some inlines, without notes."""
    if isinstance(inlines, list):
        return "".join(plain(i) for i in inlines)
    if not isinstance(inlines, dict):
        return ""
    kind, c = inlines.get("t"), inlines.get("c")
    if kind == "Str":
        return c
    if kind in ("Space", "SoftBreak", "LineBreak"):
        return " "
    if kind in ("Code", "Math"):
        return c[1]
    if kind == "Quoted":
        left, right = "‘’" if c[0]["t"] == "SingleQuote" else "“”"
        return left + plain(c[1]) + right
    if kind in ("Note", "RawInline"):
        return ""
    if kind in ("Link", "Image", "Span", "Cite"):
        return plain(c[1])
    return plain(c)


def words(text: str) -> list[Node]:
    """Inlines of a plain text, spaces between the words."""
    out: list[Node] = []
    for i, word in enumerate(text.split(" ")):
        out += [{"t": "Space"}] * (i > 0) + [Str(word)] * bool(word)
    return out


# Constructors, named as Pandoc names them.
def Attr(identifier: str = "", *classes: str, **pairs: str) -> list:
    return [identifier, list(classes), [[k.replace("_", "-"), v] for k, v in pairs.items()]]


def Str(text: str) -> Node:
    return {"t": "Str", "c": text}


def Raw(format: str, text: str, inline: bool = False) -> Node:
    return {"t": "RawInline" if inline else "RawBlock", "c": [format, text]}


def Span(attr: list, inlines: list) -> Node:
    return {"t": "Span", "c": [attr, inlines]}


def Div(attr: list, blocks: list) -> Node:
    return {"t": "Div", "c": [attr, blocks]}


def Link(attr: list, inlines: list, href: str) -> Node:
    return {"t": "Link", "c": [attr, inlines, [href, ""]]}


def Plain(inlines: list) -> Node:
    return {"t": "Plain", "c": inlines}


def Para(inlines: list) -> Node:
    return {"t": "Para", "c": inlines}


def Strong(inlines: list) -> Node:
    return {"t": "Strong", "c": inlines}


def attribute(attr: list, name: str, default: str = "") -> str:
    return next((v for k, v in attr[2] if k == name), default)
