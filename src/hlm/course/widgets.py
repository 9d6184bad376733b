"""What the book's movable figures compute with: the schools' moments, as JSON for a page."""

from __future__ import annotations

import json
from typing import Any

from ..errors import ModelError
from ..model.formula import INTERCEPT
from ..model.moments import Moments

__all__ = ["moments_json"]


def moments_json(moments: Moments) -> str:
    """A model's moments for assets/widgets/hlm.js, every number to its last digit.

    Args:
        moments: of a model with a random intercept, alone or with one slope (`fit.moments`). A page can fit any model
            whose columns are among them.

    Returns:
        JSON, safe inside a `<script type="application/json">`: response, columns, x, z (names), groups, n (J), origin
        (k), mean (J, k), scatter (J, m, k) and within (k, k), as in `Moments`.

    Raises:
        ModelError: the model has other random coefficients.

    Example:
        >>> import hlm, json
        >>> fit = hlm.lmer("math ~ ses + (ses | sch.id)", hlm.load_hsb())
        >>> data = json.loads(moments_json(fit.moments))
        >>> data["columns"], data["response"], len(data["groups"])
        (['ses'], 'math', 160)
    """
    layout = moments.layout
    if layout.z[0] != INTERCEPT or len(layout.z) > 2 or len(layout.blocks) > 1:
        raise ModelError(
            f"{layout.formula!r} has the random terms {', '.join(layout.z)}; a movable figure knows a random "
            "intercept, alone or with one slope that may be correlated with it"
        )
    data = {
        "response": layout.response,
        "columns": list(layout.columns),
        "x": list(layout.x),
        "z": list(layout.z),
        "groups": [str(group) for group in moments.groups],
        "n": _plain(moments.n),
        "origin": _plain(moments.origin),
        "mean": _plain(moments.mean),
        "scatter": _plain(moments.scatter),
        "within": _plain(moments.within),
    }
    return json.dumps(data, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")


def _plain(values: Any) -> Any:
    """Nested lists; whole numbers without their '.0'."""
    if hasattr(values, "tolist"):
        values = values.tolist()
    if isinstance(values, list):
        return [_plain(value) for value in values]
    return int(values) if values == int(values) else values
