"""Build the book. `build` tells the whole story: read, execute, document, write; to the side, then swapped in."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ..problems import BookError
from ..read.project import Project, read_project
from ..read.source import Source, read_source
from ..resolve.check import check_chapters
from ..resolve.cite import cite, read_bibliography
from ..resolve.document import Document, for_target, read_document
from ..resolve.numbering import number, resolve
from ..resolve.pandoc import remember_in
from ..run.execute import execute
from ..run.kernel import Say
from ..write.files import write_files
from ..write.html import write_site
from ..write.notebooks import index_for_search, notebook_href, write_notebooks
from ..write.pdf import write_pdf
from .stamp import inputs, is_current, leave_stamp
from .swap import one_at_a_time, restore, stage


def build(root: Path, say: Say = print, timeout: float = 300, tick: Say = lambda line: None) -> Project:
    """Build the book in `root` with press; a cell may take `timeout` seconds. Raises BookError, the old book untouched.

    `say` is told what was done, `tick` what is being done.
    """
    with one_at_a_time(root, say) as work:
        project = read_project(root)
        remember_in(work / "pandoc")
        restore(work, project.book)
        made_from = inputs(project)
        if is_current(project, work, made_from):
            say("Nothing has changed since the book was built.")
            return project
        sources, works = check(project)
        results = execute(project, sources, work / "cache", timeout, say, tick)
        with stage(work, project.book) as new:
            write(project, sources, results, works, new)
        leave_stamp(project, work, made_from)
        return project


def check(project: Project) -> tuple[list[Source], list[dict]]:
    """Read everything and run nothing: the chapters, and the works that can be cited (CSL JSON).

    Raises BookError with all that is wrong with the sources, with file and line.
    """
    read = [read_source(project, entry) for entry in project.entries]
    sources = [source for source, _ in read]
    problems = [p for _, found in read for p in found]
    works = read_bibliography(project)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        documents = list(pool.map(lambda s: read_document(s, None), sources))
    problems += check_chapters(project, sources, documents, {work["id"] for work in works})
    if problems:
        raise BookError(*sorted(set(problems)))
    return sources, works


def write(project: Project, sources: list[Source], results: dict, works: list[dict], out: Path) -> None:
    """Write site and PDF of the executed chapters into the empty folder `out`."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        documents = list(pool.map(lambda s: read_document(s, results[s.path]), sources))
        html, typst = pool.map(lambda t: prepare(documents, t, works, project), ("html", "typst"))
        write_files(project, html, out)
        pdf = pool.submit(write_pdf, project, typst, out)
        write_site(project, html, {s.path: notebook_href(s) for s in sources}, out)
        write_notebooks(project, sources, results, out)
        index_for_search(out)
        pdf.result()


def prepare(documents: list[Document], target: str, works: list[dict], project: Project) -> list[Document]:
    """The chapters for one target: its own content only, numbered, references and citations resolved."""
    chosen = [for_target(doc, target) for doc in documents]
    resolve(chosen, number(chosen))
    cite(chosen, works, project)
    return chosen
