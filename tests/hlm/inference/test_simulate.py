"""Samples drawn at the schools' moments: like samples of students, and centred on the fit."""

import numpy as np
import pandas as pd
import pytest

import hlm
from hlm.inference.simulation import draw_stages

SAMPLES = 600


@pytest.fixture(scope="module")
def fit():
    return hlm.lmer("math ~ sector + (1 | sch.id)", hlm.load_hsb())


def awkward_schools():
    """Few schools of very different sizes: one with a single student, one whose students have the same x."""
    rng = np.random.default_rng(8)
    n = [1, 2, 3, 5, 8, 13, 21, 30, 6, 6, 9, 40]
    school = np.repeat(np.arange(len(n)), n)
    x = rng.normal(3, 2, len(school))
    x[school == 3] = 2.5
    u = rng.multivariate_normal([0, 0], [[4, 1], [1, 1]], len(n))
    y = 100 + 3 * x + u[school, 0] + u[school, 1] * x + rng.normal(0, 3, len(school))
    return pd.DataFrame({"school": school, "x": x, "w": (school % 2) * 1.0, "y": y})


@pytest.mark.filterwarnings("ignore::hlm.SingularFitWarning")
@pytest.mark.parametrize("formula", ["y ~ x + w + (1 | school)", "y ~ x + w + (x | school)"])
def test_samples_of_moments_are_distributed_as_samples_of_students(formula):
    """Means, variances and correlations of all estimates agree between both ways of drawing."""
    fit = hlm.lmer(formula, awkward_schools())
    by_moments = hlm.bootstrap(fit, n=SAMPLES, seed=5)
    students = fit.simulate(SAMPLES, seed=6)
    rows, columns = np.tril_indices(len(fit.cov_re))
    refits = [fit.refit(students[i].to_numpy()) for i in students]
    by_rows = np.array([[*r.params, *r.cov_re.to_numpy()[rows, columns], r.scale] for r in refits])
    assert by_rows.shape == by_moments.shape

    # Columns, their squares and all products, about the mean of the rows' way; each compared in standard errors.
    middle, spread = by_rows.mean(0), by_rows.std(0)
    features = [_features((x - middle) / spread) for x in (by_rows, by_moments.to_numpy())]
    error = np.sqrt(sum(f.var(0) for f in features) / SAMPLES)
    z = (features[0].mean(0) - features[1].mean(0)) / error
    assert np.abs(z).max() < 4.5


def _features(x):
    pairs = np.triu_indices(x.shape[1])
    # Heavy tails would hide a difference in a few large values.
    return np.column_stack([x, np.arctan(x[:, pairs[0]] * x[:, pairs[1]])])


@pytest.mark.parametrize(
    ("formula", "spare"), [("y ~ 0 + a + b + c + d + e + (1 | g)", 13), ("y ~ 0 + a + (a | g)", 12)]
)
def test_few_rows_leave_each_sample_its_degrees_of_freedom(formula, spare):
    """What X and each school's own regression leave of y is sigma2 times chi-square: with these few d.f., one shows."""
    rng = np.random.default_rng(4)
    data = pd.DataFrame(rng.standard_normal((24, 6)), columns=list("abcdey")).assign(g=np.repeat(range(6), 4))
    stage = hlm.model.two_stage.two_stage(hlm.moments(formula, data))
    p, q = stage.p, stage.q
    samples = draw_stages(stage, np.ones(p), np.eye(q), 9.0, 4000, 1)
    S = np.array([sample.S for sample in samples])
    left = S[:, p, p] - np.einsum("ia,ab,ib->i", S[:, p, :p], np.linalg.pinv(stage.S[:p, :p]), S[:, p, :p])
    assert abs(left.mean() / 9 - spare) < 4 * np.sqrt(2 * spare / 4000)
    assert left.var() / 81 == pytest.approx(2 * spare, rel=0.15)


def test_samples_are_centred_on_the_model_that_they_are_drawn_from(fit):
    samples = hlm.bootstrap(fit, n=SAMPLES)
    truth = [*fit.params, fit.cov_re.iloc[0, 0], fit.scale]
    z = (samples.mean() - truth) / (samples.std() / np.sqrt(SAMPLES))
    assert z.abs().max() < 4
    np.testing.assert_allclose(samples[["Intercept", "sector"]].std(), fit.bse, rtol=0.12)
