"""The R code beside the Python runs as it stands, chapter by chapter, where R and its packages are installed."""

import re
import shutil
import subprocess
from functools import cache

import pytest
from test_prose import ROOT, ids, told


@cache
def installed(package: str) -> bool:
    call = f"quit(status = !requireNamespace('{package}', quietly = TRUE))"
    return subprocess.run(["Rscript", "-e", call], capture_output=True).returncode == 0


@pytest.mark.skipif(not shutil.which("Rscript"), reason="R is not installed")
@pytest.mark.parametrize("chapter", told(), ids=ids)
def test_the_r_code_runs(chapter, tmp_path):
    tabsets = re.findall(r"^::: \{\.panel-tabset\}$.*?^:::$", chapter.text, re.M | re.S)
    listings = [code for tabs in tabsets for code in re.findall(r"^```r\n(.*?)^```$", tabs, re.M | re.S)]
    if not listings:
        pytest.skip("no R in this chapter")
    if absent := [name for name in re.findall(r"library\((\w+)\)", "".join(listings)) if not installed(name)]:
        pytest.skip(f"R has no {', '.join(absent)}")
    script = tmp_path / "chapter.R"
    script.write_text("\n".join(["grDevices::pdf(NULL)", *listings]), "utf-8")
    run = subprocess.run(["Rscript", "--vanilla", str(script)], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr


def test_get_it_running_says_what_to_install_for_r():
    """Every package that a listing loads, but for those that come with R."""
    page = (ROOT / "running.qmd").read_text("utf-8")
    installs = re.search(r"install\.packages\(c\((.*?)\)\)", page)
    assert installs
    listed = set(re.findall(r'"(\w+)"', installs[1])) | {"lattice", "nlme", "MASS"}
    loaded = re.compile(r"library\((\w+)\)|(\w+)::\w")
    used = {
        a or b for c in told() for _, language, code in c.listings if language == "r" for a, b in loaded.findall(code)
    }
    assert used - listed - {"grDevices"} == set()
