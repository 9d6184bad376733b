"""Make the decks beside the book: the same road, read, run, resolve, write, each deck a document by itself."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from ..problems import BookError
from ..read.check import check_source
from ..read.decks import read_decks
from ..read.project import Project
from ..read.source import Source, read_source
from ..read.vocabulary import FORMATS
from ..resolve.bind import bind
from ..resolve.check import check_documents, passed_over
from ..resolve.crossref import link_references
from ..resolve.document import Document, for_target, read_document
from ..resolve.numbering import number
from ..run.execute import execute
from ..run.kernel import Say
from ..write.deck_pdf import write_deck_pdfs
from ..write.decks import write_decks


def check_decks(book: Project, say: Say) -> tuple[Project, list[Source]] | None:
    """Read the book's decks and run nothing; None if it has none. Raises BookError with all that is wrong with them."""
    decks = read_decks(book)
    if decks is None:
        return None
    read = [read_source(decks, entry) for entry in decks.entries]
    sources = [source for source, _ in read]
    problems = [problem for _, found in read for problem in found]
    problems += [problem for source in sources if source.pieces for problem in check_source(source)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        documents = list(pool.map(lambda source: read_document(decks, source, None), sources))
    for source, doc in zip(sources, documents, strict=True):
        problems += check_documents(replace(decks, entries=[source.entry]), [source], [doc], set())
    if problems:
        raise BookError(*sorted(set(problems)))
    if passed := [*decks.look, *passed_over(sources, documents)]:
        say("Of Quarto's own look or tools, and passed over: " + "; ".join(passed) + ".")
    return decks, sources


def make_decks(
    decks: Project, sources: list[Source], cache: Path, timeout: float, say: Say, tick: Say
) -> dict[str, list[Document]]:
    """Run the decks' cells, and resolve what they show, for each format."""
    results = execute(decks, sources, cache, timeout, say, tick)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        documents = list(pool.map(lambda source: read_document(decks, source, results[source.path]), sources))
    return {format: [_resolved(decks, doc, format) for doc in documents] for format in FORMATS}


def write_all_decks(decks: Project, documents: dict[str, list[Document]], out: Path) -> None:
    """Write the decks below `out`: for a browser, and as PDFs."""
    write_decks(decks, documents["html"], out)
    write_deck_pdfs(decks, documents["typst"], out)


def _resolved(decks: Project, document: Document, format: str) -> Document:
    """One deck for one format: its own content only, numbered, its references resolved."""
    chosen = [for_target(document, format, decks.profiles)]
    chosen = bind(chosen) if format == "typst" else chosen
    link_references(chosen, number(chosen, 0))
    return chosen[0]
