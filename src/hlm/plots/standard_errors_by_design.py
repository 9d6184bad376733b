"""Pictures of a standard error: what it is made of, what OLS makes of it, and what makes it smaller."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MultipleLocator
from scipy import stats

from ..course.standard_errors import design_effect, power, se_hlm
from ..errors import ModelError
from ..tables.numbers import num
from .style import FAINT, INK, MIXED, MUTED, OLS, BookFigure, Role, bare, book_style, figure, halo

__all__ = [
    "coefficient_intervals",
    "design_effects",
    "false_positive_tests",
    "power_curves",
    "residual_variances",
    "schools_or_students",
    "se_floor",
    "variance_of_a_mean",
    "variance_parts",
]

# The two parts of every variance in these figures. Hatching tells them apart without colour.
BETWEEN = {"color": MUTED, "linewidth": 0}
WITHIN = {"facecolor": "none", "edgecolor": MUTED, "hatch": "////", "linewidth": 0.8}

TAU00, SIGMA2, VAR_X = r"\tau_{00}", r"\sigma^2", r"\sigma^2_{\mathrm{sector}}"


@book_style
def variance_of_a_mean(
    tau00: float, sigma2: float, n: float, others: Sequence[int] = (1, 2, 5, 10, 20, 100)
) -> BookFigure:
    """Draw the variance of a school's mean, tau00 + sigma2 / n, as its two parts, for samples of several sizes.

    Args:
        tau00, sigma2: variances between and within schools, in squared points.
        n: students a school in the data; its bar is named.
        others: sizes to set beside it.

    Returns:
        BookFigure

    Raises:
        ModelError: a variance is below zero or a size is not positive.
    """
    se_hlm(tau00, sigma2, [n, *others], 1, 1)  # refuses what makes no sense
    sizes = sorted({round(n), *others})
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
    _at_end(axes, x[-1] + 0.31, tau00 * 0.8, rf"${TAU00}$: no number" + "\nof students\ntakes it away")
    bare(axes)
    names = [f"{size}\nthese schools" if size == round(n) else str(size) for size in sizes]
    axes.set_xticks(x, names)
    axes.tick_params(axis="x", length=0)
    axes.set(xlabel=r"students of the school, $n$", ylim=(0, (tau00 + sigma2) * 1.1))
    axes.set_title("variance of a school's mean (squared points)", fontweight="normal", color=MUTED)
    return drawing


@book_style
def residual_variances(ols, mixed) -> BookFigure:
    """Draw where the two models put what sector leaves unexplained: in one variance, or in two.

    Args:
        ols: results of `hlm.ols`.
        mixed: fit of `hlm.lmer` with a random intercept alone, to the same students.

    Returns:
        BookFigure

    Raises:
        ModelError: the mixed model has more than a random intercept.
    """
    if mixed.cov_re.shape != (1, 1):
        raise ModelError(f"tau00 is one variance, but the model has {len(mixed.cov_re)} random coefficients")
    tau00 = float(mixed.cov_re.iloc[0, 0])

    drawing, axes = figure(height=1.9)
    axes.barh(0, tau00, height=0.4, **BETWEEN)
    axes.barh(0, mixed.scale, left=tau00, height=0.4, **WITHIN)
    axes.barh(1, ols.scale, height=0.4, color=OLS.color, alpha=0.45, linewidth=0)
    axes.text(0, 1.27, "OLS: one variance", color=OLS.dark, fontweight="bold")
    axes.text(0, 0.27, "mixed model: two variances", color=MIXED.dark, fontweight="bold")
    axes.text(ols.scale / 2, 1, rf"$\sigma^2_*$ = {num(ols.scale, 2)}", ha="center", va="center")
    axes.text(tau00 / 2, -0.3, rf"${TAU00}$ = {num(tau00, 2)}", ha="center", va="top")
    middle = tau00 + mixed.scale / 2
    axes.text(middle, -0.3, rf"${SIGMA2}$ = {num(mixed.scale, 2)}", ha="center", va="top")
    _bare_rows(axes, (-0.62, 1.6))
    axes.set_xlim(0, max(ols.scale, tau00 + mixed.scale) * 1.02)
    axes.set_xlabel("variance of what sector leaves unexplained (squared points)")
    return drawing


@book_style
def coefficient_intervals(ols, mixed) -> BookFigure:
    """Draw every coefficient that two models share, with its 95 per cent confidence interval by each.

    Args:
        ols, mixed: fitted models with `params` and `conf_int()`, both by coefficient.

    Returns:
        BookFigure: a panel a coefficient, the intercept last; a point is as long in each.

    Raises:
        ModelError: they have no coefficient in common.
    """
    terms = sorted(ols.params.index.intersection(mixed.params.index), key=lambda term: term == "Intercept")
    if not terms:
        raise ModelError(f"the models share no coefficient: {', '.join(ols.params.index)} in the one")
    half = 0.75 * max(np.diff(fit.conf_int().loc[terms], axis=1).max() for fit in (ols, mixed))

    drawing, panels = figure(height=2.4, columns=len(terms), sharey=True, squeeze=False)
    for axes, term in zip(panels[0], terms, strict=True):
        for y, role, name, fit in ((1, OLS, "OLS", ols), (0, MIXED, "mixed model", mixed)):
            low, high = np.asarray(fit.conf_int().loc[term], dtype=float)
            axes.plot([low, high], [y, y], color=role.color, linewidth=5, solid_capstyle="butt")
            axes.plot(fit.params[term], y, role.marker, color=role.dark, markersize=8)
            label = f"{name}: {num(fit.params[term], 2)}, SE {num(fit.bse[term], 2)}"
            axes.text(fit.params[term], y + 0.22, label, ha="center", va="bottom", color=role.dark, fontweight="bold")
        middle = (ols.params[term] + mixed.params[term]) / 2
        axes.set_xlim(middle - half, middle + half)
        axes.set_title("Constant" if term == "Intercept" else term)
        axes.set_xlabel("points")
        _bare_rows(axes, (-0.4, 1.6))
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
    _bare_rows(axes, (-0.8, 1.65))
    axes.set_xlim(0, whole * 1.04)
    axes.set_xlabel(r"sampling variance of $\hat\gamma_{01}$ (squared points)")
    return drawing


@book_style
def design_effects(icc: float, n: float, others: Sequence[float] = (0.01, 0.05, 0.3)) -> BookFigure:
    """Draw how many times too small OLS's standard error is, against students a school, for several ICCs.

    Args:
        icc, n: of the data: this curve is drawn bold, with a dot at n.
        others: ICCs to set beside it.

    Returns:
        BookFigure

    Raises:
        ModelError: an ICC lies outside 0 to 1, or n is not positive.
    """
    sizes = np.linspace(1, max(100, 2 * n), 200)
    drawing, axes = figure(height=3.2)
    axes.axhline(1, color=FAINT, linewidth=1.2, zorder=1)
    for value in sorted({icc, *others}):
        ours = value == icc
        ratio = np.sqrt(design_effect(value, sizes))
        axes.plot(sizes, ratio, color=INK if ours else MUTED, linewidth=2.2 if ours else 1.2)
        label = f"ICC {num(value, 2)}"
        _at_end(axes, sizes[-1], ratio[-1], f"{label},\nthese schools" if ours else label, bold=ours)
    here = np.sqrt(design_effect(icc, n))
    axes.plot(n, here, "o", color=INK, markersize=7)
    axes.annotate(
        f"{num(here, 1)} times",
        (n, here),
        xytext=(6, -5),
        textcoords="offset points",
        va="top",
        fontweight="bold",
    )
    axes.text(sizes[-1], 0.93, "as it should be", ha="right", va="top", color=MUTED)
    axes.set(
        xlabel=r"students a school, $n$",
        ylabel="true SE, as a multiple of OLS's",
        xlim=(0, sizes[-1]),
        ylim=(0.5, None),
    )
    return drawing


@book_style
def false_positive_tests(results: pd.DataFrame) -> BookFigure:
    """Draw the t values of many samples in which there is no effect, those called significant in full colour.

    Args:
        results: of `hlm.false_positives`: a row a sample and method, with `method`, `estimate`, `se` and `rejected`.

    Returns:
        BookFigure

    Raises:
        ModelError: a column or a method is missing.
    """
    missing = [name for name in ("method", "estimate", "se", "rejected") if name not in results]
    if missing:
        raise ModelError(f"results have no column {missing[0]!r}; draw what hlm.false_positives returns")
    absent = {"OLS", "HLM"} - set(results["method"])
    if absent:
        raise ModelError(
            f"results have no samples of the method {min(absent)!r}; draw what hlm.false_positives returns"
        )

    results = results.assign(t=results["estimate"] / results["se"])
    limit = np.ceil(results["t"].abs().quantile(0.999))
    bins = np.arange(-limit, limit + 0.25, 0.25)
    drawing, both = figure(height=4.4, rows=2, sharex=True, sharey=True)
    for axes, method, role, name in ((both[0], "OLS", OLS, "OLS"), (both[1], "HLM", MIXED, "Mixed model")):
        _tests_of(axes, results[results["method"] == method], role, name, bins)
    both[1].set_xlabel(r"$t = \hat\gamma_{01}\,/\,\mathrm{SE}$, in samples where sector has no effect")
    return drawing


def _tests_of(axes: Axes, sample: pd.DataFrame, role: Role, name: str, bins: np.ndarray) -> None:
    width, count = bins[1] - bins[0], len(sample)
    every = np.histogram(sample["t"], bins)[0] / (count * width)
    rejected = np.histogram(sample.loc[sample["rejected"], "t"], bins)[0] / (count * width)
    axes.stairs(every, bins, fill=True, color=role.color, alpha=0.3, linewidth=0)
    axes.stairs(rejected + (every - rejected), bins, baseline=every - rejected, fill=True, color=role.color)
    grid = np.linspace(bins[0], bins[-1], 400)
    axes.plot(grid, stats.norm.pdf(grid), color=INK, linewidth=1.2)
    axes.set_title(name, color=role.dark)
    share = num(100 * sample["rejected"].mean(), 1)
    axes.text(bins[0], 0.22, f"{share} per cent", color=role.dark, fontsize=15, fontweight="bold", va="bottom")
    axes.text(bins[0], 0.21, "say that sector\nhas an effect", color=role.dark, va="top")
    axes.annotate(
        "what the test\nexpects",
        (0.75, stats.norm.pdf(0.75)),
        xytext=(26, 4),
        textcoords="offset points",
        va="center",
        arrowprops={"arrowstyle": "-", "color": MUTED},
    )
    axes.xaxis.set_major_locator(MultipleLocator(5))
    bare(axes)


@book_style
def se_floor(
    tau00: float, sigma2: float, n: float, J: int, var_x: float, others: Sequence[int] = (40, 80, 320)
) -> BookFigure:
    """Draw the standard error against students a school, for several numbers of schools, with each one's floor.

    Args:
        tau00, sigma2, n, J, var_x: as in `hlm.se_hlm`, of the data: its curve is drawn bold, with a dot at n.
        others: numbers of schools to set beside it.

    Returns:
        BookFigure

    Raises:
        ModelError: as `hlm.se_hlm` does.
    """
    sizes = np.linspace(2, max(100, 2 * n), 300)
    drawing, axes = figure(height=3.7)
    for schools in sorted({J, *others}):
        ours = schools == J
        se = se_hlm(tau00, sigma2, sizes, schools, var_x)
        floor = se_hlm(tau00, 0, 1, schools, var_x)
        axes.plot([sizes[0], sizes[-1]], [floor, floor], color=MUTED, linewidth=0.9, linestyle=(0, (4, 3)))
        axes.plot(sizes, se, color=MIXED.dark if ours else MIXED.color, linewidth=2.4 if ours else 1.4)
        _at_end(axes, sizes[-1], (se[-1] + floor) / 2, f"{schools} schools", bold=ours)
    axes.plot(n, se_hlm(tau00, sigma2, n, J, var_x), MIXED.marker, color=MIXED.dark, markersize=7)
    axes.annotate(
        "these schools",
        (n, se_hlm(tau00, sigma2, n, J, var_x)),
        xytext=(0, 8),
        textcoords="offset points",
        ha="center",
        fontweight="bold",
        color=MIXED.dark,
        path_effects=halo(),
    )
    few = min({J, *others})
    axes.annotate(
        rf"floor: $\sqrt{{{TAU00}/(J\,{VAR_X})}}$",
        (sizes[-1] / 2, se_hlm(tau00, 0, 1, few, var_x)),
        xytext=(0, -5),
        textcoords="offset points",
        va="top",
        color=MUTED,
        path_effects=halo(),
    )
    axes.set(
        xlabel=r"students a school, $n$",
        ylabel=r"SE of $\hat\gamma_{01}$ (points)",
        xlim=(0, sizes[-1]),
        ylim=(0, se_hlm(tau00, sigma2, 4, few, var_x)),
    )
    return drawing


@book_style
def schools_or_students(tau00: float, sigma2: float, n: float, J: int, var_x: float, times: float = 8) -> BookFigure:
    """Draw two ways to spend on more students: on more schools, or on more students in the same schools.

    Args:
        tau00, sigma2, n, J, var_x: as in `hlm.se_hlm`, of the data: where both ways begin.
        times: how many times as many students the ways end with.

    Returns:
        BookFigure

    Raises:
        ModelError: as `hlm.se_hlm` does; or if `times` is not above 1.
    """
    if not times > 1:
        raise ModelError(f"times must be more than 1, not {times!r}: the figure shows what more students buy")
    growth = np.geomspace(1, times, 100)
    ways = {
        "more schools": ("-", se_hlm(tau00, sigma2, n, J * growth, var_x)),
        "more students\nin the same schools": ("--", se_hlm(tau00, sigma2, n * growth, J, var_x)),
    }
    start, floor = ways["more schools"][1][0], se_hlm(tau00, 0, 1, J, var_x)

    drawing, axes = figure(height=3.1)
    axes.axhline(floor, color=MUTED, linewidth=0.9, linestyle=(0, (1, 3)))
    for name, (linestyle, se) in ways.items():
        axes.plot(growth * n * J, se, color=MIXED.dark, linewidth=2, linestyle=linestyle)
        _at_end(axes, n * J * times, se[-1], name, bold=True, color=MIXED.dark)
    axes.plot(n * J, start, MIXED.marker, color=MIXED.dark, markersize=8)
    axes.annotate("these schools", (n * J, start), xytext=(6, 8), textcoords="offset points", fontweight="bold")
    axes.annotate(
        "floor for this number of schools",
        (n * J * times, floor),
        xytext=(-4, -5),
        textcoords="offset points",
        ha="right",
        va="top",
        color=MUTED,
        path_effects=halo(),
    )
    axes.set_xscale("log")
    doublings = n * J * 2.0 ** np.arange(np.floor(np.log2(times)) + 1)
    axes.set_xticks(doublings, [num(total, 0) for total in doublings])
    axes.set_xticks([], minor=True)
    axes.set(
        xlabel="students tested in all, $nJ$ (each mark doubles them)",
        ylabel=r"SE of $\hat\gamma_{01}$ (points)",
        xlim=(n * J * 0.93, n * J * times),
        ylim=(0, start * 1.2),
    )
    return drawing


@book_style
def power_curves(
    effect: float,
    tau00: float,
    sigma2: float,
    n: float,
    J: int,
    var_x: float,
    students: Sequence[int] = (2, 5, 15),
    schools: Sequence[int] = (40, 80, 320),
) -> BookFigure:
    """Draw the power of the mixed model's test: against schools, and against students a school.

    Args:
        effect: the true coefficient, in points.
        tau00, sigma2, n, J, var_x: as in `hlm.se_hlm`, of the data: its curves are drawn bold, with a dot.
        students: students a school of the other curves on the left.
        schools: schools of the other curves on the right.

    Returns:
        BookFigure

    Raises:
        ModelError: as `hlm.power` does.
    """
    here = power(effect, tau00, sigma2, n, J, var_x)
    drawing, (left, right) = figure(height=3.5, columns=2, sharey=True)

    grid = np.linspace(6, 2.25 * J, 150)
    for size in sorted({n, *students}):
        ours, chance = size == n, power(effect, tau00, sigma2, size, grid, var_x)
        _power_curve(left, grid, chance, rf"$n$ = {num(size, 0)}", ours)
    left.set(xlabel=r"schools, $J$", ylabel="power")

    sizes = np.linspace(2, max(100, 2 * n), 150)
    for count in sorted({J, *schools}):
        chance = power(effect, tau00, sigma2, sizes, count, var_x)
        _power_curve(right, sizes, chance, rf"$J$ = {count}", count == J)
    right.set(xlabel=r"students a school, $n$")

    for axes, x, title in ((left, J, "More schools"), (right, n, "More students")):
        axes.plot(x, here, MIXED.marker, color=MIXED.dark, markersize=7, zorder=4)
        axes.set_title(title)
        axes.set(ylim=(0, 1), xlim=(0, None))
        axes.grid(axis="y")
    left.set_yticks(np.linspace(0, 1, 6))
    return drawing


def _power_curve(axes: Axes, x: np.ndarray, y: np.ndarray, label: str, ours: bool) -> None:
    axes.plot(x, y, color=MIXED.dark if ours else MIXED.color, linewidth=2.4 if ours else 1.3)
    _at_end(axes, x[-1], y[-1], label, bold=ours)


def _at_end(axes: Axes, x: float, y: float, label: str, bold: bool = False, color: str = INK) -> None:
    """A label beside the right end of a line."""
    axes.annotate(
        label,
        (x, y),
        xytext=(5, 0),
        textcoords="offset points",
        va="center",
        color=color,
        fontweight="bold" if bold else "normal",
        annotation_clip=False,
    )


def _bare_rows(axes: Axes, ylim: tuple[float, float]) -> None:
    bare(axes)
    axes.set_ylim(*ylim)
