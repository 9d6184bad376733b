"""What a reader stumbles over by the eye alone, on a screen, on a phone and on paper, whichever renderer made the page."""

import io

import numpy as np
import pytest
from PIL import Image

TWO, SEVEN, EIGHT = (
    f"chapters/{name}.html" for name in ("02-one-question-two-answers", "07-g-matrix", "08-within-and-between")
)
FIVE, NINE, LEDGER = (f"chapters/{name}.html" for name in ("05-means-as-outcomes", "09-slopes-as-outcomes", "a-ledger"))
REFERENCE, NOTATION = "chapters/d-reference.html", "chapters/e-notation.html"
SHEET = 680  # pixels: A4 between its margins
OPEN = "document.querySelectorAll('details').forEach(d => { d.open = true; })"


@pytest.fixture(scope="module")
def site(book, serve, browser):
    with serve(book) as address:
        yield address


def on_paper(page):
    page.emulate_media(media="print")
    page.evaluate(OPEN)
    return page


@pytest.mark.parametrize("path", [TWO, SEVEN, EIGHT, REFERENCE])
def test_on_paper_no_code_goes_beyond_the_sheet(site, reader, path):
    page = on_paper(reader(site, width=SHEET).open(path))
    wide = "[...document.querySelectorAll('main pre')].filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.innerText)"
    assert page.evaluate(wide) == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_on_paper_code_stays_with_what_it_makes_and_has_a_ground(site, reader):
    page = on_paper(reader(site, width=SHEET).open(SEVEN))
    style = "(e, name) => getComputedStyle(e)[name]"
    code = page.locator(".cell pre.cell-code, .cell .sourceCode pre").first
    assert code.evaluate(style, "backgroundColor") == "rgb(245, 247, 249)"
    cut = """[...document.querySelectorAll('main .cell > *:not(:last-child)')].filter(e => e.checkVisibility())
        .filter(e => getComputedStyle(e).breakAfter !== 'avoid').length"""
    assert page.evaluate(cut) == 0
    closed = "[...document.querySelectorAll('main details > summary')].filter(e => getComputedStyle(e).listStyleType !== 'none').length"
    assert page.evaluate(closed) == 0  # no triangle that could be opened


def test_the_two_parts_of_a_summary_are_apart(site, reader):
    page = reader(site).open(FIVE)
    gaps = page.evaluate(
        """[...document.querySelectorAll('main table + table')].map(e =>
            e.getBoundingClientRect().top - e.previousElementSibling.getBoundingClientRect().bottom)"""
    )
    assert gaps
    assert min(gaps) >= 16


@pytest.mark.parametrize("path", [FIVE, EIGHT, LEDGER])
def test_on_a_phone_no_number_is_broken(site, reader, path):
    page = reader(site, width=390).open(path)
    broken = """[...document.querySelectorAll('main td')].filter(e => /^[<−]?\\s*[\\d.,]+$/.test(e.innerText.trim())).filter(e => {
        const range = document.createRange();
        range.selectNodeContents(e);
        return new Set([...range.getClientRects()].map(r => Math.round(r.top))).size > 1;
    }).map(e => e.innerText)"""
    assert page.evaluate(broken) == []


@pytest.mark.parametrize("width", [390, 1280])
def test_the_table_of_formulas_fits(site, reader, width):
    page = reader(site, width=width).open(REFERENCE)
    tables = page.locator("main table:has(td:first-child code)")
    wide = "all => all.map(e => e.scrollWidth - (e.closest('.scroll') ?? e).clientWidth).filter(over => over > 1)"
    assert tables.count() >= 8
    assert tables.evaluate_all(wide) == []


def test_on_a_phone_the_ledger_says_why_below_its_numbers(site, reader):
    page = reader(site, width=390).open(LEDGER)
    table = page.locator("table.words-below").first
    assert table.evaluate("e => e.scrollWidth <= (e.closest('.scroll') ?? e).clientWidth + 1")
    cells = table.locator("tbody tr").first.locator("th, td")
    tops = cells.evaluate_all("all => all.map(e => e.getBoundingClientRect().top)")
    assert tops[0] < tops[1] == tops[2] == tops[3] < tops[4]


def test_fractions_in_rows_beneath_one_another_are_as_large_as_alone(site, reader):
    page = reader(site).open(EIGHT)
    sizes = """[...document.querySelectorAll('math[display=block] mtable mfrac > :first-child')]
        .filter(e => !e.closest('mtable').previousElementSibling?.matches('mo[form=prefix]') && !e.parentElement.parentElement.closest('mfrac, msup, msub, munder'))
        .map(e => parseFloat(getComputedStyle(e).fontSize) / parseFloat(getComputedStyle(e.closest('math')).fontSize))"""
    found = page.evaluate(sizes)
    assert found
    assert min(found) > 0.99


def test_a_bar_is_as_wide_as_its_letters(site, reader):
    page = reader(site, device_scale_factor=4).open(NINE)
    page.evaluate("document.fonts.ready.then(() => null)")
    bars = page.locator("mover:has(> mtext:text-is('SES'))")
    assert bars.count() >= 2
    for bar in bars.all():
        with Image.open(io.BytesIO(bar.screenshot())) as shot:
            ink = np.asarray(shot.convert("L")) < 170
        top = np.flatnonzero(ink.any(axis=1))[0]
        assert ink[top : top + 4].any(axis=0).mean() > 0.7  # the bar alone; letters begin further down


def test_on_a_phone_no_stop_is_alone_after_an_address(site, reader):
    page = reader(site, width=390).open("references.html")
    alone = """[...document.querySelectorAll('.csl-entry a')].filter(a => {
        const after = a.nextSibling;
        if (!after || !/^[.]/.test(after.textContent)) return false;
        const range = document.createRange();
        range.setStart(after, 0);
        range.setEnd(after, 1);
        const stop = range.getBoundingClientRect(), ends = [...a.getClientRects()].at(-1);
        return stop.top > ends.bottom - 4;
    }).length"""
    assert page.evaluate(alone) == 0


def test_on_a_phone_a_figure_says_that_it_enlarges(site, reader):
    """By a sign at its caption: press's is a button, in Quarto's the whole picture is one."""
    page = reader(site, width=390).open(FIVE)
    signs = page.evaluate(
        """[...document.querySelectorAll('main figure:has(img[src*=".svg"])')].filter(f => f.querySelector('img')?.checkVisibility() || f.querySelector('a.lightbox'))
            .map(f => [...f.querySelectorAll('button.zoom, figcaption')].some(e => e.checkVisibility() && getComputedStyle(e, '::before').backgroundImage.includes('gradient')))"""
    )
    assert signs
    assert all(signs)


@pytest.mark.press
def test_the_bar_of_a_phone_has_the_whole_title(site, reader):
    page = reader(site, width=390).open(TWO)
    assert page.locator(".bar .home").evaluate("e => e.scrollWidth <= e.clientWidth")


@pytest.mark.press
@pytest.mark.parametrize("path", [TWO, FIVE, SEVEN, NINE])
def test_code_of_79_signs_does_not_scroll(site, reader, path):
    page = reader(site).open(path)
    lines = """[...document.querySelectorAll('article pre')].filter(e => e.checkVisibility() && e.scrollWidth > e.clientWidth + 1)
        .filter(e => !e.closest('.callout, .check, li') && Math.max(...e.innerText.split('\\n').map(line => line.length)) < 80)
        .map(e => e.innerText)"""
    page.evaluate(OPEN)
    assert page.evaluate(lines) == []


@pytest.mark.press
def test_code_is_as_far_from_the_words_above_it_in_either_language(site, reader):
    page = reader(site).open("chapters/c-phrasebook.html")
    gaps = page.evaluate(
        """['In R:', 'In Python:'].map(words => {
            const p = [...document.querySelectorAll('article > p')].find(e => e.innerText === words);
            return p.nextElementSibling.querySelector('pre').getBoundingClientRect().top - p.getBoundingClientRect().bottom;
        })"""
    )
    assert gaps[0] == pytest.approx(gaps[1], abs=0.5)


@pytest.mark.press
def test_the_foot_keeps_its_links_whole_and_a_lost_page_has_no_turn(site, reader):
    page = reader(site).open("404.html")
    assert page.locator(".turn").count() == 0
    for link in page.locator("footer a").all():
        assert len(link.evaluate("e => [...e.getClientRects()]")) == 1
