"""Pandoc with one of the book's filters, as Pandoc alone runs it: no Quarto, no press."""

import subprocess
from pathlib import Path

import pypandoc
import pytest

FILTERS = Path(__file__).parents[2] / "filters"


@pytest.fixture(scope="session")
def pandoc():
    """`run(filter, markdown, target, *others)`: what Pandoc writes, or AssertionError with what it says as it fails."""

    def run(filter, markdown, target, *others):
        filters = [f"--lua-filter={file}" for file in (FILTERS / filter, *others)]
        command = [pypandoc.get_pandoc_path(), "--wrap=none", "--syntax-highlighting=none", f"--to={target}", *filters]
        done = subprocess.run(command, input=markdown, capture_output=True, encoding="utf-8")
        assert done.returncode == 0, done.stderr
        return done.stdout

    run.filters = FILTERS
    return run


@pytest.fixture
def run(pandoc):
    return pandoc
