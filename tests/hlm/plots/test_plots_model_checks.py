"""The figures of chapters 10 and 12: what they draw is what the data and the models say."""

import re

import numpy as np
import pandas as pd
import pytest
from scipy import stats

# With the fixture `figures` of this module, the imported test looks at these figures.
from test_plots import test_no_text_is_cut_off_or_covers_another, texts  # noqa: F401

import hlm
from hlm.plots import style

FULL = "math ~ (meanses + sector) * ses_within + (ses_within | sch.id)"


@pytest.fixture(scope="module")
def d():
    return hlm.within_between(hlm.load_hsb(), "ses")


@pytest.fixture(scope="module")
def fit(d):
    return hlm.lmer(FULL, d)


@pytest.fixture(scope="module")
def ols(d):
    return hlm.ols("math ~ ses + sector", d)


@pytest.fixture(scope="module")
def scores(fit):
    return hlm.course.standard_scores(fit)


@pytest.fixture(scope="module")
def without(fit):
    return fit.influence_of_groups()


@pytest.fixture(scope="module")
def singular(d):
    with pytest.warns(hlm.SingularFitWarning):
        return hlm.lmer("math ~ (meanses + sector) * ses + (ses | sch.id)", d)


@pytest.fixture(scope="module")
def beside(d, ols):
    return {"OLS": ols, "robust": hlm.cluster_robust(ols, d["sch.id"]), "dummies": hlm.ols("math ~ ses", d)}


@pytest.fixture(scope="module")
def rates():
    even = pd.DataFrame({"CR1": [0.08, 0.05], "CR2": [0.065, 0.049], "school means": [0.05, 0.05]}, index=[8, 64])
    odd = pd.DataFrame({"CR1": [0.09, 0.16], "CR2": [0.07, 0.12], "school means": [0.05, 0.05]}, index=[8, 64])
    return {"half of them": even, "four of them": odd}


@pytest.fixture(scope="module")
def figures(d, fit, ols, scores, without, singular, beside, rates):
    plots = hlm.plots
    names = ("students", "intercepts", "slopes")
    return {
        "score_ends": plots.score_ends(d),
        "residuals_by_fitted": plots.residuals_by_fitted(fit),
        "normal_quantiles": plots.normal_quantiles(dict(zip(names, scores.values(), strict=True))),
        "school_spreads": plots.school_spreads(fit, d),
        "without_each_school": plots.without_each_school(without, fit, "sector", "var Intercept"),
        "predicted_deviations": plots.predicted_deviations({"ses as it is": singular, "ses_within": fit}),
        "coefficients_beside": plots.coefficients_beside(beside, ["ses", "sector"]),
        "school_shares": plots.school_shares(ols, d["sch.id"], "sector"),
        "few_schools": plots.few_schools(rates),
    }


def drawn_lines(axes, marker):
    return [line for line in axes.lines if line.get_marker() == marker]


def test_all_are_small_transparent_and_of_one_width(figures):
    for name, figure in figures.items():
        assert len(figure.svg()) < 250_000, name
        assert texts(figure), name
        assert figure.get_facecolor()[3] == 0
        assert figure.get_figwidth() == style.WIDTH


def test_every_student_is_in_a_bar_and_the_ends_are_counted(d, figures):
    axes = figures["score_ends"].axes[0]
    all_bars, low, high = (patch.get_data() for patch in axes.patches if hasattr(patch, "get_data"))
    assert all_bars.values.sum() == len(d)
    assert low.edges[0] < d["math"].min() < low.edges[1]
    assert high.edges[0] < d["math"].max() < high.edges[1]
    written = " ".join(texts(figures["score_ends"]))
    for end in (d["math"].min(), d["math"].max()):
        assert f"{(d['math'] == end).sum()} students with" in written


def test_no_residual_is_beyond_the_lines_of_the_ends(fit, figures):
    axes = figures["residuals_by_fitted"].axes[0]
    upper, lower = (line for line in axes.lines if len(line.get_xdata()) == 2 and line.get_linestyle() == "--")
    fitted, residual = fit.fittedvalues.to_numpy(), fit.resid.to_numpy()
    assert (residual <= np.interp(fitted, upper.get_xdata(), upper.get_ydata()) + 1e-9).all()
    assert (residual >= np.interp(fitted, lower.get_xdata(), lower.get_ydata()) - 1e-9).all()
    low, mean, high = drawn_lines(axes, "o")
    assert len(mean.get_xdata()) == 10
    place = pd.Series(fitted).rank(method="first").sub(1).floordiv(len(fitted) / 10)
    np.testing.assert_allclose(mean.get_ydata(), pd.Series(residual).groupby(place).mean(), atol=0.05)
    share = np.mean(
        (residual > np.interp(fitted, low.get_xdata(), low.get_ydata()))
        & (residual < np.interp(fitted, high.get_xdata(), high.get_ydata()))
    )
    assert 0.93 < share < 0.97


def test_a_normal_sample_lies_on_the_line_and_in_the_band():
    expected = stats.norm.ppf((np.arange(1, 501) - 0.5) / 500)
    figure = hlm.plots.normal_quantiles({"normal": pd.Series(expected[::-1])})
    (points,) = drawn_lines(figure.axes[0], "o")
    np.testing.assert_allclose(points.get_xdata(), points.get_ydata())
    band = figure.axes[0].collections[0].get_paths()[0].vertices
    assert band[:, 1].max() > expected.max()


def test_the_band_holds_nearly_all_points_of_normal_samples():
    rng = np.random.default_rng(5)
    inside = []
    for _ in range(20):
        axes = hlm.plots.normal_quantiles({"": pd.Series(rng.standard_normal(100))}).axes[0]
        (points,) = drawn_lines(axes, "o")
        n = np.arange(1, 101)
        low, high = (stats.norm.ppf(stats.beta.ppf(q, n, 101 - n)) for q in (0.025, 0.975))
        assert axes.collections[0].get_paths()[0].vertices[:, 1].max() == pytest.approx(high[-1])
        inside.append(np.mean((points.get_ydata() > low) & (points.get_ydata() < high)))
    assert 0.9 < np.mean(inside) < 0.99


def test_the_ends_of_a_large_sample_are_all_drawn(scores, figures):
    (points,) = drawn_lines(figures["normal_quantiles"].axes[0], "o")
    ordered = np.sort(scores["residual"])
    np.testing.assert_allclose(points.get_ydata()[:20], ordered[:20])
    np.testing.assert_allclose(points.get_ydata()[-20:], ordered[-20:])
    assert len(points.get_ydata()) < 200


def test_every_school_has_its_spread(d, fit, figures):
    axes = figures["school_spreads"].axes[0]
    squares = (fit.resid**2).groupby(d["sch.id"]).mean() ** 0.5
    marks = np.concatenate([line.get_ydata() for line in axes.lines if len(line.get_xdata()) > 2])
    np.testing.assert_allclose(np.sort(marks), np.sort(squares))
    (steps,) = axes.collections
    assert len(steps.get_segments()) == 5


def test_every_school_left_out_has_a_dot_and_the_farthest_a_name(without, fit, figures):
    axes = figures["without_each_school"].axes[0]
    (dots,) = drawn_lines(axes, "o")
    np.testing.assert_allclose(dots.get_xdata(), without["sector"])
    np.testing.assert_allclose(dots.get_ydata(), without["var Intercept"])
    (cross,) = drawn_lines(axes, "+")
    assert cross.get_xdata()[0] == fit.params["sector"]
    assert cross.get_ydata()[0] == fit.cov_re.iloc[0, 0]
    assert str(without["var Intercept"].idxmin()) in texts(figures["without_each_school"])
    assert axes.get_ylabel() == "variance of the intercepts, without the school"


@pytest.mark.parametrize("y", ["var residual", "cov Intercept, ses_within", "var ses_within", "meanses"])
def test_any_estimate_can_be_drawn_without_each_school(without, fit, y):
    (cross,) = drawn_lines(hlm.plots.without_each_school(without, fit, "sector", y).axes[0], "+")
    G = fit.cov_re
    whole = {"var residual": fit.scale, "cov Intercept, ses_within": G.iloc[0, 1], "var ses_within": G.iloc[1, 1]}
    assert cross.get_ydata()[0] == pytest.approx(whole.get(y, fit.params.get(y)), rel=1e-12)


def test_in_a_singular_fit_all_schools_lie_on_a_line(singular, fit, figures):
    left, right = (drawn_lines(axes, "o")[0].get_xydata() for axes in figures["predicted_deviations"].axes)
    assert np.linalg.matrix_rank(left, tol=1e-6) == 1
    assert np.linalg.matrix_rank(right, tol=1e-6) == 2
    np.testing.assert_allclose(left, singular.random_effects)
    np.testing.assert_allclose(right, fit.random_effects)


def test_coefficients_and_intervals_are_the_fits(ols, beside, figures):
    ses, sector = figures["coefficients_beside"].axes
    bars = [line for line in ses.lines if line.get_linewidth() > 4]
    np.testing.assert_allclose(bars[0].get_xdata(), ols.conf_int().loc["ses"])
    table = beside["robust"].loc["ses"]
    half = table["se"] * stats.t.ppf(0.975, table["df"])
    np.testing.assert_allclose(bars[1].get_xdata(), [table["estimate"] - half, table["estimate"] + half])
    assert len([line for line in sector.lines if line.get_linewidth() > 4]) == 2
    assert "not estimable" in texts(figures["coefficients_beside"])


def test_a_schools_dot_is_near_its_share(d, ols, figures):
    (dots,) = figures["school_shares"].axes[0].collections
    x = np.sort(dots.get_offsets()[:, 0])
    push = ((d["sector"] - hlm.ols("sector ~ ses", d).fittedvalues) * ols.resid).groupby(d["sch.id"]).sum()
    shares = np.sort(push / ((d["sector"] - hlm.ols("sector ~ ses", d).fittedvalues) ** 2).sum())
    assert np.abs(x - shares).max() <= 0.18 * shares.std(ddof=1)  # half a stack's width
    assert dots_are_apart(figures["school_shares"].axes[0], dots)
    curve = figures["school_shares"].axes[0].lines[0]
    assert curve.get_xdata()[-1] == pytest.approx(4 * ols.bse["sector"] / 160**0.5)


def dots_are_apart(axes, dots):
    """Whether no dot covers another, and the axis cuts none."""
    axes.figure.draw_without_rendering()
    at = axes.transData.transform(dots.get_offsets()) * 72 / axes.figure.dpi
    wide = dots.get_sizes()[0] ** 0.5
    far = np.hypot(*(at[:, None] - at[None]).transpose(2, 0, 1)) + 1e9 * np.eye(len(at))
    return far.min() > wide and at[:, 1].min() - axes.bbox.y0 * 72 / axes.figure.dpi > wide / 2


def test_rates_are_drawn_as_per_cent(rates, figures):
    for axes, table in zip(figures["few_schools"].axes, rates.values(), strict=True):
        lines = [line for line in axes.lines if len(line.get_xdata()) == len(table)]
        drawn = [line.get_ydata() for line in lines if line.get_marker() not in ("", "None")]
        np.testing.assert_allclose(drawn, 100 * table.to_numpy().T)


def test_what_cannot_be_drawn_is_refused(d, fit, ols, without, singular, rates):
    plots = hlm.plots
    cases = [
        (lambda: plots.score_ends(d, width=0), "wider than 0 points"),
        (lambda: plots.score_ends(d, width=1e-6), "a thousand at the most"),
        (lambda: plots.school_spreads(fit, d.tail(9)), "must hold 0 (public) and 1 (Catholic), both"),
        (lambda: plots.school_spreads(fit, d.tail(900)), "not the rows that the model was fitted to"),
        (lambda: plots.residuals_by_fitted(fit, bands=0), "cannot be put into 0 bands"),
        (lambda: plots.normal_quantiles({}), "there are 0 samples"),
        (lambda: plots.normal_quantiles({"a": pd.Series([1.0, np.nan])}), "'a' has 1 values"),
        (lambda: plots.school_spreads(fit, d, sets=161), "160 schools cannot be put into 161 sets"),
        (lambda: plots.without_each_school(without, fit, "size", "sector"), "no fixed effect 'size'"),
        (lambda: plots.without_each_school(without, fit, "sector", "size"), "no column 'size'"),
        (lambda: plots.predicted_deviations({}), "a random intercept and one random slope"),
        (lambda: plots.coefficients_beside({"a": ols}, []), "there are 0 coefficients"),
        (lambda: plots.coefficients_beside({}, ["ses"]), "there are no fits"),
        (lambda: plots.coefficients_beside({"a": ols}, ["size"]), "no fit has a coefficient 'size'"),
        (lambda: plots.school_shares(ols, d["sch.id"], "size"), "no coefficient 'size'"),
        (lambda: plots.few_schools({}), "the same one to 3 tests"),
        (lambda: plots.few_schools({**rates, "x": rates["half of them"][["CR1"]]}), "the same one to 3 tests"),
    ]
    for draw, message in cases:
        with pytest.raises((hlm.ModelError, hlm.DataError), match=re.escape(message)):
            draw()
