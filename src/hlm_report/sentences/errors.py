"""What can be said of where a coefficient's standard error comes from: from groups, or from rows."""

from __future__ import annotations

import numpy as np

import hlm

from ..facts.coefficients import Coefficient
from ..facts.columns import BINARY, LEVEL, NUMBER
from ..facts.sampling import ROWS
from ..report import Report
from ..wording import code, count, df, listed, n, percent
from .registry import sentence


def _error(c: Coefficient) -> str:
    """The standard error whose square the parts are of: the model's own."""
    if not c.widened:
        return f"standard error {n(c.own)}"
    return (
        f"standard error {n(c.own)} by the model itself (the rest of the {n(c.se)} is Kenward and Roger's allowance "
        "for the variances being estimates)"
    )


@sentence("errors", lambda r, c: max(c.shares.drop(ROWS)) >= 0.5, each=lambda r: r.told)
def error_from_groups(r: Report, c: Coefficient) -> str:
    factor = c.shares.drop(ROWS).idxmax()
    J = next(f.J for f in r.factors if f.name == factor)
    return (
        f"{code(c.name)}, {_error(c)}: {percent(c.shares[factor])} of its square is there because groups "
        "of "
        f"{code(factor)} differ, so more groups than these {count(J)} would make it smaller, and more rows in each "
        "would "
        "not by much."
    )


def _from_rows(r: Report, c: Coefficient) -> bool:
    """Whether it compares rows of the same groups: most of its variance and of its evidence is that of rows."""
    own = r.fit.nobs - sum(f.J for f in r.factors)
    return bool(c.shares[ROWS] >= 0.9 and not c.constant and c.df > 0.5 * own)


def at_zero(r: Report) -> bool:
    """Whether no variance between groups is left by the model, so that all of it is that of rows."""
    return bool((r.sampling.shares[ROWS] > 1 - 1e-8).all())


@sentence("errors", lambda r, c: _from_rows(r, c) and not at_zero(r), each=lambda r: r.told)
def error_from_rows(r: Report, c: Coefficient) -> str:
    return (
        f"{code(c.name)}, {_error(c)}: {percent(c.shares[ROWS])} of its square is there because rows of "
        "the "
        "same group differ. It is a comparison within groups, in which what the groups have in common cancels, and the "
        f"evidence is counted in rows ({df(c.df)} degrees of freedom)."
    )


@sentence("errors", lambda r, c: at_zero(r), each=lambda r: r.told)
def error_without_groups(r: Report, c: Coefficient) -> str:
    return (
        f"{code(c.name)}, {_error(c)}: the variance between groups is estimated as zero, so all of it "
        "comes "
        "from rows. If groups do differ a little, it is larger."
    )


@sentence(
    "errors",
    lambda r, c: max(c.shares.drop(ROWS)) < 0.5 and not _from_rows(r, c) and not at_zero(r),
    each=lambda r: r.told,
)
def error_from_both(r: Report, c: Coefficient) -> str:
    parts = [f"{percent(share)} comes from {_source(name)}" for name, share in c.shares.items() if share > 0.005]
    return f"{code(c.name)}, {_error(c)}: of its square, {listed(parts)}."


def _source(name: str) -> str:
    return "differences among rows" if name == ROWS else f"differences between groups of {code(name)}"


def formula_se(r: Report, c: Coefficient) -> float:
    """The standard error by the course's formula, for groups of the mean size and no other predictor."""
    (factor,) = r.factors
    tau00 = float(r.fit.cov_re.iloc[0, 0])
    size = float(1 / np.mean(1 / factor.sizes))
    var = c.sd**2 * (factor.J - 1) / factor.J
    return hlm.se_hlm(tau00, r.fit.scale, size, factor.J, var)


def _by_formula(r: Report, c: Coefficient) -> bool:
    return len(r.factors) == 1 and not r.has_slopes and bool(c.constant) and c.kind in (NUMBER, BINARY, LEVEL)


def _near(r: Report, c: Coefficient) -> bool:
    return abs(formula_se(r, c) / c.own - 1) < 0.1


@sentence("errors", lambda r, c: _by_formula(r, c) and _near(r, c), each=lambda r: r.told)
def error_by_formula(r: Report, c: Coefficient) -> str:
    (factor,) = r.factors
    tau00, size = float(r.fit.cov_re.iloc[0, 0]), float(1 / np.mean(1 / factor.sizes))
    return (
        f"The formula for groups of one size gives nearly the same: √((τ₀₀ + σ²/n)/(J·var x)) = "
        f"√(({n(tau00)} + {n(r.fit.scale)}/{n(size)})/({count(factor.J)} × {n(c.sd**2 * (factor.J - 1) / factor.J)})) "
        "= "
        f"{n(formula_se(r, c))}."
    )


@sentence("errors", lambda r, c: _by_formula(r, c) and not _near(r, c), each=lambda r: r.told)
def error_not_by_formula(r: Report, c: Coefficient) -> str:
    why = (
        "it goes along with other predictors, or group sizes differ" if len(r.predictors) > 1 else "group sizes differ"
    )
    return (
        f"The formula for groups of one size and a single predictor would give {n(formula_se(r, c))}, "
        f"{n(formula_se(r, c) / c.own, 2)} times as much: {why}."
    )
