"""The ledger: every number that the course slides print, what R computes there, and what this book computes.

Slides and numbers are in one file, data/slides.csv, a line a number. A number agrees if the book's value, written the
way the slide writes it, is what the slide prints, to every digit; so does R's. Where the slide's number comes about in
another way than its words say, the line names that way too, and then it is the value found in that way which has to
agree, and the plain one which must not.
"""

from __future__ import annotations

import csv
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from math import floor
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..least_squares import ols
from ..mixed_model import lmer
from ..model.deviance import Deviance
from ..model.optimum import Solution
from ..results import MixedResults
from ..tables.data_frames import FrameTable, table
from ..tables.numbers import MINUS
from ..tables.regression import regression_table
from .data import DataError, load_hsb
from .descriptives import group_summary, school_summary, t_test
from .r_random import RRandom
from .school_regressions import school_regressions
from .standard_errors import se_hlm, se_ols

__all__ = ["Ledger", "ledger"]

FIELDS = ("slide", "what", "printed", "computed", "explained", "reading")
NUMBER = re.compile(r"-?(?:\d[\d,]*)?\.?\d+")
SLOPES = [0, 3, -1, 7, 2, -6, 1, 9, 4]  # of the slide's nine lines through one intercept
INTERCEPTS = np.linspace(5, 20, 9)  # of its nine lines of one slope

Values = dict[str, float | str | list[float]]


def ledger(r: str | os.PathLike, slides: str | os.PathLike | None = None) -> Ledger:
    """Compute every number of the slides anew, and set it beside the slide's and R's.

    Args:
        r: a JSON file of R's values by name, as tests/reference/ledger.R writes it.
        slides: a CSV file with the columns slide, what, printed, computed, explained, reading: the slide's title, what
            the number is, the number as printed, the name of the value that the slide says it is, and, where the
            number is another one, that one's name and how it comes about. By default the book's own, data/slides.csv.

    Returns:
        Ledger

    Raises:
        DataError: a file cannot be read or does not hold what it should; a name that the book or R does not compute.

    Example:
        >>> import hlm
        >>> hlm.course.ledger("tests/reference/ledger.json").failures
        ()
    """
    lines, of_r = _read_slides(slides), _read_r(Path(r))
    of_book = _computed(load_hsb(), of_r["theta of lme4"])
    return Ledger(tuple(_compared(line, of_book, of_r) for line in lines), of_book, of_r)


@dataclass(frozen=True)
class Line:
    """One number: `printed` on the slide, and `book` and `r` written like it.

    `explained` is the book's value by the other reading, or None; `agrees` as in the module's text.
    """

    slide: str
    what: str
    printed: str
    book: str
    r: str
    explained: str | None
    reading: str

    @property
    def agrees(self) -> bool:
        if self.explained is None:
            return self.book == self.r == self.printed
        return self.explained == self.r == self.printed != self.book

    @property
    def verdict(self) -> str:
        """Yes or no, and by which reading, if not the plain one."""
        return ("yes" if self.agrees else "no") + (f", {self.reading}" if self.reading else "")


@dataclass(frozen=True, repr=False)
class Ledger:
    """All lines, in the order of the slides. `book` and `r` hold the values behind them, unrounded, by name."""

    lines: tuple[Line, ...]
    book: Mapping[str, Any]
    r: Mapping[str, Any]

    @cached_property
    def slides(self) -> tuple[str, ...]:
        """The titles of the slides that print numbers."""
        return tuple(dict.fromkeys(line.slide for line in self.lines))

    @property
    def failures(self) -> tuple[Line, ...]:
        """The lines that do not agree."""
        return tuple(line for line in self.lines if not line.agrees)

    @property
    def explained(self) -> tuple[Line, ...]:
        """The lines with another reading than the plain one."""
        return tuple(line for line in self.lines if line.explained is not None)

    def table(self, slide: str) -> FrameTable:
        """The lines of one slide, to be read.

        Raises:
            DataError: no line is of this slide.
        """
        if slide not in self.slides:
            raise DataError(f"the ledger has no slide {slide!r}; it has: {'; '.join(self.slides)}.")
        rows = [
            {
                "number": line.what,
                "slide": _minus(line.printed),
                "R": _minus(line.r),
                "this book": _minus(line.book),
                "agrees": line.verdict,
            }
            for line in self.lines
            if line.slide == slide
        ]
        return table(pd.DataFrame(rows).set_index("number"))


def _compared(line: dict[str, str], of_book: Values, of_r: Values) -> Line:
    for name in filter(None, (line["computed"], line["explained"])):
        for whose, values in (("this book", of_book), ("R", of_r)):
            if name not in values:
                raise DataError(
                    f"slides, line {line['line']}: {whose} computes no {name!r}. Correct it, or compute it."
                )
    printed, explained = line["printed"], line["explained"]
    return Line(
        line["slide"],
        line["what"],
        printed,
        written(of_book[line["computed"]], printed),
        written(of_r[explained or line["computed"]], printed),
        written(of_book[explained], printed) if explained else None,
        line["reading"],
    )


def written(values: float | str | list[float], like: str) -> str:
    """Numbers written like those of a text: as many decimals, commas, and zeros before the point as there.

    Text is left as it is, since it was printed by what computed it.

    >>> written([0.43906, 7185], "about .439 of 7,000")
    'about .439 of 7,185'
    """
    if isinstance(values, str):
        return values
    places = NUMBER.findall(like)
    values = list(values) if isinstance(values, (list, tuple)) else [values]
    if len(values) != len(places):
        raise DataError(f"{like!r} has {len(places)} numbers, and {len(values)} are computed for it.")
    queue = iter(values)
    return NUMBER.sub(lambda place: _number(next(queue), place[0]), like)


def _number(value: float, like: str) -> str:
    decimals = len(like.partition(".")[2])
    text = f"{value:{',' if ',' in like else ''}.{decimals}f}"
    if float(text.replace(",", "")) == 0:
        text = text.lstrip("-")
    return re.sub(r"^(-?)0\.", r"\1.", text) if re.match(r"-?\.", like) else text


def _minus(text: str) -> str:
    return re.sub(r"-(?=[\d.])", MINUS, text)


# ----------------------------------------------------------------------------------------- what this book computes


def _computed(data: pd.DataFrame, theta: float) -> Values:
    """Every value that the slides print, by name; `theta` is where lme4 stopped."""
    without = ols("math ~ sector", data)
    null = lmer("math ~ 1 + (1 | sch.id)", data)
    fit = lmer("math ~ sector + (1 | sch.id)", data)
    described = _described(data)
    return {
        **{f"row {i + 1}": list(row) for i, row in enumerate(data.head(6).itertuples(index=False))},
        **described,
        **_t_test(data),
        "ols se": without.bse["sector"],
        "ols sigma2": without.mse_resid,
        **_coefficients(fit, ""),
        **_coefficients(_at(fit, theta), "stopped "),
        "sum of gammas": [*fit.params, fit.params.sum()],
        **_variances(null, fit),
        **_by_formula(without.mse_resid, null, fit, described),
        "log-likelihood": fit.llf,
        "AIC": fit.aic,
        "BIC": fit.bic,
        **_side_by_side(without, fit),
        **_school_lines(data),
        **_nine_draws(),
        "covariance with the intercept 10": np.cov(SLOPES, np.full(9, 10))[0, 1],
        "covariance with the slope 3": np.cov(INTERCEPTS, np.full(9, 3))[0, 1],
    }


def _described(data: pd.DataFrame) -> Values:
    sectors = group_summary(data, "math", "sector", {0: "public", 1: "Catholic"})
    schools = school_summary(data)
    return {
        "students": len(data),
        "schools": len(schools),
        "students a school": schools["n"].mean(),
        "variance of sector": data["sector"].var(),
        **{f"{sector} {what}": value for sector, row in sectors.iterrows() for what, value in row.items()},
    }


def _t_test(data: pd.DataFrame) -> Values:
    test = t_test(data, "math", "sector")
    return {
        "t test difference": test.mean_dif,
        "t test se": test.std_error,
        "t test t": test.t_value,
        "t test p": test.p_value,
    }


def _coefficients(fit: MixedResults, where: str) -> Values:
    names = {"Intercept": "gamma00", "sector": "gamma01"}
    return {
        f"{where}{names[coefficient]} {what}": value
        for coefficient, row in fit.coef_table().iterrows()
        for what, value in row.items()
    }


def _at(fit: MixedResults, theta: float) -> MixedResults:
    """The same model of the same data at a theta that is not the optimum: lme4's sqrt(tau00 / sigma2)."""
    stage = fit._at.stage
    at = Deviance(stage, np.array([theta]) / stage.scale.to_z[0], fit.reml)
    return MixedResults(fit.moments, None, Solution(at, singular=False, converged=False))


def _variances(null: MixedResults, fit: MixedResults) -> Values:
    return {
        "tau00": fit.cov_re.iloc[0, 0],
        "sigma2": fit.scale,
        "null tau00": null.cov_re.iloc[0, 0],
        "null sigma2": null.scale,
        "null sigma2 cut": floor(100 * null.scale) / 100,
    }


def _by_formula(sigma2_star: float, null: MixedResults, fit: MixedResults, described: Values) -> Values:
    """The slides' arithmetic, with its numbers rounded as the slides round them, and without rounding."""
    tau00, before = fit.cov_re.iloc[0, 0], null.cov_re.iloc[0, 0]
    n, J = round(described["students a school"]), described["schools"]
    var_sector, star = round(described["variance of sector"], 2), round(sigma2_star, 2)
    rounded = (round(before, 2) - round(tau00, 2)) / round(before, 2)
    exact = (before - tau00) / before
    return {
        "formula se": se_hlm(round(tau00, 2), round(fit.scale, 2), n, J, var_sector),
        "ols formula without n": se_ols(star, 1, J, var_sector),
        "ols formula with n": se_ols(star, n, J, var_sector),
        "share of rounded": rounded,
        "percentage of rounded": 100 * rounded,
        "share": exact,
        "percentage": 100 * exact,
    }


def _side_by_side(without: Any, fit: MixedResults) -> Values:
    """The cells of the regression table, rounded as stargazer rounds, by row and model: "table sector se 2"."""
    text = regression_table([without, fit], star_cutoffs=(0.05, 0.01, 0.001), r_rounding=True, ddf_note=False).text
    cells, label, middles = {}, "", []
    for line in text.splitlines():
        pieces = [((found.start() + found.end()) / 2, found[0]) for found in re.finditer(r"\S+(?: \S+)*", line)]
        if [piece for _, piece in pieces] == ["(1)", "(2)"]:
            middles = [middle for middle, _ in pieces]
        elif middles and pieces and not line.startswith(("-", "=", "Note")):
            named = not line.startswith(" ")  # a standard error stands in a line without a label
            label = pieces[0][1] if named else label
            for middle, piece in pieces[named:]:
                model = 1 + int(np.argmin(np.abs(np.subtract(middles, middle))))
                cells[f"table {label}{'' if named else ' se'} {model}"] = piece
    return cells


def _school_lines(data: pd.DataFrame) -> Values:
    lines = school_regressions("math ~ ses", data)
    return {
        "regressions": len(lines),
        "correlation of the regressions": lines["intercept"].corr(lines["slope"]),
    }


def _nine_draws() -> Values:
    U = RRandom(1).mvrnorm(9, [0, 0], [[4, 0.2], [0.2, 5]])
    return {
        "correlation of U": U[0].corr(U[1]),
        "correlation of beta": (10 + U[0]).corr(2 + U[1]),
    }


# ------------------------------------------------------------------------------------------------------- the files


def _read_slides(path: str | os.PathLike | None) -> list[dict[str, str]]:
    file = _default_file() if path is None else Path(path)
    try:
        with file.open(encoding="utf-8", newline="") as stream:
            rows = [*csv.DictReader(stream, restkey="too many", strict=True)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{file}: cannot be read: {error}.") from error
    if not rows or tuple(rows[0])[: len(FIELDS)] != FIELDS:
        raise DataError(f"{file}: the header must be {','.join(FIELDS)}, with a line for each number below it.")
    for number, row in enumerate(rows, start=2):
        row["line"] = str(number)
        if "too many" in row or None in row.values():
            raise DataError(f"{file}, line {number}: {len(FIELDS)} fields are needed. Quote text that has a comma.")
        if not all(row[name] for name in FIELDS[:4]) or bool(row["explained"]) != bool(row["reading"]):
            raise DataError(
                f"{file}, line {number}: {', '.join(FIELDS[:4])} must be given, and explained and reading together."
            )
    return rows


def _read_r(path: Path) -> Values:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise DataError(f"{path}: R's values cannot be read: {error}. tests/reference/ledger.R writes them.") from error
    if not isinstance(values, dict) or not isinstance(values.get("theta of lme4"), float):
        raise DataError(f"{path}: holds no 'theta of lme4'. tests/reference/ledger.R writes this file.")
    return values


def _default_file() -> Any:
    """The checkout's data/slides.csv where there is one, else the copy inside the installed package."""
    source_folder = Path(__file__).resolve().parents[2]
    in_checkout = source_folder.parent / "data" / "slides.csv"
    if source_folder.name == "src" and in_checkout.is_file():
        return in_checkout
    return resources.files("hlm") / "_data" / "slides.csv"
