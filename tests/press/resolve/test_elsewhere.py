"""A link to a name leads to the chapter that has it."""

import pytest

from press.problems import BookError

TWO = "# Two {#sec-two}\n\n## Plain\n\n$$ x $$ {#eq-x}\n\n[]{#mark}Text.\n"
BOOK = "  chapters: [index.qmd, one.qmd, two.qmd]"


def test_a_link_to_a_name_in_another_chapter_leads_there(show):
    links = "[a](#sec-two), [b](#plain), [c](#eq-x), [d](#mark), [e](#own)\n\n## Own\n"
    book = show(links, {"two.qmd": TWO}, book=BOOK)
    hrefs = [a.get("href") for a in book.page().iter("a") if (a.text or "-") in "abcde"]
    assert hrefs == ["two.html#sec-two", "two.html#plain", "two.html#eq-x", "two.html#mark", "#own"]
    for name in ("sec-two", "chapter-2-plain", "eq-x", "chapter-2-mark", "chapter-1-own"):
        assert f"#link(<{name}>)" in book.typst


def test_a_link_to_a_chapter_s_page_leads_to_the_chapter(show):
    book = show("[a](two.html), [b](two#plain), [c](./two.html#sec-two)\n", {"two.qmd": TWO}, book=BOOK)
    hrefs = [a.get("href") for a in book.page().iter("a") if (a.text or "-") in "abc"]
    assert hrefs == ["two.html", "two.html#plain", "two.html#sec-two"]
    for name in ("chapter-2", "chapter-2-plain", "sec-two"):
        assert f"#link(<{name}>)" in book.typst


@pytest.mark.parametrize("href", ["two.qmd#gone", "two.html#gone", "three.html", "three"])
def test_a_link_to_what_is_not_in_another_chapter_is_dead(show, href):
    with pytest.raises(BookError, match=f"one.qmd:3: the link .*{href.partition('#')[2] or href}.* leads nowhere"):
        show(f"[a]({href})", {"two.qmd": TWO}, book=BOOK)


def test_a_name_that_no_chapter_has_is_a_dead_link(show):
    with pytest.raises(BookError, match=r"one\.qmd:3: the link #gone leads nowhere"):
        show("[a](#gone)", {"two.qmd": TWO}, book=BOOK)
