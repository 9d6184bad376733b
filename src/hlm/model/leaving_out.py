"""What the deviance needs of the data without each group in turn, from one look at the rows.

A stage (`two_stage`) keeps what every group says of its own coefficients, and sums over groups what none of them can
explain. To leave a group out is to leave out its own part of each; so that nothing cancels, the rest is summed from
both sides, not taken off the whole. Units and centres stay those of all groups, and so does the meaning of theta.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from .design import Design
from .formula import Layout
from .two_stage import TwoStage, that_meet

PLAIN = 1e-8  # an eigenvalue of standardised columns above this is one of columns that do not determine each other


def stages_without_each(rows: Design, stage: TwoStage) -> Iterator[TwoStage | None]:
    """The stage without each group, in their order; None where what is left has to be looked at anew.

    That is where columns of X determine each other once the group is gone, or random coefficients no longer meet.
    """
    own = _unexplained(rows, stage)
    S = _of_others(own)
    known = own + np.einsum("axj,abj,byj->xyj", stage.R, stage.A, stage.R, optimize=True)
    regular = _independent(_of_others(known)[:-1, :-1])
    sizes = np.bincount(rows.codes, minlength=stage.schools)
    for j in range(stage.schools):
        A = np.delete(stage.A, j, axis=-1)
        if not regular[j] or not _same_blocks(rows.layout, stage, A):
            yield None
            continue
        yield replace(
            stage,
            A=A,
            R=np.delete(stage.R, j, axis=-1),
            det_A=None if stage.det_A is None else np.delete(stage.det_A, j),
            S=np.ascontiguousarray(S[..., j]),
            nobs=stage.nobs - int(sizes[j]),
        )


def _unexplained(rows: Design, stage: TwoStage) -> np.ndarray:
    """(p + 1, p + 1, J) cross-products of [X y], in inside units, that the group's own Z does not explain."""
    scale, groups = stage.scale, stage.schools
    X, Z = rows.matrix(rows.layout.x), rows.matrix(rows.layout.z) @ scale.to_z
    y = np.asarray(rows.factors[-1][0], dtype=float)
    columns = [*(X @ scale.to_x).T, (y - X @ scale.taken_y) / scale.unit_y]
    root = None if rows.weights is None else np.sqrt(rows.weights / scale.weight)
    for c, column in enumerate(columns):
        left = column - sum(z * stage.R[a, c, rows.codes] for a, z in enumerate(Z.T))
        columns[c] = left if root is None else root * left
    own = np.empty((len(columns), len(columns), groups))
    for a, one in enumerate(columns):
        for b, other in enumerate(columns[: a + 1]):
            own[a, b] = own[b, a] = np.bincount(rows.codes, one * other, groups)
    return own


def _of_others(own: np.ndarray) -> np.ndarray:
    """For each group, the sum over all others (last axis): of those before it and of those after it."""
    others = np.zeros_like(own)
    others[..., 1:] = own[..., :-1].cumsum(axis=-1)
    others[..., :-1] += own[..., :0:-1].cumsum(axis=-1)[..., ::-1]
    return others


def _independent(cross: np.ndarray) -> np.ndarray:
    """(J,) whether the columns whose products these are, (p, p, J), plainly do not determine each other."""
    by_group = np.moveaxis(cross, -1, 0)
    size = np.sqrt(np.einsum("jpp->jp", by_group))
    known = (size > 0).all(axis=1)
    size = np.where(known[:, None], size, 1.0)
    return known & (np.linalg.eigvalsh(by_group / (size[:, :, None] * size[:, None, :]))[:, 0] > PLAIN)


def _same_blocks(layout: Layout, stage: TwoStage, A: np.ndarray) -> bool:
    if len(stage.blocks) == len(layout.blocks) and (np.einsum("qqj->qj", A) > 0).all():
        return True
    blocks = [part for block in layout.blocks for part in that_meet(block, A)]
    return [list(block) for block in stage.blocks] == blocks
