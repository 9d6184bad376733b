"""R's random numbers in Python: what `set.seed`, `runif`, `rnorm` and `MASS::mvrnorm` give, draw for draw.

R and NumPy share the Mersenne Twister (Matsumoto & Nishimura 1998). They differ in how a seed sets its state and in
how its integers become numbers, so the same seed gives other numbers; here R's way is followed at both ends.
"""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy as np
import pandas as pd
from scipy import linalg, special

from ..errors import ModelError

__all__ = ["RRandom"]

WORDS = 624  # of 32 bits: the state of the Mersenne Twister
LARGEST_SEED = 2**31 - 1  # R's integers are signed, and the one below the most negative is its NA
UNIT = 2.0**-32  # what an integer of 32 bits counts in
ABOVE_ZERO = 0.5 / (2**32 - 1)  # what R gives in place of 0, whose normal quantile is infinite
INVERSION = 2**27  # R joins two uniforms, the first to 27 bits, since one of 32 bits is too coarse for the tails
NEGATIVE = 1e-6  # mvrnorm's tolerance: an eigenvalue this far below zero, relative to the largest, is rounding


class RRandom:
    """A stream of random numbers that starts as R's does after `set.seed(seed)`.

    Args:
        seed: a whole number, -2147483647 to 2147483647.

    Raises:
        ModelError: a seed that R would not take.

    Source: R's src/main/RNG.c and src/nmath/snorm.c with R's defaults since version 1.7.0, Mersenne Twister and
    Inversion. Numbers agree with R's but for rounding in the last place.

    Example:
        >>> import hlm
        >>> hlm.course.RRandom(1).rnorm(3).round(7)
        array([-0.6264538,  0.1836433, -0.8356286])
    """

    def __init__(self, seed: int) -> None:
        if not isinstance(seed, Integral) or isinstance(seed, bool) or abs(seed) > LARGEST_SEED:
            raise ModelError(f"a seed is a whole number from {-LARGEST_SEED} to {LARGEST_SEED}, not {seed!r}")
        self._twister: np.random.MT19937 = np.random.MT19937()
        # R marks the state as used up, so that the first draw begins with a twist, as NumPy's does at this position.
        self._twister.state = {
            "bit_generator": "MT19937",
            "state": {"key": _scrambled(int(seed)), "pos": WORDS},
        }

    def runif(self, n: int) -> np.ndarray:
        """n numbers between 0 and 1, both excluded: R's `runif(n)`."""
        return np.maximum(self._twister.random_raw(_count(n)) * UNIT, ABOVE_ZERO)

    def rnorm(self, n: int) -> np.ndarray:
        """n draws of the standard normal distribution: R's `rnorm(n)`, the normal quantile of a uniform number."""
        first, second = self.runif(2 * _count(n)).reshape(-1, 2).T
        return special.ndtri((np.floor(INVERSION * first) + second) / INVERSION)

    def mvrnorm(self, n: int, mu: Any, sigma: Any) -> pd.DataFrame:
        """n draws of a multivariate normal distribution: `MASS::mvrnorm(n, mu, Sigma)`.

        With sigma = V diag(l) V' (its eigenvalues l, largest first), a draw is mu + V diag(sqrt(l)) z, where z holds
        independent standard normals. An eigenvector may point either way; R and this function take LAPACK's dsyevr as
        it comes, and so draw the same numbers.

        Args:
            n: draws. mu: (p,) means. sigma: (p, p) covariance matrix; only its lower triangle is read.

        Returns:
            DataFrame (n, p), a row for each draw; its columns have sigma's names, or are counted from 0.

        Raises:
            ModelError: shapes that do not fit, values that are not finite, or a sigma that is no covariance matrix.

        Source: Venables & Ripley (2002), Modern Applied Statistics with S; their package MASS, mvrnorm.R.
        """
        names = sigma.columns if isinstance(sigma, pd.DataFrame) else None
        mu, sigma = _moments(mu, sigma)
        values, vectors = linalg.eigh(sigma, driver="evr")
        values, vectors = values[::-1], vectors[:, ::-1]
        if values[-1] < -NEGATIVE * abs(values[0]):
            raise ModelError(
                f"sigma is not a covariance matrix: its smallest eigenvalue is {values[-1]:.3g}, so a weighted sum of "
                "the variables would have a negative variance; check the covariances against the variances"
            )
        z = self.rnorm(len(mu) * _count(n)).reshape(len(mu), -1)
        return pd.DataFrame(mu + z.T @ (vectors * np.sqrt(np.maximum(values, 0))).T, columns=names)


def _scrambled(seed: int) -> np.ndarray:
    """R's initial state: a linear congruential generator, 50 steps to mix the seed, one for the position, 624 words."""
    words = np.empty(50 + 1 + WORDS, dtype=np.uint32)
    word = seed % 2**32
    for place in range(len(words)):
        word = (69069 * word + 1) % 2**32
        words[place] = word
    return words[-WORDS:]


def _count(n: int) -> int:
    if not isinstance(n, Integral) or isinstance(n, bool) or n < 0:
        raise ModelError(f"the number of draws must be a whole number, 0 or more, not {n!r}")
    return int(n)


def _moments(mu: Any, sigma: Any) -> tuple[np.ndarray, np.ndarray]:
    mu, sigma = np.asarray(mu, dtype=float), np.asarray(sigma, dtype=float)
    if mu.ndim != 1 or mu.size == 0 or sigma.shape != (len(mu), len(mu)):
        raise ModelError(
            f"mu has shape {mu.shape} and sigma {sigma.shape}; p variables need p means and a p by p covariance matrix"
        )
    if not np.isfinite(mu).all() or not np.isfinite(sigma).all():
        raise ModelError("mu and sigma must be finite; one of their elements is missing or infinite")
    if not np.allclose(sigma, sigma.T, rtol=1e-8, atol=0):
        row, column = np.argwhere(~np.isclose(sigma, sigma.T, rtol=1e-8, atol=0))[0]
        raise ModelError(
            f"sigma is not symmetric: {sigma[row, column]:g} in row {row + 1}, column {column + 1}, and "
            f"{sigma[column, row]:g} in row {column + 1}, column {row + 1}; both are the same covariance"
        )
    return mu, sigma
