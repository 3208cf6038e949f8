"""Feature sources: which rows show that one failed or shifted, and how much of the loss goes with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from aright.core.diagnose.contrast import Share, by_mix, share_of
from aright.core.diagnose.features import Bin
from aright.core.diagnose.hypothesis import Draft, Hypothesis
from aright.core.diagnose.losses import prepare
from aright.core.diagnose.onset import share_onset
from aright.core.diagnose.scan import gain_of, scan
from aright.core.diagnose.scene import search_span
from aright.core.diagnose.sentences import source_sentence
from aright.core.model.evidence import CauseKind, Reach, Step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from aright.core.diagnose.features import Feature
    from aright.core.diagnose.moves import Move
    from aright.core.diagnose.onset import Onset
    from aright.core.diagnose.scene import Scene

PRIOR: Final = {"empty": 0.0, "stale": 0.0, "shifted": -1.0}
"""Log prior per mode: an emptied or stopped source is a fault by itself, a shifted one often is not."""

LOOSE: Final = 2.0
"""Nats taken off when a source is tied to the part hit as a whole and not to its rows."""


@dataclass(frozen=True, eq=False)
class Source:
    """One feature source that moved.

    Attributes:
        name: the source.
        moves: its features that moved, the furthest first.
        hit: rows of the scene that show it.
        gain: what these rows explain of the losses (nats).
        share: share of the loss inside that goes with it.
        mode: ``empty`` | ``stale`` | ``shifted``.
        onset: when it began.
    """

    name: str
    moves: tuple[Move, ...]
    hit: NDArray[np.bool_]
    gain: float
    share: Share
    mode: str
    onset: Onset | None


def source_of(scene: Scene, name: str, of: Sequence[tuple[Move, Feature]]) -> Source:
    """Return a source that moved: ``of`` are its moves, each with its feature over all rows."""
    ordered = sorted(of, key=lambda each: -each[0].distance)
    moves = tuple(move for move, _ in ordered)
    hit, gain, onset = _rows_hit(scene, ordered)
    share = share_of(scene.rows, scene.sharp, scene.inside, hit)
    mixed = max((_mixed(scene, move) for move in moves), key=lambda each: each.value)
    if mixed.value > share.value:
        share, gain = mixed, max(gain, mixed.value * scene.finding.gain)
    return Source(name, moves, hit, gain, share, _mode(moves), onset)


def _rows_hit(
    scene: Scene, of: Sequence[tuple[Move, Feature]]
) -> tuple[NDArray[np.bool_], float, Onset | None]:
    """Return the rows that show the source's fault best, what they explain, and since when there are such."""
    masks = [
        (np.isin(move.feature.codes, move.odd), np.isin(whole.codes, move.odd))
        for move, whole in of
        if move.odd
    ]
    if len(masks) > 1:
        masks.append((np.any([one for one, _ in masks], axis=0), np.any([all_ for _, all_ in masks], axis=0)))
    best = np.zeros(len(scene.rows), dtype=np.bool_), 0.0, None
    judged: list[tuple[NDArray[np.bool_], float, Onset | None]] = [best]
    for mask, everywhere in masks:
        judged.append((mask, gain_of(scene.losses, scene.rows.now, mask), _began(scene, mask, everywhere)))
    if any(_belongs(scene, move) for move, _ in of):
        judged.append((scene.inside & scene.rows.now, max(scene.finding.gain - LOOSE, 0.0), scene.onset))
    return max(judged, key=lambda each: each[1])


def _began(scene: Scene, mask: NDArray[np.bool_], everywhere: NDArray[np.bool_]) -> Onset | None:
    inside = np.ones(len(scene.whole), dtype=np.bool_)
    for index, code in scene.finding.part:
        inside &= scene.whole.attributes[index].codes == code
    usual = mask[scene.inside & ~scene.rows.now]
    before = float(usual.mean()) if usual.size else 0.0
    return share_onset(scene.whole.time[inside], everywhere[inside], before, *search_span(scene.case))


def _belongs(scene: Scene, move: Move) -> bool:
    """Tell whether a move as a whole belongs to the part hit and to no other part better."""
    if move.stopped or (move.ageing and bool(scene.inside.all())):
        return True
    if scene.finding.reach is not Reach.SEGMENT or move.outside > 0.25 * move.distance:
        return False
    rise = move.feature.shares(scene.rows.now & scene.inside) - move.feature.shares(
        ~scene.rows.now & scene.inside
    )
    risen = np.isin(move.feature.codes, np.flatnonzero(rise > 0.0)).astype(np.float64)
    loss = prepare(scene.rows, f"feature:{move.feature.name}", "share in other bins", risen, free=True)
    if loss is None:
        return False
    candidates, _ = scan(scene.rows, [loss])
    return bool(candidates) and candidates[0].part == scene.finding.part


def _mixed(scene: Scene, move: Move) -> Share:
    usual = [at for at, each in enumerate(move.feature.bins) if each is Bin.USUAL]
    codes = np.full(len(move.feature.bins), len(usual), dtype=np.int32)
    codes[usual] = np.arange(len(usual))
    return by_mix(scene.rows, scene.sharp, scene.inside, codes[move.feature.codes], len(usual))


def _mode(moves: Sequence[Move]) -> str:
    if any(move.has(Bin.NULL) or move.has(Bin.NOT_FINITE) for move in moves):
        return "empty"
    if any(move.stopped or move.ageing for move in moves):
        return "stale"
    return "empty" if any(move.has(Bin.CONSTANT) for move in moves) else "shifted"


def source_hypothesis(scene: Scene, source: Source) -> Hypothesis:
    """Return the hypothesis that the source did it."""
    verb = {"empty": "went empty", "stale": "went stale", "shifted": "shifted"}[source.mode]
    return Hypothesis(
        kind=CauseKind.FEATURE_SOURCE,
        subject=source.name,
        title=f"Feature source {source.name} {verb} {scene.where}",
        gain=source.gain,
        prior=PRIOR[source.mode],
        seen=True,
        explained=source.share.value,
        low=source.share.low,
        contrasted=source.share.contrasted,
        remedy="restore_source",
        mode=source.mode,
        onset=source.onset.at if source.onset else scene.since,
        features=tuple(move.feature.name for move in source.moves),
    )


def source_draft(scene: Scene, source: Source) -> Draft:
    """Return what the source did inside the part hit, and how much of the loss goes with it."""
    token = f"{CauseKind.FEATURE_SOURCE.value}:{source.name}"
    goes_with = source.share.value >= 0.5 and source.gain >= 0.5 * scene.finding.gain
    leading = source.moves[0].feature
    odd = np.isin(leading.codes, source.moves[0].odd)
    before, now = (odd[side & scene.inside] for side in (~scene.rows.now, scene.rows.now))
    return Draft(
        step=Step.INPUTS,
        text=source_sentence(scene, source.moves, source.share),
        supports=(token,) if goes_with else (),
        opposes=() if goes_with else (token,),
        weight=source.gain if goes_with else 0.0,
        start=scene.since,
        end=scene.case.current_span[1],
        query=scene.query,
        before=float(before.mean()) if before.size else None,
        now=float(now.mean()) if now.size else None,
    )
