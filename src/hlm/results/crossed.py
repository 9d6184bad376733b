"""What a fit with several grouping factors has to say: what is of one factor comes as a dict, by factor."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from ..arguments import checked_methods
from ..inference.prediction import random_effects_se
from ..model import estimates
from ..model.crossed_deviance import CrossedDeviance
from ..model.crossings import CrossedMoments, of_crossed_design
from ..model.design import Design
from .mixed import MixedResults


@checked_methods
class CrossedResults(MixedResults):
    """A fitted linear mixed model with several grouping factors, nested or crossed, as `hlm.lmer` returns it.

    As `MixedResults`, but for what is of one factor: `cov_re`, `random_effects`, `random_effects_se`, `coefficients`
    and `ngroups` are dicts by factor, the one with the most groups first.
    """

    moments: CrossedMoments  # type: ignore[assignment]
    at: CrossedDeviance  # type: ignore[assignment]

    @property
    def ngroups(self) -> dict[str, int]:  # type: ignore[override]
        """Groups used, by factor."""
        return self.moments.ngroups

    @cached_property
    def cov_re(self) -> dict[str, pd.DataFrame]:  # type: ignore[override]
        """G, the covariance of the random coefficients, by factor: (q_k, q_k) each."""
        G = estimates.random_covariance(self.at)
        parts = zip(self.layout.grouping, self.at.stage.slices, strict=True)
        return {
            factor: pd.DataFrame(G[part, part], index=list(self.layout.z[part]), columns=list(self.layout.z[part]))
            for factor, part in parts
        }

    @cached_property
    def random_effects(self) -> dict[str, pd.DataFrame]:  # type: ignore[override]
        """The predicted U (BLUPs), by factor: a row for each group, (J_k, q_k) each."""
        return {
            factor: pd.DataFrame(effects, index=self.moments.groups[factor], columns=list(self.layout.z[part]))
            for factor, part, effects in zip(
                self.layout.grouping, self.at.stage.slices, estimates.crossed_effects(self.at), strict=True
            )
        }

    @cached_property
    def random_effects_se(self) -> dict[str, pd.DataFrame]:  # type: ignore[override]
        """Standard errors of the random effects, by factor: a row for each group, (J_k, q_k); see `MixedResults`."""
        spreads = zip(self.random_effects.items(), random_effects_se(self.at), strict=True)
        return {
            factor: pd.DataFrame(spread, index=effects.index, columns=effects.columns)
            for (factor, effects), spread in spreads
        }

    @cached_property
    def coefficients(self) -> dict[str, pd.DataFrame]:  # type: ignore[override]
        """Each group's own coefficients, by factor: fixed effects plus random effects, where a name has both."""
        return {
            factor: effects + self.params.reindex(effects.columns).fillna(0.0)
            for factor, effects in self.random_effects.items()
        }

    @property
    def _effects(self) -> dict[str, pd.DataFrame]:
        return self.random_effects

    def _sums_of(self, rows: Design, y: np.ndarray) -> Any:
        return of_crossed_design(rows)

    def __repr__(self) -> str:
        criterion = "REML" if self.reml else "ML"
        groups = ", ".join(f"{count:,} groups in {name}" for name, count in self.ngroups.items())
        return (
            f"<CrossedResults {self.formula!r}: {criterion}, {self.nobs:,} rows, {groups}, "
            f"log-likelihood {self.llf:,.3f}>"
        )
