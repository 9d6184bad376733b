"""Group moments: what they are, that they add, and that a database engine finds the same."""

import duckdb
import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hlm

pytestmark = [
    pytest.mark.filterwarnings("ignore::hlm.SingularFitWarning"),
    pytest.mark.filterwarnings("ignore:The 'future.infer_string' option:DeprecationWarning"),  # ibis 12 on pandas 3
    pytest.mark.filterwarnings("ignore:The 'future.infer_string' option:FutureWarning"),
]

FORMULA = "math ~ ses * sector + (ses | sch.id)"


@pytest.fixture(scope="module")
def d():
    return hlm.load_hsb()


@pytest.fixture(scope="module")
def parquet(d, tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "hsb.parquet"
    d.to_parquet(path)
    return path


def same(a, b, rtol=1e-11):
    assert list(a.groups) == list(b.groups)
    np.testing.assert_array_equal(a.n, b.n)
    np.testing.assert_allclose(a.origin + a.mean, b.origin + b.mean, rtol=rtol, atol=rtol)
    np.testing.assert_allclose(a.scatter, b.scatter, rtol=rtol, atol=1e-9)
    np.testing.assert_allclose(a.within, b.within, rtol=rtol, atol=1e-7)


def test_moments_are_counts_means_and_scatter(d):
    m = hlm.moments(FORMULA, d)
    school = d[d["sch.id"] == m.groups[3]]
    values = np.column_stack([school["ses"], school["sector"], school["ses"] * school["sector"], school["math"]])
    assert m.layout.columns == ("ses", "sector", "ses:sector")
    assert m.n[3] == len(school)
    np.testing.assert_allclose(m.origin + m.mean[3], values.mean(0))
    centred = values - values.mean(0)
    np.testing.assert_allclose(m.scatter[3, 0], centred[:, 0] @ centred, atol=1e-10)


@given(cut=st.integers(1, 7184))
@settings(max_examples=25, deadline=None)
def test_two_parts_add_up_to_the_whole(cut):
    data = hlm.load_hsb().sample(frac=1, random_state=1)
    whole = hlm.moments(FORMULA, data)
    same(hlm.moments(FORMULA, data[:cut]) + hlm.moments(FORMULA, data[cut:]), whole)


def test_moments_of_different_models_do_not_add(d):
    with pytest.raises(hlm.ModelError, match="different models"):
        hlm.moments(FORMULA, d) + hlm.moments("math ~ ses + (1 | sch.id)", d)


@pytest.mark.parametrize("kind", ["parquet", "duckdb", "ibis"])
@pytest.mark.parametrize("formula", [FORMULA, "math ~ sector + (1 | sch.id)", "math ~ 1 + (1 | sch.id)"])
def test_an_engine_finds_the_same(d, parquet, kind, formula):
    data = {"parquet": parquet, "duckdb": duckdb.read_parquet(str(parquet)), "ibis": ibis.memtable(d)}[kind]
    m = hlm.moments(formula, data)
    same(m, hlm.moments(formula, d))
    fit, expected = hlm.lmer(formula, m), hlm.lmer(formula, d)
    np.testing.assert_allclose(fit.coef_table(), expected.coef_table(), rtol=1e-8)
    assert fit.llf == pytest.approx(expected.llf, rel=1e-13)
    np.testing.assert_allclose(fit.predict(d), expected.fittedvalues, rtol=1e-9)


def test_lmer_takes_a_table_of_an_engine(parquet, d):
    fit = hlm.lmer("math ~ sector + (1 | sch.id)", parquet)
    assert fit.bse["sector"] == pytest.approx(hlm.lmer("math ~ sector + (1 | sch.id)", d).bse["sector"], rel=1e-9)
    with pytest.raises(hlm.ModelError, match="no rows"):
        fit.resid  # noqa: B018


def test_an_engine_leaves_out_what_is_missing(d, tmp_path):
    gaps = d.copy()
    gaps.loc[[3, 50], "ses"] = np.nan
    gaps.loc[9, "math"] = np.inf
    gaps.to_parquet(tmp_path / "gaps.parquet")
    with pytest.warns(hlm.MissingDataWarning, match="3 of 7,185"):
        m = hlm.moments(FORMULA, tmp_path / "gaps.parquet")
    same(m, hlm.moments(FORMULA, gaps.drop(index=[3, 9, 50])))


@pytest.mark.parametrize(
    ("formula", "says"),
    [
        ("math ~ C(sector) + (1 | sch.id)", "make it a column"),
        ("math ~ nosuch + (1 | sch.id)", "nosuch"),
        ("math ~ ses + (1 | nosuch)", "nosuch"),
        ("math ~ town + (1 | sch.id)", "town"),
    ],
)
def test_what_an_engine_cannot_do_is_said(d, formula, says):
    with pytest.raises(hlm.ModelError, match=says):
        hlm.moments(formula, ibis.memtable(d.head(50).assign(town="x")))


def test_sources_that_are_none(tmp_path):
    with pytest.raises(hlm.ModelError, match="no file"):
        hlm.moments(FORMULA, tmp_path / "missing.parquet")
    (tmp_path / "text.parquet").write_text("not parquet")
    with pytest.raises(hlm.ModelError, match="not a Parquet file"):
        hlm.moments(FORMULA, tmp_path / "text.parquet")
    with pytest.raises(hlm.ModelError, match=r"data frame .* not list"):
        hlm.moments(FORMULA, [1.0])


def test_a_fit_needs_moments_of_its_own_formula(d):
    with pytest.raises(hlm.ModelError, match="made for"):
        hlm.lmer("math ~ ses + (1 | sch.id)", hlm.moments(FORMULA, d))


def test_categorical_and_text_groups(d):
    expected = hlm.lmer("math ~ ses + (1 | sch.id)", d)
    for labels in (d["sch.id"].astype(str), pd.Categorical(d["sch.id"]), d["sch.id"].astype(float)):
        fit = hlm.lmer("math ~ ses + (1 | sch.id)", d.assign(**{"sch.id": labels}))
        assert fit.llf == pytest.approx(expected.llf, rel=1e-13)
        assert fit.ngroups == expected.ngroups


@pytest.mark.parametrize("formula", ["math ~ public * ses + (ses | sch.id)", "math ~ 0 + public + (1 | sch.id)"])
def test_truth_values_are_levels_in_an_engine_too(d, formula):
    data = d.assign(public=d["sector"] == 0)
    here, there = hlm.moments(formula, data), hlm.moments(formula, ibis.memtable(data))
    assert here.layout == there.layout
    fit = hlm.lmer(formula, there)
    pd.testing.assert_series_equal(fit.params, hlm.lmer(formula, data).params, rtol=1e-6)
    pd.testing.assert_series_equal(fit.predict(data.head(9)), hlm.lmer(formula, data).predict(data.head(9)), rtol=1e-6)
    with pytest.raises(hlm.ModelError, match="public is a number here, and has levels in the fit"):
        fit.predict(data.head(9).assign(public=1.5))


def test_a_model_of_moments_says_what_it_cannot_make_of_new_data(d):
    data = d.assign(town=np.where(d["sector"] == 1, "a", "b"))
    formula = "math ~ town + log(ses + 9) + (1 | sch.id)"
    fit = hlm.lmer(formula, hlm.moments(formula, data))
    with pytest.raises(hlm.ModelError, match="do not keep how town is made of new data; fit it to a data frame"):
        fit.predict(data)


def test_moments_whose_groups_are_labelled_in_two_ways_are_not_added(d):
    parts = [hlm.moments(FORMULA, d.head(3000)), hlm.moments(FORMULA, d.tail(3000).astype({"sch.id": str}))]
    with pytest.raises(hlm.ModelError, match=r"the groups in sch.id are integer and string; make them the same first"):
        parts[0] + parts[1]


def cancelling(b=0.0, n=2000, J=20):
    """Rows whose y is y0 + b x - 3 b w, w a column of the groups: least squares explains almost all of it."""
    rng = np.random.default_rng(1)
    g = np.repeat(np.arange(J), n // J)
    x, w = rng.normal(size=n), rng.normal(size=J)[g]
    y = 1 + 1.2 * rng.normal(size=J)[g] + 0.3 * rng.normal(size=J)[g] * x + rng.normal(size=n)
    return pd.DataFrame({"g": g, "x": x, "w": w, "y": y + b * x - 3 * b * w})


MODELS = ["y ~ x + w + (1 | g)", "y ~ x + w + (x | g)", "y ~ 0 + x + w + (1 | g)"]
SOURCES = {"frame": lambda data: data, "duckdb": duckdb.from_df, "ibis": ibis.memtable}


@pytest.mark.parametrize("b", [2e6, 2e7])
@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("formula", MODELS)
def test_a_predictor_that_explains_almost_all_of_y_costs_no_digits(formula, source, b):
    near, far = hlm.lmer(formula, cancelling()), hlm.lmer(formula, SOURCES[source](cancelling(b)))
    assert far.converged
    np.testing.assert_allclose(far.cov_re, near.cov_re, rtol=1e-6)
    assert far.scale == pytest.approx(near.scale, rel=1e-8)
    np.testing.assert_allclose(far.bse, near.bse, rtol=1e-7)
    np.testing.assert_allclose(far.df(), near.df(), rtol=1e-6)
    assert far.llf == pytest.approx(near.llf, abs=1e-5)
    np.testing.assert_allclose(
        far.params - near.params, [0] * (len(near.params) - 2) + [b, -3 * b], rtol=1e-12, atol=1e-7
    )
    np.testing.assert_allclose(far.variance_intervals()["upper"], near.variance_intervals()["upper"], rtol=1e-5)


@pytest.mark.parametrize("source", SOURCES)
def test_columns_of_X_that_almost_determine_each_other_cost_no_digits(source):
    """Beside x, a copy of it with a millionth of noise; and the same model of the noise itself."""
    data = cancelling()
    noise = np.round(np.random.default_rng(2).normal(size=len(data)) * 2**20) * 2.0**-37  # exact beside x
    data["x"] = np.round(data["x"] * 2**15) * 2.0**-15
    near = hlm.lmer("y ~ x + noise + (1 | g)", data.assign(noise=noise))
    far = hlm.lmer("y ~ x + copy + (1 | g)", SOURCES[source](data.assign(copy=data["x"] + noise)))
    assert far.params["copy"] == pytest.approx(near.params["noise"], rel=1e-8)
    assert far.bse["copy"] == pytest.approx(near.bse["noise"], rel=1e-8)
    assert far.llf == pytest.approx(near.llf, rel=1e-12)
    np.testing.assert_allclose(far.cov_re, near.cov_re, rtol=1e-9)
    assert far.df("kenward-roger")["copy"] == pytest.approx(near.df("kenward-roger")["noise"], rel=1e-6)


def test_moments_that_cancel_add_up_and_take_another_response():
    formula, near, far = MODELS[0], cancelling(), cancelling(2e7)
    expected = hlm.lmer(formula, near)
    parts = hlm.moments(formula, far[:700]) + hlm.moments(formula, far[700:])
    np.testing.assert_allclose(hlm.lmer(formula, parts).cov_re, expected.cov_re, rtol=1e-6)
    np.testing.assert_allclose(expected.refit(far["y"]).cov_re, expected.cov_re, rtol=1e-6)
    np.testing.assert_allclose(hlm.lmer(formula, far).refit(near["y"]).cov_re, expected.cov_re, rtol=1e-9)


@pytest.mark.parametrize("first", ["cancels", "does not"])
def test_a_part_that_cancels_adds_to_one_that_does_not(first):
    """In some schools x and w hardly differ from zero: by themselves these schools lose no digits."""
    near = cancelling()
    near.loc[:699, ["x", "w"]] *= 1e-7
    far = near.assign(y=near["y"] + 2e7 * (near["x"] - 3 * near["w"]))
    parts = [hlm.moments(MODELS[0], far[700:]), hlm.moments(MODELS[0], far[:700])]
    assert [part.sharper is None for part in parts] == [False, True]
    one, other = parts if first == "cancels" else parts[::-1]
    expected = hlm.lmer(MODELS[0], near)
    np.testing.assert_allclose(hlm.lmer(MODELS[0], one + other).cov_re, expected.cov_re, rtol=1e-6)


@pytest.mark.parametrize("b", [0, 2e7])
def test_rows_are_summed_in_blocks_of_any_size(b, monkeypatch):
    """The rows of a large frame come in several blocks, the last one shorter, groups across their ends."""
    data = cancelling(b)
    for formula in MODELS:
        whole = hlm.lmer(formula, data)
        with monkeypatch.context() as small:
            small.setattr("hlm.model.design.ROWS_PER_BLOCK", 333)
            same(hlm.moments(formula, data), whole.moments, rtol=1e-9)
            np.testing.assert_allclose(hlm.lmer(formula, data).coef_table(), whole.coef_table(), rtol=1e-6)
            again = whole.refit(data["y"] + data["w"])
        np.testing.assert_allclose(again.coef_table(), whole.refit(data["y"] + data["w"]).coef_table(), rtol=1e-6)


def test_ordinary_columns_are_summed_once(d):
    assert hlm.moments(FORMULA, d).sharper is None
    assert hlm.moments(MODELS[0], cancelling(2e6)).sharper is not None


def test_a_response_that_its_columns_explain_exactly_is_still_refused():
    data = cancelling()
    with pytest.raises(hlm.ModelError, match="explain y exactly"):
        hlm.lmer("y ~ x + w + (1 | g)", data.assign(y=3 * data["x"] + data["w"]))


@pytest.mark.parametrize("source", ["duckdb", "ibis"])
@pytest.mark.parametrize(
    ("formula", "columns"),
    [
        ("math ~ ses + (1 | sch.id) + (1 | town)", {"sch.id", "math", "ses", "town", "weight"}),
        ("math ~ exp(ses / 9) + (1 | sector:town)", {"math", "ses", "sector", "town", "weight"}),
    ],
)
def test_models_of_several_factors_fetch_their_columns(d, source, formula, columns):
    data = d[d["sch.id"] < 2500].assign(weight=1.0 + d["female"])
    data["town"] = "t" + (data.index % 7).astype(str)
    ours, theirs = (hlm.lmer(formula, rows, weights="weight", reml=False) for rows in (SOURCES[source](data), data))
    assert ours.llf == pytest.approx(theirs.llf, abs=1e-8)
    np.testing.assert_allclose(ours.coef_table(), theirs.coef_table(), rtol=1e-6)
    assert set(ours.design.source.data) == columns
    with pytest.raises(hlm.ModelError, match="moments are of"):
        hlm.moments(formula, SOURCES[source](data))


@pytest.mark.parametrize(
    ("formula", "given", "says"),
    [
        (
            "math ~ nosuch + (1 | sch.id) + (1 | sector)",
            {},
            "there is no column 'nosuch'; the columns are sch.id, math",
        ),
        ("math ~ ses + (1 | sch.id) + (1 | nosuch)", {}, "there is no column 'nosuch'; the columns are sch.id, math"),
        ("math ~ ses + (1 | sch.id:sector)", {"weights": "nosuch"}, "there is no column 'nosuch'"),
        ("math ~ ses + (1 | sch.id:sector)", {"offset": [1.0] * 50}, "the rows of an engine's data have no order"),
    ],
)
def test_what_cannot_be_fetched_is_said(d, formula, given, says):
    with pytest.raises(hlm.ModelError, match=says):
        hlm.lmer(formula, ibis.memtable(d.head(50)), **given)
