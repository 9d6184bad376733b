"""Kernels that are copies of one process: each is as good as a kernel of its own, and none outlives its caller."""

import asyncio
import os
import sys
import time

import pytest

from press.build.book import check
from press.problems import BookError
from press.read.project import read_project
from press.run import execute as running
from press.run.kernel import environment, run_chapter
from press.run.nursery import nursery

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="kernels are copies on Linux alone")


@pytest.fixture
def sources(tmp_path):
    """Write a book with a chapter for each piece of code: `sources(code, ...)` gives the project and its chapters."""

    def write(*codes):
        names = [f"c{i}.qmd" for i in range(len(codes))]
        chapters = ", ".join(["index.qmd", *names])
        (tmp_path / "_quarto.yml").write_text(f"project: {{type: book}}\nbook: {{title: T, chapters: [{chapters}]}}\n")
        (tmp_path / "index.qmd").write_text("# Preface\n")
        for name, code in zip(names, codes, strict=True):
            (tmp_path / name).write_text(f"# Chapter\n\n```{{python}}\n{code}\n```\n")
        project = read_project(tmp_path)
        return project, check(project)[0][1:]

    return write


@pytest.fixture(scope="module")
def command():
    with nursery(["import os\nimport json"], environment({})) as command:
        assert command, "no nursery"
        yield command


def run(source, folder, command, timeout=60):
    results = asyncio.run(
        run_chapter(source, folder, {}, "", timeout, lambda line: None, lambda line: None, command),
    )
    return [output for result in results for output in result]


def text(outputs):
    return "".join(output.get("text", "") for output in outputs)


def test_a_copy_sees_nothing_of_another(sources, command, tmp_path):
    leave = "import json\nimport os\njson.left = os.environ['LEFT'] = 'x'\nx = 1"
    look = "import json\nimport os\nprint(hasattr(json, 'left'), 'LEFT' in os.environ, 'x' in globals(), os.getcwd())"
    _, (first, second) = sources(leave, look)
    run(first, tmp_path, command)
    assert text(run(second, tmp_path, command)) == f"False False False {tmp_path}\n"


def test_it_shows_what_a_kernel_of_its_own_shows(sources, command, tmp_path):
    code = "import matplotlib.pyplot as plt\nimport sys\nplt.plot([1, 2])\nplt.show()\nprint(sys.argv[:2], hash('a'))\n"
    code += "print(sys.path, __name__, 'press' in globals())\n3"
    _, (source,) = sources(code)

    def shown(command):
        return [
            {**output, "text": output["text"].replace("ipykernel_launcher.py", "")} if "text" in output else output
            for output in run(source, tmp_path, command)
        ]

    theirs, ours = shown([]), shown(command)
    assert [output["output_type"] for output in ours] == [output["output_type"] for output in theirs]
    assert ours[-1] == theirs[-1]
    assert text(ours).splitlines()[1:] == text(theirs).splitlines()[1:]


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("time.sleep(3600)", "did not finish within 3 seconds"),
        ("while True: pass", "did not finish within 3 seconds"),
        ("os._exit(0)", "ended the kernel"),
        ("os.kill(os.getpid(), 9)", "ended the kernel"),
    ],
)
def test_none_is_left_when_its_caller_is_done(sources, command, tmp_path, code, message):
    _, (source,) = sources(f"import os\nimport time\nopen('pid', 'w').write(str(os.getpid()))\n{code}")
    with pytest.raises(BookError, match=message):
        run(source, tmp_path, command, timeout=3)
    kernel, until = int((tmp_path / "pid").read_text()), time.monotonic() + 10
    while os.path.exists(f"/proc/{kernel}") and time.monotonic() < until:
        time.sleep(0.05)
    assert not os.path.exists(f"/proc/{kernel}")


def test_what_starts_threads_is_not_copied(tmp_path):
    (tmp_path / "busy.py").write_text(
        "import threading, time\nthreading.Thread(target=time.sleep, args=[60]).start()\n"
    )
    variables = environment({"PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])})
    with nursery(["import busy"], variables) as command:
        assert command == []
    with nursery(["import busy", "import os"], variables) as command:  # one chapter does without
        assert command


def test_what_cannot_be_imported_is_told_by_its_cell(sources, tmp_path):
    _, (source,) = sources("import wrong_name_of_a_module")
    failure = pytest.raises(BookError, match="No module named 'wrong_name_of_a_module'")
    with nursery(["import wrong_name_of_a_module"], environment({})) as command, failure:
        run(source, tmp_path, command)


def test_a_book_with_many_chapters_to_run_has_one_and_a_small_one_none(sources, tmp_path, monkeypatch):
    monkeypatch.setattr(running.os, "cpu_count", lambda: 1)
    for chapters, parents in ((3, 1), (2, 2)):
        project, written = sources(*[f"import os\nprint(os.getppid(), {i})" for i in range(chapters)])
        cache = tmp_path / f"cache-{chapters}"
        results = running.execute(project, written, cache, 60, lambda line: None, lambda line: None)
        said = [text([o for piece in result for o in piece if isinstance(o, dict)]) for result in results.values()]
        seen = {line.split()[0] for line in said}
        assert (len(seen), str(os.getpid()) in seen) == ((1, False) if parents == 1 else (1, True))
