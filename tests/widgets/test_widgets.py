"""The movable figures in a real browser: their numbers are hlm's, and everybody can move them."""

import gzip
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

import hlm
from hlm.model.deviance import Deviance
from hlm.model.optimum import Solution
from hlm.results import MixedResults

sys.path.insert(0, str(Path(__file__).parent))
import page as demo

NAMES = ["standard-error", "no-effect", "likelihood", "shrinkage", "g", "guess"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return demo.make(tmp_path_factory.mktemp("widgets"))


@pytest.fixture(scope="module")
def site(folder, serve, browser):
    with serve(folder) as address:
        yield address


@pytest.fixture
def open_page(reader, site):
    """Open the page; gives a reader (`.page`, `.faults`) once all eight elements live."""

    def open_(**settings):
        me = reader(site, **settings)
        me.open("index.html")
        if settings.get("java_script_enabled", True):
            me.page.locator("[data-live]").nth(7).wait_for()
        return me

    return open_


class Widget:
    """One element of a page, as a test uses it: set an input, read an output."""

    def __init__(self, page, name, which=0):
        self.page, self.at = page, page.locator(f"hlm-{name}").nth(which)

    def set(self, **values):
        for name, value in values.items():
            field = self.at.locator(f"input[name={name}]")
            field.evaluate(
                "(e, value) => { e.value = value; e.dispatchEvent(new Event('input', { bubbles: true })); }", str(value)
            )
        return self

    def __getitem__(self, name):
        """An output's number, to its last digit; what is shown must be the same, rounded."""
        output = self.at.locator(f"output[name={name}]")
        shown, value = output.inner_text(), float(output.get_attribute("data-value"))
        decimals = len(shown.partition(".")[2])
        assert float(shown) == pytest.approx(value, abs=0.51 * 10**-decimals)
        return value

    def value(self, name):
        return float(self.at.locator(f"input[name={name}]").input_value())

    def press(self, label):
        self.at.get_by_role("button", name=label).click()

    def all(self):
        return self.at.locator("output").evaluate_all("all => all.map(e => e.dataset.value)")


@pytest.fixture
def rng():
    return np.random.default_rng(7)


@pytest.fixture(scope="module")
def d():
    return hlm.load_hsb()


@pytest.fixture(scope="module")
def sector(d):
    return hlm.lmer("math ~ sector + (1 | sch.id)", d)


@pytest.fixture(scope="module")
def ses(d):
    return hlm.lmer("math ~ ses + (ses | sch.id)", d)


# -------------------------------------------------------------------------------------------------- their numbers


def test_standard_error(open_page, sector, d, rng):
    me = Widget(open_page().page, "standard-error")
    schools = hlm.school_summary(d)
    start = {
        "tau00": sector.cov_re.iloc[0, 0],
        "sigma2": sector.scale,
        "n": schools["n"].mean(),
        "J": len(schools),
        "var_x": d["sector"].var(),
    }

    def check(design, effect):
        star = design["tau00"] + design["sigma2"]
        ols = hlm.se_ols(star, design["n"], design["J"], design["var_x"])
        assert me["se_hlm"] == pytest.approx(hlm.se_hlm(**design), rel=1e-10)
        assert me["se_ols"] == pytest.approx(ols, rel=1e-10)
        assert me["ratio"] == pytest.approx(hlm.se_hlm(**design) / ols, rel=1e-10)
        assert me["power"] == pytest.approx(hlm.power(effect, **design), abs=1e-6)
        assert me.value("icc") == pytest.approx(design["tau00"] / star, rel=1e-9)

    check(start, 1)
    for _ in range(10):
        design = {
            "tau00": rng.uniform(0, 40),
            "sigma2": rng.uniform(1, 120),
            "n": rng.uniform(1, 200),
            "J": int(rng.integers(4, 500)),
            "var_x": rng.uniform(0.01, 2),
        }
        effect = rng.uniform(0, 5)
        me.set(**design, effect=effect)
        check(design, effect)
    # The ICC shares out the variance that there is.
    whole = design["tau00"] + design["sigma2"]
    me.set(icc=0.2)
    check({**design, "tau00": 0.2 * whole, "sigma2": 0.8 * whole}, effect)
    me.press("Reset")
    check(start, 1)


def test_no_effect(open_page, sector, d):
    me = Widget(open_page().page, "no-effect")
    n, J = len(d) / sector.ngroups, sector.ngroups
    start = me.all()

    def expect(icc, n, J, df=None):
        """What theory says that OLS announces, with equal schools; the mixed model keeps its five per cent."""
        deff = hlm.design_effect(icc, n)
        ols = 2 * stats.t.sf(stats.t.isf(0.025, n * J - 2) / np.sqrt(deff), J - 2)
        for name, share in (("ols_rejected", ols), ("hlm_rejected", 0.05)):
            assert abs(me[name] - share) < 4 * np.sqrt(share * (1 - share) / me.value("studies")) + 0.01, name

    expect(sector.icc, n, J)
    me.set(icc=0.4)
    expect(0.4, n, J)
    me.set(J=40, n=10)
    expect(0.4, 10, 40)
    me.set(icc=0)
    expect(0, 10, 40)

    me.press("Reset")
    assert me.all() == start
    me.set(seed=12)
    other = me.all()
    assert other != start
    me.set(icc=0.3).set(icc=me.at.get_attribute("icc"))
    assert me.all() == other  # draws keep their seed
    me.set(studies=1)
    assert me["ols_rejected"] in (0, 1)
    me.set(studies=0)
    assert me.at.locator("output[name=ols_rejected]").inner_text() == "–"
    me.press("Run one study")
    assert (me.value("studies"), me.value("seed")) == (1, 13)
    me.press("Three thousand")
    assert me.value("studies") == 3000


def results_at(fit, G, sigma2=None):
    """hlm's results at a G in the units of the data; without sigma2, the one that is best for G / sigma2."""
    stage = fit.at.stage
    back = np.linalg.inv(stage.scale.to_z)
    inside = back @ G @ back.T / stage.scale.unit_y**2
    root = np.linalg.cholesky(inside + 1e-300 * np.eye(len(G)))
    size = 1.0 if sigma2 is None else sigma2 / stage.scale.unit_y**2
    for _ in range(200):
        at = Deviance(stage, (root / np.sqrt(size))[stage.free], fit.reml)
        if sigma2 is not None or abs(at.s2 / size - 1) < 1e-14:
            break
        size = at.s2
    return MixedResults(fit.moments, None, Solution(at, False, False))


def test_likelihood(open_page, ses, sector, rng):
    page = open_page().page
    me = Widget(page, "likelihood")

    def check(there, fit):
        assert me["deviance"] == pytest.approx(-2 * fit.llf, rel=1e-10)
        assert me["gamma00"] == pytest.approx(fit.params.iloc[0], rel=1e-8)
        assert me[there] == pytest.approx(fit.params.iloc[1], rel=1e-8)
        assert me["se"] == pytest.approx(fit.bse.iloc[1], rel=1e-8)
        assert me["sigma2"] == pytest.approx(fit.scale, rel=1e-8)

    check("gamma10", ses)
    for _ in range(5):
        tau00, tau11, rho = rng.uniform(0.5, 12), rng.uniform(0.05, 1.6), rng.uniform(-0.9, 0.9)
        me.set(tau00=tau00, tau11=tau11, rho=rho)
        cross = rho * np.sqrt(tau00 * tau11)
        check("gamma10", results_at(ses, np.array([[tau00, cross], [cross, tau11]])))
        assert me["deviance"] > -2 * ses.llf
    for _ in range(12):
        me.press("A step of Newton")
    assert me["deviance"] == pytest.approx(-2 * ses.llf, rel=1e-12)
    assert me.value("tau11") == pytest.approx(ses.cov_re.iloc[1, 1], rel=1e-6)
    me.press("Reset")
    check("gamma10", ses)

    me = Widget(page, "likelihood", which=1)
    check("gamma01", sector)
    for tau00 in rng.uniform(0.2, 15, 4):
        me.set(tau00=tau00)
        check("gamma01", results_at(sector, np.array([[tau00]])))
    # Newton's steps are those of the appendix.
    me.press("Start far away")
    for _, row in hlm.course.steps.newton_steps(sector, start=0.25).iterrows():
        assert me["theta"] == pytest.approx(row["theta"], rel=1e-8)
        assert me["deviance"] + 2 * sector.llf == pytest.approx(row["deviance"], abs=1e-7)
        me.press("A step of Newton")


def test_a_variance_of_zero(open_page, d):
    me = Widget(open_page().page, "likelihood").set(tau11=0)
    best = hlm.lmer("math ~ ses + (1 | sch.id)", d)
    me.set(tau00=best.cov_re.iloc[0, 0])
    assert me["deviance"] == pytest.approx(-2 * best.llf, rel=1e-10)
    assert me["se"] == pytest.approx(best.bse["ses"], rel=1e-7)
    me.set(tau00=0)
    assert me["deviance"] > -2 * best.llf


def test_shrinkage(open_page, sector, rng):
    me = Widget(open_page().page, "shrinkage")
    table = hlm.shrinkage(sector)

    def check(school, row):
        me.set(school=school)
        assert me["weight"] == pytest.approx(row["reliability"], rel=1e-8)
        assert me["n"] == row["n"]
        assert me["mean"] == pytest.approx(row["mean"], rel=1e-10)
        assert me["expected"] == pytest.approx(row["expected"], rel=1e-8)
        assert me["predicted"] == pytest.approx(row["predicted"], rel=1e-8)

    for school in rng.choice(table.index, 8):
        check(school, table.loc[school])
    me.press("No pooling")
    assert (me["weight"], me["predicted"]) == (1, pytest.approx(me["mean"], rel=1e-12))
    me.press("Complete pooling")
    assert (me["weight"], me["predicted"]) == (0, pytest.approx(me["expected"], rel=1e-12))
    me.press("As the model has it")
    check(school, table.loc[school])
    me.set(tau00=2.5)
    assert me["weight"] == pytest.approx(2.5 / (2.5 + sector.scale / me["n"]), rel=1e-8)
    # Half-typed numbers change nothing; the arrows go to the school with the next number of students.
    before = me.all()
    me.set(school="99")
    assert me.all() == before
    me.press("Reset")
    sizes = []
    for _ in range(5):
        sizes.append(me["n"])
        me.at.locator("input[name=school]").press("ArrowUp")
    assert sizes == sorted(table["n"])[:5]


def test_shrinkage_of_lines(open_page, ses, d, rng):
    me = Widget(open_page().page, "shrinkage", which=1)
    own, G = hlm.school_regressions("math ~ ses", d), ses.cov_re.to_numpy()
    ses_of = d.groupby("sch.id")["ses"]
    ss, mean, n = ses_of.var() * (ses_of.count() - 1), ses_of.mean(), ses_of.count()

    def check(school, tau00):
        share = tau00 / G[0, 0]
        me.set(school=school)
        predicted = ses.coefficients if share == 1 else results_at(ses, share * G, ses.scale).coefficients
        assert [me["intercept"], me["slope"]] == pytest.approx(predicted.loc[school].tolist(), rel=1e-7)
        errors = ses.scale * (1 / n[school] + mean[school] ** 2 / ss[school]), ses.scale / ss[school]
        assert me["weight"] == pytest.approx(tau00 / (tau00 + errors[0]), rel=1e-8)
        assert me["weight_slope"] == pytest.approx(share * G[1, 1] / (share * G[1, 1] + errors[1]), rel=1e-8)

    for school in rng.choice(own.index, 4):
        check(school, G[0, 0])
    me.set(tau00=2.5)
    check(school, 2.5)
    me.press("No pooling")
    assert [me["intercept"], me["slope"]] == pytest.approx(own.loc[school, ["intercept", "slope"]].tolist(), rel=1e-5)
    me.press("Complete pooling")
    assert me["weight"] == me["weight_slope"] == 0


def test_a_school_can_be_tapped(open_page):
    me = Widget(open_page(has_touch=True, width=390).page, "shrinkage")
    mark = me.at.locator("svg circle.catholic:not(.ring)").nth(40)
    mark.scroll_into_view_if_needed()
    box = mark.bounding_box()
    me.page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert me.at.locator("input[name=school]").input_value() != "8367"


def test_g(open_page, ses, rng):
    me = Widget(open_page().page, "g")

    def check(G, zero):
        moved = hlm.move_zero(G, zero).to_numpy()
        assert [me["tau00"], me["tau01"], me["tau11"]] == pytest.approx(moved.ravel()[[0, 1, 3]].tolist(), rel=1e-9)
        assert me["rho"] == pytest.approx(hlm.correlation(moved).iloc[0, 1], rel=1e-9)

    check(ses.cov_re.to_numpy(), 0)
    start = me.all()
    for _ in range(6):
        tau00, tau11, rho, zero = rng.uniform(0.5, 15), rng.uniform(0.1, 4), rng.uniform(-1, 1), rng.uniform(-2, 2)
        me.set(tau00=tau00, tau11=tau11, rho=rho, zero=zero)
        cross = rho * np.sqrt(tau00 * tau11)
        check([[tau00, cross], [cross, tau11]], zero)
    me.press("Reset")
    assert me.all() == start

    def lines():
        me.page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        return me.at.locator("svg line.line").evaluate_all("all => all.map(e => e.getAttribute('y1'))")

    first = lines()
    me.set(zero=1)
    assert lines() == first  # only the zero has moved
    me.press("Draw other schools")
    assert lines() != first
    me.set(seed=1, zero=0)
    assert lines() == first


def test_guess(open_page):
    me = Widget(open_page().page, "guess")
    right = 0
    for seed in range(1, 9):
        me.set(seed=seed)
        rho = me.at.evaluate("e => e.schools.rho")
        lines = np.array(me.at.evaluate("e => e.schools.lines"))
        assert np.corrcoef(lines.T)[0, 1] == pytest.approx(rho, abs=1e-10)
        sign = 1 if seed % 2 else -1
        me.at.locator(f"input[name=sign][value='{sign}']").check()
        right += sign == np.sign(rho)
        assert me["score"] == right
        assert ("Right" if sign == np.sign(rho) else "No") in me.at.locator(".hlm-note").inner_text()
        me.set(correlation=rho - np.sign(rho) * (0.05 if seed < 5 else 0.2))
        me.press("That is my guess")
        right += 2 if seed < 5 else 1
        assert me["score"] == right
        assert me.at.get_by_role("button", name="That is my guess").is_disabled()
        assert me["of"] == 3 * seed
    me.press("Reset")
    assert (me["score"], me["of"]) == (0, 0)


# ------------------------------------------------------------------------------------------------------ for everybody


def test_by_keyboard(open_page):
    page = open_page().page
    me = Widget(page, "standard-error")
    students = me.at.locator("input[name=n]")
    students.focus()
    before = me["se_hlm"]
    page.keyboard.press("ArrowRight")
    assert me.value("n") == 45  # from 44.9 to the next round value
    page.keyboard.press("PageUp")
    assert me.value("n") == 55
    page.keyboard.press("ArrowDown")
    assert me.value("n") == 54
    assert me["se_hlm"] < before
    page.keyboard.press("End")
    assert me.value("n") == 200
    page.keyboard.press("Home")
    assert me.value("n") == 1
    assert students.get_attribute("aria-valuetext") == "1"
    reset = me.at.get_by_role("button", name="Reset")
    reset.focus()
    page.keyboard.press("Enter")
    assert me["se_hlm"] == before
    # Every control can be reached.
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    controls = page.locator("main :is(input:not([type=radio]), button)").count()
    reached = set()
    for _ in range(controls + 20):
        page.keyboard.press("Tab")
        reached.add(
            page.evaluate(
                "[...document.querySelectorAll('main :is(input:not([type=radio]), button)')].indexOf(document.activeElement)"
            )
        )
    assert len(reached - {-1}) == controls


@pytest.mark.parametrize("name", ["standard-error", "no-effect", "likelihood", "shrinkage", "g", "guess"])
def test_keys_move_every_slider_again_and_again(open_page, name):
    """A widget that keeps something under the name of a method of its class would lose that method when it draws."""
    reader = open_page()
    sliders = Widget(reader.page, name).at.locator("input[type=range]")
    for i in range(sliders.count()):
        values = [sliders.nth(i).evaluate("e => e.valueAsNumber")]
        for key in ("ArrowLeft", "ArrowLeft", "ArrowRight"):
            sliders.nth(i).press(key)
            values.append(sliders.nth(i).evaluate("e => e.valueAsNumber"))
        assert values[0] > values[1] > values[2] < values[3], (name, i, values)
    assert reader.faults == []


def test_by_mouse_values_are_round(open_page):
    page = open_page().page
    me = Widget(page, "standard-error")
    slider = me.at.locator("input[name=n]")
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.61, box["y"] + box["height"] / 2, steps=5)
    page.mouse.up()
    value = me.at.evaluate("e => e.values.n")
    assert value == round(value) > 100


def test_words_come_once_the_hand_is_still(open_page):
    page = open_page().page
    me = Widget(page, "g")
    status = me.at.locator("[role=status]:not(output)")
    assert status.inner_text() == ""
    me.page.evaluate(
        "window.said = 0; new MutationObserver(() => { window.said += 1; })"
        ".observe(document.querySelector('hlm-g p[role=status]'), { childList: true })"
    )
    for zero in np.linspace(-1, 1, 15):
        me.set(zero=zero)
    page.wait_for_timeout(2000)
    assert page.evaluate("window.said") == 1
    assert "fan out" in status.inner_text()
    assert set(me.at.locator("output").evaluate_all("all => all.map(e => e.getAttribute('aria-live'))")) == {"off"}
    # The picture says the same.
    assert (
        me.at.locator("svg[role=img]").evaluate(
            "e => document.getElementById(e.getAttribute('aria-labelledby')).textContent"
        )
        == status.inner_text()
    )


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_for_everybody(open_page, axe, width, theme):
    me = open_page(width=width, theme=theme)
    wide = me.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0
    Widget(me.page, "guess").at.locator("input[value='1']").check()
    assert axe(me.page) == []
    # Nothing that is written leaves the picture.
    out = me.page.evaluate(
        "[...document.querySelectorAll('.hlm-picture text')].filter(e => { const a = e.getBoundingClientRect(), "
        "b = e.closest('svg').getBoundingClientRect(); return a.width && (a.left < b.left - 2 || a.right > b.right + 2); }).map(e => e.textContent)"
    )
    assert out == []
    assert me.faults == []


def test_light_and_dark_follow_the_page(open_page):
    def ink(page):
        return page.locator("hlm-g .hlm-picture text").first.evaluate("e => getComputedStyle(e).fill")

    me = open_page(theme="light")
    light = ink(me.page)
    me.page.evaluate("document.documentElement.dataset.theme = 'dark'")
    dark = ink(me.page)
    assert dark != light
    me.page.evaluate("delete document.documentElement.dataset.theme; document.body.className = 'quarto-dark'")
    assert ink(me.page) == dark
    me.page.emulate_media(color_scheme="dark")
    me.page.evaluate("document.body.className = 'quarto-light'")
    assert ink(me.page) == light


def test_without_scripts_and_in_print_the_figure_stands(open_page):
    still = open_page(java_script_enabled=False)
    assert still.page.locator("main img").count() == 6
    assert all(image.is_visible() for image in still.page.locator("main img").all())
    assert still.page.locator(".hlm-widget").count() == 0

    me = open_page()
    pictures, captions = me.page.locator("main img"), me.page.locator("main figcaption")
    # A widget that is its figure's picture stands in its place, above the caption; others stand below the figure.
    instead = ["standard-error", "no-effect", "shrinkage"]
    for name in NAMES:
        shown = me.page.locator(f"hlm-{name} img").first.is_visible()
        assert (shown, me.page.locator(f"hlm-{name} figure .hlm-widget").count()) == (
            (False, 1) if name in instead else (True, 0)
        )
    assert all(caption.is_visible() for caption in captions.all())
    me.page.emulate_media(media="print")
    assert all(image.is_visible() for image in pictures.all())
    assert all(caption.is_visible() for caption in captions.all())
    assert not any(widget.is_visible() for widget in me.page.locator(".hlm-widget").all())


def test_what_is_missing_is_named_and_the_figure_stands(open_page):
    me = open_page()
    me.page.evaluate(
        'document.querySelector(\'main\').insertAdjacentHTML(\'beforeend\', \'<hlm-g tau00="4" rho="x"><img src="g.svg" alt=""></hlm-g>\')'
    )
    assert me.faults == ["<hlm-g>: needs the attribute tau11"]
    assert me.page.locator("hlm-g img").last.is_visible()


def test_motion_only_for_those_who_want_it(open_page, site, browser):
    me = Widget(open_page().page, "shrinkage")
    me.press("Complete pooling")
    assert me["weight"] == 0  # at once

    context = browser.new_context(reduced_motion="no-preference")
    page = context.new_page()
    page.goto(f"{site}/index.html")
    page.locator("[data-live]").nth(7).wait_for()
    me = Widget(page, "shrinkage")
    me.press("Complete pooling")
    on_the_way = float(me.at.locator("output[name=weight]").get_attribute("data-value"))
    assert 0 < on_the_way < 0.71
    page.locator("hlm-shrinkage output[data-value='0']").wait_for()
    context.close()


# ------------------------------------------------------------------------------------------------------------- limits


def test_a_page_carries_at_most_forty_kilobytes(folder):
    """Two kinds of figures on a page, whichever they are, with all that they share and the schools' moments."""
    script = (folder / "index.html").read_text().partition('id="hlm-moments">')[2].partition("</script>")[0]
    files = {path.name: len(gzip.compress(path.read_bytes())) for path in (folder / "assets/widgets").iterdir()}
    own = sorted(files.pop(f"{name}.js") for name in NAMES)
    assert len(gzip.compress(script.encode())) + sum(files.values()) + sum(own[-2:]) < 40_000


@pytest.mark.slow
def test_a_frame_takes_less_than_eight_milliseconds(open_page):
    """The page's own work for a frame, in processor time: compute, write the results, draw, lay out."""
    page = open_page().page
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def spent():
        return {m["name"]: m["value"] for m in session.send("Performance.getMetrics")["metrics"]}["TaskDuration"]

    sliders = page.evaluate(
        "[...document.querySelectorAll('[data-live]')].flatMap((e, i) => "
        "e.specs.filter(spec => spec.type === 'range').map(spec => [i, spec.name, e.localName]))"
    )
    move = """([which, name, frames]) => {
      const e = document.querySelectorAll('[data-live]')[which], input = e.inputs[name], low = Number(input.min);
      const width = e.picture.parentElement.clientWidth;
      for (let i = 0; i < frames; i++) {
        e.set(name, low + ((Number(input.max) - low) * ((i * 7) % 100)) / 100);
        e.pen.picture(width, () => e.draw(e.pen, width));
        e.widget.getBoundingClientRect();
      }
      e.reset();
    }"""
    slow, frames = [], 100
    for which, name, tag in sliders:
        page.evaluate(move, [which, name, 30])  # once to warm up
        before = spent()
        page.evaluate(move, [which, name, frames])
        milliseconds = 1000 * (spent() - before) / frames
        slow += [(tag, name, milliseconds)] if milliseconds >= 8 else []
    assert slow == []
