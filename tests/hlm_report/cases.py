"""The data that reports are tested on: real data sets of many fields and shapes, and some of them with something changed.

Each name gives a formula and a data frame. Real ones are those of tests/reference/report.R, and a few more of the book's
own tests; what is changed in the others is said where it is made.
"""

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from hlm_report import Report, read

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "tests/reference/data"

REAL = {
    "barley": ("report/barley.csv", "yield ~ variety + (1 | year)"),  # agronomy; two groups
    "cigarettes": ("report/cigarettes.csv", "sales ~ price + factor(year) + (1 | state)"),  # economics; thirty levels
    "coma": ("report/coma.csv", "iq ~ duration + sex + age + (1 | patient)"),  # medicine; groups of one
    "penguins": ("report/penguins.csv", "bill ~ flipper + species + (1 | island)"),  # zoology; singular
    "chemistry": ("report/chemistry.csv.gz", "score ~ gcse + gender + (1 | school)"),  # education; 2,410 groups
    "airquality": ("airquality.csv", "ozone ~ temp + wind + (1 | month)"),  # environment; missing values
    "orthodont": ("orthodont.csv", "distance ~ age * Sex + (age | Subject)"),  # dentistry; a product
    "ratpups": ("ratpups.csv", "weight ~ sex + Treatment + Lsize + (1 | Litter)"),  # toxicology
    "growth": ("growth.csv", "math ~ year + female + (1 | school/child)"),  # three levels
    "penicillin": ("penicillin.csv", "diameter ~ 1 + (1 | plate) + (1 | sample)"),  # microbiology; crossed
    "dyestuff2": ("dyestuff2.csv", "Yield ~ 1 + (1 | Batch)"),  # no variance between groups
    "hsb": ("../../../data/hsb.csv", "math ~ ses + sector + (ses | sch.id)"),
    "pupils": ("pupils.csv", "language ~ iq + ses + sex + group_size + (iq | school)"),  # a column with mistakes
    "sleep": ("sleepstudy.csv", "Reaction ~ Days + (Days | Subject)"),  # psychology; a slope
    "sector": ("../../../data/hsb.csv", "math ~ sector + (1 | sch.id)"),  # the course's own model
    "oats": ("oats.csv", "yield ~ nitro + I(nitro^2) + (1 | Block)"),
}


@cache
def table(name: str) -> pd.DataFrame:
    return read(DATA / name)


@cache
def report(name: str) -> Report:
    """The report of a case; it keeps what it computes."""
    if name in REAL:
        file, formula = REAL[name]
        return Report(formula, table(file))
    return CHANGED[name]()


def _hsb() -> pd.DataFrame:
    return table("../../../data/hsb.csv")


def _of_some_schools(d: pd.DataFrame, count: int) -> pd.DataFrame:
    return d[d["sch.id"].isin(sorted(d["sch.id"].unique())[:count])]


def _low_scores_lack_ses() -> Report:
    """In every other row with a low score, ses is missing; and in all rows of one school."""
    d = _hsb().copy()
    gone = (d["math"] < 8) & (d.index % 2 == 0) | (d["sch.id"] == 1224)
    return Report("math ~ ses + (1 | sch.id)", d.assign(ses=d["ses"].where(~gone)))


def _some_rows_lack_ses() -> Report:
    """In every fiftieth row ses is missing, whatever the score."""
    d = _hsb().copy()
    return Report("math ~ ses + (1 | sch.id)", d.assign(ses=d["ses"].where(d.index % 50 > 0)))


def _ceiling() -> Report:
    """Nobody can score more than 20."""
    d = _of_some_schools(_hsb(), 40)
    return Report("math ~ ses + (1 | sch.id)", d.assign(math=d["math"].clip(upper=20)))


def _twice() -> Report:
    """A column that says what another says."""
    d = _of_some_schools(_hsb(), 40)
    return Report("math ~ ses + twice + (1 | sch.id)", d.assign(twice=2 * d["ses"]))


def _noise() -> Report:
    """A predictor that has nothing to do with the outcome, and thirty levels that have not, in invented groups."""
    rng = np.random.default_rng(17)
    d = pd.DataFrame({"g": np.repeat(np.arange(30), 20), "f": np.tile([f"l{k % 10}" for k in range(20)], 30)})
    d["x"], d["y"] = rng.normal(size=600), rng.normal(size=600)
    return Report("y ~ x + f + (x | g)", d)


def _one_line() -> Report:
    """Intercepts and slopes on one line, by construction."""
    rng = np.random.default_rng(3)
    g = np.repeat(np.arange(40), 10)
    u, x = rng.normal(size=40), rng.normal(size=400)
    d = pd.DataFrame({"g": g, "x": x, "y": 1 + u[g] + (2 + u[g]) * x + 0.2 * rng.normal(size=400)})
    return Report("y ~ x + (x | g)", d)


def _opposite() -> Report:
    """Within groups y rises with x, between them it falls; one group is far away, and decides."""
    rng = np.random.default_rng(5)
    g = np.repeat(np.arange(30), 12)
    m = rng.normal(size=30)
    m[0] = 9.0
    x = m[g] + rng.normal(size=360)
    y = -2 * m[g] + 1.0 * (x - m[g]) + rng.normal(size=30)[g] + rng.normal(size=360)
    z = rng.normal(size=30)
    z[1] = 6.0
    y = y + np.where(g == 1, 4.0, 0.0)
    return Report("y ~ x + z + (1 | g)", pd.DataFrame({"g": g, "x": x, "z": z[g], "y": y}))


def _few_schools() -> Report:
    """The course's model for eight schools: the two ways to count degrees of freedom disagree on a coefficient."""
    rng = np.random.default_rng(46)
    g = np.repeat(np.arange(8), [3, 4, 5, 6, 30, 40, 5, 3])
    z = np.array([0, 1, 0, 1, 0, 1, 1, 0.0])
    y = 1.35 * z[g] + 0.8 * rng.normal(size=8)[g] + rng.normal(size=len(g))
    return Report("y ~ z + (1 | g)", pd.DataFrame({"g": g, "z": z[g], "y": y}))


def _uneven() -> Report:
    """Two properties of groups that go together, in groups of very different sizes."""
    rng = np.random.default_rng(8)
    sizes = np.r_[np.full(30, 2), np.full(10, 90)]
    g = np.repeat(np.arange(40), sizes)
    a = rng.normal(size=40)
    b = a + 0.2 * rng.normal(size=40)
    y = a[g] + 0.5 * rng.normal(size=40)[g] + rng.normal(size=len(g))
    return Report("y ~ a + b + (1 | g)", pd.DataFrame({"g": g, "a": a[g], "b": b[g], "y": y}))


def _parallel() -> Report:
    """Parallel lines, with the same slope within groups and between them, and a product that does nothing."""
    rng = np.random.default_rng(21)
    g = np.repeat(np.arange(40), 8)
    m, w, z = rng.normal(size=40), rng.normal(size=320), rng.normal(size=320)
    x = m[g] + rng.normal(size=320)
    y = x + w + z + 0.5 * rng.normal(size=40)[g] + rng.normal(size=320)
    return Report("y ~ x + w * z + (x || g)", pd.DataFrame({"g": g, "x": x, "w": w, "z": z, "y": y}))


def _not_converged() -> Report:
    """A fit that says of itself that it is no optimum: there is none in these data, so it is told to say so."""
    found = Report(REAL["ratpups"][1], table("ratpups.csv"))
    found.fit.converged = False
    return found


def _levels() -> pd.DataFrame:
    """Levels s of groups, levels b and t of rows; the difference by b and the slope of x are others where s is public."""
    rng = np.random.default_rng(12)
    g = np.repeat(np.arange(24), 12)
    s, b, t = g % 2 == 0, rng.random(288) < 0.5, rng.integers(0, 3, 288)
    x, z = rng.normal(size=288), rng.normal(size=288)
    y = 5 + x + 2 * s * x + x * z + b + 3 * s * b + 0.7 * rng.normal(size=24)[g] + rng.normal(size=288)
    text = {"s": np.where(s, "public", "private"), "b": np.where(b, "yes", "no"), "t": np.array(list("uvw"))[t]}
    return pd.DataFrame({"g": g, "x": x, "z": z, "y": y, **text})


def _untested() -> Report:
    """A report whose tests have no numbers: no method gives the missing ones at will, so they are taken out."""
    found = _noise()
    x, *others = found.predictors
    nothing = {"se": np.nan, "df": np.nan, "t": np.nan, "p": np.nan, "low": np.nan, "high": np.nan}
    found.large_factors = [replace(each, F=np.nan, df_denom=np.nan, p=np.nan) for each in found.large_factors]
    found.slopes = [replace(each, chi2=np.nan, p=np.nan) for each in found.slopes]
    found.shares = [replace(each, chi2=np.nan, p=np.nan) for each in found.shares]
    found.gain = replace(found.gain, chi2=np.nan, p=np.nan)
    found.coefficients = [found.coefficients[0], replace(x, **nothing), *others]
    return found


CHANGED = {
    "by level": lambda: Report("y ~ s * b + s * x + t * x + x * z + (1 | g)", _levels()),
    "nested": lambda: Report("y ~ s / x + C(t, contr.sum) + poly(z, 2) + (1 | g)", _levels()),
    "cell means": lambda: Report("y ~ 0 + s + b * t + x + (1 | g)", _levels()),
    "untested": _untested,
    "low scores lack ses": _low_scores_lack_ses,
    "some rows lack ses": _some_rows_lack_ses,
    "ceiling": _ceiling,
    "twice": _twice,
    "noise": _noise,
    "one line": _one_line,
    "opposite": _opposite,
    "few schools": _few_schools,
    "uneven": _uneven,
    "parallel": _parallel,
    "not converged": _not_converged,
}
NAMES = [*REAL, *CHANGED]
