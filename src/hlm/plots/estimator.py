"""Pictures of the estimator at work: what a school weighs, the deviance and the way down it, a standard error's own
spread."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, MultipleLocator
from numpy.typing import ArrayLike
from scipy import stats

from ..arguments import real_numbers
from ..course.rows import require_table
from ..course.steps import FARTHEST, SatterthwaiteSteps, deviance_curve, newton_steps, school_weights
from ..errors import ModelError, listed
from ..results import OneFactorFit
from ..tables.numbers import num
from .style import FAINT, INK, MIXED, MUTED, OLS, BookFigure, bare, book_style, figure, halo

__all__ = ["deviance_curves", "newton_path", "se_spread", "weights_of_schools", "wrong_stop"]

THETA = "θ, the schools’ spread in units of the students’"
HEIGHT = "deviance above the lowest"


@book_style
def weights_of_schools(fit: OneFactorFit) -> BookFigure:
    """Draw the weight of each school's mean against its number of students: of least squares, of the mixed model.

    Args:
        fit: a model with a random intercept only.

    Returns:
        BookFigure

    Raises:
        ModelError: the model has other random coefficients.
    """
    schools = school_weights(fit)
    n, weight = schools["n"], schools["weight"] / schools["weight"].mean()
    ends = np.array([0.0, n.max() * 1.04])

    drawing, axes = figure(height=2.3)
    axes.axhline(1, color=FAINT, linewidth=1.2, zorder=1)
    axes.plot(ends, ends / n.mean(), color=OLS.color, linestyle=OLS.linestyle, linewidth=2)
    axes.scatter(n, weight, s=16, color=MIXED.color, marker=MIXED.marker, alpha=0.5, linewidths=0, zorder=3)
    at = n.min() * 0.55
    axes.text(at + 1.5, at / n.mean(), "OLS: by students", color=OLS.dark, fontweight="bold", va="top")
    axes.text(
        n.max(), 0.92, "mixed model:\na dot for each school", color=MIXED.dark, fontweight="bold", va="top", ha="right"
    )
    axes.text(1, 1.03, "all schools alike", color=MUTED, va="bottom", path_effects=halo())
    axes.set(xlabel="students of the school in the data", ylabel="weight (average = 1)", xlim=ends, ylim=(0, 1.65))
    return drawing


@book_style
def deviance_curves(fits: Mapping[str, OneFactorFit], theta: tuple[float, float] = (0.2, 0.8)) -> BookFigure:
    """Draw the deviance over theta by ML and by REML, with the lowest point of each: a panel for each fit.

    Args:
        fits: models with a random intercept only, by the title of their panel.
        theta: from where to where.

    Returns:
        BookFigure

    Raises:
        ModelError: there is no fit, a model has other random coefficients, or a lowest point lies outside of `theta`,
            which goes from 0 to 10 at most.
    """
    if not fits:
        raise ModelError("there is no fit to draw")
    if not 0 <= theta[0] < theta[1] <= FARTHEST:
        raise ModelError(f"theta must go from 0 or more to {FARTHEST:g} or less, the lower first, not {theta}")
    drawing, panels = figure(height=2.4, columns=len(fits), sharey=True, squeeze=False)
    for axes, (title, fit) in zip(panels[0], fits.items(), strict=True):
        # Each criterion's name stands at the outer end of its own curve, where the two are farthest apart.
        for reml, color, dark, line, side in (
            (False, INK, INK, "--", "left"),
            (True, MIXED.color, MIXED.dark, "-", "right"),
        ):
            best = _theta(fit if fit.reml == reml else _refitted(fit, reml))
            if not theta[0] < best < theta[1]:
                raise ModelError(f"{title}: the lowest point is at theta = {best:.3f}, outside of {theta}")
            curve = deviance_curve(fit, np.linspace(*theta, 161), reml)
            axes.plot(curve["theta"], curve["deviance"], color=color, linestyle=line, linewidth=1.8)
            axes.plot([best, best], [0, -0.9], color=color, linestyle=line, linewidth=1.4, clip_on=False)
            name = f"{'REML' if reml else 'ML'} {num(best, 3)}"
            shift = -7 if side == "left" else 7
            axes.annotate(
                name,
                (best, -0.9),
                xytext=(shift, 0),
                textcoords="offset points",
                ha="right" if side == "left" else "left",
                va="center",
                color=dark,
                fontweight="bold",
            )
        axes.set_title(title)
        axes.set(xlim=theta, ylim=(-1.5, 12), yticks=[0, 4, 8, 12])
        axes.xaxis.set_major_locator(MultipleLocator(0.2, offset=0.1))
        axes.grid(axis="y")
    panels[0, 0].set_ylabel(HEIGHT)
    drawing.supxlabel(THETA, fontsize=10, color=MUTED)
    return drawing


@book_style
def newton_path(fit: OneFactorFit, start: float = 0.25) -> BookFigure:
    """Draw Newton's steps on the deviance: at each, the parabola that touches the curve, and its lowest point.

    Args:
        fit: a model with a random intercept only.
        start: the first theta, below the lowest point.

    Returns:
        BookFigure

    Raises:
        ModelError: as `hlm.course.steps.newton_steps` does.
    """
    way = newton_steps(fit, start)
    best = _theta(fit)
    wide = best - start
    curve = deviance_curve(fit, np.linspace(start - 0.12 * wide, best + 0.75 * wide, 200))
    top = way["deviance"].iloc[0] * 1.12

    drawing, axes = figure(height=2.7)
    axes.plot(curve["theta"], curve["deviance"], color=MIXED.color, linewidth=2)
    shown = way[way["deviance"] > top * 1e-3]
    for step, (theta, height, slope, curvature) in shown.iterrows():
        to = theta - slope / curvature
        x = np.linspace(theta - 0.25 * (to - theta), to + 0.35 * (to - theta), 60)
        bottom = height - slope**2 / curvature / 2
        axes.plot(x, bottom + curvature * (x - to) ** 2 / 2, color=MUTED, linewidth=1.1, linestyle=(0, (4, 2)))
        axes.plot(to, bottom, "x", color=MUTED, markersize=5)
        landing = float(deviance_curve(fit, [to])["deviance"].iloc[0])
        axes.annotate(
            "",
            (to, landing),
            (to, bottom),
            arrowprops={"arrowstyle": "-", "color": MUTED, "linestyle": ":", "shrinkA": 0, "shrinkB": 0},
        )
        axes.plot(theta, height, MIXED.marker, color=MIXED.dark, markersize=7, zorder=4)
        axes.annotate(
            str(step),
            (theta, height),
            xytext=(6, 5),
            textcoords="offset points",
            fontweight="bold",
            path_effects=halo(),
        )
    _mark_lowest(axes, best, f"lowest at {num(best, 3)}", top)
    axes.set(xlabel=THETA, ylabel=HEIGHT, ylim=(-0.2 * top, top), xlim=(curve["theta"].min(), curve["theta"].max()))
    _icc_above(axes)
    return drawing


@book_style
def se_spread(variances: pd.Series, steps: SatterthwaiteSteps, df_ols: float) -> BookFigure:
    """Draw how a squared standard error differs from sample to sample, and the chi-square that stands in for it.

    Args:
        variances: what `hlm.course.steps.simulated_variances` returns.
        steps: what `hlm.course.steps.satterthwaite_steps` returns for the same coefficient.
        df_ols: degrees of freedom that OLS would claim; the middle 95 per cent of the spread they imply is drawn as a
            band.

    Returns:
        BookFigure

    Raises:
        ModelError: there are no variances, or one is not a positive number.
    """
    ratio = real_numbers(variances, "the variances") / steps.variance
    if not len(ratio) or not (np.isfinite(ratio) & (ratio > 0)).all():
        raise ModelError("the variances must be finite and positive, and at least one: of steps.simulated_variances")
    bins = np.arange(0.5, 1.55, 0.04)
    if not ((ratio >= bins[0]) & (ratio <= bins[-1])).any():
        raise ModelError("no variance is near that of the steps; both must be of one coefficient of one fit")
    x = np.linspace(0.55, 1.5, 300)
    drawing, axes = figure(height=2.4)
    axes.hist(ratio, bins=bins, density=True, color=MIXED.color, alpha=0.35, linewidth=0)
    axes.plot(x, stats.chi2.pdf(x * steps.df, steps.df) * steps.df, color=MIXED.dark, linewidth=2)
    peak = stats.chi2.pdf(steps.df - 2, steps.df) * steps.df
    low, high = stats.chi2.ppf(np.array([0.025, 0.975]), df_ols) / df_ols
    axes.plot([low, high], [1.13 * peak] * 2, color=OLS.color, linewidth=5, solid_capstyle="butt")
    axes.text(
        high + 0.012, 1.13 * peak, f"95 per cent by {num(df_ols)} d.f.", color=OLS.dark, va="center", fontweight="bold"
    )
    low, high = stats.chi2.ppf(np.array([0.025, 0.975]), steps.df) / steps.df
    axes.plot([low, high], [-0.12 * peak] * 2, color=MIXED.color, linewidth=5, solid_capstyle="butt", clip_on=False)
    axes.text(1.13, 0.72 * peak, f"chi-square with\n{num(steps.df, 1)} d.f.", color=MIXED.dark, fontweight="bold")
    axes.text(1, 0.3 * peak, "simulated\nsurveys", ha="center", color=INK)
    axes.text(high + 0.012, -0.12 * peak, "95 per cent", color=MIXED.dark, va="center", fontweight="bold")
    bare(axes)
    axes.set(xlabel="estimated squared standard error, as a multiple of the true one", xlim=(0.55, 1.5))
    axes.set_ylim(-0.22 * peak, 1.25 * peak)
    return drawing


@book_style
def wrong_stop(fit: OneFactorFit, check: pd.DataFrame, row: str = "statsmodels, default") -> BookFigure:
    """Draw the deviance with its lowest point, and the place where another program stopped.

    Args:
        fit: a model with a random intercept only.
        check: what `hlm.course.statsmodels_check` returns for it.
        row: the fit to draw, by its name in `check`.

    Returns:
        BookFigure

    Raises:
        DataError, ModelError: there is no such row, its likelihood is not a number, or the model has other random
            coefficients.
    """
    require_table(check, "the fits", ("llf", "variances", "sigma2", "se"))
    if row not in check.index:
        raise ModelError(f"there is no fit {row!r}; the check has {listed(check.index)}")
    other: Any = check.loc[row]
    if not np.isfinite(other["llf"]):
        raise ModelError(f"{row} has no finite likelihood to draw")
    best, stop = _theta(fit), float(np.sqrt(other["variances"] / other["sigma2"]))
    height = 2 * (fit.llf - other["llf"])
    wide = max(abs(stop - best), 0.01)
    curve = deviance_curve(fit, np.linspace(min(best, stop) - 1.1 * wide, max(best, stop) + 1.2 * wide, 200))

    drawing, axes = figure(height=2.4)
    axes.plot(curve["theta"], curve["deviance"], color=MIXED.color, linewidth=2)
    axes.plot(best, 0, MIXED.marker, color=MIXED.dark, markersize=9, zorder=4)
    axes.plot(stop, height, "X", color=INK, markersize=9, zorder=4)
    for place, y, text, color, align, shift in (
        (best, 0, f"hlm: the lowest, SE {num(fit.bse.iloc[-1], 3)}", MIXED.dark, "center", (0, -9)),
        (stop, height, f"{row.split(',')[0]} stops\nSE {num(other['se'], 3)}", INK, "left", (12, -5)),
    ):
        axes.annotate(
            text,
            (place, y),
            xytext=shift,
            textcoords="offset points",
            color=color,
            ha=align,
            va="top",
            fontweight="bold",
        )
    top = curve["deviance"].max()
    axes.set(
        xlabel=THETA, ylabel=HEIGHT, xlim=(curve["theta"].min(), curve["theta"].max()), ylim=(-0.4 * top, 1.05 * top)
    )
    axes.set_yticks([t for t in MaxNLocator(5, integer=True).tick_values(0, top) if t <= top])
    _icc_above(axes)
    return drawing


def _theta(fit: OneFactorFit) -> float:
    return float(np.sqrt(fit.cov_re.to_numpy()[0, 0] / fit.scale))


def _refitted(fit: OneFactorFit, reml: bool) -> OneFactorFit:
    if reml:
        raise ModelError(f"give the REML fit of {fit.formula!r}; its ML fit follows from it")
    return fit.as_ml()


def _mark_lowest(axes: Axes, best: float, text: str, top: float) -> None:
    axes.plot([best, best], [-0.045 * top, 0], color=MIXED.color, linewidth=1.4)
    axes.text(best, -0.05 * top, text, ha="center", va="top", color=MIXED.dark, fontweight="bold")


def _icc_above(axes: Axes) -> None:
    """The same axis in terms of the intraclass correlation, theta^2 / (1 + theta^2)."""

    def icc(theta: ArrayLike) -> np.ndarray:
        return np.asarray(theta) ** 2 / (1 + np.asarray(theta) ** 2)

    def theta(icc: ArrayLike) -> np.ndarray:
        share = np.clip(np.asarray(icc, dtype=float), 0, 0.999)
        return np.sqrt(share / (1 - share))

    above = axes.secondary_xaxis("top", functions=(icc, theta))
    above.set_xlabel("intraclass correlation (ICC)")
