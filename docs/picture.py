"""Take pictures: the README's, a page on a desktop and, in the dark, on a phone; that which links to the book show.

    make book && .venv/bin/python docs/picture.py      # docs/page.png, of the built book
    .venv/bin/python docs/picture.py report            # docs/report.png, of a report that it makes
    .venv/bin/python docs/picture.py share             # assets/share.png, of the built book's title and first figure

needs chromium.
"""

import io
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml
from PIL import Image
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[1]
PUPILS = "tests/reference/data/pupils.csv"
FORMULA = "language ~ iq + ses + sex + group_size + (iq | school)"
GROUND, GAP = "#d5dbe2", 24
SHARED = """<!doctype html><meta charset="utf-8"><style>
body {{ margin: 0; padding: 44px 90px; font-family: system-ui, "Noto Sans", sans-serif; color: #1b1f24; }}
h1 {{ margin: 0; font-size: 76px; letter-spacing: -0.02em; }}
p {{ margin: 8px 0 26px; font-size: 33px; color: #57606a; }}
svg {{ display: block; width: 1020px; height: auto; }}
</style><h1>{title}</h1><p>{subtitle}</p>{figure}"""


def main(what: str = "page") -> None:
    if what == "share":
        share()
        return
    if what == "report":
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, "-m", "hlm_report", PUPILS, FORMULA, "--out", f"{folder}/report"]
            subprocess.run(command, cwd=ROOT, check=True)
            pages = Path(folder, "report/_book")
            desktop = look(pages / "coefficients.html", 1200, 800, "light", "#fig-intervals")
            phone = look(pages / "within-between.html", 390, 800, "dark", "#fig-within")
    else:
        page = ROOT / "_book/chapters/02-one-question-two-answers.html"
        desktop = look(page, 1200, 800, "light", "#sec-two-intervals")
        phone = look(page, 390, 800, "dark", "h1")
    target = ROOT / f"docs/{what}.png"
    picture = Image.new("RGB", (desktop.width + phone.width + 3 * GAP, desktop.height + 2 * GAP), GROUND)
    picture.paste(desktop, (GAP, GAP))
    picture.paste(phone, (desktop.width + 2 * GAP, GAP))
    picture.quantize(128, dither=Image.Dither.NONE).save(target, optimize=True)
    print(f"{target.relative_to(ROOT)}: {target.stat().st_size / 1000:.0f} kB")


def share() -> None:
    """The book's title over its first figure, in the size that sites show beside a link (Open Graph: 1.91 to 1)."""
    book = yaml.safe_load((ROOT / "_quarto.yml").read_text("utf-8"))["book"]
    (figure,) = ROOT.glob("_book/index_files/**/fig-cover*.svg")
    svg = figure.read_text("utf-8")
    target = ROOT / book["image"]
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder, "share.html")
        words = {"title": book["title"], "subtitle": book["subtitle"], "figure": svg[svg.index("<svg") :]}
        page.write_text(SHARED.format(**words), "utf-8")
        look(page, 1200, 630, "light", "h1").quantize(64, dither=Image.Dither.NONE).save(target, optimize=True)
    print(f"{target.relative_to(ROOT)}: {target.stat().st_size / 1000:.0f} kB")


def look(page_of: Path, width: int, height: int, theme: str, at: str) -> Image.Image:
    """What a screen of this size shows of the page, with the element `at` at its top."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=theme)
        page.goto(page_of.as_uri())
        page.evaluate("document.fonts.ready.then(() => null)")
        page.locator(at).first.evaluate("e => e.scrollIntoView({block: 'start', behavior: 'instant'})")
        shot = page.screenshot()
        browser.close()
    return Image.open(io.BytesIO(shot)).convert("RGB")


if __name__ == "__main__":
    main(*sys.argv[1:])
