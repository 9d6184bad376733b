"""The sample book: small, and with everything in it that a chapter may use. Built once for all tests of a worker."""

import fcntl
import functools
import shutil
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import html5lib
import pytest

from press.build.book import Parsed, build, check, parse, resolve
from press.read.project import read_project
from press.run.execute import execute
from press.write.pdf import typst_source

SAMPLE = Path(__file__).parent / "sample"


@pytest.fixture
def sample(tmp_path):
    """A copy of the sample's sources, to be changed and built."""
    root = tmp_path / "book"
    shutil.copytree(SAMPLE, root)
    return root


@pytest.fixture(scope="session")
def built(tmp_path_factory, worker_id):
    """The sample's root, built once, for all workers: read it, do not change it."""
    shared = tmp_path_factory.getbasetemp() if worker_id == "master" else tmp_path_factory.getbasetemp().parent
    root = shared / "sample" / "book"
    root.parent.mkdir(exist_ok=True)
    with open(shared / "sample.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not root.exists():
            shutil.copytree(SAMPLE, root)
            build(root, say=lambda line: None)
    return root


@pytest.fixture
def known(built, sample):
    """A copy of the sample's sources of which the results of cells are known: kernels start for changed cells alone."""
    shutil.copytree(built / ".press/cache", sample / ".press/cache")
    return sample


class Shown:
    """What a small book becomes: its pages as trees and as words, and the Typst source of its PDF."""

    def __init__(self, root: Path):
        self.root = root
        build(root, say=lambda line: None)
        project = read_project(root)
        sources, works = check(project)
        results = execute(project, sources, project.work / "cache", 60, print, print)
        chapters = resolve(Parsed(project, sources, results, parse(project, sources, results), works), "typst")
        self.typst = typst_source(project, chapters).partition("#show: book")[2]

    def html(self, name: str = "one") -> str:
        return (self.root / f"_book/{name}.html").read_text("utf-8")

    def page(self, name: str = "one") -> ET.Element:
        return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(self.html(name))

    def words(self, name: str = "one", where: str = "article") -> str:
        (found,) = self.page(name).iter(where)
        return " ".join("".join(found.itertext()).replace("\u00a0", " ").split())

    def pdf(self) -> str:
        """The PDF's words."""
        if not shutil.which("pdftotext"):
            pytest.skip("pdftotext (poppler-utils) is not installed")
        command = ["pdftotext", *(self.root / "_book").glob("*.pdf"), "-"]
        return " ".join(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())


@pytest.fixture(scope="session")
def make_book():
    """Build a small book below a folder: `make_book(folder, text)` with a chapter one.qmd of this text.

    `files` stand beside it, `settings` are added to `_quarto.yml`, `book` to its `book:`.
    """

    def make(folder: Path, text: str = "", files=None, settings: str = "", book: str = "") -> Shown:
        root = folder / "small"
        config = f"project: {{type: book}}\nbook:\n  title: Small\n{book or '  chapters: [index.qmd, one.qmd]'}\n"
        written = {"_quarto.yml": f"{config}{settings}\n", "index.qmd": "# Preface {.unnumbered}\n\nWords.\n"}
        written |= {"one.qmd": f"# One {{#sec-one}}\n\n{text}\n"}
        for name, content in {**written, **(files or {})}.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        return Shown(root)

    return make


@pytest.fixture
def show(tmp_path, make_book):
    """Build a small book in a folder of its own."""
    return functools.partial(make_book, tmp_path)
