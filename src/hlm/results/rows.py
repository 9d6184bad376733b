"""What a fit says of rows, its own or new ones: fitted values, predictions, new responses."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Literal, Self, overload

import numpy as np
import pandas as pd

from ..arguments import checked_methods, real_numbers, require_samples
from ..errors import ModelError
from ..inference import hypotheses, prediction
from ..inference.prediction import Interval
from ..inference.simulation import draw_responses
from ..model.design import Design
from ..model.given import offset_of_new, weights_of_new
from ..model.group_moments import Moments
from ..model.groupings import labels_in, places_of
from ..model.moments import with_response
from ..model.new_data import rebuild
from ..model.optimum import solve
from ..model.random_part import coefficients_of
from ..model.sources import frame_of
from .coefficients import Coefficients


@checked_methods
class OfRows(Coefficients):
    """Fitted values, predictions and new responses."""

    @cached_property
    def fittedvalues(self) -> pd.Series:
        """(n,) X beta + Z u, and the offset, for each row used."""
        rows = self.design
        fitted = rows.matrix(self.layout.x) @ self.params.to_numpy()
        for grouping, effects in zip(rows.groupings, self._effects.values(), strict=True):
            u = effects.to_numpy()
            for column, name in enumerate(effects.columns):
                fitted += rows.column(name) * u[grouping.codes, column]
        return pd.Series(rows.plus_offset(fitted), index=rows.rows, name="fittedvalues")

    @property
    def _effects(self) -> dict[str, pd.DataFrame]:
        """The random effects by grouping factor."""
        return {self.layout.group: self.random_effects}

    @cached_property
    def resid(self) -> pd.Series:
        """(n,) what is left of each row used: y less the fitted value."""
        y = self.design.column(self.endog_name)
        return pd.Series(y - self.fittedvalues.to_numpy(), index=self.design.rows, name="resid")

    @overload
    def predict(
        self, data: Any = ..., random_effects: bool | str = ..., se: Literal[False] = ..., interval: None = ...,
        alpha: float = ...,
    ) -> pd.Series: ...  # fmt: skip
    @overload
    def predict(
        self, data: Any = ..., random_effects: bool | str = ..., se: bool = ..., interval: Interval | None = ...,
        alpha: float = ...,
    ) -> pd.Series | pd.DataFrame: ...  # fmt: skip
    def predict(
        self,
        data: Any = None,
        random_effects: bool | str = True,
        se: bool = False,
        interval: Interval | None = None,
        alpha: float = 0.05,
    ) -> pd.Series | pd.DataFrame:
        """Predicted response.

        Args:
            data: new rows, a data frame as for `hlm.lmer`; the fitted ones if None. A group that the fit has not seen
                is predicted at the average of all groups (its U is zero).
            random_effects: False predicts every row at the average of all groups; the group column is not needed. Text
                such as "(1 | g)" takes some of the random coefficients only.
            se: give standard errors too. That of a group's prediction has the uncertainty of the fixed effects and of
                its U together; an unseen group's U has the variance of all.
            interval: "confidence", for the mean that is predicted; "prediction", for a new response, whose random
                coefficients that are not part of the prediction are those of another group, and which weighs one,
                unless the data have the column of weights.
            alpha: the interval has level 1 - alpha. Of a mean without random effects its ends are of Student's t with
                Satterthwaite's d.f.; else normal, with G and sigma2 taken as known.

        Returns:
            Series (m,), by the index of the data; NaN where a predictor is missing. With `se` or `interval` a DataFrame
            (m rows): predicted, se, and the interval's lower and upper.

        Raises:
            ModelError: a column is missing or of another kind, a factor has a level that the fit has not seen, a group
                has the label of one of the fit's, but as text instead of as a number, text names no random term, or the
                fit's offset was an array.

        Source: Henderson (1975), Biometrics 31, eq. 5 (the standard errors).

        Example:
            >>> import hlm
            >>> fit = hlm.lmer("math ~ sector + (1 | sch.id)", hlm.load_hsb())
            >>> new = {"sector": [0, 1], "sch.id": [1224, 1]}
            >>> fit.predict(new, se=True).round(3).to_numpy().tolist()
            [[9.902, 0.861], [14.198, 2.605]]
        """
        hypotheses.require_alpha(alpha)
        if data is None and random_effects is True and not se and interval is None:
            return self.fittedvalues
        taken = self._taken(random_effects)
        rows, index = self._rows_of(data, any(taken), any(taken) or interval == "prediction")
        values, Z, start = rows.X @ self.params.to_numpy() + rows.offset, np.where(taken, rows.Z, 0.0), 0
        if any(taken):
            for place, effects in zip(rows.places, self._effects.values(), strict=True):
                u = np.where(place[:, None] >= 0, effects.to_numpy()[place], 0.0)
                values = values + np.einsum("iq,iq->i", Z[:, start : start + u.shape[1]], u)
                start += u.shape[1]
        predicted = pd.Series(values, index=index, name="predicted")
        if not se and interval is None:
            return predicted
        spread = prediction.standard_errors(self.at, rows, taken)
        table = pd.DataFrame({"predicted": predicted, "se": spread})
        if interval is None:
            return table
        method = self._method("satterthwaite")
        half = prediction.half_width(spread, self.at, rows, taken, method, interval, alpha)
        return table.assign(lower=values - half, upper=values + half)

    def _taken(self, random_effects: bool | str) -> list[bool]:
        """(q,) which random coefficients are part of a prediction."""
        if not isinstance(random_effects, str):
            return [bool(random_effects)] * len(self.layout.z)
        source = self._rows.source if self._rows is not None else None
        return coefficients_of(random_effects, self.layout, source)

    def _rows_of(self, data: Any, groups: bool, random: bool) -> tuple[prediction.Rows, pd.Index]:
        """New rows, or those that were fitted if data are None; with their groups, and with Z, if these are needed."""
        if data is None:
            own = self.design
            Z = np.column_stack([own.matrix(self.layout.of_factor(name).z) for name in self.layout.grouping])
            codes = [each.codes for each in own.groupings]
            offset = 0.0 if own.offset is None else own.offset
            return prediction.Rows(own.matrix(self.layout.x), Z, codes, offset, own.weights), own.rows
        data = frame_of(data, "new data")
        recipe = self._rows.recipe if self._rows is not None else None
        X, Z = rebuild(self.layout, recipe, data, random)
        places = [np.full(len(data), -1)] * len(self._effects)
        if groups:
            for k, (name, effects) in enumerate(self._effects.items()):
                labels = labels_in(data, name, self._rows.columns_of(name) if self._rows is not None else (name,))
                places[k] = places_of(effects.index, labels)
        Z = Z if random else np.zeros((len(data), len(self.layout.z)))
        beside = offset_of_new(self.layout, recipe, data), weights_of_new(self.layout, data)
        return prediction.Rows(X, Z, places, *beside), data.index

    def simulate(self, n: int = 1, seed: int | None = None) -> pd.DataFrame:
        """New responses in the same rows, drawn from the fitted model.

        Groups' coefficients are drawn anew too, as in lme4's simulate().

        Args:
            n: samples.
            seed: of the draws; None draws others each time.

        Returns:
            DataFrame (nobs, n), a column for each sample.

        Raises:
            ModelError: n is not a positive number, or the seed a negative one; or the model was fitted from moments,
                which hold no rows.
        """
        require_samples(n, seed)
        return pd.DataFrame(draw_responses(self.at, self.design, n, seed).T, index=self.design.rows)

    def refit(self, y: Any) -> Self:
        """The same model of another response. X and Z are not summed again; only their products with y are.

        Args:
            y: (n,) the response of the same rows, in the order of `fittedvalues`.

        Raises:
            ModelError: another number of values, values that are missing or infinite, or a fit from moments.
        """
        y = real_numbers(y, "refit: the response's values")
        if y.shape != (self.nobs,):
            raise ModelError(f"refit needs {self.nobs:,} values of the response, one a row used, not shape {y.shape}")
        if not np.isfinite(y).all():
            raise ModelError(f"refit: the response is missing or infinite in row {int(np.argmin(np.isfinite(y)))}")
        rows = self.design.with_response(y)
        sums = self._sums_of(rows, y)
        return type(self)(sums, rows, solve(sums, self.reml))

    def _sums_of(self, rows: Design, y: np.ndarray) -> Moments:
        return with_response(self.moments, self.design, y)
