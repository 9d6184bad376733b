"""Build the book. `build` tells the story: read, run, resolve, write, proof-read; to the side, then swapped in."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from ..problems import BookError, Problem
from ..proof.chapters import Results, proof_read
from ..read.check import check_source
from ..read.project import Project, read_project
from ..read.source import Cell, Source, Text, read_source
from ..read.vocabulary import FORMATS
from ..resolve.bind import bind
from ..resolve.check import check_documents, passed_over
from ..resolve.cite import cite, read_bibliography
from ..resolve.crossref import link_references
from ..resolve.document import Document, for_target, read_document
from ..resolve.elsewhere import lead_elsewhere
from ..resolve.filters import run_filters, words_taken
from ..resolve.memory import remember_in
from ..resolve.numbering import number
from ..run.execute import are_known, execute
from ..run.kernel import Say
from ..write.files import write_files
from ..write.notebooks import notebook_href, write_notebooks
from ..write.pages import write_site
from ..write.pdf import write_pdf
from ..write.search import index_for_search
from ..write.sitemap import write_sitemap
from .decks import check_decks, make_decks, write_all_decks
from .stamp import inputs, is_current, leave_stamp
from .swap import one_at_a_time, restore, stage


@contextmanager
def uncollected() -> Iterator[None]:
    """Trees of Pandoc's have no circles in them: to look for some, again and again, takes a third of a build's time."""
    on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if on:
            gc.enable()


@uncollected()
def build(
    root: Path, say: Say = print, timeout: float = 300, tick: Say = lambda line: None, slides: bool = False
) -> Project:
    """Build the book in `root` with press; a cell may take `timeout` seconds. Raises BookError, the old book untouched.

    `say` is told what was done, `tick` what is being done. With `slides` the decks are made as well.
    """
    with one_at_a_time(root, say) as work:
        project = read_project(root)
        restore(work, project.book)
        made_from = inputs(project)
        if is_current(project, work, made_from, slides):
            say("Nothing has changed since the book was built.")
            return project
        remember_in(work / "answers")
        sources, works = check(project, say, work / "cache")
        decks = check_decks(project, say) if slides else None
        results = execute(project, sources, work / "cache", timeout, say, tick)
        chapters = resolve(project, sources, results, works)
        shown = make_decks(*decks, work / "cache-of-decks", timeout, say, tick) if decks else {}
        with stage(work, project.book) as new:
            sheets = write(project, sources, results, chapters, new)
            given = {source.path: _given(source, results[source.path]) for source in sources}
            taken = {format: documents[0].taken for format, documents in chapters.items()}
            if decks:
                write_all_decks(decks[0], shown, new)
            if lost := proof_read(project, given, sheets, new, taken):
                same = inputs(project) == made_from
                raise BookError(*(lost if same else ["The sources changed while the book was built. Build again."]))
        leave_stamp(project, work, made_from, slides)
        return project


def check(project: Project, say: Say = lambda line: None, cache: Path | None = None) -> tuple[list[Source], list[dict]]:
    """Read everything and run nothing: the chapters, and the works that can be cited (CSL JSON).

    `say` is told what was passed over, because it concerns Quarto's own look or tools alone. If `cache` has the results
    of all cells, filters are not tried on chapters without results: they are asked at once about those with them.
    Raises BookError with all that is wrong with the sources, with file and line.
    """
    read = [read_source(project, entry) for entry in project.entries]
    sources = [source for source, _ in read]
    problems = [problem for _, found in read for problem in found]
    problems += [problem for source in sources if source.pieces for problem in check_source(source)]
    works = read_bibliography(project)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        documents = list(pool.map(lambda s: read_document(project, s, None), sources))
    problems += check_documents(project, sources, documents, {work["id"] for work in works})
    if problems:
        raise BookError(*sorted(set(problems)))
    if not (cache and are_known(project, sources, cache)):
        for format in FORMATS:
            _numbered(project, documents, format)
    if passed := [*project.look, *passed_over(sources, documents)]:
        say("Of Quarto's own look or tools, and passed over: " + "; ".join(passed) + ".")
    return sources, works


def resolve(
    project: Project, sources: list[Source], results: dict[str, list], works: list[dict]
) -> dict[str, list[Document]]:
    """The executed chapters by format: its own content only, filtered, numbered, references and citations resolved."""

    def for_format(format: str) -> list[Document]:
        chosen = _numbered(project, documents, format)
        cite(chosen, works, project, apart=format == "html")
        return chosen

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        documents = list(pool.map(lambda s: read_document(project, s, results[s.path]), sources))
        return dict(zip(FORMATS, pool.map(for_format, FORMATS), strict=True))


def _numbered(project: Project, documents: list[Document], format: str) -> list[Document]:
    """The chapters for one format, but for citations. Raises BookError if filters fail, or leave labels astray."""
    chosen = [for_target(document, format, project.profiles) for document in documents]
    lead_elsewhere(chosen)
    bound = bind(chosen) if format == "typst" else chosen
    filtered = run_filters(project, bound, format)
    chosen = [for_target(document, format, project.profiles) for document in filtered]  # what filters made conditional
    taken = words_taken(bound, chosen)
    chosen = [replace(document, taken=taken) for document in chosen]
    labels = number(chosen, project.number_depth[format])
    link_references(chosen, labels)
    wrong = [(i, f"the label {label} is used twice") for i, label in labels.twice]
    wrong += [(i, f"@{label} refers to nothing in the book") for i, label in labels.missing]
    if wrong:  # the sources are right: it comes from a filter, or from what a cell shows
        raise BookError(*(Problem(chosen[i].entry.path, 0, f"{what}, for {format}") for i, what in wrong))
    return chosen


def write(
    project: Project, sources: list[Source], results: dict[str, list], chapters: dict[str, list[Document]], out: Path
) -> dict[str, str]:
    """Write site and PDF into the empty folder `out`; Typst sets the PDF while the pages are written.

    Gives the PDF's Typst source by chapter.
    """
    write_files(project, chapters["html"], out)
    with ThreadPoolExecutor(1) as pool:
        pdf = pool.submit(write_pdf, project, chapters["typst"], out)
        write_site(project, chapters["html"], {s.path: notebook_href(s) for s in sources}, out)
        write_sitemap(project, out)
        write_notebooks(project, sources, results, out)
        index_for_search([entry.href for entry in project.entries], out)
        return pdf.result()


def _given(source: Source, results: list) -> Results:
    """What a chapter's code gave, each result beside its code."""
    pairs = list(zip(source.pieces, results, strict=True))
    texts = [(piece.expressions, found) for piece, found in pairs if isinstance(piece, Text)]
    values = [pair for expressions, found in texts for pair in zip(expressions, found, strict=False)]
    return Results([(piece.code, found) for piece, found in pairs if isinstance(piece, Cell)], values)
