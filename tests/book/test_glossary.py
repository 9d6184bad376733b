"""The appendix of symbols and terms: each is where the appendix says, and no definition of the book is left out."""

import re
from functools import cache

import pytest
from test_prose import ROOT, chapters

NOTATION = ROOT / "chapters/e-notation.qmd"

# The words after which the book puts a term in italics or bold because it is defined there; so it is, too, if it is in
# bold within a sentence.
LEADS = re.compile(
    r"(?:called|known as|name is|name in the literature is|its name:|This is|tests it is|says that they are"
    r"|says that \w+ are|The two are|A row is) (?:the |a |an )?$"
)
MARKED = re.compile(r"(?<![\w*])(\*{1,2})(?! )([^*]+?)\1(?![\w*])")


@cache
def sections():
    """The book's text by the label of its section, in order; what stands under headings without one has the key None."""
    found = {}
    for chapter in chapters():
        if chapter.path != NOTATION:
            text = re.sub(r"^```.*?^```$", "", chapter.text, flags=re.M | re.S)
            label = None
            for part in re.split(r"^(#+ .*)$", text, flags=re.M):
                if heading := re.match(r"#+ (.*)", part):
                    if found_label := re.search(r"\{#(sec-[\w-]+)", part):
                        label = found_label[1]
                    elif part.startswith("## "):  # Summary, Exercises; tabs have headings of the third level
                        label = None
                    part = heading[1]
                found[label] = found.get(label, "") + part + "\n"
    return found


def rows(title):
    """(first cell, label of the section) of each row of the tables under a heading."""
    (part,) = re.findall(rf"^## {title} .*?(?=^## |\Z)", NOTATION.read_text("utf-8"), re.M | re.S)
    for line in part.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if line.startswith("| ") and cells[0] not in ("Symbol", "Term"):
            found = re.search(r"(?:^\[-|: )@(sec-[\w-]+)\]?$", cells[-1])
            assert found, f"name the section at the end of the row: {line}"
            yield cells[0], found[1]


def maths(text):
    return " ".join(a or b for a, b in re.findall(r"\$\$(.*?)\$\$|(?<!\$)\$([^$]+)\$", text, re.S))


def uses(symbol, text):
    """Whether a formula of the text has the symbol, and not as a part of another."""
    plain = symbol.strip("$").replace(" ", "")
    return (
        re.search(rf"(?<![A-Za-z\\]){re.escape(plain)}(?![A-Za-z_^]|\{{)", maths(text).replace(r"\,", "")) is not None
    )


def plain(text):
    return re.sub(r"\s+", " ", re.sub(r"[*_`$]", "", text)).lower()


SYMBOLS = [(symbol, label) for cell, label in rows("Symbols") for symbol in re.findall(r"\$[^$]+\$", cell)]
TERMS = [(term, label) for cell, label in rows("Glossary") for term in cell.split(", ")]


@pytest.mark.parametrize(("symbol", "label"), SYMBOLS)
def test_a_symbol_is_used_where_the_appendix_says(symbol, label):
    assert uses(symbol, sections()[label])


GREEK = "alpha|beta|gamma|delta|epsilon|varepsilon|theta|lambda|mu|rho|sigma|tau|phi|chi|ell"

# Letters that one derivation needs and explains beside itself, and what most formulas are made of.
LOCAL = {
    "a",
    "b",
    "c",
    "s",
    "v",
    "x",
    "x_j",
    "m",
    "z_0",
    "z_1",
    "I",
    "L",
    "R",
    "U",
    "X",
    "Y",
    "Y_{ij}",
    "Y_{jk}",
    "Y_{ijk}",
}
# The same of another student, school or time, and of any coefficient, as on the slides.
LOCAL |= {
    "e_{1j}",
    "e_{nj}",
    "e_{i'j}",
    "e_{sj}",
    "e_{tj}",
    "U_{0j'}",
    "Y_0",
    "Y_1",
    "U_0",
    "U_j",
    r"\beta_j",
    r"\gamma_{000}",
}


def symbols(text):
    """The letters of a text's formulas, with their subscripts, without hats, bars and words."""
    found = re.sub(r"\\(?:text|begin|end)\{[^{}]*\}", " ", maths(text))
    found = re.sub(r"\\(?:hat|bar|tilde|widehat|overline)\b *(?:\{(\\?[A-Za-z]+)\})?|_\{ *\}", r"\1", found)
    found = re.findall(r"(?:\\[a-zA-Z]+|[A-Za-z])(?:_\{[^{}]*\}|_[A-Za-z0-9])?", found)
    return {name for name in found if not name.startswith("\\") or re.match(rf"\\(?:{GREEK})(?![a-z])", name)}


@pytest.mark.parametrize("chapter", [c for c in chapters() if c.path != NOTATION], ids=lambda c: c.path.stem)
def test_every_symbol_of_a_chapter_is_in_the_appendix(chapter):
    listed = symbols(NOTATION.read_text("utf-8").split("## Glossary")[0]) | LOCAL
    text = re.sub(r"^```.*?^```$|`[^`]*`", "", chapter.text, flags=re.M | re.S)
    assert sorted(symbols(text) - listed) == []


def test_symbols_are_found():
    text = (
        r"$\hat\gamma_{01} = \bar{Y}_j + \sigma^2_{\text{sector}}$ and $$\begin{aligned} \frac{q_j}{n} \end{aligned}$$"
    )
    assert symbols(text) == {r"\gamma_{01}", "Y_j", r"\sigma", "q_j", "n"}


@pytest.mark.parametrize(("term", "label"), TERMS)
def test_a_term_is_used_where_the_appendix_says(term, label):
    assert plain(term).rstrip("s") in plain(sections()[label])


def test_the_terms_stand_in_the_order_of_the_alphabet():
    first = [cell.lower() for cell, _ in rows("Glossary")]
    assert first == sorted(first)


def test_nothing_stands_twice():
    for listed in ([symbol for symbol, _ in SYMBOLS], [term for term, _ in TERMS]):
        assert len(listed) == len(set(listed))


def definitions(text):
    """The terms that a text defines, by the way it marks them."""
    for line in re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S).splitlines():
        for found in MARKED.finditer(line):
            before, term = line[: found.start()], found[2]
            in_bold = found[1] == "**" and before.strip(" -") and not re.search(r"[.?]$|^[A-Z]$", term)
            if in_bold or LEADS.search(before):
                yield term


@pytest.mark.parametrize("chapter", [c for c in chapters() if c.path != NOTATION], ids=lambda c: c.path.stem)
def test_whatever_a_chapter_defines_is_in_the_glossary(chapter):
    listed = {plain(term) for term, _ in TERMS}
    assert [term for term in definitions(chapter.text) if plain(term) not in listed] == []


def test_definitions_are_found():
    text = "It is called the *null model*.\nThe **design effect** is *large*, and **Bold** begins nothing.\n**Data.** We *see*."
    assert list(definitions(text)) == ["null model", "design effect", "Bold"]


def test_a_symbol_is_no_part_of_another():
    assert uses(r"$\tau_{00}$", r"so $\tau_{00} = 1$")
    assert not uses("$b$", r"so $b_W + \beta$")
    assert not uses("$F$", "an F test")
