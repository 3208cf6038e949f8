"""Replaying look by look, until the pairs suffice or time is up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol, TypeVar

import numpy as np

from aright.core.diagnose.shadow.drawing import Drawing
from aright.core.diagnose.shadow.pool import SIDES, Pairs, joined

if TYPE_CHECKING:
    from collections.abc import Callable

    from aright.core.diagnose.shadow.pool import Floats, Ints, Pool

MOST: Final = 1_500
"""Inputs replayed at most, both sides together."""

LOOKS: Final = (96, 192, 384, 768, MOST)
"""Inputs replayed when it is looked whether they suffice."""

T = TypeVar("T")


class Run(Protocol):
    """Runs stored inputs on both versions."""

    def __call__(self, rows: Ints, *, current: bool) -> tuple[Floats, Floats]:
        """Return the losses of the old and the new version for rows of a side's pool, in their order.

        NaN stands for an input that a version did not answer. Fewer than asked for mean that time is up.
        """
        ...


def look_by_look(
    pools: tuple[Pool, Pool],
    run: Run,
    judge: Callable[[Pairs, Pairs, bool], tuple[T, bool]],
    *,
    rng: np.random.Generator,
    most: int = MOST,
) -> T:
    """Return what is judged at the first look that settles it, or at the last one.

    Args:
        pools: stored rows of before, and of now.
        run: runs rows on both versions.
        judge: given the pairs of before and of now, and whether it is the last look, tells what they say and
            whether that settles it.
        rng: which rows are drawn.
        most: inputs replayed at most.
    """
    drawings = [Drawing(pool, rng) for pool in pools]
    pairs = [joined([]), joined([])]
    asked = 0
    while True:
        before, asked = asked, min([each for each in LOOKS if each > asked] + [most, MOST])
        short = False
        for side in SIDES:
            rows = drawings[side].take((asked - before + int(side)) // 2, pairs[side])
            old, new = run(rows, current=side) if len(rows) else (np.zeros(0), np.zeros(0))
            short = short or len(old) < len(rows)
            pairs[side] = joined([pairs[side], Pairs(rows[: len(old)], old, new).known()])
        last = short or asked >= min(most, MOST) or not any(drawing.left for drawing in drawings)
        found, settled = judge(pairs[0], pairs[1], last)
        if settled or last:
            return found
