"""The sample book in a real browser: what a reader can do with a page, by mouse, by keyboard, and without scripts."""

import io

import pytest
from PIL import Image


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


def test_the_menu_opens_where_the_reader_is(reader, site):
    """From the middle of a page, over the whole width, and no higher than the screen."""
    page = reader(site, width=390, height=700).open("chapters/03-more.html")
    page.evaluate("scrollTo({ top: 1500, behavior: 'instant' })")
    page.locator(".menu").click()
    box = page.get_by_role("navigation", name="Book").bounding_box()
    assert (box["x"], box["width"]) == (0, 390)
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= 700


def test_on_a_short_screen_the_bar_goes_with_the_page(reader, site):
    page = reader(site, width=320, height=256).open("chapters/03-more.html")  # 1280 x 1024 at 400 per cent
    page.evaluate("scrollTo({ top: 600, behavior: 'instant' })")
    bar = page.locator(".bar").bounding_box()
    assert bar["y"] + bar["height"] < 0


@pytest.mark.parametrize("touch", [False, True])
def test_the_copy_button_covers_no_code(reader, site, touch):
    page = reader(site, width=390, has_touch=touch).open("chapters/01-one.html")
    covered = page.evaluate(
        """[...document.querySelectorAll('.copy')].filter(button => {
            const b = button.getBoundingClientRect();
            const code = button.parentElement.querySelector('pre code');
            const range = document.createRange();
            range.selectNodeContents(code);
            return [...range.getClientRects()].some(line =>
                line.left < b.right && line.right > b.left && line.top + 2 < b.bottom && line.bottom - 2 > b.top);
        }).length"""
    )
    assert page.locator(".copy").count() > 1
    assert covered == 0


def edges(page, element):
    """The colours at the left and right edge of an element, halfway down, from a hair outside to a hair inside."""
    box = element.bounding_box()
    y = round(box["y"] + box["height"] * 0.97)
    lines = []
    for x in (box["x"], box["x"] + box["width"]):
        clip = {"x": round(x) - 3, "y": y, "width": 6, "height": 1}
        with Image.open(io.BytesIO(page.screenshot(clip=clip))) as shot:
            lines.append([shot.convert("RGB").getpixel((i, 0)) for i in range(shot.width)])
    return lines


def test_what_goes_on_beyond_an_edge_is_shaded_there_and_nothing_else_is(reader, site):
    """At three points a pixel and a width that is no whole number, where a cover could end short of the edge."""
    page = reader(site, width=390, device_scale_factor=3).open("chapters/02-two.html")
    formula = page.locator("main p:has(> .equation)").first
    formula.evaluate("e => { e.style.width = '300.4px'; e.style.marginLeft = '0.3px'; }")
    formula.scroll_into_view_if_needed()
    assert formula.evaluate("e => e.scrollWidth <= e.clientWidth")
    for line in edges(page, formula):
        assert len(set(line)) == 1, line
    formula.evaluate("e => { e.style.width = '60.4px'; }")
    assert formula.evaluate("e => e.scrollWidth > e.clientWidth")
    left, right = edges(page, formula)
    assert len(set(left)) == 1
    assert min(sum(colour) for colour in right) < sum(left[0]) - 60


def test_a_reference_shows_what_it_points_to_and_leads_back(reader, site):
    me = reader(site)
    page = me.open("chapters/02-two.html")
    elsewhere = page.locator("main a[href*='01-one.html#fig-line']").first
    page.locator("details").evaluate_all("all => all.forEach(d => { d.open = true })")
    elsewhere.hover()
    page.locator(".preview img").wait_for()
    assert page.locator(".preview").evaluate("e => e.querySelectorAll('[id]').length") == 0
    assert elsewhere.get_attribute("aria-describedby") == "preview"
    page.keyboard.press("Escape")
    assert page.locator(".preview").count() == 0
    here = page.locator("main a[href='#eq-sum']").first
    here.scroll_into_view_if_needed()
    before = page.evaluate("scrollY")
    here.click()
    page.get_by_role("button", name="Back to where you were").click()
    page.wait_for_function("y => Math.abs(scrollY - y) < 2", arg=before)
    assert here.evaluate("e => e === document.activeElement")
    assert page.locator(".back").count() == 0
    assert me.faults == []


def test_a_preview_is_of_what_is_out_of_sight_and_has_no_buttons(reader, site):
    page = reader(site, height=300).open("chapters/01-one.html")
    link = page.locator("main a[href='#fig-line']").first
    link.scroll_into_view_if_needed()
    page.locator("#fig-line").evaluate("e => { if (e.getBoundingClientRect().bottom > 0) scrollBy(0, 400) }")
    link.scroll_into_view_if_needed()
    link.hover()
    page.locator(".preview img").wait_for()
    assert page.locator(".preview button").count() == 0
    assert "Enlarge" not in page.locator(".preview").inner_text()


def test_who_has_left_a_reference_sees_no_preview(reader, site):
    page = reader(site).open("chapters/02-two.html")
    page.evaluate(
        "window.fetch = (ask => (...all) => new Promise(done => setTimeout(() => done(ask(...all)), 600)))(fetch)"
    )
    page.locator("details").evaluate_all("all => all.forEach(d => { d.open = true })")
    link = page.locator("main a[href*='01-one.html#fig-line']").first
    link.hover()
    page.wait_for_timeout(400)  # the page of the figure has been asked for
    page.mouse.move(0, 0)
    page.wait_for_timeout(900)
    assert page.locator(".preview").count() == 0


def test_a_figure_enlarges_by_tap_and_by_key(reader, site):
    page = reader(site, width=390, has_touch=True).open("chapters/01-one.html")
    picture = page.locator("figure.figure img").first
    small = picture.bounding_box()["width"]
    picture.tap()
    large = page.locator("dialog.large img")
    assert large.bounding_box()["width"] > 1.8 * small
    assert large.get_attribute("alt") == picture.get_attribute("alt")
    page.keyboard.press("Escape")
    page.locator("dialog.large").wait_for(state="detached")
    page.get_by_role("button", name="Enlarge the figure Figure 1.1").press("Enter")
    page.get_by_role("button", name="Close").last.click()
    page.locator("dialog.large").wait_for(state="detached")


def test_a_language_is_chosen_once_and_kept(reader, site):
    me = reader(site)
    page = me.open("chapters/02-two.html")
    assert page.get_by_role("tablist").get_attribute("aria-label") == "Python, R"
    page.get_by_role("tab", name="R", exact=True).click()
    page = me.open("chapters/02-two.html")
    assert page.get_by_role("tabpanel").all_inner_texts() == ["Second tab."]


def test_arrows_lead_through_what_search_finds(reader, site):
    page = reader(site).open("index.html")
    page.keyboard.press("/")
    field = page.locator("dialog input")
    field.fill("tab")
    page.locator("dialog li a").nth(1).wait_for()
    found = page.locator("dialog li a").count()
    page.get_by_text(f"Found: {found}.").wait_for()
    focus = "[...document.querySelectorAll('dialog li a')].indexOf(document.activeElement)"
    steps = []
    for key in ("ArrowDown", "ArrowDown", "ArrowUp", "ArrowUp", "ArrowUp"):
        page.keyboard.press(key)
        steps.append(page.evaluate(focus))
    assert steps == [0, 1, 0, -1, -1]
    assert field.evaluate("e => e === document.activeElement")


def test_the_foot_of_a_page(reader, site):
    page = reader(site).open("chapters/01-one.html")
    foot = page.locator("footer.colophon")
    assert foot.locator("p").all_inner_texts() == ["The foot of a page, see Two.", "Home", "Report an error"]
    links = foot.locator("a").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    assert links == ["02-two.html#sec-two", "../index.html", "https://example.org/sample/issues"]


def test_answers_and_tables_have_names_of_their_own(reader, site):
    page = reader(site).open("chapters/02-two.html")
    (name,) = page.locator(".exercise summary").all_inner_texts()
    assert "".join(name.split("\n")) == "Answer, Exercise 2.1 (The mean)"
    page = reader(site).open("chapters/01-one.html")
    assert page.get_by_role("table", name="Table 1.1").count() == 1


def test_code_can_be_copied(reader, site):
    page = reader(site, permissions=["clipboard-read", "clipboard-write"]).open("chapters/01-one.html")
    page.locator("pre.cell-code").first.hover()
    page.get_by_role("button", name="Copy: import matplotlib.pyplot as plt").first.click()
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
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.get_by_text("First tab.").is_visible()
    assert page.get_by_text("Second tab.").is_visible()
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
