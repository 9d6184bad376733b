"""Parts: in the contents, on pages of their own, in the PDF; chapters are counted through, as Quarto counts them."""

BOOK = """\
  chapters:
    - index.qmd
    - part: "First *part*"
      chapters: [a.qmd, b.qmd]
    - part: two.qmd
      chapters:
        - c.qmd
    - d.qmd
  appendices:
    - e.qmd
    - part: More
      chapters: [f.qmd]"""
CHAPTER = "# Chapter {0} {{#sec-{0}}}\n\n## Sub {0}\n\n::: {{#fig-{0}}}\nWords.\n\nCaption {0}\n:::\n"
FILES = {f"{name}.qmd": CHAPTER.format(name) for name in "abcdef"} | {
    "index.qmd": "# Preface {.unnumbered}\n\nSee @sec-c, @sec-two and @sec-f.\n",
    "two.qmd": "# Second part {#sec-two}\n\nOf two.\n\n## A heading\n\n::: {#fig-two}\nWords.\n\nA caption\n:::\n",
}


def test_parts_stand_in_contents_pages_and_pdf(show):
    book = show(book=BOOK, files=FILES)
    (contents,) = [nav for nav in book.page("c").iter("nav") if nav.get("id") == "book-contents"]
    said = [" ".join("".join(e.itertext()).split()) for e in contents.iter() if e.tag in ("p", "a")]
    assert said == [
        "Preface",
        "First part",
        "1 Chapter a",
        "2 Chapter b",
        "Second part",  # the heading
        "Second part",  # the link in it
        "3 Chapter c",
        "Sub c",
        "4 Chapter d",
        "Appendices",
        "A Chapter e",
        "More",
        "B Chapter f",
    ]
    assert book.words("two") == "Second part Of two. A heading# Words. Figure 1: A caption"
    assert "Figure 3.1: Caption c" in book.words("c")
    assert book.words("index").endswith("See Chapter 3, Second part and Appendix B.")
    turns = {a.get("rel"): a.get("href") for a in book.page("two").iter("a") if a.get("rel")}
    assert turns == {"prev": "b.html", "next": "c.html"}
    opened = [line for line in book.typst.splitlines() if line.startswith("#part(")]
    assert opened == ["#part(1)[First #emph[part]]", "#part(2)[Second part] <sec-two>", "#part(3)[More]"]
    before = book.typst.partition("#part(3)")[0]
    assert before.index("Chapter e") > before.index("Chapter d")
