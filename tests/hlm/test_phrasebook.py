"""The phrasebook: every pair of calls gives the same numbers. Python's run always, R's where R and their packages are.

The calls live in the chapter alone and are read from it. `NUMBERS` says, phrase by phrase, which numbers to compare:
an R expression of `value`, what the R call gives, and a Python function of the cell's names and of its last value.
"""

import ast
import json
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

import hlm

ROOT = Path(__file__).parents[2]
CHAPTER = ROOT / "chapters" / "c-phrasebook.qmd"
NEEDED = ("lme4", "lmerTest", "MASS")


@dataclass(frozen=True)
class Phrase:
    title: str
    r: str
    python: str


def phrases() -> list[Phrase]:
    found = []
    for part in re.split(r"^### ", CHAPTER.read_text("utf-8"), flags=re.M)[1:]:
        part = re.split(r"^## ", part, flags=re.M)[0]
        r = re.findall(r"^```r\n(.*?)^```$", part, re.M | re.S)
        python = re.findall(r"^```\{python\}\n(.*?)^```$", part, re.M | re.S)
        title = part.splitlines()[0].strip()
        assert (len(r), len(python)) == (1, 1), f"{title}: one R listing and one Python cell"
        found.append(Phrase(title, r[0], re.sub(r"^#\|.*\n", "", python[0], flags=re.M)))
    return found


PHRASES = phrases()
TITLES = [phrase.title for phrase in PHRASES]

# ------------------------------------------------------------------------------------------- which numbers to compare

COEFFICIENTS = "as.vector(coef(summary({}))[, c({})])"
# ggplot draws a fitted line as points along it; the slope and the height at ses = 0 are those of its ends.
DRAWN = """unlist(lapply(split(l <- ggplot2::layer_data(value, 2), l${}), function(p) {{
  slope <- diff(range(p$y)) / diff(range(p$x)) * sign(p$y[which.max(p$x)] - p$y[which.min(p$x)])
  c(p$y[1] - slope * p$x[1], slope)
}}))"""
ABLINES = "c(ggplot2::layer_data(value, 2)$intercept, ggplot2::layer_data(value, 2)$slope)"


def lines_of(axes):
    """(lines, 2) intercept and slope of the straight lines of axes, in the order in which they were drawn."""
    ends = [np.column_stack(line.get_data()) for line in axes.lines if len(line.get_xdata()) == 2]
    slopes = [(b[1] - a[1]) / (b[0] - a[0]) for a, b in ends]
    return np.array([(a[1] - slope * a[0], slope) for (a, _), slope in zip(ends, slopes, strict=True)])


def school_lines(figure):
    """Of lines_and_g: the lines but the last, which is the average."""
    (axes,) = (axes for axes in figure.axes if axes.get_xlabel() == "ses")
    return lines_of(axes)[:-1]


def columns(table, *names):
    return table[list(names)].to_numpy(float).T.ravel()


def fixed(summ):
    return columns(summ.fixed, "Est.", "S.E.", "d.f.", "t val.", "p")


def every_number(text):
    return [float(x.replace(",", "")) for x in re.findall(r"-?\d[\d,]*\.?\d*(?![\d)])", text)]


NUMBERS = {
    "Read the data": (
        "c(dim(value), colMeans(hsb))",
        lambda names, value: [*value.shape, *names["d"].drop(columns="kind", errors="ignore").mean()],
    ),
    "Give the sectors names": ("as.vector(value)", lambda names, value: names["d"]["kind"].value_counts().sort_index()),
    "Mean, standard deviation and number of each group": (
        "as.vector(value$math)",
        lambda names, value: columns(names["groups"], "mean", "sd", "n"),
    ),
    "A pooled t test": (
        "unname(c(-diff(value$estimate), value$stderr, value$statistic, value$parameter, value$p.value))",
        lambda names, value: columns(names["t"].frame(), "mean.dif", "std.error", "t.value", "df", "p.value"),
    ),
    "The same by regression": (
        COEFFICIENTS.format("lm(math ~ sector, data = hsb)", "1:4"),
        lambda names, value: columns(value.fixed, "Est.", "S.E.", "t val.", "p"),
    ),
    "Choose the reference group": ("value", lambda names, value: list(names["d"]["kind"].cat.categories)),
    "A mixed model with degrees of freedom": (COEFFICIENTS.format("m1", "1:5"), lambda names, value: fixed(value)),
    "Use a factor in a mixed model": ("unname(value)", lambda names, value: value),
    "Kenward and Roger instead of Satterthwaite": (
        "as.vector(coef(value)[, 1:5])",
        lambda names, value: fixed(value),
    ),
    "The variances": ("value", lambda names, value: [names["tau00"], names["sigma2"]]),
    "The variance of the predictor": ("value", lambda names, value: [names["var_x"]]),
    "Schools, and students in each": ("value", lambda names, value: [names["n"], names["J"]]),
    "The standard error by its formula": ("value", lambda names, value: value),
    "The residual variance of a regression": ("value", lambda names, value: [names["sigma2_star"]]),
    "The standard error that forgets schools": ("value", lambda names, value: value),
    "A table of two models": ("paste(value, collapse = '\\n')", lambda names, value: value),
    "How much variance a predictor explains": (
        "value",
        lambda names, value: [names["explained"].loc["Intercept", "explained"]],
    ),
    "Take some of the schools": ("value[1]", lambda names, value: [len(names["some"])]),
    "One panel for each school": (
        f"unname({DRAWN.format('PANEL')})",
        lambda names, value: np.concatenate([lines_of(axes)[1] for axes in value.axes]),
    ),
    "A regression in every school": (
        "unname(c(colMeans(lines), value[1, 2]))",
        lambda names, value: [
            *names["lines"][["intercept", "slope"]].mean(),
            names["lines"]["intercept"].corr(names["lines"]["slope"]),
        ],
    ),
    "A mixed model with random slopes": (
        "c(value$sch.id[c(1, 2, 4)], sigma(m2)^2, unname(fixef(m2)))",
        lambda names, value: [
            *names["m2"].cov_re.to_numpy()[[0, 0, 1], [0, 1, 1]],
            names["m2"].scale,
            *names["m2"].params,
        ],
    ),
    "Nine draws from a normal distribution": (
        "c(Uj, value)",
        lambda names, value: [*names["U"].to_numpy().T.ravel(), *names["U"].corr().to_numpy().ravel()],
    ),
    "Add constants": ("c(B0j, B1j, value)", lambda names, value: [*names["beta0"], *names["beta1"], value]),
    "Slopes vary, intercepts do not": (ABLINES, lambda names, value: school_lines(value).T.ravel()),
    "Intercepts vary, slopes do not": (ABLINES, lambda names, value: school_lines(value).T.ravel()),
    "One line for each school, in one panel": (
        f"unname({DRAWN.format('group')})",
        lambda names, value: school_lines(value).ravel(),
    ),
}

# lme4 stops a little short of the optimum: with one variance about a millionth, here more.
SHORT = {"A mixed model with random slopes": 1e-4}

# ------------------------------------------------------------------------------------------------------------ Python


@pytest.fixture(scope="module")
def python():
    """What each Python cell gives: the numbers to compare, phrase by phrase."""
    names, numbers = {"round": lambda number, digits: number}, {}  # rounded for show only
    exec("import hlm", names)
    for phrase in PHRASES:
        *before, last = ast.parse(phrase.python).body
        exec(compile(ast.Module(before, []), phrase.title, "exec"), names)
        shown = isinstance(last, ast.Expr)
        if shown and isinstance(last.value, ast.Call) and getattr(last.value.func, "id", "") == "print":
            last.value = last.value.args[0]  # what is printed
        code = compile(
            ast.Expression(last.value) if shown else ast.Module([last], []), phrase.title, "eval" if shown else "exec"
        )
        value = eval(code, names) if shown else exec(code, names)
        numbers[phrase.title] = NUMBERS[phrase.title][1](names, value)
    return numbers


def test_every_phrase_is_compared():
    assert list(NUMBERS) == TITLES


@pytest.mark.parametrize("title", TITLES)
def test_the_python_cell_runs(python, title):
    assert np.size(python[title]) > 0


# ----------------------------------------------------------------------------------------------------------------- R


def has_r() -> bool:
    needed = ", ".join(f"'{name}'" for name in NEEDED)
    check = f"quit(status = !all(sapply(c({needed}), requireNamespace, quietly = TRUE)))"
    return (
        bool(shutil.which("Rscript")) and not subprocess.run(["Rscript", "-e", check], capture_output=True).returncode
    )


# Every listing in turn in one session; a package that is not there is noted, and any other error ends the script.
SCRIPT = """
grDevices::pdf(NULL)
session <- globalenv()
for (i in seq_along(listings)) {
  tryCatch({
    utils::capture.output(suppressMessages(value <- eval(parse(text = listings[i]), session)))
    assign("value", value, session)
    found <- suppressMessages(eval(parse(text = wanted[i]), session))
    text <- if (is.character(found)) encodeString(found, quote = '"') else sprintf("%.17g", found)
    cat("phrase", i, "[", paste(text, collapse = ", "), "]\\n")
  }, packageNotFoundError = function(e) cat("phrase", i, "missing", e$package, "\\n"))
}
"""


@pytest.fixture(scope="module")
def r(tmp_path_factory):
    """What each R listing gives, or the name of the package that it lacks."""
    if not has_r():
        pytest.skip(f"R with {', '.join(NEEDED)} is not installed")
    quoted = [json.dumps(phrase.r) for phrase in PHRASES], [json.dumps(NUMBERS[title][0]) for title in TITLES]
    script = tmp_path_factory.mktemp("phrasebook") / "phrasebook.R"
    lists = "listings <- c({})\nwanted <- c({})\n".format(*(",\n".join(texts) for texts in quoted))
    script.write_text(lists + SCRIPT, "utf-8")
    run = subprocess.run(["Rscript", "--vanilla", str(script)], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    lines = re.findall(r"^phrase (\d+) (.*)$", run.stdout, re.M)
    return {TITLES[int(i) - 1]: answer.strip() for i, answer in lines}


@pytest.mark.parametrize("title", TITLES)
def test_r_and_python_agree(r, python, title):
    answer = r[title]
    if answer.startswith("missing"):
        pytest.skip(f"R's package {answer.split()[1]} is not installed")
    theirs, ours = json.loads(answer), python[title]
    if title == "A table of two models":
        assert every_number(str(ours)) == every_number(theirs[0])
    elif isinstance(theirs[0], str):
        assert list(ours) == theirs
    else:
        np.testing.assert_allclose(np.ravel(ours), theirs, rtol=SHORT.get(title, 1e-5), atol=1e-9)


def test_the_listing_for_statsmodels_runs_and_comes_close():
    (listing,) = re.findall(r"^```python\n(.*?)^```$", CHAPTER.read_text("utf-8"), re.M | re.S)
    names = {"d": hlm.load_hsb()}
    exec(listing, names)
    fit = hlm.lmer("math ~ ses + (ses | sch.id)", names["d"])
    assert names["result"].llf == pytest.approx(fit.llf, abs=0.01)
    assert names["result"].fe_params["ses"] == pytest.approx(fit.params["ses"], abs=1e-3)
