"""What a sentence says of a coefficient follows from its column, and its words fit its numbers."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from cases import report

from hlm_report import Report, say, wording
from hlm_report.sentences import SENTENCES


def test_a_coefficient_is_worded_by_what_its_column_is():
    text = say(report("by level"), "coefficients").text
    assert "the difference in the mean of `y` between `s` public and private is" in text
    assert "holds where `b` is no and `x` is zero, and only there" in text
    assert "the slope of `x` is 1.9" in text or "the slope of `x` is 2." in text
    assert "]:" not in re.sub(r"`[^`]*`", "", text)
    nested = say(report("nested"), "coefficients").text
    assert "`C(t, contr.sum)[S.u]`: the coefficient is" in nested
    assert "`poly(z, 2)[1]`: the coefficient is" in nested
    assert "`s[private]:x`: the slope of `x` where `s` is private is" in nested
    assert "`nitro`: the coefficient is" in say(report("oats"), "coefficients").text  # beside its square
    means = say(report("cell means"), "coefficients").text
    assert "the mean of `y` where `s` is private and the other columns of the model are zero is" in means


def test_a_missing_number_chooses_no_sentence():
    text = "\n".join(words for one in SENTENCES.values() for _, words in one.said(report("untested")) if "`x`" in words)
    assert "no test can be made of it" in text
    assert "< 0.001" not in text
    for name in (
        "has_a_slope",
        "has_no_slope_to_tell",
        "levels_differ",
        "levels_do_not_differ",
        "reported_factor",
        "slopes_vary",
        "slopes_not_told_apart",
        "groups_differ",
        "groups_not_told_apart",
        "predictors_help",
        "predictors_do_not_help",
    ):
        assert not SENTENCES[name].said(report("untested")), name
    assert "`x`" not in "".join(words for _, words in SENTENCES["reported_none"].said(report("untested")))
    assert "0.001" not in wording.p(float("nan"))
    with wording.finite_only(), pytest.raises(wording.NotFinite):
        wording.p(float("nan"))


def test_parts_of_a_standard_error_are_of_the_models_own():
    air = report("airquality")
    widened = [c for c in air.told if c.widened]
    assert widened
    for c in air.told:
        assert c.own == pytest.approx(air.fit.bse[c.name], rel=1e-6)
    assert "Kenward and Roger's allowance for the variances being estimates" in say(air, "errors").text
    assert "With 5 groups of `month`" in say(air, "tests").text
    assert "allowance" not in say(report("sector"), "errors").text
    penguins = say(report("penguins"), "ols").text  # no variance between groups
    assert "independent pieces" not in penguins
    assert "independent pieces" in say(report("sector"), "ols").text


def test_wording_fits_the_number():
    assert "do not interpret the zero," in say(report("penguins"), "boundary").text
    assert "the correlation, and look" not in say(report("dyestuff2"), "boundary").text
    for case in ("opposite", "parallel", "hsb"):
        for split in report(case).splits:
            lines = SENTENCES["predictor_mostly_between"].said(report(case), only=split)
            for _, line in lines:
                assert ("so that most" in line) == (round(100 * split.share) > 55)
    half = replace(report("parallel").splits[0], share=0.52)
    words = SENTENCES["predictor_mostly_between"].words(report("parallel"), half)
    assert "about half of what" in words


def test_without_variance_between_groups_a_larger_error_is_not_put_down_to_them():
    rng = np.random.default_rng(4)
    g = np.repeat(np.arange(4), 10)
    x = np.array([-1.0, 0.0, 0.5, 1.0])[g] + 0.3 * rng.normal(size=40)
    noise = rng.normal(size=40)
    d = pd.DataFrame({"g": g, "x": x, "y": noise - np.bincount(g, noise)[g] / 10})
    found = Report("y ~ x + (1 | g)", d.assign(x=d["x"].where(d.index % 8 > 0)))
    ols = say(found, "ols").text
    assert "times as much, by Kenward and Roger's allowance" in ols
    assert "independent pieces" not in ols
    assert "the variance of the intercept by `g` is zero" in say(found, "boundary").text
    assert "interpret the zero, and look" in say(found, "boundary").text
    assert "In all 5 of them the outcome is known" in say(found, "rows").text
    hidden = found.data.assign(y=d["y"].where(d.index % 8 > 0))
    assert "the outcome is known in none of them" in say(Report("y ~ x + (1 | g)", hidden), "rows").text


def test_errors_that_are_compared_are_of_one_kind():
    assert "(both the model's own, without Kenward and Roger's correction)" in say(report("sleep"), "slopes").text
    assert "correction" not in say(report("hsb"), "slopes").text
