"""Pictures of the means-as-outcomes model: two overall means and the schools around them, and what becomes of these."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MultipleLocator

from ..course.shrinkage import shrinkage
from ..course.variance_explained import variance_explained
from ..errors import ModelError, listed
from ..results import OneFactorFit
from ..tables.numbers import num
from .style import (
    BETWEEN,
    FAINT,
    INK,
    MIXED,
    MUTED,
    SECTORS,
    SIGMA2,
    TAU00,
    WITHIN,
    BookFigure,
    bare,
    book_style,
    figure,
    halo,
)

__all__ = ["explained_variance", "reliabilities", "shrunken_means", "two_overall_means"]

CENTRES = (0, 1.3)  # where the two sectors stand
DISTANCE = {"arrowstyle": "<->", "color": INK, "linewidth": 1.2, "shrinkA": 0, "shrinkB": 0, "mutation_scale": 11}


@book_style
def two_overall_means(fit: OneFactorFit, letters: bool = False) -> BookFigure:
    """Draw the two sectors' overall means, the schools around them, and the coefficients as distances.

    Args:
        fit: of `math ~ sector + (1 | sch.id)`.
        letters: leave out what is what, and put the letters A to D in its place.

    Returns:
        BookFigure

    Raises:
        ModelError: the fixed effects are not an intercept and `sector`, coded 0 and 1.
    """
    schools = _by_sector(fit)
    public, catholic = fit.params["Intercept"], fit.params.sum()
    left, middle, right = -0.72, CENTRES[1] / 2, CENTRES[1] + 0.66

    drawing, axes = figure(height=4.3)
    for overall, start in ((public, left), (catholic, CENTRES[1])):
        axes.plot([start, right], [overall, overall], color=MUTED, linewidth=0.9, linestyle=(0, (4, 3)), zorder=1)
    for code, overall in ((0, public), (1, catholic)):
        role, centre = SECTORS[code], CENTRES[code]
        color, dark, marker = (MUTED, INK, "o") if letters else (role.color, role.dark, role.marker)
        means = schools.loc[schools["sector"] == code, "mean"]
        axes.scatter(centre + _swarm(means), means, s=15, color=color, marker=marker, alpha=0.55, linewidths=0)
        axes.plot([centre - 0.44, centre + 0.44], [overall, overall], color=dark, linewidth=2.6, zorder=3)

    names = (
        ("B", "A")
        if letters
        else (rf"$\gamma_{{00}}$ = {num(public, 2)}", rf"$\gamma_{{01}}$ = {num(fit.params['sector'], 2)}")
    )
    for x, bottom, top, name in ((left, 0, public, names[0]), (right, public, catholic, names[1])):
        axes.annotate("", (x, top), xytext=(x, bottom), arrowprops=DISTANCE)
        middle_height = 0.25 * top if x == left else (bottom + top) / 2
        axes.text(x + 0.07, middle_height, name, fontsize=14 if letters else 11, fontweight="bold", va="center")
    if not letters:
        _one_school(axes, schools, public, middle)

    axes.axhline(0, color=FAINT, linewidth=1.2)
    axes.set_xticks(CENTRES, ["C", "D"] if letters else [f"{SECTORS[code].name} schools" for code in (0, 1)])
    axes.tick_params(axis="x", length=0, pad=6)
    for code, label in enumerate(axes.get_xticklabels()):
        label.set(color=INK if letters else SECTORS[code].dark, fontweight="bold", fontsize=14 if letters else 10.5)
    axes.spines["bottom"].set_visible(False)
    axes.yaxis.set_major_locator(MultipleLocator(5))
    axes.set(ylabel="school mean in mathematics (points)", xlim=(left - 0.1, right + 0.72))
    axes.set_ylim(0, schools["mean"].max() + 0.8)
    return drawing


def _by_sector(fit: OneFactorFit) -> pd.DataFrame:
    """Of `shrinkage`, with the sector that each school's expected mean tells."""
    if list(fit.params.index) != ["Intercept", "sector"]:
        raise ModelError(f"the picture needs the fixed effects Intercept, sector, not {listed(fit.params.index)}")
    schools = shrinkage(fit)
    sector = (schools["expected"] - fit.params["Intercept"]) / fit.params["sector"]
    if not np.isclose(sector, sector.round()).all() or set(sector.round()) != {0, 1}:
        raise ModelError("the picture needs sector coded 0 and 1, the same for all students of a school")
    return schools.assign(sector=sector.round().astype(int))


def _swarm(means: pd.Series, bin_: float = 0.45, step: float = 0.075) -> np.ndarray:
    """How far to the side each dot goes, so that those of similar height stand in a row about the middle."""
    row = np.floor(means / bin_)
    place = means.groupby(row).rank(method="first") - 1
    return ((place - (means.groupby(row).transform("size") - 1) / 2) * step).to_numpy()


def _one_school(axes: Axes, schools: pd.DataFrame, overall: float, x: float) -> None:
    """The distance of the lowest public school from the mean of its sector: the school's own part, and chance."""
    means = schools.loc[schools["sector"] == 0, "mean"]
    lowest = means.min()
    axes.plot([_swarm(means)[means.argmin()], x], [lowest, lowest], color=FAINT, linewidth=1, zorder=1)
    axes.annotate("", (x, lowest), xytext=(x, overall), arrowprops=DISTANCE)
    axes.text(x + 0.07, lowest + 0.6, r"one school: $U_{0j} + \bar e_j$", va="center")


@book_style
def explained_variance(null: OneFactorFit, fit: OneFactorFit) -> BookFigure:
    """Draw the variances between and within schools without a predictor and with it, and the share explained.

    Args:
        null, fit: models with a random intercept: without, and with the predictor.

    Returns:
        BookFigure

    Raises:
        ModelError: as `hlm.variance_explained` does, or if more than the intercept is random.
    """
    table = variance_explained(null, fit)
    if len(table) != 2:
        raise ModelError(f"the picture has room for one variance between schools; {fit.formula!r} has {len(table) - 1}")
    names = ["without", "with"]
    added = [name for name in fit.params.index if name not in null.params.index]
    drawing, axes = figure(height=2.9)
    blocks = ((3.3, "between schools", TAU00, BETWEEN), (0.7, "within schools", SIGMA2, WITHIN))
    for (top, title, symbol, look), (_, row) in zip(blocks, table.iterrows(), strict=True):
        axes.text(0, top + 0.45, f"variance {title}, ${symbol}$", fontweight="bold")
        for shift, name, value in zip((0, 0.85), names, (row["null"], row["fit"]), strict=True):
            axes.barh(top - shift, value, height=0.6, **look)
            axes.text(-0.6, top - shift, f"{name} {', '.join(added)}", ha="right", va="center", color=MUTED)
            axes.text(max(row["null"], value) + 0.5, top - shift, num(value, 2), va="center")
    between = table.iloc[0]
    gone = between["null"] - between["fit"]
    y = blocks[0][0] - 0.85
    axes.barh(y, gone, left=between["fit"], height=0.6, facecolor="none", edgecolor=INK, linestyle=":", linewidth=1.2)
    text = f"the dotted part is explained: {num(100 * between['explained'], 1)} per cent"
    axes.text(between["null"] + 5, y, text, va="center")
    bare(axes)
    axes.set(xlabel="squared points", xlim=(0, table["null"].max() * 1.12), ylim=(-0.7, 4.2))
    return drawing


@book_style
def shrunken_means(fit: OneFactorFit) -> BookFigure:
    """Draw each school's mean, observed and as predicted, against the number of its students, a panel for each sector.

    Args:
        fit: of `math ~ sector + (1 | sch.id)`.

    Returns:
        BookFigure

    Raises:
        ModelError: as `two_overall_means` does.
    """
    schools = _by_sector(fit)
    drawing, both = figure(height=4.4, columns=2, sharex=True, sharey=True)
    for axes, (code, role) in zip(both, SECTORS.items(), strict=True):
        of = schools[schools["sector"] == code]
        overall = of["expected"].iloc[0]
        axes.axhline(overall, color=role.dark, linewidth=1.4, linestyle=role.linestyle, zorder=1)
        axes.vlines(of["n"], of["mean"], of["predicted"], color=MUTED, linewidth=1, zorder=2)
        axes.scatter(
            of["n"], of["mean"], s=17, marker="o", facecolors="white", edgecolors=MUTED, linewidths=1, zorder=3
        )
        axes.scatter(of["n"], of["predicted"], s=14, marker=role.marker, color=role.color, linewidths=0, zorder=4)
        symbol = r"$\gamma_{00}$" if code == 0 else r"$\gamma_{00} + \gamma_{01}$"
        axes.text(3, overall + 0.25, symbol, color=role.dark, va="bottom")
        axes.set_title(f"{role.name[0].upper()}{role.name[1:]} schools", color=role.dark)
        axes.set_xlabel("students in the data")
    smallest = schools.iloc[schools["n"].argmin()]
    axes = both[int(smallest["sector"])]
    for column, text, shift in (("mean", "observed", -12), ("predicted", "predicted", 11)):
        axes.annotate(
            text,
            (smallest["n"], smallest[column]),
            xytext=(0, shift),
            textcoords="offset points",
            ha="center",
            va="center",
            path_effects=halo(),
        )
    axes.set_xlim(2, schools["n"].max() + 4)
    both[0].set_ylabel("school mean in mathematics (points)")
    return drawing


@book_style
def reliabilities(fit: OneFactorFit) -> BookFigure:
    """Draw the weight that a school's own mean has, against the number of its students, with a dot for each school.

    Args:
        fit: a model whose only random coefficient is the intercept.

    Returns:
        BookFigure

    Raises:
        ModelError: as `hlm.shrinkage` does, or if tau00 is zero.
    """
    schools = shrinkage(fit)
    tau00 = fit.cov_re.to_numpy()[0, 0]
    if tau00 == 0:
        raise ModelError("tau00 is zero: no school's own mean has any weight, and there is no curve to draw")
    half = fit.scale / tau00
    sizes = np.linspace(0, schools["n"].max() + 4, 300)

    drawing, axes = figure(height=3)
    axes.plot(sizes, sizes / (sizes + half), color=MIXED.dark, linewidth=1.6, zorder=2)
    axes.scatter(schools["n"], schools["reliability"], s=26, color=MIXED.color, alpha=0.5, linewidths=0, zorder=3)
    axes.plot([half, half, 0], [0, 0.5, 0.5], color=MUTED, linewidth=0.9, linestyle=(0, (4, 3)), zorder=1)
    axes.text(half + 1.2, 0.27, rf"${SIGMA2}/{TAU00}$ = {num(half, 1)} students:" + "\nhalf and half", va="center")
    ends = (("n", "argmin", "fewest students", (12, -12)), ("n", "argmax", "most students", (0, -15)))
    for column, which, text, shift in ends:
        school = schools.iloc[getattr(schools[column], which)()]
        axes.annotate(
            f"{text}: {num(school['reliability'], 2)}",
            (school["n"], school["reliability"]),
            xytext=shift,
            textcoords="offset points",
            ha="left" if shift[0] else "right",
            va="top" if not shift[0] else "center",
        )
    axes.set(
        xlabel=r"students of the school in the data, $n_j$",
        ylabel=r"reliability, $\lambda_j$",
        xlim=(0, sizes[-1]),
        ylim=(0, 1),
    )
    return drawing
