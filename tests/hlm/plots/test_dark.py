"""A figure on a dark page: each colour of it is another one there, that can be read."""

import re
from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hlm.plots.dark import in_the_dark, with_dark
from hlm.plots.style import CATHOLIC, DARK, FAINT, INK, MIXED, MUTED, OLS, PAPER, PUBLIC, BookFigure

GROUND = DARK[PAPER]
ROLES = (CATHOLIC, PUBLIC, OLS, MIXED)


def luminance(color):
    channels = np.array([int(color[k : k + 2], 16) for k in (1, 3, 5)]) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def contrast(one, other):
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("color", [INK, MUTED, *(role.dark for role in ROLES)])
def test_text_can_be_read(color):
    assert contrast(in_the_dark(color, DARK), GROUND) >= 4.5


@pytest.mark.parametrize("color", [*(role.color for role in ROLES)])
def test_marks_can_be_seen(color):
    assert contrast(in_the_dark(color, DARK), GROUND) >= 3


def test_lines_that_only_guide_the_eye_do_not_vanish():
    assert contrast(in_the_dark(FAINT, DARK), GROUND) >= contrast(FAINT, PAPER)


def test_greys_between_two_of_the_palette_lie_between_what_stands_for_these():
    between = luminance(in_the_dark("#3a4047", DARK))
    assert luminance(DARK[MUTED]) < between < luminance(DARK[INK])


@given(st.from_regex(r"#[0-9a-f]{6}", fullmatch=True))
def test_no_other_colour_is_darker_than_it_was(color):
    there = in_the_dark(color, DARK)
    assert re.fullmatch("#[0-9a-f]{6}", there)
    if color not in map(str.lower, DARK) and max(color[1:3], color[3:5], color[5:]) < "60":
        assert luminance(there) >= luminance(color)


def drawn():
    figure = BookFigure()
    axes = figure.subplots()
    axes.plot([0, 1], color=INK, marker="o", markerfacecolor="white", markeredgecolor=INK)
    axes.fill_between([0, 1], [0, 1], color=CATHOLIC.color)
    axes.text(0, 0, "here", color="#aa1122")
    return figure.svg()


def colours(svg: str) -> set[tuple[str, str]]:
    styles = re.findall(r'style="([^"]*)"', svg)
    return {pair for style in styles for pair in re.findall(r"(fill|stroke): (#[0-9a-fA-F]{6})", style)}


def test_every_colour_has_its_rule():
    svg = drawn()
    for kind, color in colours(svg):
        there = in_the_dark(color, DARK)
        assert f'#dark:target ~ * [style*="{kind}: {color}"] {{ {kind}: {there} !important }}' in svg
    assert svg.index('<g id="dark"/>') < svg.index('<g id="figure_1">')


def test_a_mark_has_the_colours_of_the_places_where_it_is_used():
    """Rules do not reach what a place shows: open circles and crosses vanished from dark pages."""
    svg = drawn()
    marks = dict(re.findall(r'<path id="(m\w+)" d="[^"]*" style="([^"]*)"', svg))
    places = re.findall(r'<use xlink:href="#(m\w+)"[^>]* style="([^"]*)"', svg)
    assert marks
    assert {name for name, _ in places} == set(marks)
    assert not [style for style in marks.values() if "#" in style]
    assert all(re.search("stroke: #", style) for _, style in places)


def test_the_same_drawing_whatever_the_palette():
    svg = '<svg><defs/><g style="fill: #1b1f24"/></svg>'
    palette: Mapping[str, str] = {"#1b1f24": "#ffffff"}
    assert with_dark(svg.replace("<defs/>", "<defs></defs>"), palette).endswith('<g style="fill: #1b1f24"/></svg>')
