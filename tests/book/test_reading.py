"""Every page of the book in a real browser: quiet, within the screen, and for everybody (WCAG 2.2 AA)."""

import os
import random
import re

import pytest

PROSE = re.compile(r"\b[A-Za-z]+(?: [a-z]+){9}\b")  # there is prose in it, not formulas alone
GEOMETRY = ["target-size", "scrollable-region-focusable"]
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
        # In the dark only the colours are others, and on a phone only the menu, and what is too small or scrolls.
        rules = ["color-contrast"] if theme == "dark" else None
        where = "header, nav" if screen == "phone" else None
        if (screen, theme) == ("phone", "light"):
            found += [f"{path}: {fault}" for fault in axe(page, only=GEOMETRY)]
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
    """Of radio buttons that belong together the Tab key reaches one; arrows go from it to the others.

    All pages have one frame, so that the keys begin above it on the first page, and on the others within it.
    """
    me = reader(site)
    for place, path in enumerate(paths(book)):
        page = me.open(path)
        while not page.evaluate(ALIVE):
            page.wait_for_timeout(50)
        keys, seen = page.evaluate(WAITING, place > 0), -1
        while page.evaluate("window.reached.size") > seen:  # a figure that comes alive has more to reach
            seen = page.evaluate("window.reached.size")
            for _ in range(keys):
                page.keyboard.press("Tab")
            missed = page.evaluate("window.waiting.filter(e => !window.reached.has(e)).map(e => e.outerHTML)")
            if not missed:
                break
            keys = 20
        assert missed == [], path


ALIVE = "[...document.querySelectorAll('main *')].every(e => !e.localName.startsWith('hlm-') || 'live' in e.dataset)"
# What the keys have to reach, where they begin, and what they do reach.
WAITING = """within => {
  const top = within ? document.querySelector('main') : document;
  window.reached = new Set();
  addEventListener('focusin', e => window.reached.add(e.target));
  window.waiting = [...top.querySelectorAll('a[href], button, input, summary')]
    .filter(e => e.checkVisibility() && !e.closest('dialog') && e.tabIndex >= 0)
    .filter((e, i, all) => e.type !== 'radio' || all.findIndex(o => o.type === 'radio' && o.name === e.name) === i);
  const others = [...top.querySelectorAll('[tabindex="0"]')].filter(e => !window.waiting.includes(e));
  if (within) {
    const start = document.createElement('span');
    start.tabIndex = -1;
    top.prepend(start);
    start.focus();
  }
  return window.waiting.length + others.length;
}"""


@pytest.mark.press
def test_a_phrase_of_every_page_finds_it_from_anywhere(book, site, reader):
    """As a browser copies it, formulas and all, from somewhere in a paragraph: among the first three hits.

    Of pages that are no chapters the page need only be there. Each search is begun on the page before, so that it
    leads from one folder into another, too.
    """
    rng = random.Random(1982)
    me = reader(site)
    wanted = []
    for name in paths(book):
        if name in ("404.html", "references.html"):
            continue
        page = me.open(name)
        page.keyboard.press("/")
        search(page, wanted)
        title = page.locator("h1").evaluate("e => e.lastChild.textContent.trim()")
        if name.startswith("chapters/"):
            texts = page.locator("main article > p, main li").all_inner_texts()
            phrases = [copied(rng, text) for text in rng.sample([text for text in texts if PROSE.search(text)], 3)]
        else:
            runs = re.findall(r"\b[a-z]+(?: [a-z]+){4}\b", page.locator("article > p").nth(1).inner_text())
            phrases = [max(runs, key=len)]
        wanted = [(name, title, phrase) for phrase in phrases]
    search(page, wanted)
    assert me.faults == []


def search(page, wanted):
    for name, title, phrase in wanted:
        page.locator("dialog input").fill(phrase)
        hits = page.locator("dialog li a")
        page.locator("dialog [aria-busy=false]").wait_for(state="attached")
        first = slice(3) if name.startswith("chapters/") else slice(None)
        found = [href.split("#")[0] for href in hits.evaluate_all("all => all.map(e => e.href)")[first]]
        titles = page.locator("dialog li strong").all_inner_texts()[first]
        assert any(href.endswith(f"/{name}") for href in found), f"{name}: {phrase}: {found}"
        assert any(title in one for one in titles), f"{name}: {phrase}: {titles}"


def copied(rng, text):
    """Ten words in a row, half of which at least are words: a formula by itself stands in several chapters."""
    words = text.split()
    starts = [
        i for i in range(len(words) - 9) if sum(word.isalpha() and word.isascii() for word in words[i : i + 10]) >= 5
    ]
    start = rng.choice(starts)
    return " ".join(words[start : start + 10])


SHIFTS = """new Promise(done => {
  let sum = 0;
  new PerformanceObserver(list => { for (const one of list.getEntries()) sum += one.value; })
    .observe({ type: "layout-shift", buffered: true });
  setTimeout(() => done(sum), 300);
})"""


@pytest.mark.press
@pytest.mark.parametrize("screen", SCREENS)
def test_text_stands_in_its_own_face_and_does_not_move(book, site, reader, screen):
    """Also where movable figures come alive."""
    width, height = SCREENS[screen]
    page = reader(site, width=width, height=height).open("chapters/03-standard-errors.html")
    page.evaluate("document.fonts.ready.then(() => null)")
    loaded = "[...document.fonts].filter(f => f.status === 'loaded').map(f => f.family.replaceAll('\"', ''))"
    assert "Book Serif" in page.evaluate(loaded)
    assert page.evaluate(SHIFTS) < 0.01
