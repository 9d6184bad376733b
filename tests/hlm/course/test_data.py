"""hlm.data: the file is what the slides and data/README.md say, and bad files are refused in words."""

import hashlib
import importlib.util
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hlm.course import data
from hlm.course.data import COLUMNS, load_hsb, load_paste, load_sleep
from hlm.errors import DataError

REPOSITORY = Path(__file__).parents[3]
HEADER = "sch.id,math,size,sector,meanses,minority,female,ses"
GOOD = f"""{HEADER}
1224,5.876,842,0,-0.428,0,1,-1.528
1224,19.708,842,0,-0.428,0,1,-0.588
1308,20.349,716,1,0.534,0,0,-0.528
1308,8.781,716,1,0.534,1,0,-0.668
"""


@pytest.fixture(scope="module")
def hsb():
    return load_hsb()


@pytest.fixture
def write(tmp_path):
    def write_file(content):
        path = tmp_path / "students.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write_file


class TestTheBooksData:
    def test_first_six_rows_are_the_slides(self, hsb):
        slide = pd.DataFrame(
            [
                [1224, 5.876, 842, 0, -0.428, 0, 1, -1.528],
                [1224, 19.708, 842, 0, -0.428, 0, 1, -0.588],
                [1224, 20.349, 842, 0, -0.428, 0, 0, -0.528],
                [1224, 8.781, 842, 0, -0.428, 0, 0, -0.668],
                [1224, 17.898, 842, 0, -0.428, 0, 0, -0.158],
                [1224, 4.583, 842, 0, -0.428, 0, 0, 0.022],
            ],
            columns=["sch.id", "math", "size", "sector", "meanses", "minority", "female", "ses"],
        )
        pd.testing.assert_frame_equal(hsb.head(6), slide, check_exact=True)

    def test_size(self, hsb):
        assert hsb.shape == (7185, 8)
        assert hsb["sch.id"].nunique() == 160
        assert not hsb.isna().any().any()

    def test_dtypes(self, hsb):
        whole = {"sch.id", "size", "sector", "minority", "female"}
        assert {name for name, dtype in hsb.dtypes.items() if dtype == np.int64} == whole
        assert {name for name, dtype in hsb.dtypes.items() if dtype == np.float64} == set(COLUMNS) - whole

    def test_sectors_are_the_slides(self, hsb):
        by_sector = hsb.groupby("sector")["math"].agg(["mean", "std", "size"])
        assert f"{by_sector.loc[1, 'mean']:.5f}" == "14.17030"
        assert f"{by_sector.loc[0, 'mean']:.5f}" == "11.36407"
        assert f"{by_sector.loc[1, 'std']:.6f}" == "6.359018"
        assert f"{by_sector.loc[0, 'std']:.6f}" == "7.079920"
        assert by_sector["size"].to_dict() == {1: 3543, 0: 3642}

    def test_a_schools_rows_stand_together(self, hsb):
        changes = (hsb["sch.id"] != hsb["sch.id"].shift()).sum()
        assert changes == hsb["sch.id"].nunique()

    @pytest.mark.parametrize(("name", "package"), [("hsb", "nlme"), ("sleep", "lme4"), ("paste", "lme4")])
    def test_the_script_makes_the_file(self, tmp_path, name, package):
        if shutil.which("Rscript") is None:
            pytest.skip("R is not installed")
        if subprocess.run(
            ["Rscript", "-e", f"library({package})"], capture_output=True, timeout=60, check=False
        ).returncode:
            pytest.skip(f"R has no {package}")
        shutil.copy(REPOSITORY / f"data/make_{name}.R", tmp_path)
        subprocess.run(["Rscript", tmp_path / f"make_{name}.R"], check=True, capture_output=True, timeout=60)
        made = tmp_path / f"{name}.csv"
        assert made.read_bytes() == (REPOSITORY / "data" / made.name).read_bytes()

    def test_readme_tells_the_truth(self, hsb):
        readme = (REPOSITORY / "data/README.md").read_text("utf-8")
        assert hashlib.sha256((REPOSITORY / "data/hsb.csv").read_bytes()).hexdigest() in readme
        described = re.split(r"^##? (\w+\.csv): .*$", readme, flags=re.MULTILINE)
        files = dict(zip(described[1::2], described[2::2], strict=True))
        assert {*files, "slides.csv"} >= {file.name for file in (REPOSITORY / "data").glob("*.csv")}
        for name, section in files.items():
            columns = pd.read_csv(REPOSITORY / "data" / name, nrows=1).columns
            assert re.findall(r"^\| `([A-Za-z._]+)` \| [123]", section, re.MULTILINE) == list(columns), name
        for name in ["math", "meanses", "ses"]:
            row = next(line for line in readme.splitlines() if line.startswith(f"| `{name}`"))
            assert f"{hsb[name].min()} to {hsb[name].max()}" in row
        schools = hsb.groupby("sch.id").agg({"sector": "first", "size": "first", "math": "size"})
        assert f"1 = Catholic ({(schools.sector == 1).sum()} schools)" in readme
        assert f"0 = public ({(schools.sector == 0).sum()} schools)" in readme
        assert f"{schools['size'].min()} to {schools['size'].max():,}" in readme
        assert f"{schools['math'].min()} to {schools['math'].max()} per school" in readme
        excess = hsb.groupby("sch.id")["meanses"].first() - hsb.groupby("sch.id")["ses"].mean()
        assert (excess - 0.006).abs().max() < 0.000501


class TestWhereTheDataAre:
    def test_default_works_from_any_folder(self, hsb, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        pd.testing.assert_frame_equal(load_hsb(), hsb)

    def test_checkout_comes_first(self):
        assert data.data_file("hsb.csv") == REPOSITORY / "data" / "hsb.csv"

    def test_installed_package_carries_its_own_copy(self, tmp_path, monkeypatch):
        """A package folder as a wheel leaves it: hlm/course/data.py and hlm/_data/hsb.csv, no checkout around."""
        package = tmp_path / "site-packages" / "hlm"
        (package / "_data").mkdir(parents=True)
        (package / "__init__.py").touch()
        (package / "_data" / "hsb.csv").write_text(GOOD)
        (package / "course").mkdir()
        (package / "course" / "data.py").write_bytes(Path(data.__file__).read_bytes())
        spec = importlib.util.spec_from_file_location("hlm.course.data_installed", package / "course" / "data.py")
        installed = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(installed)
        monkeypatch.setattr(installed.resources, "files", lambda name: tmp_path / "site-packages" / name)
        assert len(installed.load_hsb()) == 4


class TestGoodFiles:
    def test_a_file_of_ones_own(self, write):
        frame = load_hsb(write(GOOD))
        assert list(frame.columns) == list(COLUMNS)
        assert list(frame.index) == [0, 1, 2, 3]
        assert frame["ses"].tolist() == [-1.528, -0.588, -0.528, -0.668]

    def test_path_may_be_text(self, write):
        assert len(load_hsb(str(write(GOOD)))) == 4

    @pytest.mark.parametrize(
        "content",
        [
            b"\xef\xbb\xbf" + GOOD.encode(),  # as spreadsheets write UTF-8
            GOOD.replace("\n", "\r\n"),
            GOOD.replace("842,0", '"842", 0'),
            GOOD.replace("1224", "1224.0"),
            GOOD.rstrip("\n"),
            GOOD + "\n\n",
        ],
        ids=["BOM", "CRLF", "quotes and blanks", "whole floats", "no last newline", "blank lines"],
    )
    def test_harmless_differences(self, write, content):
        pd.testing.assert_frame_equal(load_hsb(write(content)), load_hsb(write(GOOD)))

    def test_further_columns_and_any_order(self, write):
        lines = ["remark," + ",".join(reversed(HEADER.split(",")))]
        lines += ["fine," + ",".join(reversed(line.split(","))) for line in GOOD.splitlines()[1:]]
        pd.testing.assert_frame_equal(load_hsb(write("\n".join(lines))), load_hsb(write(GOOD)))


# Each: what is wrong, the file, and what the message must hold besides the file's name.
BAD_FILES = {
    "empty": ("", ["empty", "sch.id"]),
    "only blank lines": ("\n\n\n", ["empty"]),
    "only a header": (HEADER + "\n", ["line 1", "no row of data"]),
    "column named twice": (GOOD.replace("minority", "math"), ["line 1", "'math'", "columns 2 and 6"]),
    "column missing": (GOOD.replace("ses\n", "SES\n"), ["line 1", "no column 'ses'", "'SES'"]),
    "semicolons": (GOOD.replace(",", ";"), ["line 1", "'sch.id', 'math'", "commas separate"]),
    "value missing": (GOOD.replace("8.781", ""), ["line 5", "'math'", "missing"]),
    "NA": (GOOD.replace("-0.528", "NA"), ["line 4", "'ses'", "missing", "'NA'"]),
    "nan": (GOOD.replace("-0.528", " NaN "), ["line 4", "'ses'", "missing", "'NaN'"]),
    "several missing": (GOOD.replace("842", "."), ["line 2", "'size'", "missing", "1 more to check"]),
    "text": (GOOD.replace("19.708", "high"), ["line 3", "'math'", "'high' is not a number"]),
    "text beside a missing value": (
        GOOD.replace("19.708", "high").replace("8.781", ""),
        ["line 3", "'math'", "'high' is not a number"],
    ),
    "text as school": (GOOD.replace("1308", "St Mary"), ["line 4", "'sch.id'", "'St Mary' is not a number"]),
    "infinite": (GOOD.replace("0.534", "-inf"), ["line 4", "'meanses'", "'-inf' is not a finite number"]),
    "overflow": (GOOD.replace("8.781", "1e999"), ["line 5", "'math'", "not a finite number"]),
    "half a school": (
        GOOD.replace("1308", "1308.5"),
        ["line 4", "'sch.id'", "'1308.5' is not a whole number"],
    ),
    "school beyond integers": (GOOD.replace("1308", "1e300"), ["line 4", "'sch.id'", "whole number"]),
    "sector not 0 or 1": (GOOD.replace("842,0", "842,2"), ["line 2", "'sector'", "is 2", "0 and 1"]),
    "female not 0 or 1": (GOOD.replace("1,-0.588", "-1,-0.588"), ["line 3", "'female'", "is -1", "0 and 1"]),
    "minority a fraction": (GOOD.replace("1,0,-0.668", "0.5,0,-0.668"), ["line 5", "'minority'", "'0.5'"]),
    "sector differs within a school": (
        GOOD.replace("8.781,716,1", "8.781,716,0"),
        ["line 5", "'sector'", "school 1308", "line 4"],
    ),
    "size differs within a school": (
        GOOD.replace("8.781,716", "8.781,717"),
        ["line 5", "'size'", "school 1308 has 717", "716 on line 4"],
    ),
    "meanses differs within a school": (
        GOOD.replace("708,842,0,-0.428", "708,842,0,-0.429"),
        ["line 3", "'meanses'", "school 1224 has -0.429", "-0.428 on line 2"],
    ),
    "decimal comma": (GOOD.replace("8.781", "8,781"), ["line 5", "9 values", "8 columns", "decimal comma"]),
    "row cut short": (GOOD.replace(",0,-0.668", ""), ["line 5", "6 values", "8 columns", "'female'"]),
    "quotation mark left open": (
        GOOD.replace("8.781", '"8.781'),
        ["line 5", "not CSV", "quotation mark"],
    ),
    "not UTF-8": (GOOD.encode().replace(b"1308,8", b"1308\xe9,8"), ["line 5", "0xe9", "UTF-8"]),
    "UTF-16": (GOOD.encode("utf-16"), ["line 1", "UTF-8"]),
}


class TestBadFiles:
    @pytest.mark.parametrize("name", BAD_FILES)
    def test_refused_in_words(self, write, name):
        content, words = BAD_FILES[name]
        path = write(content)
        with pytest.raises(DataError) as caught:
            load_hsb(path)
        message = str(caught.value)
        assert [word for word in [str(path), *words] if word not in message] == [], message
        assert "\n" not in message

    def test_no_such_file(self, tmp_path):
        with pytest.raises(DataError, match=r"absent\.csv: there is no such file"):
            load_hsb(tmp_path / "absent.csv")

    def test_a_folder(self, tmp_path):
        with pytest.raises(DataError, match="cannot be read"):
            load_hsb(tmp_path)

    def test_line_numbers_count_blank_lines_and_lines_within_quotes(self, write):
        content = GOOD.replace("\n1308", '\n\n\n"1308\n"', 1).replace("-0.668", "low")
        with pytest.raises(DataError, match="line 8, column 'ses'"):
            load_hsb(write(content))

    def test_data_error_is_a_value_error(self):
        assert issubclass(DataError, ValueError)


class TestSleep:
    def test_the_books_data(self):
        sleep = load_sleep()
        assert list(sleep.columns) == ["person", "day", "reaction"]
        assert sleep.dtypes.tolist() == [np.int64, np.int64, np.float64]
        assert sleep.groupby("person")["day"].apply(list).map(lambda days: days == list(range(10))).all()
        assert sleep["person"].nunique() == 18

    def test_they_are_lme4s(self):
        theirs = pd.read_csv(REPOSITORY / "tests/reference/data/sleepstudy.csv")
        assert load_sleep()["reaction"].tolist() == theirs["Reaction"].tolist()

    def test_readme_tells_the_truth(self):
        readme = (REPOSITORY / "data/README.md").read_text("utf-8")
        sleep = load_sleep()
        assert hashlib.sha256((REPOSITORY / "data/sleep.csv").read_bytes()).hexdigest() in readme
        assert f"{sleep['reaction'].min()} to {sleep['reaction'].max()}" in readme
        assert f"{sleep['person'].min()} to {sleep['person'].max()}" in readme

    @pytest.mark.parametrize(
        ("rows", "problem"),
        [
            ("1,0,250\n1,0,260", "line 3, column 'day': person 1 has a second row for day 0. Delete one of the two"),
            ("1,0,fast", "line 2, column 'reaction': 'fast' is not a number"),
            ("1,0.5,250", "line 2, column 'day': '0.5' is not a whole number"),
        ],
    )
    def test_bad_files_are_refused_in_words(self, write, rows, problem):
        with pytest.raises(DataError, match=problem):
            load_sleep(write(f"person,day,reaction\n{rows}\n"))

    def test_no_such_file(self, tmp_path):
        with pytest.raises(DataError, match=r"load_sleep\(\) without one reads the book's own file"):
            load_sleep(tmp_path / "absent.csv")


class TestPaste:
    def test_the_books_data(self):
        paste = load_paste()
        assert list(paste.columns) == ["batch", "cask", "strength"]
        assert (paste.groupby(["batch", "cask"]).size() == 2).all()
        assert paste.groupby("batch")["cask"].nunique().tolist() == [3] * 10

    def test_they_are_lme4s_and_the_readme_tells_the_truth(self):
        theirs = pd.read_csv(REPOSITORY / "tests/reference/data/pastes.csv")
        readme, paste = (REPOSITORY / "data/README.md").read_text("utf-8"), load_paste()
        assert paste["strength"].tolist() == theirs["strength"].tolist()
        assert hashlib.sha256((REPOSITORY / "data/paste.csv").read_bytes()).hexdigest() in readme
        assert f"{paste['strength'].min()} to {paste['strength'].max()}" in readme

    def test_bad_files_are_refused_in_words(self, write):
        with pytest.raises(DataError, match=r"line 2, column 'cask': '1\.5' is not a whole number"):
            load_paste(write("batch,cask,strength\n1,1.5,60\n"))
