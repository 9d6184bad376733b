"""A class is read, or refused in one sentence that names file and line, and nothing is written."""

import pytest
from problems.__main__ import main
from problems.roster import read_roster


def test_names_are_read_as_they_are(roster):
    text = "\ufeffid;Name\n7;  Ada   Lovelace \n\n8;Gödel, Kurt\n9;李雷\n"
    students = read_roster(roster(text))
    assert [student.name for student in students] == ["Ada Lovelace", "Gödel, Kurt", "李雷"]
    assert [student.slug for student in students] == ["ada-lovelace", "gödel-kurt", "李雷"]


def test_a_name_is_the_same_however_its_accents_are_stored(roster):
    """A Mac may store an accent as a sign of its own; in Devanagari vowels are such signs, and tell names apart."""
    (one,), (other,) = (read_roster(roster(f"name\n{name}\n")) for name in ("Jos\u00e9", "Jose\u0301"))
    assert one == other
    assert [student.slug for student in read_roster(roster("name\nमीरा\nमारी\n"))] == ["मीरा", "मारी"]


@pytest.mark.parametrize("sign", [";", "\t"])
def test_columns_may_be_parted_as_spreadsheets_do(roster, sign):
    students = read_roster(roster(f"id{sign}name{sign}\n1{sign}Lovelace, Ada{sign}\n"))
    assert [student.name for student in students] == ["Lovelace, Ada"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "the file is empty"),
        (" \n\n", "the file is empty"),
        ("name\n", "there is a header, but no student below it"),
        ("Ada\nKurt\n", "no column is called name. Write name in the first line, where 'Ada' stands"),
        ("name,id\nAda,1\n,2\n", "line 3: the name is missing"),
        ("name,id\nAda,1\n---,2\n", "line 3: the name --- has neither letters nor digits"),
        ("name\nAda\n❤️\n", "line 3: the name ❤️ has neither letters nor digits"),
        ("name\nLovelace, Ada\n", "line 2: there are more columns than in the first line. Write a name with a comma"),
        ("name;id\nAda;1;2\n", "line 2: there are more columns than in the first line"),
        ("name\nAda\nKurt\nAda\n", "lines 2 and 4: Ada and Ada cannot be told apart"),
        ("name\nAda B\nada-b\n", "lines 2 and 3: Ada B and ada-b cannot be told apart"),
        ("name\nJürgen\n".encode("latin-1"), "line 2: is not UTF-8 text"),
        ("name\nAda\x00\n", r"line 2: the name 'Ada\x00' has a sign that cannot be written"),
        ('name\nAda\n"Kurt\n', "line 3: is not a line of a CSV file"),
        (None, "cannot be read: No such file or directory"),
    ],
)
def test_what_is_no_class_is_refused(roster, tmp_path, capsys, content, words):
    file = tmp_path / "nobody.csv" if content is None else roster(content)
    assert main(["--students", str(file), "--seed", "s", "--out", str(tmp_path / "out")]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("Nothing was written: ")
    assert words in said.err
    assert said.err.count("\n") == 1
    assert [found.name for found in tmp_path.iterdir()] in ([], ["roster.csv"])
