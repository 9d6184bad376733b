"""Regression models side by side: stargazer's table, for mixed models too, as text, HTML and LaTeX.

`regression_table` checks what it is given and sets up a `RegressionTable`, which is a `Stargazer`: it reads models by
stargazer's translators (`fitted_models`) and writes by subclasses of its Renderer (`regression_layout`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from stargazer.stargazer import Stargazer

from ..arguments import checked
from ..errors import ModelError
from ..errors import listed as names_listed
from ..model.formula import INTERCEPT
from .display import Shown, in_notebook, raw_block
from .fitted_models import INTERCEPT_NAMES, MIXED, read
from .mixed_models import DDF, TestedBy
from .options import decimal_places, fraction, listed, no_duplicates, one_of, strings, whole
from .regression_layout import STATISTICS, GridRenderer, HTMLRenderer, LaTeXRenderer, TextRenderer

SECOND_LINES = ("se", "t", "p", "ci")


@checked
def regression_table(
    models: Sequence[Any],
    *,
    title: str | None = None,
    label: str | None = None,
    dep_var_caption: str | None = "Dependent variable:",
    dep_var_label: str | None = None,
    model_names: bool | Sequence[str] | None = None,
    model_numbers: bool | None = None,
    column_labels: str | Sequence[str] | None = None,
    column_separate: Sequence[int] | None = None,
    covariate_labels: Mapping[str, Any] | Callable[[str], Any] | None = None,
    covariate_order: Sequence[str] | None = None,
    digits: int = 3,
    star_cutoffs: Sequence[float] | None = (0.1, 0.05, 0.01),
    second_line: str | None = "se",
    level: float = 0.95,
    single_row: bool = False,
    statistics: Sequence[str] | None = None,
    show_df: bool = True,
    variance_components: bool = False,
    notes: str | Sequence[str] = (),
    notes_label: str = "Note:",
    notes_append: bool = True,
    ddf: TestedBy = "satterthwaite",
    ddf_note: bool = True,
    r_rounding: bool = False,
) -> RegressionTable:
    """Put regression models side by side, a column each, as R's stargazer does.

    Args:
        models: fits of `hlm.lmer` and results of statsmodels (or whatever else stargazer knows), all of one response.
        title, label: the caption, and the name by which LaTeX and HTML refer to the table.
        dep_var_caption, dep_var_label: what stands above the columns; None leaves both lines out.
        model_names: True, False, or a name for each model; None shows the kinds of model if there are several.
        model_numbers: whether the columns are numbered; None numbers two or more.
        column_labels, column_separate: labels over the columns, and how many columns each covers.
        covariate_labels: names to show, by coefficient, or a function from one to the other.
        covariate_order: the coefficients to show, in this order. By default all, and the intercept last.
        digits: decimals, 0 to 9.
        star_cutoffs: a star for each that p is below; None for no stars.
        second_line: under the coefficient its standard error "se", "t", "p", "ci" (of `level`), or None.
        single_row: put the second line beside the coefficient.
        statistics: which to show, in this order, of n, ngroups, r2, adj_r2, ll, aic, bic, residual_std_err,
            f_statistic; None for all but ngroups. A row that no model has is left out.
        show_df: whether the residual standard error and F come with their d.f.
        variance_components: a block with the mixed models' variances, covariances and number of groups.
        notes, notes_label, notes_append: lines of your own, under the table's or (False) in their place.
        ddf: how mixed models' t, p, stars and intervals are made: "satterthwaite", "kenward-roger" (its standard
            errors too), or "normal" (as R's stargazer does).
        ddf_note: whether the note says which.
        r_rounding: R's stargazer keeps seven significant digits before it prints three decimals: -23,540.070 for
            -23540.06685. True does as R does; False prints what three decimals are, -23,540.067.

    Returns:
        RegressionTable: `.text`, `.html`, `.latex`; `str()` is the text. It is a `Stargazer`, with all its methods.

    Raises:
        TypeError: a model that stargazer does not know, or that is not fitted.
        ValueError: no models, several responses, or an option that does not fit the models; the message says what.

    Source: layout of R's stargazer 5.2.3 (Hlavac 2022), interface of Python's stargazer 0.0.7.

    Example:
        >>> import hlm
        >>> d = hlm.load_hsb()
        >>> models = [hlm.ols("math ~ sector", d), hlm.lmer("math ~ sector + (1 | sch.id)", d)]
        >>> print(hlm.regression_table(models, statistics=["n", "ll"], star_cutoffs=(0.05, 0.01, 0.001)))
        ==================================================
                               Dependent variable:
        ...
        sector              2.806***          2.805***
                            (0.159)           (0.439)
        ...
    """
    table = RegressionTable(models, ddf=ddf, level=level)
    table.title(title)
    table.table_label = label
    table.dep_var_name = dep_var_caption
    if dep_var_label is not None:
        table.dependent_variable_name(dep_var_label)
    table.name_models(model_names)
    if model_numbers is not None:
        table.show_model_nums = model_numbers
    if column_labels is not None:
        table.custom_columns(column_labels, column_separate)
    elif column_separate is not None:
        raise ModelError("column_separate says how many columns each label covers: give column_labels too")
    if covariate_order is not None:
        table.covariate_order(covariate_order)
    table.rename_covariates(covariate_labels if covariate_labels is not None else {})
    table.significant_digits(digits)
    table.significance_levels(() if star_cutoffs is None else [*star_cutoffs])
    table.show_second_line(second_line)
    table.single_row = single_row
    table.show_statistics([*STATISTICS] if statistics is None else statistics)
    table.show_ngroups = statistics is not None
    table.show_dof = show_df
    table.variance_components = variance_components
    table.add_custom_notes([notes] if isinstance(notes, str) else notes)
    table.notes_label = notes_label
    table.notes_append = notes_append
    table.ddf_note = ddf_note
    table.r_rounding = r_rounding
    return table


class RegressionTable(Shown, Stargazer):
    """A `Stargazer` with rows in R's order, mixed models' likelihood and variances, and three outputs.

    Stargazer's methods and switches work as they do there, but what cannot be raises ValueError, labels are escaped
    unless `escape=False`, and `cov_spacing` is left to the style sheet. New switches:
    `second_line`, `single_row`, `statistics`, `show_ll`, `show_aic`, `show_bic`, `variance_components`,
    `model_names`, `ddf_note`, `r_rounding`.
    """

    dep_var_name: str | None
    original_cov_names: list[str] | None

    def __init__(self, models: Sequence[Any], ddf: TestedBy = "satterthwaite", level: float = 0.95) -> None:
        self.ddf: TestedBy = one_of("ddf", ddf, DDF)
        self.level = fraction("level", level)
        super().__init__(listed(models))

    # ---------------------------------------------------------------------------------------- what a reader sees

    @property
    def text(self) -> str:
        """The table in plain text, as R's stargazer with `type = "text"`."""
        return self.render_text()

    @property
    def html(self) -> str:
        """A `<table>` with a caption; numbers of a model under its head cells."""
        return self.render_html()

    @property
    def latex(self) -> str:
        r"""A `table` environment; needs `\\usepackage{booktabs}`."""
        return self.render_latex()

    def render_text(self) -> str:
        """Stargazer's name for `text`."""
        return self._render(TextRenderer)

    def render_html(self, escape: bool = True) -> str:
        """Stargazer's name for `html`; with escape=False labels are taken for HTML."""
        return self._render(HTMLRenderer, escape=escape)

    def render_latex(self, only_tabular: bool = False, escape: bool = True) -> str:
        """Stargazer's name for `latex`; the tabular alone on request. With escape=False labels are taken for LaTeX."""
        latex = self._render(LaTeXRenderer, escape=escape)
        if not only_tabular:
            return latex
        end = r"\end{tabular}"
        return latex[latex.index(r"\begin{tabular}") : latex.rindex(end)] + end

    def _repr_markdown_(self) -> str | None:
        # A book's cell has its caption from `tbl-cap`; a second one inside the table would repeat it.
        return None if in_notebook() else raw_block(self._render(HTMLRenderer, named=False))

    def _render(self, renderer: type[GridRenderer], **options: Any) -> str:
        no_duplicates("two coefficients have the label", map(str, self._labels()))
        return renderer(self, **options).render()

    def _labels(self) -> list[Any]:
        return [GridRenderer(self).label_of(name) for name in self.cov_names]

    # -------------------------------------------------------------------------------------- what stargazer reads

    def extract_model_data(self, model: Any) -> dict[str, Any]:
        """What the table shows of one model."""
        return read(model, len(self.model_data) + 1, self.ddf, self.level)

    def extract_data(self) -> None:
        """Read the models, and put their coefficients in one order."""
        super().extract_data()
        self.cov_names = _merged([list(md["cov_names"]) for md in self.model_data])

    def validate_input(self) -> None:
        """Refuse models of different responses."""
        responses = [str(md["dependent_variable"]) for md in self.model_data]
        if len(set(responses)) > 1:
            each = names_listed(f"{name} in model {i + 1}" for i, name in enumerate(responses))
            raise ModelError(f"models of different responses do not belong in one table: {each}")
        super().validate_input()

    @property
    def tested_mixed(self) -> bool:
        """Whether the table shows something of a mixed model that depends on how its tests are made."""
        tests = (self.show_sig and self.show_stars and self.sig_levels) or self.confidence_intervals
        shown = tests or self.second_line in ("p", "ci") or self.ddf == "kenward-roger"
        return bool(shown) and any(md["kind"] == MIXED for md in self.model_data)

    # --------------------------------------------------------------------------------------------------- options

    def reset_params(self) -> None:
        """Set every option to what it is by default."""
        super().reset_params()
        self.dep_var_name = "Dependent variable:"
        self.show_model_nums = self.num_models > 1
        self.model_names: bool | list[str] | None = None
        self.second_line: str | None = "se"
        self.single_row = False
        self.statistics = [*STATISTICS]
        self.show_ll = self.show_aic = self.show_bic = True
        self.show_ngroups = False
        self.variance_components = False
        self.ddf_note = True
        self.r_rounding = False

    def name_models(self, names: bool | Sequence[str] | None) -> None:
        """Names for the models, one each; or True, False, or None (shown if there are several kinds)."""
        if names is None or isinstance(names, bool):
            self.model_names = names
            return
        names = [names] if isinstance(names, str) else [*names]
        if len(names) != self.num_models:
            raise ModelError(f"model_names: {len(names)} given for {self.num_models} models")
        self.model_names = names

    def dependent_variable_name(self, name: str) -> None:
        """The name of the response over the columns."""
        if not isinstance(name, str):
            raise ModelError(f"dep_var_label is {name!r}; give a string")
        self.dependent_variable = name

    def custom_columns(self, labels: str | Sequence[str], separators: Sequence[int] | None = None) -> None:
        """Labels over the columns, and how many columns each covers."""
        if isinstance(labels, str):
            labels, separators = [labels], separators or [self.num_models]
        labels, separators = [*labels], [*(separators or [1] * len(labels))]
        if len(labels) != len(separators):
            raise ModelError(f"column_separate: {len(separators)} numbers for {len(labels)} column_labels")
        if not all(whole(k) and k > 0 for k in separators):
            raise ModelError(f"column_separate is {separators}; give whole numbers, 1 or more")
        if sum(separators) != self.num_models:
            raise ModelError(f"column_labels cover {sum(separators)} columns; there are {self.num_models} models")
        no_duplicates("column_labels has twice", map(str, labels))
        self.column_labels, self.column_separators = labels, separators

    def covariate_order(self, cov_names: Sequence[str], restrict: bool = True) -> None:
        """The coefficients to show, in this order; restrict=False shows the others after them."""
        names = [self._known(name, "covariate_order") for name in strings("covariate_order", cov_names)]
        no_duplicates("covariate_order has twice", names)
        others = [] if restrict else [name for name in self.cov_names if name not in names]
        self.original_cov_names = self.original_cov_names or self.cov_names
        self.cov_names = names + others

    def rename_covariates(self, cov_map: Mapping[str, str] | Callable[[str], str]) -> None:
        """Names to show, by coefficient, or a function from one to the other."""
        if not callable(cov_map):
            if not hasattr(cov_map, "items"):
                raise ModelError("covariate_labels: give a dictionary from coefficient to label, or a function")
            cov_map = {self._known(name, "covariate_labels"): label for name, label in cov_map.items()}
        super().rename_covariates(cov_map)
        no_duplicates("covariate_labels: two coefficients have the label", map(str, self._labels()))

    def significance_levels(self, levels: Sequence[float]) -> None:
        """A star for each level that p is below."""
        levels = sorted((fraction("star_cutoffs", level) for level in levels), reverse=True)
        no_duplicates("star_cutoffs has twice", levels)
        self.sig_levels = levels

    def significant_digits(self, digits: int) -> None:
        """Decimals, 0 to 9."""
        self.sig_digits = decimal_places(digits)

    def show_second_line(self, what: str | None) -> None:
        """What stands under a coefficient: "se", "t", "p", "ci", or None."""
        self.second_line = what if what is None else one_of("second_line", what, SECOND_LINES)

    def show_statistics(self, names: Sequence[str]) -> None:
        """The statistics to show under the coefficients, in this order."""
        names = [one_of("statistics", name, STATISTICS) for name in strings("statistics", names)]
        no_duplicates("statistics has twice", names)
        self.statistics = names

    def add_custom_notes(self, notes: Sequence[str]) -> None:
        """Lines under the table."""
        self.custom_notes = strings("notes", notes)

    def _known(self, name: str, option: str) -> str:
        """The coefficient that is meant; whatever a package calls the intercept, it is one coefficient."""
        every = [*dict.fromkeys(str(n) for md in self.model_data for n in md["cov_names"])]
        if name not in every and name in INTERCEPT_NAMES and INTERCEPT in every:
            return INTERCEPT
        if name not in every:
            raise ModelError(f"{option}: no model has the coefficient {name!r}; there are {names_listed(every)}")
        return name


def _merged(lists: list[list[str]]) -> list[str]:
    """All coefficients once, each new one where its own model has it among those already there; intercept last.

    (The order of R's stargazer: a new one goes after the one before it and before the next that its model has too.)
    """
    merged = lists[0][:]
    for names in lists[1:]:
        at = 0
        for name in names:
            if name in merged:
                at = merged.index(name) + 1
                continue
            while at < len(merged) and merged[at] not in names:
                at += 1
            merged.insert(at, name)
            at += 1
    return sorted(merged, key=lambda name: name == INTERCEPT)
