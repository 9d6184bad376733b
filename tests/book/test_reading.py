"""Every page of the book in a real browser: quiet, within the screen, and for everybody (WCAG 2.2 AA)."""

import os
import random
import re

import pytest

PROSE = re.compile(r"\b[A-Za-z]+(?: [a-z]+){9}\b")  # there is prose in it, not formulas alone
SCREENS = {"desktop": (1280, 900), "phone": (390, 844)}


@pytest.fixture(scope="module")
def site(book, serve, browser):
    with serve(book) as address:
        yield address


def paths(book):
    found = [page.relative_to(book).as_posix() for page in sorted(book.rglob("*.html"))]
    return [path for path in found if not path.startswith("slides/")]  # test_decks has them


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("screen", SCREENS)
def test_every_page(book, site, reader, axe, screen, theme):
    width, height = SCREENS[screen]
    me = reader(site, width=width, height=height, theme=theme)
    found = []
    for path in paths(book):
        page = me.open(path)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        found += [f"{path}: {wide} px wider than the screen"] if wide > 0 else []
        if "BOOK" in os.environ:  # axe's rules are promised of press's pages; Quarto's theme is its own
            continue
        page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
        rules = ["color-contrast"] if theme == "dark" else None  # in the dark only the colours are others
        where = "header, nav" if theme == "dark" and screen == "phone" else None  # and on a phone only the menu
        found += [f"{path}: {fault}" for fault in axe(page, only=rules, within=where)]
    assert found + me.faults == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_figure_is_drawn_for_the_theme_and_for_paper(book, site, reader, theme):
    """Of the two palettes the page shows one, without a filter; the reader's choice comes before the system's."""
    page = reader(site, theme=theme).open("chapters/06-random-coefficients.html")
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    shown = """[...document.querySelectorAll('main img[src*=".svg"]')].filter(i => i.checkVisibility())
        .map(i => [i.src.endsWith('#dark'), getComputedStyle(i).filter, i.naturalWidth > 0])"""

    def seen(dark):
        found = page.evaluate(shown)  # a figure that moves has taken the place of its picture
        return len(found) > 3 and found == [[dark, "none", True]] * len(found)

    assert seen(theme == "dark")
    page.emulate_media(media="print")
    assert seen(dark=False)
    if "BOOK" in os.environ:
        return
    page.emulate_media(media="screen")
    page.evaluate(
        "other => { document.documentElement.dataset.theme = other }", {"dark": "light", "light": "dark"}[theme]
    )
    assert seen(theme == "light")


@pytest.mark.press
def test_the_keyboard_reaches_everything(book, site, reader):
    """Of radio buttons that belong together the Tab key reaches one; arrows go from it to the others."""
    me = reader(site)
    for path in paths(book):
        page = me.open(path)
        page.evaluate("window.reached = new Set(); addEventListener('focusin', e => window.reached.add(e.target))")
        turns, seen = 0, 0
        while turns == 0 or page.evaluate("window.reached.size") > seen:  # until a turn of keys brings nothing new
            turns, seen = turns + 1, page.evaluate("window.reached.size")
            for _ in range(60):
                page.keyboard.press("Tab")
        missed = page.evaluate(
            "[...document.querySelectorAll('a[href], button, input, summary')]"
            ".filter(e => e.checkVisibility() && !e.closest('dialog') && e.tabIndex >= 0)"
            ".filter((e, i, all) => e.type !== 'radio' || all.findIndex(o => o.type === 'radio' && o.name === e.name) === i)"
            ".filter(e => !window.reached.has(e)).map(e => e.outerHTML)"
        )
        assert missed == [], path


@pytest.mark.press
def test_search_finds_a_phrase_of_every_chapter(book, site, reader):
    for path in paths(book):
        if path in ("404.html", "references.html"):
            continue
        me = reader(site)
        page = me.open(path)
        title = page.locator("h1").evaluate("e => e.lastChild.textContent.trim()")
        phrases = re.findall(r"\b[a-z]+(?: [a-z]+){4}\b", page.locator("article > p").nth(1).inner_text())
        phrase = max(phrases, key=len)
        page.keyboard.press("/")
        page.locator("dialog input").fill(phrase)
        page.locator("dialog li a").first.wait_for()
        assert any(title in hit for hit in page.locator("dialog li strong").all_inner_texts()), (path, phrase)
        assert me.faults == []


@pytest.mark.press
def test_a_phrase_copied_from_any_chapter_finds_that_chapter(book, site, reader):
    """As a browser copies it, formulas and all, from somewhere in a paragraph: among the first three hits."""
    rng = random.Random(1982)
    me = reader(site)
    for name in paths(book):
        if not name.startswith("chapters/"):
            continue
        texts = me.open(name).locator("main article > p, main li").all_inner_texts()
        phrases = [copied(rng, text) for text in rng.sample([text for text in texts if PROSE.search(text)], 3)]
        me.page.keyboard.press("/")
        for phrase in phrases:
            me.page.locator("dialog input").fill(phrase)
            hits = me.page.locator("dialog li a")
            hits.locator("mark").first.wait_for()
            found = [hits.nth(i).get_attribute("href") for i in range(min(3, hits.count()))]
            assert any(href.split("#")[0] == f"{site}/{name}" for href in found), f"{name}: {phrase}: {found}"
    assert me.faults == []


def copied(rng, text):
    """Ten words in a row, half of which at least are words: a formula by itself stands in several chapters."""
    words = text.split()
    starts = [
        i for i in range(len(words) - 9) if sum(word.isalpha() and word.isascii() for word in words[i : i + 10]) >= 5
    ]
    start = rng.choice(starts)
    return " ".join(words[start : start + 10])
