"""Set Typst as a PDF. A preview sets its book again and again: what has not changed is not set anew."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path

from ..problems import BookError
from .fonts import font_folders

MAIN = "press-book.typ"


def typeset(work: Path, folder: Path, text: str) -> bytes:
    """The PDF of this Typst source, for which "/" is `folder`. Raises BookError with Typst's own words.

    Typst keeps by their names the files it has read. So they are set from one place below `work`, whose links lead into
    `folder`, another one each time.
    """
    import typst

    place = work.resolve() / "typeset"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    for entry in folder.resolve().iterdir():
        (place / entry.name).symlink_to(entry)
    (place / MAIN).write_text(text, "utf-8")
    try:
        return _compiler(place).compile(format="pdf", pdf_standards=["ua-1"])
    except typst.TypstError as error:
        raise BookError(f"Typst: {getattr(error, 'diagnostic', error)}".strip()) from None
    finally:
        shutil.rmtree(place, ignore_errors=True)


@cache
def _compiler(place: Path):
    """The compiler for this place, with only the fonts of packages: everywhere the same PDF."""
    import typst

    fonts = [str(folder) for folder in font_folders()]
    return typst.Compiler(str(place / MAIN), root=str(place), font_paths=fonts, ignore_system_fonts=True)
