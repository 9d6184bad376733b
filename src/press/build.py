"""Build the book. `build` tells the whole story: read, execute, document, write; to the side, then swapped in."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .check import check_chapters
from .crossref import number, resolve
from .document import Document, for_target, read_document
from .execute import TIMEOUT, execute
from .extras import index_for_search, notebook_href, write_notebooks
from .files import write_files
from .html import write_site
from .pandoc import change, document, find, pandoc
from .pdf import write_pdf
from .problems import BookError, Problem
from .project import Project, read_project
from .source import Source, read_source
from .stamp import inputs, is_current, leave_stamp
from .swap import WORK, one_at_a_time, restore, stage

Say = Callable[[str], None]


def build(root: Path, say: Say = print, timeout: float = TIMEOUT) -> Project:
    """Build the book in `root` with press. Raises BookError, the old book untouched."""
    with one_at_a_time(root, say) as work:
        project = read_project(root)
        restore(work, project.book)
        made_from = inputs(project)
        if is_current(project, work, made_from):
            say("Nothing has changed since the book was built.")
            return project
        sources, bibliography = check(project)
        results = execute(project, sources, work / "cache", say, timeout)
        with stage(work, project.book) as new:
            write(project, sources, results, bibliography, new)
        leave_stamp(project, work, made_from)
        return project


def check(project: Project) -> tuple[list[Source], list[dict]]:
    """Read everything and run nothing: the chapters, and the works that can be cited (CSL JSON).

    Raises BookError with all that is wrong with the sources, with file and line.
    """
    read = [read_source(project, entry) for entry in project.entries]
    sources = [source for source, _ in read]
    problems = [p for _, found in read for p in found]
    bibliography = read_bibliography(project)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        documents = list(pool.map(lambda s: read_document(s, None), sources))
    problems += check_chapters(project, sources, documents, {entry["id"] for entry in bibliography})
    if problems:
        raise BookError(*sorted(set(problems)))
    return sources, bibliography


def write(project: Project, sources: list[Source], results: dict, bibliography: list[dict], out: Path) -> None:
    """Write site and PDF of the executed chapters into the empty folder `out`."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        documents = list(pool.map(lambda s: read_document(s, results[s.path]), sources))
        html, typst = pool.map(lambda t: prepare(documents, t, bibliography, project), ("html", "typst"))
        write_files(project, html, out)
        pdf = pool.submit(write_pdf, project, typst, out)
        write_site(project, html, {s.path: notebook_href(s) for s in sources}, out)
        write_notebooks(project, sources, results, out)
        index_for_search(out)
        pdf.result()


def prepare(documents: list[Document], target: str, bibliography: list[dict], project: Project) -> list[Document]:
    """The chapters for one target: its own content only, numbered, references and citations resolved."""
    chosen = [for_target(d, target) for d in documents]
    resolve(chosen, number(chosen))
    return cite(chosen, bibliography, project)


def cite(documents: list[Document], bibliography: list[dict], project: Project) -> list[Document]:
    """Resolve citations over the whole book at once; the list of works goes where ::: {#refs} stands."""
    home = next((d for d in documents if any(e["c"][0][0] == "refs" for e in find(d.blocks, "Div"))), None)
    if not home:
        return documents
    chapters = [{"t": "Div", "c": [[f"press-{i}", [], []], d.blocks]} for i, d in enumerate(documents)]
    meta = {"link-citations": {"t": "MetaBool", "c": True}}
    options = ["--from=json", "--to=json", "--citeproc"]
    if bibliography:
        file = project.root / WORK / "references.json"
        file.write_text(json.dumps(bibliography), "utf-8")
        options.append(f"--bibliography={file}")
    if project.csl:
        options.append(f"--csl={project.root / project.csl}")
    cited = json.loads(pandoc(document(chapters, meta), *options))["blocks"]
    for doc, div in zip(documents, cited, strict=True):
        doc.blocks = div["c"][1]
        if doc is not home:
            doc.blocks = change(doc.blocks, lambda e: _to_reference_list(e, home.entry.path))
    return documents


def _to_reference_list(element: dict, home: str):
    if element["t"] == "Link" and element["c"][2][0].startswith("#ref-"):
        attr, inlines, (href, title) = element["c"]
        return {"t": "Link", "c": [attr, inlines, [f"/{home}{href}", title]]}
    return None


def read_bibliography(project: Project) -> list[dict]:
    entries: list[dict] = []
    for name in project.bibliography:
        text = (project.root / name).read_text("utf-8")
        try:
            entries += json.loads(pandoc(text, "--from=biblatex", "--to=csljson"))
        except BookError as error:
            at = re.search(r"\(line (\d+)", str(error))
            raise BookError(Problem(name, int(at[1]) if at else 0, " ".join(str(error).split()))) from None
    return entries
