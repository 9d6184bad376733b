"""Whatever fails, or is killed, whenever: a clear message, exit status 1, and the old book whole."""

import os
import random
import re
import shutil
import signal
import subprocess
import sys

import pytest

from press.__main__ import main
from press.build.book import build
from press.problems import BookError


def quiet(line):
    pass


@pytest.fixture
def old(built, tmp_path):
    """A built sample, results of its cells included, to be changed and built again."""
    root = tmp_path / "book"
    shutil.copytree(built, root)
    return root


def contents(root):
    book = root / "_book"
    return {f.relative_to(book): f.read_bytes() for f in sorted(book.rglob("*")) if f.is_file()}


def add_cell(root, code, options=""):
    chapter = root / "chapters/a-proofs.qmd"
    chapter.write_text(f"{chapter.read_text()}\n\n```{{python}}\n{options}{code}\n```\n")
    return chapter.read_text().count("\n")


def patience(code):
    """Seconds for a cell: few for one that hangs, else more than any machine needs."""
    return "2" if "sleep" in code else "300"


CELLS = {
    "x = 1\n1 / 0": "cell 1 of 1 failed: ZeroDivisionError: division by zero",
    "x = (1": "cell 1 of 1 failed: SyntaxError: ",
    "import time\ntime.sleep(3600)": "cell 1 of 1 did not finish within 2 seconds",
    "from IPython.display import display\ndisplay({'text/plain': 3}, raw=True)": "cell 1 of 1 shows what is no output of Jupyter's",
    "import os\nos._exit(0)": "cell 1 of 1 ended the kernel",
    "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)": "cell 1 of 1 ended the kernel",
}


@pytest.mark.parametrize(("code", "message"), CELLS.items())
def test_a_cell_that_fails_hangs_or_dies(old, code, message, capsys):
    before = contents(old)
    add_cell(old, code)
    line = 1 + next(
        i for i, s in enumerate((old / "chapters/a-proofs.qmd").read_text().split("\n")) if s == code.split("\n")[0]
    )
    assert main(["build", "--renderer", "press", "--timeout", patience(code), str(old)]) == 1
    said = capsys.readouterr().err
    where = line + 1 if "ZeroDivision" in message else line
    assert f"chapters/a-proofs.qmd:{where}: {message}" in said
    assert contents(old) == before


INLINE = {
    "undefined_name": "inline `undefined_name` failed: NameError: name 'undefined_name' is not defined",
    "__import__('time').sleep(3600)": "inline code did not finish within 2 seconds",
    "__import__('os')._exit(0)": "inline code ended the kernel",
}


@pytest.mark.parametrize(("code", "message"), INLINE.items())
def test_inline_code_that_fails_hangs_or_dies(old, code, message, capsys):
    before = contents(old)
    chapter = old / "chapters/a-proofs.qmd"
    chapter.write_text(f"{chapter.read_text()}\nIt is `{{python}} {code}`.\n")
    assert main(["build", "--renderer", "press", "--timeout", patience(code), str(old)]) == 1
    line = chapter.read_text().count("\n")
    said = capsys.readouterr().err
    assert re.search(rf"chapters/a-proofs.qmd:({line}|1): {re.escape(message)}", said), said
    assert contents(old) == before


def test_every_failing_chapter_is_named(old):
    for name in ("a-proofs", "02-two"):
        chapter = old / f"chapters/{name}.qmd"
        chapter.write_text(chapter.read_text() + "\n```{python}\nraise ValueError('no')\n```\n")
    with pytest.raises(BookError) as error:
        build(old, quiet)
    assert [p.file for p in error.value.problems] == ["chapters/02-two.qmd", "chapters/a-proofs.qmd"]


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("from IPython.display import HTML\nHTML('<p>x</p>')", "a cell shows text/html"),
        (
            "from IPython.display import display\ndisplay({'application/x': 'a'}, raw=True)",
            "shows only application/x: show",
        ),
        ("from IPython.display import display\ndisplay({'image/png': 'a'}, raw=True)", "a PNG that is not base64"),
        ("#| label: fig-none\n#| fig-cap: Words\n#| fig-alt: Words\nx = 1", "the cell fig-none shows nothing"),
    ],
)
def test_a_cell_that_shows_what_it_should_not(old, code, message):
    before = contents(old)
    add_cell(old, code)
    with pytest.raises(BookError, match=message):
        build(old, quiet)
    assert contents(old) == before


def test_data_that_changes_while_the_cells_run(old):
    before = contents(old)
    (old / "data").mkdir()
    (old / "data/numbers.csv").write_text("1\n")
    cached = set((old / ".press/cache").iterdir())
    add_cell(old, "open('data/numbers.csv', 'a').write('2\\n');")
    with pytest.raises(BookError, match="The data or the code of hlm changed while the cells ran"):
        build(old, quiet)
    assert contents(old) == before
    assert set((old / ".press/cache").iterdir()) == cached


def test_raw_typst_that_does_not_compile(old):
    before = contents(old)
    chapter = old / "chapters/a-proofs.qmd"
    chapter.write_text(chapter.read_text() + "\n```{=typst}\n#no-such-function()\n```\n")
    with pytest.raises(BookError, match="unknown variable: no-such-function"):
        build(old, quiet)
    assert contents(old) == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written(old):
    before = contents(old)
    (old / "index.qmd").write_text("# Preface {.unnumbered}\n")
    (old / ".press").chmod(0o500)
    try:
        with pytest.raises(BookError, match="Permission denied"):
            build(old, quiet)
    finally:
        (old / ".press").chmod(0o700)
    assert contents(old) == before


def test_a_full_disk(old, monkeypatch):
    before = contents(old)
    (old / "index.qmd").write_text("# Preface {.unnumbered}\n")

    def full(project, documents, out):
        (out / "index.html").write_text("half a book")
        raise OSError(28, "No space left on device", str(out / "index.html"))

    monkeypatch.setattr("press.build.book.write_site", full)
    with pytest.raises(BookError, match=r"No space left on device\. The book that was there is untouched"):
        build(old, quiet)
    assert contents(old) == before
    assert not list((old / ".press").glob("stage-*"))


def run(root, **settings):
    command = [sys.executable, "-m", "press", "build", "--renderer", "press", str(root)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **settings)


def test_two_builds_at_once(old):
    (old / "index.qmd").write_text("# Preface {.unnumbered}\n\nNew words.\n")
    both = [run(old), run(old)]
    said = sorted(process.communicate()[0] for process in both)
    assert [process.returncode for process in both] == [0, 0], said
    assert sum("Another build of this book is running" in text for text in said) <= 1
    assert "New words." in (old / "_book/index.html").read_text()
    assert not list((old / ".press").glob("stage-*"))


def test_odd_outputs_are_texts(old):
    add_cell(
        old,
        "from IPython.display import display\ndisplay({'text/plain': ['a', 'b']}, raw=True)\ndisplay({}, raw=True)",
    )
    build(old, quiet)
    assert ">ab<" in (old / "_book/chapters/a-proofs.html").read_text()


def test_a_locale_without_umlauts_and_a_path_with_them(built, tmp_path):
    root = tmp_path / "Bücher" / "größer"
    shutil.copytree(built, root)
    (root / "index.qmd").write_text("# Preface {.unnumbered}\n\nGrüße.\n", "utf-8")
    process = run(root, env={**os.environ, "LC_ALL": "C", "LANG": "C"})
    said = process.communicate()[0]
    assert process.returncode == 0, said
    assert "Grüße." in (root / "_book/index.html").read_text("utf-8")


def test_where_press_itself_fails_there_is_a_sentence_and_no_traceback(old, monkeypatch, capsys):
    before = contents(old)
    (old / "index.qmd").write_text("# Preface {.unnumbered}\n")
    monkeypatch.setattr("press.build.book.write_sitemap", lambda project, out: 1 / 0)
    assert main(["build", "--renderer", "press", str(old)]) == 1
    said = capsys.readouterr().err
    assert said.startswith(
        "press itself failed, at ZeroDivisionError: division by zero. The book that was there is untouched."
    )
    assert "Traceback" not in said
    assert "write_sitemap" in (old / ".press/traceback.txt").read_text()
    assert contents(old) == before


# Builds, and kills itself when it has come as far as `at` steps: calls and returns of functions, from whatever thread.
KILLED = """
import os, signal, sys, threading
from pathlib import Path
from press.build.book import build

at, steps = int(sys.argv[2]), 0

def step(*event):
    global steps
    steps += 1
    if steps >= at > 0:
        os.kill(os.getpid(), signal.SIGKILL)

threading.setprofile(step)
sys.setprofile(step)
build(Path(sys.argv[1]), lambda line: None)
sys.setprofile(None)
print(steps)
"""


@pytest.mark.slow
def test_a_build_killed_at_any_moment_leaves_a_whole_book(old):
    """50 builds of changed words, each killed on its way: the book is the one before, or the new one."""
    index = old / "index.qmd"
    texts = ["# Preface {.unnumbered}\n\nThe first.\n", "# Preface {.unnumbered}\n\nThe second.\n"]

    def run(text, at):
        index.write_text(text)
        command = [sys.executable, "-c", KILLED, str(old), str(at)]
        return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)

    steps, whole = [], []
    for text in texts * 2:
        built = run(text, 0)
        assert built.returncode == 0
        steps.append(int(built.stdout))
        whole.append(contents(old))
    assert whole[:2] == whole[2:]
    rng = random.Random(1946)
    kills = 0
    while kills < 50:
        part = rng.uniform(0, 1) if kills % 5 else rng.uniform(0.98, 1)  # some about the swap
        other = texts[1 - whole.index(contents(old))]  # not the book's: there is something to build
        kills += run(other, 1 + int(part * min(steps[2:]))).returncode == -signal.SIGKILL
        assert contents(old) in whole
    index.write_text(texts[1])
    build(old, quiet)
    assert contents(old) == whole[1]
    assert not list((old / ".press").glob("stage-*"))
    assert not list((old / ".press").glob("old-*"))


def test_without_the_system_s_exchange_a_crash_between_the_renames_is_mended(old, monkeypatch):
    before = contents(old)
    (old / "_book").rename(old / ".press/old-abc")
    build(old, quiet)
    assert contents(old) == before
    monkeypatch.setattr("press.build.swap._exchange_atomically", lambda new, book: False)
    (old / "index.qmd").write_text("# Preface {.unnumbered}\n\nNew words.\n")
    build(old, quiet)
    assert "New words." in (old / "_book/index.html").read_text()
    assert {f.name for f in (old / ".press").iterdir() if f.is_dir()} == {"cache", "answers"}
