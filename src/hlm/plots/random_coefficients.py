"""Pictures of one line per school: a few schools by themselves, all at once, and what the mixed model makes of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.patches import Polygon
from scipy import stats

from ..course.rows import require_rows, require_table
from ..course.school_regressions import school_regressions
from ..errors import DataError, ModelError, listed
from ..model.formula import INTERCEPT
from ..results import OneFactorFit
from ..tables.numbers import num
from .style import FAINT, INK, MIXED, MUTED, OLS, BookFigure, Role, bare, book_style, figure, halo

__all__ = ["lines_and_points", "partial_pooling", "plausible_slopes", "points_and_ellipse", "school_panels"]

OUTCOME, PREDICTOR = "mathematics achievement (points)", "SES of the student"
AT_ZERO = "intercept (points, at SES zero)"
SLOPE = "slope (points per unit of SES)"


@book_style
def school_panels(data: pd.DataFrame, schools: int = 25, columns: int = 5) -> BookFigure:
    """Draw the first schools of the data by themselves: students, each school's own line, and the average line.

    Args:
        data: a row per student, with the columns `sch.id`, `math` and `ses`.
        schools: how many schools, in the order in which the data name them, row by row.
        columns: panels in a row.

    Returns:
        BookFigure

    Raises:
        DataError, ModelError: the data lack a column, a value, or so many schools; or there is no panel in a row.
    """
    require_rows(data, "sch.id", numbers=("math", "ses"))
    if columns < 1:
        raise ModelError(f"a row has one panel or more, not {columns}")
    names = data["sch.id"].unique()
    if not 1 <= schools <= len(names):
        raise ModelError(f"there are {len(names)} schools in the data; {schools} of them cannot be shown")
    lines = school_regressions("math ~ ses", data)
    average = lines[["intercept", "slope"]].mean()
    shown = data[data["sch.id"].isin(names[:schools])]
    x, y = _ends(shown["ses"]), _ends(shown["math"])

    rows = -(-schools // columns)
    height = 0.75 + 1.2 * rows
    drawing, grid = figure(height=height, rows=rows, columns=columns, sharex=True, sharey=True, squeeze=False)
    # So many panels take the constrained layout seconds; these places are the same for any of them.
    drawing.set_layout_engine(None)
    drawing.subplots_adjust(0.105, 0.6 / height, 0.995, 1 - 0.25 / height, wspace=0.12, hspace=0.26)
    for axes, name in zip(grid.flat, names[:schools], strict=False):
        students, line = shown[shown["sch.id"] == name], lines.loc[name]
        own = _ends(students["ses"])
        axes.plot(x, average["intercept"] + average["slope"] * x, color=MUTED, linewidth=0.8, zorder=1)
        axes.plot(students["ses"], students["math"], ".", color=INK, alpha=0.45, markersize=3.6, markeredgewidth=0)
        axes.plot(own, line["intercept"] + line["slope"] * own, color=OLS.dark, linewidth=2.2, zorder=3)
        axes.set_title(str(name), fontsize=9, fontweight="normal", color=MUTED, pad=2)
    ticks = [-1, 0, 1] if columns < 7 else [-1, 1]  # three labels would touch under a narrow panel
    axes.set(xlim=x + np.array([-0.2, 0.2]), xticks=ticks, ylim=y + np.array([-1.5, 1.5]), yticks=[0, 10, 20])
    for axes in grid.flat[schools:]:
        axes.set_visible(False)
    drawing.supxlabel(PREDICTOR, fontsize=10, color=MUTED, y=0.08 / height)
    drawing.supylabel(OUTCOME, fontsize=10, color=MUTED, x=0.01)
    return drawing


@book_style
def lines_and_points(data: pd.DataFrame) -> BookFigure:
    """Draw all schools' own lines, and beside them each line as one point, its intercept and its slope.

    Args:
        data: a row per student, with the columns `sch.id`, `math` and `ses`.

    Returns:
        BookFigure

    Raises:
        DataError: the data lack a column or a value, or no school has a line.
    """
    lines = _own_lines(data)
    average = lines[["intercept", "slope"]].mean()
    drawing, (left, right) = figure(height=3.5, columns=2)
    _draw_lines(left, lines, data, OLS)
    _draw_average(left, average, data, OLS)
    left.set_title("schools as lines", fontweight="normal")

    right.scatter(
        lines["intercept"], lines["slope"], s=16, marker=OLS.marker, color=OLS.color, alpha=0.55, linewidths=0
    )
    right.plot(average["intercept"], average["slope"], OLS.marker, color=OLS.dark, markersize=8)
    right.axhline(0, color=FAINT, linewidth=1, zorder=0)
    right.set_title("the same schools as points", fontweight="normal")
    right.set(xlabel=AT_ZERO, ylabel=SLOPE)
    extremes: tuple[tuple[str, Any, str], ...] = (
        ("steepest", lines["slope"].idxmax(), "-"),
        ("falling", lines["slope"].idxmin(), "--"),
    )
    for text, school, style in extremes:
        line = lines.loc[school]
        x = _ends(data.loc[data["sch.id"] == school, "ses"])
        left.plot(x, line["intercept"] + line["slope"] * x, color=INK, linewidth=1.8, linestyle=style, zorder=4)
        right.plot(line["intercept"], line["slope"], OLS.marker, color=INK, markersize=5)
        below = text == "falling"
        right.annotate(
            text,
            (line["intercept"], line["slope"]),
            xytext=(6, -2 if below else 2),
            textcoords="offset points",
            va="center",
            fontsize=9.5,
        )
        left.annotate(
            text,
            (x[1], line["intercept"] + line["slope"] * x[1]),
            xytext=(3, -7 if below else 3),
            textcoords="offset points",
            va="center",
            ha="left",
            fontsize=9.5,
            path_effects=halo(),
            zorder=5,
        )
    return drawing


@book_style
def partial_pooling(fit: OneFactorFit, data: pd.DataFrame) -> BookFigure:
    """Draw each school's line twice, on the same axes: by a regression of its own, and by the mixed model.

    Args:
        fit: of `math ~ ses + (ses | sch.id)`.
        data: the rows it was fitted to.

    Returns:
        BookFigure

    Raises:
        DataError, ModelError: the random coefficients are not an intercept and `ses`; or the data lack a column,
            a value or a school of the model.
    """
    if _require_lines(fit) != "ses":
        raise ModelError(f"the picture is of the slope of ses, and {fit.formula!r} has that of {fit.layout.z[1]!r}")
    lines = _own_lines(data)
    schools = data["sch.id"].unique()
    _require_schools(fit, schools)
    if absent := [school for school in fit.coefficients.index if school not in schools]:
        raise DataError(f"school {absent[0]!r} of the model is not in the data. Give the rows that it was fitted to.")
    predicted = fit.coefficients.set_axis(["intercept", "slope"], axis=1)
    drawing, both = figure(height=3.6, columns=2, sharex=True, sharey=True)
    averages = (
        lines[["intercept", "slope"]].mean(),
        pd.Series({"intercept": fit.params.iloc[0], "slope": fit.params["ses"]}),
    )
    titles = (f"{len(lines)} regressions", "one mixed model")
    for axes, which, average, role, title in zip(both, (lines, predicted), averages, (OLS, MIXED), titles, strict=True):
        _draw_lines(axes, which, data, role)
        _draw_average(axes, average, data, role)
        axes.set_title(title, color=role.dark)
    both[1].set_ylabel("")
    return drawing


@book_style
def points_and_ellipse(fit: OneFactorFit, lines: pd.DataFrame) -> BookFigure:
    """Draw where each school's line moves: from its own regression's intercept and slope to the mixed model's.

    Args:
        fit: with a random intercept and one random slope.
        lines: of `hlm.school_regressions`, of the same predictor.

    Returns:
        BookFigure: with the ellipse that, by G, holds 95 per cent of all schools.

    Raises:
        DataError, ModelError: the model's random coefficients are not an intercept and one slope, or the lines are not
            of its schools.
    """
    x = _require_lines(fit)
    require_table(lines, "the lines", ("intercept", "slope"))
    lines = lines.dropna(subset="slope")
    _require_schools(fit, lines.index)
    to = fit.coefficients.loc[lines.index]
    drawing, axes = figure(height=4.4)
    moves = np.stack([lines[["intercept", "slope"]].to_numpy(), to.to_numpy()], axis=1)
    axes.add_collection(LineCollection(list(moves), colors=FAINT, linewidths=0.8, zorder=1))
    axes.scatter(
        lines["intercept"], lines["slope"], s=16, marker=OLS.marker, color=OLS.color, alpha=0.7, linewidths=0, zorder=2
    )
    axes.scatter(to[INTERCEPT], to[x], s=15, marker=MIXED.marker, color=MIXED.color, linewidths=0, zorder=3)

    centre = fit.params[[INTERCEPT, x]].to_numpy()
    around = np.linspace(0, 2 * np.pi, 120)
    circle = np.sqrt(stats.chi2.ppf(0.95, 2)) * np.column_stack([np.cos(around), np.sin(around)])
    # The symmetric root of G, unlike Cholesky's, exists when G is singular too.
    values, vectors = np.linalg.eigh(fit.cov_re.to_numpy())
    root = vectors * np.sqrt(np.clip(values, 0, None)) @ vectors.T
    ellipse = centre + circle @ root
    axes.add_patch(Polygon(ellipse, fill=False, edgecolor=MIXED.dark, linewidth=1.6, zorder=4))
    axes.plot(*centre, "+", color=INK, markersize=11, markeredgewidth=1.8, zorder=5)

    top = ellipse[ellipse[:, 1].argmax()]
    axes.annotate(
        "95 per cent of all schools,\nby the model",
        ellipse[ellipse[:, 0].argmin()],
        xytext=(lines["intercept"].min() - 0.2, top[1] + 1.3),
        color=MIXED.dark,
        va="bottom",
        arrowprops={"arrowstyle": "-", "color": MIXED.dark, "linewidth": 0.8},
        path_effects=halo(),
        zorder=6,
    )
    handles = [
        axes.scatter([], [], s=24, marker=OLS.marker, color=OLS.color, label="the school's own regression"),
        axes.scatter([], [], s=22, marker=MIXED.marker, color=MIXED.color, label="the mixed model"),
    ]
    axes.legend(handles=handles, loc="lower left", handlelength=1, borderaxespad=0, fontsize=9.5)
    axes.set(xlabel=AT_ZERO, ylabel=SLOPE, ylim=(lines["slope"].min() - 1.6, None))
    return drawing


@book_style
def plausible_slopes(fit: OneFactorFit, lines: pd.DataFrame) -> BookFigure:
    """Draw the slopes that the mixed model holds plausible over those of the schools' own regressions.

    Args:
        fit: with a random intercept and one random slope.
        lines: of `hlm.school_regressions`, of the same predictor.

    Returns:
        BookFigure

    Raises:
        DataError, ModelError: the model's random coefficients are not an intercept and one slope, the slope does not
            vary, or there are no slopes in `lines`.
    """
    x = _require_lines(fit)
    require_table(lines, "the lines", ("slope",))
    slopes = lines["slope"].dropna()
    centre, sd = fit.params[x], np.sqrt(fit.cov_re.to_numpy()[1, 1])
    if sd == 0:
        raise ModelError(
            f"the variance of the slope of {x!r} is zero: all schools have the same, and there is no range"
        )
    low, high = slope_range = centre + stats.norm.ppf([0.025, 0.975]) * sd
    bins = np.arange(np.floor(slopes.min()), np.ceil(slopes.max()) + 0.5, 0.5)
    count = np.histogram(slopes, bins)[0] / (len(slopes) * 0.5)
    grid = np.linspace(bins[0], bins[-1], 300)
    density = stats.norm.pdf(grid, centre, sd)
    height = density.max()
    visible = np.argmax(count > 0.2 * count.max())  # the first bin that a line can point at

    drawing, axes = figure(height=3.2)
    axes.stairs(count, bins, fill=True, color=OLS.color, alpha=0.4, linewidth=0)
    axes.stairs(count, bins, color=OLS.dark, linewidth=1, linestyle=OLS.linestyle)
    axes.plot(grid, density, color=MIXED.dark, linewidth=2.2)
    axes.plot(slope_range, [-0.07 * height] * 2, color=MIXED.color, linewidth=5, solid_capstyle="butt")
    for end, align, shift in ((low, "right", -0.08), (high, "left", 0.08)):
        axes.text(end + shift, -0.07 * height, num(end, 2), ha=align, va="center", fontsize=9.5)
    axes.text(centre, -0.11 * height, "95 per cent of schools", ha="center", va="top", color=MIXED.dark, fontsize=9.5)
    axes.axvline(0, color=MUTED, linewidth=1, zorder=0)
    axes.text(centre + 1.3 * sd, 0.68 * height, "slopes of all schools,\nby the model", color=MIXED.dark, va="center")
    axes.annotate(
        "slopes of the schools'\nown regressions",
        (bins[visible] + 0.25, count[visible]),
        xytext=(bins[0] + 0.1, 0.5 * height),
        color=OLS.dark,
        va="center",
        arrowprops={"arrowstyle": "-", "color": OLS.dark, "linewidth": 0.8},
    )
    bare(axes)
    axes.set(xlabel=SLOPE, ylim=(-0.22 * height, 1.06 * height), xlim=(bins[0], bins[-1]))
    return drawing


def _require_lines(fit: OneFactorFit) -> str:
    """The name of the random slope."""
    if len(fit.layout.z) != 2 or fit.layout.z[0] != INTERCEPT or fit.layout.z[1] not in fit.params:
        raise ModelError(
            f"{fit.formula!r} has the random coefficients {listed(fit.layout.z)}; "
            "the picture needs an intercept and one slope that has a fixed effect too, as in x + (x | g)"
        )
    return fit.layout.z[1]


def _own_lines(data: pd.DataFrame) -> pd.DataFrame:
    """Each school's own regression of `math` on `ses`, for the schools that have one."""
    require_rows(data, "sch.id", numbers=("math", "ses"))
    lines = school_regressions("math ~ ses", data).dropna(subset="slope")
    if lines.empty:
        raise DataError("no school has a line of its own: 'ses' is the same for all students of each.")
    return lines


def _require_schools(fit: OneFactorFit, schools: Iterable[Any]) -> None:
    """Refuse schools that a model does not know."""
    if strange := [school for school in schools if school not in fit.coefficients.index]:
        raise DataError(f"school {strange[0]!r} is not in the model's data. Draw the schools that it was fitted to.")


def _ends(x: pd.Series) -> np.ndarray:
    return np.array([x.min(), x.max()])


def _draw_lines(axes: Axes, lines: pd.DataFrame, data: pd.DataFrame, role: Role) -> None:
    """Each school's line over the SES of its own students, so that none claims what its students do not show."""
    x = data.groupby("sch.id")["ses"].agg(["min", "max"]).loc[lines.index].to_numpy()
    y = lines[["intercept"]].to_numpy() + lines[["slope"]].to_numpy() * x
    axes.add_collection(LineCollection(list(np.stack([x, y], axis=2)), colors=role.color, alpha=0.4, linewidths=0.8))
    axes.set(xlabel=PREDICTOR, ylabel=OUTCOME, xlim=_ends(data["ses"]) + np.array([-0.1, 0.1]), ylim=(0, 25))


def _draw_average(axes: Axes, average: pd.Series, data: pd.DataFrame, role: Role) -> None:
    x = _ends(data["ses"])
    axes.plot(x, average["intercept"] + average["slope"] * x, color=role.dark, linewidth=2.8, zorder=3)
