"""Build the book. `build` tells the story: read, run, resolve, write, proof-read; to the side, then swapped in."""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from ..problems import BookError, Problem
from ..proof.chapters import Results, proof_read
from ..read.check import check_source
from ..read.decks import SLIDES
from ..read.project import Project, read_project
from ..read.source import Cell, Source, Text, read_source
from ..read.vocabulary import FORMATS, NOTEBOOK
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
from ..write.notebooks import write_notebooks
from ..write.pages import write_site
from ..write.pdf import write_pdf
from ..write.search import index_for_search
from ..write.sitemap import write_sitemap
from ..write.wheel import build_wheel
from .decks import check_decks, make_decks, write_all_decks
from .stamp import inputs, is_current, leave_stamp
from .swap import one_at_a_time, restore, stage, stage_more


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


@dataclass(frozen=True)
class Parsed:
    """A book read and run: its chapters with what their cells gave, parsed, and the works that they may cite.

    `wheel` is the package that comes with it, for who reads on in a notebook.
    """

    project: Project
    sources: list[Source]
    results: dict[str, list]
    documents: list[Document]
    works: list[dict]
    wheel: Path | None = None


@uncollected()
def build(
    root: Path,
    say: Say = print,
    timeout: float = 300,
    tick: Say = lambda line: None,
    slides: bool = False,
    pages_first: Callable[[], bool] | None = None,
) -> Project:
    """Build the book in `root` with press; a cell may take `timeout` seconds. Raises BookError, the old book untouched.

    `say` is told what was done, `tick` what is being done. With `slides` the decks are made as well. A preview puts its
    `pages_first`: that is called once they are in place, beside the old PDF, and says whether the PDF is still wanted.
    """
    with one_at_a_time(root, say) as work:
        project = read_project(root)
        if slides:
            project = replace(project, profiles=(*project.profiles, SLIDES))
        restore(work, project.book)
        made_from = inputs(project)
        if is_current(project, work, made_from, slides):
            say("Nothing has changed since the book was built.")
            return project
        remember_in(work / "answers")
        sources, works = check(project, say, work / "cache")
        decks = check_decks(project, say) if slides else None
        book = run(project, sources, works, timeout, say, tick)
        shown = make_decks(*decks, work / "cache-of-decks", timeout, say, tick) if decks else {}
        if pages_first:
            whole = _one_after_the_other(book, work, made_from, pages_first)
        else:
            whole = True
            with stage(work, project.book) as new:
                _side_by_side(book, new, made_from)
                if decks:
                    write_all_decks(decks[0], shown, new)
        if whole:
            leave_stamp(project, work, made_from, slides)
        return project


def _side_by_side(book: Parsed, new: Path, made_from: str) -> None:
    """Write site and PDF into the empty folder `new`, each on a processor of its own, and proof-read them."""
    with ThreadPoolExecutor(1) as beside:
        bound = beside.submit(resolve, book, "typst")
        pages = resolve(book, "html")
        write_files(book.project, pages, new)
        sheets = beside.submit(lambda: write_pdf(book.project, bound.result(), new, new / book.project.pdf))
        with write_pages(book, pages, new):
            write_to_take_along(book, new)
            _proof(book, new, made_from, pages, bound.result(), sheets.result())


def _one_after_the_other(book: Parsed, work: Path, made_from: str, pages_first: Callable[[], bool]) -> bool:
    """Put the pages in place, then PDF and notebooks, as long as they are wanted. Gives whether all is there."""
    project = book.project
    with stage(work, project.book) as new:
        pages = resolve(book, "html")
        write_files(project, pages, new)
        with write_pages(book, pages, new):
            _proof(book, new, made_from, pages)
        for file in _made_later(project):  # the old one, so that no link is dead
            (new / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(project.book / file, new / file)
    if not pages_first():
        return False
    bound = resolve(book, "typst")
    with stage_more(work, project.book) as new:
        sheets = write_pdf(project, bound, project.book, new / project.pdf)
        write_to_take_along(book, new)
        _proof(book, project.book, made_from, pages, bound, sheets)
    return True


def _made_later(project: Project) -> list[Path]:
    """What of the book that is there is no page, and made after the pages: the PDF, notebooks, the package."""
    found = [project.book / project.pdf, *project.book.rglob("*.ipynb"), *project.book.glob("*.whl")]
    return [file.relative_to(project.book) for file in found if file.is_file()]


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


def run(
    project: Project,
    sources: list[Source],
    works: list[dict],
    timeout: float = 300,
    say: Say = lambda line: None,
    tick: Say = lambda line: None,
) -> Parsed:
    """The chapters with what their cells give; their package is built meanwhile."""
    with ThreadPoolExecutor(1) as beside:
        wheel = beside.submit(build_wheel, project.root, project.work / "wheel")
        results = execute(project, sources, project.work / "cache", timeout, say, tick)
        return Parsed(project, sources, results, parse(project, sources, results), works, wheel.result())


def parse(project: Project, sources: list[Source], results: dict[str, list]) -> list[Document]:
    """The executed chapters as Pandoc reads them."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(lambda s: read_document(project, s, results[s.path]), sources))


def resolve(book: Parsed, format: str) -> list[Document]:
    """The chapters for one format: its own content only, filtered, numbered, references and citations resolved."""
    chosen = _numbered(book.project, book.documents, format)
    cite(chosen, book.works, book.project, apart=format != "typst")
    return chosen


def _numbered(project: Project, documents: list[Document], format: str) -> list[Document]:
    """The chapters for one format, but for citations. Raises BookError if filters fail, or leave labels astray."""
    chosen = [for_target(document, format, project.profiles) for document in documents]
    lead_elsewhere(chosen)
    bound = bind(chosen) if format == "typst" else chosen
    filtered = run_filters(project, bound, format)
    chosen = [for_target(document, format, project.profiles) for document in filtered]  # what filters made conditional
    taken = words_taken(bound, chosen)
    chosen = [replace(document, taken=taken) for document in chosen]
    labels = number(chosen, project.number_depth["html" if format == NOTEBOOK else format])
    link_references(chosen, labels)
    wrong = [(i, f"the label {label} is used twice") for i, label in labels.twice]
    wrong += [(i, f"@{label} refers to nothing in the book") for i, label in labels.missing]
    if wrong:  # the sources are right: it comes from a filter, or from what a cell shows
        raise BookError(*(Problem(chosen[i].entry.path, 0, f"{what}, for {format}") for i, what in wrong))
    return chosen


@contextmanager
def write_pages(book: Parsed, chapters: list[Document], out: Path) -> Iterator[None]:
    """Write the site's pages into `out`; while the block beneath looks at them, an index for search is made of them."""
    project = book.project
    write_site(project, chapters, out)
    write_sitemap(project, out)
    with ThreadPoolExecutor(1) as beside:
        indexed = beside.submit(index_for_search, [entry.href for entry in project.entries], out)
        yield
        indexed.result()


def write_to_take_along(book: Parsed, out: Path) -> None:
    """Write into `out` what a reader runs elsewhere: the chapters as notebooks, and the package that they need."""
    wheel = book.wheel.name if book.wheel else ""
    write_notebooks(book.project, book.sources, book.results, resolve(book, NOTEBOOK), wheel, out)
    if book.wheel:
        shutil.copyfile(book.wheel, out / wheel)


def _proof(
    book: Parsed,
    out: Path,
    made_from: str,
    pages: list[Document],
    bound: list[Document] | None = None,
    sheets: dict[str, str] | None = None,
) -> None:
    """Raises BookError with what is lost in the pages of `out` or, where there are `sheets`, in the Typst source."""
    given = {source.path: _given(source, book.results[source.path]) for source in book.sources}
    taken = {format: docs[0].taken for format, docs in (("html", pages), ("typst", bound)) if docs}
    if lost := proof_read(book.project, given, out, sheets, taken):
        same = inputs(book.project) == made_from
        raise BookError(*(lost if same else ["The sources changed while the book was built. Build again."]))


def _given(source: Source, results: list) -> Results:
    """What a chapter's code gave, each result beside its code."""
    pairs = list(zip(source.pieces, results, strict=True))
    texts = [(piece.expressions, found) for piece, found in pairs if isinstance(piece, Text)]
    values = [pair for expressions, found in texts for pair in zip(expressions, found, strict=False)]
    return Results([(piece.code, found) for piece, found in pairs if isinstance(piece, Cell)], values)
