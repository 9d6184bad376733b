"""All words that press itself adds are in the book's language: on its pages, in their script, in the PDF."""

import json
import re
from pathlib import Path

import press
from press.read.words import SCRIPT, WORDS

SCRIPTS = [Path(press.__file__).parent / "write/site" / name for name in ("press.js", "reading.js")]
TEXT = """\
## Xx {#sec-x}

@sec-x, @fig-x, @tbl-x, @eq-x, @exr-x, @tip-x, [@xx]

::: {#fig-x}
Xx

Xx
:::

| 1 |
|---|
| 1 |

: Xx {#tbl-x}

$$ 1 $$ {#eq-x}

::: {#exr-x}
Xx
:::

::: {#tip-x .callout-tip}
Xx
:::

::: {.callout-note}
Xx
:::

```python
x = 1  # <1>
y = 2  # <2>
z = 2  # <2>
```

1. Xx
2. Xx
"""
FILES = {
    "two.qmd": "# Xx\n",
    "index.qmd": "# Xx {.unnumbered}\n\nXx\n",
    "x.json": '[{"id": "xx", "type": "book", "title": "Xx", "author": [{"family": "Xx"}]}]',
}
BOOK = "  chapters: [index.qmd, one.qmd]\n  appendices: [two.qmd]\n  date: 2026-05-26\n  repo-url: https://x.xx"


def test_each_language_has_all_words():
    for words in (WORDS, SCRIPT):
        assert words["de"].keys() == words["en"].keys()
        assert all(text.strip() for text in [*words["de"].values(), *words["en"].values()])


def test_no_english_word_is_left_in_a_german_book(tmp_path, make_book):
    said = {}
    for language in ("de", "en"):
        (tmp_path / language).mkdir()
        settings = f"lang: {language}\nbibliography: x.json"
        one = {"one.qmd": f"# Xx\n\n{TEXT}"}
        said[language] = _words(make_book(tmp_path / language, files=FILES | one, settings=settings, book=BOOK))
    same = {"small", "pdf", "code", "link", "text"}
    assert said["en"] & said["de"] - same == set()
    assert {"zeile", "zeilen", "kopieren", "abbildung", "anhang", "literatur", "tipp", "hinweis"} <= said["de"]


def _words(book):
    """What is said anywhere on the pages, and in the PDF."""
    texts = [book.pdf()]
    for name in ("index", "one", "two", "404"):
        page = book.page(name)
        texts += ["".join(page.itertext())]
        attributes = [element.attrib for element in page.iter() if isinstance(element.tag, str)]
        texts += [
            value for pairs in attributes for key, value in pairs.items() if key in ("aria-label", "title", "alt")
        ]
        (body,) = page.iter("body")
        texts += json.loads(body.get("data-words")).values()
    return {word.lower() for word in re.findall(r"[^\W\d_]{3,}", " ".join(texts))}


def test_the_scripts_have_no_words_of_their_own():
    script = "".join(file.read_text("utf-8") for file in SCRIPTS)
    spoken = re.compile(r"""(?:textContent\s*[=:]|placeholder:|"aria-label",)\s*([^,);\n]*)""")
    said = [line for line in spoken.findall(script) if re.search(r"""["`'][A-Za-z]{3}""", line)]
    assert said == []
    used = set(re.findall(r"\bwords\.(\w+)", script)) | {"auto", "light", "dark"}
    assert used == SCRIPT["en"].keys()
