"""One fitted model in two small tables, fixed and random effects, in the form of R's jtools::summ (Long 2022)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ..arguments import checked
from ..model.formula import INTERCEPT
from ..results import MixedResults
from .display import Shown
from .html import write_html
from .latex import write_latex
from .mixed_models import DDF, TestedBy, covariances, tests
from .numbers import decimals, p_value
from .options import decimal_places, one_of
from .structure import Cell, Row, Table
from .text import write_text


@checked
def summ(fit: Any, *, digits: int = 5, ddf: TestedBy = "satterthwaite") -> Summ:
    """The fixed and random effects of a fitted model, as tables.

    Args:
        fit: of `hlm.lmer`; or results of statsmodels, such as OLS, which have no random effects and no d.f. of each
            coefficient.
        digits: decimals, 0 to 9.
        ddf: how a mixed model's coefficients are tested: "satterthwaite", "kenward-roger" (its standard errors too),
            or "normal".

    Returns:
        Summ: `.fixed` and `.random` are DataFrames of the numbers; `.text`, `.html`, `.latex` the tables; `str()`
        is the text.

    Raises:
        TypeError: not a fitted model that hlm or stargazer knows. ValueError: an option that cannot be.

    Source: columns of jtools::summ for lm and lmer. Where a model has more than one random coefficient, their
    correlations are added, as in lme4's VarCorr.

    Example:
        >>> import hlm
        >>> print(hlm.summ(hlm.lmer("math ~ sector + (1 | sch.id)", hlm.load_hsb())))
        Fixed effects
        =========================================================
                        Est.    S.E.   t val.      d.f.         p
        ...
    """
    digits, ddf = decimal_places(digits), one_of("ddf", ddf, DDF)
    if isinstance(fit, MixedResults):
        return Summ(_tested(fit, ddf), _random(fit), digits, f"p values: {DDF[ddf]}")
    return Summ(_coefficients(fit), None, digits)


@dataclass(frozen=True, repr=False, eq=False)
class Summ(Shown):
    """The tables of one model.

    Attributes:
        fixed: DataFrame, a row for each coefficient: Est., S.E., t val., d.f. (of mixed models), p.
        random: DataFrame, a row for each variance: Group, Parameter, Var., and correlations where there are any; or
        None.
        digits: decimals shown. note: how the p values were found.
    """

    fixed: pd.DataFrame
    random: pd.DataFrame | None
    digits: int = 5
    note: str = ""

    @property
    def tables(self) -> list[Table]:
        """The cells: of the fixed effects, and of the random ones where there are any."""
        if self.random is None:
            return [self._fixed_table("Coefficients")]
        return [self._fixed_table("Fixed effects"), self._random_table(self.random, "Random effects")]

    @property
    def text(self) -> str:
        """The tables in plain text, one under the other."""
        return "\n\n".join(map(write_text, self.tables))

    @property
    def html(self) -> str:
        """A `<table>` element each, with a caption."""
        return "\n".join(map(write_html, self.tables))

    @property
    def latex(self) -> str:
        r"""`table` environments; need `\\usepackage{booktabs}`."""
        return "\n".join(map(write_latex, self.tables))

    def _fixed_table(self, caption: str) -> Table:
        head = Row((Cell(), *(Cell(name, "col", align="right") for name in self.fixed.columns)))
        rows = [
            Row((_name(name), *map(self._number, values), Cell(p_value(p, self.digits), align="right")))
            for name, *values, p in self.fixed.itertuples()
        ]
        note = Row((Cell(self.note, columns=len(self.fixed.columns) + 1, align="left"),), "note")
        return Table([head], [rows], [note] if self.note else [], caption, "summ-table")

    def _random_table(self, random: pd.DataFrame, caption: str) -> Table:
        group, parameter, *numbers = random.columns
        left = [Cell(group, "col", align="left"), Cell(parameter, "col", align="left")]
        head = Row((*left, *(Cell(name, "col", align="right") for name in numbers)))
        rows = [
            Row((_name(group), Cell(parameter, align="left"), *map(self._number, values)))
            for group, parameter, *values in random.itertuples(index=False)
        ]
        return Table([head], [rows], caption=caption, kind="summ-table")

    def _number(self, x: float) -> Cell:
        return Cell(decimals(x, self.digits), align="right")


def _name(name: str) -> Cell:
    return Cell(name, "row", align="left")


def _tested(fit: MixedResults, ddf: TestedBy) -> pd.DataFrame:
    names = {"estimate": "Est.", "se": "S.E.", "t": "t val.", "df": "d.f.", "p": "p"}
    table = tests(fit, ddf)[[*names]].rename(columns=names, index=_parenthesised)
    return table.drop(columns="d.f.").rename(columns={"t val.": "z val."}) if ddf == "normal" else table


def _coefficients(model: Any) -> pd.DataFrame:
    from .fitted_models import read  # with statsmodels, which takes a second or two: not for a mixed model

    data = read(model, 1, "satterthwaite", 0.95)
    t = "t val." if getattr(model, "use_t", True) else "z val."
    columns = {"Est.": "cov_values", "S.E.": "cov_std_err", t: "t_values", "p": "p_values"}
    return pd.DataFrame({name: data[key] for name, key in columns.items()}).rename(index=_parenthesised)


def _random(fit: MixedResults) -> pd.DataFrame:
    """A row for each variance; with several random coefficients, each one's correlations with those above it."""
    tables = [_random_of(group, G) for group, G in covariances(fit).items()]
    residual = pd.DataFrame({"Group": ["Residual"], "Parameter": [""], "Var.": [fit.scale]})
    return pd.concat([*tables, residual], ignore_index=True)


def _random_of(group: str, G: pd.DataFrame) -> pd.DataFrame:
    names = [*map(_parenthesised, G.index)]
    table = pd.DataFrame({"Group": group, "Parameter": names, "Var.": np.diag(G)})
    with np.errstate(invalid="ignore", divide="ignore"):
        correlation = np.tril(G / np.sqrt(np.outer(np.diag(G), np.diag(G))), -1)
    for name, column in zip(names, correlation.T, strict=True):
        if column.any():
            table[f"Corr. {name}"] = np.where(column, column, np.nan)
    return table


def _parenthesised(name: str) -> str:
    return f"({INTERCEPT})" if name == INTERCEPT else name
