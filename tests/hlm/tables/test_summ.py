"""The two small tables of one model: the slides' figures, and every output a real table."""

import pytest
import statsmodels.formula.api as smf
from table_checks import axe_violations, check_snapshot, compile_latex, grid, parsed, raw_html, through_pandoc

import hlm
from hlm.tables.model_summary import summ


@pytest.fixture(scope="module")
def sector():
    return hlm.lmer("math ~ sector + (1 | sch.id)", hlm.load_hsb())


@pytest.fixture(scope="module")
def slopes():
    return hlm.lmer("math ~ ses + (ses | sch.id)", hlm.load_hsb())


@pytest.fixture(scope="module")
def ols():
    return smf.ols("math ~ sector", hlm.load_hsb()).fit()


def html_of(table, which):
    return table.html.split("</table>")[which] + "</table>"


# As the slides print them: t and d.f. from where lme4 stopped, a few units of the last digit from the optimum.
SLIDE_FIXED = {
    "(Intercept)": (11.39304, 0.29283, 38.90657, 158.53713, 0.0),
    "sector": (2.80489, 0.43906, 6.38845, 153.50058, 0.0),
}


def test_fixed_effects_are_the_slides(sector):
    table = summ(sector)
    assert [*table.fixed.columns] == ["Est.", "S.E.", "t val.", "d.f.", "p"]
    shown = {row[0]: [float(x) for x in row[1:-1]] + row[-1:] for row in grid(html_of(table, 0))[1:3]}
    for name, slide in SLIDE_FIXED.items():
        assert shown[name][:2] == [*slide[:2]]
        assert shown[name][2] == pytest.approx(slide[2], abs=1.1e-5)
        assert shown[name][3] == pytest.approx(slide[3], abs=4e-5)
        assert slide[4] == 0  # R's summ prints 0.00000 here
        assert shown[name][4] == "< 0.00001"


def test_random_effects_are_the_slides(sector):
    assert grid(html_of(summ(sector), 1)) == [
        ["Group", "Parameter", "Var."],
        ["sch.id", "(Intercept)", "6.67696"],
        ["Residual", "", "39.15140"],
    ]
    assert [row[2] for row in grid(html_of(summ(sector, digits=2), 1))[1:]] == ["6.68", "39.15"]


def test_least_squares_has_neither_df_nor_random_effects(ols):
    table = summ(ols)
    assert table.random is None
    assert grid(table.html) == [
        ["", "Est.", "S.E.", "t val.", "p"],
        ["(Intercept)", *(f"{x:.5f}" for x in (ols.params.iloc[0], ols.bse.iloc[0], ols.tvalues.iloc[0])), "< 0.00001"],
        ["sector", *(f"{x:.5f}" for x in (ols.params.iloc[1], ols.bse.iloc[1], ols.tvalues.iloc[1])), "< 0.00001"],
    ]
    logit = smf.logit("minority ~ ses", hlm.load_hsb()).fit(disp=False)
    assert "z val." in summ(logit).fixed


@pytest.mark.parametrize(("ddf", "note"), [("satterthwaite", "Satterthwaite"), ("kenward-roger", "Kenward-Roger")])
def test_the_method_is_followed_and_named(slopes, ddf, note):
    table = summ(slopes, ddf=ddf)
    expected = slopes.coef_table(ddf=ddf)
    assert table.fixed.to_numpy().tolist() == expected[["estimate", "se", "t", "df", "p"]].to_numpy().tolist()
    assert note in table.text


def test_the_normal_approximation_has_no_df(slopes):
    assert [*summ(slopes, ddf="normal").fixed.columns] == ["Est.", "S.E.", "z val.", "p"]


def test_random_slopes_show_their_correlation(slopes):
    G = slopes.cov_re
    correlation = G.iloc[0, 1] / (G.iloc[0, 0] * G.iloc[1, 1]) ** 0.5
    assert grid(html_of(summ(slopes), 1))[:3] == [
        ["Group", "Parameter", "Var.", "Corr. (Intercept)"],
        ["sch.id", "(Intercept)", f"{G.iloc[0, 0]:.5f}", ""],
        ["sch.id", "ses", f"{G.iloc[1, 1]:.5f}", f"{correlation:.5f}"],
    ]


def test_summary_is_summ(sector):
    assert str(sector.summary()) == str(summ(sector)) == summ(sector).text


@pytest.mark.parametrize("name", ["sector", "slopes", "ols"])
def test_snapshots(name, request):
    table = summ(request.getfixturevalue(name), digits=3)
    check_snapshot(f"summ-{name}.txt", table.text)
    check_snapshot(f"summ-{name}.html", table.html)
    check_snapshot(f"summ-{name}.tex", table.latex)


def test_the_html_is_valid_and_accessible(slopes):
    html = summ(slopes).html
    tree = parsed(html)
    assert [e.text for e in tree.iter("caption")] == ["Fixed effects", "Random effects"]
    assert not [e for e in tree.iter() if e.get("style")]
    assert axe_violations(html) == []


def test_the_books_markdown_is_two_real_tables(slopes):
    assert not hasattr(summ(slopes), "_repr_html_")
    html = raw_html(summ(slopes)._repr_markdown_())
    assert through_pandoc(html, "typst").count("#table(") == 2
    assert through_pandoc(html, "latex").count(r"\begin{longtable}") == 2


def test_the_latex_compiles(slopes, ols, tmp_path):
    assert "Overfull" not in compile_latex(summ(slopes).latex + summ(ols).latex, tmp_path)


@pytest.mark.parametrize(
    ("model", "options", "error", "message"),
    [
        ("math ~ ses", {}, TypeError, "is a str, which stargazer does not know"),
        (None, {"digits": 12}, ValueError, "digits is 12; give a whole number from 0 to 9"),
        (None, {"ddf": "residual"}, ValueError, "ddf must be .* not 'residual'"),
    ],
)
def test_what_cannot_be_is_refused(model, options, error, message, sector):
    with pytest.raises(error, match=message):
        summ(model or sector, **options)


def test_a_p_value_that_is_too_small_to_show_is_less_than_what_can_be_shown(sector):
    assert "< 0.00001" in summ(sector).text
    assert "0.00000" not in summ(sector).text
    assert "&lt;\N{NO-BREAK SPACE}0.001" in summ(sector, digits=3).html  # on one line, however narrow the page
    assert r"\textless{} 0.001" in summ(sector, digits=3).latex
    assert (summ(sector).fixed["p"] > 0).all()  # the numbers are kept as they are
