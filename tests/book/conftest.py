"""The book itself, built once for the tests that read its pages, whatever else was built before."""

import fcntl
import os
import shutil
from pathlib import Path

import pytest

from press.build.book import build
from press.build.decks import check_decks, make_decks, write_all_decks
from press.read.project import read_project

ROOT = Path(__file__).parents[2]
SOURCES = (
    "_quarto*.yml",
    "_environment",
    ".ipython/profile_default/*.py",
    "*.qmd",
    "chapters",
    "assets",
    "filters",
    "data",
    "src/hlm",
    "docs",
    "problems/*.qmd",  # which the book is not made of: test_published.py looks
    "tests/reference",
    "references.bib",
    "requirements/book.txt",
    "slides",
    "src/hlm_report",  # which is in the wheel, with these
    "pyproject.toml",
    "README.md",
    "LICENSE*",
)


def pytest_collection_modifyitems(items):
    """With BOOK=folder the tests read that book, which Quarto may have made: what only press promises is left out."""
    for item in items:
        if "BOOK" in os.environ and item.get_closest_marker("press"):
            item.add_marker(pytest.mark.skip(reason="promised of press's pages; BOOK may be by Quarto"))


@pytest.fixture(scope="session")
def book(tmp_path_factory, worker_id):
    """The folder of the built book. One worker builds it, the others wait; results of cells are taken from `.press`."""
    if "BOOK" in os.environ:
        return Path(os.environ["BOOK"]).resolve()
    shared = tmp_path_factory.getbasetemp() if worker_id == "master" else tmp_path_factory.getbasetemp().parent
    root = shared / "students-in-schools"
    with open(root.with_suffix(".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (root / "_book").exists():
            for pattern in (*SOURCES, ".press/cache", ".press/cache-of-decks"):
                for source in ROOT.glob(pattern):
                    target = root / source.relative_to(ROOT)
                    target.parent.mkdir(parents=True, exist_ok=True)
                    (shutil.copytree if source.is_dir() else shutil.copyfile)(source, target)
            build(root, say=lambda line: None)
    return root / "_book"


@pytest.fixture(scope="session")
def decks(book):
    """A folder with the decks in `slides/`, and beside it what they lead to and share with the book."""
    if "BOOK" in os.environ:
        if not (book / "slides").is_dir():
            pytest.skip("the book in BOOK was made without slides")
        return book
    site = book.parent / "with-slides"
    with open(site.with_suffix(".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not site.exists():
            project = read_project(book.parent)
            made, sources = check_decks(project, lambda line: None)
            cache = project.work / "cache-of-decks"
            shown = make_decks(made, sources, cache, 300, lambda line: None, lambda line: None)
            new = site.with_suffix(".new")
            new.mkdir()
            for name in ("assets", "chapters", "index.html"):
                (new / name).symlink_to(book / name)
            write_all_decks(made, shown, new)
            new.rename(site)
    return site
