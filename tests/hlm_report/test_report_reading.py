"""Files of every kind become the same frame, labels and all; what is no such file is refused in one sentence."""

import gzip

import numpy as np
import pandas as pd
import pytest

from hlm_report import ReportError, read

SCORES = pd.DataFrame(
    {
        "school": [1, 1, 1, 2, 2, 2],
        "kind": [0.0, 0.0, 0.0, 1.0, 1.0, 1.0],
        "math": [10.5, 11.0, np.nan, 9.25, 8.0, 12.0],
        "name": ["Zoë", "Åsa", "Ina", "Ola", "Ute", "Jan"],
    }
)
WORDS = {"math": "Mathematics achievement", "kind": "Kind of school"}
KINDS = {0.0: "public", 1.0: "Catholic"}


def test_text_in_every_spelling(tmp_path):
    def written(name, **how):
        SCORES.to_csv(tmp_path / name, index=False, **how)
        return read(tmp_path / name)

    plain = written("a.csv")
    pd.testing.assert_frame_equal(plain, SCORES, check_dtype=False)
    for other in (
        written("a.tsv", sep="\t"),
        written("b.csv", sep=";", decimal=","),
        written("c.csv", encoding="utf-8-sig"),
        written("d.csv", encoding="utf-16"),
        written("e.csv.gz"),
    ):
        pd.testing.assert_frame_equal(other, plain)
    SCORES.to_csv(tmp_path / "f.csv", index=False, encoding="cp1252")
    pd.testing.assert_frame_equal(read(tmp_path / "f.csv", encoding="cp1252"), plain)
    SCORES.to_csv(tmp_path / "g.csv")  # as R writes it, with names of rows
    assert list(read(tmp_path / "g.csv").columns) == ["row", *SCORES.columns]


def test_workbooks_and_parquet(tmp_path):
    SCORES.to_excel(tmp_path / "a.xlsx", index=False)
    SCORES.to_parquet(tmp_path / "a.parquet")
    for file in ("a.xlsx", "a.parquet"):
        pd.testing.assert_frame_equal(read(tmp_path / file), SCORES, check_dtype=False)


def test_spss_and_stata_keep_their_labels(tmp_path):
    import pyreadstat

    pyreadstat.write_sav(SCORES, str(tmp_path / "a.sav"), column_labels=WORDS, variable_value_labels={"kind": KINDS})
    SCORES.astype({"kind": int}).to_stata(
        tmp_path / "a.dta",
        write_index=False,
        version=118,
        variable_labels=WORDS,
        value_labels={"kind": {0: "public", 1: "Catholic"}},
    )
    for file in ("a.sav", "a.dta"):
        frame = read(tmp_path / file)
        assert list(frame["kind"].cat.categories) == ["public", "Catholic"]  # in the order of the values
        assert frame["kind"].tolist() == ["public"] * 3 + ["Catholic"] * 3
        assert frame["math"].isna().tolist() == SCORES["math"].isna().tolist()
        assert {name: frame.attrs["labels"][name] for name in WORDS} == WORDS
        assert read(tmp_path / file, numbers=("kind",))["kind"].tolist() == [0, 0, 0, 1, 1, 1]


def test_a_column_with_some_values_labelled_stays_numbers(tmp_path):
    import pyreadstat

    frame = SCORES.assign(kind=[0.0, 1, 2, 3, 4, 5])
    pyreadstat.write_sav(frame, str(tmp_path / "a.sav"), variable_value_labels={"kind": {0.0: "none", 5.0: "all"}})
    assert read(tmp_path / "a.sav")["kind"].tolist() == [0, 1, 2, 3, 4, 5]


def excel(folder):
    SCORES.to_excel(folder / "a.xlsx", index=False)
    return (folder / "a.xlsx").read_bytes()


BAD = {
    "empty.csv": (b"", "the file is empty"),
    "names.csv": (b"a,b,c\n", "names of columns in it, but no row"),
    "twice.csv": (b"a,b,a\n1,2,3\n", "two columns are called 'a'"),
    "latin.csv": ("a,b\nZoë,1\n".encode("cp1252"), "not in UTF-8: byte 0xeb .* --encoding cp1252"),
    "scores.csv": (excel, "is an Excel file by what is in it, not what its ending says"),
    "scores.xlsx": (b"a,b\n1,2\n", "is no Excel file by what is in it"),
    "scores.parquet": (b"a,b\n1,2\n", "is no Parquet file"),
    "scores.sav": (b"a,b\n1,2\n", "is no SPSS file"),
    "scores.dta": (b"\x01\x02\x03", "is no Stata file"),
    "cut.parquet": (b"PAR1 and no more", "cannot be read as a Parquet file"),
    "cut.sav": (b"$FL2 and no more", "cannot be read as a SPSS file"),
    "old.xls": (b"\xd0\xcf\x11\xe0", "the old Excel format is not read"),
    "scores.docx": (b"PK", "the ending .docx says nothing"),
    "noise.csv": (b"a,b\n\x00\x01\x02\x03", "is a binary file"),
    "ragged.csv": (b"a,b\n1,2\n1,2,3,4\n", "cannot be read as a text file"),
    "packed.csv.gz": (gzip.compress(b""), "the file is empty"),
    "broken.csv.gz": (b"\x1f\x8bnothing", "cannot be unpacked|cannot be read"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_such_file_is_refused(tmp_path, name):
    content, message = BAD[name]
    (tmp_path / name).write_bytes(content(tmp_path) if callable(content) else content)
    with pytest.raises(ReportError, match=message) as error:
        read(tmp_path / name)
    assert str(error.value).startswith(str(tmp_path / name))
    assert "\n" not in str(error.value)


def test_no_file_a_folder_and_an_unknown_encoding(tmp_path):
    with pytest.raises(ReportError, match=r"nowhere\.csv: there is no such file"):
        read(tmp_path / "nowhere.csv")
    with pytest.raises(ReportError, match="is a folder"):
        read(tmp_path)
    SCORES.to_csv(tmp_path / "a.csv", index=False)
    with pytest.raises(ReportError, match="Python knows no encoding 'klingon'"):
        read(tmp_path / "a.csv", encoding="klingon")


def test_a_reader_that_is_not_installed_is_named(tmp_path, monkeypatch):
    SCORES.to_parquet(tmp_path / "a.parquet")
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(ReportError, match="read by pyarrow, which is not installed: run 'make report'"):
        read(tmp_path / "a.parquet")
