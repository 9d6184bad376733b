"""The fixed part term by term: which columns of X each term made, and what they would be in another coding."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from .bases import Matrix
from .coding import Columns, columns_by_term, columns_of_variable
from .contrasts import Contrasts, label
from .design import Design, Source
from .evaluation import variables_of
from .expressions import Name, Node, words
from .terms import Part, Term
from .variables import Variable, columns_in

FEW = 20_000  # rows, up to which there is nothing to save


@dataclass(frozen=True)
class Coded:
    """A part's columns: their names, X (n, p), and the place in the part of the term that made each."""

    names: list[str]
    X: np.ndarray
    of_term: np.ndarray

    def columns(self, *terms: int) -> np.ndarray:
        """The places of the columns that some terms made."""
        return np.flatnonzero(np.isin(self.of_term, terms))

    def some(self, kept: np.ndarray) -> Coded:
        """Some of the columns."""
        return Coded([self.names[k] for k in kept], self.X[:, kept], self.of_term[kept])


class FixedPart:
    """The terms of a fitted model's fixed part, and their variables in the rows used."""

    def __init__(self, rows: Design, source: Source):
        self._rows, self._source = rows, source
        self.terms: Part = source.parsed.fixed
        self.variables = {factor: source.variables[factor] for term in self.terms for factor in term}

    @cached_property
    def names(self) -> dict[str, int]:
        """The place of each term but the intercept in `terms`, by its name, such as "sector:female"."""
        return {name_of(term): place for place, term in enumerate(self.terms) if term}

    @cached_property
    def factors(self) -> dict[str, pd.Categorical]:
        """The variables that have levels, by name."""
        found = {variable.name: variable.values for variable in self.variables.values()}
        return {name: values for name, values in found.items() if isinstance(values, pd.Categorical)}

    def containing(self, place: int) -> list[int]:
        """The places of the terms that contain a term: they have all of its factors and more, and the same numbers.

        As in lmerTest, a factor that a term codes level by level, since what is left of the term without it is not in
        the model (the f of `f:g` in `f + f:g`), does not count as one of the term's; and only what is one number a row
        is a number, not a polynomial of several columns.
        """
        numbers = {factor for factor, variable in self.variables.items() if isinstance(variable.values, np.ndarray)}
        known = [self._by_contrasts(term) for term in self.terms]
        return [
            other
            for other, factors in enumerate(known)
            if known[place] < factors and known[place] & numbers == factors & numbers
        ]

    def _by_contrasts(self, term: Term) -> set[Node]:
        """The factors of a term whose margin is in the model."""
        others = [set(other) for other in self.terms]
        return {
            f for f in term if len(term) == 1 or any(set(term) - {f} <= other for other in others if f not in other)
        }

    @cached_property
    def own(self) -> Coded:
        """X as it was fitted."""
        made = self.all_columns(self.variables)
        kept = set(self._rows.layout.x)
        return made.some(np.array([k for k, name in enumerate(made.names) if name in kept], dtype=int))

    @cached_property
    def R(self) -> np.ndarray:
        """(p, p) upper triangular, R'R = X'X: all that least squares of some columns of X on others asks."""
        return np.asarray(np.linalg.qr(self.own.X, mode="r"))

    def of_few_rows(self) -> FixedPart:
        """The same terms in some rows of each combination of levels, on which the columns of X are independent too.

        How columns that are made of levels depend on one another is the same in these rows as in all.
        """
        n = len(self.own.X)
        if n <= FEW:
            return self
        cells = np.zeros(n, dtype=np.int64)
        for values in self.factors.values():
            cells = pd.factorize(cells * len(values.categories) + values.codes)[0]
        few = pd.Series(cells).groupby(cells).cumcount().to_numpy() < len(self.own.names) + 1
        variables = {factor: variable.rows(few) for factor, variable in self.variables.items()}
        part = FixedPart(self._rows, replace(self._source, variables=variables))
        X = part.own.X
        size = np.linalg.norm(X, axis=0)
        enough = size.all() and np.linalg.matrix_rank(X / size) == len(part.own.names)
        return part if enough else self

    def all_columns(self, variables: Mapping[Node, Variable]) -> Coded:
        """The columns of X that the terms make of variables; also those that the fit left out."""
        return _coded(self.terms, variables, columns_of_variable)

    @cached_property
    def treatment(self) -> Coded:
        """X with every factor coded by treatment contrasts against its first level."""
        return _coded(self.terms, self.variables, _by_treatment)

    @cached_property
    def all_cells(self) -> Coded:
        """A column for each level, and for each combination of levels, of every term; its X is not of full rank."""
        parts = [_coded((term,), self.variables, _by_treatment) for term in self.terms]
        return Coded(
            [name for part in parts for name in part.names],
            np.hstack([part.X for part in parts]),
            np.repeat(np.arange(len(parts)), [len(part.names) for part in parts]),
        )

    def at(self, levels: Mapping[Node, np.ndarray], rows: int) -> dict[Node, Variable]:
        """The variables at chosen levels of the factors, and at the means of all numbers.

        Columns of numbers stand at their means in the rows used, and functions of them are those of the means, as in
        R's emmeans; a function of a column that is no number stands at its own mean.

        Args:
            levels: of each variable that has levels, the places of the levels (rows,).
            rows: how many.
        """
        made = {}
        for factor, variable in self.variables.items():
            values = variable.values
            if isinstance(values, pd.Categorical):
                chosen = pd.Categorical.from_codes(levels[factor], dtype=values.dtype)
                made[factor] = Variable(variable.name, chosen, variable.contrasts)
            elif isinstance(values, Matrix):
                mean = self._mean(factor, values.values.mean(axis=0))
                made[factor] = Variable(variable.name, Matrix(np.tile(mean, (rows, 1)), values.labels))
            else:
                made[factor] = Variable(variable.name, np.full(rows, self._mean(factor, values.mean())))
        return made

    def _mean(self, factor: Node, own: np.ndarray) -> np.ndarray:
        frame, recipe = self._source.data, self._rows.recipe
        columns = [] if isinstance(factor, Name) else columns_in(factor, frame.columns)
        if recipe is None or not columns or not all(pd.api.types.is_numeric_dtype(frame[name]) for name in columns):
            return own
        means = self._source.frame[columns].astype(float).mean().to_frame().T
        found = variables_of([factor], means, recipe, {}, "least-squares means")[factor].values
        return found.values[0] if isinstance(found, Matrix) else np.asarray(found)[0]


def name_of(term: Term) -> str:
    """A term as a table calls it: its factors with colons between."""
    return ":".join(map(words, term))


def _by_treatment(variable: Variable, by_contrasts: bool) -> Columns[np.ndarray]:
    """A variable's columns, those of levels without the first where contrasts are wanted."""
    if not isinstance(variable.values, pd.Categorical):
        return columns_of_variable(Variable(variable.name, variable.values, Contrasts()), by_contrasts)
    codes, first = variable.values.codes, int(by_contrasts)
    return [
        (f"{variable.name}[{label(level)}]", codes == k)
        for k, level in enumerate(variable.values.categories)
        if k >= first
    ]


def _coded(
    part: Part, variables: Mapping[Node, Variable], columns: Callable[[Variable, bool], Columns[np.ndarray]]
) -> Coded:
    is_factor = {factor: variable.is_factor for factor, variable in variables.items()}
    rows = next((_length(variable) for variable in variables.values()), 1)
    names, values, of_term = list[str](), list[np.ndarray](), list[int]()
    made = columns_by_term(part, is_factor, lambda factor, by_contrasts: columns(variables[factor], by_contrasts))
    for place, term in enumerate(made):
        for name, pieces in term:
            column = np.ones(rows)
            for piece in pieces:
                column *= piece
            names.append(name)
            values.append(column)
            of_term.append(place)
    X = np.column_stack(values) if values else np.empty((rows, 0))
    return Coded(names, X, np.array(of_term, dtype=int))


def _length(variable: Variable) -> int:
    return len(variable.values.values) if isinstance(variable.values, Matrix) else len(variable.values)
