"""The formula language, formula by formula, against R (tests/reference/formulas.R).

R's reading of each formula is compared with hlm's: rows left out, y, the columns of X and Z and their order, the
estimates. What the two do not share is in the lists below, each with its reason, and nowhere else.
"""

import json
import re
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import hlm
from hlm.model.design import design

ROOT = Path(__file__).parents[3]
REFERENCE = json.loads((ROOT / "tests/reference/formulas.json").read_text())
CASES = {f"{case['data']}: {case['formula']}": case for case in REFERENCE["formulas"]}

# The caller's objects, as in formulas.R.
k = 3


def twice(x):
    return 2 * x


# Refused by hlm, though R has an answer: a piece of the formula and of the message.
REFUSED_BY_HLM = []

# Read by hlm, though R refuses them.
READ_BY_HLM = []


def data_of(name, cache={}):  # noqa: B006
    if name not in cache:
        described = REFERENCE["data"][name]
        table = pd.read_csv(ROOT / described["path"])
        for column, kind in dict(described["columns"]).items():
            levels = kind["levels"] if isinstance(kind["levels"], list) else [kind["levels"]]
            table[column] = pd.Categorical(table[column], categories=levels, ordered=kind["type"] == "ordered")
        cache[name] = table
    return cache[name]


def fit(case):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for expected in (hlm.SingularFitWarning, hlm.MissingDataWarning):
            warnings.simplefilter("ignore", expected)
        return hlm.lmer(case["formula"], data_of(case["data"]))
