"""The problems and what makes sheets of them: they stand beside src, and are run from the root."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests/book")]


@pytest.fixture
def roster(tmp_path):
    """Write a class: `roster("name\\nAda\\n")`."""

    def write(content):
        file = tmp_path / "roster.csv"
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return file

    return write
