"""Which renderer makes the book, and that Quarto's build is as safe as press's. A script stands in for Quarto."""

import os
import re
import shutil
import stat
from pathlib import Path

import pytest

from press.__main__ import main
from press.build.quarto import build_with_quarto, choose_renderer
from press.problems import BookError

QUARTO = """#!/bin/sh
if [ "$1" = --version ]; then echo {version}; exit; fi
[ "$1 $2" = "render --output-dir" ] || exit 9
[ -f assets/fonts/stix-two-math.woff2 ] && [ -f assets/quarto/fonts/STIXTwoMath-Regular.ttf ] || exit 8
"$QUARTO_PYTHON" -c "import press" || exit 7
mkdir -p "$3"
echo by quarto > "$3/index.html"
{rest}
"""


@pytest.fixture
def quarto(tmp_path, monkeypatch):
    """Put a Quarto of this version on PATH; `rest` is what it does after it wrote index.html."""

    def put(version: str = "1.9.38", rest: str = 'echo pdf > "$3/sample.pdf"'):
        folder = tmp_path / "bin"
        folder.mkdir(exist_ok=True)
        script = folder / "quarto"
        script.write_text(QUARTO.format(version=version, rest=rest))
        script.chmod(script.stat().st_mode | stat.S_IEXEC)
        monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")

    monkeypatch.setenv("PATH", "/usr/bin:/bin" if not os.path.exists("/usr/bin/quarto") else "/bin/nowhere")
    return put


def test_without_quarto_it_is_press(quarto):
    assert choose_renderer("auto") == ("press", "there is no quarto on PATH")
    with pytest.raises(BookError, match=r"There is no quarto on PATH; install Quarto 1\.9 or newer, or use press"):
        choose_renderer("quarto")


def test_an_old_quarto_is_passed_over(quarto):
    quarto("1.8.25")
    assert choose_renderer("auto") == ("press", "Quarto 1.8.25 on PATH is older than 1.9")
    with pytest.raises(BookError, match=r"Quarto 1\.8\.25 on PATH is older than 1\.9"):
        choose_renderer("quarto")


@pytest.mark.parametrize("version", ["1.9.0", "1.9.38", "1.10.1", "2.0.0"])
def test_a_new_quarto_is_used(quarto, version):
    quarto(version)
    assert choose_renderer("auto") == ("quarto", f"Quarto {version} is on PATH")
    assert choose_renderer("quarto") == ("quarto", f"Quarto {version} is on PATH, as asked")
    assert choose_renderer("press") == ("press", "as asked")


def test_quarto_s_book_is_swapped_in(quarto, sample, capsys):
    quarto()
    assert main(["build", str(sample)]) == 0
    assert (sample / "_book/index.html").read_text() == "by quarto\n"
    said = capsys.readouterr().out
    assert said.startswith("Building with quarto: Quarto 1.9.38 is on PATH.\n")
    assert "_book/index.html" in said
    assert "_book/sample.pdf" in said
    assert not list((sample / ".press").glob("stage-*"))


def test_frozen_results_of_other_data_are_dropped(quarto, sample):
    quarto()
    frozen = sample / "_freeze" / "index"
    main(["build", str(sample)])
    frozen.mkdir(parents=True)
    assert main(["build", str(sample)]) == 0
    assert frozen.exists()
    (sample / "data").mkdir(exist_ok=True)
    (sample / "data" / "new.csv").write_text("x\n1\n")
    assert main(["build", str(sample)]) == 0
    assert not frozen.exists()


@pytest.mark.parametrize(
    ("rest", "message"),
    [
        ("exit 3", "quarto render ended with exit status 3"),
        ("true", "quarto render ended but made no sample.pdf"),
        ("kill -9 $$", "quarto render ended with exit status -9"),
    ],
)
def test_when_quarto_fails_the_old_book_stays(quarto, sample, rest, message):
    (sample / "_book").mkdir()
    (sample / "_book/index.html").write_text("the old book")
    quarto(rest=rest)
    with pytest.raises(BookError, match=message):
        build_with_quarto(sample)
    assert [f.name for f in (sample / "_book").iterdir()] == ["index.html"]
    assert (sample / "_book/index.html").read_text() == "the old book"
    assert not list((sample / ".press").glob("stage-*"))


def test_quarto_renders_the_slides_after_the_book(quarto, sample):
    """Each project in its own folder; a deck that Quarto did not make is an error, and the old book stays."""
    (sample / "slides").mkdir()
    (sample / "slides/_quarto.yml").write_text("project: {output-dir: ../_book/slides}\nformat: {revealjs: default}\n")
    (sample / "slides/one.qmd").write_text("---\ntitle: One\n---\n\n## A slide\n")
    made = 'if [ -f one.qmd ]; then echo deck > "$3/one.html"; else echo pdf > "$3/sample.pdf"; fi'
    quarto(rest=made)
    script = shutil.which("quarto")
    text = re.sub(r"\[ -f assets/.* \|\| exit 8\n", "", Path(script).read_text())
    Path(script).write_text(text)
    project = build_with_quarto(sample, slides=True)
    assert (project.book / "slides/one.html").read_text() == "deck\n"
    assert (project.book / "index.html").read_text() == "by quarto\n"
    Path(script).write_text(text.replace("one.html", "two.html"))
    with pytest.raises(BookError, match=r"made no one\.html"):
        build_with_quarto(sample, slides=True)
    assert (project.book / "slides/one.html").read_text() == "deck\n"
