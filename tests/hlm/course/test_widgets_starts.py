"""Where the book's movable figures start, as a page is told."""

import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest

import hlm
from hlm.course import widgets


@pytest.fixture(scope="module")
def d():
    return hlm.load_hsb()


@pytest.fixture(scope="module")
def sector(d):
    return hlm.lmer("math ~ sector + (1 | sch.id)", d)


def told(widget):
    """The tag's name and attributes, and the moments, of what a cell shows."""
    tag, moments = re.fullmatch(r"<!-- (hlm-[^\n]*)\n?(.*) -->", widget._repr_markdown_()).groups()
    parser = HTMLParser()
    parser.handle_starttag = lambda name, attrs: read.append((name, dict(attrs)))
    read = []
    parser.feed(f"<{tag}>")
    return *read[0], json.loads(moments) if moments else None


def test_numbers_are_told_to_the_last_digit(sector, d):
    design = {"tau00": sector.cov_re.iloc[0, 0], "sigma2": sector.scale, "n": len(d) / 160, "J": 160, "var_x": 0.25}
    name, attributes, moments = told(widgets.standard_error(**design, effect=1.5))
    assert (name, moments) == ("hlm-standard-error", None)
    assert {key: float(value) for key, value in attributes.items()} == {
        **{key.lower(): value for key, value in design.items()},
        "effect": 1.5,
    }
    assert attributes["j"] == "160"
    _, attributes, _ = told(
        widgets.no_effect(sector.icc, len(d) / 160, 160, d.groupby("sch.id")["sector"].first().mean())
    )
    assert float(attributes["icc"]) == sector.icc
    assert 0.4 < float(attributes["share"]) < 0.5
    assert "ols" not in attributes


def test_studies_are_told_by_their_t_values(sector):
    results = hlm.false_positives(sector, "sector", n=50)
    _, attributes, _ = told(widgets.no_effect(0.2, 45, 160, 0.4, results))
    assert attributes["studies"] == "50"
    for name, method in (("ols", "OLS"), ("hlm", "HLM")):
        of = results[results["method"] == method]
        bins = np.array([one.split(":") for one in attributes[name].split()], dtype=int)
        assert (bins[:, 1:].sum(axis=0) == (50, of["rejected"].sum())).all()
        t = np.repeat((bins[:, 0] + 0.5) / 4, bins[:, 1])
        assert np.abs(np.sort(of["estimate"] / of["se"]) - t).max() <= 0.125
    with pytest.raises(hlm.DataError, match="as many studies by OLS as by HLM"):
        widgets.no_effect(0.2, 45, 160, 0.4, results[results["method"] == "OLS"])


def test_a_fit_tells_its_columns_its_criterion_and_its_moments(sector):
    for fit, reml in ((sector, "true"), (sector.as_ml(), "false")):
        name, attributes, moments = told(widgets.likelihood(fit))
        assert name == "hlm-likelihood"
        assert (attributes["x"], attributes["z"], attributes["reml"]) == ("Intercept sector", "Intercept", reml)
        assert moments == json.loads(widgets.moments_json(sector.moments))
    _, attributes, moments = told(widgets.shrinkage(sector, ["public", "Catholic"]))
    assert attributes["groups"] == "public,Catholic"
    assert moments["groups"][0] == "1224"


def test_g_starts_at_the_estimates(d):
    fit = hlm.lmer("math ~ ses + (ses | sch.id)", d)
    _, attributes, _ = told(widgets.g(fit))
    tau00, tau11, rho = (float(attributes[name]) for name in ("tau00", "tau11", "rho"))
    assert (tau00, tau11) == (fit.cov_re.iloc[0, 0], fit.cov_re.iloc[1, 1])
    assert rho * (tau00 * tau11) ** 0.5 == pytest.approx(fit.cov_re.iloc[0, 1], rel=1e-12)
    assert float(attributes["gamma10"]) == fit.params["ses"]


def test_nothing_ends_the_comment_before_its_end():
    nasty = '--> "<b>" --- & -->'
    shown = widgets.Widget("guess", {"words": nasty}, json.dumps([nasty]))
    text = shown._repr_markdown_()
    assert text.count("--") == 2
    assert told(shown) == ("hlm-guess", {"words": nasty}, [nasty])


def test_what_a_figure_cannot_show_is_refused(d):
    with pytest.raises(hlm.ModelError, match="of lines alone"):
        widgets.shrinkage(hlm.lmer("math ~ ses + sector + (ses | sch.id)", d))
    with pytest.raises(hlm.ModelError, match="random intercept and one slope"):
        widgets.g(hlm.lmer("math ~ ses + (1 | sch.id)", d))
    with pytest.raises(hlm.ModelError, match="'I\\(ses \\*\\* 2\\)'"):
        widgets.likelihood(hlm.lmer("math ~ I(ses ** 2) + (1 | sch.id)", d))
