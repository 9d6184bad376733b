"""The reference files are whole, converged, and what the scripts beside them make; hlm finds the same in each school."""

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import hlm

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[1]
MODELS = sorted((HERE / "models").glob("*.json"))
SCHOOLS = json.loads((HERE / "schools.json").read_text("utf-8"))


def test_readme_names_every_file():
    readme = (HERE / "README.md").read_text("utf-8")
    scripts = [path.name for path in HERE.iterdir() if path.suffix in {".R", ".json", ".txt"}]
    assert [name for name in scripts if name not in readme] == []


def test_every_model_in_the_script_has_its_file():
    script = (HERE / "models.R").read_text("utf-8")
    assert [path.stem for path in MODELS if f'"{path.stem}" = model(' not in script] == []
    assert len(MODELS) == script.count('" = model(')


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_model(path):
    r = json.loads(path.read_text("utf-8"))
    data = pd.read_csv(REPOSITORY / r["data"])
    assert r["name"] == path.stem
    assert r["nobs"] == len(data.dropna())
    assert r["ngroups"] == data.dropna()[r["group"]].nunique() == len(r["random_effects"]["groups"])
    assert r["gradient"] < 1e-6
    G, p = np.array(r["G"]), len(r["fixef"])
    assert G.shape == (len(r["random_names"]),) * 2
    assert np.array(r["vcov"]).shape == (p, p)
    assert np.linalg.eigvalsh(G).min() >= -1e-12 * G.max()
    assert r["singular"] == (min(abs(np.linalg.eigvalsh(G))) < 1e-9 * max(r["sigma2"], G.max()))
    assert (r["kenward_roger"] is None) == (not r["reml"])
    np.testing.assert_allclose(r["aic"], 2 * r["parameters"] - 2 * r["log_likelihood"], rtol=1e-12)


def test_regressions_in_each_school():
    r = SCHOOLS["regressions"]
    ours = hlm.school_regressions("math ~ ses", hlm.load_hsb())
    theirs = pd.DataFrame.from_dict(r["lines"], orient="index").loc[ours.index.map(str)]
    columns = ["intercept", "slope", "se_intercept", "se_slope"]
    np.testing.assert_allclose(ours[columns], theirs, rtol=1e-9)
    np.testing.assert_allclose(ours[columns[:2]].cov(), r["all"]["covariance"], rtol=1e-9)


def test_readings_of_the_formula_for_the_standard_error():
    r, fit = SCHOOLS["sampling_variance"], SCHOOLS["lme4_default"]["hsb-sector"]
    tau00 = fit["G"][0][0]
    for n, se in r["se"].items():
        for variance, expected in se.items():
            ours = hlm.se_hlm(tau00, fit["sigma2"], r["n"][n], r["J"], r["variance_of_sector"][variance])
            assert ours == pytest.approx(expected, rel=1e-12)


def test_schools_json_is_what_the_script_makes(tmp_path):
    require_r("lmerTest")
    here = tmp_path / "tests" / "reference"
    here.mkdir(parents=True)
    (tmp_path / "data").mkdir()
    shutil.copy(REPOSITORY / "data/hsb.csv", tmp_path / "data")
    for name in ["schools.R", "json.R"]:
        shutil.copy(HERE / name, here)
    subprocess.run(["Rscript", here / "schools.R"], check=True, capture_output=True, timeout=120)
    again = json.loads((here / "schools.json").read_text("utf-8"))
    del again["versions"]
    assert_same(again, {key: value for key, value in SCHOOLS.items() if key != "versions"})


def require_r(*packages):
    if shutil.which("Rscript") is None:
        pytest.skip("R is not installed")
    load = "; ".join(f"library({package})" for package in packages)
    if subprocess.run(["Rscript", "-e", load], capture_output=True, timeout=60, check=False).returncode:
        pytest.skip(f"R has no {' or '.join(packages)}")


def assert_same(ours, theirs, where="schools.json"):
    """Equal in shape and text; numbers to what two builds of BLAS may differ by."""
    assert type(ours) is type(theirs) or isinstance(ours, int | float), where
    if isinstance(ours, dict):
        assert list(ours) == list(theirs), where
        for key in ours:
            assert_same(ours[key], theirs[key], f"{where}: {key}")
    elif isinstance(ours, list):
        assert len(ours) == len(theirs), where
        for position, pair in enumerate(zip(ours, theirs, strict=True)):
            assert_same(*pair, f"{where}[{position}]")
    elif isinstance(ours, int | float):
        assert ours == pytest.approx(theirs, rel=1e-5, abs=1e-12), where
    else:
        assert ours == theirs, where
