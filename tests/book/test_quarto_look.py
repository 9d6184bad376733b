"""The look of the pages that Quarto makes: BOOK names the folder. What press promises of its own is in `test_reading`."""

import os
from pathlib import Path

import pytest

TWO, THREE = "chapters/02-one-question-two-answers.html", "chapters/03-standard-errors.html"
# How far apart two colours are, as WCAG 2.2 counts it; a ground without a colour is that of what it stands in.
CONTRAST = """element => {
  const parts = colour => (colour.match(/[\\d.]+/g) ?? []).map(Number);
  const clear = colour => parts(colour)[3] === 0;
  const light = colour => parts(colour).slice(0, 3).map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4).reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  let ground = element;
  while (clear(getComputedStyle(ground).backgroundColor) && ground.parentElement) ground = ground.parentElement;
  const pair = [getComputedStyle(element).color, getComputedStyle(ground).backgroundColor].map(light).sort((a, b) => b - a);
  return (pair[0] + 0.05) / (pair[1] + 0.05);
}"""


@pytest.fixture(scope="module")
def site(serve):
    if "BOOK" not in os.environ:
        pytest.skip("BOOK names no book by Quarto")
    folder = Path(os.environ["BOOK"])
    if 'name="generator" content="quarto' not in (folder / TWO).read_text("utf-8"):
        pytest.skip("the book in BOOK is not by Quarto")
    with serve(folder) as address:
        yield address


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_code_and_the_chosen_tab_can_be_read(site, reader, theme):
    page = reader(site, theme=theme).open(TWO)
    for where in (".nav-tabs .nav-link.active", "pre code", "pre code span.st", "pre code span.im", "main p code"):
        assert page.locator(where).first.evaluate(CONTRAST) >= 4.5, where


def test_a_button_that_copies_hides_no_code(site, reader):
    page = reader(site, width=390).open(TWO)
    lines = page.locator(".code-copy-outer-scaffold:visible")
    for i in range(lines.count()):
        button = lines.nth(i).locator(".code-copy-button").bounding_box()
        assert button["y"] + button["height"] <= lines.nth(i).locator("code > span").first.bounding_box()["y"] + 4


def test_the_bar_of_a_phone_is_one_line(site, reader):
    page = reader(site, width=390).open(THREE)
    (name,) = [item for item in page.locator(".quarto-secondary-nav .breadcrumb-item").all() if item.is_visible()]
    assert name.bounding_box()["height"] < 40


def test_a_language_is_chosen_once(site, reader):
    page = reader(site).open(TWO)
    page.get_by_role("tab", name="R", exact=True).first.click()
    page.goto(f"{site}/{THREE}")
    chosen = page.locator("[data-group=language] .nav-link.active")
    chosen.first.filter(has_text="R").wait_for()
    assert set(chosen.all_inner_texts()) == {"R"}


def test_paper_is_light_and_has_both_languages(site, reader):
    page = reader(site, theme="dark").open(TWO)
    page.emulate_media(media="print")
    for where in ("main p", "pre code", "main h2", "main td", "main figcaption"):
        assert page.locator(where).first.evaluate(CONTRAST) >= 4.5, where
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert all(pane.is_visible() for pane in page.locator(".tab-pane").all())
    assert not page.locator("#quarto-header").is_visible()


@pytest.mark.parametrize("width", [390, 1280])
def test_a_figure_enlarges_and_has_a_ground(site, reader, width):
    page = reader(site, width=width).open(THREE)
    small = page.locator("a.lightbox:visible img").first
    before = small.bounding_box()["width"]
    small.click()
    large = page.locator(".gslide.current img")
    large.wait_for()
    page.wait_for_timeout(600)  # it grows
    assert large.bounding_box()["width"] > 1.3 * before
    assert large.evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(255, 255, 255)"


def test_figures_keep_their_place_before_they_come(site, reader):
    page = reader(site, width=390).open(THREE)
    told = page.locator("main img[src*='.svg']").evaluate_all("all => all.map(i => i.hasAttribute('height'))")
    assert len(told) > 3
    assert all(told)


def test_what_a_reference_points_to_is_shown_beside_it(site, reader):
    page = reader(site).open(THREE)
    for where in ("main a.quarto-xref[href*='#fig-']", "main a.quarto-xref[href*='#eq-']", "a[role=doc-biblioref]"):
        page.locator(where).first.hover()
        page.locator(".tippy-box").first.wait_for()
        page.mouse.move(0, 0)
        page.locator(".tippy-box").first.wait_for(state="detached")
