"""docs/formulas.md, the table of the language: each row's formulas are fitted, or refused."""

import re
import warnings
from pathlib import Path

import numpy as np
import pytest

import hlm

TABLE = Path(__file__).parents[3] / "docs/formulas.md"
ROW = re.compile(
    r"^\|(?P<lme4>(?:`[^`]*`|``.*?``|[^`|])*)\|(?P<hlm>(?:`[^`]*`|[^`|])*)\|(?P<note>(?:`[^`]*`|[^`|])*)\|$"
)
ROWS = [match for line in TABLE.read_text("utf-8").splitlines() if (match := ROW.match(line)) and "--" not in line]


def formula_in(cell):
    """The formula in a cell, with a random intercept if it has no random term."""
    found = re.search(r"`` ?(.*?~.*?) ?``|`([^`]*~[^`]*)`", cell)
    if not found:
        return None
    text = found[1] or found[2]
    return text if "|" in text else f"{text} + (1 | sch.id)"


def f(x):
    return 2 * x


@pytest.fixture(scope="module")
def data():
    d = hlm.load_hsb()
    return d[d["sch.id"].isin(d["sch.id"].unique()[:40])]


def fitted(formula, data):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for expected in (hlm.SingularFitWarning, hlm.MissingDataWarning, hlm.CollinearColumnsWarning):
            warnings.simplefilter("ignore", expected)
        return hlm.lmer(formula, data)


def test_every_line_of_the_table_is_read():
    lines = [line for line in TABLE.read_text("utf-8").splitlines() if line.startswith("|") and "--" not in line]
    assert len(ROWS) == len(lines) > 50


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["lme4"].strip() or row["hlm"].strip())
def test_a_row_holds(row, data):
    theirs, ours = formula_in(row["lme4"]), formula_in(row["hlm"])
    if "refused" in row["hlm"]:
        if theirs:
            with pytest.raises(hlm.ModelError):
                fitted(theirs, data)
    elif "the same" in row["hlm"] and theirs and theirs != "math ~ . + (1 | sch.id)":
        assert fitted(theirs, data).converged
    if ours:
        assert fitted(ours, data).converged


def test_a_dot_is_all_other_columns(data):
    X = hlm.ols("math ~ . - sch.id", data[["math", "ses", "sector", "sch.id"]])
    np.testing.assert_array_equal(X.params.index, ["Intercept", "ses", "sector"])
    assert "sch.id" in hlm.ols("math ~ .", data[["math", "ses", "sch.id"]]).params.index
