"""Profile intervals of models with several grouping factors, against R; and where a first step goes too far."""

import json
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.special import chdtri

import hlm
from hlm.inference import intervals

ROOT = Path(__file__).parents[3]
MODELS = json.loads((ROOT / "tests/reference/crossed_profiles.json").read_text())["models"]


def factor_of(row):
    """The factor of a row such as "sd Intercept | Side:Dog", the parts of its name in order; "residual" is itself."""
    return ":".join(sorted(row.rpartition(" | ")[2].removeprefix("sd ").split(":")))


@pytest.mark.parametrize("name", MODELS)
def test_ends_are_rs(name):
    r, reml = MODELS[name], name in ("pastes", "oats", "pixel-sides")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", hlm.SingularFitWarning)
        fit = hlm.lmer(r["formula"], pd.read_csv(ROOT / r["data"]), reml=reml)
    theirs = {factor_of(factor): ends for factor, ends in r["reml" if reml else "ml"].items()}
    if name == "pixel-sides":  # which has a slope besides: the one component that R's script holds, and no others
        held = {factor_of(row): held for row, held in _held(fit).items() if factor_of(row) in theirs}
        held.pop("residual")
        ours = {factor: _ends(fit, held) for factor, held in held.items()}
    else:
        table = fit.variance_intervals(reml=reml)
        ours = dict(zip(map(factor_of, table.index), table.to_numpy(), strict=True))
        assert set(ours) == set(theirs)
    assert ours
    for factor, found in ours.items():
        width = theirs[factor][2] - theirs[factor][1]
        np.testing.assert_allclose(found, theirs[factor], rtol=0, atol=1e-6 * width, err_msg=factor)
        assert (found[1] == 0) == (theirs[factor][1] == 0)


def _held(fit):
    return intervals._components(fit.at.stage, fit.layout.z, fit.layout.of)


def _ends(fit, held):
    profile = intervals.Profile(fit.at, held)
    return [profile.estimate, *(intervals._end(profile, side, chdtri(1, 0.05)) for side in (-1, 1))]


def test_a_step_to_variances_that_numbers_cannot_hold_is_taken_back(monkeypatch):
    r = MODELS["pastes"]
    fit = hlm.lmer(r["formula"], pd.read_csv(ROOT / r["data"]), reml=False)
    held, deviance_at, refused = _held(fit)["sd residual"], intervals.deviance_at, []

    def limited(stage, theta, reml):
        if np.abs(theta).max() > 1.02 * np.abs(fit.at.theta).max():  # starts of the search are there, and steps
            refused.append(theta)
            raise np.linalg.LinAlgError("not positive definite")
        return deviance_at(stage, theta, reml)

    monkeypatch.setattr(intervals, "deviance_at", limited)
    profile = intervals.Profile(fit.at, held)
    assert profile.rise(1.0, everywhere=True) == pytest.approx(intervals.Profile(fit.at, held).rise(1.0), abs=1e-9)
    assert len(refused) > 5
