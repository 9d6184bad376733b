"""How often a test finds what is not there: least squares and the mixed model on data drawn without an effect."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..arguments import checked, require_samples
from ..errors import ModelError, listed
from ..inference.hypotheses import two_sided_p
from ..inference.satterthwaite import Satterthwaite
from ..inference.simulation import draw_stages
from ..model.deviance import Deviance
from ..model.estimates import inside
from ..model.optimum import optimum
from ..model.two_stage import TwoStage
from ..results import OneFactorFit


@checked
def false_positives(fit: OneFactorFit, term: str, n: int = 2000, alpha: float = 0.05, seed: int = 1) -> pd.DataFrame:
    """How often OLS and the mixed model call a fixed effect significant in data where it is zero.

    Args:
        fit: a model whose G, sigma2 and other fixed effects the data are drawn from, on its own X and schools.
        term: the fixed effect that is set to zero and tested. n: samples.
        alpha: level of the tests. seed: of the draws.

    Returns:
        DataFrame (2 n rows): method ("OLS", "HLM"), sample, estimate, se, p, rejected.

    Raises:
        ModelError: the model has no such term, n is not a positive number, or alpha lies outside 0 to 1.

    Example:
        >>> import hlm
        >>> fit = hlm.lmer("math ~ sector + (1 | sch.id)", hlm.load_hsb())
        >>> hlm.false_positives(fit, "sector", n=2).columns.tolist()
        ['method', 'sample', 'estimate', 'se', 'p', 'rejected']
    """
    require_samples(n, seed)
    if not 0 < alpha < 1:
        raise ModelError(f"alpha must lie between 0 and 1, not {alpha!r}")
    names = list(fit.layout.x)
    if term not in names:
        raise ModelError(f"the model has no fixed effect {term!r}; they are {listed(names)}")
    at, scale = fit.at, fit.at.stage.scale
    truth = fit.params.to_numpy().copy()
    truth[names.index(term)] = 0.0
    beta = inside(at, truth)
    row = scale.unit_y * scale.to_x[names.index(term)]
    rows = []
    for sample, stage in enumerate(draw_stages(at.stage, beta, at.Lambda, at.s2, n, seed)):
        rows.append(("OLS", sample, *_ols_test(stage, row)))
        rows.append(("HLM", sample, *_hlm_test(stage, row, at.reml)))
    table = pd.DataFrame(rows, columns=["method", "sample", "estimate", "se", "p"])
    table["rejected"] = table["p"] < alpha
    return table


def _ols_test(stage: TwoStage, row: np.ndarray) -> tuple[float, float, float]:
    """Estimate, standard error and p of one coefficient by least squares: the mixed model at D = 0."""
    at = Deviance(stage, np.zeros(len(stage.free[0])), reml=True)
    estimate, se = row @ at.beta, np.sqrt(at.s2 * row @ at.C @ row)
    return float(estimate), float(se), float(two_sided_p(estimate / se, at.dof))


def _hlm_test(stage: TwoStage, row: np.ndarray, reml: bool) -> tuple[float, float, float]:
    at = optimum(stage, reml).at
    estimate, se = row @ at.beta, np.sqrt(at.s2 * row @ at.C @ row)
    contrast = np.linalg.solve(stage.scale.to_x.T, row)  # Satterthwaite takes contrasts in the user's units
    return float(estimate), float(se), float(two_sided_p(estimate / se, Satterthwaite(at).df(contrast[None])[0]))
