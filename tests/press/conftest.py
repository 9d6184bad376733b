"""The sample book: small, and with everything in it that a chapter may use. Built once for all tests of a worker."""

import fcntl
import shutil
from pathlib import Path

import pytest

from press.build.book import build

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
