"""The self-checks of the built book, in a browser: each number is right, each mistake that is foreseen is told apart."""

import pytest
from test_prose import CHECK, ids, told


@pytest.fixture(scope="module")
def site(book, serve):
    with serve(book) as address:
        yield address


@pytest.mark.parametrize("chapter", told(), ids=ids)
def test_every_check_of_a_chapter_answers(chapter, reader, site):
    checks = CHECK.findall(chapter.text)
    me = reader(site)
    page = me.open(f"chapters/{chapter.path.stem}.html")
    shown = page.locator(".check")
    assert shown.count() == len(checks)
    for number, (question, _) in enumerate(checks, 1):
        check = page.get_by_role("group", name=f"Check {number}", exact=True)
        assert check.locator("summary").inner_text() == f"Answer to check {number}"
        entry = check.get_by_role("textbox")
        assert entry.count() == ("{.number" in question)
        if not entry.count():
            continue
        wrongs = check.locator(".check-wrong")
        assert wrongs.count() == question.count("{.wrong}")
        for wrong in wrongs.all():
            entry.fill(wrong.get_attribute("data-number"))
            entry.press("Enter")
            assert check.get_attribute("data-state") == "wrong"
            why = " ".join(wrong.locator(".check-why").text_content().split())
            said = " ".join(check.get_by_role("status").text_content().split())
            assert said == f"✗ Not that. {why}"
        entry.fill(check.get_attribute("data-number"))
        entry.press("Enter")
        assert check.get_attribute("data-state") == "right"
        assert check.locator("details").get_attribute("open") is not None
    # A browser asks for an icon, which Quarto's book has none of; any other file that is missing is named by its address.
    assert [fault for fault in me.faults if not fault.startswith("Failed to load resource")] == []
