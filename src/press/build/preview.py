"""Serve the book on this machine, build it again when a source changes, and have open pages reload themselves."""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

from ..problems import BookError
from ..read.project import read_project
from ..read.settings import CONFIG
from .book import build
from .serve import Site, serve
from .stamp import inputs


def preview(root: Path, port: int = 4200, say=print, stop: threading.Event | None = None) -> None:
    """Serve and watch until interrupted (or until `stop` is set).

    The book that is there is served at once. What is wrong with the sources is shown in the pages, over the last good
    book. Raises BookError, before anything is built, if there is no `_quarto.yml` or the port cannot be had.
    """
    stop = stop or threading.Event()
    site = Site(_folder(root))
    with serve(site, port) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        say(f"The book is at http://127.0.0.1:{server.server_port}/ and follows your edits. Ctrl-C ends it.")
        try:
            _watch(root, site, say, stop)
        except KeyboardInterrupt:
            say("")
        site.close()
        server.shutdown()


def _folder(root: Path) -> Path:
    """Where the book is; a guess, if `_quarto.yml` has to be mended first."""
    try:
        return read_project(root).book
    except BookError:
        if not (root / CONFIG).is_file():
            raise
        return root / "_book"


def _watch(root: Path, site: Site, say, stop: threading.Event) -> None:
    current = None
    while not stop.is_set():
        now = _state(root)
        if now != current:
            time.sleep(0.1 if current else 0)  # an editor may still be writing
            current = _build(root, site, say)
        stop.wait(0.4)


def _state(root: Path) -> str:
    try:
        return inputs(read_project(root))
    except (BookError, OSError) as error:
        return str(error)


def _build(root: Path, site: Site, say) -> str:
    """Build; the state of the sources that it was built from, whether or not it came to an end.

    The pages are shown as soon as they are there. The PDF follows, unless there is a newer edit: its pages come first.
    """
    state, started = _state(root), time.monotonic()

    def done(what: str) -> None:
        say(f"{what} in {time.monotonic() - started:.1f} s.")
        site.tell("")

    def go_on() -> bool:
        done("The pages are built")
        return _state(root) == state

    try:
        site.folder = build(root, say, pages_first=go_on).book
        done("All is built")
    except BookError as error:
        print(error, file=sys.stderr, flush=True)
        site.tell(str(error))
    return state
