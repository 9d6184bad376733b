"""Invented data: groups and their members as one wants them, and a response drawn from known gamma, G and sigma2.

Whoever knows what the data were drawn from can see what a model makes of them.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from ..arguments import checked, checked_but, real_numbers, require_samples, shortened
from ..errors import ArgumentError, MissingDataWarning, ModelError
from ..model.design import Design, design
from ..model.expressions import Name
from ..model.formula import Layout, parse
from ..model.sources import callers_names, frame_of

NORMAL = {"mean", "sd"}


@checked_but("data", "gamma", "G")
def invent(formula: str, data: Any, gamma: Mapping[str, float], G: Any, sigma2: float, seed: int = 1) -> pd.DataFrame:
    """Invent the response of a mixed model whose parameters are known.

    Args:
        formula: the model, as for `hlm.lmer`; on its left the name that the response shall have.
        data: the design, a data frame with the predictors and the groups: of `hlm.invent_design`, or any other.
        gamma: each fixed effect by its name, such as `{"Intercept": 50, "x": 2}`; or a Series, as `params` of a fit.
        G: the variances and covariances of the random coefficients, (q, q) in the order of the formula, or a frame
            with their names, as `cov_re` of a fit; a number if there is one. Of several factors, a dict by factor.
        sigma2: the residual variance.
        seed: of the draws: the same one gives the same data.

    Returns:
        DataFrame: a copy of the design with the response as its last column.

    Raises:
        ModelError: gamma or G do not fit the formula, G is not a covariance matrix, sigma2 is not positive, or a value
            of the design is missing.

    Example:
        >>> import hlm
        >>> clinics = hlm.invent_design(30, 10, between={"programme": 0.5}, group="clinic")
        >>> truth = {"Intercept": 50, "programme": 4}
        >>> d = hlm.invent("recovery ~ programme + (1 | clinic)", clinics, truth, G=9, sigma2=36)
        >>> fit = hlm.lmer("recovery ~ programme + (1 | clinic)", d)
    """
    require_samples(1, seed)
    if not sigma2 > 0:
        raise ModelError(f"invent: sigma2 must be positive, not {sigma2!r}")
    frame, name = frame_of(data), parse(formula, frame_of(data).columns).y
    if not isinstance(name, Name):
        raise ModelError(f"formula {formula!r}: on the left of ~ must stand the name that the response shall have")
    frame = frame.drop(columns=name.text, errors="ignore").assign(**{name.text: 0.0})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MissingDataWarning)  # refused below
        rows = design(formula, frame, callers_names())
    if rows.dropped:
        raise ModelError(f"the design lacks values in {rows.dropped} of its {len(frame)} rows; fill them or drop them")
    mean = rows.matrix(rows.layout.x) @ _coefficients(gamma, rows.layout)
    rng = np.random.default_rng(seed)
    y = rows.plus_offset(mean)
    for deviations in _deviations(rows, G, rng):
        y = y + deviations
    return frame.assign(**{name.text: y + np.sqrt(sigma2) * rng.standard_normal(rows.nobs)})


@checked
def invent_design(
    groups: int,
    sizes: int | range | Sequence[int],
    within: Mapping[str, Any] | None = None,
    between: Mapping[str, Any] | None = None,
    group: str = "group",
    seed: int = 1,
) -> pd.DataFrame:
    """Invent groups with members, and predictors at both levels.

    Args:
        groups: how many.
        sizes: how many members each has: a number for all of them, a list with one for each, or a `range`, from which
            each group's is drawn.
        within: predictors that differ between members of a group, by name. `0.4`: ones and zeros, with this chance of a
            one. `{"mean": 5, "sd": 2, "between": 1}`: normal, with this standard deviation within groups, and that
            of the groups' own means, which is 0 if not given. A list: its values in turn, such as occasions.
        between: predictors of the groups, by name. `0.4`: this share of ones. `{"mean": 5, "sd": 2}`: normal. A list:
            its values in turn, group by group.
        group: the name of the column that numbers the groups, from 1.
        seed: of the draws: the same one gives the same design.

    Returns:
        DataFrame: a row a member, group by group; the group's number, its predictors, the members' predictors.

    Raises:
        ModelError: a number is not positive, a share is not between 0 and 1, a name is used twice, or a predictor is
            described in another way.

    Example:
        >>> import hlm
        >>> persons = hlm.invent_design(12, 6, within={"week": range(6)}, between={"treated": 0.5}, group="person")
        >>> persons.shape
        (72, 3)
    """
    require_samples(1, seed)
    within, between = dict(within or {}), dict(between or {})
    names = [group, *between, *within]
    if twice := [name for name in names if names.count(name) > 1]:
        raise ModelError(f"invent_design: the name {twice[0]!r} is given to two columns")
    if groups < 1:
        raise ModelError(f"invent_design: groups must be positive, not {groups!r}")
    rng = np.random.default_rng(seed)
    members = _sizes(sizes, groups, rng)
    codes = np.repeat(np.arange(groups), members)
    place = np.arange(len(codes)) - np.repeat(np.cumsum(members) - members, members)
    columns: dict[str, Any] = {group: codes + 1}
    for name, told in between.items():
        columns[name] = _of_groups(name, told, groups, rng)[codes]
    for name, told in within.items():
        columns[name] = _of_members(name, told, codes, place, rng)
    return pd.DataFrame(columns)


def _coefficients(gamma: Any, layout: Layout) -> np.ndarray:
    """Gamma in the order of X."""
    if not isinstance(gamma, Mapping | pd.Series):
        raise ArgumentError(f"invent: gamma must have a number for each fixed effect by name, not {shortened(gamma)}")
    given = dict(gamma)
    if set(given) != set(layout.x):
        raise ModelError(
            f"invent: gamma needs a number for each of {', '.join(layout.x)}; it has {_listed(given) or 'none'}"
        )
    return _finite([given[name] for name in layout.x], "gamma")


def _deviations(rows: Design, G: Any, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """For each grouping factor, what its groups' own coefficients add to each row."""
    layout = rows.layout
    several = len(layout.grouping) > 1
    if several and (not isinstance(G, Mapping) or set(G) != set(layout.grouping)):
        raise ModelError(f"invent: G must be a dict with a matrix for each of {', '.join(layout.grouping)}")
    for grouping in rows.groupings:
        own = layout.of_factor(grouping.name)
        root = _root(_covariance(G[grouping.name] if several else G, own))
        u = rng.standard_normal((len(grouping.groups), len(own.z))) @ root.T
        yield np.einsum("iq,iq->i", rows.matrix(own.z), u[grouping.codes])


def _covariance(G: Any, layout: Layout) -> np.ndarray:
    """G of one factor in the order of Z."""
    z, q = layout.z, len(layout.z)
    order = f"{', '.join(z)} (of {layout.group})"
    if isinstance(G, pd.DataFrame):
        if sorted(map(str, G.index)) != sorted(z) or sorted(map(str, G.columns)) != sorted(z):
            raise ModelError(f"invent: the rows and columns of G must be those of {order}")
        G = G.loc[list(z), list(z)]
    matrix = np.atleast_2d(_finite(G, "G"))
    if matrix.shape != (q, q):
        raise ModelError(f"invent: G must have {q} rows and {q} columns, for {order}, not the shape {matrix.shape}")
    if not np.allclose(matrix, matrix.T, rtol=1e-9, atol=0):
        raise ModelError("invent: G must be symmetric: the covariance of two coefficients stands in it twice")
    if np.linalg.eigvalsh(matrix / max(np.abs(matrix).max(), 1e-300))[0] < -1e-10:
        raise ModelError("invent: no coefficients have this G: a variance is negative, or a correlation beyond one")
    block = {k: i for i, places in enumerate(layout.blocks) for k in places}
    if any(matrix[j, k] for j in range(q) for k in range(j) if block[j] != block[k]):
        raise ModelError("invent: by the formula two coefficients are uncorrelated that have a covariance in G")
    return matrix


def _root(G: np.ndarray) -> np.ndarray:
    """A lower triangular T with T T' = G, also where G is singular: Cholesky's, with zeros below a pivot of zero."""
    T = np.zeros_like(G)
    for k in range(len(G)):
        pivot = G[k, k] - T[k, :k] @ T[k, :k]
        if pivot > 1e-12 * G[k, k]:
            T[k, k] = np.sqrt(pivot)
            T[k + 1 :, k] = (G[k + 1 :, k] - T[k + 1 :, :k] @ T[k, :k]) / T[k, k]
    return T


def _sizes(sizes: Any, groups: int, rng: np.random.Generator) -> np.ndarray:
    """(groups,) members of each."""
    if isinstance(sizes, range):
        if not len(sizes) or min(sizes) < 1:
            raise ModelError(f"invent_design: sizes must be positive; {sizes!r} has none that are, or others")
        return rng.choice(np.array(sizes), groups)
    if isinstance(sizes, int | np.integer):
        sizes = [sizes] * groups
    if len(sizes) != groups:
        raise ModelError(f"invent_design: sizes has {len(sizes)} numbers for {groups} groups; give one for each")
    if min(sizes) < 1:
        raise ModelError(f"invent_design: sizes must be positive, not {min(sizes)}")
    return np.array(sizes, dtype=np.int64)


def _of_groups(name: str, told: Any, groups: int, rng: np.random.Generator) -> np.ndarray:
    """A predictor of the groups."""
    if (share := _share(name, told)) is not None:
        return rng.permutation((np.arange(groups) < round(share * groups)).astype(np.int64))
    if isinstance(told, Mapping):
        mean, sd = _normal(name, told, NORMAL)[:2]
        return mean + sd * rng.standard_normal(groups)
    values = _values(name, told)
    return values[np.arange(groups) % len(values)]


def _of_members(name: str, told: Any, codes: np.ndarray, place: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A predictor of the members: `codes` are their groups, `place` counts them within each."""
    if (share := _share(name, told)) is not None:
        return (rng.random(len(codes)) < share).astype(np.int64)
    if isinstance(told, Mapping):
        mean, sd, between = _normal(name, told, NORMAL | {"between"})
        own = between * rng.standard_normal(codes[-1] + 1)
        return mean + own[codes] + sd * rng.standard_normal(len(codes))
    values = _values(name, told)
    return values[place % len(values)]


def _share(name: str, told: Any) -> float | None:
    """The share of ones, if that is what is told."""
    if isinstance(told, bool) or not isinstance(told, int | float | np.number):
        return None
    if not 0 <= told <= 1:
        raise ModelError(f"invent_design: the share of ones in {name!r} must be between 0 and 1, not {told!r}")
    return float(told)


def _normal(name: str, told: Mapping[Any, Any], known: set[str]) -> tuple[float, float, float]:
    """Mean, standard deviation, and that of the groups' means."""
    if not set(told) >= NORMAL or set(told) - known:
        more = f", and may have {_listed(known - NORMAL)}" if known > NORMAL else " and no more"
        raise ModelError(f"invent_design: {name!r} needs mean and sd{more}")
    numbers = (_finite(told.get(key, 0.0), f"{key} of {name!r}", 0) for key in ("mean", "sd", "between"))
    mean, sd, between = map(float, numbers)
    if min(sd, between) < 0:
        raise ModelError(f"invent_design: the standard deviations of {name!r} must not be negative")
    return mean, sd, between


def _values(name: str, told: Any) -> np.ndarray:
    """Values to be taken in turn: numbers, or text."""
    if isinstance(told, Sequence | np.ndarray | pd.Series) and not isinstance(told, str | bytes) and len(told):
        kinds = {isinstance(value, str) for value in told}
        if kinds == {True}:
            return np.array([str(value) for value in told], dtype=object)
        values = real_numbers(list(told), f"invent_design: the values of {name!r}")
        if values.ndim == 1 and np.isfinite(values).all():
            whole = all(isinstance(value, int | np.integer) for value in told)
            return values.astype(np.int64) if whole else values
    raise ModelError(
        f"invent_design: {name!r} must be a share of ones, {{'mean': ..., 'sd': ...}} or a list of values, "
        f"not {shortened(told)}"
    )


def _finite(value: Any, what: str, dimensions: int | None = None) -> np.ndarray:
    """Finite real numbers."""
    numbers = real_numbers(value, f"invent: {what}")
    if not np.isfinite(numbers).all() or (dimensions is not None and numbers.ndim != dimensions):
        raise ModelError(f"invent: {what} must be finite numbers, not {shortened(value)}")
    return numbers


def _listed(names: Any) -> str:
    return ", ".join(sorted(map(str, names)))
