"""The table that says which slide is which section: every slide is derived, pictured and practised in the book."""

import csv
import re

from test_prose import ROOT, chapters

TABLE = re.search(
    r"^## Which slide is which section .*?^: The slides",
    (ROOT / "chapters/a-ledger.qmd").read_text("utf-8"),
    re.M | re.S,
)[0]
ROWS = [
    [cell.strip() for cell in line.strip("|").split(" | ")] for line in re.findall(r"^\| (?!Slide).*$", TABLE, re.M)
]


def plain(title):
    return re.sub(r"\W", "", re.sub(r"\$([^$]*)\$", lambda m: re.sub(r"\\([a-z]+)|[_{}]", symbol, m[1]), title)).lower()


def symbol(found):
    return {"tau": "τ", "beta": "β"}.get(found[1] or "", "")


def test_every_slide_with_a_number_is_in_the_table():
    with open(ROOT / "data/slides.csv", encoding="utf-8", newline="") as file:
        titles = {row["slide"] for row in csv.DictReader(file)}
    listed = [plain(row[0]) for row in ROWS]
    assert [title for title in titles if not any(name.startswith(plain(title)) for name in listed)] == []


def test_every_slide_is_derived_pictured_and_practised():
    book = "\n".join(chapter.text for chapter in chapters())
    assert len(ROWS) > 10
    for title, *cells in ROWS:
        for cell, kind in zip(cells, ("sec", "fig", "exr"), strict=True):
            labels = re.findall(r"@([\w-]+)", cell)
            assert labels, f"{title}: no {kind}"
            for label in labels:
                assert label.startswith(f"{kind}-"), f"{title}: {label}"
                assert re.search(rf"(#|label: ){re.escape(label)}\b", book), f"{title}: there is no {label}"
