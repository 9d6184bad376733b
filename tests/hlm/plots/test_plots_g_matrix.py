"""The figures of chapter 7: ellipses, constants, lines and their matrix, and the zero moved."""

import numpy as np
import pytest
from matplotlib.text import Text

import hlm

SLOPES = [0, 3, -1, 7, 2, -6, 1, 9, 4]
INTERCEPTS = np.linspace(5, 20, 9)


@pytest.fixture(scope="module")
def d():
    return hlm.load_hsb()


@pytest.fixture(scope="module")
def fit(d):
    return hlm.lmer("math ~ ses + (ses | sch.id)", d)


def texts(figure):
    return " ".join(t.get_text() for axes in figure.axes for t in axes.texts)


def points(axes):
    return np.vstack([np.asarray(c.get_offsets()) for c in axes.collections])


def test_the_ellipses_of_the_cloud_hold_their_share(fit):
    U = hlm.course.RRandom(2).mvrnorm(20_000, [0, 0], fit.cov_re)
    figure = hlm.plots.cloud(fit.cov_re, U)
    axes = next(a for a in figure.axes if len(a.lines) >= 4)
    ellipses = [np.asarray(line.get_xydata()) for line in axes.lines if len(line.get_xdata()) > 100]
    whiten = np.linalg.inv(np.linalg.cholesky(fit.cov_re))
    for ellipse, share in zip(ellipses, (0.5, 0.95), strict=True):
        radius = np.linalg.norm(ellipse @ whiten.T, axis=1)
        np.testing.assert_allclose(radius, radius[0])
        inside = np.linalg.norm(U.to_numpy() @ whiten.T, axis=1) < radius[0]
        assert inside.mean() == pytest.approx(share, abs=0.01)
    np.testing.assert_array_equal(points(axes), U)
    for tau in np.diag(fit.cov_re):
        assert hlm.num(tau, 2) in texts(figure)
        assert f"SD {hlm.num(tau**0.5, 2)}" in texts(figure)


def test_constants_move_all_points_alike():
    U = hlm.course.RRandom(1).mvrnorm(9, [0, 0], [[4, 0.2], [0.2, 5]])
    figure = hlm.plots.added_constants(U, [10, 2])
    before, after = (np.asarray(c.get_offsets()) for c in figure.axes[0].collections)
    np.testing.assert_allclose(after - before, np.tile([10, 2], (9, 1)))
    assert texts(figure).count("correlation 0.205") == 2


@pytest.mark.parametrize(
    ("intercepts", "slopes", "elements"),
    [
        (10, SLOPES, ["0", "0", "0", "19.6"]),
        (INTERCEPTS, 3, ["26.4", "0", "0", "0"]),
        (INTERCEPTS, sorted(SLOPES), ["26.4", "22.0", "22.0", "19.6"]),
        (INTERCEPTS, sorted(SLOPES, reverse=True), ["26.4", "−22.0", "−22.0", "19.6"]),
    ],
)
def test_the_matrix_beside_the_lines_is_theirs(intercepts, slopes, elements):
    figure = hlm.plots.lines_and_g(intercepts, slopes)
    shown = [t.get_text() for axes in figure.axes for t in axes.texts if t.get_text()[-1].isdigit()]
    assert shown == elements

    expected = np.column_stack(np.broadcast_arrays(intercepts, slopes))
    cloud = next(axes for axes in figure.axes if axes.collections)
    np.testing.assert_allclose(points(cloud), expected)
    left = next(axes for axes in figure.axes if axes.get_xlabel() == "ses")
    *schools, average = [line.get_ydata() for line in left.lines if [*line.get_xdata()] == [0, 1]]
    np.testing.assert_allclose(schools, np.column_stack([expected[:, 0], expected.sum(axis=1)]))
    np.testing.assert_allclose(average, np.mean(schools, axis=0))


def test_the_question_does_not_show_its_answer():
    figure = hlm.plots.lines_and_g(INTERCEPTS, SLOPES, answer=False)
    assert len(figure.axes) == 1
    assert "G" not in texts(figure)


def test_the_students_under_the_lines_are_those_of_the_window(d):
    students = d.head(300)
    axes = hlm.plots.lines_and_g(INTERCEPTS, SLOPES, answer=False, students=students).axes[0]
    left = next(a for a in hlm.plots.lines_and_g(10, SLOPES, students=students).axes if a.get_xlabel() == "ses")
    for shown in (left, axes):
        drawn = next(line for line in shown.lines if line.get_marker() == ".")
        inside = students[(students["ses"] >= 0) & (students["ses"] <= 1)]
        np.testing.assert_array_equal(drawn.get_xydata(), inside[["ses", "math"]])


def test_nine_real_schools_their_students_lines_points_and_g(d):
    figure = hlm.plots.nine_schools(d)
    left = next(a for a in figure.axes if a.get_xlabel() == "ses")
    nine = d[d["sch.id"].isin(d["sch.id"].unique()[:9])]
    students = next(line for line in left.lines if line.get_marker() == ".")
    np.testing.assert_array_equal(students.get_xydata(), nine[["ses", "math"]])
    lines = hlm.school_regressions("math ~ ses", nine)[["intercept", "slope"]]
    cloud = next(axes for axes in figure.axes if axes.collections)
    np.testing.assert_allclose(points(cloud), lines)
    drawn = [line.get_xydata() for line in left.lines if line.get_linewidth() == 1.6 and len(line.get_xdata()) == 2]
    for (start, end), (intercept, slope) in zip(drawn, lines.to_numpy(), strict=True):
        assert (end[1] - start[1]) / (end[0] - start[0]) == pytest.approx(slope)
        assert start[1] - slope * start[0] == pytest.approx(intercept)
    for element in lines.cov().to_numpy().ravel():
        assert hlm.num(element, 1) in texts(figure)


def test_lines_to_match_are_those_of_their_name():
    figure = hlm.plots.lines_to_match({"A": (10, SLOPES), "B": (INTERCEPTS, 3), "C": (INTERCEPTS, SLOPES)})
    shown = [axes for axes in figure.axes if axes.get_visible()]
    assert [axes.get_title(loc="left") for axes in shown] == ["A", "B", "C"]
    ends = [line.get_ydata() for line in shown[1].lines if [*line.get_xdata()] == [0, 1]]
    np.testing.assert_allclose(ends[:9], np.column_stack([INTERCEPTS, INTERCEPTS + 3]))
    assert "average" not in texts(figure)


def test_the_profile_of_the_correlation_and_its_interval(fit):
    axes = hlm.plots.correlation_profile(fit).axes[0]
    curve = max(axes.lines, key=lambda line: len(line.get_xdata()))
    rise = hlm.course.correlation_profile(fit, [-1, 0, 0.5])
    for r in rise.index:
        assert np.interp(r, *curve.get_data()) == pytest.approx(rise[r])
    lower, upper = fit.variance_intervals(reml=True).loc["cor Intercept, ses", ["lower", "upper"]]
    assert hlm.num(lower, 2) in texts(hlm.plots.correlation_profile(fit))
    assert hlm.num(upper, 2) in texts(hlm.plots.correlation_profile(fit))


def test_the_predictions_and_the_ellipse_of_g(fit):
    axes = hlm.plots.g_of_schools(fit).axes[0]
    np.testing.assert_allclose(points(axes), fit.coefficients)
    outer, inner = (np.asarray(line.get_xydata()) for line in axes.lines[:2])
    assert np.ptp(outer, axis=0) == pytest.approx(2 * np.sqrt(5.991464547 * np.diag(fit.cov_re)), rel=1e-3)
    assert np.ptp(inner, axis=0) == pytest.approx(2 * np.sqrt(5.991464547 * fit.coefficients.var()), rel=1e-3)


def test_the_curves_of_the_moved_zero(fit):
    figure = hlm.plots.zero_moved(fit, reach=2)
    for axes, value in zip(
        figure.axes,
        (lambda G: G.iloc[0, 0] ** 0.5, lambda G: hlm.correlation(G).iloc[0, 1]),
        strict=True,
    ):
        x, y = axes.lines[0].get_data()
        assert y[0] == pytest.approx(value(hlm.move_zero(fit.cov_re, x[0])))
        assert y[-1] == pytest.approx(value(hlm.move_zero(fit.cov_re, 2)))
    closest = -fit.cov_re.iloc[0, 1] / fit.cov_re.iloc[1, 1]
    assert f"ses = {hlm.num(closest, 2)}" in texts(figure)
    assert "closest" not in texts(hlm.plots.zero_moved(fit, reach=0.2))


def test_pictures_are_the_same_file_each_time(fit):
    for draw in (
        lambda: hlm.plots.g_of_schools(fit),
        lambda: hlm.plots.zero_moved(fit),
        lambda: hlm.plots.lines_and_g(INTERCEPTS, SLOPES),
    ):
        assert draw().svg() == draw().svg()


def test_pictures_refuse_what_they_cannot_draw(d, fit):
    plots = hlm.plots
    U = np.zeros((9, 3))
    for use, message in (
        (lambda: plots.cloud([[1, 0], [0, 0]], U[:, :2]), "above zero"),
        (lambda: plots.nine_schools(d, schools=1), "needs two"),
        (lambda: plots.lines_to_match({"A": (INTERCEPTS, [1, 2])}), "9 intercepts and 2 slopes"),
        (lambda: plots.cloud([[1, 1], [1, 1]], U[:, :2]), "no correlation is 1"),
        (lambda: plots.cloud(fit.cov_re, U), r"shape \(9, 3\)"),
        (lambda: plots.added_constants(U[:, :2], [1, 2, 3]), r"shape \(3,\)"),
        (lambda: plots.lines_and_g([1, 2], [1, 2, 3]), "2 intercepts and 3 slopes"),
        (lambda: plots.lines_and_g(1, 2), "two schools at least"),
        (lambda: plots.g_of_schools(hlm.lmer("math ~ ses + (1 | sch.id)", d)), "one slope"),
        (lambda: plots.zero_moved(hlm.lmer("math ~ ses + (1 | sch.id)", d)), "one slope"),
    ):
        with pytest.raises(hlm.ModelError, match=message):
            use()


def test_the_name_of_an_ellipse_and_of_the_average_stand_on_nothing():
    rng = np.random.default_rng(1)
    G = np.array([[4.8, -0.2], [-0.2, 0.4]])
    axes = hlm.plots.cloud(G, rng.multivariate_normal([0, 0], G, 160)).axes[1]
    axes.figure.draw_without_rendering()
    at = axes.transData.transform(np.vstack([c.get_offsets() for c in axes.collections]))
    for text in axes.texts:
        assert not Text.get_window_extent(text).count_contains(at), text.get_text()  # without its line
    figure = hlm.plots.lines_and_g(INTERCEPTS, SLOPES)
    left = next(a for a in figure.axes if a.get_xlabel() == "ses")
    figure.draw_without_rendering()
    (name,) = [text for text in left.texts if text.get_text() == "average"]
    assert Text.get_window_extent(name).x0 >= left.bbox.x1
