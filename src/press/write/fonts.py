"""The maths font of the site: STIX Two Math (SIL Open Font License), subset to what a statistics book writes."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

FONT = "assets/fonts/stix-two-math.woff2"
# ASCII, Latin-1, combining accents, Greek, punctuation, letterlike, arrows, operators, brackets, math alphabets.
RANGES = [
    (0x20, 0x7E), (0xA0, 0xFF), (0x131, 0x131), (0x237, 0x237), (0x2C6, 0x2DD), (0x300, 0x338), (0x391, 0x3F5),
    (0x2010, 0x2044), (0x2057, 0x2057), (0x2061, 0x2064), (0x20D0, 0x20D7), (0x2100, 0x214B), (0x2190, 0x21D5),
    (0x2200, 0x22F1), (0x2308, 0x230B), (0x23B4, 0x23DF), (0x25A0, 0x25FF), (0x27C2, 0x27C2), (0x27E6, 0x27EF),
    (0x27F5, 0x27FA), (0x2A00, 0x2A06), (0x2A7D, 0x2A7E), (0x1D400, 0x1D4CF), (0x1D538, 0x1D56B), (0x1D6A4, 0x1D755),
]  # fmt: skip


def make_maths_font(target: Path) -> None:
    """Write the font as `target`, unless it is there. It is made, not committed: ziamath's package carries it."""
    if target.is_file():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    new = target.with_suffix(".new")
    new.write_bytes(_maths_font())
    new.replace(target)


@cache
def _maths_font() -> bytes:
    """The font's file; to make it takes longer than all else of a small book."""
    from fontTools import subset

    options = subset.Options(flavor="woff2", layout_features=["*"], name_IDs=[0, 1, 2, 13, 14], hinting=False)
    options.recalc_timestamp = False
    (package,) = find_spec("ziamath").submodule_search_locations
    font = subset.load_font(f"{package}/fonts/STIXTwoMath-Regular.ttf", options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=[c for first, last in RANGES for c in range(first, last + 1)])
    subsetter.subset(font)
    made = BytesIO()
    subset.save_font(font, made, options)
    return made.getvalue()
