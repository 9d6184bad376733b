"""The figures: what they draw is in the data, they look alike, and each is the same file every time."""

import re
import xml.etree.ElementTree as ET
from base64 import b64decode

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgb

import hlm
from hlm.plots import style

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def d():
    return hlm.load_hsb()


@pytest.fixture(scope="module")
def fits(d):
    return hlm.ols("math ~ sector", d), hlm.lmer("math ~ sector + (1 | sch.id)", d)


@pytest.fixture(scope="module")
def figures(d, fits):
    return {
        "school_sizes": hlm.plots.school_sizes(d),
        "school_means": hlm.plots.school_means(d),
        "math_by_sector": hlm.plots.math_by_sector(d),
        "two_intervals": hlm.plots.two_intervals(*fits),
    }


def texts(figure):
    return [t.text for t in ET.fromstring(figure.svg()).iter(f"{SVG}text")]


def dots(axes):
    return np.vstack([np.asarray(c.get_offsets()) for c in axes.collections if len(c.get_offsets())])


def test_every_school_has_its_dot(d, figures):
    n = d.groupby("sch.id").size()
    drawn = dots(figures["school_sizes"].axes[0])
    assert sorted(drawn[:, 0]) == sorted(n)
    assert len(np.unique(drawn, axis=0)) == 160  # none hides another
    assert "mean 44.9" in texts(figures["school_sizes"])


def test_every_schools_mean_is_drawn_in_order(d, figures):
    means = np.sort(d.groupby("sch.id")["math"].mean())
    points = [c for c in figures["school_means"].axes[0].collections if type(c).__name__ == "PathCollection"]
    drawn = np.vstack([np.asarray(c.get_offsets()) for c in points])
    drawn = drawn[np.argsort(drawn[:, 0])]
    np.testing.assert_allclose(drawn[:, 1], means)
    np.testing.assert_array_equal(drawn[:, 0], np.arange(1, 161))


def test_the_legend_has_the_colours_of_the_bars(figures):
    axes = figures["school_means"].axes[0]
    bars = [c for c in axes.collections if type(c).__name__ == "LineCollection"]
    halves = [line for line in axes.get_legend().findobj(mpl.lines.Line2D) if line.get_linestyle() == "-"]
    assert {mpl.colors.to_rgb(line.get_color()) for line in halves} == {tuple(c.get_color()[0][:3]) for c in bars}


def test_a_schools_bar_holds_the_middle_half_of_its_students(d, figures):
    bars = [c for c in figures["school_means"].axes[0].collections if type(c).__name__ == "LineCollection"]
    ends = {x: (low, high) for c in bars for (x, low), (_, high) in c.get_segments()}
    schools = [school["math"] for _, school in d.groupby("sch.id")]
    for rank, math in enumerate(sorted(schools, key=np.mean), start=1):
        low, high = ends[rank]
        for end, share in ((low, 0.25), (high, 0.75)):  # some students may have the same score as its end
            assert (math < end).mean() - 1 / len(math) <= share <= (math <= end).mean() + 1 / len(math)


def test_the_histograms_hold_all_students_of_their_sector(d, figures):
    for axes, code in zip(figures["math_by_sector"].axes, (0, 1), strict=True):
        (stairs,) = axes.patches
        assert stairs.get_data().values.sum() == pytest.approx(100)
        assert len(dots(axes)) == d.loc[d["sector"] == code, "sch.id"].nunique()


def test_the_intervals_are_the_models(fits, figures):
    axes = figures["two_intervals"].axes[0]
    spans = [line.get_xdata() for line in axes.lines if len(line.get_xdata()) == 2 and line.get_linewidth() > 2]
    for fit, span in zip(fits, spans, strict=True):
        np.testing.assert_allclose(span, fit.conf_int().loc["sector"].to_numpy())


def test_two_intervals_says_which_coefficients_there_are(fits):
    with pytest.raises(ValueError, match=r"no coefficient 'ses'; it has Intercept, sector"):
        hlm.plots.two_intervals(*fits, term="ses")


@pytest.mark.parametrize("name", ["school_sizes", "school_means", "math_by_sector", "two_intervals"])
def test_a_figure_is_a_small_searchable_transparent_svg_and_always_the_same(d, figures, fits, name):
    figure = figures[name]
    svg = figure.svg()
    assert len(svg) < 150_000
    assert texts(figure), "text is drawn as outlines"
    assert "DejaVu Sans" in svg
    assert "<dc:date>" not in svg
    draw = getattr(hlm.plots, name)
    again = draw(*fits) if name == "two_intervals" else draw(d)
    assert again.svg() == svg
    assert figure.get_facecolor()[3] == 0
    assert figure.get_figwidth() == style.WIDTH


def test_no_text_is_cut_off_or_covers_another(figures):
    for name, figure in figures.items():
        figure.draw_without_rendering()
        renderer = figure.canvas.get_renderer() if hasattr(figure.canvas, "get_renderer") else figure._get_renderer()
        shown = [t for t in figure.findobj(mpl.text.Text) if t.get_text().strip() and t.get_visible()]
        boxes = [(t.get_text(), t.get_window_extent(renderer)) for t in shown]
        ticks = {t.get_text() for axes in figure.axes for t in axes.get_xticklabels() + axes.get_yticklabels()}
        for text, box in boxes:
            if text in ticks:
                continue
            assert box.x0 > -1, (name, text)
            assert box.x1 < figure.bbox.x1 + 1, (name, text)
            assert box.y0 > -1, (name, text)
            assert box.y1 < figure.bbox.y1 + 1, (name, text)
        for i, (first, a) in enumerate(boxes):
            for second, b in boxes[i + 1 :]:
                assert not a.overlaps(b) or first in ticks or second in ticks, (name, first, second)


def test_drawing_changes_nothing_else(d):
    before = dict(mpl.rcParams)
    figure = hlm.plots.school_sizes(d)
    figure.svg()
    assert dict(mpl.rcParams) == before
    assert plt.get_fignums() == []


def test_a_notebook_shows_a_figure_once_as_svg_with_text(d):
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.core.pylabtools import select_figure_formats
    from IPython.utils.capture import capture_output

    shell = InteractiveShell.instance()
    try:
        for formats in (["svg"], ["png"]):
            select_figure_formats(shell, formats, bbox_inches="tight")
            with capture_output() as captured:
                shell.display_formatter.format(hlm.plots.school_sizes(d))
            (output,) = captured.outputs
            assert set(output.data) == {"text/html", "text/plain"}
            image = re.fullmatch(r'<img alt="figure" src="data:image/svg\+xml;base64,(.*)">', output.data["text/html"])
            svg = b64decode(image[1]).decode()
            assert "<text" in svg
            assert 'style="background: #ffffff"' in svg.partition("viewBox")[0]
        shell.display_formatter.active_types = ["text/plain", "image/svg+xml"]  # the book's settings of IPython
        with capture_output() as captured:
            shell.display_formatter.format(hlm.plots.school_sizes(d))
        assert set(captured.outputs[0].data) == {"image/svg+xml", "text/plain"}
    finally:
        InteractiveShell.clear_instance()


def luminance(color):
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(color)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(color, ground="white"):
    light, dark = sorted((luminance(color), luminance(ground)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


ROLES = (style.CATHOLIC, style.PUBLIC, style.OLS, style.MIXED)


def test_text_can_be_read_on_white():
    assert all(contrast(c) >= 4.5 for c in (style.INK, style.MUTED, *(r.dark for r in ROLES)))
    assert all(contrast(r.color) >= 2.9 for r in ROLES)


def test_roles_differ_in_more_than_colour():
    for first, second in ((style.CATHOLIC, style.PUBLIC), (style.OLS, style.MIXED)):
        assert first.color != second.color
        assert first.marker != second.marker
        assert first.linestyle != second.linestyle
