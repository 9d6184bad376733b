"""The sample book: small, and with everything in it that a chapter may use. Built once for all tests of a worker."""

import shutil
from pathlib import Path

import pytest

from press.build import build

SAMPLE = Path(__file__).parent / "sample"


@pytest.fixture
def sample(tmp_path):
    """A copy of the sample's sources, to be changed and built."""
    root = tmp_path / "book"
    shutil.copytree(SAMPLE, root)
    return root


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """The sample's root, built: read it, do not change it."""
    root = tmp_path_factory.mktemp("sample") / "book"
    shutil.copytree(SAMPLE, root)
    build(root, say=lambda line: None)
    return root
