"""Pictures that ask whether a model's assumptions hold: of scores, residuals and predicted U (chapter 10)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.colors import LinearSegmentedColormap, to_rgb
from scipy import stats

from ..arguments import real_numbers
from ..course.rows import require_rows, require_sectors
from ..errors import ModelError
from ..results import MixedResults, OneFactorFit
from ..tables.numbers import num
from .style import FAINT, INK, MIXED, MUTED, SECTORS, BookFigure, book_style, figure, halo

__all__ = ["normal_quantiles", "residuals_by_fitted", "school_spreads", "score_ends"]

CROWD = LinearSegmentedColormap.from_list("crowd", [(*to_rgb(MUTED), 0.08), (*to_rgb(INK), 0.75)])  # fits any ground
OUTER, INNER = 20, 120  # of many points, the picture of quantiles shows the outer ones and so many of the others


@book_style
def score_ends(data: pd.DataFrame, width: float = 0.5) -> BookFigure:
    """Draw how many students have which score, with the lowest and the highest score marked.

    Args:
        data: a row per student, with the column `math`.
        width: of a bar, in points.

    Returns:
        BookFigure: the bars at the two ends hold the students with the lowest and the highest score, and name them.

    Raises:
        DataError: the column or a value in it is missing.
        ModelError: the width is not above zero, or so small that there would be more than a thousand bars.
    """
    require_rows(data, numbers=("math",))
    math = data["math"]
    low, high = math.min(), math.max()
    if not 0 < width < np.inf or (high - low) / width > 1000:
        raise ModelError(f"bars must be wider than 0 points, and a thousand at the most; {width!r} points is no width")
    edges = np.append(np.arange(low - width / 2, high - width / 2, width), [high - width / 2, high + width / 2])
    counts = np.histogram(math, edges)[0]
    drawing, axes = figure(height=3)
    axes.stairs(counts, edges, fill=True, color=MUTED, alpha=0.45, linewidth=0)
    top = counts.max()
    for k, end, side in ((0, low, "left"), (len(counts) - 1, high, "right")):
        axes.stairs(counts[k : k + 1], edges[k : k + 2], fill=True, color=INK, linewidth=0)
        count = int((math == end).sum())
        axes.annotate(
            f"{num(count, 0)} students with\nexactly {num(end, 2)}",
            (end, counts[k]),
            xytext=(end, 1.1 * top),
            ha=side,
            va="bottom",
            arrowprops={"arrowstyle": "-", "color": INK, "linewidth": 0.8},
        )
    axes.set(xlabel="mathematics achievement (points)", ylabel=f"students per {num(width, 1)} points")
    axes.set_ylim(0, 1.35 * top)
    return drawing


@book_style
def residuals_by_fitted(fit: MixedResults, bands: int = 10) -> BookFigure:
    """Draw the residuals of all students against their fitted values, with their mean and a 95 per cent band.

    Args:
        fit: a model fitted to rows.
        bands: students are put into so many bands of equal number, by their fitted value. Drawn of each: the mean of
            its residuals, and the two values between which 95 per cent of them lie.

    Returns:
        BookFigure: denser where more students are. Slanting lines: no residual can lie beyond what the lowest and the
        highest response leave.

    Raises:
        ModelError: there are fewer students than bands, or the model was fitted from moments.
    """
    fitted, residual = fit.fittedvalues.to_numpy(), fit.resid.to_numpy()
    if not 1 <= bands <= len(fitted):
        raise ModelError(f"{len(fitted)} students cannot be put into {bands} bands")
    y = fitted + residual
    drawing, axes = figure(height=3.9)
    axes.hexbin(fitted, residual, gridsize=(30, 18), cmap=CROWD, bins="log", mincnt=1, linewidths=0)
    ends = np.array([fitted.min(), fitted.max()])
    for end, name, place in ((y.max(), "highest score", "bottom"), (y.min(), "lowest score", "top")):
        axes.plot(ends, end - ends, color=INK, linewidth=1, linestyle=(0, (4, 3)))
        at = ends[0] if place == "bottom" else ends[1]
        axes.text(at, end - at, name, ha="left" if place == "bottom" else "right", va=place)
    place = np.ceil(stats.rankdata(fitted, "ordinal") * bands / len(fitted)).astype(int)
    by_band = pd.DataFrame({"x": fitted, "r": residual}).groupby(place)
    x = by_band["x"].mean()
    for y_band, width in (
        (by_band["r"].quantile(0.025), 1.8),
        (by_band["r"].mean(), 2.6),
        (by_band["r"].quantile(0.975), 1.8),
    ):
        axes.plot(x, y_band, "o-", color=MIXED.dark, linewidth=width, markersize=3.5)
    axes.axhline(0, color=FAINT, linewidth=1)
    axes.set(xlabel="fitted value (points)", ylabel="residual (points)")
    axes.set_ylim(
        1.12 * min(residual.min(), (y.min() - ends).min()), 1.16 * max(residual.max(), (y.max() - ends).max())
    )
    return drawing


@book_style
def normal_quantiles(samples: Mapping[str, pd.Series]) -> BookFigure:
    """Draw values in order against those that a normal sample of the same size has on average.

    Args:
        samples: by the title of their panel, values in standard units, such as `hlm.course.standard_scores` gives; up
            to three. Missing ones are left out.

    Returns:
        BookFigure: a panel for each sample, with the line on which a normal sample lies and, around it, the band in
        which each of its values has a chance of 95 per cent to lie. Of many values the outer ones are drawn, and some
        others.

    Raises:
        ModelError: there are no samples or more than three, or one has fewer than three values.
    """
    if not 1 <= len(samples) <= 3:
        raise ModelError(f"there are {len(samples)} samples to draw; give one, two or three")
    drawing, panels = figure(height=3.1, columns=len(samples), sharex=True, sharey=True, squeeze=False)
    for axes, (name, values) in zip(panels[0], samples.items(), strict=True):
        ordered = np.sort(real_numbers(values, f"the values of {name!r}"))
        ordered = ordered[np.isfinite(ordered)]
        n = len(ordered)
        if n < 3:
            raise ModelError(f"{name!r} has {n} values, too few for a picture of their distribution")
        rank = np.arange(1, n + 1)
        shown = np.unique(np.concatenate([rank[:OUTER], rank[-OUTER:], np.linspace(1, n, INNER).round().astype(int)]))
        expected = stats.norm.ppf((rank - 0.5) / n)[shown - 1]
        low, high = (stats.norm.ppf(stats.beta.ppf(q, shown, n + 1 - shown)) for q in (0.025, 0.975))
        axes.fill_between(expected, low, high, color=FAINT, alpha=0.7, linewidth=0)
        axes.plot(expected, expected, color=MUTED, linewidth=1)
        axes.plot(expected, ordered[shown - 1], "o", color=MIXED.dark, markersize=2.6)
        axes.set_title(name, fontweight="normal")
    panels[0][0].set_ylabel("observed (standard units)")
    drawing.supxlabel("expected of a normal sample (standard units)", color=MUTED, fontsize=10)
    return drawing


@book_style
def school_spreads(fit: OneFactorFit, data: pd.DataFrame, sets: int = 5) -> BookFigure:
    """Draw how far the students of each school scatter about their fitted values, against the mean of the school.

    Args:
        fit: a model fitted to rows.
        data: the rows it was fitted to, with the column `sector`.
        sets: the schools of both sectors together are put into so many sets of equal size, by their mean; a step is at
            the root of a set's mean squared residual.

    Returns:
        BookFigure: a mark for each school; the dashed line is the model's one sigma.

    Raises:
        DataError: a column or a value is missing, or `sector` is not 0 and 1, a school's own.
        ModelError: there are fewer schools than sets, the data are not the rows that were fitted, or the model was
            fitted from moments.
    """
    require_sectors(data)
    if not data.index.is_unique or not fit.design.rows.isin(data.index).all():
        raise ModelError("the data are not the rows that the model was fitted to")
    rows = pd.DataFrame({"group": fit.design.codes, "y": fit.design.response, "square": fit.resid.to_numpy() ** 2})
    rows["sector"] = data["sector"].loc[fit.design.rows].to_numpy()
    schools = rows.groupby("group").agg(mean=("y", "mean"), square=("square", "mean"), sector=("sector", "first"))
    if not 1 <= sets <= len(schools):
        raise ModelError(f"{len(schools)} schools cannot be put into {sets} sets")
    drawing, axes = figure(height=3.7)
    for code, role in SECTORS.items():
        of = schools[schools["sector"] == code]
        axes.plot(
            of["mean"], of["square"] ** 0.5, role.marker, color=role.color, alpha=0.55, markersize=5, markeredgewidth=0
        )
    place = (schools["mean"].rank(method="first") * sets / len(schools)).apply(np.ceil).astype(int)
    by_set = schools.groupby(place)
    heights = rows["square"].groupby(place.reindex(rows["group"]).to_numpy()).mean() ** 0.5
    axes.hlines(heights, by_set["mean"].min(), by_set["mean"].max(), color=INK, linewidth=3)
    sigma = fit.scale**0.5
    axes.axhline(sigma, color=MIXED.dark, linewidth=1.4, linestyle=(0, (4, 3)), zorder=0)
    right = schools["mean"].max()
    axes.text(right, sigma + 0.06, "one σ for all", color=MIXED.dark, ha="right", va="bottom", path_effects=halo())
    for x, role in zip((0.02, 0.32), SECTORS.values(), strict=True):
        axes.text(x + 0.01, 1.02, f"{role.name} schools", color=role.dark, fontweight="bold", transform=axes.transAxes)
        axes.plot(x - 0.012, 1.04, role.marker, color=role.color, transform=axes.transAxes, clip_on=False, markersize=5)
    axes.set(xlabel="mean of the school (points)", ylabel="SD of residuals in the school")
    return drawing
