"""A PDF set anew in one process has the same bytes as one set in another, whatever changed in between."""

import subprocess
import sys

import pytest

from press.problems import BookError
from press.write.typeset import typeset

SHEET = '#set document(title: "T", date: none)\n#image("/dot.svg", alt: "A dot")\nWORDS\n'
DOT = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9" fill="{}"/></svg>'


def folder(tmp_path, name, colour):
    (tmp_path / name).mkdir()
    (tmp_path / name / "dot.svg").write_text(DOT.format(colour))
    return tmp_path / name


def test_what_changed_is_set_anew_and_all_is_as_if_it_were(tmp_path):
    one, two = folder(tmp_path, "one", "red"), folder(tmp_path, "two", "blue")
    made = [
        typeset(tmp_path, one, SHEET),
        typeset(tmp_path, one, SHEET.replace("WORDS", "Others")),
        typeset(tmp_path, two, SHEET),
        typeset(tmp_path, one, SHEET),
    ]
    assert made[0] == made[3]
    assert len({*made}) == 3
    code = f"import sys; from pathlib import Path; from press.write.typeset import typeset; sys.stdout.buffer.write(typeset(Path({str(tmp_path)!r}), Path({str(two)!r}), {SHEET!r}))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout == made[2]


def test_what_typst_does_not_understand_is_said_and_the_next_time_is_as_good(tmp_path):
    one = folder(tmp_path, "one", "red")
    before = typeset(tmp_path, one, SHEET)
    with pytest.raises(BookError, match="unknown variable: nothing"):
        typeset(tmp_path, one, SHEET + "#nothing")
    assert typeset(tmp_path, one, SHEET) == before
    assert [file.name for file in tmp_path.iterdir()] == ["one"]
