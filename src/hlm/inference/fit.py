"""What inference asks of a fitted model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, Self

from ..model.design import Design
from ..model.formula import Layout
from ..model.group_moments import Moments

if TYPE_CHECKING:
    from ..model.criterion import AnyDeviance


class Fit(Protocol):
    """A model at the optimum of its likelihood; `hlm.MixedResults` is one."""

    @property
    def moments(self) -> Moments:
        """The group moments that it was fitted from."""

    @property
    def layout(self) -> Layout:
        """The model's shape."""

    @property
    def nobs(self) -> int:
        """Rows used."""

    @property
    def reml(self) -> bool:
        """Fitted by restricted maximum likelihood."""

    @property
    def design(self) -> Design:
        """The rows that were fitted; a ModelError if it was fitted from moments."""

    @property
    def at(self) -> AnyDeviance:
        """The deviance at the optimum."""

    @property
    def llf(self) -> float:
        """Its log-likelihood."""

    @property
    def aic(self) -> float:
        """Akaike's information criterion."""

    @property
    def bic(self) -> float:
        """Schwarz's information criterion."""

    @property
    def df_modelwc(self) -> int:
        """Parameters in all."""

    def refit(self, y: Any) -> Self:
        """The same model of another response."""

    def as_ml(self) -> Self:
        """The same model by maximum likelihood."""


class Regression(Protocol):
    """A regression without random terms; `hlm.ols` gives one."""

    @property
    def layout(self) -> Layout:
        """The model's shape."""

    @property
    def design(self) -> Design:
        """The rows that were fitted."""

    @property
    def llf(self) -> float:
        """Its log-likelihood, with the residual variance of maximum likelihood."""


@dataclass(frozen=True)
class Plain:
    """A regression beside mixed models: by maximum likelihood, with the residual variance among its parameters."""

    fit: Regression
    reml: bool = False

    @property
    def layout(self) -> Layout:
        """The model's shape."""
        return self.fit.layout

    @property
    def design(self) -> Design:
        """The rows that were fitted."""
        return self.fit.design

    @property
    def nobs(self) -> int:
        """Rows used."""
        return self.design.nobs

    @property
    def llf(self) -> float:
        """Its log-likelihood."""
        return float(self.fit.llf)

    @property
    def df_modelwc(self) -> int:
        """Parameters in all."""
        return len(self.layout.x) + 1

    def as_ml(self) -> Plain:
        """The regression itself."""
        return self
