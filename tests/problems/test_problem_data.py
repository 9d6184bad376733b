"""The problems' data are those of R's packages, and described."""

import hashlib
import re
import shutil
import subprocess

import pandas as pd
import pytest
from problems.tasks import ROOT

FROM_R = {"pups": 322, "quakes": 182, "teeth": 108, "pupils": 2287, "exercise": 945, "penicillin": 144}
README = (ROOT / "data/README.md").read_text("utf-8")


@pytest.mark.parametrize("name", [*FROM_R, "clinics", "weeks"])
def test_each_column_is_described(name):
    frame = pd.read_csv(ROOT / f"data/{name}.csv")
    section = re.search(rf"^## {name}\.csv: .*?(?=^#|\Z)", README, re.M | re.S)[0]
    assert re.findall(r"^\| `(\w+)` \|", section, re.M) == list(frame.columns)
    assert not frame.isna().any(axis=None)
    if name in FROM_R:
        assert len(frame) == FROM_R[name]
        assert hashlib.sha256((ROOT / f"data/{name}.csv").read_bytes()).hexdigest() in section


def test_the_script_makes_the_files_again(tmp_path):
    if not shutil.which("Rscript"):
        pytest.skip("Rscript is not installed")
    script = shutil.copy(ROOT / "data/make_problems.R", tmp_path)
    made = subprocess.run(["Rscript", "--vanilla", script], capture_output=True, text=True, check=False)
    if "there is no package" in made.stderr:
        pytest.skip("R lacks nlme, lme4 or carData")
    assert made.returncode == 0, made.stderr
    for name in FROM_R:
        assert (tmp_path / f"{name}.csv").read_bytes() == (ROOT / f"data/{name}.csv").read_bytes()
