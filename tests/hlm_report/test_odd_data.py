"""Odd columns, odd names and odd words: each is told of, or refused in one sentence; at the level of the source."""

import shutil
import subprocess

import numpy as np
import pandas as pd
import pytest
import yaml

import hlm_report
from hlm.model.formula import parse
from hlm_report import Report, ReportError, read, tables
from hlm_report.alt import WORDS, alt_text
from hlm_report.cli import main
from hlm_report.writing import literal, require_told
from press.resolve.settle import parse_line
from press.resolve.tree import plain

J, EACH = 12, 6


def rows(seed=4, **columns):
    rng = np.random.default_rng(seed)
    g = np.repeat(np.arange(J), EACH)
    x = rng.normal(size=J * EACH).round(3)
    u = rng.normal(size=(2, J))
    y = (3 + u[0][g] + (1 + u[1][g]) * x + rng.normal(size=len(g))).round(3)
    return pd.DataFrame({"y": y, "x": x, "s": ["a", "b"] * (J * EACH // 2), "g": [f"s{k:02}" for k in g]} | columns)


def written(folder, frame, name="d.csv", **how):
    frame.to_csv(folder / name, index=False, **how)
    return folder / name


def test_a_column_that_says_nothing_is_told_of_with_dashes(tmp_path):
    d = rows().assign(c=5, twice=lambda d: 2 * d["x"])
    for formula in ("y ~ x + c + (1 | g)", "y ~ x + twice + s + (1 | g)"):
        r = Report(formula, d)
        require_told(r)
        shown = {line.split()[0]: line for line in str(tables.tests(r)).splitlines() if line}
        assert shown["c" if "c +" in formula else "twice"].count("–") == 4
        assert "–" not in shown["x"]
    assert tables._interval(np.nan, 1) == tables._p(np.nan) == tables._share(np.nan) == "–"


def test_a_model_without_an_intercept_is_told_of():
    r = Report("y ~ 0 + s + x + (0 + x | g)", rows())
    require_told(r)
    hlm_report.plots.moves(r.influence)
    hlm_report.plots.intervals_beside(r.ols, r.fit, r.ddf)
    hlm_report.plots.quantiles(r.fit, r.deviations)
    for label in WORDS.keys() - {"fig-lines", "fig-points", "fig-within", "fig-scatter"}:
        assert "nan" not in alt_text(r, label)


def replaced(column, place, value):
    return [value if k == place else str(v) for k, v in enumerate(column)]


REFUSED = {
    "n/a?": (lambda d: replaced(d["x"], 7, "n/a?"), r"x is text: 71 of its 72 values are numbers, line 9 has 'n/a\?'"),
    "a sign": (lambda d: replaced(d["x"], 0, "0.5%"), "71 of its 72 values are numbers, line 2 has '0.5%'"),
    "signs": (lambda d: [f"{v}%" for v in d["x"]], "its values are numbers with signs about them, line 2 has"),
    "dates": (
        lambda d: pd.date_range("2020-01-01", periods=len(d)).astype(str),
        "x holds dates .line 2 has '2020-01-01'",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_text_that_was_to_be_numbers_is_refused_where_it_is_used(tmp_path, name):
    values, message = REFUSED[name]
    d = rows()
    frame = read(written(tmp_path, d.assign(x=values(d))))
    for formula in ("y ~ x + (1 | g)", "y ~ s + (x | g)"):
        with pytest.raises(ReportError, match=message):
            Report(formula, frame)
    Report("y ~ s + (1 | g)", frame)
    Report("y ~ 1 + (1 | x)", frame.assign(x=d["g"]))


def test_dates_of_a_workbook_are_refused_and_few_labels_are_not():
    d = rows()
    with pytest.raises(ReportError, match="t holds dates, which are no numbers"):
        Report("y ~ t + (1 | g)", d.assign(t=pd.date_range("2020-01-01", periods=len(d))))
    Report("y ~ t + (1 | g)", d.assign(t=["1", "2", "3", "more"] * (len(d) // 4)))


def test_labels_that_begin_with_zeros_stay_text(tmp_path):
    d = rows(zip=[f"{k // 6:04}" for k in range(J * EACH)], share=[0.5, 0] * (J * EACH // 2))
    for how, name in (({}, "a.csv"), ({"sep": ";", "decimal": ","}, "b.csv"), ({"sep": "\t"}, "c.tsv")):
        frame = read(written(tmp_path, d, name, **how))
        assert frame["zip"].tolist() == d["zip"].tolist()
        assert frame["share"].tolist() == d["share"].tolist()
        assert frame["x"].dtype == float
    r = Report("y ~ x + (1 | zip)", frame)
    assert 'colClasses = c("zip" = "character")' in hlm_report.r(r).code


ODD_WORDS = "A & B < C: \"x\" 'y' $z$ *k* _u_ [l](m) `c` #h @r ~s~ ^t^ a--b ... \\ | {.q} !"


def test_titles_are_text(tmp_path):
    for title in ("A & B < C: \"x\" 'y' $z$ *k*", ODD_WORDS, "1. First", "- none"):
        file = written(tmp_path, rows())
        out = tmp_path / "out"
        assert main([str(file), "y ~ x + (1 | g)", "--out", str(out), "--renderer", "none", "--title", title]) == 0
        book = yaml.safe_load((out / "_quarto.yml").read_text("utf-8"))["book"]
        assert said(book["title"]) == title
        assert said(book["subtitle"]) == "y ~ x + (1 | g)"
        assert said((out / "README.md").read_text("utf-8").splitlines()[0].removeprefix("# ")) == title
        shutil.rmtree(out)
    assert literal("two\nlines") == "two lines"


def said(markdown):
    return plain(parse_line(markdown))


def test_a_label_between_dollars_is_no_formula():
    d = rows().rename(columns={"x": "$x$"})
    r = Report("y ~ `$x$` + (1 | g)", d, {"y": "cost in $ of $5"})
    drawing = hlm_report.plots.residuals(r.fit, r.name("y"))
    assert drawing.axes[0].get_xlabel() == r"fitted value (cost in \$ of \$5)"
    assert hlm_report.plots.intervals_beside(r.ols, r.fit).axes[0].get_ylabel() == r"\$x\$"


NAMES = {"y": "class", "x": "lambda", "z": "None", "s": "TRUE", "g": "for"}


@pytest.mark.parametrize("names", [NAMES, {"y": "not", "x": "a b", "z": "_x", "s": "or", "g": "school-id"}])
def test_proposals_parse_and_are_fitted(tmp_path, names, capsys):
    d = rows(z=np.repeat(range(J), EACH) / 7).rename(columns=names)
    file = written(tmp_path, d)
    frame = read(file)
    found = hlm_report.propose(frame, names["g"])
    assert len(found) == 3
    for formula in found:
        assert parse(formula, frame.columns).response.strip("`") in names.values()
        Report(formula, frame)
        runs_in_r(Report(formula, frame), tmp_path, fit=False)
    assert main([str(file)]) == 0
    assert not [line for line in capsys.readouterr().out.splitlines() if '"' in line and "`" in line]


def runs_in_r(report, folder, fit):
    """R parses the listing, and reads the data by it."""
    if shutil.which("Rscript") is None:
        pytest.skip("R is not installed")
    code = hlm_report.r(report).code
    (folder / "a.R").write_text(code, "utf-8")
    test = f'invisible(parse("{folder / "a.R"}", encoding = "UTF-8"))'
    if fit:
        reads = next(line for line in code.splitlines() if line.startswith("d <- "))
        (folder / "b.R").write_text(f"{reads}\ncat(nrow(d), mean(d$y), length(unique(d$g)))", "utf-8")
        test += f'; source("{folder / "b.R"}", encoding = "UTF-8")'
    done = subprocess.run(["Rscript", "--vanilla", "-e", test], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


WAYS = {
    "semicolons": ("a.csv", {"sep": ";", "decimal": ","}, 'sep = ";", dec = ","'),
    "latin": ("b.csv", {"encoding": "latin-1"}, 'fileEncoding = "latin1"'),
    "marked": ("c.csv", {"encoding": "utf-8-sig"}, 'fileEncoding = "UTF-8-BOM"'),
    "tabs": ("d.txt", {"sep": "\t"}, r'sep = "\t"'),
    "commas in a .txt": ("e.txt", {}, 'read.csv("'),
}


@pytest.mark.parametrize("name", WAYS)
def test_listings_read_what_the_report_read(tmp_path, name):
    file, how, wanted = WAYS[name]
    d = rows().assign(g=lambda d: d["g"].where(d["g"] != "s03", "Zoë").where(d["g"] != "s04", "00"))
    encoding = "latin-1" if name == "latin" else ""
    r = Report("y ~ ns(x, 3) + (1 | g)", read(written(tmp_path, d, file, **how), encoding))
    assert wanted in hlm_report.r(r).code
    assert "library(splines)" in hlm_report.r(r).code
    scope = {"print": lambda *_: None}
    exec(hlm_report.python(r).code, scope)
    assert scope["fit"].llf == pytest.approx(r.fit.llf, rel=1e-12)
    n, mean, groups = runs_in_r(r, tmp_path, fit=True)
    assert (int(n), int(groups)) == (len(d), J)
    assert float(mean) == pytest.approx(d["y"].mean(), rel=1e-4)


def test_an_outcome_with_labelled_values_is_numbers_in_r_too(tmp_path):
    import pyreadstat

    d = rows(y=[1.0, 2.0, 2.0, 3.0] * (J * EACH // 4))
    labels = {"y": {1.0: "low", 2.0: "middle", 3.0: "high"}}
    pyreadstat.write_sav(d, str(tmp_path / "d.sav"), variable_value_labels=labels)
    r = Report("y ~ x + (x | g)", read(tmp_path / "d.sav", numbers=("y",)))
    assert f'd$y <- as.numeric(haven::read_sav("{tmp_path}/d.sav")$y)' in hlm_report.r(r).code
    assert "numbers=['y']" in hlm_report.python(r).code


def test_a_report_that_cannot_be_computed_is_not_written(tmp_path, monkeypatch, capsys):
    def broken(report):
        raise KeyError("x")

    monkeypatch.setattr(tables, "influence", broken)
    broken.__name__ = "influence"
    file = written(tmp_path, rows())
    assert main([str(file), "y ~ x + (1 | g)", "--out", str(tmp_path / "r"), "--renderer", "none"]) == 1
    told = capsys.readouterr()
    assert "cannot be computed (the table of influence: KeyError" in told.err
    assert "ready" not in told.out
    assert not (tmp_path / "r").exists()
