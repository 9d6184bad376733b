"""The chapters as Jupyter notebooks, with results, for readers to go on from: the page's text and each listing once.

The text is that of the resolved tree, by Pandoc's own notebook writer; the code and its outputs are those that ran.
What the page hides is there as far as cells below it need it, folded in. A notebook runs by itself: its first cell
installs what the cells import, from the book's site or from its repository.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlparse

from ..read.project import Project
from ..read.source import Cell, Source, as_list
from ..resolve.document import Document
from ..resolve.pandoc import document, pandoc
from ..resolve.settle import parse_line
from ..resolve.tree import Attr, Div, Node, Para, Str, Strong, attribute, change, find, plain
from .callouts import callout_kind
from .notebook_cells import Code, Item, cells_of, code_cell, joined, text_cell
from .notebook_code import needed_before, quiet, repeats, what_later_cells_need
from .notebook_text import NotebookText, frame, notebook_of, page_address

BRANCH = "notebooks"  # of the repository: where whoever publishes the book puts them, for Colab reads no other site
COMMENT = re.compile(r"\s*<!--(?:(?!-->).)*-->\s*", re.S)
IPYNB = ("--from=json", "--to=ipynb", "--wrap=none", "--email-obfuscation=none")


def has_notebook(source: Source) -> bool:
    """Whether a chapter is a notebook too: if it shows code that runs."""
    shown = [piece.options for piece in source.pieces if isinstance(piece, Cell) and piece.runs]
    return any(option.get("echo", True) and option.get("include") is not False for option in shown)


def write_notebooks(
    project: Project, sources: list[Source], results: dict[str, list], documents: list[Document], wheel: str, out: Path
) -> None:
    """Every chapter that shows code as a notebook below `out`; `wheel` is the file to install, "" if there is none."""
    chapters = [(s, d) for s, d in zip(sources, documents, strict=True) if has_notebook(s)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        made = list(pool.map(lambda pair: _Notebook(project, *pair, results[pair[0].path], wheel).json(), chapters))
    for (source, _), notebook in zip(chapters, made, strict=True):
        file = out / notebook_of(source.path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", "utf-8")


def colab_address(project: Project, path: str) -> str:
    """Where Colab opens a chapter's notebook; "" unless the book is published from a repository on GitHub."""
    repository = urlparse(project.repo_url)
    if not project.site_url or repository.netloc not in ("github.com", "www.github.com"):
        return ""
    name = repository.path.strip("/").removesuffix(".git")
    return f"https://colab.research.google.com/github/{name}/blob/{BRANCH}/{notebook_of(path)}"


class _Notebook:
    def __init__(self, project: Project, source: Source, doc: Document, results: list, wheel: str):
        self.project, self.source, self.doc, self.results, self.wheel = project, source, doc, results, wheel
        self.text = NotebookText(project, doc)

    def json(self) -> dict:
        items = [*self._with_hidden(self._flow(self.doc.blocks))]
        title, *rest = joined(items)
        n = 1 + next(i for i, block in enumerate(title) if block["t"] == "Header")
        cells = [text_cell([*title[:n], frame(self._about())]), *self._install()]
        cells += [cell for item in ([title[n:]] if title[n:] else []) + rest for cell in cells_of(item)]
        self._set_texts(cells)
        cells = [{"id": f"cell-{i}", **cell} for i, cell in enumerate(cells, 1)]
        kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
        name = plain(parse_line(self.project.title))
        metadata = {
            "kernelspec": kernel,
            "language_info": {"name": "python"},
            "title": f"{name}: {plain(self.doc.title)}",
        }
        return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}

    # ---------------------------------------------------------------------------------------------------- its frame

    def _about(self) -> str:
        words = self.project.words
        links = ((words["on the web"], page_address(self.project, self.doc)),)
        links += ((words["in Colab"], colab_address(self.project, self.source.path)),)
        about = [f"*{self.project.title}*", *(f"[{name}]({address})" for name, address in links if address)]
        return " · ".join(about)

    def _install(self) -> list[dict]:
        """The cell that installs what the others import, from the site or the repository; or else how to do it."""
        site, repository = self.project.site_url, self.project.repo_url
        if not self.wheel:
            return []
        if not (site or repository):
            name = self.wheel.partition("-")[0].replace("_", "-")
            return [text_cell([frame(f"{self.project.words['install']} `pip install ./{name}`.")])]
        address = f"{site}/{self.wheel}" if site else f"git+{repository}"
        return [code_cell(f"%pip install --quiet {address}", [], {"tags": ["install"]})]

    # ------------------------------------------------------------------------------------------------------ its flow

    def _flow(self, blocks: list[Node]) -> list[Item]:
        """Text and code, one after the other, however deep the code stands."""
        out: list[Item] = []
        taken = None
        for block, following in zip(blocks, [*blocks[1:], None], strict=True):
            if block is taken:
                continue
            if _is_cell(block):
                out += self._cell(block)
            elif not any(_is_cell(div) for div in find(block, "Div")):
                out.append(self.text.blocks([block]))
            else:
                items = self._around(block)
                if merged := self._merged(items, following):
                    items, taken = merged, following
                out += items
        return out

    def _around(self, block: Node) -> list[Item]:
        """A block with code in it: the code comes out of it, and the text beside keeps its look."""
        if block["t"] == "Figure":
            above, below = self.text.captions(block)
            return [above, *self._flow(block["c"][2]), below]
        if block["t"] != "Div":  # a list, a quote: the code follows
            cells = [div for div in find(block, "Div") if _is_cell(div)]
            return [self.text.blocks([_without(block, cells)]), *(item for cell in cells for item in self._cell(cell))]
        attr, inside = block["c"]
        place = [self.text.anchor(attr[0])]
        if callout_kind(attr):
            title, inside, folded = self.text.callout(attr, inside)
            return [*place, *self._boxed(title, self._flow(inside), folded)]
        if "panel-tabset" in attr[1]:
            return place + [item for title, content in _tabs(inside) for item in self._tab(title, content)]
        return [*place, *self._flow(inside)]

    def _boxed(self, title: list[Node], items: list[Item], folded: bool) -> Iterator[Item]:
        """A callout around code: its text in parts, the first under its title."""
        more = [*title, Str(f" ({self.project.words['continued']})")] if folded else []
        items = joined(items)
        if isinstance(items[0], Code):
            yield [Para([Strong(title)])]
            title = more
        for item in items:
            if isinstance(item, Code):
                yield replace(item, folded=folded)
            else:
                yield self.text.boxed(title, item, folded)
                title = more

    def _tab(self, title: list[Node], content: list[Node]) -> list[Item]:
        """A tab: under its name, unless it is the code that runs."""
        items = self._flow(content)
        named = not any(isinstance(item, Code) for item in items)
        return [[self.text.tab(title)], *items] if named else items

    def _cell(self, block: Node) -> list[Item]:
        piece = int(attribute(block["c"][0], "piece"))
        cell = self.source.pieces[piece]
        option, outputs = cell.options.get, self.results[piece]
        shown = option("echo", True) is not False
        figures = [figure for figure in block["c"][1] if figure["t"] == "Figure"]
        if not cell.runs:
            return [self.text.blocks(block["c"][1])]
        if option("output") == "asis":
            results = [inner for inner in block["c"][1] if inner["t"] != "CodeBlock"]
            return [*([Code(piece, cell.code)] if shown else []), self.text.blocks(results)]
        if not shown and all(_unseen(output) for output in outputs):
            return []
        code = quiet(cell.code) if option("output") is False and any("data" in o for o in outputs) else cell.code
        given = [o for o in outputs if "data" not in o] if option("output") is False else outputs  # what a run prints
        if option("warning") is False:
            given = [o for o in given if o.get("name") != "stderr"]
        alts = as_list(option("fig-alt")) or [" ".join(plain(f["c"][1][1]) for f in figures) or "figure"]
        made = Code(piece, code, given, not shown, False, option("error") is True, str(alts[0]))
        above, below = zip(*map(self.text.captions, figures), strict=True) if figures else ((), ())
        return [*above, made, *below]

    def _merged(self, items: list[Item], following: Node | None) -> list[Item]:
        """A listing, and the hidden cell below it that shows what it makes by the listing's own last line, as one."""
        listings = [item for item in items if isinstance(item, Code)]
        if len(listings) != 1 or following is None or not _is_cell(following):
            return []
        after = self._cell(following)
        shown = next((item for item in after if isinstance(item, Code) and item.hidden), None)
        listing = self.source.pieces[listings[0].piece]
        if not shown or listing.options.get("output") is not False or not repeats(listing.code, shown.code):
            return []
        one = replace(listings[0], code=listing.code, outputs=shown.outputs, alt=shown.alt)
        together = [one if item is shown else item for item in after]
        return [part for item in items for part in (together if item is listings[0] else [item])]

    def _with_hidden(self, items: list[Item]) -> Iterator[Item]:
        """The items, and before each cell of code what the page hides, if cells below need it."""
        shown = [item for item in items if isinstance(item, Code)]
        pieces = {item.piece for item in shown}
        waiting = {i: p for i, p in enumerate(self.source.pieces) if isinstance(p, Cell) and p.runs and i not in pieces}
        hidden: dict[int, str] = {}
        later: set[str] = set()
        for i in sorted({*pieces, *waiting}, reverse=True):
            if i in waiting:
                unseen = self.source.pieces[i].options.get("include") is not False
                hidden[i] = what_later_cells_need(waiting[i].code, later, unseen) if later else ""
            later = needed_before(hidden.get(i) or "\n".join(item.code for item in shown if item.piece == i), later)
        for item in items:
            if isinstance(item, Code):
                for i in sorted(i for i in hidden if i < item.piece):
                    if code := hidden.pop(i):
                        yield Code(i, code, hidden=True, folded=item.folded)
            yield item

    def _set_texts(self, cells: list[dict]) -> None:
        """Let Pandoc write the Markdown of all cells of text at once."""
        texts = [cell for cell in cells if cell["cell_type"] == "markdown"]
        divs = [Div(Attr("", "cell", "markdown"), cell["source"]) for cell in texts]
        written = json.loads(pandoc(document(divs), *IPYNB))["cells"]
        for cell, made in zip(texts, written, strict=True):
            cell["source"] = "".join(made["source"])


def _is_cell(block: Node) -> bool:
    return block["t"] == "Div" and "cell" in block["c"][0][1] and bool(attribute(block["c"][0], "piece"))


def _unseen(output: dict) -> bool:
    """Whether an output shows a reader nothing: a comment, which is for a page's script."""
    return bool(COMMENT.fullmatch(output.get("data", {}).get("text/markdown", "|")))


def _tabs(inside: list[Node]) -> list[tuple[list[Node], list[Node]]]:
    """(title, contents) of each tab: one begins at each heading of the first one's level."""
    level = next((block["c"][0] for block in inside if block["t"] == "Header"), 0)
    tabs: list[tuple[list[Node], list[Node]]] = []
    for block in inside:
        if block["t"] == "Header" and block["c"][0] == level:
            tabs.append((block["c"][2], []))
        elif tabs:
            tabs[-1][1].append(block)
    return tabs


def _without(block: Node, cells: list[Node]) -> Node:
    return change([block], lambda element: [] if any(element is cell for cell in cells) else None)[0]
