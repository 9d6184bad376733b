"""How much worse a model fits if the correlation of intercepts and slopes is held: what its interval rests on.

An interval has two ends and says nothing of what lies beyond them. The profile does: it rises steeply where the data
rule a value out, and stays low where they do not tell.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from ..arguments import checked, real_numbers
from ..errors import ModelError, listed
from ..inference.intervals import Profile
from ..results import OneFactorFit


@checked
def correlation_profile(fit: OneFactorFit, correlations: Iterable[float], reml: bool = True) -> pd.Series:
    """The rise of the deviance above its least value, with the correlation of intercepts and slopes held.

    Args:
        fit: a model with two correlated random coefficients, such as `math ~ ses + (ses | sch.id)`.
        correlations: where to hold it, from -1 to 1; all other parameters are the best for each.
        reml: of the restricted likelihood, or of the likelihood.

    Returns:
        Series: the rise, zero or more, by correlation, in increasing order. The profile interval of level 95 per cent
        holds the correlations at which it is below 3.841, the chi-square quantile with one degree of freedom.

    Raises:
        ModelError: the model has other random coefficients, or a correlation lies outside -1 to 1.

    Source: Bates, Maechler, Bolker & Walker (2015), section 5.1.

    Example:
        >>> import hlm
        >>> fit = hlm.lmer("math ~ ses + (ses | sch.id)", hlm.load_hsb())
        >>> rise = hlm.course.correlation_profile(fit, [-1, 0.3])
        >>> print(f"{rise[-1]:.2f}, {rise[0.3]:.2f}")
        4.03, 3.77
    """
    at = (fit.as_reml() if reml else fit.as_ml()).at
    if at.stage.q != 2 or len(at.stage.blocks) != 1:
        raise ModelError(
            f"{fit.formula!r} has the random coefficients {listed(fit.layout.z)}; "
            "a profile of their correlation needs two that are correlated, as in (x | g)"
        )
    where = np.unique(real_numbers([*correlations], "correlations"))
    if not np.all(np.abs(where) <= 1):
        raise ModelError(f"correlations lie between -1 and 1; {where[~(np.abs(where) <= 1)][0]:g} does not")
    profile = Profile(at, (0, 1))
    # If one of the two does not vary, they can have any correlation: no value needs a rise above this.
    most = min(Profile(at, (k,)).rise(0.0, everywhere=True) for k in (0, 1))
    rises = {}
    places = np.arcsin(where)
    for r, place in sorted(zip(where, places, strict=True), key=lambda pair: abs(pair[1] - profile.estimate)):
        rise = profile.rise(float(place))  # outwards, each from those nearest to it
        if rise > most:  # the way led into a worse valley
            rise = min(profile.rise(float(place), everywhere=True), most)
        rises[r] = max(0.0, rise)
    return pd.Series(rises, name="rise").rename_axis("correlation").sort_index()
