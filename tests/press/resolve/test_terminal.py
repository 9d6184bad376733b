"""What programs print in colours is in colours on the page and in the PDF, and no code of a terminal is left."""

import pytest

from press.resolve.terminal import runs, styled, without_codes

E = "\x1b"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"a{E}[31mb{E}[0mc", [("a", ()), ("b", ("red",)), ("c", ())]),
        (f"{E}[1;92mb{E}[22mc{E}[39md", [("b", ("bold", "green")), ("c", ("green",)), ("d", ())]),
        (f"{E}[38;5;208mb{E}[m{E}[38;2;0;0;250mc", [("b", ("red",)), ("c", ("blue",))]),
        (f"{E}[3;4mb{E}[23;24mc{E}[48;5;1md", [("b", ("italic", "underline")), ("c", ()), ("d", ())]),
        (f"{E}[38mb{E}[999mc", [("b", ()), ("c", ())]),
    ],
)
def test_each_piece_has_the_style_that_a_terminal_gives_it(text, expected):
    assert runs(text) == expected


def test_codes_that_set_no_style_are_gone():
    text = f"{E}]8;;http://x{E}\\words{E}]8;;{E}\\ {E}[2K{E}[1Aline{E}(B {E}]0;title\x07end"
    assert without_codes(text) == styled(text) == "words line end"


CELL = """\
```{python}
#| echo: false
#| error: true
print("\\x1b[31mred\\n  words\\x1b[0m and \\x1b[1;34mblue & <b>\\x1b[0m, \\x1b]8;;http://x\\x1b\\\\plain\\x1b]8;;\\x1b\\\\")
class Green:
    def __repr__(self):
        return "\\x1b[32mgreen\\x1b[0m"
Green()
```
"""


def test_colours_are_on_the_page_and_in_the_pdf(show):
    book = show(CELL)
    spans = {span.get("class"): span.text for span in book.page().iter("span") if "ansi" in (span.get("class") or "")}
    assert spans == {"ansi-red": "red\n  words", "ansi-bold ansi-blue": "blue & <b>", "ansi-green": "green"}
    assert '#ansi("bold", "blue")[#raw("blue & <b>")]' in book.typst
    assert '#ansi("red")[#raw("red\\n  words")] ' not in book.typst
    assert "red words and blue & <b>, plain" in book.pdf()
    assert "green" in book.pdf()
    assert E not in book.html() + book.typst
