"""A fit as the package marginaleffects takes it: predictions, comparisons and slopes, averaged as one likes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from .arguments import checked
from .errors import ModelError
from .model.given import offset_of_new
from .model.new_data import rebuild
from .model.sources import frame_of
from .model.variables import columns_in
from .results import MixedResults


@checked
def for_marginaleffects(fit: MixedResults) -> Any:
    """A fit that the functions of the package marginaleffects take, for its fixed effects.

    The package is not part of hlm: `pip install marginaleffects`. It takes the covariance of the fixed effects, and has
    normal intervals and tests; with `vcov="kenward-roger"` the covariance is Kenward and Roger's. For Student's t, see
    `MixedResults.contrast` and `MixedResults.ls_means`.

    Args:
        fit: a model fitted to rows, with one grouping factor or several.

    Returns:
        A `marginaleffects.classes.ModelAbstract`, for `predictions`, `comparisons`, `slopes`, `hypotheses`, their
        averages and their plots. Every row is predicted at the average of all groups.

    Raises:
        ModelError: the package is not installed, or the model was fitted from moments.

    Source: Arel-Bundock, Greifer & Heiss (2024), Journal of Statistical Software 111(9).

    Example:
        >>> import hlm
        >>> fit = hlm.lmer("math ~ ses * sector + (ses | sch.id)", hlm.load_hsb())
        >>> from marginaleffects import avg_slopes  # doctest: +SKIP
        >>> avg_slopes(hlm.for_marginaleffects(fit), variables="ses", by="sector")  # doctest: +SKIP
    """
    try:
        import polars as pl
        from marginaleffects.classes import ModelAbstract, ModelVault
    except ImportError as error:
        raise ModelError(f"for_marginaleffects needs marginaleffects ({error.name} is missing)") from None

    class Adapter(ModelAbstract):  # type: ignore[misc, unused-ignore]
        def get_vcov(self, vcov: Any = True) -> np.ndarray | None:
            if vcov is False or vcov is None:
                return None
            return fit.cov_params("satterthwaite" if vcov is True else vcov).to_numpy()

        def get_predict(self, params: np.ndarray, newdata: Any) -> Any:
            predicted = newdata[:, :-1] @ params + newdata[:, -1]
            return pl.DataFrame({"rowid": np.arange(len(predicted), dtype=np.int32), "estimate": predicted})

    def columns(newdata: Any) -> tuple[None, np.ndarray]:
        """X of new rows, and the offset beside it."""
        frame, recipe = frame_of(newdata, "new data"), fit.design.recipe
        X, _ = rebuild(fit.layout, recipe, frame, random=False)
        return None, np.column_stack([X, np.broadcast_to(offset_of_new(fit.layout, recipe, frame), len(X))])

    predictors, rows = _columns(fit)
    vault = ModelVault(
        coef=fit.params.to_numpy(),
        coefnames=fit.params.index.to_numpy(dtype=str),
        formula=columns,
        modeldata=pl.DataFrame({name: _series(pl, column) for name, column in rows.items()}),
        package="hlm",
        variable_names=[fit.endog_name, *predictors],
    )
    return Adapter(fit, vault)


def _columns(fit: MixedResults) -> tuple[list[str], pd.DataFrame]:
    """The columns that the fixed part is made of; and the rows used, with all columns that the formula names."""
    source = fit.design.source
    assert source is not None
    frame = source.frame
    fixed = [n for term in source.parsed.fixed for factor in term for n in columns_in(factor, frame.columns)]
    named = [n for factor in source.parsed.factors for n in columns_in(factor, frame.columns)]
    groups = [n for names in source.parsed.factors_of_groups.values() for n in names]
    offset = [fit.layout.offset] if fit.layout.offset in frame.columns else []
    return list(dict.fromkeys(fixed)), frame[list(dict.fromkeys([*named, *groups, *offset]))]


def _series(pl: Any, column: pd.Series) -> Any:
    """A column as polars has it, text as a factor with the levels of the fit, in their order."""
    if pd.api.types.is_numeric_dtype(column.dtype) or pd.api.types.is_bool_dtype(column.dtype):
        return pl.Series(column.to_numpy())
    factor = pd.Categorical(column)
    levels = [str(level) for level in factor.categories]
    return pl.Series([None if code < 0 else levels[code] for code in factor.codes], dtype=pl.Enum(levels))
