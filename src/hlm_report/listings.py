"""The analysis without the report: a listing in Python and one in R, of the formulas as they are now."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from .formulas import quoted
from .reading import FILE
from .report import Report


@dataclass(frozen=True)
class Listing:
    """Code that is shown and not run."""

    language: str
    code: str

    def __str__(self) -> str:
        return self.code

    def __repr__(self) -> str:
        return self.code

    def _repr_markdown_(self) -> str:
        return f"```{self.language}\n{self.code}\n```\n"


READERS = {
    ".csv": "read.csv({file})", ".gz": "read.csv({file})", ".tsv": "read.delim({file})", ".txt": "read.delim({file})",
    ".tab": "read.delim({file})", ".parquet": "as.data.frame(arrow::read_parquet({file}))",
    ".pq": "as.data.frame(arrow::read_parquet({file}))", ".xlsx": "as.data.frame(readxl::read_excel({file}))",
    ".xlsm": "as.data.frame(readxl::read_excel({file}))",
    ".sav": "as.data.frame(haven::as_factor(haven::read_sav({file})))",
    ".zsav": "as.data.frame(haven::as_factor(haven::read_sav({file})))",
    ".dta": "as.data.frame(haven::as_factor(haven::read_dta({file})))",
}  # fmt: skip


def python(report: Report) -> Listing:
    """The analysis by hlm."""
    lines = [
        "import hlm",
        "import hlm_report",
        "",
        f"d = hlm_report.read({_file(report)!r})",
        f"fit = hlm.lmer({report.formula!r}, d)",
        f"null = hlm.lmer({report.parts.null!r}, fit.design.source.frame)",
        f"ols = hlm.ols({report.parts.ols!r}, fit.design.source.frame)",
        "print(hlm.regression_table([ols, fit]))",
        f"print(fit.coef_table(ddf={report.ddf!r}))",
    ]
    if report.predictors:
        lines.append(f'print(fit.anova("III", ddf={report.ddf!r}))')
    lines.append("print(fit.var_corr, null.icc, fit.ranova())")
    if report.splits:
        lines += ["", *_split_in_python(report)]
    return Listing("python", "\n".join(lines))


def _split_in_python(report: Report) -> list[str]:
    group = "d[" + repr(report.main.name) + "]"
    lines = []
    if ":" in report.main.name:
        columns = report.fit.design.columns_of(report.main.name)
        group = f"[d[name] for name in {list(columns)!r}]"
    for name in report.split_shares:
        lines.append(f'd[{name + "_between"!r}] = d.loc[fit.design.rows, {name!r}].groupby({group}).transform("mean")')
    means = " + ".join(quoted(f"{name}_between") for name in report.split_shares)
    return [*lines, f"split = hlm.lmer({report.formula + ' + ' + means!r}, d)", "print(split.coef_table())"]


def r(report: Report) -> Listing:
    """The analysis by lme4, lmerTest and pbkrtest."""
    file = _file(report)
    read = READERS.get(Path(file).suffix.lower(), "read.csv({file})").format(file=f'"{file}"')
    if "`" in report.formula and read.startswith("read.csv("):
        read = f"{read[:-1]}, check.names = FALSE)"
    lines = [
        "library(lmerTest)",
        "",
        f"d <- {read}",
        f"fit <- lmer({_in_r(report.formula)}, d)",
        "d <- d[rownames(model.frame(fit)), ]  # the rows in which nothing is missing",
        f"null <- lmer({_in_r(report.parts.null)}, d)",
        f"ols <- lm({_in_r(report.parts.ols)}, d)",
        f"summary(fit{', ddf = ' + chr(34) + 'Kenward-Roger' + chr(34) if report.few else ''})",
    ]
    if report.predictors:
        lines.append(f"anova(fit{', ddf = ' + chr(34) + 'Kenward-Roger' + chr(34) if report.few else ''})")
    lines += ["VarCorr(null); VarCorr(fit); ranova(fit)", "summary(ols)"]
    if report.splits:
        columns = report.fit.design.columns_of(report.main.name)
        by = ", ".join(f"d${_in_r_name(name)}" for name in columns)
        lines.append("")
        for name in report.split_shares:
            lines.append(f"d${_in_r_name(name + '_between')} <- ave(d${_in_r_name(name)}, {by})")
        means = " + ".join(quoted(f"{name}_between") for name in report.split_shares)
        lines += [f"summary(lmer({_in_r(report.formula)} + {means}, d))"]
    return Listing("r", "\n".join(lines))


def _file(report: Report) -> str:
    return str(report.data.attrs.get(FILE, "data.csv"))


def _in_r_name(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z][\w.]*", name) else f"`{name}`"


def _in_r(formula: str) -> str:
    """The formula as R takes it: powers are ^, and numpy's functions are R's own."""
    return re.sub(r"\bnp\.(\w+)\(", r"\1(", formula).replace("**", "^")
