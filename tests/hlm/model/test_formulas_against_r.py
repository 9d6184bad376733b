"""The formula language, formula by formula, against R (tests/reference/formulas.R).

R's reading of each formula is compared with hlm's: the rows left out, y, the columns of X and Z and their order, the
groups, the estimates. What the two do not share stands in the lists below, each with its reason, and nowhere else.
"""

import json
import re
import warnings
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import hlm
from hlm.model.estimates import random_covariance

ROOT = Path(__file__).parents[3]
REFERENCE = json.loads((ROOT / "tests/reference/formulas.json").read_text())
CASES = {f"{case['data']}: {case['formula']}": case for case in REFERENCE["formulas"]}

# The caller's objects, as in formulas.R.
k = 3


def twice(x):
    return 2 * x


# R has an answer, and hlm refuses: what the formula looks like, and what hlm says.
REFUSED_BY_HLM = [
    (r"^y ~ (0|-1) \+ \(", "has no fixed effect"),
    ("Intercept", "a column that is called Intercept could not be told from the intercept; rename it"),
    (r"^five ~", "the response five is constant"),
    (r"\(x \+ five \|", "the random coefficient of five has nothing to act on"),
    (r"~ y \+", "the response y stands right of the ~ too"),
    (
        r"(~ \.|\.\^2) \+ \(1 \| (Subject|Worker)\)",
        "cannot identify the random part",
    ),  # the groups are fixed effects too
    (r"\(1 \| g\) \+ \([1x] \| g\)", "Intercept stands in two random terms"),
    (r"\((a|Machine) \|\| |\(1 \| g\) \+ \(0 \+ colour", "cannot identify the random part"),  # R's answer is not unique
    (r"1 \| g$|~ x \| g$", "put the random term in parentheses"),
    (r"~ x ?[*:-] ?\(1", "a random term can only be added"),
    (r"poly\(colour", "text and factors are not numbers"),
]

# R refuses, and hlm has an answer.
READ_BY_HLM = [
    r"poly\(x_gap, 2\)",  # orthogonal over the rows in which x_gap is there
    r"relevel\(sector|C\(sector",  # text is a factor
    r"contr.treatment\(base = 2\)",  # the number of levels is known
    r"(log|exp|I|offset)\((1 / )?(zero|x_inf|y_inf)\)|_inf (~|\+ \()|\(x_inf \|",  # infinite rows are left out, with a warning
    r"\(1 \|\| g\)",  # one term alone has nothing to be correlated with
    r"\| (as\.)?factor\(",  # the column itself
    r"\(poly\(x, 12\) \|",  # more random coefficients than rows
    r"np\.log",  # Python's
]

# The same model in other coefficients: R drops the contrasts of a factor with levels that no row has.
CODED_OTHERWISE = ["kinds: y ~ C(colour, contr.sum) + (1 | g)", "kinds: y_gap ~ C(rare, contr.sum) + (1 | g)"]

# Where the deviance is so flat that R's optimum is good to fewer digits; hlm's likelihood is as high or higher.
FLAT_IN_R = {
    "kinds: y ~ n + (n | g)": 1e-5,
    "kinds: y ~ x + (1 | grade)": 1e-7,
    "sleepstudy: Reaction ~ I((Days - 4)^2) + (Days | Subject)": 1e-7,
}


def data_of(case):
    return _data(case["data"])


@cache
def _data(name):
    described = REFERENCE["data"][name]
    table = pd.read_csv(ROOT / described["path"])
    for column, kind in dict(described["columns"]).items():
        levels = kind["levels"] if isinstance(kind["levels"], list) else [kind["levels"]]
        table[column] = pd.Categorical(table[column], categories=levels, ordered=kind["type"] == "ordered")
    return table


@cache
def fit(name):
    """hlm's fit; anything that is warned of, other than what hlm itself says of data and fit, is an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for expected in (hlm.SingularFitWarning, hlm.MissingDataWarning):
            warnings.simplefilter("ignore", expected)
        if CASES[name].get("dropped_columns"):
            warnings.simplefilter("ignore", hlm.CollinearColumnsWarning)
        return hlm.lmer(CASES[name]["formula"], data_of(CASES[name]))


def refusal_of(case):
    """What hlm says of a formula that R accepts, if it refuses it."""
    if case["accepted"]:
        return next((says for looks, says in REFUSED_BY_HLM if re.search(looks, case["formula"])), None)
    return None if any(re.search(looks, case["formula"]) for looks in READ_BY_HLM) else ".*"


SHARED = [name for name, case in CASES.items() if case["accepted"] and not case["degenerate"] and not refusal_of(case)]
REFUSED = [name for name, case in CASES.items() if refusal_of(case)]
MORE = [name for name, case in CASES.items() if not case["accepted"] and not refusal_of(case)]


def summed(X):
    """The three numbers by which R's columns are known."""
    X = np.asarray(X, dtype=float)
    return {
        "sum": X.sum(axis=0),
        "squares": (X**2).sum(axis=0),
        "weighted": (X.T * np.arange(1.0, len(X) + 1)).sum(axis=1),
    }


def name_of_factor(term):
    """A grouping factor of lme4's, as hlm calls it."""
    return re.sub(r"[()]|(as\.)?factor", "", term["group"])


def by_factor(case, layout):
    """The random terms, in the order of our factors."""
    return sorted(case["random"], key=lambda term: layout.grouping.index(name_of_factor(term)))


def assert_same_columns(ours, theirs):
    ours, theirs = summed(ours), {key: np.atleast_1d(theirs[key]) for key in ("sum", "squares", "weighted")}
    assert len(ours["sum"]) == len(theirs["sum"])
    size = np.sqrt(theirs["squares"])
    np.testing.assert_allclose(ours["squares"], theirs["squares"], rtol=1e-10)
    np.testing.assert_array_less(np.abs(ours["sum"] - theirs["sum"]), 1e-10 * size * 20 + 1e-300)
    np.testing.assert_array_less(np.abs(ours["weighted"] - theirs["weighted"]), 1e-10 * size * 2000 + 1e-300)


LEVEL = re.compile(r"\[T\.(.*)\]$")


def assert_same_levels(ours, theirs):
    """Levels have R's names: the two spell a coefficient differently, but for them."""
    for name, r_name in zip(ours, np.atleast_1d(theirs), strict=True):
        for piece, r_piece in zip(name.split(":"), r_name.replace("splines::", "").split(":"), strict=True):
            level = found[1] if (found := LEVEL.search(piece)) else ""
            assert r_piece.endswith(level.replace("True", "TRUE"))


def test_what_is_shared_is_nearly_all():
    assert len(SHARED) > 300
    accepted = [case["formula"] for case in CASES.values() if case["accepted"]]
    refused = [case["formula"] for case in CASES.values() if not case["accepted"]]
    for looks, _ in REFUSED_BY_HLM:
        assert any(re.search(looks, formula) for formula in accepted), looks
    for looks in READ_BY_HLM:
        assert any(re.search(looks, formula) for formula in refused), looks


@pytest.mark.parametrize("name", SHARED)
def test_a_formula_means_what_it_means_in_r(name):
    case, rows = CASES[name], fit(name).design
    everything = set(range(len(data_of(case))))
    assert sorted(everything - set(rows.rows)) == case["rows_left_out"]
    assert_same_columns(rows.response[:, None], case["y"])
    assert (rows.offset is not None) == bool(case["offset"])
    if rows.offset is not None:
        assert_same_columns(rows.offset[:, None], case["offset"])
    if name in CODED_OTHERWISE:
        return
    left_out = np.isin(case["X"]["columns"], case["dropped_columns"])
    assert len(rows.layout.left_out) == left_out.sum()
    stay = {key: np.atleast_1d(case["X"][key])[~left_out] for key in ("sum", "squares", "weighted")}
    assert_same_columns(rows.matrix(rows.layout.x), stay)
    terms = by_factor(case, rows.layout)
    if "contr." not in name:  # where R numbers the columns
        assert_same_levels(rows.layout.x, np.array(case["X"]["columns"])[~left_out].tolist())
    theirs = {
        key: np.concatenate([np.atleast_1d(t["Z"][key]) for t in terms]) for key in ("sum", "squares", "weighted")
    }
    assert_same_columns(rows.matrix(rows.layout.z), theirs)
    for factor in rows.groupings:
        levels = next(term["levels"] for term in terms if name_of_factor(term) == factor.name)
        ours = [str(group).replace("True", "TRUE").replace("False", "FALSE") for group in factor.groups]
        assert (sorted if len(factor.columns) > 1 else list)(ours) == (sorted if len(factor.columns) > 1 else list)(
            map(str, levels)
        )


@pytest.mark.parametrize("name", SHARED)
def test_its_estimates_are_r_s(name):
    case, ours = CASES[name], fit(name)
    assert ours.converged
    if name in CODED_OTHERWISE:
        return
    assert ours.singular == case["singular"] or case["flat_directions"]
    assert ours.llf == pytest.approx(case["log_likelihood"], rel=1e-11)
    tolerance = FLAT_IN_R.get(name, 1e-8)
    se = np.array(case["se"])
    assert ours.scale == pytest.approx(case["sigma2"], rel=tolerance)
    np.testing.assert_array_less(np.abs(ours.params.to_numpy() - case["fixef"]), tolerance * se)
    np.testing.assert_allclose(ours.bse, se, rtol=tolerance)
    if case["flat_directions"]:
        return
    assert ours.df_modelwc == case["parameters"]
    covariance, place = random_covariance(ours.at), 0
    size = np.sqrt(ours.scale) + np.sqrt(np.diag(covariance))
    for term in by_factor(case, ours.layout):
        G = np.array(term["G"])
        block = slice(place, place + len(G))
        difference = np.abs(covariance[block, block] - G)
        np.testing.assert_array_less(difference, tolerance * np.outer(size[block], size[block]))
        place += len(G)


@pytest.mark.parametrize("name", SHARED)
def test_predictions_of_the_fitted_rows_are_the_fitted_values(name):
    ours = fit(name)
    rows = data_of(CASES[name]).loc[ours.design.rows]
    if not re.search(r"rank\(|cumsum\(", name):  # a rank is one among the rows that are given
        rows = rows.iloc[3:12]
    predicted = ours.predict(rows)
    np.testing.assert_allclose(predicted, ours.fittedvalues.loc[predicted.index], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", [name for name in SHARED if re.search(r"^(?!.*offset)[^|]* \+ \(1 \| g\)$", name)])
def test_least_squares_reads_the_same(name):
    mixed = fit(name)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", hlm.MissingDataWarning)
        if mixed.left_out:
            warnings.simplefilter("ignore", hlm.CollinearColumnsWarning)
        flat = hlm.ols(CASES[name]["formula"].removesuffix(" + (1 | g)"), data_of(CASES[name]))
    assert list(flat.params.index) == list(mixed.params.index)
    assert list(flat.model.data.row_labels) == list(mixed.design.rows)
    np.testing.assert_array_equal(flat.model.exog, mixed.design.matrix(mixed.layout.x))
    rows = data_of(CASES[name]).loc[mixed.design.rows]
    np.testing.assert_allclose(flat.predict(rows), flat.fittedvalues, rtol=1e-9)


@pytest.mark.parametrize("name", REFUSED)
def test_a_formula_that_is_refused_is_refused_in_one_sentence(name):
    with pytest.raises(hlm.ModelError, match=refusal_of(CASES[name])) as caught:
        fit(name)
    assert "\n" not in str(caught.value).replace(CASES[name]["formula"], "")


@pytest.mark.parametrize("name", MORE)
def test_what_only_hlm_reads(name):
    assert fit(name).converged
