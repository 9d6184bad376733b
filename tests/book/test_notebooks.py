"""The chapters as notebooks: whole, tidy, and each runs where there is nothing but the published wheel."""

import fcntl
import json
import os
import re
import subprocess
import sys
import sysconfig
import venv
from importlib.metadata import distribution
from pathlib import Path

import nbformat
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from press.read.project import read_project

ROOT = Path(__file__).parents[2]
CELL = re.compile(r"^```\{python\}\n((?:#\|[^\n]*\n)*)(.*?)^```$", re.S | re.M)
HIDDEN = re.compile(r"^#\| (?:echo|include): false", re.M)


def listings(path):
    """The code of each cell that the page shows."""
    return [code.strip() for options, code in CELL.findall(path.read_text("utf-8")) if not HIDDEN.search(options)]


SHOW_CODE = [path for path in sorted([*ROOT.glob("*.qmd"), *ROOT.glob("chapters/*.qmd")]) if listings(path)]
NAMES = [str(path.relative_to(ROOT).with_suffix(".ipynb")) for path in SHOW_CODE]
READER = "ipykernel"  # what a reader of notebooks has besides


@pytest.fixture(scope="session")
def only_the_wheel(book, tmp_path_factory, worker_id):
    """A Python that has the wheel beside the book's pages, what it requires, and a kernel for notebooks: nothing more.

    The wheel is installed; the others are those of this environment, linked file by file as their records say.
    """
    shared = tmp_path_factory.getbasetemp() if worker_id == "master" else tmp_path_factory.getbasetemp().parent
    home = shared / "only-the-wheel"
    with open(home.with_suffix(".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not home.exists():
            (wheel,) = book.glob("*.whl")
            new = home.with_suffix(".new")
            venv.create(new, with_pip=False, symlinks=True)
            pip = (sys.executable, "-m", "pip", "--python", new / "bin/python", "install", "--quiet", "--no-index")
            subprocess.run([*pip, "--no-deps", wheel], check=True, timeout=120)
            (packages,) = new.glob("lib/python*/site-packages")
            (about,) = packages.glob("students_in_schools-*.dist-info")
            asked = re.findall(r"^Requires-Dist: (.*)", (about / "METADATA").read_text("utf-8"), re.M)
            for name in closure([*asked, READER]):
                link(name, packages)
            new.rename(home)
    return home / "bin/python"


def closure(asked):
    """The names of the distributions that these requirements bring, their own requirements with them."""
    found, waiting = set(), [Requirement(text) for text in asked]
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        if name in found or (requirement.marker and not requirement.marker.evaluate({"extra": ""})):
            continue
        found.add(name)
        waiting += [Requirement(text) for text in distribution(name).requires or []]
    return found


def link(name, packages):
    """Link what an installed distribution has in site-packages into another."""
    here = Path(sysconfig.get_path("purelib"))
    tops = {file.parts[0] for file in distribution(name).files if file.parts[0] not in ("..", "__pycache__")}
    for top in tops:
        if not (packages / top).exists():
            (packages / top).symlink_to(here / top)


def notebook(book, name):
    return nbformat.read(book / name, as_version=4)


def texts(notebook):
    return [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]


def codes(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_each_chapter_that_shows_code_is_a_notebook_and_no_other(book):
    made = {str(file.relative_to(book)) for file in book.rglob("*.ipynb")}
    assert made == set(NAMES)
    assert len(NAMES) > 12


@pytest.fixture(scope="session")
def results(book, only_the_wheel, tmp_path_factory, worker_id):
    """The folder with what each notebook gave: NAME/result.json."""
    shared = tmp_path_factory.getbasetemp() if worker_id == "master" else tmp_path_factory.getbasetemp().parent
    folder = shared / "notebooks"
    with open(folder.with_suffix(".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            folder.mkdir()
            runner = Path(__file__).with_name("run_notebook.py")
            clean = {
                key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "QUARTO", "IPYTHON"))
            }
            home = {"HOME": str(folder), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
            command = [only_the_wheel, "-I", runner, folder, *(book / name for name in NAMES)]
            subprocess.run(command, cwd=folder, env=clean | home, check=True, timeout=300)
    return folder


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_runs_with_the_wheel_alone_and_gives_what_it_shows(name, book, only_the_wheel, results):
    result = json.loads((results / Path(name).stem / "result.json").read_text("utf-8"))
    assert result.get("failed") is None, result["failed"]
    assert Path(result["hlm"]).is_relative_to(only_the_wheel.parents[1])
    for cell, given in zip(codes(without_install(notebook(book, name))), result["given"], strict=True):
        printed = "".join(output.text for output in cell.outputs if output.get("name") == "stdout")
        assert given["stdout"] == printed, cell.source
        shown = [dict(output.data) for output in cell.outputs if "data" in output]
        assert [set(data) for data in given["shown"]] == [set(data) for data in shown], cell.source
        for again, stored in zip(given["shown"], shown, strict=True):
            assert bare(again) == bare(stored), cell.source


def bare(data):
    """A result's HTML but for what the book says in its own way: alternative texts, titles of tables."""
    return re.sub(r'(?<=<img alt=")[^"]*|<caption>.*?</caption>\n?', "", data.get("text/html", ""), flags=re.S)


def without_install(notebook):
    notebook.cells = [cell for cell in notebook.cells if "install" not in cell.metadata.get("tags", [])]
    return notebook


def test_the_environment_has_nothing_else(only_the_wheel, tmp_path):
    program = (
        "import importlib.util as u; print([n for n in ('press', 'yaml', 'nbclient', 'pypandoc') if u.find_spec(n)])"
    )
    done = subprocess.run(
        [only_the_wheel, "-I", "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_has_nothing_of_the_source_left_in_it(name, book):
    made = notebook(book, name)
    nbformat.validate(made)
    for text in texts(made):
        outside = re.sub(r"^``` .*?^```$|`[^`\n]*`", "", text, flags=re.S | re.M)
        for left in (":::", "{python}", "{=html}", "{#", "?@", "#|", "@sec-", "@fig-", "@tbl-", "@eq-", "[@"):
            assert left not in outside, text
        assert not re.search(r"</?(?!a id|/?a\b|details|/details|summary|/summary)[a-z]+[ >]", outside), text
    for cell in codes(made):
        assert not re.search(r"^#\|", cell.source, re.M)
        assert "assert " not in cell.source
        for output in cell.outputs:
            assert "{=html}" not in output.get("data", {}).get("text/markdown", "")


@pytest.mark.parametrize("path", SHOW_CODE, ids=lambda path: path.stem)
def test_each_listing_stands_in_it_once_and_each_caption(path, book):
    made = notebook(book, str(path.relative_to(ROOT).with_suffix(".ipynb")))
    source = path.read_text("utf-8")
    joined = "\n".join(texts(made))
    for listing in re.findall(r"^```r\n(.*?)^```$", source, re.S | re.M):
        assert joined.count(f"\n{listing}```") == 1, listing
    cells = [cell.source.removesuffix(";") for cell in codes(made)]
    for code in listings(path):
        assert cells.count(code) == 1, code
    for kind, word in (("fig", "Figure"), ("tbl", "Table")):
        labels = re.findall(rf"^#\| label: {kind}-|\{{#{kind}-", source, re.M)
        assert len(re.findall(rf"^(?:> )?\*\*{word} [A-Z\d.]+:\*\* ", joined, re.M)) == len(labels)


def test_links_within_a_notebook_lead_somewhere(book):
    for name in NAMES:
        joined = "\n".join(texts(notebook(book, name)))
        for target in re.findall(r"\]\(#([^)]+)\)", joined):
            assert f'<a id="{target}"></a>' in joined, f"{name}: {target}"


def test_what_a_page_hides_is_folded_in(book):
    folded = [c for name in NAMES for c in codes(notebook(book, name)) if c.metadata.get("jupyter")]
    assert len(folded) > 50
    assert all(cell.metadata["jupyter"]["source_hidden"] and "hide-input" in cell.metadata["tags"] for cell in folded)


def test_pages_lead_to_their_notebooks_and_to_the_wheel(book):
    for name in NAMES:
        page = (book / name).with_suffix(".html").read_text("utf-8")
        assert f'href="{Path(name).name}"' in page.replace('"./', '"')
    (wheel,) = book.glob("*.whl")
    assert f'href="{wheel.name}"' in (book / "running.html").read_text("utf-8").replace('"./', '"')


def test_all_data_are_there_to_download(book):
    page = (book / "running.html").read_text("utf-8")
    for file in (ROOT / "data").glob("*.csv"):
        assert (book / "data" / file.name).read_bytes() == file.read_bytes()
        assert f"data/{file.name}" in page


def test_a_book_without_an_address_names_none(book):
    if "BOOK" in os.environ or read_project(ROOT).site_url:
        pytest.skip("this book may have an address")
    for name in NAMES:
        made = notebook(book, name)
        assert not [cell for cell in codes(made) if "%pip" in cell.source]
        assert "pip install ./students-in-schools" in texts(made)[1]
        assert "colab" not in (book / name).with_suffix(".html").read_text("utf-8")
