"""The profile of a correlation, against lme4's deviance function and the intervals that are read off it."""

import json
import warnings
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import optimize

import hlm
from hlm.model.deviance import Deviance

R = json.loads((Path(__file__).parents[2] / "reference/correlation.json").read_text())


@pytest.fixture(scope="module")
def fit():
    return hlm.lmer("math ~ ses + (ses | sch.id)", hlm.load_hsb())


@pytest.mark.parametrize("reml", [True, False])
def test_the_rise_is_that_of_lme4(fit, reml):
    rise = hlm.course.correlation_profile(fit, R["correlations"], reml)
    assert rise.tolist() == pytest.approx(R["reml" if reml else "ml"], abs=2e-5)


def test_an_interval_ends_where_the_rise_reaches_the_limit(fit):
    ends = fit.variance_intervals(reml=True).loc["cor Intercept, ses"]
    rise = hlm.course.correlation_profile(fit, ends)
    assert rise.loc[[ends["lower"], ends["upper"]]].tolist() == pytest.approx([3.8414588] * 2, abs=1e-4)
    assert rise[ends["estimate"]] == pytest.approx(0, abs=1e-6)


def test_no_correlation_costs_more_than_slopes_that_do_not_vary(fit):
    same = hlm.lmer("math ~ ses + (1 | sch.id)", hlm.load_hsb())
    rise = hlm.course.correlation_profile(fit, [0.5, 0.9, 1])
    assert rise.to_numpy() == pytest.approx(2 * (fit.llf - same.llf), abs=1e-5)


def thin(seed):
    """Six groups of five rows, whose likelihood often has several valleys."""
    rng = np.random.default_rng(seed)
    g, x, u = np.repeat(np.arange(6), 5), rng.normal(size=30), rng.normal(size=(6, 2))
    return pd.DataFrame({"g": g, "x": x, "y": u[g, 0] + u[g, 1] * x + rng.normal(size=30)})


@pytest.mark.parametrize("seed", [0, 59, 97])
def test_nor_where_a_search_could_end_in_another_valley(seed):
    """A coefficient that does not vary can have any correlation."""
    fit = hlm.lmer("y ~ x + (x | g)", thin(seed))
    rise = hlm.course.correlation_profile(fit, np.linspace(-1, 1, 21))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", hlm.SingularFitWarning)
        others = [hlm.lmer(f"y ~ x + {random}", thin(seed)) for random in ("(1 | g)", "(0 + x | g)")]
    assert rise.max() <= 2 * (fit.llf - max(other.llf for other in others)) + 1e-5


@pytest.mark.parametrize("seed", [0, 59, 97])
@pytest.mark.parametrize("correlation", [-1.0, 1.0])
def test_the_rise_at_an_end_is_the_least_of_all_pairs_of_standard_deviations(seed, correlation):
    """There G has two parameters only, and all of them can be tried."""
    fit = hlm.lmer("y ~ x + (x | g)", thin(seed))
    stage = fit.at.stage

    def deviance(log_sd):
        root = np.linalg.solve(stage.scale.to_z, np.exp(log_sd) * [1, correlation])
        return Deviance(stage, np.column_stack([root, [0, 0]])[stage.free], True).value

    tried = [(deviance(pair), pair) for pair in product(np.linspace(-6, 2, 15), repeat=2)]
    least = min(optimize.minimize(deviance, pair, method="Nelder-Mead").fun for _, pair in sorted(tried)[:3])
    rise = hlm.course.correlation_profile(fit, np.linspace(-1, 1, 11))[correlation]
    assert rise == pytest.approx(least - fit.at.value, abs=1e-3)


def test_what_has_no_such_profile_is_refused(fit):
    with pytest.raises(hlm.ModelError, match="two that are correlated"):
        hlm.course.correlation_profile(hlm.lmer("math ~ 1 + (1 | sch.id)", hlm.load_hsb()), [0])
    with pytest.raises(hlm.ModelError, match=r"1\.5 does not"):
        hlm.course.correlation_profile(fit, [0, 1.5])
