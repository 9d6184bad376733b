"""The engine of the movable figures, run by node."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def engine():
    """`engine(call="model", ...)` runs one call of engine.mjs, `engine.many([{...}, ...])` several in one process."""
    node = shutil.which("node")
    if not node:
        message = "the tests of assets/widgets/hlm.js need node"
        pytest.fail(message) if os.environ.get("CI") == "true" else pytest.skip(message)

    def many(calls):
        asked = json.dumps(calls, default=lambda value: value.tolist())
        done = subprocess.run([node, HERE / "engine.mjs"], input=asked, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def one(**call):
        return many([call])[0]

    one.many = many
    return one
