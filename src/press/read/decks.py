"""Read `slides/_quarto.yml`: the decks, a project of their own to Quarto, which press makes beside the book."""

from __future__ import annotations

import re

from ..problems import BookError
from .chapters import Entry
from .project import Project, execution, size_of
from .settings import CONFIG, DECK_FORMATS, Settings
from .table import DECK

SLIDES = "slides"  # the folder of the decks, and below the book's that of what is made of them
FORMAT = DECK_FORMATS[0]

# What Quarto tells reveal.js where an author says nothing; the size of a slide among it.
DEFAULTS: dict[str, object] = {
    "width": 1050,
    "height": 700,
    "margin": 0.1,
    "hash": True,
    "history": True,
    "center": False,
    "controls-layout": "edges",
    "navigation-mode": "linear",
    "transition": "none",
    "pdf-separate-fragments": False,
}
NOT_REVEALS = ("auto-stretch", "slide-level", "incremental")


def read_decks(book: Project) -> Project | None:
    """The decks of a book, one for each .qmd file of `slides/`, in the order of their names; None if it has none.

    Paths are from the book's root. Raises BookError naming the line of whatever is wrong with the settings.
    """
    home = book.root / SLIDES
    if not (home / CONFIG).is_file():
        return None
    own = tuple(name for name in book.profiles if (home / f"_quarto-{name}.yml").is_file())  # decks need none of theirs
    settings = Settings(home, own, DECK_FORMATS, f"{SLIDES}/")
    settings.check_names()
    _check(settings, book)
    css = [f"{SLIDES}/{name}" for name in settings.files("css", f"format.{FORMAT}.css")]
    if settings.problems:
        raise BookError(*sorted(settings.problems))
    files = sorted(file for file in home.glob("*.qmd") if file.name[0] not in "_.")
    return Project(
        root=book.root,
        folder=SLIDES,
        entries=[Entry(f"{SLIDES}/{file.name}", 0) for file in files],
        title=book.title,
        authors=book.authors,
        language=settings.text("lang", "en"),
        output_dir=book.output_dir,
        css=css,
        execute=execution(settings, FORMAT),
        execute_in_root=settings.value("project.execute-dir") == "project",
        figure_size=(size_of(settings, "fig-width", 10, FORMAT), size_of(settings, "fig-height", 5, FORMAT)),
        number_depth={"html": 0, "typst": 0},
        captions={format: {"figure": "bottom", "table": "top"} for format in ("html", "typst")},
        profiles=tuple(dict.fromkeys((*book.profiles, *settings.profiles))),
        look=tuple(settings.look),
        meta=settings.settings,
    )


def reveal_settings(decks: Project) -> dict[str, object]:
    """What reveal.js is told, by its own names ("slideNumber"): Quarto's defaults, and what the author says."""
    given = decks.meta.get("format", {}).get(FORMAT)
    given = given if isinstance(given, dict) else {}
    known = {name: given[name] for name, row in DECK.items() if name in given and row.fate == "done"}
    told = {name: value for name, value in (DEFAULTS | known).items() if name not in NOT_REVEALS}
    return {re.sub(r"-(\w)", lambda letter: letter[1].upper(), name): value for name, value in told.items()}


def _check(settings: Settings, book: Project) -> None:
    if settings.value("project.type") not in (None, "default"):
        settings.wrong("project.type", f"project.type of decks is default, not {settings.value('project.type')!r}")
    output = (settings.root / settings.text("project.output-dir")).resolve()
    beside = output.name == SLIDES and output.parent.parent == book.book.resolve().parent  # an edition has its own
    if not beside:
        where = f"../{book.output_dir}/{SLIDES}"
        settings.wrong("project.output-dir", f"decks belong beside the book's pages: project.output-dir is {where}")
    for key in ("filters", "bibliography"):
        if settings.value(key):
            settings.wrong(key, f"press makes decks without {key}")
