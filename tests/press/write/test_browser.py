"""The sample book in a real browser: what a reader can do with a page, by mouse, by keyboard, and without scripts."""

import pytest


@pytest.fixture(scope="module")
def site(built, serve, browser):
    with serve(built / "_book") as address:
        yield address


def test_search_finds_words_and_goes_there(reader, site):
    me = reader(site)
    page = me.open("chapters/01-one.html")
    page.keyboard.press("/")
    page.get_by_label("Search the book", exact=True).last.fill("folds")
    hit = page.locator("dialog li a").first
    hit.wait_for()
    assert "Equations and exercises" in hit.inner_text()
    hit.click()
    page.wait_for_url("**/chapters/02-two.html*")
    assert me.faults == []


def test_search_says_when_there_is_nothing(reader, site):
    page = reader(site).open("index.html")
    page.get_by_role("button", name="Search").click()
    page.locator("dialog input").fill("qqqq")
    page.get_by_text("Nothing found.").wait_for()
    page.keyboard.press("Escape")
    assert not page.locator("dialog").is_visible()


def test_the_theme_follows_the_system_until_it_is_chosen_and_is_remembered(reader, site):
    def paper(page):
        return page.evaluate("getComputedStyle(document.body).backgroundColor")

    me = reader(site, theme="dark")
    page = me.open("index.html")
    dark = paper(page)
    switch = page.locator(".theme-switch")
    assert switch.inner_text() == "Auto"
    switch.click()
    assert switch.inner_text() == "Light"
    light = paper(page)
    assert (dark, light) == ("rgb(21, 24, 28)", "rgb(255, 255, 255)")
    page = me.open("chapters/02-two.html")
    assert paper(page) == light
    page.emulate_media(color_scheme="light")
    page.locator(".theme-switch").click()
    assert paper(page) == dark
    page.locator(".theme-switch").click()
    assert paper(page) == light
    assert page.locator(".theme-switch").inner_text() == "Auto"


def test_tabs_by_mouse_and_keyboard(reader, site):
    page = reader(site).open("chapters/02-two.html")
    tabs = page.get_by_role("tab")
    assert tabs.all_inner_texts() == ["Python", "R"]
    assert page.get_by_role("tabpanel").all_inner_texts() == ["First tab."]
    tabs.nth(1).click()
    assert page.get_by_role("tabpanel").all_inner_texts() == ["Second tab."]
    page.keyboard.press("ArrowRight")
    assert page.get_by_role("tabpanel").all_inner_texts() == ["First tab."]
    assert tabs.nth(0).evaluate("e => e === document.activeElement")
    assert tabs.nth(1).get_attribute("tabindex") == "-1"


def test_a_page_reads_without_scripts(reader, site):
    me = reader(site, java_script_enabled=False, width=390)
    page = me.open("chapters/02-two.html")
    for words in ("First tab.", "Second tab."):
        assert page.get_by_text(words).is_visible()
    answer = page.get_by_text("It is 2.0.")
    assert not answer.is_visible()
    page.locator("summary", has_text="Answer").click()
    assert answer.is_visible()
    assert not page.get_by_role("navigation", name="Book").is_visible()
    page.get_by_text("Menu").click()
    assert page.get_by_role("navigation", name="Book").is_visible()
    assert me.faults == []


def test_the_menu_of_a_phone(reader, site):
    page = reader(site, width=390).open("chapters/02-two.html")
    contents = page.get_by_role("navigation", name="Book")
    menu = page.locator(".menu")
    assert not contents.is_visible()
    menu.press("Enter")
    assert contents.is_visible()
    assert menu.get_attribute("aria-expanded") == "true"
    page.keyboard.press("Escape")
    assert not contents.is_visible()
    menu.click()
    contents.get_by_text("One figure, one table").click()
    page.wait_for_url("**/01-one.html")


def test_code_can_be_copied(reader, site):
    page = reader(site, permissions=["clipboard-read", "clipboard-write"]).open("chapters/01-one.html")
    page.locator("pre.cell-code").first.hover()
    page.get_by_role("button", name="Copy this code").first.click()
    page.get_by_text("Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == (
        "import matplotlib.pyplot as plt\n\nplt.plot([0, 1, 2])\nplt.show()"
    )


def test_skip_link_and_anchors(reader, site):
    page = reader(site).open("chapters/01-one.html")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    page.locator("#sec-tables .anchor").focus()
    page.keyboard.press("Enter")
    assert page.url.endswith("#sec-tables")


def test_maths_is_set_in_the_book_s_own_font(reader, site):
    page = reader(site).open("chapters/02-two.html")
    page.evaluate("document.fonts.ready.then(() => null)")
    fonts = page.evaluate("[...document.fonts].filter(f => f.status === 'loaded').map(f => f.family)")
    assert [name.strip('"') for name in fonts] == ["STIX Two Math"]
    small, tall = page.evaluate(
        "[...document.querySelectorAll('#eq-sum mo')].filter(e => e.textContent === '=' || e.textContent === '(')"
        ".map(e => e.getBoundingClientRect().height).sort((a, b) => a - b).filter((h, i, all) => i % (all.length - 1) === 0)"
    )
    assert tall > 1.5 * small  # the brackets of a matrix stretch


def test_print_shows_the_text_alone(reader, site):
    page = reader(site).open("chapters/02-two.html")
    page.emulate_media(media="print")
    for frame in (".bar", ".book-contents", ".turn"):
        assert not page.locator(frame).is_visible()
    assert page.get_by_text("The model is").is_visible()


def test_a_lost_page_leads_back(reader, site):
    page = reader(site).open("404.html")
    assert page.get_by_role("heading", name="There is no such page").is_visible()
    page.get_by_text("start from the beginning").click()
    page.wait_for_url("**/index.html")


PHRASES = {
    "chapters/01-one.html": "The first sentence cites Raudenbush and Bryk (2002), and a paper",
    "chapters/02-two.html": "What is the mean of 1 and 3? See also",
    "chapters/03-more.html": "H2O and x2. One nested, with code Two, “quoted” – and so on",
    "chapters/a-proofs.html": "1=1(A.1) It follows from Equation A.1.",
}


@pytest.mark.parametrize(("page", "phrase"), PHRASES.items())
def test_a_phrase_copied_from_a_page_finds_that_page_first(reader, site, page, phrase):
    me = reader(site)
    me.open("index.html").keyboard.press("/")
    for typed in (phrase, phrase.upper().replace(" ", "\n  ").replace("“", '"')):
        me.page.locator("dialog input").fill(typed)
        me.page.locator("dialog li a mark").first.wait_for()
        first = me.page.locator("dialog li a").first.get_attribute("href")
        assert first.startswith(f"{me.address}/{page}"), first
    assert me.faults == []
