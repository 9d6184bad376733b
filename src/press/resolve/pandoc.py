"""Run Pandoc: parse Markdown, write HTML or Typst, and hear its warnings. Its answers are remembered."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from functools import cache
from importlib.metadata import version
from pathlib import Path

from ..problems import BookError
from .memory import remembered
from .tree import Node, Para


@cache
def _version() -> str:
    return version("pypandoc_binary")


# Pandoc reads the names of files as the locale has it, and fails at an umlaut where that is C.
UTF_8 = {"LC_ALL": "C.UTF-8" if sys.platform == "linux" else "en_US.UTF-8"}


@cache
def _program() -> str:
    import pypandoc

    return pypandoc.get_pandoc_path()


def pandoc(text: str, *options: str) -> str:
    """Run Pandoc on `text`. Raises BookError with Pandoc's own words if it refuses, or leaves something out."""
    return pandoc_and_words(text, *options)[0]


def pandoc_and_words(text: str, *options: str) -> tuple[str, str]:
    """The same, with what was said on the way: what Lua filters print."""
    made, said = _run(text, *options)
    if warnings := _warnings(said):
        raise BookError(*(f"Pandoc: {words}" for words in warnings))
    return made, said


def _run(text: str, *options: str) -> tuple[str, str]:
    """Pandoc's output and what it said."""

    def ask() -> list[str]:
        run = subprocess.run(
            [_program(), *options],
            input=text,
            capture_output=True,
            encoding="utf-8",
            check=False,
            env=os.environ | UTF_8,
        )
        if run.returncode:
            raise BookError(f"Pandoc: {run.stderr.partition('CallStack')[0].strip()}")
        return [run.stdout, run.stderr]

    made, said = remembered(_question(text, options), ask)
    return made, said


def _question(text: str, options: tuple[str, ...]) -> str:
    """All that Pandoc's answer rests on: the text, the options and the files that they name, Pandoc's version."""
    files = [Path(option.partition("=")[2]) for option in options]
    digests = [hashlib.sha256(file.read_bytes()).hexdigest() for file in files if file.is_file()]
    return f"{_version()}\0{options}\0{digests}\0{text}"


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
    bad = {words.partition(", rendering as TeX")[0].strip() for words in _warnings(said)}
    texts = [formula["c"][1] for formula in formulas]
    return [tex for tex in texts if f"Could not convert TeX math {' '.join(tex.split())}" in bad]


def _warnings(said: str) -> list[str]:
    return [" ".join(words.split()) for words in re.findall(r"^\[WARNING\] (.*(?:\n  .*)*)", said, re.M)]


def document(blocks: list[Node], meta: dict | None = None) -> str:
    return json.dumps({"pandoc-api-version": [1, 23, 1], "meta": meta or {}, "blocks": blocks})
