"""What every table must pass, whoever makes it: valid HTML, a real table through Pandoc, LaTeX that compiles."""

import os
import shutil
import subprocess
from pathlib import Path

import html5lib
import pypandoc
import pytest

SNAPSHOTS = Path(__file__).parent / "snapshots"


def check_snapshot(name, output):
    """Compare with the file; `UPDATE_SNAPSHOTS=1 make test` writes it anew, for review in the diff."""
    path = SNAPSHOTS / name
    if os.environ.get("UPDATE_SNAPSHOTS"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(output + "\n", encoding="utf-8")
    assert output + "\n" == path.read_text(encoding="utf-8")


def parsed(html):
    """The page's tree; html5lib raises at the first thing that is not valid."""
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    return parser.parse(f'<!DOCTYPE html><html lang="en"><head><title>t</title></head><body>{html}</body></html>')


def cells(html):
    """The text of each row's cells, as a spreadsheet gets them."""
    return [[_words(cell) for cell in row] for row in parsed(html).iter("tr")]


def _words(cell):
    return "".join(cell.itertext()).replace("\N{NO-BREAK SPACE}", " ")


def grid(html):
    """The cells in place: spans are filled with their cell's text. Fails if rows are of unequal length."""
    rows = []
    for tr in parsed(html).iter("tr"):
        rows.append(tr)
    table = [{} for _ in rows]
    for i, tr in enumerate(rows):
        at = 0
        for cell in tr:
            while at in table[i]:
                at += 1
            for down in range(int(cell.get("rowspan", 1))):
                for right in range(int(cell.get("colspan", 1))):
                    table[i + down][at + right] = _words(cell)
    widths = {len(row) for row in table}
    assert len(widths) == 1, f"rows of {sorted(widths)} cells"
    return [[row[k] for k in range(len(row))] for row in table]


def raw_html(markdown):
    """What a renderer of the book gets to see: the one raw block of HTML in the Markdown, as Pandoc parses it."""
    document = pypandoc.convert_text(markdown, "html", "markdown")
    assert "<table" in document
    assert "{=html}" not in document
    return document


def through_pandoc(html, to):
    return pypandoc.convert_text(html, to, "html")


def compile_latex(body, folder):
    """Run pdflatex on the tables and return its log."""
    if not shutil.which("pdflatex"):
        pytest.skip("pdflatex is not installed")
    preamble = r"\documentclass{article}\usepackage{booktabs}"
    source = preamble + "\n\\begin{document}\n" + body + "\n\\end{document}\n"
    (folder / "t.tex").write_text(source, encoding="utf-8")
    run = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "t.tex"], cwd=folder, capture_output=True
    )
    log = run.stdout.decode("utf-8", "replace")
    assert run.returncode == 0, log[-2000:]
    return log


def axe_violations(html):
    """What axe-core has against a page with only this in it."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if not chromium:
        if os.environ.get("CI") == "true":
            pytest.fail("Chromium is not installed, and CI is where accessibility must be tested")
        pytest.skip("Chromium is not installed")
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import sync_playwright

    page_html = (
        f'<!DOCTYPE html><html lang="en"><head><title>t</title></head><body><main><h1>t</h1>{html}</main></body></html>'
    )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        try:
            page = browser.new_page()
            page.set_content(page_html)
            found = Axe().run(page).response
        finally:
            browser.close()
    assert any(rule["id"].startswith("td-") or rule["id"].startswith("th-") for rule in found["passes"])
    return [(rule["id"], node["html"]) for rule in found["violations"] for node in rule["nodes"]]
