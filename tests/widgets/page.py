"""A page with every movable figure at the book's own numbers, under press's security policy and style sheets.

python tests/widgets/page.py FOLDER        then serve the folder, and open index.html
"""

import re
import shutil
import sys
from html import escape
from pathlib import Path

import hlm
from hlm.course import widgets

ROOT = Path(__file__).parents[2]
SITE = ROOT / "src/press/write/site"


def element(widget: widgets.Widget, title: str, figure: str | None = None) -> str:
    """A custom element with the book's figure inside it."""
    given = "".join(f' {name}="{escape(str(value))}"' for name, value in widget.start.items())
    static = f'<figure id="fig-{widget.name}"><p><img src="{figure}" alt="The book\'s figure."></p><figcaption>The book’s caption of {title}.</figcaption></figure>'
    return f"<h2>{title}</h2>\n<hlm-{widget.name}{given}>{static if figure else ''}</hlm-{widget.name}>"


def make(folder: Path) -> Path:
    """Write the page, its scripts and its figures into a folder; return the folder."""
    folder = Path(folder)
    shutil.copytree(ROOT / "assets/widgets", folder / "assets/widgets")
    for name in ("press.css", "theme.js"):
        shutil.copy(SITE / name, folder / "assets" / name)
    shutil.copy(ROOT / "assets/book.css", folder / "assets/book.css")
    shutil.copytree(ROOT / "assets/fonts", folder / "assets/fonts")

    d = hlm.load_hsb()
    sector = hlm.lmer("math ~ sector + (1 | sch.id)", d)
    ses = hlm.lmer("math ~ ses + (ses | sch.id)", d)
    both = hlm.lmer("math ~ ses + sector + (ses | sch.id)", d)
    schools = hlm.school_summary(d)
    tau00, sigma2, n, J = sector.cov_re.iloc[0, 0], sector.scale, schools["n"].mean(), len(schools)
    figures = {
        "mean": hlm.plots.variance_of_a_mean(tau00, sigma2, n),
        "deviance": hlm.plots.deviance_curves({"all schools": sector}),
        "shrunken": hlm.plots.shrunken_means(sector),
        "g": hlm.plots.g_of_schools(ses),
        "guess": hlm.plots.lines_and_g([5, 8, 11, 14], [4, 3, 2, 1], answer=False),
    }
    for name, figure in figures.items():
        (folder / f"{name}.svg").write_text(figure.svg())

    elements = [
        element(widgets.standard_error(tau00, sigma2, n, J, d["sector"].var()), "A standard error", "mean.svg"),
        element(
            widgets.no_effect(
                sector.icc, n, J, schools["sector"].mean(), hlm.false_positives(sector, "sector", n=1000)
            ),
            "A world without an effect",
            "mean.svg",
        ),
        element(widgets.likelihood(ses), "The likelihood", "deviance.svg"),
        element(widgets.likelihood(sector), "The likelihood of the means"),
        element(widgets.shrinkage(sector, ["public", "Catholic"]), "Shrinkage", "shrunken.svg"),
        element(widgets.shrinkage(ses), "Shrinkage of lines"),
        element(widgets.g(ses), "G", "g.svg"),
        element(widgets.guess(), "Guess the covariance", "guess.svg"),
    ]
    policy = re.search(r'<meta http-equiv="Content-Security-Policy"[^>]*>', (SITE / "page.html").read_text()).group()
    page = f"""<!doctype html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
{policy}
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Movable figures</title>
<link rel="icon" href="data:,">
<script src="assets/theme.js"></script>
<link rel="stylesheet" href="assets/press.css">
<link rel="stylesheet" href="assets/book.css">
<link rel="stylesheet" href="assets/widgets/widgets.css">
<script type="module" src="assets/widgets/widgets.js"></script>
</head>
<body>
<div class="layout"><div></div>
<main id="content">
<h1>Movable figures</h1>
<script type="application/json" id="hlm-moments">{widgets.moments_json(both.moments)}</script>
{chr(10).join(elements)}
</main>
</div>
</body>
</html>
"""
    (folder / "index.html").write_text(page)
    return folder


if __name__ == "__main__":
    print(make(Path(sys.argv[1])))
