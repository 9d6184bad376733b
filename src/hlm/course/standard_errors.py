"""The sampling variance of a school-level coefficient, as formulas: what the mixed model sees and what OLS sees.

With J schools of n students and a predictor that does not vary within schools,

    se_hlm = sqrt((tau00 + sigma2 / n) / (J var_x)),        se_ols = sqrt(sigma2_star / (n J var_x)),

where sigma2_star is the residual variance of the regression that ignores schools, about tau00 + sigma2
(Raudenbush & Bryk 2002, chapter 3; Snijders & Bosker 2012, chapter 10).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from ..arguments import checked
from ..errors import ModelError


@checked
def se_hlm(tau00: ArrayLike, sigma2: ArrayLike, n: ArrayLike, J: ArrayLike, var_x: ArrayLike) -> Any:
    """Standard error of a school-level coefficient in a random-intercept model.

    Args:
        tau00: variance between schools. sigma2: variance within schools (both in squared units of y).
        n: students per school. J: schools. var_x: variance of the predictor over schools.
        Numbers or arrays that broadcast.

    Returns:
        Standard error, in units of y per unit of x: a number, or an array where an argument is one.

    Raises:
        ModelError: a variance below zero, or no schools, students or spread of x.

    Example:
        >>> import hlm
        >>> round(hlm.se_hlm(tau00=6.7, sigma2=39.2, n=45, J=160, var_x=0.25), 3)
        0.435
    """
    tau00, sigma2, n, J, var_x = _checked(tau00=tau00, sigma2=sigma2, n=n, J=J, var_x=var_x)
    return _plain(np.sqrt((tau00 + sigma2 / n) / (J * var_x)))


@checked
def se_ols(sigma2_star: ArrayLike, n: ArrayLike, J: ArrayLike, var_x: ArrayLike) -> Any:
    """Standard error that least squares gives the same coefficient, as if n J students were n J schools.

    Args:
        sigma2_star: residual variance of the regression that ignores schools. n, J, var_x: as in `se_hlm`.

    Returns:
        Standard error, a number or an array as in `se_hlm`.

    Raises:
        ModelError: as in `se_hlm`.

    Example:
        >>> import hlm
        >>> round(hlm.se_ols(sigma2_star=45.9, n=45, J=160, var_x=0.25), 3)
        0.16
    """
    sigma2_star, n, J, var_x = _checked(sigma2_star=sigma2_star, n=n, J=J, var_x=var_x)
    return _plain(np.sqrt(sigma2_star / (n * J * var_x)))


@checked
def design_effect(icc: ArrayLike, n: ArrayLike) -> Any:
    """How many times larger the true sampling variance is than the one OLS reports: 1 + (n - 1) icc (Kish 1965).

    Args:
        icc: intraclass correlation tau00 / (tau00 + sigma2). n: students per school.

    Returns:
        A number, 1 or more; or an array where an argument is one.

    Raises:
        ModelError: icc outside 0 to 1, or n not positive.

    Example:
        >>> import hlm
        >>> round(hlm.design_effect(icc=0.18, n=45), 2)
        8.92
    """
    icc, n = _checked(icc=icc, n=n)
    if np.any(icc > 1):
        raise ModelError(f"icc is a share of variance and cannot exceed 1, but is {np.max(icc)}")
    return _plain(1 + (n - 1) * icc)


@checked
def power(
    effect: ArrayLike,
    tau00: ArrayLike,
    sigma2: ArrayLike,
    n: ArrayLike,
    J: ArrayLike,
    var_x: ArrayLike,
    alpha: float = 0.05,
) -> Any:
    """Probability that the mixed model's t test, on J - 2 d.f., finds a school-level effect of this size.

    Args:
        effect: the true coefficient, in units of y. The others as in `se_hlm`. alpha: level of the two-sided test.

    Returns:
        Probability, alpha to 1: a number, or an array where an argument is one.

    Raises:
        ModelError: as in `se_hlm`; alpha outside 0 to 1; fewer than three schools.

    Example:
        >>> import hlm
        >>> round(hlm.power(effect=1.0, tau00=6.7, sigma2=39.2, n=45, J=160, var_x=0.25), 3)
        0.627
    """
    if not 0 < alpha < 1:
        raise ModelError(f"alpha must lie between 0 and 1, not {alpha!r}")
    if np.any(np.asarray(J) < 3):
        raise ModelError(f"J must be at least 3 for a t test on J - 2 degrees of freedom, not {np.min(J)}")
    shift = np.abs(effect) / se_hlm(tau00, sigma2, n, J, var_x)
    df = np.asarray(J, dtype=float) - 2
    limit = special.stdtrit(df, 1 - alpha / 2)
    return _plain(_beyond(limit, df, shift))


def _beyond(limit: np.ndarray, df: np.ndarray, shift: np.ndarray) -> np.ndarray:
    """P(|t| > limit) of a noncentral t = (z + shift) / s, where df s^2 is chi-square, averaged over s.

    SciPy's own noncentral t and F are NaN for some values that studies do have. The average is a sum over equal steps
    of a standard normal variable of which s is a function: 1e-14 off, or 1e-3 for a level of 1e-4 on 1 or 2 d.f.
    """
    steps = np.arange(-9, 9.03, 0.0625)
    weights = 0.0625 * np.exp(-(steps**2) / 2) / np.sqrt(2 * np.pi)
    limit, df, shift = (np.asarray(value, dtype=float)[..., None] for value in (limit, df, shift))
    below = special.gammaincinv(df / 2, special.ndtr(np.minimum(steps, 0)))
    above = special.gammainccinv(df / 2, special.ndtr(-np.maximum(steps, 0)))
    s = np.sqrt(2 * np.where(steps < 0, below, above) / df)
    return (special.ndtr(shift - limit * s) + special.ndtr(-shift - limit * s)) @ weights


def _checked(**named: ArrayLike) -> list[np.ndarray]:
    """The arguments as float arrays, refused by name if one makes no sense."""
    positive = {"n", "J", "var_x"}
    arrays = []
    for name, value in named.items():
        array = np.asarray(value, dtype=float)
        if not np.isfinite(array).all() or (array < 0).any() or (name in positive and (array == 0).any()):
            raise ModelError(f"{name} must be {'positive' if name in positive else 'zero or more'}, not {value!r}")
        arrays.append(array)
    return arrays


def _plain(value: Any) -> Any:
    return float(value) if np.ndim(value) == 0 else value
