"""What the steps found, in sentences with numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from aright.core.diagnose.features import Bin
from aright.core.diagnose.wording import number, shown
from aright.core.model.probability import percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from aright.core.diagnose.contrast import Share
    from aright.core.diagnose.moves import Move
    from aright.core.diagnose.scene import Scene

TOLD = 3
"""Features that one sentence tells of."""


def source_sentence(scene: Scene, moves: Sequence[Move], share: Share) -> str:
    """Return what a source's features do inside the part hit, and how much of the loss goes with it."""
    told = "; ".join(move_phrase(scene, each) for each in moves[:TOLD])
    more = f"; {len(moves) - TOLD} more of its features moved" if len(moves) > TOLD else ""
    return f"Inputs {scene.where}: {told}{more}. {worth(share)}."


def worth(share: Share) -> str:
    """Return how much of the loss goes with something, without a full stop."""
    spread = f"at least {percent(share.low)}" if share.value > 0.0 else "none to be seen"
    text = f"{percent(share.value)} of the loss goes with it ({spread})"
    if share.value > 0.0 and not share.contrasted:
        text += ", with no rows without it to compare with"
    return text


def move_phrase(scene: Scene, move: Move, inside: NDArray[np.bool_] | None = None) -> str:
    """Return what one feature does among the rows ``inside`` (the part hit), against before and elsewhere."""
    inside = scene.inside if inside is None else inside
    name = shown(move.feature.name)
    if move.has(Bin.NULL) or move.has(Bin.NOT_FINITE):
        return f"{name} is empty in {_shares(scene, move, inside, (Bin.NULL, Bin.NOT_FINITE))}"
    if move.ageing:
        return f"{name} grows with the clock, {_medians(move, scene.rows.now, inside)}"
    if move.has(Bin.CONSTANT):
        value = number(move.feature.constant if move.feature.constant is not None else 0.0)
        return f"{name} is {value} in {_shares(scene, move, inside, (Bin.CONSTANT,))}"
    for kind in (Bin.ABOVE, Bin.BELOW, Bin.UNSEEN):
        if move.has(kind):
            return f"{name} is {kind.value} in {_shares(scene, move, inside, (kind,))}"
    if move.stopped:
        return (
            f"{name} changed from one answer to the next in {percent(move.change.now)} of "
            f"{move.change.pairs:,} pairs ({percent(move.change.expected)} expected)"
        )
    elsewhere = "" if bool(inside.all()) else f", {percent(move.outside)} elsewhere"
    medians = (
        f", {_medians(move, scene.rows.now, inside)}" if bool(np.isfinite(move.feature.value).any()) else ""
    )
    return f"{name} moved for {percent(move.distance)} of {scene.rows.counted}{elsewhere}{medians}"


def _shares(scene: Scene, move: Move, inside: NDArray[np.bool_], kinds: tuple[Bin, ...]) -> str:
    wanted = [code for code, kind in enumerate(move.feature.bins) if kind in kinds]
    hit = np.isin(move.feature.codes, wanted)
    now = scene.rows.now

    def rate(mask: NDArray[np.bool_]) -> str:
        return percent(float(hit[mask].mean())) if bool(mask.any()) else "none"

    text = f"{rate(now & inside)} of answers ({rate(~now & inside)} before"
    return text + (")" if bool(inside.all()) else f", {rate(now & ~inside)} elsewhere now)")


def _medians(move: Move, now: NDArray[np.bool_], inside: NDArray[np.bool_]) -> str:
    known = np.isfinite(move.feature.value) & inside
    sides = [move.feature.value[known & mask] for mask in (~now, now)]
    was, is_now = (number(float(np.median(side))) if side.size else "none" for side in sides)
    return f"median {was} before, {is_now} now"
