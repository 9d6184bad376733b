"""The decks: what their sources promise, the map of the course's slides, and every slide in a browser and in the PDF."""

import importlib.util
import re
import shutil
import subprocess

import pytest
from test_prose import ALLOWED, INLINE, ROOT, ids, readable, speller, take_apart, words_only
from test_slide_map import ROWS, plain

SCREENS = {"large": {"width": 1920, "height": 1080}, "small": {"width": 1280, "height": 720}}

_spec = importlib.util.spec_from_file_location("slides_map", ROOT / "slides/map.py")
course = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(course)

SOURCES = [take_apart(deck, deck.read_text("utf-8")) for deck in sorted((ROOT / "slides").glob("*.qmd"))]
SLIDES = [slide for deck in course.DECKS for slide in course.slides_of(deck)]
NAMES = [source.path.stem for source in SOURCES]
every_deck = pytest.mark.parametrize("deck", SOURCES, ids=ids)


# What the sources promise.


@every_deck
def test_no_number_is_typed_and_no_word_misspelt(deck):
    for number, line in readable(deck):
        rest = re.sub("|".join([*ALLOWED, r"\]\(\S+\)"]), " ", line)
        assert not re.search(r"\d", re.sub(r"τ\d\d", " ", rest)), f"{deck.where(number)}: {line.strip()}"
        words = re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)?", re.sub(r"[*_\"“”]|\\\w+", " ", line).replace("’", "'"))
        unknown = speller().unknown([word for word in (re.sub(r"'s?$", "", w) for w in words) if len(word) > 1])
        assert not unknown - COURSE, f"{deck.where(number)}: {unknown - COURSE}"


# Words in the titles of the course's slides, which are quoted as they stand.
COURSE = {word.lower() for row in ROWS for word in re.findall(r"[^\W\d_]+", row[0])} | {"ujs", "βjs", "τ"}


@every_deck
def test_cells_call_hlm_alone_and_pictures_have_words(deck):
    for cell in deck.cells:
        where = deck.where(cell.line)
        assert re.findall(r"^\s*(?:import|from) (\w+)", cell.code, re.M) in ([], ["hlm"]), where
        if "hlm.plots." in cell.code:
            assert len(cell.options.get("fig-alt", "").split()) >= 12, f"{where}: fig-alt does not say what is seen"


@every_deck
def test_inline_expressions_give_text(deck):
    for number, line in deck.prose:
        for expression in INLINE.findall(line):
            assert re.match(r"(hlm\.)?(num|p_text)\(|str\(", expression), f"{deck.where(number)}: {expression}"


def test_every_slide_has_a_name_of_its_own_and_below_it_notes():
    for deck in course.DECKS:
        text, slides = deck.read_text("utf-8"), course.slides_of(deck)
        assert len(re.findall(r"^## ", text, re.M)) == len(slides) == len({slide.name for slide in slides}), deck.name
        # Right below the heading: what stands below a pause is a part of that step, and so would be the notes.
        assert [slide.title for slide in slides if not course.NOTES.match(slide.text.lstrip())] == [], deck.name


def test_every_deck_asks_before_it_answers():
    for deck in course.DECKS:
        asked = [slide for slide in course.slides_of(deck) if "::: {.question}" in slide.text]
        assert len(asked) >= 3, deck.name
    for slide in SLIDES:  # what comes after a question comes at a click, or on a slide to come
        for after in re.split(r"^::: \{\.question\}\n.*?^:::$", slide.text, flags=re.M | re.S)[1:]:
            shown = re.sub(
                r"^::: \{\.notes\}\n.*?^:::$|^```\{python\}\n#\| include: false.*?^```$", "", after, flags=re.M | re.S
            )
            assert re.match(r"\s*(\. \. \.|::: \{\.(incremental|fragment|question)\}|$)", shown), (
                f"{slide.deck}: {slide.title}"
            )


def test_the_index_lists_every_deck_under_its_title():
    text = (ROOT / "slides/index.qmd").read_text("utf-8")
    listed = re.findall(r"^\d+\. \[(.+?)\]\((.+?)\.html\)$", text, re.M)
    assert listed == [(course.title_of(deck), deck.stem) for deck in course.DECKS]


# The map.


def test_the_map_says_what_the_notes_say():
    assert course.MAP.read_text("utf-8") == course.as_slides(), "run: python slides/map.py"


def test_every_slide_of_the_course_has_its_counterpart_in_the_deck_of_its_chapter():
    """And leads to all the sections in which the book derives what it says."""
    for title, derived, *_ in ROWS:
        here = [slide for slide in SLIDES if plain(slide.original) == plain(title)]
        assert here, f"{title}: no slide of a deck stands for it"
        cited = {href.rpartition("#")[2] for slide in here for _, href in slide.sections}
        assert set(re.findall(r"@([\w-]+)", derived)) <= cited, title
    known = {plain(row[0]) for row in ROWS}
    assert [slide.original for slide in SLIDES if slide.original and plain(slide.original) not in known] == []


def test_sections_of_the_book_are_called_by_their_titles():
    for slide in SLIDES:
        for title, href in slide.sections:
            chapter, _, label = href.removeprefix("../").partition("#")
            text = (ROOT / chapter).with_suffix(".qmd").read_text("utf-8")
            heading = re.search(rf"^#+ (.+?) \{{#{label}[ }}]", text, re.M)
            assert heading, f"{slide.deck}: there is no {href}"
            assert heading[1] == title, f"{slide.deck}: {href} is called {heading[1]}"


def test_decks_are_called_as_their_chapters():
    for deck in course.DECKS:
        heading = (ROOT / "chapters" / deck.name).read_text("utf-8").split("\n")[0]
        assert re.sub(r"^# | \{.*", "", heading) == course.title_of(deck)


# Every slide, as it is shown. What is drawn has to be within the slide: pieces of text, pictures, cells of tables. And no
# text lies on the number of the slide, or on the arrows.

OVER = """async () => {
  const faults = [];
  for (let i = 0; i < Reveal.getTotalSlides(); i++) {
    Reveal.slide(i, 0, 99);
    const slide = Reveal.getCurrentSlide(), images = [...slide.querySelectorAll('img')];
    await Promise.all(images.map(image => image.decode()));
    Reveal.layout();
    const frame = document.querySelector('.reveal .slides').getBoundingClientRect();
    const least = 0.01 * frame.height;  // a line of type is a little higher than its letters; the margin is wider
    const out = r => r.width && r.height
      && (r.left < frame.left - least || r.right > frame.right + least || r.top < frame.top - least || r.bottom > frame.bottom + least);
    const furniture = [...document.querySelectorAll('.slide-number > *, .controls button')].map(e => e.getBoundingClientRect());
    const covers = r => furniture.some(f => r.left < f.right && f.left < r.right && r.top < f.bottom && f.top < r.bottom);
    const found = [...slide.querySelectorAll('img, td, th, math')].filter(e => out(e.getBoundingClientRect())).map(e => e.outerHTML);
    const texts = document.createTreeWalker(slide, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const text = texts.currentNode, range = document.createRange();
      if (!text.data.trim() || text.parentElement.closest('aside.notes, annotation')) continue;
      range.selectNodeContents(text);
      if ([...range.getClientRects()].some(r => out(r) || covers(r))) found.push(text.data);
    }
    const low = images.filter(i => i.getBoundingClientRect().height < 0.35 * frame.height);
    faults.push(...[...found, ...low.map(i => `small: ${i.src}`)].map(what => `slide ${i + 1}: ${what.slice(0, 80)}`));
  }
  return faults;
}"""


@pytest.fixture(scope="module")
def site(decks, serve, browser):
    with serve(decks) as address:
        yield address


def overflowing(me, name):
    page = me.open(f"slides/{name}.html")
    page.wait_for_function("window.Reveal && Reveal.isReady()")
    return [f"{name}, {fault}" for fault in page.evaluate(OVER)]


def test_no_slide_overflows(site, reader):
    """All decks, slide by slide, with everything on them."""
    me = reader(site, **SCREENS["small"])
    assert [fault for name in NAMES for fault in overflowing(me, name)] == []
    assert [fault for fault in me.faults if "favicon" not in fault] == []


def test_a_larger_screen_shows_the_same_larger(site, reader):
    """reveal.js lays a slide out once and scales it, so that one deck stands for all; and a dark system darkens none."""
    laid_out = """async () => {
      await document.fonts.ready;
      return Array.from({ length: Reveal.getTotalSlides() }, (_, i) => {
        Reveal.slide(i, 0, 99);
        return [...Reveal.getCurrentSlide().querySelectorAll('h1, h2, p, li, td')].map(e => e.offsetHeight);
      });
    }"""
    seen = []
    for screen, theme in (("small", "light"), ("large", "dark")):
        me = reader(site, **SCREENS[screen], theme=theme)
        assert overflowing(me, NAMES[0]) == []
        ground = me.page.evaluate("getComputedStyle(document.body).backgroundColor")
        seen.append((me.page.evaluate(laid_out), ground, me.page.evaluate("Reveal.getScale()")))
    assert seen[0][:2] == seen[1][:2]
    assert seen[1][2] / seen[0][2] == pytest.approx(1.5)


def test_the_keyboard_turns_slides_and_their_steps(site, reader):
    me = reader(site)
    page = me.open(f"slides/{NAMES[0]}.html")
    page.wait_for_function("window.Reveal && Reveal.isReady()")
    where = "() => [Reveal.getIndices().h, Reveal.getIndices().f ?? -1]"
    assert page.evaluate(where) == [0, -1]
    page.keyboard.press("ArrowRight")
    assert page.evaluate(where) == [1, -1]  # the question
    hidden = page.locator("section.present .fragment").first
    assert hidden.evaluate("e => getComputedStyle(e).visibility") == "hidden"
    page.keyboard.press("ArrowRight")
    assert page.evaluate(where) == [1, 0]  # and what was found
    page.wait_for_function("e => getComputedStyle(e).visibility === 'visible'", arg=hidden.element_handle())
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert page.evaluate(where) == [0, -1]


@pytest.mark.press
def test_a_slide_that_is_jumped_to_shows_its_picture(site, reader):
    """Its picture comes only then, after the slide was laid out."""
    page = reader(site).open(f"slides/{NAMES[1]}.html")
    page.wait_for_function("window.Reveal && Reveal.isReady()")
    page.evaluate("Reveal.slide(Reveal.getSlides().findIndex(s => s.querySelector('img.r-stretch')))")
    page.wait_for_function("document.querySelector('section.present img').getBoundingClientRect().height > 100")


@pytest.mark.press
def test_axe_finds_nothing_at_fault(site, reader, axe):
    me = reader(site, width=1280, height=720)
    page = me.open(f"slides/{NAMES[1]}.html")
    page.wait_for_function("window.Reveal && Reveal.isReady()")
    found = []
    for i in (0, 2, 5):  # the title, a table, code
        page.evaluate("i => Reveal.slide(i, 0, 99)", i)
        found += axe(page)
    assert found == []


@pytest.mark.press
def test_the_speaker_s_window_has_the_notes(site, reader):
    me = reader(site)
    page = me.open(f"slides/{NAMES[0]}.html")
    page.wait_for_function("window.Reveal && Reveal.isReady()")
    page.evaluate("Reveal.slide(1)")
    with page.expect_popup() as opened:
        page.keyboard.press("s")
    notes = opened.value.locator(".speaker-controls-notes .value")
    notes.wait_for()
    assert "guess a share" in notes.inner_text()


@pytest.mark.press
def test_a_slide_is_a_page_of_the_pdf_and_every_note_is_in_the_other(decks):
    if not shutil.which("pdfinfo"):
        pytest.skip("pdfinfo (poppler-utils) is not installed")
    for source in SOURCES:
        pdf = decks / "slides" / f"{source.path.stem}.pdf"
        told = subprocess.run(["pdfinfo", pdf], capture_output=True, text=True, check=True).stdout
        html = pdf.with_suffix(".html").read_text("utf-8")
        assert int(re.search(r"Pages:\s+(\d+)", told)[1]) == html.count("<section"), pdf.name
        assert re.search(r"Page size:\s+960 x 540", told), pdf.name
        notes = pdf.with_name(f"{pdf.stem}-notes.pdf")
        words = subprocess.run(["pdftotext", notes, "-"], capture_output=True, text=True, check=True).stdout
        lines = [line for block in course.NOTES.findall(source.text) for line in block.splitlines() if line.strip()]
        first = [re.match(r"[A-Za-z ]{8,40}", words_only(line)) for line in lines if "{python}" not in line]
        lost = [found[0] for found in first if found and found[0].strip() not in " ".join(words.split())]
        assert lost == [], notes.name
