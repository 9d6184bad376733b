"""The words that press adds to a book, in the language that `lang` names, and dates as that language writes them."""

from __future__ import annotations

import datetime
import os
import re

WORDS = {
    "en": {
        "note": "Note", "tip": "Tip", "warning": "Warning", "important": "Important", "caution": "Caution",
        "sec": "Section", "fig": "Figure", "tbl": "Table", "eq": "Equation", "exr": "Exercise",
        "nte": "Note", "wrn": "Warning", "imp": "Important", "cau": "Caution",
        "chapter": "Chapter", "appendix": "Appendix", "appendices": "Appendices", "contents": "Contents",
        "line": "Line", "lines": "Lines", "on this page": "On this page",
        "previous": "Previous", "next": "Next", "menu": "Menu", "search": "Search",
        "theme": "Theme", "skip": "Skip to the text", "book": "Book", "pages": "Pages", "link to": "Link to",
        "source": "Source", "on the web": "read it on the web", "in Colab": "open it in Colab",
        "continued": "continued",
        "install": "The cells need the package that comes with the book: install it from your copy of the repository,",
        "report": "Report an error",
        "lost": "There is no such page", "lost title": "Not found", "lost try": "Try the contents, or",
        "lost start": "start from the beginning", "references": "References",
    },
    "de": {
        "note": "Hinweis", "tip": "Tipp", "warning": "Warnung", "important": "Wichtig", "caution": "Vorsicht",
        "sec": "Abschnitt", "fig": "Abbildung", "tbl": "Tabelle", "eq": "Gleichung", "exr": "Übungsaufgabe",
        "nte": "Hinweis", "wrn": "Warnung", "imp": "Wichtig", "cau": "Vorsicht",
        "chapter": "Kapitel", "appendix": "Anhang", "appendices": "Anhänge", "contents": "Inhaltsverzeichnis",
        "line": "Zeile", "lines": "Zeilen", "on this page": "Auf dieser Seite", "previous": "Zurück", "next": "Weiter",
        "menu": "Menü", "search": "Suche", "theme": "Farben", "skip": "Zum Text", "book": "Buch", "pages": "Seiten",
        "link to": "Link zu", "on the web": "im Netz lesen", "in Colab": "in Colab öffnen", "continued": "Fortsetzung",
        "install": "Die Zellen brauchen das Paket, das mit dem Buch kommt: installieren Sie es aus Ihrer Kopie,",
        "source": "Quelltext", "report": "Fehler melden",
        "lost": "Diese Seite gibt es nicht", "lost title": "Nicht gefunden",
        "lost try": "Versuchen Sie das Inhaltsverzeichnis, oder", "lost start": "beginnen Sie von vorn",
        "references": "Literatur",
    },
}  # fmt: skip

# What the script of a page says; {} is the name of the theme.
SCRIPT = {
    "en": {
        "theme": "Theme: {}. Change it", "auto": "Auto", "light": "Light", "dark": "Dark",
        "copy": "Copy", "copied": "Copied",
        "search": "Search the book", "dialog": "Search", "close": "Close", "nothing": "Nothing found.",
        "found": "Found: {}.", "back": "Back to where you were", "enlarge": "Enlarge the figure",
        "server": "Search needs the book to be read from a web server:",
    },
    "de": {
        "theme": "Farben: {}. Ändern", "auto": "Automatisch", "light": "Hell", "dark": "Dunkel",
        "copy": "Kopieren", "copied": "Kopiert",
        "search": "Im Buch suchen", "dialog": "Suche", "close": "Schließen", "nothing": "Nichts gefunden.",
        "found": "Gefunden: {}.", "back": "Zurück zur Stelle", "enlarge": "Abbildung vergrößern",
        "server": "Die Suche braucht einen Webserver, der das Buch zeigt:",
    },
}  # fmt: skip

MONTHS = {
    "en": [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
        "November", "December",
    ],
    "de": [
        "Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November",
        "Dezember",
    ],
}  # fmt: skip


def words_of(language: str, words: dict[str, dict[str, str]] = WORDS) -> dict[str, str]:
    """The words of a language tag such as de-AT; English ones where press has none."""
    return words.get(language.partition("-")[0].lower(), words["en"])


def quotes_of(language: str) -> tuple[str, str, str, str]:
    """The quotation marks of a language: double and single, opening and closing."""
    return ("„", "“", "‚", "‘") if language.lower().startswith("de") else ("“", "”", "‘", "’")


def written_date(text: str, language: str, modified: float | None = None) -> str:
    """A date as a reader sees it: 2026-11-26, 11/26/2026, today or last-modified in words; all else as it stands."""
    text = text.strip()
    iso, american = (
        re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", text),
        re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", text),
    )
    if iso:
        year, month, day = map(int, iso.groups())
    elif american:
        month, day, year = map(int, american.groups())
    elif text in ("today", "now", "last-modified"):
        moment = modified if text == "last-modified" else float(os.environ.get("SOURCE_DATE_EPOCH") or 0) or None
        day_ = datetime.date.fromtimestamp(moment) if moment else datetime.date.today()
        year, month, day = day_.year, day_.month, day_.day
    else:
        return text
    if not 1 <= month <= 12:
        return text
    german = language.lower().startswith("de")
    name = MONTHS["de" if german else "en"][month - 1]
    british = language.lower() in ("en-gb", "en-au", "en-nz", "en-ie")
    return f"{day}. {name} {year}" if german else f"{day} {name} {year}" if british else f"{name} {day}, {year}"
