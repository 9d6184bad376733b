"""`make problems`: sheets without a word of their solutions, data of each student's own, the same for the same seed."""

import re
import shlex
import shutil
import subprocess
from urllib.parse import unquote

import html5lib
import pandas as pd
import pytest
from problems.__main__ import main
from problems.invented import DRAWN
from problems.sheets import _progress, as_code, escaped, make_practice, unprinted
from problems.tasks import ROOT, chapters

XHTML = "{http://www.w3.org/1999/xhtml}"
NAMES = ["Ada Lovelace", "Gödel, *Kurt* <b>"]
CLASS = 'name,id\nAda Lovelace,1\n"Gödel, *Kurt* <b>",2\n'
ASKED = ["--seed", "a phrase", "--problems", "2.2, 11.2"]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """What is written for a class of two, and for the second student alone."""
    folder = tmp_path_factory.mktemp("problems")
    for name, text in (("two", CLASS), ("one", 'name\n"Gödel, *Kurt* <b>"\n')):
        (folder / f"{name}.csv").write_text(text, "utf-8")
        assert main(["--students", str(folder / f"{name}.csv"), *ASKED, "--out", str(folder / name)]) == 0
    return folder


def words(page):
    tree = html5lib.HTMLParser(strict=True).parse(page.read_text("utf-8"))
    (main,) = tree.iter(f"{XHTML}main")
    return " ".join("".join(main.itertext()).split())


def pdf_words(file):
    if not shutil.which("pdftotext"):
        pytest.skip("pdftotext (poppler-utils) is not installed")
    return " ".join(subprocess.run(["pdftotext", file, "-"], capture_output=True, text=True, check=True).stdout.split())


def test_each_student_has_a_sheet_and_data(made):
    found = sorted(str(file.relative_to(made / "two/sheets")) for file in (made / "two/sheets").rglob("*.*"))
    files = ["clinics.csv", "sheet.html", "sheet.pdf", "weeks.csv"]
    assert found == [f"{slug}/{file}" for slug in ("ada-lovelace", "gödel-kurt-b") for file in files]
    one, two = (pd.read_csv(made / f"two/sheets/{slug}/clinics.csv") for slug in ("ada-lovelace", "gödel-kurt-b"))
    assert not one.equals(two)
    assert sorted(file.name for file in made.iterdir()) == ["one", "one.csv", "two", "two.csv"]  # and nothing beside


def test_a_sheet_has_the_tasks_and_no_solution(made):
    for name, slug in zip(NAMES, ("ada-lovelace", "gödel-kurt-b"), strict=True):
        folder = made / "two/sheets" / slug
        for text in (words(folder / "sheet.html"), pdf_words(folder / "sheet.pdf")):
            assert f"Problem sheet: {name}" in text
            assert len(re.findall(r"Problem \d+\.\d", text)) == 2
            assert not re.search(r"(?i)solution|when marking|drawn with|a phrase", text)


def test_a_sheet_needs_no_other_file(made):
    text = (made / "two/sheets/ada-lovelace/sheet.html").read_text("utf-8")
    assert not re.findall(r'(?:src|href)="(?!#|data:)|url\((?!data:)|<script', text)


def test_the_key_has_every_student_s_numbers(made):
    pages = [words(made / f"two/key/sheets/{slug}.html") for slug in ("ada-lovelace", "gödel-kurt-b")]
    for page, slug in zip(pages, ("ada-lovelace", "gödel-kurt-b"), strict=True):
        d, truth = DRAWN["clinics"](f"a phrase\0{slug}")
        means = d.groupby("programme")["recovery"].mean()
        assert f"The difference is {means[1] - means[0]:.2f} points" in page
        assert f"{truth['drawn with'].iloc[-1]:.3f}" in page  # sigma2
        assert page.count("When marking") == 2
        assert not re.search("Problem sheet", page)  # nobody hands it out for one
    index = words(made / "two/key/index.html")
    linked = re.findall(r'<td[^>]*><a href="sheets/([^"]+)"', (made / "two/key/index.html").read_text("utf-8"))
    assert [unquote(page) for page in linked] == ["ada-lovelace.html", "gödel-kurt-b.html"]
    assert all(part in index for part in (*NAMES, "a phrase", "2.2, 11.2"))
    assert pdf_words(made / "two/key/key.pdf").count("When marking") == 2 * len(NAMES)
    assert not [*(made / "two/key").rglob("*.ipynb")]


def test_the_same_seed_gives_the_same_bytes_whoever_else_is_in_the_class(made):
    for file in ("clinics.csv", "weeks.csv", "sheet.html", "sheet.pdf"):
        one, two = ((made / run / "sheets/gödel-kurt-b" / file).read_bytes() for run in ("one", "two"))
        assert one == two, file


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (["--problems", "2.9"], "there is no problem 2.9; on data of a student's own there are 1.2, 2.2"),
        (["--problems", "2.1"], "problem 2.1 is on data that everybody has"),
        (["--problems", "2.2; 2.2,"], "problem 2.2 is asked for twice"),
        (["--out", str(ROOT / "sheets")], "is inside the repository"),
        (["--out", str(ROOT / "src/../_book")], "is inside the repository"),
        (["--out", "."], "is there already, and not empty"),
        (["--out", "roster.csv"], "roster.csv is a file. Name a folder"),
        (["--out", "roster.csv/sheets"], "roster.csv is a file. Name a folder"),
        (["--out", "/proc/nowhere/sheets"], "cannot be written"),
        (["--students", ""], "give the class too: STUDENTS=roster.csv"),
    ],
)
def test_what_cannot_be_done_is_refused_in_a_sentence(roster, monkeypatch, capsys, asked, words):
    file = roster(CLASS)
    monkeypatch.chdir(file.parent)
    given = {"--students": str(file), "--seed": "s", "--out": "new", **dict(zip(asked[::2], asked[1::2], strict=True))}
    assert main([part for pair in given.items() for part in pair]) == 1
    said = capsys.readouterr().err
    assert said.startswith("Nothing was written: ")
    assert words in said
    assert said.count("\n") == 1
    assert [found.name for found in file.parent.iterdir()] == ["roster.csv"]
    assert not (ROOT / "sheets").exists()


def test_make_hands_on_what_was_typed():
    typed = {"SEED": """it's $5, `x` and "y" $(HOME) #1""", "STUDENTS": "my class.csv", "OUT": "-new"}
    said = subprocess.run(
        ["make", "--dry-run", "problems", *map("=".join, typed.items())],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    (command,) = [line for line in said if "-m problems" in line]
    given = shlex.split(command)[3:]
    assert given == [
        f"--students={typed['STUDENTS']}",
        f"--seed={typed['SEED']}",
        "--problems=",
        f"--out={typed['OUT']}",
    ]


def test_a_failure_on_the_way_leaves_nothing(roster, monkeypatch, capsys, tmp_path):
    monkeypatch.setitem(DRAWN, "clinics", lambda seed: (pd.DataFrame({"clinic": [1]}), pd.DataFrame({"x": [1]})))
    file = roster("name\nAda\n")
    assert main(["--students", str(file), "--seed", "s", "--problems", "1.2", "--out", str(tmp_path / "new")]) == 1
    assert "Nothing was written: sheets/ada.qmd:" in capsys.readouterr().err
    assert [found.name for found in tmp_path.iterdir()] == ["roster.csv"]


def test_problems_for_everybody_come_without_solutions(tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (chapter,) = [chapter for chapter in chapters() if chapter.path.name.startswith("02")]
    make_practice([chapter], tmp_path / "work", out, lambda line: None)
    assert sorted(file.name for file in out.iterdir()) == ["02-one-question-two-answers.html", "data", "problems.pdf"]
    for text in (words(out / "02-one-question-two-answers.html"), pdf_words(out / "problems.pdf")):
        assert len(re.findall(r"Problem 2\.\d", text)) == 3
        for title in ("pups.csv: rats", "pupils.csv: pupils", "clinics.csv: patients"):  # what is in a file, once
            assert text.count(title) == 1, title
        assert "litter_size" in text
        assert "SHA" not in text
    assert (out / "data/pups.csv").read_bytes() == (ROOT / "data/pups.csv").read_bytes()


def test_a_seed_is_shown_to_the_letter():
    assert as_code("a `b` c") == "`` a `b` c ``"


def test_names_that_the_pdf_cannot_print_are_told():
    assert unprinted(["ada", "gödel-kurt", "иван", "محمد", "李小龙", "मीरा"]) == ["李小龙", "मीरा"]


def test_a_large_class_shows_how_far_it_is():
    said = []
    told = _progress(45, said.append)
    for k in range(45):
        told(f"  ran sheets/{k}.qmd: 4 cells in 1.0 s; the longest, cell 1 of 4, 0.5 s")
    told("The book is ready")
    assert said == ["  20 of 45", "  40 of 45"]


def test_a_name_is_shown_to_the_letter():
    assert escaped("Ó *b* <i> $x$ `{python} 1`") == r"Ó \*b\* \<i\> \$x\$ \`\{python\} 1\`"


# Last: a browser that is open leaves no room for another build in the same worker.
@pytest.mark.parametrize("page", ["key/sheets/gödel-kurt-b.html", "key/index.html", "sheets/gödel-kurt-b/sheet.html"])
def test_a_phone_shows_all_of_a_page(made, serve, reader, page):
    with serve(made / "two") as address:
        one = reader(address, width=390)
        assert one.open(page).evaluate("document.documentElement.scrollWidth") == 390
        assert [fault for fault in one.faults if "favicon" not in fault] == []
