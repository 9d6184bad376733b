"""A figure that holds two palettes: drawn in the light one, and recoloured by a rule for each of its colours.

Shown as `figure.svg` the file is as it was drawn; as `figure.svg#dark` it is the same drawing for a dark page. Browsers
apply rules with `:target` to the part of a file that an address names; whatever else reads SVG passes them over.
"""

from __future__ import annotations

import colorsys
import re
from collections.abc import Mapping

import numpy as np

GREY = 24  # red, green and blue of a grey differ by at most this, of 255
HEX = re.compile(r"#[0-9a-fA-F]{6}\b")
STYLE = re.compile(r'style="([^"]*)"')
KINDS = ("fill", "stroke")
# A mark is defined once and used in many places. Rules reach the places and not what they show, which would keep its
# own colour; without one it takes that of the place, and Matplotlib has written the same there.
MARK = re.compile(r'(<path id="m\w+" d="[^"]*" style="[^"]*?)(?:fill|stroke): #[0-9a-fA-F]{6}(?:; )?')


def with_dark(svg: str, dark: Mapping[str, str]) -> str:
    """An SVG file that is also drawn for a dark page.

    Args:
        svg: as Matplotlib writes it, with colours in `style` attributes.
        dark: the dark palette's colour for each of the light palette's, `#rrggbb`.
    """
    svg = MARK.sub(r"\1", MARK.sub(r"\1", svg))
    styles = STYLE.findall(svg)
    rules = [
        f'#dark:target ~ * [style*="{kind}: {color}"] {{ {kind}: {in_the_dark(color, dark)} !important }}'
        for kind in KINDS
        for color in sorted({c for style in styles for c in re.findall(rf"\b{kind}: ({HEX.pattern})", style)})
    ]
    before, defs, after = svg.partition("<defs>")
    sheet = '<style type="text/css">\n' + "\n".join(rules) + "\n</style>\n "
    return f'{before}{sheet}<g id="dark"/>\n {defs}{after}'


def in_the_dark(color: str, dark: Mapping[str, str]) -> str:
    """What stands for a colour on a dark page.

    Greys between two of the palette's lie between what stands for these; any other colour keeps its hue, and is light.
    """
    known = {light.lower(): there for light, there in dark.items()}
    color = color.lower()
    if color in known:
        return known[color]
    if np.ptp(_channels(color)) > GREY:
        hue, lightness, saturation = colorsys.rgb_to_hls(*_channels(color) / 255)
        return _written(255 * np.array(colorsys.hls_to_rgb(hue, max(lightness, 1 - lightness), saturation)))
    greys = sorted((light for light in known if np.ptp(_channels(light)) <= GREY), key=_lightness)
    places, there = [_lightness(grey) for grey in greys], np.array([_channels(known[grey]) for grey in greys])
    return _written(np.array([np.interp(_lightness(color), places, channel) for channel in there.T]))


def _channels(color: str) -> np.ndarray:
    """(3,) red, green and blue, 0 to 255."""
    return np.array([int(color[k : k + 2], 16) for k in (1, 3, 5)])


def _written(channels: np.ndarray) -> str:
    return "#" + "".join(f"{round(float(value)):02x}" for value in channels)


def _lightness(color: str) -> float:
    return float(_channels(color).sum())
