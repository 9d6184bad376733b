"""The fits behind tests/reference/after_fit.json, shared by the tests of what comes after a fit."""

import json
import re
import warnings
from functools import cache
from pathlib import Path

import pandas as pd

import hlm

ROOT = Path(__file__).parents[3]
REFERENCE = json.loads((ROOT / "tests/reference/after_fit.json").read_text())
MODELS = REFERENCE["models"]


@cache
def fitted(name):
    """hlm's fit of a model of the reference."""
    r = MODELS[name]
    return fit_of(r["formula"], data_of(r), r["reml"])


def data_of(r):
    data = pd.read_csv(ROOT / r["data"])
    if r["where"]:
        data = data.query(r["where"])
    for column in r["factors"]:
        data[column] = pd.Categorical(data[column], ordered=column in r["ordered"])
    return data


def fit_of(formula, data, reml):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", hlm.SingularFitWarning)
        warnings.simplefilter("ignore", hlm.MissingDataWarning)
        return hlm.lmer(formula, data, reml=reml)


def term_in_r(term):
    """How R calls a term of hlm's: C(sex, sum) is sex there, since the reference sets contrasts otherwise."""
    return re.sub(r"C\((\w+), [\w.]+\)", r"\1", term)
