"""The figures of chapter 11: what they draw is what the data and the models say."""

import numpy as np
import pytest

# With the fixture `figures` of this module, the imported test looks at these figures.
from test_plots import dots, test_no_text_is_cut_off_or_covers_another, texts  # noqa: F401

import hlm
from hlm.plots import style


@pytest.fixture(scope="module")
def s():
    sleep = hlm.load_sleep()
    return sleep[sleep["day"] >= 2].assign(night=sleep["day"] - 2)


@pytest.fixture(scope="module")
def fit(s):
    return hlm.lmer("reaction ~ night + (night | person)", s)


@pytest.fixture(scope="module")
def neighbours(fit):
    return hlm.course.Neighbours(0.02, np.random.default_rng(1).normal(-0.2, 0.08, 200), 0.0)


@pytest.fixture(scope="module")
def figures(fit, neighbours):
    plots = hlm.plots
    return {
        "growth_panels": plots.growth_panels(fit, "reaction time (ms)"),
        "zero_of_time": plots.zero_of_time(fit),
        "correlations_apart": plots.correlations_apart(hlm.course.occasion_correlations(fit), "nights apart"),
        "neighbours_expected": plots.neighbours_expected(neighbours),
        "nested_and_crossed": plots.nested_and_crossed(),
    }


def test_all_are_small_transparent_and_of_one_width(figures):
    for name, figure in figures.items():
        assert len(figure.svg()) < 150_000, name
        assert texts(figure), name
        assert figure.get_facecolor()[3] == 0
        assert figure.get_figwidth() == style.WIDTH


def test_each_panel_holds_a_persons_days_and_both_lines(s, fit, figures):
    own = hlm.school_regressions("reaction ~ night", s, group="person")
    for axes, (person, days) in zip(figures["growth_panels"].axes, s.groupby("person"), strict=True):
        assert axes.get_title(loc="left") == str(person)
        average, points, by_itself, predicted = axes.lines
        np.testing.assert_array_equal(points.get_ydata(), days["reaction"])
        for line, (height, slope) in (
            (average, fit.params),
            (by_itself, own.loc[person, ["intercept", "slope"]]),
            (predicted, fit.coefficients.loc[person]),
        ):
            np.testing.assert_allclose(line.get_ydata(), height + slope * np.array([0, 7]))


def test_a_row_has_as_many_panels_as_asked_for(fit):
    drawn = hlm.plots.growth_panels(fit, columns=9)
    assert len({axes.get_position().y0 for axes in drawn.axes}) == 2
    assert drawn.get_figwidth() == style.WIDTH


def test_the_correlation_moves_with_zero(fit, figures):
    left, right = figures["zero_of_time"].axes
    curve = next(line for line in right.lines if len(line.get_xdata()) > 2)
    moved = hlm.correlation(hlm.move_zero(fit.cov_re, 7)).iloc[0, 1]
    assert curve.get_ydata()[-1] == pytest.approx(moved)
    assert f"{moved:.2f}" in texts(figures["zero_of_time"])
    assert len(left.lines) == 18 + 1


def test_every_pair_of_days_is_a_dot(figures):
    pairs = figures["correlations_apart"].axes[0].collections[0].get_offsets()
    assert len(pairs) == 28


def test_the_histogram_holds_all_that_were_drawn(figures):
    assert sum(patch.get_height() for patch in figures["neighbours_expected"].axes[0].patches) == 200


def test_what_cannot_be_drawn_is_refused(s):
    parallel = hlm.lmer("reaction ~ night + (1 | person)", s)
    for draw in (hlm.plots.growth_panels, hlm.plots.zero_of_time):
        with pytest.raises(hlm.ModelError, match="no random intercept and slope of time"):
            draw(parallel)
    with pytest.raises(hlm.ModelError, match="one panel or more, not 0"):
        hlm.plots.growth_panels(hlm.lmer("reaction ~ night + (night | person)", s), columns=0)
    many = hlm.load_hsb()
    with pytest.raises(hlm.ModelError, match="160 panels are too many to read"):
        hlm.plots.growth_panels(hlm.lmer("math ~ ses + (ses | sch.id)", many))
