"""Take the README's picture: a page of the built book, on a desktop and, in the dark, on a phone.

    make book && .venv/bin/python docs/picture.py

needs chromium, and writes docs/page.png.
"""

import io
import shutil
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[1]
PAGE = "chapters/02-one-question-two-answers.html"
PICTURE = ROOT / "docs/page.png"
GROUND, GAP = "#d5dbe2", 24


def main() -> None:
    desktop = look(1200, 800, "light", "#sec-two-intervals")
    phone = look(390, 800, "dark", "h1")
    picture = Image.new("RGB", (desktop.width + phone.width + 3 * GAP, desktop.height + 2 * GAP), GROUND)
    picture.paste(desktop, (GAP, GAP))
    picture.paste(phone, (desktop.width + 2 * GAP, GAP))
    picture.quantize(128, dither=Image.Dither.NONE).save(PICTURE, optimize=True)
    print(f"{PICTURE.relative_to(ROOT)}: {PICTURE.stat().st_size / 1000:.0f} kB")


def look(width: int, height: int, theme: str, at: str) -> Image.Image:
    """What a screen of this size shows of the page, with the element `at` at its top."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=theme)
        page.goto((ROOT / "_book" / PAGE).as_uri())
        page.evaluate("document.fonts.ready.then(() => null)")
        page.locator(at).first.evaluate("e => e.scrollIntoView({block: 'start', behavior: 'instant'})")
        shot = page.screenshot()
        browser.close()
    return Image.open(io.BytesIO(shot)).convert("RGB")


if __name__ == "__main__":
    main()
