"""The R code beside the Python runs as it stands, chapter by chapter, where R and its packages are installed."""

import re
import shutil
import subprocess

import pytest
from test_prose import ROOT, ids, told

NEEDED = "quit(status = !all(sapply(c('lme4', 'lmerTest'), requireNamespace, quietly = TRUE)))"


def has_r() -> bool:
    return (
        bool(shutil.which("Rscript")) and subprocess.run(["Rscript", "-e", NEEDED], capture_output=True).returncode == 0
    )


@pytest.mark.skipif(not has_r(), reason="R with lme4 and lmerTest is not installed")
@pytest.mark.parametrize("chapter", told(), ids=ids)
def test_the_r_code_runs(chapter, tmp_path):
    hidden = re.findall(r'^::: \{\.content-hidden when-format="html"\}$.*?^:::$', chapter.text, re.M | re.S)
    listings = [code for part in hidden for code in re.findall(r"^```r\n(.*?)^```$", part, re.M | re.S)]
    if not listings:
        pytest.skip("no R in this chapter")
    script = tmp_path / "chapter.R"
    script.write_text("\n".join(["grDevices::pdf(NULL)", *listings]), "utf-8")
    run = subprocess.run(["Rscript", "--vanilla", str(script)], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
