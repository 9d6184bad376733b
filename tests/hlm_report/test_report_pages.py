"""A report as it is built by press: pages that are whole, accessible and ask nothing of another host, and a PDF."""

import re
import shutil
import subprocess

import pytest
from cases import DATA, report

from hlm_report import say
from hlm_report.cli import main

FORMULA = "Reaction ~ Days + (Days | Subject)"
LABELS = ["Reaction=reaction time (ms)", "Days=days with little sleep"]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The report's pages, built by the command itself."""
    folder = tmp_path_factory.mktemp("built") / "nights"
    file, out = str(DATA / "sleepstudy.csv"), str(folder)
    assert main([file, FORMULA, "--out", out, "--title", "Nights", "--renderer", "press", "--labels", *LABELS]) == 0
    return folder / "_book"


@pytest.mark.slow
def test_the_pages_are_whole_and_say_what_the_report_says(built, serve, reader, axe):
    pages = sorted(path.stem for path in built.glob("*.html") if path.stem != "404")
    assert pages == ["checks", "coefficients", "data", "index", "report", "slopes", "variances"]
    with serve(built) as address:
        for theme, width, shown in (("light", 1280, pages), ("dark", 390, ["coefficients", "slopes"])):
            one = reader(address, width=width, theme=theme)
            for name in shown:
                page = one.open(f"{name}.html")
                assert axe(page) == [], name
                for image in page.locator("main img").all():
                    assert re.search(r"\d", image.get_attribute("alt")), image.get_attribute("src")
                assert page.evaluate("document.documentElement.scrollWidth") <= width, name
            assert one.faults == []
        words = " ".join(one.open("slopes.html").locator("main").inner_text().split())
        words = words.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")  # pages are set with curly ones
    told = say(report("sleep"), "slopes").text
    for sentence in re.findall(r"[A-Z][^.]*\.(?=\s)", re.sub(r"[`*]|^- ", "", told, flags=re.M)):
        assert " ".join(sentence.split()) in words, sentence
    assert "Days" in words


@pytest.mark.slow
def test_the_pdf_has_the_same_numbers(built):
    if not shutil.which("pdftotext"):
        pytest.skip("pdftotext (poppler-utils) is not installed")
    text = subprocess.run(
        ["pdftotext", built / "report.pdf", "-"], capture_output=True, text=True, check=True
    ).stdout  # fmt: skip
    text = " ".join(text.split())
    assert "The model is fitted to 180 rows in 18 groups of Subject" in text
    assert "10.5 higher (95 per cent interval 7.21 to 13.7" in text
    assert "library(lmerTest)" in text
