"""Acquittal: rows that were in a state before the loss began, and were well then, clear that state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from aright.core.diagnose.scan import mask_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from aright.core.diagnose.scene import Scene

ENOUGH: Final = 30.0
"""Rows (weighted) on either side of the onset that may acquit."""


def well_before(scene: Scene, hit: NDArray[np.bool_]) -> float | None:
    """Return the mean excess loss of rows before the onset, where it was far below that since; else ``None``.

    Args:
        scene: the case.
        hit: the rows in the state, of all rows (``scene.whole``).
    """
    if scene.onset is None:
        return None
    loss = next(each for each in scene.before if each.name == scene.sharp.name)
    inside = hit & mask_of(scene.whole, scene.finding.part)
    early, late = (
        inside & side for side in (scene.whole.time < scene.onset.low, scene.whole.time >= scene.onset.at)
    )
    weights = [float(loss.weight[each].sum()) for each in (early, late)]
    if min(weights) < ENOUGH:
        return None
    before, since = (
        float(loss.weight[each] @ loss.residual[each]) / weight
        for each, weight in zip((early, late), weights, strict=True)
    )
    error = float(np.sqrt(loss.spread * 0.25 / weights[0]))
    return before if before + 1.64 * error < 0.5 * since else None
