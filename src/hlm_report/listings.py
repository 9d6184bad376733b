"""The analysis without the report: a listing in Python and one in R, of the formulas as they are now."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from .formulas import OPAQUE, R_RESERVED, quoted
from .reading import FILE, READ, TEXT
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
    ".parquet": "as.data.frame(arrow::read_parquet({file}))",
    ".pq": "as.data.frame(arrow::read_parquet({file}))", ".xlsx": "as.data.frame(readxl::read_excel({file}))",
    ".xlsm": "as.data.frame(readxl::read_excel({file}))",
    ".sav": "as.data.frame(haven::as_factor(haven::read_sav({file})))",
    ".zsav": "as.data.frame(haven::as_factor(haven::read_sav({file})))",
    ".dta": "as.data.frame(haven::as_factor(haven::read_dta({file})))",
}  # fmt: skip


def python(report: Report) -> Listing:
    """The analysis by hlm."""
    how = report.data.attrs.get(READ, {})
    arguments = [repr(_file(report)), *(f"{name}={value!r}" for name, value in how.items())]
    lines = [
        "import hlm",
        "import hlm_report",
        "",
        f"d = hlm_report.read({', '.join(arguments)})",
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
    formula = _in_r(report.formula, report)
    file = json.dumps(_file(report), ensure_ascii=False)
    reader = READERS.get(Path(_file(report)).suffix.lower())
    coded = report.data.attrs.get(READ, {}).get("numbers", [])  # numbers, though their values have labels
    raw = re.sub(r".*haven::(read_\w+).*", r"haven::\1", reader or "") + f"({file})"
    read = reader.format(file=file) if reader else _text_in_r(file, report, "`" in formula)
    lines = [
        "library(lmerTest)",
        *(["library(splines)"] if re.search(r"(?<![\w.])[nb]s\(", formula) else []),
        "",
        f"d <- {read}",
        *(f"d${quoted(name)} <- as.numeric({raw}${quoted(name)})" for name in coded),
        f"fit <- lmer({formula}, d)",
        "d <- d[rownames(model.frame(fit)), ]  # the rows in which nothing is missing",
        f"null <- lmer({_in_r(report.parts.null, report)}, d)",
        f"ols <- lm({_in_r(report.parts.ols, report)}, d)",
        f"summary(fit{', ddf = ' + chr(34) + 'Kenward-Roger' + chr(34) if report.few else ''})",
    ]
    if report.predictors:
        lines.append(f"anova(fit{', ddf = ' + chr(34) + 'Kenward-Roger' + chr(34) if report.few else ''})")
    lines += ["VarCorr(null); VarCorr(fit); ranova(fit)", "summary(ols)"]
    if report.splits:
        columns = report.fit.design.columns_of(report.main.name)
        by = ", ".join(f"d${quoted(name)}" for name in columns)
        lines.append("")
        for name in report.split_shares:
            lines.append(f"d${quoted(name + '_between')} <- ave(d${quoted(name)}, {by})")
        means = " + ".join(quoted(f"{name}_between") for name in report.split_shares)
        lines += [f"summary(lmer({formula} + {means}, d))"]
    return Listing("r", "\n".join(lines))


def _file(report: Report) -> str:
    return str(report.data.attrs.get(FILE, "data.csv"))


def _text_in_r(file: str, report: Report, as_named: bool) -> str:
    """How R reads the text as it was read here."""
    about = report.data.attrs.get(TEXT, {})
    separator, decimal, encoding = about.get("sep", ","), about.get("dec", "."), about.get("encoding", "")
    given = [f'sep = "{separator}"'.replace("\t", "\\t")] if separator != "," else []
    given += [f'dec = "{decimal}"'] if decimal != "." else []
    given += [f'fileEncoding = "{IN_R.get(encoding.lower(), encoding)}"'] if encoding else []
    if about.get("coded"):
        kept = ", ".join(f'{json.dumps(name, ensure_ascii=False)} = "character"' for name in about["coded"])
        given.append(f"colClasses = c({kept})")
    if report.data.isna().any(axis=None):
        given.append('na.strings = c("", "NA", "N/A", "n/a", "NaN", "nan", "NULL", "null", "None")')
    given += ["check.names = FALSE"] if as_named else []
    return f"read.csv({', '.join([file, *given])})"


IN_R = {"utf-8-sig": "UTF-8-BOM", "utf-16": "UTF-16", "latin-1": "latin1"}  # encodings that R calls otherwise


def _in_r(formula: str, report: Report) -> str:
    """The formula as R takes it: powers are ^, numpy's functions are R's, columns called as R's words quoted."""
    pieces, start = [], 0
    for match in [*OPAQUE.finditer(formula), None]:
        bare = formula[start : match.start() if match else None]
        bare = re.sub(r"\bnp\.(\w+)\(", r"\1(", bare).replace("**", "^")
        pieces += [WORD.sub(lambda word: _named(word[0], report), bare), match[0] if match else ""]
        start = match.end() if match else start
    return "".join(pieces)


WORD = re.compile(r"(?<![\w.%])[^\W\d][\w.]*(?![\w.%])")


def _named(word: str, report: Report) -> str:
    forbidden = word in R_RESERVED or word.startswith("_")
    return f"`{word}`" if forbidden and word in report.data.columns else word
