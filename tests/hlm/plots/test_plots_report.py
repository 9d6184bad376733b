"""The figures of chapter 13: what they draw is what the data and the models say."""

import numpy as np
import pandas as pd
import pytest

# With the fixture `figures` of this module, the imported test looks at these figures.
from test_plots import dots, test_no_text_is_cut_off_or_covers_another, texts  # noqa: F401

import hlm
from hlm.plots import style

FULL = "math ~ (meanses + sector) * ses_within + (ses_within | sch.id)"


@pytest.fixture(scope="module")
def d():
    return hlm.within_between(hlm.load_hsb(), "ses")


@pytest.fixture(scope="module")
def full(d):
    return hlm.lmer(FULL, d)


@pytest.fixture(scope="module")
def figures(d, full):
    return {
        "sector_gap": hlm.plots.sector_gap(full, d),
        "sectors_compared": hlm.plots.sectors_compared(d),
        "selection_needed": hlm.plots.selection_needed(1.2, 6.9, 0.4),
    }


def test_all_are_small_transparent_and_of_one_width(figures):
    for name, figure in figures.items():
        assert len(figure.svg()) < 150_000, name
        assert texts(figure), name
        assert figure.get_facecolor()[3] == 0
        assert figure.get_figwidth() == style.WIDTH


def test_the_gap_is_the_models_with_its_interval(full, figures):
    axes = figures["sector_gap"].axes[0]
    line = next(line for line in axes.lines if len(line.get_xdata()) > 2)
    gamma = full.params
    np.testing.assert_allclose(line.get_ydata(), gamma["sector"] + gamma["sector:ses_within"] * line.get_xdata())
    band = axes.collections[0].get_paths()[0].vertices
    at_zero = band[np.isclose(band[:, 0], line.get_xdata()[30])]
    middle = full.contrast({"sector": 1, "sector:ses_within": line.get_xdata()[30]}).iloc[0]
    assert np.ptp(at_zero[:, 1]) == pytest.approx(2 * 1.976 * middle["se"], rel=1e-3)  # t on some 150 d.f.


def test_every_school_is_compared(d, figures):
    drawn = dots(figures["sectors_compared"].axes[0])
    assert len(np.unique(drawn, axis=0)) == 160  # none hides another
    schools = d.groupby("sch.id")[["sector", "meanses"]].first()
    assert (drawn[:, 1] > 0).sum() == schools["sector"].sum()
    np.testing.assert_allclose(np.sort(drawn[:, 0]), np.sort(schools["meanses"]), atol=0.055)


def test_schools_without_a_counterpart_can_be_counted(d, figures):
    """They stand in columns in which there is no school of the other sector, and no others do."""
    drawn = pd.DataFrame(dots(figures["sectors_compared"].axes[0]), columns=["x", "y"]).round(6)
    schools = d.groupby("sch.id")[["sector", "meanses"]].first()
    ends = schools.groupby("sector")["meanses"].agg(["min", "max"])
    sectors = (drawn["y"] > 0).groupby(drawn["x"]).transform("nunique")
    alone = drawn[sectors == 1]
    outside = [alone[alone["x"] < ends["min"].max()], alone[alone["x"] > ends["max"].min()]]
    expected = (schools["meanses"] < ends["min"].max()).sum(), (schools["meanses"] > ends["max"].min()).sum()
    assert tuple(map(len, outside)) == expected


def test_the_line_of_a_mean_runs_through_no_school(figures):
    axes = figures["sectors_compared"].axes[0]
    for line in axes.lines[1:]:
        x, (foot, top) = line.get_xdata()[0], np.sort(np.abs(line.get_ydata()))
        side = np.sign(line.get_ydata()[1])
        near = [abs(y) for u, y in dots(axes) if abs(u - x) < 0.04 and y * side > 0]
        assert all(y < foot or y > top for y in near)


def test_what_is_needed_makes_up_the_gap(figures):
    curve = figures["selection_needed"].axes[0].lines[0]
    np.testing.assert_allclose(curve.get_xdata() * curve.get_ydata() * 6.9, 1.2)


def test_what_cannot_be_drawn_is_refused(d):
    with pytest.raises(hlm.ModelError, match="no coefficient 'sector:ses_within'"):
        hlm.plots.sector_gap(hlm.lmer("math ~ sector + (1 | sch.id)", d), d)
    with pytest.raises(hlm.ModelError, match=r"must be above zero and finite, not -1\.2, 6\.9 and 0\.4"):
        hlm.plots.selection_needed(-1.2, 6.9, 0.4)
