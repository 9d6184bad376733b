"""What a standard error is made of (chapter 3): the variance of a mean, and of a coefficient, in their parts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..arguments import require_fit
from ..course.standard_errors import se_hlm
from ..errors import ModelError
from ..results import OneFactorFit
from ..tables.numbers import num
from .style import (
    BETWEEN,
    FAINT,
    MIXED,
    MUTED,
    OLS,
    SIGMA2,
    TAU00,
    VAR_X,
    WITHIN,
    BookFigure,
    at_end,
    bare,
    book_style,
    figure,
)

__all__ = ["residual_variances", "variance_of_a_mean", "variance_parts"]


@book_style
def variance_of_a_mean(
    tau00: float, sigma2: float, n: float, others: Sequence[int] = (1, 2, 5, 10, 20, 100)
) -> BookFigure:
    """Draw the variance of a school's mean, tau00 + sigma2 / n, as its two parts, for samples of several sizes.

    Args:
        tau00, sigma2: variances between and within schools, in squared points.
        n: students per school in the data; its bar is named.
        others: sizes to set beside it.

    Returns:
        BookFigure

    Raises:
        ModelError: a variance is below zero or a size is not positive.
    """
    se_hlm(tau00, sigma2, [n, *others], 1, 1)  # refuses what makes no sense
    here = max(1, round(n))
    sizes = sorted({here, *others})
    within = [sigma2 / size for size in sizes]

    drawing, axes = figure(height=3.1)
    x = np.arange(len(sizes))
    axes.bar(x, tau00, width=0.62, **BETWEEN)
    axes.bar(x, within, width=0.62, bottom=tau00, **WITHIN)
    for place, part in zip(x, within, strict=True):
        axes.text(place, tau00 + part + 0.7, num(tau00 + part, 1), ha="center", va="bottom")
    axes.annotate(
        rf"${SIGMA2}/n$: the more students, the less of it",
        (0.31, tau00 + within[0] * 0.72),
        xytext=(12, 0),
        textcoords="offset points",
        va="center",
        arrowprops={"arrowstyle": "-", "color": FAINT},
    )
    at_end(axes, x[-1] + 0.31, tau00 * 0.8, rf"${TAU00}$: no number" + "\nof students\ntakes it away")
    bare(axes)
    names = [f"{size}\n{'these schools' if size == here else ' '}" for size in sizes]  # two lines each: one height
    axes.set_xticks(x, names)
    axes.tick_params(axis="x", length=0)
    axes.set(xlabel=r"students of the school, $n$", ylim=(0, (tau00 + sigma2) * 1.1))
    axes.set_title("variance of a school's mean (squared points)", fontweight="normal", color=MUTED)
    return drawing


@book_style
def residual_variances(ols: Any, mixed: OneFactorFit) -> BookFigure:
    """Draw where the two models put what sector leaves unexplained: in one variance, or in two.

    Args:
        ols: results of `hlm.ols`.
        mixed: fit of `hlm.lmer` with a random intercept alone, to the same students.

    Returns:
        BookFigure

    Raises:
        ModelError: the mixed model has more than a random intercept, or `ols` is no fit.
    """
    require_fit(ols, "ols", "scale")
    if mixed.cov_re.shape != (1, 1):
        raise ModelError(f"tau00 is one variance, but the model has {len(mixed.cov_re)} random coefficients")
    tau00 = float(mixed.cov_re.to_numpy()[0, 0])

    drawing, axes = figure(height=1.9)
    axes.barh(0, tau00, height=0.4, **BETWEEN)
    axes.barh(0, mixed.scale, left=tau00, height=0.4, **WITHIN)
    axes.barh(1, ols.scale, height=0.4, color=OLS.color, alpha=0.45, linewidth=0)
    axes.text(0, 1.27, "OLS: one variance", color=OLS.dark, fontweight="bold")
    axes.text(0, 0.27, "mixed model: two variances", color=MIXED.dark, fontweight="bold")
    axes.text(ols.scale / 2, 1, rf"$\sigma^2_{{\mathrm{{OLS}}}}$ = {num(ols.scale, 2)}", ha="center", va="center")
    axes.text(tau00 / 2, -0.3, rf"${TAU00}$ = {num(tau00, 2)}", ha="center", va="top")
    middle = tau00 + mixed.scale / 2
    axes.text(middle, -0.3, rf"${SIGMA2}$ = {num(mixed.scale, 2)}", ha="center", va="top")
    bare(axes, (-0.62, 1.6))
    axes.set_xlim(0, max(ols.scale, tau00 + mixed.scale) * 1.02)
    axes.set_xlabel("variance of what sector leaves unexplained (squared points)")
    return drawing


@book_style
def variance_parts(tau00: float, sigma2: float, n: float, J: int, var_x: float) -> BookFigure:
    """Draw the sampling variance of a school-level coefficient as its two parts: as it is, and as OLS has it.

    Args:
        tau00, sigma2, n, J, var_x: as in `hlm.se_hlm`.

    Returns:
        BookFigure

    Raises:
        ModelError: as `hlm.se_hlm` does.
    """
    whole = se_hlm(tau00, sigma2, n, J, var_x) ** 2
    students = sigma2 / (n * J * var_x)
    rows = (
        (1.2, MIXED, "as it is", whole - students, rf"$\dfrac{{{TAU00}}}{{J\,{VAR_X}}}$"),
        (0, OLS, "as OLS has it", tau00 / (n * J * var_x), rf"$\dfrac{{{TAU00}}}{{nJ\,{VAR_X}}}$"),
    )
    student_part = rf"$\dfrac{{{SIGMA2}}}{{nJ\,{VAR_X}}}$"
    drawing, axes = figure(height=3.3)
    for y, role, name, schools, formula in rows:
        axes.barh(y, schools, height=0.34, **BETWEEN)
        axes.barh(y, students, left=schools, height=0.34, **WITHIN)
        sum_ = schools + students
        text = f"{name}: variance {num(sum_, 3)}, SE {num(np.sqrt(sum_), 3)}"
        axes.text(0, y + 0.24, text, color=role.dark, fontweight="bold")
        # A formula stands under the middle of its part, or as near to it as two formulas leave room.
        least = 0.06 * whole
        first = max(schools / 2, least)
        second = max(schools + students / 2, first + 2.4 * least)
        parts = ((schools / 2, first, formula), (schools + students / 2, second, student_part))
        for middle, place, label in parts:
            axes.annotate(
                label,
                (middle, y - 0.17),
                xytext=(place, y - 0.28),
                ha="center",
                va="top",
                fontsize=11,
                arrowprops={"arrowstyle": "-", "color": MUTED, "linewidth": 0.8, "shrinkA": 0, "shrinkB": 0},
            )
    bare(axes, (-0.8, 1.65))
    axes.set_xlim(0, whole * 1.04)
    axes.set_xlabel(r"sampling variance of $\hat\gamma_{01}$ (squared points)")
    return drawing
