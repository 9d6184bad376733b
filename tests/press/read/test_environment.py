"""`_environment`: what Quarto gives the kernels of a book, press gives them too."""

import pytest

from press.build.book import build, check
from press.problems import BookError
from press.read.environment import read_environment
from press.read.project import read_project
from press.run.execute import execute


def read(tmp_path, text):
    (tmp_path / "_environment").write_text(text)
    return read_environment(tmp_path)


def test_names_and_values(tmp_path, monkeypatch):
    monkeypatch.setenv("ALREADY", "set")
    text = "# Words\n\nPLAIN=.venv/bin/python\nexport TWO = 'a b#c' # why\nSAID=\"x y\"\nNONE=\nALREADY=here\n"
    wanted = {"PLAIN": ".venv/bin/python", "TWO": "a b#c", "SAID": "x y", "NONE": "", "ALREADY": "set"}
    assert read(tmp_path, text) == wanted


def test_without_the_file_there_are_none(tmp_path):
    assert read_environment(tmp_path) == {}


@pytest.mark.parametrize("line", ["NAME", "1=2", "A=$HOME", 'A="x', "A=x y", "A=x\\n"])
def test_another_line_is_refused(tmp_path, line):
    with pytest.raises(BookError, match=r"^_environment:2: press reads lines NAME=value here"):
        read(tmp_path, f"A=1\n{line}\n")


CELL = """

```{python}
#| output: false
class Shown:
    def _repr_html_(self):
        return "<b>html</b>"
Shown()
```

It is `{python} __import__("os").environ["ANSWER"]`.
"""


def test_kernels_have_it_and_its_change_runs_them_again(show):
    config = ".ipython/profile_default/ipython_kernel_config.py"
    kinds = 'c = get_config()\nc.DisplayFormatter.active_types = ["text/plain", "text/markdown", "image/svg+xml"]\n'
    root = show(CELL, {"_environment": "IPYTHONDIR=.ipython\nANSWER=first\n", config: kinds}).root

    def given():
        build(root, say=lambda line: None)
        project = read_project(root)
        results = execute(project, check(project)[0], project.work / "cache", 60, print, print)
        given = [output for piece in results["one.qmd"] for output in piece if isinstance(output, dict)]
        return [set(output["data"]) for output in given], (root / "_book/one.html").read_text()

    kinds, page = given()
    assert kinds == [{"text/plain"}]
    assert "It is first." in page
    (root / "_environment").write_text("IPYTHONDIR=.ipython\nANSWER=second\n")
    assert "It is second." in given()[1]
    (root / config).write_text("")
    assert given()[0] == [{"text/plain", "text/html"}]
