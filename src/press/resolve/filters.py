"""Run the book's Lua filters, those of `filters` in `_quarto.yml`, through Pandoc: what Quarto does at `pre-ast`."""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
from bisect import bisect_right
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import accumulate, chain
from pathlib import Path

from ..problems import BookError, Problem
from ..read.project import Project
from ..read.source import INLINE
from .bind import join, part
from .document import Document
from .pandoc import document, pandoc_and_words
from .tree import Node

RUNNER = Path(__file__).with_name("filters.lua")


def run_filters(project: Project, documents: list[Document], target: str) -> list[Document]:
    """The chapters as the filters leave them: for the site each by itself, for the PDF all at once.

    Raises BookError with the filter's name and message if one fails.
    """
    if not project.filters:
        return documents
    if target == "typst":
        return part(_filtered(project, join(documents), target, documents), documents)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(lambda d: replace(d, blocks=_filtered(project, d.blocks, target, [d])), documents))


def words_taken(before: list[Document], after: list[Document]) -> frozenset[str]:
    """The words that filters took out of the book, or changed; what they only moved is not among them."""
    if before is after:
        return frozenset()
    blocks = [[doc.blocks for doc in docs] for docs in (before, after)]
    changed = [
        [doc for doc in docs if doc.blocks not in there]
        for docs, there in zip((before, after), blocks[::-1], strict=True)
    ]
    counts = [Counter(chain.from_iterable((*doc.words(), *_words_of_code(doc)) for doc in docs)) for docs in changed]
    return frozenset(counts[0] - counts[1])


def _words_of_code(document: Document) -> list[str]:
    return [word for code in document.find("Code", "CodeBlock") for word in code["c"][1].split()]


def _filtered(project: Project, blocks: list[Node], target: str, documents: list[Document]) -> list[Node]:
    asked = {"format": target, "root": str(project.root), "filters": project.filters, "written": _written(project)}
    asked |= {"input": str(project.root / documents[0].entry.path)} if target != "typst" else {}
    addresses = {"site-url": project.site_url, "repo-url": project.repo_url}
    book = {name: address for name, address in addresses.items() if address}
    meta = {"press": _meta(asked), "book": _meta(book)}
    made, said = pandoc_and_words(document(blocks, meta), "--from=json", "--to=json", f"-L{RUNNER}")
    print(said, end="", file=sys.stderr)  # what the filters print
    try:
        result = json.loads(made)
    except ValueError:
        raise BookError(f"A filter ({', '.join(project.filters)}) writes to standard output; print(...) may.") from None
    if "failed" in result["meta"]:
        paths = [document.entry.path for document in documents if document.entry.path]
        raise BookError(_problem(project.root, paths, result["meta"]["failed"]["c"], result["meta"]["message"]["c"]))
    return result["blocks"]


def _problem(root: Path, paths: list[str], filter: str, message: str) -> Problem:
    """Lua's message, "file:line: words", without its traceback; or, if it ends in words of a chapter, their place."""
    words = message.partition("\nstack traceback:")[0]
    at = re.match(rf"{re.escape(filter)}:(\d+): ", words)
    quoted = re.search(r": “([^”]+)”$", words)
    if quoted and (place := _place(root, paths, quoted[1])):
        return Problem(*place, words[at.end() if at else 0 :])
    return Problem(filter, int(at[1]) if at else 0, f"the filter fails: {words[at.end() if at else 0 :]}")


def _place(root: Path, paths: list[str], words: str) -> tuple[str, int] | None:
    """The file and line where a chapter has these words, whatever marks stand between them."""
    for path in paths:
        lines = [_letters(line) for line in (root / path).read_text("utf-8").splitlines()]
        if _letters(words) in (text := "".join(lines)):
            ends = list(accumulate(map(len, lines)))
            return path, 1 + bisect_right(ends, text.index(_letters(words)))
    return None


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", INLINE.sub("", text))


def _written(project: Project) -> str:
    """A hash of all that stands where the filters are: they may read one another. Pandoc's answers are kept by it."""
    digest = hashlib.sha256()
    for folder in sorted({(project.root / name).parent for name in project.filters}):
        for file in sorted(folder.rglob("*.lua")):
            digest.update(f"\0{file}\0".encode() + file.read_bytes())
    return digest.hexdigest()


def _meta(value: str | list | dict) -> Node:
    if isinstance(value, dict):
        return {"t": "MetaMap", "c": {key: _meta(one) for key, one in value.items()}}
    if isinstance(value, list):
        return {"t": "MetaList", "c": [_meta(one) for one in value]}
    return {"t": "MetaString", "c": value}
