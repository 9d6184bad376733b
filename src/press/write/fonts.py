"""The fonts of the site and of the PDF: Source Serif for text, STIX Two Math for formulas (SIL Open Font License).

They are made, not committed: packages carry them whole. The site has them subset; Typst reads the packages' own files.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

from ..read.project import Project

FOLDER, PDF_FONTS = "assets/fonts", "assets/quarto/fonts"  # of a book by Quarto
TEXT_PACKAGE, MATHS_PACKAGE = ("font_source_serif_pro", "files"), ("ziamath", "fonts")
# ASCII, Latin with its accents, Greek, punctuation, arrows and the signs of a sentence with numbers in it.
TEXT = [
    (0x20, 0x7E), (0xA0, 0x17F), (0x2C6, 0x2DD), (0x391, 0x3C9), (0x2010, 0x2044), (0x20AC, 0x20AC), (0x2122, 0x2122),
    (0x2190, 0x2193), (0x2212, 0x2212), (0x2248, 0x2248), (0x2260, 0x2265),
]  # fmt: skip
# ASCII, Latin-1, combining accents, Greek, punctuation, subscripts, letterlike, arrows, operators, brackets, alphabets.
MATHS = [
    (0x20, 0x7E), (0xA0, 0xFF), (0x131, 0x131), (0x237, 0x237), (0x2C6, 0x2DD), (0x300, 0x338), (0x391, 0x3F5),
    (0x2010, 0x2044), (0x2057, 0x2057), (0x2061, 0x2064), (0x2080, 0x208E), (0x20D0, 0x20D7), (0x2100, 0x214B),
    (0x2190, 0x21D5),
    (0x2200, 0x22F1), (0x2308, 0x230B), (0x23B4, 0x23DF), (0x25A0, 0x25FF), (0x27C2, 0x27C2), (0x27E6, 0x27EF),
    (0x27F5, 0x27FA), (0x2A00, 0x2A06), (0x2A7D, 0x2A7E), (0x1D400, 0x1D4CF), (0x1D538, 0x1D56B), (0x1D6A4, 0x1D755),
]  # fmt: skip
FONTS = {
    "source-serif.woff2": (*TEXT_PACKAGE, "SourceSerifPro-Regular.ttf", TEXT),
    "source-serif-italic.woff2": (*TEXT_PACKAGE, "SourceSerifPro-It.ttf", TEXT),
    "source-serif-bold.woff2": (*TEXT_PACKAGE, "SourceSerifPro-Bold.ttf", TEXT),
    "source-serif-bold-italic.woff2": (*TEXT_PACKAGE, "SourceSerifPro-BoldIt.ttf", TEXT),
    "stix-two-math.woff2": (*MATHS_PACKAGE, "STIXTwoMath-Regular.ttf", MATHS),
}
FAMILY = "Book Serif"  # of the site's text
TEXT_FONT, MATHS_FONT = f"{FOLDER}/source-serif.woff2", f"{FOLDER}/stix-two-math.woff2"


def make_fonts(folder: Path, named: Iterable[str] = FONTS) -> dict[str, bytes]:
    """Fonts by their paths in the site; they are kept in this folder, and made if they are not there."""
    return {f"{FOLDER}/{name}": _kept(folder / name) for name in named}


def named_by(project: Project) -> list[str]:
    """The fonts that a book's own style sheets name."""
    sheets = " ".join((project.root / sheet).read_text("utf-8") for sheet in project.css)
    return [name for name in FONTS if name in sheets]


def font_folders() -> list[Path]:
    """Where the packages have the fonts of the PDF; its code is in matplotlib's."""
    folders = [TEXT_PACKAGE, MATHS_PACKAGE, ("matplotlib", "mpl-data/fonts/ttf")]
    return [_package(package) / place for package, place in folders]


def copy_fonts(folder: Path) -> None:
    """Copy what the PDF's text and formulas need into a folder for Quarto, which knows nothing of Python's packages."""
    folder.mkdir(parents=True, exist_ok=True)
    for package, place, name, _ in FONTS.values():
        if not (folder / name).is_file():
            (folder / name).write_bytes((_package(package) / place / name).read_bytes())


def _package(name: str) -> Path:
    (found,) = find_spec(name).submodule_search_locations  # found, not imported: matplotlib takes a second
    return Path(found)


def _kept(file: Path) -> bytes:
    if not file.is_file():
        file.parent.mkdir(parents=True, exist_ok=True)
        new = file.with_suffix(".new")
        new.write_bytes(_subset(file.name))
        new.replace(file)
    return file.read_bytes()


@cache
def _subset(name: str) -> bytes:
    """A font's file for the site; to make it takes longer than all else of a small book."""
    from fontTools import subset

    package, place, source, ranges = FONTS[name]
    options = subset.Options(flavor="woff2", layout_features=["*"], name_IDs=[0, 1, 2, 13, 14], hinting=False)
    options.recalc_timestamp = False
    font = subset.load_font(str(_package(package) / place / source), options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=[c for first, last in ranges for c in range(first, last + 1)])
    subsetter.subset(font)
    for record in [
        one for one in font["name"].names if one.nameID == 1
    ]:  # a part of it may not bear the font's own name
        record.string = FAMILY if package == TEXT_PACKAGE[0] else str(record)
    made = BytesIO()
    subset.save_font(font, made, options)
    return made.getvalue()
