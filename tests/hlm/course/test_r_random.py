"""hlm.course.RRandom against R: tests/reference/random.json (by random.R), and R itself where it is installed."""

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import hlm

R = json.loads((Path(__file__).parents[2] / "reference/random.json").read_text())
SEEDS = pytest.mark.parametrize("seed", R["runif"])


@SEEDS
def test_uniform_numbers_are_rs_bit_for_bit(seed):
    ours = hlm.course.RRandom(int(seed)).runif(1000)
    # The first numbers, those around the end of the first 624 words, and the last.
    assert [*ours[:5], *ours[619:630], ours[-1]] == R["runif"][seed]


@SEEDS
def test_normal_numbers_are_rs(seed):
    ours = hlm.course.RRandom(int(seed)).rnorm(1000)
    np.testing.assert_allclose([*ours[:5], *ours[309:315], ours[-1]], R["rnorm"][seed], rtol=1e-13, atol=1e-15)


def test_the_tails_are_rs():
    ours = hlm.course.RRandom(3).rnorm(200_000)
    np.testing.assert_allclose([ours.min(), ours.max()], R["extremes"], rtol=1e-13)


def test_one_stream_serves_all_draws():
    stream = hlm.course.RRandom(1)
    ours = [*stream.runif(3), *stream.rnorm(3), *stream.runif(3)]
    np.testing.assert_allclose(ours, R["one_after_the_other"], rtol=1e-13)


@pytest.mark.parametrize("name", R["mvrnorm"])
def test_mvrnorm_is_that_of_mass(name):
    case = R["mvrnorm"][name]
    ours = hlm.course.RRandom(1).mvrnorm(9, case["mu"], case["sigma"])
    scale = np.sqrt(np.max(case["sigma"]))
    np.testing.assert_allclose(ours, case["draws"], rtol=0, atol=1e-14 * scale)


def test_draws_have_the_names_of_their_covariances():
    sigma = pd.DataFrame([[4, 0.2], [0.2, 5]], index=["a", "b"], columns=["a", "b"])
    assert [*hlm.course.RRandom(1).mvrnorm(3, [0, 0], sigma)] == ["a", "b"]
    assert [*hlm.course.RRandom(1).mvrnorm(3, [0, 0], sigma.to_numpy())] == [0, 1]


def test_many_draws_have_the_moments_asked_for():
    sigma = np.array([[4, 0.2], [0.2, 5]])
    draws = hlm.course.RRandom(2).mvrnorm(200_000, [10, 2], sigma)
    np.testing.assert_allclose(draws.mean(axis=0), [10, 2], atol=5 * np.sqrt(5 / 200_000))
    np.testing.assert_allclose(draws.cov(), sigma, atol=0.1)


def test_a_zero_of_the_twister_does_not_become_minus_infinity():
    stream = hlm.course.RRandom(1)
    # A state of zeros gives zeros: a generator in this state is what a draw of exactly 0 looks like.
    stream._twister.state = {
        "bit_generator": "MT19937",
        "state": {"key": np.zeros(624, np.uint32), "pos": 624},
    }
    assert stream.runif(1)[0] > 0
    assert np.isfinite(stream.rnorm(1)).all()


@pytest.mark.parametrize("seed", [1.5, "1", None, True, 2**31, -(2**31)])
def test_seeds_that_r_would_not_take(seed):
    with pytest.raises(hlm.ModelError, match="whole number"):
        hlm.course.RRandom(seed)


@pytest.mark.parametrize(
    ("mu", "sigma", "message"),
    [
        ([0, 0], [[1]], "shape"),
        ([], [[]], "shape"),
        (0, 1, "shape"),
        ([0, 0], [[1, 2], [2, 1]], "not a covariance matrix"),
        ([0, 0], [[1, 0.5], [0.4, 1]], "not symmetric: 0.5 in row 1, column 2"),
        ([0, np.nan], [[1, 0], [0, 1]], "finite"),
        ([0, 0], [[1, 0], [0, np.inf]], "finite"),
    ],
)
def test_moments_that_no_distribution_has(mu, sigma, message):
    with pytest.raises(hlm.ModelError, match=message):
        hlm.course.RRandom(1).mvrnorm(9, mu, sigma)


@pytest.mark.parametrize("n", [-1, 2.0, True])
def test_a_number_of_draws_is_a_count(n):
    for draw in (
        hlm.course.RRandom(1).rnorm,
        hlm.course.RRandom(1).runif,
        lambda n: hlm.course.RRandom(1).mvrnorm(n, [0], [[1]]),
    ):
        with pytest.raises(hlm.ModelError, match="number of draws"):
            draw(n)


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not installed")
def test_against_r_itself():
    script = (
        "if (!requireNamespace('MASS', quietly = TRUE)) quit(status = 3); set.seed(20240);"
        "x <- MASS::mvrnorm(5, c(1, -1), matrix(c(4, .2, .2, 5), 2)); cat(sprintf('%.17g', c(x, rnorm(3))))"
    )
    r = subprocess.run(["Rscript", "--vanilla", "-e", script], capture_output=True, text=True, timeout=60)
    if r.returncode == 3:
        pytest.skip("R has no MASS")
    assert r.returncode == 0, r.stderr
    stream = hlm.course.RRandom(20240)
    ours = [*stream.mvrnorm(5, [1, -1], [[4, 0.2], [0.2, 5]]).to_numpy().T.ravel(), *stream.rnorm(3)]
    np.testing.assert_allclose(ours, [float(x) for x in r.stdout.split()], rtol=1e-13, atol=1e-14)
