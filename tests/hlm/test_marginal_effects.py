"""A fit in the hands of marginaleffects, where that is installed: its numbers are those of the fit's own contrasts."""

import sys

import numpy as np
import pandas as pd
import pytest

import hlm


@pytest.fixture(scope="module")
def marginaleffects():
    found = pytest.importorskip("marginaleffects")
    import polars as pl

    if int(pl.__version__.split(".")[0]) >= 2:
        pytest.skip("marginaleffects 0.6 does not run with polars 2, for any model")
    return found


@pytest.fixture(scope="module")
def d():
    d = hlm.load_hsb()
    return d.assign(kind=np.where(d["sector"] == 1, "Catholic", "public"), part=1.0 + d["size"] % 3)


@pytest.fixture(
    scope="module",
    params=[
        "math ~ ses * kind + meanses + (ses | sch.id)",
        "math ~ ses * kind + offset(ses / 9) + (1 | sch.id) + (1 | part)",
    ],
)
def fit(d, request):
    return hlm.lmer(request.param, d)


def test_average_slopes_are_contrasts(marginaleffects, fit):
    found = marginaleffects.avg_slopes(hlm.for_marginaleffects(fit), variables="ses", by="kind")
    per_point = 1 / 9 if "offset" in fit.formula else 0.0
    for kind, estimate, se in found.select(["kind", "estimate", "std_error"]).iter_rows():
        own = fit.contrast("ses" if kind == "Catholic" else "ses + ses:kind[T.public]")
        assert estimate == pytest.approx(own["estimate"].item() + per_point, rel=1e-6)
        assert se == pytest.approx(own["se"].item(), rel=1e-3)  # its slopes are differences


def test_predictions_are_the_fits(marginaleffects, fit, d):
    new = d.iloc[::500]
    found = marginaleffects.predictions(hlm.for_marginaleffects(fit), newdata=new)
    np.testing.assert_allclose(found["estimate"], fit.predict(new, random_effects=False), rtol=1e-9)
    np.testing.assert_allclose(found["std_error"], fit.predict(new, random_effects=False, se=True)["se"], rtol=1e-5)


def test_hypotheses_and_comparisons(marginaleffects, fit):
    ours = hlm.for_marginaleffects(fit)
    found = marginaleffects.hypotheses(ours, hypothesis="b1 = 2")
    own = fit.contrast("ses = 2")
    assert found["statistic"][0] == pytest.approx(own["t"].item(), rel=1e-6)
    adjusted = marginaleffects.hypotheses(ours, hypothesis="b1 = 2", vcov="kenward-roger")
    assert adjusted["std_error"][0] == pytest.approx(fit.contrast("ses", ddf="kenward-roger")["se"].item(), rel=1e-6)
    compared = marginaleffects.avg_comparisons(ours, variables="kind")
    mean = float(fit.design.source.frame["ses"].mean())
    own = fit.contrast(f"kind[T.public] + {mean!r} * ses:kind[T.public]")
    assert compared["estimate"][0] == pytest.approx(own["estimate"].item(), rel=1e-6)


def test_what_is_missing_is_said(d, monkeypatch):
    fit = hlm.lmer("math ~ ses + (1 | sch.id)", d)
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(hlm.ModelError, match="needs marginaleffects"):
        hlm.for_marginaleffects(fit)


def test_the_columns_are_those_of_the_formula(d):
    from hlm.marginal_effects import _columns

    fit = hlm.lmer("math ~ log(ses + 9) * kind + (1 | sch.id)", d, offset="part")
    predictors, rows = _columns(fit)
    assert predictors == ["ses", "kind"]
    assert set(rows) == {"ses", "kind", "math", "sch.id", "part"}
    gone = d.assign(ses=d["ses"].where(pd.Series(np.arange(len(d)) > 9, index=d.index)))
    with pytest.warns(hlm.MissingDataWarning):
        fit = hlm.lmer("math ~ ses + (1 | sch.id)", gone)
    assert len(_columns(fit)[1]) == len(d) - 10
