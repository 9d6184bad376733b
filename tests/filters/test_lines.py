"""On a page a formula keeps the sign beside it; in a PDF nothing is changed."""

import pytest


def words(html):
    return html.replace("\n", " ").strip()


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("one $x$, and", "one [x,] and"),
        ("($x$)", "[(x)]"),
        ("of $x$-values", "of [x-]values"),
        ("“$x$”.", "[“x”.]"),
        ('see "of $x$".', "see “of [x”.]"),
        ('"$x$ alone", and', "[“x] alone”, and"),
        ("with $x$ = 0.43, so", "with [x = 0.43,] so"),
        ("$x$(2, 151.9) = 24.1", "[x(2, 151.9)] = 24.1"),
        ("with $x$ = −2 or $y$ = less", "with [x = −2] or y = less"),
        ("see ($x$ or", "see [(x] or"),
        ("$x$ and $y$.", "x and [y.]"),
        ("no formula, here.", "no formula, here."),
    ],
)
def test_signs_stay_with_their_formula(run, written, kept):
    page = words(run("lines.lua", written + "\n", "html"))
    page = page.replace('<span class="together">', "[").replace("<em>x</em>", "x").replace("<em>y</em>", "y")
    page = page.replace('<span class="math inline">x</span>', "x").replace('<span class="math inline">y</span>', "y")
    assert page.replace("</span>", "]") == f"<p>{kept}</p>"


def test_a_displayed_formula_and_a_pdf_stay(run):
    assert "together" not in run("lines.lua", "So $$x$$, and.\n", "html")
    assert run("lines.lua", "one $x$, and\n", "typst").strip() == "one $x$, and"
