"""G as the spread of the schools (chapter 7): points in an ellipse, constants added, the zero of `ses` moved."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ..arguments import real_numbers
from ..course.g_matrix import correlation, move_zero
from ..errors import ModelError, listed
from ..model.formula import INTERCEPT
from ..results import OneFactorFit
from ..tables.numbers import num
from .style import (
    FAINT,
    INK,
    MIXED,
    MUTED,
    BookFigure,
    bare,
    book_style,
    figure,
    halo,
)

__all__ = ["added_constants", "cloud", "g_of_schools", "zero_moved"]

HALF, MOST = 0.5, 0.95  # of the schools, inside the inner ellipse and inside the outer one
DASHED = (0, (4, 3))


@book_style
def cloud(G: Any, U: Any) -> BookFigure:
    """Draw the normal distribution of schools' deviations: draws from it, two ellipses, and the spread each way.

    Args:
        G: (2, 2) covariance matrix of intercepts and slopes.
        U: (J, 2) deviations of as many schools.

    Returns:
        BookFigure

    Raises:
        ModelError: G is no (2, 2) covariance matrix with variances above zero, or U has not two columns.
    """
    G, U = _two_by_two(G), _two_columns(U)
    drawing, grid = figure(
        height=4.5, rows=2, columns=2, gridspec_kw={"width_ratios": [4, 1.25], "height_ratios": [1, 3.4]}
    )
    (top, corner), (axes, side) = grid
    corner.remove()
    axes.axhline(0, color=FAINT, linewidth=1)
    axes.axvline(0, color=FAINT, linewidth=1)
    axes.scatter(*U.T, s=13, color=MUTED, alpha=0.6, linewidths=0, zorder=2)
    for share, linestyle in ((HALF, "-"), (MOST, DASHED)):
        axes.plot(*_ellipse(G, share), color=MIXED.dark, linewidth=1.6, linestyle=linestyle, zorder=3)
    reach = 3.3 * np.sqrt(np.diag(G))
    # Each name stands in a corner, beyond the schools, with a line to its ellipse.
    for share, name, way in ((HALF, "half of all schools", -1), (MOST, "95 per cent", 1)):
        x, y = _ellipse(G, share)
        at = np.argmax(way * x / np.ptp(x) - y / np.ptp(y))
        axes.annotate(
            name,
            (x[at], y[at]),
            xytext=(way * 0.97 * reach[0], -0.97 * reach[1]),
            ha="right" if way > 0 else "left",
            va="bottom",
            color=MIXED.dark,
            arrowprops={"arrowstyle": "-", "color": MIXED.dark, "linewidth": 0.8, "shrinkA": 1, "shrinkB": 0},
        )
    axes.set(
        xlabel=r"intercept above or below the average, $U_{0j}$",
        ylabel=r"slope above or below the average, $U_{1j}$",
        xlim=(-reach[0], reach[0]),
        ylim=(-reach[1], reach[1]),
    )
    for margin, upright, name in ((top, False, r"\tau_{00}"), (side, True, r"\tau_{11}")):
        _spread(margin, G[int(upright), int(upright)], name, upright)
    top.sharex(axes)
    side.sharey(axes)
    return drawing


@book_style
def added_constants(U: Any, gamma: Any) -> BookFigure:
    """Draw draws of U, and the same with constants added: the same cloud in another place.

    Args:
        U: (J, 2) deviations of intercepts and slopes.
        gamma: (2,) the constants.

    Returns:
        BookFigure

    Raises:
        ModelError: U has not two columns, or gamma not two elements.
    """
    U, gamma = _two_columns(U), real_numbers(gamma, "gamma")
    if gamma.shape != (2,) or not np.isfinite(gamma).all():
        raise ModelError(
            f"gamma has shape {gamma.shape}; it needs two finite elements, for the intercept and the slope"
        )
    drawing, axes = figure(height=3.6)
    r = num(correlation(np.cov(U.T)).to_numpy()[0, 1], 3)
    clouds = (
        (U, {"facecolors": "white", "edgecolors": INK, "linewidths": 1.2}, r"$U_j$"),
        (gamma + U, {"color": MIXED.color, "linewidths": 0}, r"$\beta_j = \gamma + U_j$"),
    )
    for start, end in zip(U, gamma + U, strict=True):
        axes.plot(*zip(start, end, strict=True), color=FAINT, linewidth=0.9, zorder=1)
    for points, look, name in clouds:
        mean = points.mean(axis=0)
        reach = np.abs(points - mean).max(axis=0)
        for axis in (0, 1):
            ends = np.array([mean, mean])
            ends[:, axis] += [-1.1 * reach[axis], 1.1 * reach[axis]]
            axes.plot(*ends.T, color=MUTED, linewidth=0.9, linestyle=DASHED, zorder=2)
        axes.scatter(*points.T, s=34, zorder=3, **look)
        axes.annotate(
            f"{name}\ncorrelation {r}",
            (mean[0], mean[1] + 1.1 * reach[1]),
            xytext=(0, 4),
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontweight="bold",
            path_effects=halo(),
        )
    axes.set(xlabel="intercepts", ylabel="slopes")
    axes.margins(x=0.06)
    low, high = axes.get_ylim()
    axes.set_ylim(low, high + 0.18 * (high - low))
    return drawing


@book_style
def g_of_schools(fit: OneFactorFit) -> BookFigure:
    """Draw the schools as a model predicts them, the ellipse of its G, and the narrower one of the predictions.

    Args:
        fit: a model with a random intercept and one random slope.

    Returns:
        BookFigure

    Raises:
        ModelError: the model has other random coefficients, or G is singular.
    """
    G, schools = _of_one_slope(fit)
    centre = schools.mean(axis=0)
    drawing, axes = figure(height=4)
    axes.scatter(*schools.T, s=16, color=MIXED.color, alpha=0.65, linewidths=0)
    looks = (
        (G, "-", f"$G$: {num(100 * MOST, 0)} per cent\nof the schools", (1, 1), {"xytext": (6, 2)}),
        (np.cov(schools.T), DASHED, "of their predictions", (0, -1), {"xytext": (0, -4), "ha": "center", "va": "top"}),
    )
    for matrix, linestyle, name, side, placed in looks:
        x, y = _ellipse(matrix, MOST, centre)
        axes.plot(x, y, color=INK, linewidth=1.5, linestyle=linestyle)
        at = np.argmax(side[0] * (x - centre[0]) / np.ptp(x) + side[1] * (y - centre[1]) / np.ptp(y))
        axes.annotate(name, (x[at], y[at]), textcoords="offset points", path_effects=halo(), **placed)
    axes.plot(*centre, "+", color=INK, markersize=11, markeredgewidth=1.6)
    axes.set(xlabel=r"intercept of the school, $\beta_{0j}$ (points)", ylabel=r"slope of the school, $\beta_{1j}$")
    axes.margins(x=0.12, y=0.1)
    return drawing


@book_style
def zero_moved(fit: OneFactorFit, reach: float = 2) -> BookFigure:
    """Draw how far apart the schools' lines are along the predictor, and how intercepts taken there go with slopes.

    Args:
        fit: a model with a random intercept and one random slope.
        reach: how far to go from zero, in units of the predictor.

    Returns:
        BookFigure

    Raises:
        ModelError: the model has other random coefficients, G is singular, or `reach` is not above zero or beyond a
            million.
    """
    if not 0 < reach <= 1e6:
        raise ModelError(f"reach must be above 0 and a million at most, not {reach!r}")
    G, _ = _of_one_slope(fit)
    name, narrowest = fit.cov_re.columns[1], -G[0, 1] / G[1, 1]
    grid = np.linspace(-reach, reach, 201)
    drawing, both = figure(height=4.4, rows=2, sharex=True)
    shown = (
        (both[0], _height_sd, "SD of the heights of\nthe schools' lines (points)"),
        (both[1], _r, "correlation,\nif zero were here"),
    )
    for axes, value, label in shown:
        axes.plot(grid, [value(move_zero(G, to)) for to in grid], color=MIXED.dark, linewidth=2)
        if abs(narrowest) <= reach:
            axes.axvline(narrowest, color=INK, linewidth=1, linestyle=DASHED, zorder=1)
        for to in (-reach / 2, 0, reach / 2):
            at = value(move_zero(G, to))
            axes.plot(to, at, "o", color=MIXED.dark, markersize=6)
            axes.annotate(
                num(at, 2), (to, at), xytext=(0, 8), textcoords="offset points", ha="center", path_effects=halo()
            )
        axes.set_ylabel(label)
    both[1].axhline(0, color=FAINT, linewidth=1.2, zorder=0)
    both[0].set_ylim(0, 1.12 * both[0].get_ylim()[1])
    both[1].set(xlabel=name, xlim=(-reach, reach), ylim=(-1, 1), yticks=(-1, 0, 1))
    if abs(narrowest) <= reach:
        both[0].annotate(
            f"lines closest together\nat {name} = {num(narrowest, 2)}",
            (narrowest, 0),
            xytext=(5, 6),
            textcoords="offset points",
            path_effects=halo(),
        )
    return drawing


def _height_sd(G: pd.DataFrame) -> float:
    return float(np.sqrt(G.to_numpy()[0, 0]))


def _r(G: pd.DataFrame) -> float:
    return float(correlation(G).to_numpy()[0, 1])


def _spread(axes: Axes, tau: float, name: str, upright: bool) -> None:
    """A normal curve at the margin; its standard deviation is the distance from the middle to where it bends."""
    sd = np.sqrt(tau)
    x = np.linspace(-3.3 * sd, 3.3 * sd, 200)
    height, bend = np.exp(-0.5 * (x / sd) ** 2), np.exp(-0.5)
    label = f"${name}$ = {num(tau, 2)}\nSD {num(sd, 2)}"
    bare(axes)
    axes.spines["bottom"].set_visible(False)
    axes.tick_params(bottom=False, labelbottom=False)
    if upright:
        axes.fill_betweenx(x, height, color=MIXED.color, alpha=0.25, linewidth=0)
        axes.plot(height, x, color=MIXED.dark, linewidth=1.4)
        axes.plot([bend, bend], [0, sd], color=INK, linewidth=1.6, marker="_", markersize=7)
        axes.text(0.12, 3.2 * sd, label, va="top")
        axes.set_xlim(0, 1.1)
    else:
        axes.fill_between(x, height, color=MIXED.color, alpha=0.25, linewidth=0)
        axes.plot(x, height, color=MIXED.dark, linewidth=1.4)
        axes.plot([0, sd], [bend, bend], color=INK, linewidth=1.6, marker="|", markersize=7)
        axes.text(1.6 * sd, 1, label, va="top")
        axes.set_ylim(0, 1.1)


def _ellipse(G: np.ndarray, share: float, centre: Any = (0, 0)) -> tuple[np.ndarray, np.ndarray]:
    """The ellipse that holds this share of a normal distribution with covariance G.

    The squared distance z' G^-1 z of two normal variables has the chi-square distribution with 2 d.f., which is
    exponential: it is below -2 ln(1 - share) with this probability.
    """
    angle = np.linspace(0, 2 * np.pi, 361)
    circle = np.sqrt(-2 * np.log(1 - share)) * np.array([np.cos(angle), np.sin(angle)])
    return tuple(np.linalg.cholesky(G) @ circle + np.reshape(centre, (2, 1)))


def _two_by_two(G: Any) -> np.ndarray:
    values = correlation(G)
    if values.shape != (2, 2) or values.isna().any(axis=None) or abs(values.to_numpy()[0, 1]) >= 1:
        raise ModelError("the picture needs a (2, 2) G in which both variances are above zero and no correlation is 1")
    return np.asarray(G, dtype=float)


def _two_columns(U: Any) -> np.ndarray:
    values = real_numbers(U, "U")
    if values.ndim != 2 or values.shape[1] != 2 or len(values) < 2 or not np.isfinite(values).all():
        raise ModelError(
            f"U has shape {values.shape}; it needs a row for each school and two columns of finite numbers, intercepts"
            " and slopes"
        )
    return values


def _of_one_slope(fit: OneFactorFit) -> tuple[np.ndarray, np.ndarray]:
    """G and the predicted coefficients of each school, intercepts first."""
    names = list(fit.cov_re.columns)
    if len(names) != 2 or names[0] != INTERCEPT:
        raise ModelError(f"the picture needs a random intercept and one slope; {fit.formula!r} has {listed(names)}")
    return _two_by_two(fit.cov_re), fit.coefficients.to_numpy()
