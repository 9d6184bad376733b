"""The figures of appendix B: what they draw is what the estimator computes, and nothing in them is cut or covered."""

import matplotlib as mpl
import numpy as np
import pytest

import hlm
from hlm.course import steps
from hlm.plots import style

FORMULA = "math ~ sector + (1 | sch.id)"


@pytest.fixture(scope="module")
def d():
    return hlm.load_hsb()


@pytest.fixture(scope="module")
def fit(d):
    return hlm.lmer(FORMULA, d)


@pytest.fixture(scope="module")
def few(d):
    return hlm.lmer(FORMULA, d[d["sch.id"].isin(d["sch.id"].unique()[:20])])


@pytest.fixture(scope="module")
def check(fit):
    return hlm.course.statsmodels_check(fit, "sector")


@pytest.fixture(scope="module")
def figures(fit, few, check):
    return {
        "weights_of_schools": hlm.plots.weights_of_schools(fit),
        "deviance_curves": hlm.plots.deviance_curves({"all schools": fit, "the first twenty": few}),
        "newton_path": hlm.plots.newton_path(fit, start=0.25),
        "se_spread": hlm.plots.se_spread(
            steps.simulated_variances(fit, "sector", n=200), steps.satterthwaite_steps(fit, "sector"), fit.nobs - 2
        ),
        "wrong_stop": hlm.plots.wrong_stop(fit, check),
    }


def theta(fit):
    return float(np.sqrt(fit.cov_re.iloc[0, 0] / fit.scale))


def points(axes, marker):
    return [
        tuple(np.ravel(line.get_data()))
        for line in axes.lines
        if line.get_marker() == marker and len(line.get_xdata()) == 1
    ]


def texts(figure):
    return " | ".join(t.get_text() for t in figure.findobj(mpl.text.Text))


def test_every_school_has_its_weight(fit, figures):
    (dots,) = figures["weights_of_schools"].axes[0].collections
    schools = steps.school_weights(fit)
    np.testing.assert_allclose(dots.get_offsets()[:, 0], schools["n"])
    np.testing.assert_allclose(dots.get_offsets()[:, 1], schools["weight"] / schools["weight"].mean())


def test_each_panel_has_both_curves_and_their_lowest_points(fit, few, figures):
    panels = figures["deviance_curves"].axes
    assert len(panels) == 2
    for axes, model in zip(panels, (fit, few), strict=True):
        curves = [line for line in axes.lines if len(line.get_xdata()) > 10]
        marks = [line.get_xdata()[0] for line in axes.lines if len(line.get_xdata()) == 2]
        assert marks == pytest.approx([theta(model.as_ml()), theta(model)])
        for curve, mark in zip(curves, marks, strict=True):
            x, y = curve.get_data()
            assert abs(x[np.argmin(y)] - mark) <= x[1] - x[0]
            assert y.min() >= 0


def test_the_curves_refuse_what_they_cannot_show(fit):
    with pytest.raises(hlm.ModelError, match="no fit to draw"):
        hlm.plots.deviance_curves({})
    with pytest.raises(hlm.ModelError, match=r"all: the lowest point is at theta = 0\.41"):
        hlm.plots.deviance_curves({"all": fit}, theta=(0.5, 0.9))
    with pytest.raises(hlm.ModelError, match="give the REML fit"):
        hlm.plots.deviance_curves({"all": fit.as_ml()})


def test_each_newton_point_lies_on_the_curve_and_each_cross_at_a_parabolas_bottom(fit, figures):
    way = steps.newton_steps(fit, start=0.25)
    axes = figures["newton_path"].axes[0]
    drawn = np.array(points(axes, style.MIXED.marker))
    np.testing.assert_allclose(drawn, way[["theta", "deviance"]].head(len(drawn)))
    crosses = np.array(points(axes, "x"))
    np.testing.assert_allclose(crosses[:, 0], way["theta"].iloc[1 : len(crosses) + 1])
    bottom = way["deviance"] - way["slope"] ** 2 / way["curvature"] / 2
    np.testing.assert_allclose(crosses[:, 1], bottom.head(len(crosses)))


def test_the_histogram_is_of_the_ratios_and_the_bars_are_chi_square_intervals(fit, figures):
    axes = figures["se_spread"].axes[0]
    assert sum(p.get_height() * p.get_width() for p in axes.patches) == pytest.approx(1)
    bars = [line.get_xdata() for line in axes.lines if line.get_linewidth() == 5]
    ols, satterthwaite = (np.ptp(bar) for bar in bars)
    # A chi-square over its k degrees of freedom has the standard deviation sqrt(2 / k).
    assert ols == pytest.approx(2 * 1.96 * np.sqrt(2 / (fit.nobs - 2)), rel=0.01)
    assert satterthwaite == pytest.approx(2 * 1.96 * np.sqrt(2 / fit.df()["sector"]), rel=0.01)


def test_the_stop_is_where_statsmodels_stopped(fit, check, figures):
    axes, other = figures["wrong_stop"].axes[0], check.loc["statsmodels, default"]
    ((x, height),) = points(axes, "X")
    assert x == pytest.approx(np.sqrt(other["variances"] / other["sigma2"]))
    assert height == pytest.approx(2 * (fit.llf - other["llf"]))
    on_the_curve = steps.deviance_curve(fit, [x])["deviance"][0]
    assert height == pytest.approx(on_the_curve, abs=0.05)
    assert hlm.num(other["se"], 3) in texts(figures["wrong_stop"])


def test_a_stop_that_is_not_there_is_refused(fit, check):
    with pytest.raises(hlm.ModelError, match="no fit 'statsmodels, nm'; the check has hlm, statsmodels, default"):
        hlm.plots.wrong_stop(fit, check, "statsmodels, nm")
    with pytest.raises(hlm.ModelError, match="no finite likelihood"):
        hlm.plots.wrong_stop(fit, check.assign(llf=np.inf))


def test_figures_are_as_wide_as_the_book_transparent_and_the_same_each_time(fit, figures):
    for figure in figures.values():
        assert figure.get_figwidth() == style.WIDTH
        assert figure.get_facecolor()[3] == 0
    assert hlm.plots.newton_path(fit, start=0.25).svg() == figures["newton_path"].svg()


def test_no_text_is_cut_off_or_covers_another(figures):
    for name, figure in figures.items():
        figure.draw_without_rendering()
        renderer = figure._get_renderer()
        shown = [t for t in figure.findobj(mpl.text.Text) if t.get_text().strip() and t.get_visible()]
        ticks = {t.get_text() for axes in figure.findobj(mpl.axis.Axis) for t in axes.get_ticklabels()}
        boxes = [(t.get_text(), t.get_window_extent(renderer)) for t in shown if t.get_text() not in ticks]
        for text, box in boxes:
            assert box.x0 > -1, (name, text)
            assert box.y0 > -1, (name, text)
            assert box.x1 < figure.bbox.x1 + 1, (name, text)
            assert box.y1 < figure.bbox.y1 + 1, (name, text)
        for i, (first, a) in enumerate(boxes):
            for second, b in boxes[i + 1 :]:
                assert not a.overlaps(b), (name, first, second)
