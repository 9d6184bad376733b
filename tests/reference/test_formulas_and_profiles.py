"""formulas.json and profiles.json are whole, and say nothing that contradicts itself or the data."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[1]
FORMULAS = json.loads((HERE / "formulas.json").read_text("utf-8"))
PROFILES = json.loads((HERE / "profiles.json").read_text("utf-8"))
FITTED = [f for f in FORMULAS["formulas"] if f["accepted"] and not f["degenerate"]]
TABLES = {name: pd.read_csv(REPOSITORY / of["path"]) for name, of in FORMULAS["data"].items()}
INTERVALS = [
    pytest.param(name, component, id=f"{name} {criterion} {component['kind']} {' '.join(component['of'])}")
    for name, model in PROFILES["models"].items()
    for criterion in ("ml", "reml")
    for component in model[criterion]["components"]
]


def test_there_are_as_many_as_the_readme_says():
    readme = (HERE / "README.md").read_text("utf-8")
    refused = sum(not f["accepted"] for f in FORMULAS["formulas"])
    assert f"{len(FORMULAS['formulas'])} formulas, of which R refuses {refused}" in readme
    assert f"{len(PROFILES['models'])} models" in readme


def test_types_of_the_columns():
    for name, of in FORMULAS["data"].items():
        for column, kind in of["columns"].items():
            assert set(TABLES[name][column].dropna()) <= set(kind["levels"]), (name, column)


@pytest.mark.parametrize("f", FITTED, ids=lambda f: f"{f['data']}: {f['formula']}")
def test_a_fitted_formula(f):
    assert f["nobs"] + len(f["rows_left_out"]) == len(TABLES[f["data"]])
    X = f["X"]
    assert len(X["columns"]) == len(X["sum"]) == len(X["squares"]) == len(X["weighted"])
    assert len(f["fixef"]) == len(f["se"]) == len(X["columns"]) - len(f["dropped_columns"])
    if "(Intercept)" in X["columns"]:
        assert X["sum"][X["columns"].index("(Intercept)")] == f["nobs"]
    q = [len(term["columns"]) for term in f["random"]]
    assert len(f["theta"]) == sum(n * (n + 1) // 2 for n in q)
    for term in f["random"]:
        by_group = np.array(term["sums_by_group"])
        assert by_group.shape == (len(term["levels"]), len(term["columns"]))
        np.testing.assert_allclose(by_group.sum(axis=0), term["Z"]["sum"], rtol=1e-9, atol=1e-9)
        G = np.array(term["G"])
        assert G.shape == (len(term["columns"]),) * 2
        assert np.linalg.eigvalsh(G).min() >= -1e-9 * G.max()
    assert f["flat_directions"] or f["gradient"] < 2e-6


@pytest.mark.parametrize(("name", "c"), INTERVALS)
def test_an_interval(name, c):
    bounds = [0] if c["kind"] == "sd" else [-1, 1]
    estimate = c["lower"] if c["estimate"] is None else c["estimate"]
    assert c["lower"] <= estimate <= c["upper"]
    for end in ("lower", "upper"):
        rise = c[f"rise_at_{end}"]
        if c[end] in bounds:
            assert rise <= PROFILES["rise"]
        else:
            assert rise == pytest.approx(PROFILES["rise"], abs=1e-7)
            assert any(c[end] == crossing for crossing in c["crossings"])
