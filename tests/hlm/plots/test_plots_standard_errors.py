"""The figures of chapters 3 and 4: they draw what the formulas and the models say, and nothing covers anything."""

import re
import xml.etree.ElementTree as ET

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

import hlm
from hlm import plots
from hlm.errors import ModelError
from hlm.plots import style

SVG = "{http://www.w3.org/2000/svg}"
NAMES = [
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


@pytest.fixture(scope="module")
def d():
    return hlm.load_hsb()


@pytest.fixture(scope="module")
def ols(d):
    return hlm.ols("math ~ sector", d)


@pytest.fixture(scope="module")
def fit(d):
    return hlm.lmer("math ~ sector + (1 | sch.id)", d)


@pytest.fixture(scope="module")
def design(d, fit):
    """tau00, sigma2, n, J, var_x."""
    return fit.cov_re.iloc[0, 0], fit.scale, 44.90625, 160, d["sector"].var()


@pytest.fixture(scope="module")
def results(fit):
    return hlm.false_positives(fit, "sector", n=400)


@pytest.fixture(scope="module")
def calls(ols, fit, design, results):
    return {
        "coefficient_intervals": (ols, fit),
        "design_effects": (fit.icc, design[2]),
        "false_positive_tests": (results,),
        "power_curves": (1, *design),
        "residual_variances": (ols, fit),
        "schools_or_students": design,
        "se_floor": design,
        "variance_of_a_mean": design[:3],
        "variance_parts": design,
    }


@pytest.fixture(scope="module")
def figures(calls):
    return {name: getattr(plots, name)(*arguments) for name, arguments in calls.items()}


def texts(figure):
    return ["".join(t.itertext()).strip() for t in ET.fromstring(figure.svg()).iter(f"{SVG}text")]


def written(figure):
    return [t.get_text() for t in figure.findobj(mpl.text.Text) if t.get_text().strip()]


def bars(axes):
    return [p for p in axes.patches if isinstance(p, mpl.patches.Rectangle)]


def curves(axes):
    """Lines of more than two points: x and y of each."""
    return [line.get_xydata().T for line in axes.lines if len(line.get_xdata()) > 2]


def dot(axes):
    (one,) = [line.get_xydata()[0] for line in axes.lines if len(line.get_xdata()) == 1]
    return one


def test_the_bars_of_a_mean_are_its_two_variances(design, figures):
    tau00, sigma2, _ = design[:3]
    drawn = bars(figures["variance_of_a_mean"].axes[0])
    solid, hatched = drawn[:7], drawn[7:]
    np.testing.assert_allclose([b.get_height() for b in solid], tau00)
    np.testing.assert_allclose([b.get_height() for b in hatched], [sigma2 / n for n in (1, 2, 5, 10, 20, 45, 100)])
    np.testing.assert_allclose([b.get_y() for b in hatched], tau00)
    assert all(b.get_hatch() for b in hatched)
    assert not any(b.get_hatch() for b in solid)
    assert "45\nthese schools" in written(figures["variance_of_a_mean"])


def test_the_residual_variances_are_the_models(ols, fit, figures):
    between, within, one = bars(figures["residual_variances"].axes[0])
    assert between.get_width() == pytest.approx(6.677, abs=5e-4)
    assert within.get_width() == pytest.approx(fit.scale)
    assert within.get_x() == between.get_width()
    assert one.get_width() == pytest.approx(ols.scale)
    assert {f"$\\sigma^2_{{\\mathrm{{OLS}}}}$ = {hlm.num(ols.scale, 2)}", "$\\tau_{00}$ = 6.68"} <= set(
        written(figures["residual_variances"])
    )


def test_the_parts_of_the_sampling_variance_add_up_to_the_formulas(design, figures):
    tau00, sigma2, n, J, var_x = design
    schools, students, schools_ols, students_ols = (b.get_width() for b in bars(figures["variance_parts"].axes[0]))
    assert schools + students == pytest.approx(hlm.se_hlm(*design) ** 2)
    assert schools_ols + students_ols == pytest.approx(hlm.se_ols(tau00 + sigma2, n, J, var_x) ** 2)
    assert students == pytest.approx(students_ols)
    assert schools / schools_ols == pytest.approx(n)


def test_the_intervals_are_those_of_both_models(ols, fit, figures):
    panels = figures["coefficient_intervals"].axes
    assert [axes.get_title(loc="left") for axes in panels] == ["sector", "Constant"]
    for axes, term in zip(panels, ("sector", "Intercept"), strict=True):
        spans = [line.get_xdata() for line in axes.lines if len(line.get_xdata()) == 2]
        for model, span in zip((ols, fit), spans, strict=True):
            np.testing.assert_allclose(span, model.conf_int().loc[term])
    widths = [np.ptp(axes.get_xlim()) for axes in panels]
    assert widths[0] == pytest.approx(widths[1])  # a point is as long in both
    for axes in panels:
        low, high = axes.get_xlim()
        assert all(low < x < high for line in axes.lines for x in line.get_xdata())


def test_the_curves_of_the_design_effect_pass_through_the_data(fit, design, figures):
    axes = figures["design_effects"].axes[0]
    drawn = curves(axes)
    assert len(drawn) == 4
    for (n, ratio), icc in zip(drawn, sorted((fit.icc, 0.01, 0.05, 0.3)), strict=True):
        np.testing.assert_allclose(ratio, np.sqrt(1 + (n - 1) * icc))
    np.testing.assert_allclose(dot(axes), (design[2], np.sqrt(hlm.design_effect(fit.icc, design[2]))))


def test_the_histograms_count_every_sample_and_every_rejection(results, figures):
    for axes, method in zip(figures["false_positive_tests"].axes, ("OLS", "HLM"), strict=True):
        sample = results[results["method"] == method]
        every, rejected = (patch.get_data() for patch in axes.patches)
        width = np.diff(every.edges)
        t = sample["estimate"] / sample["se"]
        inside = t.abs().lt(every.edges[-1])
        assert inside.mean() > 0.995
        assert (every.values * width).sum() == pytest.approx(inside.mean())
        share = ((rejected.values - rejected.baseline) * width).sum()
        assert share == pytest.approx((sample["rejected"] & inside).mean())
        # Whoever looks sees only tails in full colour.
        middle = np.abs(every.edges[:-1] + width / 2) < 1.5
        assert (rejected.values - rejected.baseline)[middle].sum() == pytest.approx(0)
        assert f"{hlm.num(100 * sample['rejected'].mean(), 1)} per cent" in written(figures["false_positive_tests"])


def test_no_curve_reaches_its_floor(design, figures):
    tau00, sigma2, n, _, var_x = design
    axes = figures["se_floor"].axes[0]
    floors = [line.get_ydata()[0] for line in axes.lines if len(line.get_xdata()) == 2]
    for (sizes, se), floor, J in zip(curves(axes), floors, (40, 80, 160, 320), strict=True):
        np.testing.assert_allclose(se, hlm.se_hlm(tau00, sigma2, sizes, J, var_x))
        assert floor == pytest.approx(np.sqrt(tau00 / (J * var_x)))
        assert (se > floor).all()
    np.testing.assert_allclose(dot(axes), (n, hlm.se_hlm(*design)))


def test_both_ways_begin_at_the_data_and_only_schools_go_below_the_floor(design, figures):
    tau00, sigma2, n, J, var_x = design
    axes = figures["schools_or_students"].axes[0]
    (total, schools), (_, students) = curves(axes)
    assert total[0] == pytest.approx(n * J)
    assert schools[0] == students[0] == pytest.approx(hlm.se_hlm(*design))
    floor = np.sqrt(tau00 / (J * var_x))
    assert students.min() > floor > schools.min()
    assert schools[-1] == pytest.approx(hlm.se_hlm(tau00, sigma2, n, 8 * J, var_x))
    assert students[-1] == pytest.approx(hlm.se_hlm(tau00, sigma2, 8 * n, J, var_x))
    styles = {line.get_linestyle() for line in axes.lines if len(line.get_xdata()) > 2}
    assert styles == {"-", "--"}


def test_the_power_curves_are_the_power(design, figures):
    tau00, sigma2, n, J, var_x = design
    left, right = figures["power_curves"].axes
    for (x, y), size in zip(curves(left), (2, 5, 15, n), strict=True):
        np.testing.assert_allclose(y, hlm.power(1, tau00, sigma2, size, x, var_x))
    for (x, y), count in zip(curves(right), (40, 80, 160, 320), strict=True):
        np.testing.assert_allclose(y, hlm.power(1, tau00, sigma2, x, count, var_x))
    np.testing.assert_allclose(dot(left), (J, hlm.power(1, *design)))
    np.testing.assert_allclose(dot(right), (n, hlm.power(1, *design)))


@pytest.mark.parametrize("name", NAMES)
def test_a_figure_is_a_small_transparent_svg_of_text_and_always_the_same(name, figures, calls):
    figure = figures[name]
    svg = figure.svg()
    assert texts(figure), "text is drawn as outlines"
    assert len(svg) < 150_000
    assert getattr(plots, name)(*calls[name]).svg() == svg
    assert figure.get_facecolor()[3] == 0
    assert figure.get_figwidth() == style.WIDTH
    assert not re.search(r"\d\.\d{4,}", " ".join(written(figure))), "a number with too many digits"


@pytest.mark.parametrize("name", NAMES)
def test_no_text_is_cut_off_or_covers_another(name, figures):
    figure = figures[name]
    figure.draw_without_rendering()
    renderer = figure._get_renderer()
    ticks = {t for axes in figure.axes for t in axes.get_xticklabels() + axes.get_yticklabels()}
    shown = [t for t in figure.findobj(mpl.text.Text) if t.get_text().strip() and t.get_visible() and t not in ticks]
    boxes = [(t.get_text(), mpl.text.Text.get_window_extent(t, renderer)) for t in shown]
    for text, box in boxes:
        assert box.x0 > -1, text
        assert box.x1 < figure.bbox.x1 + 1, text
        assert box.y0 > -1, text
        assert box.y1 < figure.bbox.y1 + 1, text
    for i, (first, a) in enumerate(boxes):
        for second, b in boxes[i + 1 :]:
            assert not a.overlaps(b), (first, second)


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: plots.variance_of_a_mean(-1, 39, 45), "tau00 must be zero or more"),
        (lambda: plots.variance_of_a_mean(6, 39, 45, others=(0, 5)), "n must be positive"),
        (lambda: plots.design_effects(1.5, 45), "icc is a share of variance"),
        (lambda: plots.se_floor(6, 39, 45, 160, 0), "var_x must be positive"),
        (lambda: plots.variance_parts(6, 39, 45, 160, -1), "var_x must be positive"),
        (
            lambda: plots.schools_or_students(6, 39, 45, 160, 0.25, times=1),
            "times must be more than 1 and 1,000 at most, not 1",
        ),
        (lambda: plots.power_curves(1, 6, 39, 45, 2, 0.25), "J must be at least 3"),
        (lambda: plots.false_positive_tests(pd.DataFrame({"method": ["OLS"]})), "no column 'estimate'"),
    ],
)
def test_what_makes_no_sense_is_refused(draw, message):
    with pytest.raises(ModelError, match=message):
        draw()


def test_a_method_without_samples_is_named(results):
    with pytest.raises(ModelError, match="no samples of the method 'HLM'"):
        plots.false_positive_tests(results[results["method"] == "OLS"])


def test_models_that_do_not_fit_the_picture_are_refused(d, ols, fit):
    slopes = hlm.lmer("math ~ ses + (ses | sch.id)", d)
    with pytest.raises(ModelError, match="has 2 random coefficients"):
        plots.residual_variances(ols, slopes)
    with pytest.raises(ModelError, match="share no coefficient"):
        plots.coefficient_intervals(hlm.ols("math ~ 0 + ses", d), fit)
