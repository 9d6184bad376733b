"""Profile-likelihood intervals for standard deviations and correlations.

A value belongs to the interval if the best model that has it is not much less likely than the best model of all: the
deviance, minimised over everything else, rises by no more than the chi-square quantile (Bates et al. 2015,
section 5.1). Where it never rises that far before the end of the parameter's range, the interval reaches that end.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import scipy  # loads scipy.optimize when it is used
from scipy.special import chdtri

from ..errors import ModelError
from ..model.deviance import Deviance
from ..model.estimates import random_covariance, residual_variance
from ..model.two_stage import TwoStage

FAR = 12.0  # in logs or inverse hyperbolic tangents: a factor of 160,000, or a correlation of 1 - 1e-10


class Components:
    """A model's standard deviations and correlations, on scales without bounds (log and atanh), sigma's log last.

    Attributes:
        names: what each is. pairs: for each element of G's free lower triangle, its row and column.
    """

    def __init__(self, stage: TwoStage, z: tuple[str, ...], reml: bool):
        self.stage, self.reml = stage, reml
        rows, columns = stage.free
        order = np.lexsort((rows != columns,))
        self.pairs = [(int(rows[k]), int(columns[k])) for k in order]
        self.names = [f"sd {z[r]}" if r == c else f"cor {z[c]}, {z[r]}" for r, c in self.pairs] + ["sd residual"]
        self.is_sd = np.array([r == c for r, c in self.pairs] + [True])
        self._inside = np.linalg.inv(stage.scale.unit_y * stage.scale.to_z)

    def G(self, eta: np.ndarray) -> np.ndarray:
        """(q, q) covariance of the random coefficients, in the user's units."""
        q = self.stage.q
        sd, correlation = np.zeros(q), np.eye(q)
        for (r, c), value in zip(self.pairs, eta, strict=False):
            if r == c:
                sd[r] = np.exp(value)
            else:
                correlation[r, c] = correlation[c, r] = np.tanh(value)
        return correlation * np.outer(sd, sd)

    def of(self, G: np.ndarray, sigma2: float) -> np.ndarray:
        """A fit's components; a standard deviation of zero is put FAR below sigma, a correlation of one near it."""
        sd = np.maximum(np.sqrt(np.diag(G)), np.exp(-FAR) * np.sqrt(sigma2))
        values = []
        for r, c in self.pairs:
            values.append(
                np.log(sd[r]) if r == c else np.arctanh(np.clip(G[r, c] / (sd[r] * sd[c]), -1 + 1e-9, 1 - 1e-9))
            )
        return np.array([*values, np.log(sigma2) / 2])

    def deviance(self, eta: np.ndarray) -> tuple[float, np.ndarray]:
        """The deviance at these components, up to a constant, and its gradient."""
        sigma2 = np.exp(2 * eta[-1]) / self.stage.scale.unit_y**2
        root = self._root(eta, sigma2)
        if root is None:
            return np.inf, np.zeros(len(eta))
        at = Deviance(self.stage, root[self.stage.free], self.reml)
        residual = at.s2 * at.dof / sigma2
        value = at.value - at.dof * np.log(at.s2) + at.dof * np.log(sigma2) + residual
        # Gamma holds dd'/s2; here sigma2 is not the profiled one.
        by_D = at.Gamma + at.d @ at.d.T * (1 / at.s2 - 1 / sigma2)
        by_G = self._inside.T @ by_D @ self._inside / sigma2
        G = self.G(eta)
        gradient = np.empty(len(eta))
        for k, (r, c) in enumerate(self.pairs):
            if r == c:  # d log sd moves row and column r of G in proportion
                gradient[k] = 2 * by_G[r] @ G[r]
            else:
                sd = np.exp([eta[self.pairs.index((a, a))] for a in (r, c)])
                gradient[k] = 2 * by_G[r, c] * sd[0] * sd[1] * (1 - np.tanh(eta[k]) ** 2)
        gradient[-1] = 2 * at.dof - 2 * residual - 2 * np.sum(by_G * G)
        return value, gradient

    def _root(self, eta: np.ndarray, sigma2: float) -> np.ndarray | None:
        """Lambda of these components, or None where the correlations do not fit together."""
        D = self._inside @ self.G(eta) @ self._inside.T / sigma2
        try:
            return np.linalg.cholesky(D + 1e-15 * np.trace(D) * np.eye(len(D)))
        except np.linalg.LinAlgError:
            return None

    def best_with(self, which: int, value: float, start: np.ndarray) -> tuple[float, np.ndarray]:
        """The least deviance with one component held, and all components there."""
        others = np.arange(len(start)) != which

        def held(rest: np.ndarray) -> tuple[float, np.ndarray]:
            eta = start.copy()
            eta[which], eta[others] = value, rest
            deviance, gradient = self.deviance(eta)
            return deviance, gradient[others]

        found = scipy.optimize.minimize(held, start[others], jac=True, method="BFGS", options={"gtol": 1e-6})
        eta = start.copy()
        eta[which], eta[others] = value, found.x
        return float(found.fun), eta


def variance_intervals(at: Deviance, z: tuple[str, ...], alpha: float) -> pd.DataFrame:
    """Profile intervals of a model's standard deviations and correlations.

    Args:
        at: the deviance at the optimum, of the criterion (REML or ML) that is profiled.
        z: names of the random coefficients, `Layout.z`.
        alpha: the intervals have level 1 - alpha.

    Returns:
        DataFrame (estimate, lower, upper), a row a component; see `MixedResults.variance_intervals`.

    Raises:
        ModelError: alpha outside 0 to 1.

    Source: Bates, Maechler, Bolker & Walker (2015), section 5.1.
    """
    if not 0 < alpha < 1:
        raise ModelError(f"alpha must lie between 0 and 1, not {alpha!r}; 0.05 gives 95 per cent intervals")
    parts = Components(at.stage, z, at.reml)
    G, sigma2 = random_covariance(at), residual_variance(at)
    top = parts.of(G, sigma2)
    least = parts.deviance(top)[0]
    limit = float(least + chdtri(1, alpha))
    rows = []
    for which, is_sd in enumerate(parts.is_sd):
        back: Callable = np.exp if is_sd else np.tanh
        ends = [_end(parts, which, top, limit, side) for side in (-1, 1)]
        at_bounds = (0.0, np.inf) if is_sd else (-1.0, 1.0)
        lower, upper = (bound if end is None else float(back(end)) for end, bound in zip(ends, at_bounds, strict=True))
        rows.append((float(back(top[which])), lower, upper))
    table = pd.DataFrame(rows, index=parts.names, columns=["estimate", "lower", "upper"])
    sds = np.sqrt(np.append([G[r, r] for r, c in parts.pairs if r == c], sigma2))
    table.loc[parts.is_sd, "estimate"] = sds  # exactly zero where the fit is singular
    return table


def _end(parts: Components, which: int, top: np.ndarray, limit: float, side: int) -> float | None:
    """Where the profile deviance crosses the limit on one side of the optimum; None if it never does."""
    path = {0.0: top}

    def excess(distance: float) -> float:
        nearest = path[min(path, key=lambda known: abs(known - distance))]
        deviance, eta = parts.best_with(which, top[which] + side * distance, nearest)
        path[distance] = eta
        return min(deviance - limit, 1e9)

    inside, outside = 0.0, 0.1
    while excess(outside) < 0:
        inside, outside = outside, 1.6 * outside
        if outside > FAR:
            return None
    if inside == 0.0 and parts.deviance(top)[0] - limit > 0:
        return top[which]
    start = max(inside, 1e-12)
    return top[which] + side * scipy.optimize.brentq(excess, start, outside, xtol=1e-8)
