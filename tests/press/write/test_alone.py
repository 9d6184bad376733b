"""A chapter as one HTML file: with its pictures, its style and its font in it, and nothing asked of any other."""

import re

import html5lib
import pytest

from press.build.book import Parsed, check, parse, resolve
from press.read.project import read_project
from press.run.execute import execute
from press.write.alone import write_alone

TEXT = """\
A word, a formula $x^2$, ![a dot of blue, drawn in a square](dot.svg){style="border: 0"}

```{python}
#| label: fig-line
#| fig-cap: "A line."
#| fig-alt: "A line that rises from the left to the right."
import matplotlib.pyplot as plt

plt.plot([1, 2])
plt.show()
```
"""
STYLE = """\
@font-face { font-family: "STIX Two Math"; src: url("assets/fonts/stix-two-math.woff2") format("woff2"); }
main { background: url(dot.svg); }
"""
DOT = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><circle cx="4" cy="4" r="4"/></svg>'


@pytest.fixture(scope="module")
def page(make_book, tmp_path_factory):
    folder = tmp_path_factory.mktemp("alone")
    files = {"dot.svg": DOT, "own.css": STYLE}
    root = make_book(folder, TEXT, files, "css: own.css").root
    project = read_project(root)
    sources, works = check(project)
    results = execute(project, sources, project.work / "cache", 60, print, print)
    chapters = resolve(Parsed(project, sources, results, parse(project, sources, results), works), "html")
    write_alone(project, chapters[1], folder / "one.html")
    return (folder / "one.html").read_text("utf-8")


def test_it_asks_for_nothing(page):
    html5lib.HTMLParser(strict=True).parse(page)
    assert page.count("<img") == 2
    assert not re.findall(r'src="(?!data:)|href="(?!#)|url\((?!data:)|<script|<link', page)


def test_a_reader_sees_all_of_it(page, reader, serve, tmp_path):
    (tmp_path / "one.html").write_text(page, "utf-8")
    with serve(tmp_path) as address:
        one = reader(address, width=390)
        shown = one.open("one.html")
        assert shown.evaluate("[...document.images].map(i => i.naturalWidth > 0)") == [True, True]
        assert shown.evaluate("document.fonts.load('16px \"STIX Two Math\"').then(found => found.length)") == 1
        assert shown.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert [fault for fault in one.faults if "favicon" not in fault] == []
