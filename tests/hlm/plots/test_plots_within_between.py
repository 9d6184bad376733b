"""The figures of chapters 8 and 9: what they draw is what the data and the models say."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import LineCollection

# With the fixture `figures` of this module, the imported test looks at these figures.
from test_plots import test_no_text_is_cut_off_or_covers_another, texts  # noqa: F401

import hlm
from hlm.plots import style

FULL = "math ~ (meanses + sector) * ses_within + (ses_within | sch.id)"


@pytest.fixture(scope="module")
def d():
    return hlm.within_between(hlm.load_hsb(), "ses")


@pytest.fixture(scope="module")
def models(d):
    formulas = {
        "one": "math ~ ses + (1 | sch.id)",
        "lines": "math ~ ses_within + (ses_within | sch.id)",
        "mean": "math ~ ses_within + meanses + (ses_within | sch.id)",
        "full": FULL,
    }
    return {name: hlm.lmer(formula, d) for name, formula in formulas.items()}


@pytest.fixture(scope="module")
def own(d):
    return hlm.school_regressions("math ~ ses", d)


@pytest.fixture(scope="module")
def spread(d, models):
    return hlm.course.spread_of_means(models["mean"], d, "meanses")


@pytest.fixture(scope="module")
def figures(d, models, own, spread):
    plots, one, full = hlm.plots, models["one"], models["full"]
    return {
        "centred_schools": plots.centred_schools(d),
        "within_and_between": plots.within_and_between(d),
        "total_slopes": plots.total_slopes(d, one.cov_re.iloc[0, 0], one.scale),
        "slopes_beside": plots.slopes_beside({"within schools": (2.2, 2.0, 2.4), "between schools": (5.9, 5.2, 6.6)}),
        "spread_of_means": plots.spread_of_means(spread, models["mean"].cov_re),
        "slopes_by_mean_ses": plots.slopes_by_mean_ses(full, own, d),
        "lines_by_mean_ses": plots.lines_by_mean_ses(full, d),
        "variances_left": plots.variances_left({"none": models["lines"], "both": full}),
    }


def test_all_are_small_transparent_and_of_one_width(figures):
    for name, figure in figures.items():
        svg = figure.svg()
        assert len(svg) < 250_000, name
        assert texts(figure), name
        assert figure.get_facecolor()[3] == 0
        assert figure.get_figwidth() == style.WIDTH


def test_every_school_has_a_dot_and_a_line_with_the_slope_within(d, figures):
    axes = figures["within_and_between"].axes[0]
    drawn = np.vstack([c.get_offsets() for c in axes.collections if type(c).__name__ == "PathCollection"])
    np.testing.assert_allclose(np.sort(drawn[:, 1]), np.sort(d.groupby("sch.id")["math"].mean()))
    (lines,) = (c for c in axes.collections if isinstance(c, LineCollection))
    ends = np.array(lines.get_segments())
    slopes = np.diff(ends[:, :, 1], axis=1) / np.diff(ends[:, :, 0], axis=1)
    parts = hlm.slope_parts("math ~ ses", d, 0, 1)["slope"]
    assert len(ends) == 160
    np.testing.assert_allclose(slopes, parts["within"])
    long = [np.diff(line.get_ydata())[0] / np.diff(line.get_xdata())[0] for line in axes.lines]
    np.testing.assert_allclose(sorted(long), sorted([parts["between"], parts["total"]]))


def test_centring_moves_schools_and_turns_no_line(figures):
    raw, centred = figures["centred_schools"].axes
    assert len(raw.lines) == len(centred.lines) - 1 == 9  # a cloud, a line and a mean a school; and the zero
    for left, right in zip(raw.lines, centred.lines, strict=False):
        moved = np.asarray(left.get_xdata()) - np.asarray(right.get_xdata())
        np.testing.assert_allclose(moved, moved[0])
        np.testing.assert_allclose(left.get_ydata(), right.get_ydata())
    means = [line.get_xdata()[0] for line in centred.lines if len(line.get_xdata()) == 1]
    np.testing.assert_allclose(means, 0, atol=1e-12)


def test_a_school_that_is_not_there_is_named(d):
    with pytest.raises(hlm.ModelError, match="no school 7"):
        hlm.plots.centred_schools(d, schools=(1224, 7, 1288))


def test_the_curve_of_slopes_runs_from_least_squares_through_the_model(d, models, figures):
    curve = figures["total_slopes"].axes[0].lines[0]
    one = models["one"]
    assert curve.get_ydata()[0] == pytest.approx(hlm.ols("math ~ ses", d).params["ses"])
    at = np.interp(one.cov_re.iloc[0, 0], curve.get_xdata(), curve.get_ydata())
    assert at == pytest.approx(one.params["ses"], abs=2e-3)


def test_intervals_are_drawn_from_the_top_down(figures):
    axes = figures["slopes_beside"].axes[0]
    bars = [line for line in axes.lines if line.get_linewidth() > 4]
    np.testing.assert_allclose([bar.get_xdata() for bar in bars], [[2.0, 2.4], [5.2, 6.6]])
    assert bars[0].get_ydata()[0] > bars[1].get_ydata()[0]
    assert {"2.20", "5.90"} <= {text.get_text() for text in axes.texts}


def test_the_bowl_is_the_variance_of_a_schools_deviation(models, spread, figures):
    axes = figures["spread_of_means"].axes[0]
    (bowl,) = (line for line in axes.lines if len(line.get_xdata()) == 100)
    (a, b), (_, c) = models["mean"].cov_re.to_numpy()
    x = bowl.get_xdata()
    np.testing.assert_allclose(bowl.get_ydata(), a + 2 * b * x + c * x**2)
    assert (x[0], x[-1]) == (spread["low"].min(), spread["high"].max())


def test_slopes_and_their_bands_are_the_models(d, models, own, figures):
    full = models["full"]
    for axes, sector in zip(figures["slopes_by_mean_ses"].axes, (0, 1), strict=True):
        schools = d.loc[d["sector"] == sector, "sch.id"].unique()
        np.testing.assert_allclose(np.sort(axes.collections[0].get_offsets()[:, 1]), np.sort(own.loc[schools, "slope"]))
        line, end = axes.lines[0], axes.lines[0].get_xdata()[-1]
        row = full.contrast({"ses_within": 1, "meanses:ses_within": end, "sector:ses_within": sector}).iloc[0]
        assert line.get_ydata()[-1] == pytest.approx(row["estimate"])
        heights = axes.collections[1].get_paths()[0].vertices
        at_end = heights[np.isclose(heights[:, 0], end), 1]
        assert row["se"] * 1.9 < (at_end.max() - at_end.min()) / 2 < row["se"] * 2.1


def test_expected_lines_are_predictions(d, models, figures):
    means = d.groupby("sch.id")["meanses"].first()
    for axes, sector in zip(figures["lines_by_mean_ses"].axes, (0, 1), strict=True):
        lines = [line for line in axes.lines if len(line.get_xdata()) > 1]
        assert len(lines) == 3
        for line, mean in zip(lines, means.mean() + means.std() * np.array([-1, 0, 1]), strict=True):
            within = line.get_xdata() - mean
            rows = pd.DataFrame({"meanses": mean, "sector": sector, "ses_within": within})
            np.testing.assert_allclose(line.get_ydata(), models["full"].predict(rows, random_effects=False))


def test_bars_are_variances_and_say_what_has_gone(models, figures):
    intercepts, slopes = figures["variances_left"].axes
    for axes, k in ((intercepts, 0), (slopes, 1)):
        widths = [bar.get_width() for bar in axes.patches]
        np.testing.assert_allclose(widths, [models[m].cov_re.iloc[k, k] for m in ("lines", "full")])
    assert any("−85 %" in text for text in texts(figures["variances_left"]))


def test_what_cannot_be_drawn_is_refused(d, models, own):
    plots = hlm.plots
    with pytest.raises(hlm.ModelError, match="no slopes to draw"):
        plots.slopes_beside({})
    with pytest.raises(hlm.ModelError, match="'b': 3 lies outside its interval, 1 to 2"):
        plots.slopes_beside({"b": (3, 1, 2)})
    with pytest.raises(hlm.ModelError, match="an intercept and one slope"):
        plots.spread_of_means(pd.DataFrame(), models["one"].cov_re)
    for draw in (
        lambda: plots.slopes_by_mean_ses(models["lines"], own, d),
        lambda: plots.lines_by_mean_ses(models["one"], d),
    ):
        with pytest.raises(hlm.ModelError, match="the picture needs the fixed effects"):
            draw()
    with pytest.raises(hlm.ModelError, match="two or more models"):
        plots.variances_left({"none": models["lines"]})


def test_the_spread_of_means_is_that_of_their_residuals(d, models, spread):
    fit = models["mean"]
    schools = d.groupby("sch.id").agg(n=("ses", "size"), x=("meanses", "first"), y=("math", "mean"))
    r = schools["y"] - fit.params["Intercept"] - fit.params["meanses"] * schools["x"]
    left = (r**2 - fit.scale / schools["n"])[schools["x"].sort_values(kind="stable").index]
    np.testing.assert_allclose(spread["variance"], left.to_numpy().reshape(5, 32).mean(axis=1), rtol=1e-9)
    with pytest.raises(hlm.ModelError, match="'ses' varies within schools"):
        hlm.course.spread_of_means(fit, d, "ses")
    with pytest.raises(hlm.DataError, match="no column 'x'"):
        hlm.course.spread_of_means(fit, d, "x")
    with pytest.raises(hlm.ModelError, match="160 schools cannot be put into 161 sets"):
        hlm.course.spread_of_means(fit, d, "meanses", sets=161)
