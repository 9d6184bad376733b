"""What inference asks of a fitted model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, Self

from ..model.design import Design
from ..model.moments import Moments

if TYPE_CHECKING:
    from ..model.criterion import AnyDeviance


class Fit(Protocol):
    """A model at the optimum of its likelihood; `hlm.MixedResults` is one."""

    @property
    def moments(self) -> Moments:
        """The group moments that it was fitted from."""

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
