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


# One R for all: each chapter runs in a copy of the process, in which packages are loaded and none is attached, so that
# what a chapter forgets to attach is missing.
RUN = """\
grDevices::pdf(NULL)
for (package in c("lme4", "lmerTest", "pbkrtest")) suppressWarnings(requireNamespace(package, quietly = TRUE))
run <- function(script) {
  said <- tryCatch({ source(script, local = new.env(parent = globalenv()), echo = FALSE); "" },
                   error = function(e) conditionMessage(e))
  writeLines(said, sub("R$", "said", script))
}
invisible(parallel::mclapply(commandArgs(TRUE), run, mc.preschedule = FALSE, mc.cores = 1))
"""


def listings(chapter):
    """The R code of a chapter that stands beside Python."""
    tabsets = re.findall(r"^::: \{\.panel-tabset\}$.*?^:::$", chapter.text, re.M | re.S)
    return [code for tabs in tabsets for code in re.findall(r"^```r\n(.*?)^```$", tabs, re.M | re.S)]


def absent(code):
    """The packages that code attaches and this R has not."""
    return [name for name in re.findall(r"library\((\w+)\)", code) if not installed(name)]


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """What R said of each chapter's code that could run here, nothing if all is well."""
    folder = tmp_path_factory.mktemp("R")
    program = folder / "run.R"
    program.write_text(RUN, "utf-8")
    scripts = []
    for chapter in told():
        code = "\n".join(listings(chapter))
        if code and not absent(code):
            scripts.append(folder / f"{chapter.path.stem}.R")
            scripts[-1].write_text(code, "utf-8")
    run = subprocess.run(["Rscript", "--vanilla", program, *scripts], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return {script.stem: script.with_suffix(".said").read_text("utf-8").strip() for script in scripts}


@pytest.mark.skipif(not shutil.which("Rscript"), reason="R is not installed")
@pytest.mark.parametrize("chapter", [chapter for chapter in told() if listings(chapter)], ids=ids)
def test_the_r_code_runs(chapter, said):
    if missing := absent("".join(listings(chapter))):
        pytest.skip(f"R has no {', '.join(missing)}")
    assert said[chapter.path.stem] == ""


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
