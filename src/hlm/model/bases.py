"""Polynomials and splines as R makes them: each learns what it needs from the data that are fitted, and keeps it.

A basis is learned once (`Poly.learn(x, ...)`) and then called, on the data themselves and on new rows alike. Values
that are missing when it is learned are left out, and give missing rows when it is called.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Self

import numpy as np


@dataclass(frozen=True)
class Matrix:
    """A variable of several columns: values (n, k), and what each is called."""

    values: np.ndarray
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Poly:
    """Polynomials that are orthogonal over the fitted data, of degrees 1 to k (Kennedy & Gentle 1980, section 8.4).

    Attributes:
        centre: (k,) and norm: (k + 2,) the coefficients of their recurrence: R's attribute "coefs".
    """

    centre: np.ndarray
    norm: np.ndarray

    @classmethod
    def learn(cls, x: np.ndarray, degree: int) -> Self:
        """The polynomials of x (n,)."""
        x = x[~np.isnan(x)]
        if degree < 1:
            raise ValueError("the degree must be at least 1")
        if degree >= len(np.unique(x)):
            raise ValueError(f"degree {degree} needs more different values than the {len(np.unique(x))} there are")
        centre, norm = [], [1.0, float(len(x))]
        before, now = np.zeros_like(x), np.ones_like(x)
        for k in range(degree):
            centre.append(np.sum(x * now**2) / np.sum(now**2))
            before, now = now, (x - centre[k]) * now - norm[k + 1] / norm[k] * before
            norm.append(np.sum(now**2))
        return cls(np.array(centre), np.array(norm))

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """(n, k) the polynomials at x (n,)."""
        before, now, columns = np.zeros_like(x), np.ones_like(x), []
        for k, centre in enumerate(self.centre):
            before, now = now, (x - centre) * now - self.norm[k + 1] / self.norm[k] * before
            columns.append(now / np.sqrt(self.norm[k + 2]))
        return np.column_stack(columns)


@dataclass(frozen=True)
class Powers:
    """Polynomials in one or several variables, orthogonal in each or raw: the products of total degree 1 to k."""

    of: tuple[Poly | None, ...]
    degree: int

    @classmethod
    def learn(cls, *x: np.ndarray, degree: int, raw: bool) -> Self:
        """The polynomials of each x (n,)."""
        return cls(tuple(None if raw else Poly.learn(one, degree) for one in x), degree)

    def __call__(self, *x: np.ndarray) -> Matrix:
        """The products: those of a single variable are called 1, 2, ..., of several 1.0, 2.0, 0.1, ..."""
        powers = [
            np.power.outer(one, np.arange(1.0, self.degree + 1)) if poly is None else poly(one)
            for poly, one in zip(self.of, x, strict=True)
        ]
        columns, labels = [], []
        for reverse in product(range(self.degree + 1), repeat=len(x)):
            degrees = reverse[::-1]  # the first variable's changes fastest
            if not 1 <= sum(degrees) <= self.degree:
                continue
            columns.append(np.prod([p[:, d - 1] for p, d in zip(powers, degrees, strict=True) if d], axis=0))
            labels.append(".".join(map(str, degrees)))
        return Matrix(np.column_stack(columns), tuple(labels))


@dataclass(frozen=True)
class BSplines:
    """R's bs(): B-splines of some degree; beyond the boundary knots the last polynomials go on."""

    knots: np.ndarray
    degree: int
    intercept: bool

    @classmethod
    def learn(
        cls,
        x: np.ndarray,
        df: int | None,
        knots: np.ndarray | None,
        degree: int,
        intercept: bool,
        ends: np.ndarray | None,
    ) -> Self:
        """Knots at quantiles of x (n,) where they are not given."""
        if degree < 1:
            raise ValueError("the degree must be at least 1")
        return cls(_knots(x, df, knots, degree + intercept, degree, ends), degree, intercept)

    def __call__(self, x: np.ndarray) -> Matrix:
        """The basis at x (n,)."""
        basis = _b_splines(self.knots, self.degree, x)
        return _numbered(basis if self.intercept else basis[:, 1:])


@dataclass(frozen=True)
class NaturalSplines:
    """R's ns(): cubic splines that are straight lines beyond the boundary knots."""

    knots: np.ndarray
    intercept: bool

    @classmethod
    def learn(
        cls, x: np.ndarray, df: int | None, knots: np.ndarray | None, intercept: bool, ends: np.ndarray | None
    ) -> Self:
        """Knots at quantiles of x (n,) where they are not given."""
        return cls(_knots(x, df, knots, 1 + intercept, 3, ends), intercept)

    def __call__(self, x: np.ndarray) -> Matrix:
        """The basis at x (n,)."""
        ends = self.knots[[0, -1]]
        inside = np.clip(x, *ends)
        basis = _b_splines(self.knots, 3, inside) + (x - inside)[:, None] * _b_splines(self.knots, 3, inside, 1)
        curvature = _b_splines(self.knots, 3, ends, 2)
        if not self.intercept:
            basis, curvature = basis[:, 1:], curvature[:, 1:]
        rotation = np.linalg.qr(curvature.T, mode="complete")[0]  # Householder's, as in R's qr
        return _numbered(basis @ rotation[:, 2:])


def _knots(
    x: np.ndarray, df: int | None, knots: np.ndarray | None, fewest: int, degree: int, ends: np.ndarray | None
) -> np.ndarray:
    """Boundary knots degree + 1 times, and between them those that are given, or df - fewest at quantiles of x."""
    x = x[~np.isnan(x)]
    if not len(x):
        raise ValueError("there are no values to place knots at")
    ends = np.array([x.min(), x.max()]) if ends is None else np.sort(ends)
    if knots is None:
        between = 0 if df is None else int(df) - fewest
        if between < 0:
            raise ValueError(f"df must be at least {fewest}")
        within = x[(x >= ends[0]) & (x <= ends[1])]
        knots = np.quantile(within, np.linspace(0, 1, between + 2)[1:-1])
    knots = np.sort(np.atleast_1d(knots).astype(float))
    if len(ends) != 2 or not ends[0] < ends[1] or (len(knots) and not (ends[0] < knots[0] and knots[-1] < ends[1])):
        raise ValueError("knots must lie between two different boundary knots")
    return np.concatenate([np.repeat(ends[0], degree + 1), knots, np.repeat(ends[1], degree + 1)])


def _b_splines(knots: np.ndarray, degree: int, x: np.ndarray, derivative: int = 0) -> np.ndarray:
    from scipy.interpolate import BSpline  # a large library, for the few models with splines

    spline = BSpline(knots, np.eye(len(knots) - degree - 1), degree)
    return np.asarray((spline.derivative(derivative) if derivative else spline)(x))


def _numbered(values: np.ndarray) -> Matrix:
    return Matrix(values, tuple(str(k + 1) for k in range(values.shape[1])))
