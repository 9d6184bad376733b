"""The movable figures where they stand in the book: alive, at the book's own numbers, and nothing but figures elsewhere."""

import gzip
import re
import shutil
import subprocess

import html5lib
import pytest

import hlm

XHTML = "{http://www.w3.org/1999/xhtml}"
NAMES = ["standard-error", "no-effect", "likelihood", "shrinkage", "g", "guess"]
WEIGHT = 40_000  # of the scripts, their style and their data on a page, compressed


@pytest.fixture(scope="module")
def pages(book):
    """The pages with movable figures: path and names, in the order of the page."""
    found = {}
    for page in sorted(book.rglob("*.html")):
        names = re.findall(r"<hlm-([\w-]+)", page.read_text("utf-8"))
        if names:
            found[page.relative_to(book).as_posix()] = names
    return found


@pytest.fixture(scope="module")
def site(book, serve, browser):
    with serve(book) as address:
        yield address


@pytest.fixture
def open_page(reader, site, pages):
    """Open a page; gives a reader once all its movable figures are alive, and what it asked for in `asked`."""

    def open_(path, **settings):
        me = reader(site, **settings)
        me.asked = []
        me.page.on("request", lambda request: me.asked.append(request.url.removeprefix(f"{site}/")))
        me.open(path)
        if settings.get("java_script_enabled", True):
            for i, name in enumerate(pages.get(path, [])):
                me.page.locator(f":is({', '.join('hlm-' + n for n in NAMES)})").nth(i).and_(
                    me.page.locator("[data-live]")
                ).wait_for()
                assert name in NAMES
        return me

    return open_


@pytest.fixture
def alive(open_page, pages):
    """`alive(name)`: the first element of a name in the book, on its page."""

    def find(name):
        path = next(path for path, names in pages.items() if name in names)
        return open_page(path).page.locator(f"hlm-{name}").first

    return find


@pytest.fixture(scope="module")
def d():
    return hlm.load_hsb()


@pytest.fixture(scope="module")
def sector(d):
    return hlm.lmer("math ~ sector + (1 | sch.id)", d)


@pytest.fixture(scope="module")
def ses(d):
    return hlm.lmer("math ~ ses + (ses | sch.id)", d)


def output(element, name):
    return float(element.locator(f"output[name={name}]").get_attribute("data-value"))


def value(element, name):
    return float(element.locator(f"input[name={name}]").input_value())


def test_each_of_them_stands_in_the_book(pages):
    assert {name for names in pages.values() for name in names} == set(NAMES)


def test_their_controls_and_results_have_the_names_of_the_field(alive):
    names = {
        "standard-error": (
            {"J", "n", "tau00", "sigma2", "icc", "var_x", "effect"},
            {"se_hlm", "se_ols", "ratio", "power"},
        ),
        "no-effect": ({"J", "n", "icc", "studies", "seed"}, {"ols_rejected", "hlm_rejected"}),
        "likelihood": ({"tau00"}, {"deviance", "gamma00", "se"}),
        "shrinkage": ({"tau00", "school"}, {"weight"}),
        "g": ({"tau00", "tau11", "rho", "zero", "seed"}, {"tau01"}),
        "guess": ({"sign", "correlation", "seed"}, {"score"}),
    }
    for name, (inputs, outputs) in names.items():
        element = alive(name)
        assert inputs <= set(element.locator("input").evaluate_all("all => all.map(e => e.name)"))
        assert outputs <= set(element.locator("output").evaluate_all("all => all.map(e => e.name)"))


# ------------------------------------------------------------------------------------------- the book's own numbers


def test_the_standard_error_starts_at_the_chapters(alive, sector, d):
    element, schools = alive("standard-error"), hlm.school_summary(d)
    design = (sector.cov_re.iloc[0, 0], sector.scale, schools["n"].mean(), len(schools), value(element, "var_x"))
    assert output(element, "se_hlm") == pytest.approx(hlm.se_hlm(*design), rel=1e-10)
    assert output(element, "se_hlm") == pytest.approx(sector.bse["sector"], rel=0.02)  # schools are not of one size
    assert output(element, "power") == pytest.approx(hlm.power(1, *design), abs=1e-6)


def test_the_studies_are_of_these_schools(alive, sector, d):
    element, schools = alive("no-effect"), hlm.school_summary(d)
    assert value(element, "icc") == pytest.approx(sector.icc, rel=1e-12)
    assert (value(element, "J"), value(element, "n")) == (len(schools), pytest.approx(schools["n"].mean(), rel=1e-12))
    assert float(element.get_attribute("share")) == pytest.approx(schools["sector"].mean(), rel=1e-12)
    assert output(element, "hlm_rejected") < 0.07 < 0.4 < output(element, "ols_rejected")


def test_the_studies_are_at_first_those_of_the_page(alive, sector):
    """So that the figure says what the sentence below it says; and again after a reset."""
    element = alive("no-effect")
    studies = int(value(element, "studies"))
    found = hlm.false_positives(sector, "sector", n=studies).groupby("method")["rejected"].mean()

    def agree():
        return all(output(element, f"{m.lower()}_rejected") == pytest.approx(found[m], abs=1e-9) for m in found.index)

    assert agree()
    element.get_by_role("button", name="Three thousand").click()
    assert not agree()
    element.get_by_role("button", name="Reset").click()
    assert agree()


def test_the_likelihoods_start_at_the_optimum_and_newton_walks_as_in_the_appendix(open_page, pages, sector, ses):
    shown = []
    for path, names in pages.items():
        page = open_page(path).page if "likelihood" in names else None
        for i in range(names.count("likelihood")):
            element = page.locator("hlm-likelihood").nth(i)
            fit = ses if element.locator("input[name=tau11]").count() else sector
            shown.append(fit)
            assert output(element, "deviance") == pytest.approx(-2 * fit.llf, rel=1e-10)
            assert output(element, "gamma00") == pytest.approx(fit.params.iloc[0], rel=1e-8)
            assert output(element, "se") == pytest.approx(fit.bse.iloc[1], rel=1e-8)
            assert value(element, "tau00") == pytest.approx(fit.cov_re.iloc[0, 0], rel=1e-7)
            if fit is ses:
                assert output(element, "gamma10") == pytest.approx(fit.params.iloc[1], rel=1e-8)
                continue
            element.get_by_role("button", name="Start far away").click()
            for _, row in hlm.course.steps.newton_steps(fit, start=0.25).iterrows():
                assert output(element, "theta") == pytest.approx(row["theta"], rel=1e-8)
                element.get_by_role("button", name="A step of Newton").click()
    assert sector in shown
    assert ses in shown


def test_shrinkage_is_the_chapters(open_page, pages, sector, ses):
    means, lines = hlm.shrinkage(sector), ses.coefficients
    shown = []
    for path, names in pages.items():
        page = open_page(path).page if "shrinkage" in names else None
        for i in range(names.count("shrinkage")):
            element = page.locator("hlm-shrinkage").nth(i)
            school = int(element.locator("input[name=school]").input_value())
            assert output(element, "n") == means["n"].min() == means.loc[school, "n"]
            shown.append(element.locator("output[name=slope]").count())
            if shown[-1]:
                line = [output(element, "intercept"), output(element, "slope")]
                assert line == pytest.approx(lines.loc[school].tolist(), rel=1e-7)
            else:
                assert output(element, "weight") == pytest.approx(means.loc[school, "reliability"], rel=1e-8)
                assert output(element, "predicted") == pytest.approx(means.loc[school, "predicted"], rel=1e-8)
    assert shown == [0, 1]


def test_g_is_the_schools(alive, ses):
    element, G = alive("g"), ses.cov_re
    found = [output(element, name) for name in ("tau00", "tau01", "tau11")]
    assert found == pytest.approx([G.iloc[0, 0], G.iloc[0, 1], G.iloc[1, 1]], rel=1e-10)


def test_reset_goes_back_to_the_start(open_page, pages):
    for path, names in pages.items():
        me = open_page(path)
        for i in range(len(names)):
            element = me.page.locator("[data-live]").nth(i)
            outputs = element.locator("output")
            start = outputs.evaluate_all("all => all.map(e => e.dataset.value)")
            element.locator("input").evaluate_all(
                """all => all.filter(e => !e.disabled).forEach(e => {
                    if (e.type === "radio") e.click();
                    else { e.value = e.type === "range" ? 0.3 * e.max + 0.7 * e.min : 1296; e.dispatchEvent(new Event("input", { bubbles: true })); }
                })"""
            )
            assert outputs.evaluate_all("all => all.map(e => e.dataset.value)") != start, f"{path}: {names[i]}"
            element.get_by_role("button", name="Reset").click()
            assert outputs.evaluate_all("all => all.map(e => e.dataset.value)") == start, f"{path}: {names[i]}"
        assert me.faults == []


# ------------------------------------------------------------------------------------------------------- for everybody


@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (390, "dark")])
def test_for_everybody(open_page, pages, axe, width, theme):
    for path in pages:
        me = open_page(path, width=width, theme=theme)
        assert axe(me.page, within=":is([data-live])") == [], path
        for element in me.page.locator("[data-live]").all():
            assert element.bounding_box()["x"] + element.bounding_box()["width"] <= width
        assert me.faults == [], path


@pytest.mark.press
def test_no_page_with_one_scrolls_sideways(open_page, pages):
    for path in pages:
        page = open_page(path, width=390).page
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0, path


def test_without_scripts_and_in_print_the_figure_stands(open_page, pages):
    for path, names in pages.items():
        still, me = open_page(path, java_script_enabled=False), open_page(path)
        me.page.emulate_media(media="print")
        for page in (still.page, me.page):
            assert page.locator(".hlm-widget:visible").count() == 0
            for name in set(names):
                for element in page.locator(f"hlm-{name}").all():
                    assert element.locator("img").first.is_visible(), f"{path}: {name}"
                    assert element.locator("figcaption").first.is_visible(), f"{path}: {name}"


# -------------------------------------------------------------------------------------------------------- what is loaded


def test_only_a_page_with_one_loads_what_brings_it_to_life_and_little_of_it(book, open_page, pages):
    for path in (p.relative_to(book).as_posix() for p in sorted(book.rglob("*.html"))):
        text = (book / path).read_text("utf-8")
        assert text.count("widgets/widgets.js") == text.count("widgets/widgets.css") == (path in pages), path
        if path not in pages:
            continue
        asked = {url for url in open_page(path).asked if "assets/widgets/" in url}
        assert all((book / url).is_file() for url in asked), asked
        assert {url.rpartition("/")[2] for url in asked} >= {f"{name}.js" for name in pages[path]}
        data = re.findall(r'<script type="application/json" id="hlm-moments.*?</script>', text, re.S)
        weights = [len(gzip.compress((book / url).read_bytes())) for url in asked]
        weights += [len(gzip.compress(one.encode())) for one in data]
        assert sum(weights) <= WEIGHT, f"{path}: {sum(weights)} bytes"


def test_a_page_says_each_figures_caption_once_and_so_does_the_pdf(book, pages):
    if not shutil.which("pdftotext"):
        pytest.skip("pdftotext (poppler-utils) is not installed")

    def bare(text):
        return re.sub(r"\s+", "", re.sub(r"[-\u00ad\u2010]\n", "", text))

    pdf = subprocess.run(
        ["pdftotext", book / "students-in-schools.pdf", "-"], capture_output=True, check=True, encoding="utf-8"
    )
    pdf = bare(pdf.stdout)
    for path in pages:
        tree = html5lib.parse((book / path).read_text("utf-8"))
        for element in (e for e in tree.iter() if str(e.tag).startswith(f"{XHTML}hlm-")):
            (caption,) = element.iter(f"{XHTML}figcaption")
            words = bare("".join(caption.itertext()))
            longest = max(re.findall(r"[A-Za-z,.]+", words), key=len)
            assert len(longest) > 20, words
            assert pdf.count(longest) == 1, f"{path}: {longest}"
    assert "hlm-" not in pdf.replace("hlm-report", "")


def test_a_notebook_has_the_figure_and_neither_its_element_nor_its_cell(book, pages):
    for path in pages:
        notebook = (book / path).with_suffix(".ipynb").read_text("utf-8")
        assert "course.widgets" not in notebook
        assert "<hlm-" not in notebook
        assert "<!-- hlm-" not in notebook
        assert "image/svg+xml" in notebook
