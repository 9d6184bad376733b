"""The command: what it writes, what it says without a formula, and that bad input leaves nothing behind."""

import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import yaml
from cases import DATA, REAL, ROOT, report

import hlm_report
from hlm_report.cli import main
from hlm_report.writing import CHAPTERS
from press.build.book import check
from press.read.project import read_project

SLEEP = str(DATA / "sleepstudy.csv")
LINES = "Reaction ~ Days + (Days | Subject)"


@pytest.fixture
def make(tmp_path, capsys):
    """Write a report's folder without rendering it: gives the folder, and what was said."""

    def made(*arguments, out="my report"):
        code = main([*map(str, arguments), "--out", str(tmp_path / out), "--renderer", "none"])
        said = capsys.readouterr()
        return code, tmp_path / out, said.out + said.err

    return made


def left(folder):
    return sorted(path.name for path in folder.iterdir())


def test_the_folder_is_a_project_of_its_own(make):
    code, folder, said = make(
        SLEEP, LINES, "--title", "Nights without sleep: a study", "--labels", "Reaction=ms to react"
    )
    assert code == 0
    assert "not rendered yet" in said
    assert left(folder.parent) == ["my report"]  # nothing of the work to the side
    names = {f"{name}.qmd" for name in CHAPTERS} | {
        "model.py",
        "README.md",
        "_quarto.yml",
        "_environment",
        "data",
        "assets",
    }
    assert names <= set(left(folder))
    assert (folder / "data/sleepstudy.csv").read_bytes() == (DATA / "sleepstudy.csv").read_bytes()
    settings = yaml.safe_load((folder / "_quarto.yml").read_text("utf-8"))
    assert settings["book"]["title"] == "Nights without sleep: a study"
    assert settings["book"]["author"]  # without one the PDF of Quarto's books fails
    assert "within-between.qmd" not in settings["book"]["chapters"]  # days are the same for everybody
    assert "slopes.qmd" in settings["book"]["chapters"]
    sources = [check(read_project(folder), lambda line: None)[0]]
    assert len(sources[0]) == len(settings["book"]["chapters"])
    for chapter in folder.glob("*.qmd"):
        text = chapter.read_text("utf-8")
        assert "<<" not in text
        assert "font-face" not in (folder / "assets/report.css").read_text("utf-8")
        for alt in re.findall(r'#\| fig-alt: "(.*)"', text):
            assert chapter.stem == "within-between" or re.search(r"\d", alt), alt
    # The model is one line of code; what the folder computes is what the report computes.
    run = "from model import report; print(report.fit.llf, report.name('Reaction'))"
    environment = {"PYTHONPATH": str(ROOT / "src"), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [sys.executable, "-c", run], cwd=folder, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [f"{report('sleep').fit.llf!r}".split("(")[-1].rstrip(")"), "ms", "to", "react"]


def test_a_formula_that_is_changed_is_described_anew(make):
    _, folder, _ = make(SLEEP, LINES)
    model = folder / "model.py"
    model.write_text(model.read_text("utf-8").replace("(Days | Subject)", "(1 | Subject)", 1), "utf-8")
    before = (folder / "coefficients.qmd").read_text("utf-8")
    assert main([str(folder), "--renderer", "none"]) == 0
    after = (folder / "coefficients.qmd").read_text("utf-8")
    assert before != after
    assert re.sub(r"fig-alt: .*", "", before) == re.sub(r"fig-alt: .*", "", after)
    assert "described = 'Reaction ~ Days + (1 | Subject)'" in model.read_text("utf-8")
    assert main([str(folder), LINES]) == 1  # the formula stands in the folder
    model.write_text("import nothing_of_the_kind", "utf-8")
    assert main([str(folder)]) == 1


def test_a_folder_that_is_there_is_left_alone_unless_it_is_a_report(make):
    _, folder, _ = make(SLEEP, LINES)
    (folder / "notes.txt").write_text("mine")
    code, _, said = make(SLEEP, LINES)
    assert code == 1
    assert "is there already" in said
    assert (folder / "notes.txt").exists()
    code, _, _ = make(SLEEP, LINES, "--force")
    assert code == 0
    assert not (folder / "notes.txt").exists()
    other = folder.parent / "thesis"
    other.mkdir()
    (other / "chapter.tex").write_text("years of work")
    code, _, said = make(SLEEP, LINES, "--force", out="thesis")
    assert code == 1
    assert "is no report" in said
    assert (other / "chapter.tex").exists()


def frame(folder, **columns):
    rng = np.random.default_rng(2)
    d = pd.DataFrame({"g": np.repeat(range(10), 5), "x": rng.normal(size=50), "y": rng.normal(size=50)})
    d.assign(row=range(50), text=["a", "b"] * 25, **columns).to_csv(folder / "d.csv", index=False)
    return folder / "d.csv"


BAD = {
    "no such column": ("y ~ z + (1 | g)", "there is no column 'z'"),
    "no such group": ("y ~ x + (1 | h)", "the group 'h' is not a column"),
    "a value a row": ("y ~ x + (1 | row)", "'row' has another value in each of its 50 rows"),
    "one group": ("y ~ x + (1 | one)", "'one' has 1 value"),
    "an outcome of text": ("text ~ x + (1 | g)", "the outcome 'text' is text, not numbers: line 2 has 'a'"),
    "no groups": ("y ~ x", r"has no grouping term, .* such as \(1 \| g\)"),
    "no right-hand side": ("y ~", "the right-hand side is missing"),
    "no formula": ("y +", "."),
    "an offset": ("y ~ x + offset(x) + (1 | g)", "takes no offset"),
    "a label of nothing": ("y ~ x + (1 | g)", "there is no column 'z'", "--labels", "z=words"),
    "a label without words": ("y ~ x + (1 | g)", "takes COLUMN=WORDS", "--labels", "x"),
    "all missing": ("y ~ gone + (1 | g)", "."),
    "an encoding": ("y ~ x + (1 | g)", "no encoding 'klingon'", "--encoding", "klingon"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_one_sentence_and_no_folder(make, tmp_path, name):
    file = frame(tmp_path, one=1, gone=np.nan)
    formula, message, *more = BAD[name]
    code, _, said = make(file, formula, *more)
    assert code == 1
    assert re.search(message, said), said
    assert said.count("\n") == 1
    assert "Traceback" not in said
    assert left(tmp_path) == ["d.csv"]


def test_a_folder_that_cannot_be_written_is_one_sentence(make, tmp_path):
    (tmp_path / "file").write_text("")
    code, _, said = make(SLEEP, LINES, out="file/report")
    assert code == 1
    assert said.count("\n") == 2  # that it was fitted, and why it is not written
    assert "choose another folder" in said


def test_without_a_formula_it_says_what_might_be_modelled(capsys):
    assert main([str(DATA / "pupils.csv")]) == 0
    said = capsys.readouterr().out
    assert "Within groups of school (131 groups)" in said
    assert re.search(r"group_size .*the group's own, nearly", said)
    assert re.search(r"iq .*varies", said)
    assert '"language ~ 1 + (1 | school)"' in said


def test_help_names_every_option(capsys):
    with pytest.raises(SystemExit) as done:
        main(["--help"])
    assert done.value.code == 0
    said = capsys.readouterr().out
    page = (ROOT / "docs/report.md").read_text("utf-8")
    for option in re.findall(r"--[a-z]+", said):
        assert option in page, option


def test_listings_run_as_they_stand(make, tmp_path, monkeypatch):
    """The listing in Python computes what the report has; that in R is of the same formulas."""
    monkeypatch.chdir(DATA)
    r = hlm_report.Report(REAL["pupils"][1], hlm_report.read("pupils.csv"))
    scope = {"print": lambda *_: None}
    exec(hlm_report.python(r).code, scope)
    assert scope["fit"].llf == pytest.approx(r.fit.llf, rel=1e-12)
    assert scope["split"].llf == pytest.approx(r.split_fit.llf, rel=1e-12)
    code = hlm_report.r(r).code
    assert f"fit <- lmer({r.formula}, d)" in code
    assert "d$iq_between <- ave(d$iq, d$school)" in code
