"""Renderers for stargazer's tables: each lays out the same `Table`, then writes it as text, HTML or LaTeX."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Any

import pandas as pd
from stargazer.label import Label
from stargazer.stargazer import LineLocation, Renderer

from ..model.formula import INTERCEPT
from .fitted_models import MIXED
from .html import write_html
from .latex import write_latex
from .mixed_models import DDF
from .numbers import decimals, decimals_as_r
from .structure import Cell, Raw, Row, Sup, Table
from .text import write_text

# What the foot of the table can show, in the order in which R's stargazer shows it: name -> (key of the model's
# data, heading). The names are those of stargazer's own `show_...` switches, and R's for what it does not have.
STATISTICS: dict[str, tuple[str, str | tuple[str, ...]]] = {
    "n": ("nobs", "Observations"),
    "ngroups": ("ngroups", "Groups"),
    "r2": ("r2", ("R", Sup("2"))),
    "adj_r2": ("r2_adj", ("Adjusted R", Sup("2"))),
    "ll": ("llf", "Log Likelihood"),
    "aic": ("aic", "Akaike Inf. Crit."),
    "bic": ("bic", "Bayesian Inf. Crit."),
    "residual_std_err": ("resid_std_err", "Residual Std. Error"),
    "f_statistic": ("f_statistic", "F Statistic"),
}
DEGREES = {
    "residual_std_err": ("degree_freedom_resid",),
    "f_statistic": ("degree_freedom", "degree_freedom_resid"),
}


class GridRenderer(Renderer):
    """Lays a stargazer table out in rows and cells. A subclass names its format and the writer for it."""

    fmt: str
    write: Callable[[Table], str]

    def render(self) -> str:
        """The table in this format."""
        with Label.context(self.fmt):
            return self.write(self.layout())

    def layout(self) -> Table:
        """The table: who is compared, the coefficients, the variances, the statistics, the notes."""
        sections = [self.coefficients(), self.variances(), self.statistics_shown()]
        return Table(
            head=[*self.heading()],
            sections=[section for section in sections if section],
            foot=[*self.notes()],
            caption=self.words(self.title_text or self.caption()),
            kind="regression-table",
            label=self.table_label or "",
        )

    def caption(self) -> str:
        """What stands above a table without a title."""
        return ""

    # ------------------------------------------------------------------------------------------ the heading

    def heading(self) -> Iterator[Row]:
        """Who is compared: the response, the kinds of model, columns' labels, numbers."""
        yield from self.custom(LineLocation.HEADER_TOP)
        if self.show_header:
            n = self.num_models
            if self.dep_var_name:
                yield self.head_row(self.spread([self.dep_var_name.strip()], [n]), rule=(1, n))
                yield self.head_row(self.spread([self.dependent_variable], [n]))
            if names := self.names_of_models():
                yield self.head_row(self.merged(names))
            if self.column_labels is not None:
                labels = [self.column_labels] if isinstance(self.column_labels, str) else self.column_labels
                yield self.head_row(self.spread(labels, self.column_separators or [n]))
            if self.show_model_nums:
                yield self.head_row(self.spread([f"({i + 1})" for i in range(n)], [1] * n))
        yield from self.custom(LineLocation.HEADER_BOTTOM)

    def names_of_models(self) -> list[Any]:
        """What each model is called; as in R, nothing if all are of one kind, unless it is asked for."""
        if isinstance(self.model_names, list):
            return self.model_names
        kinds = [md["kind"] for md in self.model_data]
        shown = len(set(kinds)) > 1 if self.model_names is None else self.model_names
        return kinds if shown else []

    def merged(self, names: list[Any]) -> list[Cell]:
        """Names side by side; neighbours of the same name share one cell."""
        runs = [(name, len([*same])) for name, same in groupby(names)]
        return self.spread([name for name, _ in runs], [length for _, length in runs])

    def spread(self, labels: list[Any], columns: list[int]) -> list[Cell]:
        """A heading for each label, across its number of columns."""
        return [Cell(self.words(label), "col", columns=k) for label, k in zip(labels, columns, strict=True)]

    def head_row(self, cells: list[Cell], rule: tuple[int, int] | None = None) -> Row:
        """A row of headings, with nothing above the coefficients' names."""
        return Row((Cell(), *cells), rule=rule)

    # ----------------------------------------------------------------------------- the coefficients and variances

    def coefficients(self) -> list[Row]:
        """The rows of all coefficients, in their order."""
        rows = [*self.custom(LineLocation.BODY_TOP)]
        for name in self.cov_names:
            rows += self.coefficient(name)
        return [*rows, *self.custom(LineLocation.BODY_BOTTOM)]

    def coefficient(self, name: str) -> list[Row]:
        """The estimates and, under or beside them, how precise they are."""
        having = [name in md["cov_names"] for md in self.model_data]
        estimates = [self.estimate(md, name) if has else () for md, has in zip(self.model_data, having, strict=True)]
        below = self.show_precision and self.second_line
        second = [
            self.precision(md, name) if has and below else "" for md, has in zip(self.model_data, having, strict=True)
        ]
        label = self.words(self.label_of(name))
        if self.single_row:
            both = [(*e, f" {s}") if s else e for e, s in zip(estimates, second, strict=True)]
            return [self.data_row(label, both, "estimate")]
        if not below:
            return [self.data_row(label, estimates, "estimate", gap=True)]
        return [
            Row((Cell(label, "row", rows=2, align="left"), *map(Cell, estimates)), "estimate"),
            Row(tuple(map(Cell, second)), "precision", gap=True),
        ]

    def estimate(self, md: dict[str, Any], name: str) -> tuple[str, ...]:
        """A coefficient of one model, and its stars."""
        icon = self.get_sig_icon(md["p_values"][name]) if self.show_sig else ""
        return (self._float_format(md["cov_values"][name]), Sup(icon))

    def precision(self, md: dict[str, Any], name: str) -> str:
        """What stands under an estimate: standard error, interval, t or p."""
        kind = "ci" if self.confidence_intervals else self.second_line
        if kind == "ci":
            low, high = md["conf_int_low_values"][name], md["conf_int_high_values"][name]
            return f"({self._float_format(low)}, {self._float_format(high)})"
        if kind == "t":
            return f"t = {self._float_format(md['t_values'][name])}"
        if kind == "p":
            return f"p = {self._float_format(md['p_values'][name], up=True)}"
        return f"({self._float_format(md['cov_std_err'][name])})"

    def variances(self) -> list[Row]:
        """The variance components: a block of their own, without stars, with the number of groups."""
        if not self.variance_components:
            return []
        # Not one cell across: Pandoc would take a row of nothing but headings for a second head of the table.
        across = Cell(columns=self.num_models)
        heading = Row((Cell("Variance components", "rowgroup", align="left"), across), "block")
        keys = dict.fromkeys(key for md in self.model_data for key in md["variances"] if key)
        rows = [self.variance_row(key) for key in (*keys, ())]
        groups = dict.fromkeys(name for md in self.model_data if md["variances"] for name in md["groups"])
        return [heading, *rows, *map(self.groups_row, groups)]

    def variance_row(self, key: tuple[str, ...]) -> Row:
        """One variance component of every model; the key () is the residual's."""
        values = [(self._float_format(md["variances"].get(key)),) for md in self.model_data]
        if not key:
            return self.data_row("Residual", values, "variance")
        group, *names = key
        label = f"{group}: {', '.join(str(self.label_of(name)) for name in names)}"
        return self.data_row(self.words(label + (" (cov.)" if len(names) > 1 else "")), values, "variance")

    def groups_row(self, group: str) -> Row:
        """How many groups of this name each model has."""
        values = [(count,) if (count := md.get("groups", {}).get(group)) else () for md in self.model_data]
        return self.data_row(self.words(f"Groups ({group})"), values, "variance")

    # ---------------------------------------------------------------------------------- statistics and notes

    def statistics_shown(self) -> list[Row]:
        """The rows below the coefficients: observations, fit."""
        if not self.show_footer:
            return []
        rows = [*self.custom(LineLocation.FOOTER_TOP)]
        for name in self.statistics:
            if getattr(self, f"show_{name}"):
                rows += self.statistic(name)
        return [*rows, *self.custom(LineLocation.FOOTER_BOTTOM)]

    def statistic(self, name: str) -> list[Row]:
        """A row, or none if no model has this statistic. D.f. that all models share stand in the heading, as in R."""
        key, label = STATISTICS[name]
        having = [md.get(key) is not None for md in self.model_data]
        if not any(having):
            return []
        degrees = [self.degrees(name, md) if has else "" for md, has in zip(self.model_data, having, strict=True)]
        shared = {df for df, has in zip(degrees, having, strict=True) if has}
        if sum(having) > 1 and len(shared) == 1:
            label = (*((label,) if isinstance(label, str) else label), *shared)
            degrees = [""] * self.num_models
        values = [
            (*self.value(name, md), df) if has else ()
            for md, has, df in zip(self.model_data, having, degrees, strict=True)
        ]
        return [self.data_row(label, values, "statistic")]

    def value(self, name: str, md: dict[str, Any]) -> tuple[str, ...]:
        """A statistic of one model, and its stars."""
        x = md[STATISTICS[name][0]]
        if name in ("n", "ngroups"):
            return (x if isinstance(x, str) else f"{int(x):,}",)
        icon = self.get_sig_icon(md["f_p_value"]) if name == "f_statistic" else ""
        return (self._float_format(x), Sup(icon))

    def degrees(self, name: str, md: dict[str, Any]) -> str:
        """The degrees of freedom to be written behind a statistic, if any."""
        known = [md.get(key) for key in DEGREES.get(name, ())]
        if not self.show_dof or not known or None in known:
            return ""
        return f" (df = {'; '.join(f'{df:.0f}' for df in known)})"

    def notes(self) -> Iterator[Row]:
        """The rows at the foot."""
        lines: list[str | tuple[str, ...]] = []
        if self.show_notes:
            lines = [*self.own_notes(), *map(self.words, self.custom_notes)]
        for i, line in enumerate(lines):
            cell = Cell(line, columns=self.num_models, align="right")
            label = Cell(self.words(self.notes_label), "row", rows=len(lines), align="left")
            yield Row((cell,) if i else (label, cell), "note")

    def own_notes(self) -> Iterator[tuple[str, ...]]:
        """What the stars mean, and which test of the mixed models they stand for."""
        if not self.notes_append:
            return
        if self.show_stars and self.show_sig and self.sig_levels:
            marks = [(Sup("*" * (i + 1)), f"p<{level:g}", "; ") for i, level in enumerate(self.sig_levels)]
            yield tuple(piece for mark in marks for piece in mark)[:-1]
        if self.ddf_note and self.tested_mixed:
            all_mixed = all(md["kind"] == MIXED for md in self.model_data)
            yield (DDF[self.ddf] if all_mixed else f"Mixed models: {DDF[self.ddf]}",)

    # ------------------------------------------------------------------------------------------------ small parts

    def data_row(self, label: Any, values: list[Any], kind: str, gap: bool = False) -> Row:
        """A label and a value a model."""
        return Row((Cell(label, "row", align="left"), *map(Cell, values)), kind, gap=gap)

    def custom(self, location: LineLocation) -> Iterator[Row]:
        """The lines that the user has added at this place."""
        for label, *values in self.custom_lines[location]:
            yield self.data_row(self.words(label), [self.words(value) for value in values], "custom")

    def words(self, label: Any) -> str:
        """A label as this format has it; stargazer's `Label` may bring its own markup, which is left as it is."""
        specific = isinstance(label, Label) and label.specific()
        return Raw(label) if specific or not self.kwargs.get("escape", True) else str(label)

    def label_of(self, name: str) -> Any:
        """What the table calls a coefficient."""
        label = self.cov_map(name)
        return "Constant" if label == INTERCEPT and name == INTERCEPT else label

    def get_sig_icon(self, p_value: float | None, sig_char: str = "*") -> str:
        """A star for each cut-off that p is below, however many cut-offs there are."""
        if p_value is None or pd.isna(p_value) or not self.show_stars:
            return ""
        return sig_char * sum(p_value < level for level in self.sig_levels)

    def _float_format(self, value: float | None, up: bool = False) -> str:
        if self.r_rounding:
            return decimals_as_r(value, self.sig_digits, up)
        return decimals(value, self.sig_digits)


class TextRenderer(GridRenderer):
    """Lays out for `write_text`."""

    fmt = "text"
    write = staticmethod(write_text)


class HTMLRenderer(GridRenderer):
    """Lays out for `write_html`."""

    fmt = "html"
    write = staticmethod(write_html)

    def caption(self) -> str:
        """A table in a page needs a name for those who cannot see where it stands."""
        return f"Models of {self.dependent_variable}" if self.kwargs.get("named", True) else ""


class LaTeXRenderer(GridRenderer):
    """Lays out for `write_latex`."""

    fmt = "LaTeX"
    write = staticmethod(write_latex)
