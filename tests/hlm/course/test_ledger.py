"""The ledger: every number of the slides agrees, and a number that did not would be found out."""

import csv
import json
from pathlib import Path

import pytest

import hlm
from hlm.course.slide_numbers import FIELDS, written

ROOT = Path(__file__).parents[3]
R = ROOT / "tests/reference/ledger.json"
SLIDES = ROOT / "data/slides.csv"


@pytest.fixture(scope="module")
def ledger():
    return hlm.course.ledger(R)


def lines_of_the_file():
    with SLIDES.open(encoding="utf-8", newline="") as stream:
        return [*csv.DictReader(stream)]


def altered(tmp_path, number, **changes):
    """The ledger of the book's own slides with one line changed."""
    rows = lines_of_the_file()
    rows[number].update(changes)
    with (tmp_path / "slides.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, FIELDS)
        writer.writeheader()
        writer.writerows(rows)
    return hlm.course.ledger(R, tmp_path / "slides.csv")


@pytest.mark.parametrize("number", range(len(lines_of_the_file())))
def test_every_line_agrees(ledger, number):
    line = ledger.lines[number]
    assert line.agrees, f"{line.slide}: {line.what}: slide {line.printed}, R {line.r}, book {line.book}, {line.reading}"


def test_no_failures_and_no_number_left_unused(ledger):
    assert ledger.failures == ()
    used = {row[name] for row in lines_of_the_file() for name in ("computed", "explained")} - {""}
    in_r = set(json.loads(R.read_text())) - {"made with", "theta of lme4"}
    # What lme4 says at its stop is computed for all coefficients, and needed where it shows.
    assert {name for name in in_r - used if not name.startswith("stopped")} == set()
    assert {name for name in set(ledger.book) - used if not name.startswith("stopped")} == set()


@pytest.mark.parametrize(
    ("what", "wrong"),
    [
        ("students", "7186"),
        ("row 3 of the data", "1224 20.349 842 0 -0.428 0 0 -0.529"),
        ("(Intercept): S.E.", "0.29284"),
        ("(Intercept): d.f.", "158.53716"),  # the optimum: R stops elsewhere
        ("SE by the formula", ".434"),
        ("mixed: Log Likelihood", "-23,540.067"),
        ("OLS: sector", "2.806**"),
        ("OLS: F Statistic", "311.869*** (df = 1; 7182)"),
        ("cor(Uj)", ".206"),
    ],
)
def test_a_wrong_digit_is_found(tmp_path, what, wrong):
    number = next(i for i, row in enumerate(lines_of_the_file()) if row["what"] == what)
    found = altered(tmp_path, number, printed=wrong)
    assert [line.what for line in found.failures] == [what]
    shown = found.table(found.lines[number].slide).text.splitlines()
    assert [line.startswith(f"{what} ") for line in shown if line.endswith("does not agree")] == [True]


def test_what_agrees_as_printed_and_what_by_another_reading(ledger):
    assert len(ledger.as_printed) + len(ledger.explained) == len(ledger.lines)
    assert not set(ledger.as_printed) & set(ledger.explained)
    otherwise = {line.what: (line.printed, line.r, line.r_explained) for line in ledger.explained}
    assert otherwise["SE by the formula"] == (".439", ".434", ".439")
    assert otherwise["SE of OLS by the formula"] == (".1587", "1.0648", ".1587")
    assert otherwise["within-school variance without sector"] == ("39.14", "39.15", "39.14")
    assert otherwise["decrease in between-school variance"] == (".225", ".224", ".225")
    by_stargazer = "kept to seven digits"  # R has these in its table, and other digits behind it
    others = [line for line in ledger.explained if line.r != line.printed and line.reading != by_stargazer]
    assert len(others) == 5, "named in the appendix"
    assert all(line.r == line.book for line in others)
    assert otherwise["the same, in per cent"] == ("22.5%", "22.4%", "22.5%")


def test_r_is_shown_as_it_computes_what_the_slide_says(ledger):
    text = ledger.table("Sampling variance and SE of coef.s in HLM").text
    (line,) = (line for line in text.splitlines() if line.startswith("SE by the formula"))
    assert line.split()[4:8] == [".439", ".434", ".434", ".439,"]
    assert "does not agree" not in text
    assert "read otherwise" not in ledger.table("Description of the Example Dataset").text
    assert len(ledger.explanations().text.splitlines()) == 1 + len({line.what for line in ledger.explained})


def test_an_explanation_that_nothing_needs_fails(tmp_path):
    number = next(i for i, row in enumerate(lines_of_the_file()) if row["computed"] == "gamma01 t")
    found = altered(tmp_path, number, explained="stopped gamma01 t", reading="where lme4 stopped")
    assert len(found.failures) == 1


def test_lme4_stopped_a_millionth_short_of_the_optimum(ledger):
    # hlm at lme4's theta gives R's numbers as far as lmerTest's numerical derivatives go; at the optimum, seven digits.
    for name in ("gamma00 t", "gamma00 df", "gamma01 df"):
        assert ledger.book[f"stopped {name}"] == pytest.approx(ledger.r[name], rel=3e-9)
        assert ledger.book[name] == pytest.approx(ledger.r[name], rel=1e-6)
        assert ledger.book[name] != pytest.approx(ledger.r[name], rel=3e-8)


def test_values_agree_with_r_beyond_what_is_printed(ledger):
    for name, of_r in ledger.r.items():
        if isinstance(of_r, float) and name != "theta of lme4":
            assert ledger.book[name] == pytest.approx(of_r, rel=2e-6, abs=1e-12), name


def test_the_current_folder_does_not_matter(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert len(hlm.course.ledger(R).lines) == len(lines_of_the_file())


def test_tables_show_every_line_once(ledger):
    assert sum(ledger.table(slide).html.count('scope="row"') for slide in ledger.slides) == len(ledger.lines)
    with pytest.raises(hlm.DataError, match="no slide 'Another'"):
        ledger.table("Another")


def test_the_appendix_shows_every_slide(ledger):
    text = (ROOT / "chapters/a-ledger.qmd").read_text(encoding="utf-8")
    for slide in ledger.slides:
        assert f'ledger.table("{slide}")' in text


@pytest.mark.parametrize(
    ("values", "like", "text"),
    [
        (0.4390559, ".439", ".439"),
        (-0.4390559, "-.44", "-.44"),
        (0.4390559, "0.439", "0.439"),
        (44.9, "about 45", "about 45"),
        (-23540.0668, "-23,540.070", "-23,540.067"),
        (22.487, "22.5%", "22.5%"),
        (-1e-9, "0.00", "0.00"),
        (10.5, ".439", "10.500"),
        ([1, 2, 3], "4 + 5 = 9", "1 + 2 = 3"),
        ([0.5, 2], "(.1 - 7)", "(.5 - 2)"),
        ("2.806***", "2.8", "2.806***"),
    ],
)
def test_numbers_are_written_like_the_slides(values, like, text):
    assert written(values, like) == text


def test_as_many_numbers_as_are_printed():
    with pytest.raises(hlm.DataError, match="2 numbers, and 1"):
        written([1.0], "4 + 5")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "header"),
        ("slide,what\n", "header"),
        (",".join(FIELDS) + "\n", "header"),
        (",".join(FIELDS) + "\na,b,1,students\n", "line 2: 6 fields"),
        (",".join(FIELDS) + "\na,b,1,students,,,\n", "line 2: 6 fields"),
        (",".join(FIELDS) + "\na,b,,students,,\n", "line 2: .*must be given"),
        (",".join(FIELDS) + "\na,b,1,students,schools,\n", "line 2: .*together"),
        (",".join(FIELDS) + "\na,b,1,pupils,,\n", "line 2: this book computes no 'pupils'"),
        (",".join(FIELDS) + "\na,b,1,students,pupils,so\n", "line 2: this book computes no 'pupils'"),
    ],
)
def test_bad_files_are_refused(tmp_path, text, message):
    (tmp_path / "slides.csv").write_text(text, encoding="utf-8")
    with pytest.raises(hlm.DataError, match=message):
        hlm.course.ledger(R, tmp_path / "slides.csv")


@pytest.mark.parametrize("text", [None, "{", "[]", "{}", '{"theta of lme4": "x"}'])
def test_bad_values_of_r_are_refused(tmp_path, text):
    path = tmp_path / "r.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(hlm.DataError, match=r"ledger\.R"):
        hlm.course.ledger(path)


def test_what_r_lacks_is_named(tmp_path):
    values = json.loads(R.read_text())
    del values["tau00"]
    (tmp_path / "r.json").write_text(json.dumps(values))
    with pytest.raises(hlm.DataError, match="R computes no 'tau00'"):
        hlm.course.ledger(tmp_path / "r.json")
