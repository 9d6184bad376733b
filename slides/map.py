"""Write the map of the decks: which slide of the original course is which slide here, and which section of the book.

`python slides/map.py` reads it off the speaker's notes of the decks and writes `slides/_map.md`, which the deck
`slides/index.qmd` shows. `tests/book/test_decks.py` fails where that file is not what the notes say.
"""

import re
from dataclasses import dataclass
from pathlib import Path

SLIDES = Path(__file__).parent
DECKS = sorted(SLIDES.glob("[0-9]*.qmd"))
MAP = SLIDES / "_map.md"

TITLE = re.compile(r"^title: (.+)$", re.M)
SLIDE = re.compile(r"^## (.+?) \{#([\w-]+)[^}]*\}\n(.*?)(?=^## |\Z)", re.M | re.S)
NOTES = re.compile(r"^::: \{\.notes\}\n(.*?)^:::$", re.M | re.S)
ORIGINAL = re.compile(r"^Original slide: \*(.+?)\*(?: (\(.+?\)))?\.$", re.M)
SECTIONS = re.compile(r"^In the book: (.+)\.$", re.M)
LINK = re.compile(r"\[([^\]]+)\]\(([^)]+)\)")


@dataclass(frozen=True)
class Slide:
    """A slide of a deck: `original` is the title of the course's slide that it stands for, or nothing.

    `sections` are (title, address) of sections of the book.
    """

    deck: str
    title: str
    name: str
    original: str
    sections: tuple[tuple[str, str], ...]
    text: str


def title_of(deck: Path) -> str:
    return TITLE.search(deck.read_text("utf-8"))[1]


def slides_of(deck: Path) -> list[Slide]:
    """The slides of a deck, in order."""
    found = []
    for title, name, text in SLIDE.findall(deck.read_text("utf-8")):
        notes = "\n".join(NOTES.findall(text))
        original, sections = ORIGINAL.search(notes), SECTIONS.search(notes)
        of_course = " ".join(filter(None, original.groups())) if original else ""
        links = tuple(LINK.findall(sections[1])) if sections else ()
        found.append(Slide(deck.stem, title, name, of_course, links, text))
    return found


def as_slides() -> str:
    """The map as Markdown: for each deck a slide with a table."""
    parts = []
    for deck in DECKS:
        rows: dict[str, list[Slide]] = {}
        for slide in slides_of(deck):
            if slide.original:
                rows.setdefault(slide.original, []).append(slide)
        if not rows:  # the book goes on where the course ends
            continue
        lines = [f"## The course’s slides: {title_of(deck)} {{#map-{deck.stem[:2]} .smaller}}", ""]
        lines += ["| Slide of the course | Here | In the book |", f"|:{'-' * 30}|:{'-' * 40}|:{'-' * 30}|"]
        lines += [_row(original, slides) for original, slides in rows.items()]
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def _row(original: str, slides: list[Slide]) -> str:
    here = "; ".join(f"[{slide.title}]({slide.deck}.html#{slide.name})" for slide in slides)
    sections = dict.fromkeys(section for slide in slides for section in slide.sections)
    book = "; ".join(f"[{title}]({href})" for title, href in sections)
    return f"| {original} | {here} | {book} |"


if __name__ == "__main__":
    MAP.write_text(as_slides(), "utf-8")
