"""Ctrl-C while cells run: one sentence, no traceback, and no kernel stays."""

import os
import signal
import subprocess
import sys
import time

import pytest

CELL = """\
import os
import time
open("pid-{k}", "w").write(str(os.getpid()))
time.sleep(60)"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has other signals")
@pytest.mark.parametrize("chapters", [2, 2 * (os.cpu_count() or 1) + 1], ids=["a kernel each", "copies of one"])
def test_a_build_that_is_interrupted_says_so(tmp_path, chapters):
    names = [f"c{k}.qmd" for k in range(chapters)]
    (tmp_path / "_quarto.yml").write_text(
        f"project: {{type: book, execute-dir: project}}\nbook: {{title: T, chapters: [index.qmd, {', '.join(names)}]}}\n"
    )
    (tmp_path / "index.qmd").write_text("# Preface\n")
    for k, name in enumerate(names):
        (tmp_path / name).write_text(f"# Chapter\n\n```{{python}}\n{CELL.format(k=k)}\n```\n")
    build = subprocess.Popen(
        [sys.executable, "-m", "press", "build", "--renderer", "press", str(tmp_path)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # as in a terminal, all that it starts is interrupted with it
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    until = time.monotonic() + 60
    while len([*tmp_path.glob("pid-*")]) < 2 and time.monotonic() < until and build.poll() is None:
        time.sleep(0.1)
    time.sleep(0.3)
    os.killpg(build.pid, signal.SIGINT)
    said = build.communicate(timeout=60)[1]
    assert build.returncode == 130, said
    assert said.startswith("\nInterrupted; the book that was there is untouched.\n"), said
    assert "Traceback" not in said, said
    until = time.monotonic() + 60
    kernels = [int(file.read_text()) for file in tmp_path.glob("pid-*")]
    while any(map(_lives, kernels)) and time.monotonic() < until:
        time.sleep(0.1)
    assert kernels
    assert not any(map(_lives, kernels))


def _lives(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True
