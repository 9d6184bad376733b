"""Self-checks in a real browser, under press's security policy: numbers, keys, what is read out, paper, no scripts."""

import re
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SITE = ROOT / "src/press/write/site"


def check(number, *wrong, attributes=""):
    wrongs = "".join(f"::: {{.wrong}}\n{one}\n:::\n\n" for one in wrong)
    return (
        f"::: {{.check}}\nHow much?\n\n::: {{.number{attributes}}}\n{number}\n:::\n\n{wrongs}"
        "::: {.answer}\nSo it is.\n:::\n:::\n\n"
    )


TEXT = "# A page\n\n" + "".join(
    [
        check("0.44 points", "0.16: You have divided by all *students*, $n$.", "−0.44: That is public minus Catholic."),
        check("7,185 students", "160.4: You have counted schools."),
        check("18 per cent", attributes=' tolerance="1"'),
        check("−1.5"),
        "::: {.check}\nWhy?\n\n::: {.answer}\nBecause of that.\n:::\n:::\n",
    ]
)


@pytest.fixture(scope="module")
def site(tmp_path_factory, serve, pandoc):
    folder = tmp_path_factory.mktemp("checks")
    (folder / "assets").mkdir()
    for file in (ROOT / "assets/book.css", ROOT / "assets/checks.js", SITE / "press.css", SITE / "theme.js"):
        shutil.copy(file, folder / "assets")
    shutil.copytree(ROOT / "assets/fonts", folder / "assets/fonts", dirs_exist_ok=True)
    policy = re.search(r'<meta http-equiv="Content-Security-Policy"[^>]*>', (SITE / "page.html").read_text()).group()
    body = pandoc("checks.lua", TEXT, "html")
    (folder / "index.html").write_text(
        f'<!doctype html><html lang="en"><head><meta charset="utf-8">{policy}<title>Checks</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="icon" href="data:,"><script src="assets/theme.js"></script>'
        '<link rel="stylesheet" href="assets/press.css"><link rel="stylesheet" href="assets/book.css"></head>'
        f'<body><main id="content">{body}</main></body></html>'
    )
    with serve(folder) as address:
        yield address


class Check:
    """A check of a page, as a reader uses it: type, press Enter, read what is said."""

    def __init__(self, page, number):
        self.page, self.at = page, page.get_by_role("group", name=f"Check {number}", exact=True)
        self.entry = self.at.get_by_role("textbox")
        self.button = self.at.get_by_role("button", name=f"Check answer {number}")
        self.said = self.at.get_by_role("status")
        self.answer = self.at.locator("details")

    def give(self, text):
        self.entry.fill(text)
        self.entry.press("Enter")
        return self.said.inner_text()

    @property
    def state(self):
        return self.at.get_attribute("data-state")


@pytest.fixture
def open_page(reader, site):
    def open_(**settings):
        me = reader(site, **settings)
        me.open("index.html")
        if settings.get("java_script_enabled", True):
            me.page.locator(".check-form").nth(3).wait_for()
        return me

    return open_


RIGHT = [
    (1, "0.44"), (1, ".44"), (1, "0,44"), (1, ",44"), (1, " +0.44 points"), (1, "0.439"), (1, "0,439"), (1, "0.4391"), (1, "44 %"),
    (2, "7185"), (2, "7,185"), (2, "7.185,0"), (2, "7 185"), (2, "7'185 students"),
    (3, "18"), (3, "18%"), (3, "18,2 per cent"),
    (4, "-1.5"), (4, "−1,5"), (4, "–1.50"),
]  # fmt: skip


def test_a_right_number_is_right_however_it_is_written(open_page):
    me = open_page()
    for number, text in RIGHT:
        one = Check(me.page, number)
        assert "Right." in one.give(text), (number, text)
        assert one.state == "right"
        assert one.answer.get_attribute("open") is not None, "the explanation unfolds"
    assert me.faults == []


OTHER = [
    (1, "0.16", "wrong", "Not that. You have divided by all students"),
    (1, "−0.44", "wrong", "That is public minus Catholic."),
    (1, "0.45", "right", "Close enough: it is 0.44 points."),
    (1, "0.4", "part", "Right as far as it goes. Give two decimals."),
    (1, "0.9", "wrong", "too far from zero. Try again, or unfold the answer."),
    (1, "0.2", "wrong", "too close to zero. Try again"),
    (1, "44", "wrong", "Not that"),
    (2, "7,184", "wrong", "Not that"),
    (2, "160.4", "wrong", "Not that. You have counted schools."),
    (2, "160", "wrong", "Not that: too close to zero. Try again"),  # a mistake is told by its own decimals
    (2, "7.185", "wrong", "Not that"),
    (3, "17.2", "right", "Close enough: it is 18 per cent."),
    (3, "0.18", "part", "That is the share. The question asks for per cent."),
    (3, "16", "wrong", "Not that"),
    (4, "1.5", "part", "The size is right. Look at the sign."),
    (4, "-2", "part", "Give one decimal."),
    (4, "0", "wrong", "Not that: too close to zero"),
    (4, "", "none", "Enter a number, in figures."),
    (4, "about one", "none", "Enter a number, in figures."),
    (4, "1.5.5", "none", "Enter a number, in figures."),
]


def test_any_other_number_is_told_what_is_wrong_with_it(open_page):
    me = open_page()
    for number, text, state, words in OTHER:
        one = Check(me.page, number)
        assert words in one.give(text), (number, text, one.said.inner_text())
        assert one.state == state, (number, text)
    assert me.faults == []


def test_the_word_is_gone_as_soon_as_another_number_is_typed(open_page):
    one = Check(open_page().page, 1)
    one.give("0.16")
    one.entry.press("Backspace")
    assert (one.said.inner_text(), one.state) == ("", None)
    one.entry.fill("0.44")
    one.button.click()
    assert one.state == "right"


def test_a_wrong_number_leaves_the_answer_folded(open_page):
    one = Check(open_page().page, 1)
    one.give("0.16")
    assert one.answer.get_attribute("open") is None


def test_by_keyboard_alone(open_page):
    page = open_page().page
    one = Check(page, 1)
    page.keyboard.press("Tab")
    assert one.entry.evaluate("e => e === document.activeElement")
    page.keyboard.type("0.16")
    page.keyboard.press("Tab")
    assert one.button.evaluate("e => e === document.activeElement")
    page.keyboard.press("Space")
    assert one.state == "wrong"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert one.answer.get_attribute("open") is not None
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_what_a_screen_reader_is_told(open_page, axe):
    page = open_page().page
    shown = Check(page, 1).at.aria_snapshot()
    assert 'textbox "Your answer, in points, two decimals"' in shown
    assert "Answer to check 1" in shown
    one = Check(page, 1)
    said = one.said.get_attribute("id")
    assert one.entry.get_attribute("aria-describedby") == said
    one.give("0.44")
    assert one.said.inner_text().startswith("✓")
    assert page.locator(f"#{said} [aria-hidden=true]").inner_text().strip() == "✓", "a mark, not a word"
    assert Check(page, 2).at.get_by_label("Your answer, in students, a whole number").count() == 1
    assert Check(page, 5).at.get_by_role("textbox").count() == 0
    assert axe(page, within="main") == []


def test_a_phone_is_given_the_keys_that_it_needs(open_page):
    page = open_page(width=390).page
    assert Check(page, 1).entry.get_attribute("inputmode") == "decimal"
    assert Check(page, 4).entry.get_attribute("inputmode") == "text", "the other keys have no minus"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    sizes = [Check(page, 1).button.bounding_box()["height"], Check(page, 1).answer.bounding_box()["height"]]
    assert min(sizes) >= 24


def test_state_is_told_by_more_than_colour(open_page):
    page = open_page(forced_colors="active").page
    one, borders = Check(page, 1), {}
    for text in ("0.44", "0.16", "0.4"):
        one.give(text)
        borders[one.state] = one.entry.evaluate("e => getComputedStyle(e).borderStyle")
    assert len(set(borders.values())) == 3


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_can_be_read_in_both_themes(open_page, axe, theme):
    page = open_page(theme=theme).page
    for number, text in ((1, "0.44"), (2, "1"), (3, "0.18")):
        Check(page, number).give(text)
    assert axe(page, only=["color-contrast"], within="main") == []


def test_without_scripts_it_is_a_question_with_an_answer_that_unfolds(open_page):
    page = open_page(java_script_enabled=False).page
    assert page.get_by_role("textbox").count() == 0
    answer = page.get_by_text("You have divided by all")
    assert not answer.is_visible()
    page.get_by_text("Answer to check 1").click()
    assert answer.is_visible()


def test_on_paper_question_and_answer_stand_there(open_page):
    page = open_page().page
    page.emulate_media(media="print")
    assert page.get_by_text("So it is.").first.is_visible()
    assert not page.get_by_role("textbox").first.is_visible()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details:not([open])").count() == 0
