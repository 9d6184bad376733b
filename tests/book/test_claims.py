"""What the prose concludes from the data is asserted beside it, and no assertion is one that no data could break."""

import re

import claims
import pytest
from test_prose import Cell, Chapter, chapters, ids

held = [chapter for chapter in chapters() if any("assert " in cell.code for cell in chapter.cells)]
every_chapter_with_claims = pytest.mark.parametrize("chapter", held, ids=ids)


def words(text: str) -> str:
    """As a sentence is compared: without code, marks and line ends, so that a computed number may stand in it."""
    text = re.sub(r"`\{python\}[^`]*`", " ", text)
    return " ".join(re.sub(r"[*_`$\\{}]|:::.*", " ", text).split())


@every_chapter_with_claims
def test_a_claim_quotes_its_sentence(chapter: Chapter):
    """Word for word, from the prose of its chapter, so that the message names what is no longer true."""
    prose = words("\n".join(line for _, line in chapter.prose))
    for claim in claims.read(chapter.cells)[0]:
        quoted = [words(piece) for piece in claim.sentence.split("…")]
        assert len(" ".join(quoted).split()) >= 4, f"{chapter.where(claim.line)}: quote the sentence as the message"
        for piece in quoted:
            assert piece in prose, f"{chapter.where(claim.line)}: not in the chapter's prose: {piece}"


@every_chapter_with_claims
def test_a_claim_stands_in_a_hidden_cell(chapter: Chapter):
    for cell in chapter.cells:
        if "assert " in cell.code:
            assert cell.options.get("include") is False, f"{chapter.where(cell.line)}: add #| include: false"


@every_chapter_with_claims
def test_every_claim_can_be_broken(chapter: Chapter):
    """Each holds on the data, and for each there are other data on which it does not."""
    found, steps = claims.read(chapter.cells)
    unbroken = {claim.place for claim in found}
    first = claims.hold(steps, unbroken)
    assert [c.sentence for c in found if not first.get(c.place)] == []
    changes = [(c, loader) for loader, worlds in claims.WORLDS_OF.items() if loader in chapter.text for c in worlds]
    for change, loader in changes:
        unbroken -= {place for place, holds in claims.hold(steps, unbroken, change, loader).items() if not holds}
        if not unbroken:
            return
    assert [c.sentence for c in found if c.place in unbroken] == [], "no change of the data breaks these"


def test_a_claim_that_no_data_could_break_is_found():
    cells = [
        Cell(1, {}, "import hlm\nd = hlm.load_hsb()"),
        Cell(5, {}, 'assert len(d) > 0, "There are data."\nassert d["sector"].mean() < 0.5, "Fewer are Catholic."'),
    ]
    found, steps = claims.read(cells)
    outcomes = [claims.hold(steps, {0, 1}, change) for change in (None, *claims.WORLDS)]
    assert [claim.sentence for claim in found] == ["There are data.", "Fewer are Catholic."]
    assert all(outcome[0] for outcome in outcomes)
    assert outcomes[0][1]
    assert not all(outcome[1] for outcome in outcomes)


def test_a_claim_rests_on_what_its_names_were_made_of():
    code = """import hlm
d = hlm.load_hsb()
fit = hlm.lmer("math ~ 1 + (1 | sch.id)", d)
d["high"] = d["math"] > 20
fit = hlm.ols("math ~ ses", d)
print(fit.params)
shares = {name: d.loc[d["sector"] == fit, "high"].mean() for fit, name in enumerate(["public", "Catholic"])}
shares |= {"all": d["high"].mean()}
assert shares["public"] < shares["all"], "Fewer students of public schools score high."
assert fit.params["ses"] > 0, "Students of higher ses score higher."
"""
    _, steps = claims.read([Cell(1, {}, code)])
    lines = code.splitlines()
    assert [lines[steps.index(step)] for step in claims.needed(steps, {0})] == [*lines[:2], lines[3], *lines[6:9]]
    assert [lines[steps.index(step)] for step in claims.needed(steps, {1})] == [*lines[:2], *lines[3:5], lines[9]]
