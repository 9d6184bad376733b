"""Pictures of the same coefficients by several methods, and of what makes a cluster-robust error (chapter 12)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from ..course.beside import coefficients_of
from ..course.cluster_robust import shares_of
from ..errors import ModelError, listed
from ..least_squares import LeastSquares
from ..tables.numbers import num
from .style import FAINT, INK, MUTED, OLS, BookFigure, at_end, bare, book_style, figure

__all__ = ["coefficients_beside", "few_schools", "school_shares"]


LINES = (("^", "--", OLS.dark), ("v", "-.", INK), ("o", "-", MUTED))  # marker, line, colour


@book_style
def coefficients_beside(fits: Mapping[str, Any], terms: Sequence[str]) -> BookFigure:
    """Draw some coefficients of several fits with their 95 per cent intervals, a panel for each coefficient.

    Args:
        fits: as in `hlm.coefficients_beside`, from the top down. terms: names of one to three coefficients.

    Returns:
        BookFigure: the place of a coefficient that a fit has not is left empty, and says so.

    Raises:
        ModelError: as `hlm.coefficients_beside`; or there are no terms, or more than three.
    """
    if not 1 <= len(terms) <= 3:
        raise ModelError(f"there are {len(terms)} coefficients to draw; give one, two or three")
    tables = {name: coefficients_of(name, fit) for name, fit in fits.items()}
    if not tables:
        raise ModelError("there are no fits to set side by side")
    drawing, panels = figure(height=0.9 + 0.42 * len(tables), columns=len(terms), sharey=True, squeeze=False)
    places = range(len(tables))[::-1]
    for axes, term in zip(panels[0], terms, strict=True):
        empty = []
        for y, table in zip(places, tables.values(), strict=True):
            if term not in table.index:
                empty.append(y)
                continue
            estimate, se, df = table.loc[term, ["estimate", "se", "df"]].to_numpy(dtype=float)
            half = se * stats.t.ppf(0.975, df)
            axes.plot(
                [estimate - half, estimate + half], [y, y], color=MUTED, alpha=0.55, linewidth=5, solid_capstyle="butt"
            )
            axes.plot(estimate, y, "o", color=INK, markersize=6)
            axes.annotate(
                num(float(estimate), 2),
                (estimate, y),
                xytext=(0, 6),
                textcoords="offset points",
                ha="center",
                fontsize=9,
            )
        if len(empty) == len(tables):
            raise ModelError(f"no fit has a coefficient {term!r}")
        for y in empty:
            axes.text(
                0.5, y, "not estimable", transform=axes.get_yaxis_transform(), ha="center", va="center", color=MUTED
            )
        bare(axes, (-0.5, len(tables) - 0.3))
        axes.set_yticks(places, list(tables))
        axes.set_title(term, fontweight="normal")
        axes.set_xlabel("points")
        axes.margins(x=0.12)
    panels[0][0].tick_params(axis="y", labelleft=True, length=0)
    for text in panels[0][0].get_yticklabels():
        text.set_color(INK)
    return drawing


@book_style
def school_shares(fit: LeastSquares, groups: pd.Series, term: str) -> BookFigure:
    """Draw by how much the residuals of each school push a coefficient, and how far chance alone would push it.

    Args:
        fit: of `hlm.ols`. groups: which school each row is in. term: the coefficient.

    Returns:
        BookFigure: a dot for each school, at the school's share of the coefficient's error as its residuals show it;
        the curve is that of shares of as many schools whose students are independent of each other.

    Raises:
        ModelError: as `hlm.cluster_robust`, or the fit has no such coefficient.
    """
    if term not in fit.params.index:
        raise ModelError(f"the fit has no coefficient {term!r}; they are {listed(fit.params.index)}")
    share = shares_of(fit, groups)[term]
    sd = float(fit.bse[term]) / np.sqrt(len(share))
    drawing, axes = figure(height=3)
    width = 0.2 * share.std()
    stack = share.sort_values().groupby(np.floor(share.sort_values() / width)).cumcount()
    x = (np.floor(share.sort_values() / width) + 0.5) * width
    axes.scatter(x, stack + 0.6, s=11, color=OLS.dark, linewidths=0)
    grid = np.linspace(-4 * sd, 4 * sd, 200)
    axes.plot(grid, len(share) * width * stats.norm.pdf(grid, 0, sd), color=INK, linewidth=1.6)
    top = len(share) * width * stats.norm.pdf(0, 0, sd)
    axes.annotate(
        "independent students", (sd, 0.62 * top), xytext=(10, 2), textcoords="offset points", fontweight="bold"
    )
    axes.annotate(
        "the schools", (share.max(), 1), xytext=(0, 34), textcoords="offset points", ha="right", color=OLS.dark,
        fontweight="bold",
    )  # fmt: skip
    bare(axes, (0, 1.08 * max(top, stack.max() + 1)))
    axes.set_xlabel(f"a school's share of the error in the coefficient of {term} (points)")
    return drawing


@book_style
def few_schools(rates: Mapping[str, pd.DataFrame], level: float = 0.05) -> BookFigure:
    """Draw how often tests find a difference that is not there, against the number of schools.

    Args:
        rates: by the title of their panel, shares of samples, a row for each number of schools and a column for each
            test, as of `hlm.course.few_schools`; all with the same tests. Those of the last panel are named at the ends
            of its lines.
        level: what a test promises, drawn as a line.

    Returns:
        BookFigure: the numbers of schools are equally far apart if each is twice the one before.

    Raises:
        ModelError: there are no rates, more than three tests, or other tests in one panel than in another.
    """
    tests = {tuple(table.columns) for table in rates.values()}
    if len(tests) != 1 or not 1 <= len(next(iter(tests))) <= len(LINES):
        raise ModelError(f"the picture needs the same one to {len(LINES)} tests in every panel")
    drawing, panels = figure(height=3.4, columns=len(rates), sharey=True, squeeze=False)
    for axes, (title, table) in zip(panels[0], rates.items(), strict=True):
        axes.axhline(100 * level, color=FAINT, linewidth=1.4, zorder=0)
        for (marker, style, color), name in zip(LINES, table.columns, strict=False):
            values = 100 * table[name].to_numpy()
            axes.plot(table.index, values, marker, linestyle=style, color=color, linewidth=1.6, markersize=5)
            if axes is panels[0][-1]:
                at_end(axes, table.index[-1], values[-1], name, color=color)
        axes.set_xscale("log", base=2)
        axes.set_xticks(table.index, [str(J) for J in table.index])
        axes.minorticks_off()
        axes.set_title(title, fontweight="normal")
        axes.set_xlabel("schools")
    panels[0][0].set_ylim(0, None)
    panels[0][0].set_ylabel("false alarms (per cent)")
    return drawing
