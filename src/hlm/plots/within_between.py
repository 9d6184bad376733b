"""Pictures of a predictor that differs within schools and between them, and of its slopes (chapter 8)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.collections import LineCollection

from ..course.rows import require_rows, require_table
from ..course.school_regressions import school_regressions
from ..course.within_between import slope_parts, within_between
from ..errors import ModelError
from ..tables.numbers import num
from .style import FAINT, INK, MIXED, MUTED, OLS, TAU00, BookFigure, Role, bare, book_style, figure, halo

__all__ = ["centred_schools", "slopes_beside", "spread_of_means", "total_slopes", "within_and_between"]

OUTCOME, RAW, CENTRED = "mathematics (points)", "SES of the student", "SES less the school's mean"
LOOKS = (("^", MUTED, ":"), ("o", INK, "-"), ("s", MUTED, "--"))  # of three schools: marker, colour, line


@book_style
def centred_schools(data: pd.DataFrame, schools: tuple[int, int, int] | None = None) -> BookFigure:
    """Draw three schools twice: with `ses` as it is, and counted from the mean of each school.

    Args:
        data: a row per student, with the columns `sch.id`, `math` and `ses`.
        schools: which; by default the largest of the tenth with the lowest mean of `ses`, of the middle, of the top.

    Returns:
        BookFigure

    Raises:
        DataError, ModelError: the data lack a column or a value, or a school.
    """
    require_rows(data, "sch.id", numbers=("math", "ses"))
    split, lines = within_between(data[["sch.id", "math", "ses"]], "ses"), school_regressions("math ~ ses", data)
    means = split.groupby("sch.id")["ses_between"].first().sort_values()
    shown = _three_schools(means, lines["n"]) if schools is None else schools
    drawing, panels = figure(height=3.4, columns=2, sharey=True)
    for axes, column, label in zip(panels, ("ses", "ses_within"), (RAW, CENTRED), strict=True):
        for name, (marker, color, style) in zip(shown, LOOKS, strict=True):
            if name not in means.index:
                raise ModelError(f"there is no school {name!r} in the data")
            students, line = split[split["sch.id"] == name], lines.loc[name]
            ends = students["ses"].agg(["min", "max"]).to_numpy()
            shift = means[name] if column == "ses_within" else 0
            height = line["intercept"] + line["slope"] * ends
            axes.plot(
                students[column], students["math"], marker, color=color, alpha=0.35, markersize=4, markeredgewidth=0
            )
            axes.plot(ends - shift, height, style, color=color, linewidth=2.2)
            middle = line["intercept"] + line["slope"] * means[name]
            axes.plot(means[name] - shift, middle, marker, color=INK, markersize=9, zorder=5)
        axes.set_xlabel(label)
    panels[1].axvline(0, color=FAINT, linewidth=1, zorder=0)
    panels[0].set_title("as it is", fontweight="normal")
    panels[1].set_title("counted from the school's mean", fontweight="normal")
    panels[0].set_ylabel(OUTCOME)
    return drawing


def _three_schools(means: pd.Series, sizes: pd.Series) -> list:
    """The largest school of the lowest, the middle and the highest tenth of the means, sorted."""
    J, tenth = len(means), max(1, len(means) // 10)
    starts = (0, (J - tenth) // 2, J - tenth)
    return [sizes[means.index[start : start + tenth]].idxmax() for start in starts]


@book_style
def within_and_between(data: pd.DataFrame) -> BookFigure:
    """Draw each school as a dot with a short line of the slope within schools, the line between them, and the total.

    Args:
        data: a row per student, with the columns `sch.id`, `math` and `ses`.

    Returns:
        BookFigure: a school's line reaches one standard deviation of its students' `ses` to either side.

    Raises:
        DataError, ModelError: the data lack a column or a value; or as `hlm.slope_parts` does.
    """
    require_rows(data, "sch.id", numbers=("math", "ses"))
    parts = slope_parts("math ~ ses", data, 0, 1)["slope"]
    schools = data.groupby("sch.id").agg(x=("ses", "mean"), sd=("ses", "std"), y=("math", "mean"), n=("ses", "size"))
    drawing, axes = figure(height=4.2)
    half = np.column_stack([schools["sd"], parts["within"] * schools["sd"]])
    centres = schools[["x", "y"]].to_numpy()
    axes.add_collection(
        LineCollection(list(np.stack([centres - half, centres + half], axis=1)), colors=MUTED, alpha=0.45, linewidths=1)
    )
    axes.scatter(*centres.T, s=14, color=INK, linewidths=0, zorder=3)
    x, y = (np.average(schools[column], weights=schools["n"]) for column in ("x", "y"))
    ends = schools["x"].agg(["min", "max"]).to_numpy()
    axes.plot(ends, y + parts["between"] * (ends - x), color=INK, linewidth=2.6, zorder=4)
    wide = np.array([(schools["x"] - schools["sd"]).min(), (schools["x"] + schools["sd"]).max()])
    axes.plot(wide, y + parts["total"] * (wide - x), OLS.linestyle, color=OLS.dark, linewidth=2.4, zorder=4)
    low, high = y + parts["total"] * (wide[0] - x), y + parts["between"] * (ends[1] - x)
    axes.text(ends[1] + 0.06, high + 0.3, "between schools", fontweight="bold", path_effects=halo(), zorder=6)
    axes.text(wide[0], low + 2.2, "all students", color=OLS.dark, fontweight="bold", path_effects=halo(), zorder=6)
    lowest = schools.iloc[schools["y"].to_numpy().argmin()]
    axes.annotate(
        "within a school",
        (lowest["x"] + 0.6 * lowest["sd"], lowest["y"] + 0.6 * parts["within"] * lowest["sd"]),
        xytext=(30, -14),
        textcoords="offset points",
        color=MUTED,
        fontweight="bold",
        va="center",
        arrowprops={"arrowstyle": "-", "color": MUTED, "linewidth": 0.8},
    )
    axes.set(xlabel="SES (students and school means)", ylabel="mathematics achievement (points)")
    return drawing


@book_style
def total_slopes(data: pd.DataFrame, tau00: float, sigma2: float) -> BookFigure:
    """Draw the slope of a model with one coefficient for `ses`, against the variance between schools that it assumes.

    Args:
        data: a row per student, with the columns `sch.id`, `math` and `ses`.
        tau00, sigma2: of the random-intercept model; its slope gets a dot, as does that of least squares at zero.

    Returns:
        BookFigure

    Raises:
        ModelError: as `hlm.slope_parts` does.
    """
    assumed = np.concatenate([np.geomspace(1e-3, 1, 60) - 1e-3, np.linspace(1, 2, 20)[1:]]) * 2 * tau00
    slopes = [slope_parts("math ~ ses", data, t, sigma2)["slope"] for t in assumed]
    totals = np.array([each["total"] for each in slopes])
    model = slope_parts("math ~ ses", data, tau00, sigma2)["slope"]
    drawing, axes = figure(height=3)
    axes.plot(assumed, totals, color=INK, linewidth=1.6)
    axes.axhline(model["within"], color=MUTED, linewidth=1, linestyle=(0, (4, 3)))
    marks: tuple[tuple[float, float, Role, str], ...] = (
        (0, totals[0], OLS, "OLS"),
        (tau00, model["total"], MIXED, "mixed model"),
    )
    for x, y, role, name in marks:
        axes.plot(x, y, role.marker, color=role.dark, markersize=8, clip_on=False, zorder=4)
        axes.annotate(
            f"{name}: {num(y, 2)}",
            (x, y),
            xytext=(9, 5),
            textcoords="offset points",
            color=role.dark,
            fontweight="bold",
        )
    axes.text(assumed[-1], model["within"] - 0.02, "slope within schools", ha="right", va="top", color=MUTED)
    axes.set(xlabel=rf"variance between schools that the model works with, ${TAU00}$", ylabel="slope of SES")
    axes.set_xlim(0, assumed[-1])
    axes.set_ylim(model["within"] - 0.16, totals[0] + 0.1)
    return drawing


@book_style
def slopes_beside(
    slopes: Mapping[str, tuple[float, float, float]], label: str = "points per unit of SES"
) -> BookFigure:
    """Draw estimates with their intervals, a row each, from the top down.

    Args:
        slopes: by the name that is written beside it, an estimate and the two ends of its interval.
        label: of the axis.

    Returns:
        BookFigure: with a line at zero.

    Raises:
        ModelError: there are none, or an estimate lies outside its interval.
    """
    if not slopes:
        raise ModelError("there are no slopes to draw")
    drawing, axes = figure(height=0.75 + 0.5 * len(slopes))
    for y, (name, (estimate, low, high)) in zip(range(len(slopes))[::-1], slopes.items(), strict=True):
        if not low <= estimate <= high:
            raise ModelError(f"{name!r}: {estimate:.6g} lies outside its interval, {low:.6g} to {high:.6g}")
        axes.plot([low, high], [y, y], color=MIXED.color, linewidth=5, solid_capstyle="butt")
        axes.plot(estimate, y, MIXED.marker, color=MIXED.dark, markersize=7)
        axes.annotate(num(estimate, 2), (high, y), xytext=(7, 0), textcoords="offset points", va="center", fontsize=9.5)
    axes.axvline(0, color=MUTED, linewidth=1)
    bare(axes, (-0.6, len(slopes) - 0.4))
    axes.set_yticks(range(len(slopes))[::-1], list(slopes))
    axes.tick_params(axis="y", labelleft=True, length=0)
    for text in axes.get_yticklabels():
        text.set_color(INK)
    axes.margins(x=0.14)
    axes.set_xlabel(label)
    return drawing


@book_style
def spread_of_means(means: pd.DataFrame, G: pd.DataFrame) -> BookFigure:
    """Draw how far school means spread about their line, by the mean of `ses`, and how far raw `ses` lets them.

    Args:
        means: of `hlm.course.spread_of_means`: a row for each set of schools.
        G: (2, 2) covariance of intercepts and slopes. If slopes multiply a student's `ses` as it is, a school whose
            mean is x deviates by U0 + U1 x, with the variance tau00 + 2 x tau01 + x^2 tau11, which is drawn.

    Returns:
        BookFigure

    Raises:
        DataError, ModelError: a column is missing, or G is not of two coefficients.
    """
    if np.shape(G) != (2, 2):
        raise ModelError(f"G has the shape {np.shape(G)}; it must be of an intercept and one slope")
    require_table(means, "the sets of schools", ("low", "high", "variance"))
    (tau00, tau01), (_, tau11) = np.asarray(G)
    drawing, axes = figure(height=3.2)
    x = np.linspace(means["low"].min(), means["high"].max(), 100)
    bowl = tau00 + 2 * x * tau01 + x**2 * tau11
    axes.hlines(means["variance"], means["low"], means["high"], color=INK, linewidth=3)
    axes.plot((means["low"] + means["high"]) / 2, means["variance"], "o", color=INK, markersize=6)
    axes.plot(x, bowl, MIXED.linestyle, color=MIXED.dark, linewidth=2)
    axes.text(x[2], bowl[2] + 0.25, "with raw SES: a bowl", color=MIXED.dark, fontweight="bold", va="bottom")
    top = means.iloc[means["variance"].to_numpy().argmax()]
    axes.text(
        (top["low"] + top["high"]) / 2, top["variance"] + 0.25, "seen", fontweight="bold", ha="center", va="bottom"
    )
    axes.set(xlabel="mean SES of the school", ylabel="variance of school means\nabout their line")
    axes.set_ylim(0, max(means["variance"].max(), bowl.max()) + 1.1)
    return drawing
