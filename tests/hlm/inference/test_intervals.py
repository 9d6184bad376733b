"""Profile intervals: their ends against R's, and what is said where the data do not tell."""

import json
import re
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import hlm
from hlm.inference.intervals import Profile, _components

ROOT = Path(__file__).parents[3]
PROFILES = json.loads((ROOT / "tests/reference/profiles.json").read_text())["models"]
MODELS = [(name, reml) for name in PROFILES for reml in (False, True)]


def fit_of(formula, path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return hlm.lmer(re.sub(r"\^(\d)", r"**\1", formula), pd.read_csv(ROOT / path))


def key_of(kind, names):
    """What R and hlm call the same component: names in R's spelling, a correlation's in either order."""
    spelt = {re.sub(r"\[(?:T\.)?([^\]]*)\]", r"\1", name).replace(" ** ", "^").strip("()") for name in names}
    return kind, frozenset({"Residual"} if spelt == {"residual"} else spelt)


@pytest.mark.filterwarnings("ignore::hlm.SingularFitWarning")
@pytest.mark.parametrize(("name", "reml"), MODELS, ids=lambda v: {False: "ml", True: "reml"}.get(v, v))
def test_ends_are_rs(name, reml):
    """R minimises with another algorithm, in parameters of its own, from many starts (tests/reference/profiles.R)."""
    expected = PROFILES[name]["reml" if reml else "ml"]["components"]
    table = fit_of(PROFILES[name]["formula"], PROFILES[name]["data"]).variance_intervals(reml=reml)
    ours = {key_of(row.split(" ", 1)[0], row.split(" ", 1)[1].split(", ")): row for row in table.index}
    assert len(ours) == len(expected) - (name == "orthodont-sex")
    for component in expected:
        if name == "orthodont-sex" and component["kind"] == "cor":
            # Nobody has both sexes: lme4 has a correlation that says nothing, hlm has none.
            assert (component["lower"], component["upper"]) == (-1, 1)
            continue
        row = table.loc[ours[key_of(component["kind"], component["of"])]]
        ends = [row["lower"], row["upper"]]
        np.testing.assert_allclose(
            ends, [component["lower"], component["upper"]], rtol=1e-6, atol=1e-8, err_msg=row.name
        )
        estimate = component["estimate"]
        assert row["estimate"] == pytest.approx(
            np.nan if estimate is None else estimate, rel=1e-5, abs=1e-5, nan_ok=True
        )
        bounds = [0.0] if component["kind"] == "sd" else [-1.0, 1.0]
        for bound, rise in zip(bounds, component["rise_at_bounds"], strict=component["of"] != ["Residual"]):
            if bound in ends and bound != row["estimate"]:
                assert f"{bound:.0f} is not ruled out (rise {rise:.3f})" in table.notes[row.name]


def test_an_end_is_a_bound_only_if_that_was_tried(monkeypatch):
    """Dyestuff2, whose upper end was infinite; Orthodont, whose correlation ended before -1."""
    tried = {}
    rise = Profile.rise

    def noted(self, place, everywhere=False):
        tried.setdefault(self.held, []).append(place)
        return rise(self, place, everywhere)

    monkeypatch.setattr(Profile, "rise", noted)
    fit = fit_of("distance ~ age + (age | Subject)", "tests/reference/data/orthodont.csv")
    table = fit.variance_intervals()
    assert table.loc["cor Intercept, age", "lower"] == -1.0
    assert table.loc["sd Intercept", "lower"] == 0.0
    assert 0.0 in tried[0,]
    assert {-np.pi / 2, np.pi / 2} <= set(tried[0, 1])
    assert np.isfinite(table[["lower", "upper"]].to_numpy()).all()


@pytest.mark.parametrize("held", [(0,), (1,), (0, 1), ()])
def test_derivatives_are_those_of_the_deviance(held):
    d = hlm.load_hsb()
    fit = hlm.lmer("math ~ ses + minority + (ses | sch.id) + (0 + minority | sch.id)", d, reml=False)
    profile = Profile(fit.at, held)
    place, x = 0.9 * profile.estimate, profile._known[profile.estimate][1]
    x = x + np.random.default_rng(0).uniform(0, 0.5, len(x))
    steps = 1e-5 * np.eye(len(x))
    slope = [(profile._deviance(x + e, place)[0] - profile._deviance(x - e, place)[0]) / 2e-5 for e in steps]
    np.testing.assert_allclose(profile._deviance(x, place)[1], slope, rtol=1e-4, atol=1e-4)


def test_where_the_profile_is_flat_the_result_says_so():
    """The correlation of intercepts and slopes: -0.79 is where the rise is 3.841, and -1 is where it is 4.031."""
    fit = hlm.lmer("math ~ ses + (ses | sch.id)", hlm.load_hsb())
    table = fit.variance_intervals(reml=True)
    assert table.loc["cor Intercept, ses", "lower"] == pytest.approx(-0.79, abs=0.005)
    assert table.notes["cor Intercept, ses"].startswith("-1 is only just ruled out (rise 4.031)")
    assert "cor Intercept, ses: -1 is only just ruled out (rise 4.031)" in repr(table)
    assert "sd Intercept" not in table.notes
    assert fit.variance_intervals(reml=False).loc["cor Intercept, ses", "lower"] == -1.0


def test_units_and_origin_of_a_column_do_not_matter():
    """A year counted from 1982, and the same year counted from zero in thousands: the slopes' interval is the same."""
    d = pd.read_csv(ROOT / "tests/reference/data/sleepstudy.csv")
    near = hlm.lmer("Reaction ~ Days + (Days | Subject)", d).variance_intervals()
    far = hlm.lmer("Reaction ~ Days + (Days | Subject)", d.assign(Days=(d["Days"] + 1982) / 1000)).variance_intervals()
    ends = ["lower", "upper"]
    np.testing.assert_allclose(far.loc["sd Days", ends], 1000 * near.loc["sd Days", ends], rtol=1e-6)
    np.testing.assert_allclose(far.loc["sd residual", ends], near.loc["sd residual", ends], rtol=1e-6)


def test_components_have_names_of_their_own():
    fit = hlm.lmer("math ~ ses + minority + (ses || sch.id)", hlm.load_hsb())
    assert list(_components(fit.at.stage, fit.layout.z, fit.layout.of)) == ["sd Intercept", "sd ses", "sd residual"]


def test_of_some_components_the_intervals_are_those_of_all():
    fit = hlm.lmer("math ~ ses + (ses | sch.id)", hlm.load_hsb())
    every = fit.variance_intervals(reml=True)
    some = fit.variance_intervals(reml=True, parm=["cor Intercept, ses", "sd Intercept"])
    pd.testing.assert_frame_equal(some, every.loc[["cor Intercept, ses", "sd Intercept"]], check_exact=True)
    assert list(some.notes.index) == ["cor Intercept, ses"]
    one = fit.variance_intervals(parm="sd residual")
    assert list(one.index) == ["sd residual"]
    with pytest.raises(hlm.ModelError, match=r"no component of this model is named 'ses'; its components are sd Inter"):
        fit.variance_intervals(parm="ses")
    with pytest.raises(hlm.ModelError, match="parm names no component"):
        fit.variance_intervals(parm=[])
