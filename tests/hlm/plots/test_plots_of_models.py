"""The figures of means as outcomes and of random coefficients: what they draw is what the models say."""

import itertools

import numpy as np
import pytest

# With the fixture `figures` of this module, the imported test looks at these figures.
from test_plots import dots, test_no_text_is_cut_off_or_covers_another, texts  # noqa: F401

import hlm
from hlm.plots import style


@pytest.fixture(scope="module")
def d():
    return hlm.load_hsb()


@pytest.fixture(scope="module")
def lines(d):
    return hlm.school_regressions("math ~ ses", d)


@pytest.fixture(scope="module")
def models(d):
    formulas = {
        "null": "math ~ 1 + (1 | sch.id)",
        "sector": "math ~ sector + (1 | sch.id)",
        "lines": "math ~ ses + (ses | sch.id)",
    }
    return {name: hlm.lmer(formula, d) for name, formula in formulas.items()}


@pytest.fixture(scope="module")
def figures(d, lines, models):
    plots, sector, slopes = hlm.plots, models["sector"], models["lines"]
    return {
        "two_overall_means": plots.two_overall_means(sector),
        "letters": plots.two_overall_means(sector, letters=True),
        "explained_variance": plots.explained_variance(models["null"], sector),
        "shrunken_means": plots.shrunken_means(sector),
        "reliabilities": plots.reliabilities(sector),
        "school_panels": plots.school_panels(d),
        "lines_and_points": plots.lines_and_points(d),
        "partial_pooling": plots.partial_pooling(slopes, d),
        "points_and_ellipse": plots.points_and_ellipse(slopes, lines),
        "plausible_slopes": plots.plausible_slopes(slopes, lines),
    }


def test_all_are_small_transparent_and_of_one_width(figures):
    for name, figure in figures.items():
        svg = figure.svg()
        assert len(svg) < 250_000, name
        assert texts(figure), name
        assert figure.get_facecolor()[3] == 0
        assert figure.get_figwidth() == style.WIDTH


def test_every_school_stands_around_its_overall_mean(d, figures):
    drawn = np.sort(dots(figures["two_overall_means"].axes[0])[:, 1])
    np.testing.assert_allclose(drawn, np.sort(d.groupby("sch.id")["math"].mean()))
    assert len(np.unique(dots(figures["letters"].axes[0]).round(6), axis=0)) == 160  # none hides another


def test_the_coefficients_are_distances(models, figures):
    public, catholic = models["sector"].params["Intercept"], models["sector"].params.sum()
    arrows = [t for t in figures["letters"].axes[0].texts if getattr(t, "arrow_patch", None)]
    lengths = sorted(abs(t.xy[1] - t.xyann[1]) for t in arrows)
    np.testing.assert_allclose(lengths, sorted([public, catholic - public]))


def test_the_letters_give_nothing_away(figures):
    shown = set(texts(figures["letters"]))
    assert {"A", "B", "C", "D"} <= shown
    assert not any("sector" in t or "public" in t or "Catholic" in t or "11.39" in t for t in shown)
    colors = {c for part in figures["letters"].axes[0].collections for c in map(tuple, part.get_facecolor())}
    assert len(colors) == 1


def test_the_share_that_is_explained_is_written_out(figures):
    assert any("22.5 per cent" in t for t in texts(figures["explained_variance"]))


def test_schools_move_towards_their_line_and_never_across(models, figures):
    schools = hlm.shrinkage(models["sector"])
    left, right = figures["shrunken_means"].axes
    count = 0
    for axes, overall in ((left, schools["expected"].min()), (right, schools["expected"].max())):
        observed, predicted = (np.asarray(c.get_offsets()) for c in axes.collections[-2:])
        before, after = observed[:, 1] - overall, predicted[:, 1] - overall
        assert (np.sign(before) == np.sign(after)).all()
        assert (abs(after) < abs(before)).all()
        count += len(before)
    assert count == 160


def test_the_panels_hold_the_first_schools_and_all_their_students(d, lines, figures):
    panels = figures["school_panels"].axes
    for axes, school in zip(panels, d["sch.id"].unique()[:25], strict=True):
        assert axes.get_title(loc="left") == str(school)
        _, students, line = axes.lines
        own = d[d["sch.id"] == school]
        np.testing.assert_array_equal(np.transpose(students.get_data()), own[["ses", "math"]])
        x, y = line.get_data()
        np.testing.assert_allclose(y, lines.loc[school, "intercept"] + lines.loc[school, "slope"] * x)
        (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
        assert own["ses"].between(left, right).all()
        assert own["math"].between(bottom, top).all()


def test_fewer_panels_leave_no_empty_frames(d):
    shown = [axes for axes in hlm.plots.school_panels(d, schools=7).axes if axes.get_visible()]
    assert len(shown) == 7


def test_labels_of_narrow_panels_do_not_touch(d):
    drawn = hlm.plots.school_panels(d, schools=9, columns=9)
    drawn.draw_without_rendering()
    ends = [tick.label1.get_window_extent() for tick in drawn.axes[0].xaxis.get_major_ticks()]
    assert all(left.x1 + 4 < right.x0 for left, right in itertools.pairwise(ends))


def test_both_panels_of_lines_have_all_schools_on_the_same_axes(models, lines, figures):
    left, right = figures["partial_pooling"].axes
    slopes = []
    for axes in (left, right):
        ends = np.array(axes.collections[0].get_segments())
        slopes.append((ends[:, 1, 1] - ends[:, 0, 1]) / (ends[:, 1, 0] - ends[:, 0, 0]))
    np.testing.assert_allclose(slopes[0], lines["slope"])
    np.testing.assert_allclose(slopes[1], models["lines"].coefficients["ses"])
    assert left.get_ylim() == right.get_ylim()


def test_the_ellipse_is_that_of_G(models, figures):
    (ellipse,) = figures["points_and_ellipse"].axes[0].patches
    fit = models["lines"]
    away = ellipse.get_xy() - fit.params.to_numpy()
    distance = np.einsum("ij,jk,ik->i", away, np.linalg.inv(fit.cov_re), away)
    np.testing.assert_allclose(distance, -2 * np.log(0.05))  # the chi-square quantile with two d.f.


def test_the_range_of_slopes_is_the_models(models, figures):
    fit = models["lines"]
    for sign in (-1, 1):
        end = fit.params["ses"] + sign * 1.959964 * fit.cov_re.loc["ses", "ses"] ** 0.5
        assert f"{end:.2f}" in texts(figures["plausible_slopes"])


def test_what_cannot_be_drawn_is_refused(d, lines, models):
    plots, sector, slopes = hlm.plots, models["sector"], models["lines"]
    with pytest.raises(hlm.ModelError, match=r"Intercept, sector, not Intercept$"):
        plots.two_overall_means(models["null"])
    with pytest.raises(hlm.ModelError, match="coded 0 and 1"):
        plots.shrunken_means(hlm.lmer("math ~ sector + (1 | sch.id)", d.assign(sector=2 * d["sector"] + d["female"])))
    with pytest.raises(hlm.ModelError, match="one variance between schools"):
        plots.explained_variance(slopes, slopes)
    with pytest.raises(hlm.ModelError, match="160 schools in the data; 200"):
        plots.school_panels(d, schools=200)
    for draw in (plots.points_and_ellipse, plots.plausible_slopes, plots.partial_pooling):
        with pytest.raises(hlm.ModelError, match="an intercept and one slope"):
            draw(sector, lines)
