"""Inputs: which feature sources and properties of inputs moved, and which of them go with the loss."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from aright.core.diagnose.features import features_of
from aright.core.diagnose.freshness import pairs_of
from aright.core.diagnose.hypothesis import Draft, Hypothesis
from aright.core.diagnose.moves import moves_of
from aright.core.diagnose.payload_words import payload_causes
from aright.core.diagnose.properties import FAULTS, properties
from aright.core.diagnose.property_words import draft_of, hypothesis_of
from aright.core.diagnose.sources import source_draft, source_hypothesis, source_of
from aright.core.model.evidence import Step
from aright.core.model.probability import percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from aright.core.diagnose.features import Feature
    from aright.core.diagnose.moves import Move
    from aright.core.diagnose.properties import Property
    from aright.core.diagnose.scene import Scene


def inputs(scene: Scene) -> tuple[list[Hypothesis], list[Draft]]:
    """Return a hypothesis and a finding per source or property of inputs that moved, the best first.

    A source whose moved features mostly moved with a property's new value, and did not fail, is no cause of
    its own: several features of one change are one cause.
    """
    whole = features_of(scene.whole, _judged(scene))
    kept = [each.keep(scene.kept) for each in whole]
    pairs = pairs_of(scene.rows.unit, scene.rows.time, scene.rows.now)
    moves = moves_of(scene.rows, kept, scene.inside, pairs)
    risen = [each for each in properties(scene, kept, pairs) if each.is_new or each.moves]
    by_source: dict[str, list[tuple[Move, Feature]]] = {}
    for move, feature in zip(moves, whole, strict=True):
        if move.moved:
            by_source.setdefault(feature.source, []).append((move, feature))
    free = [(name, of) for name, of in by_source.items() if not _owned([move for move, _ in of], risen)]
    found = sorted((source_of(scene, name, of) for name, of in free), key=lambda each: -each.gain)
    told = [
        *((each.gain, hypothesis_of(scene, each), draft_of(scene, each)) for each in risen),
        *((each.gain, source_hypothesis(scene, each), source_draft(scene, each)) for each in found),
    ]
    told.sort(key=lambda each: -each[0])
    drafts = [draft for _, _, draft in told]
    if not told:
        drafts = [_quiet(scene, len(kept))] if kept else []
    contracts, payload_drafts = payload_causes(scene, risen)
    return [*(hypothesis for _, hypothesis, _ in told), *contracts], [*drafts, *payload_drafts]


def _owned(moves: Sequence[Move], risen: Sequence[Property]) -> bool:
    """Tell whether a source's moves are those of a property: most of them, and none that is a failure."""
    if any(move.stopped or move.ageing or any(move.has(kind) for kind in FAULTS) for move in moves):
        return False
    names = {move.feature.name for move in moves}
    return any(2 * len(names & each.owns) >= len(names) for each in risen)


def _judged(scene: Scene) -> NDArray[np.bool_]:
    """Mark, among all rows, those inside the part hit and since the onset."""
    mask = np.zeros(len(scene.whole), dtype=np.bool_)
    mask[np.flatnonzero(scene.kept)] = scene.inside & scene.rows.now
    return mask


def _quiet(scene: Scene, count: int) -> Draft:
    return Draft(
        step=Step.INPUTS,
        text=f"{'The one feature did not move' if count == 1 else f'None of the {count} features moved'} "
        f"{scene.where} beyond chance "
        f"(family-wise error {percent(0.01)}).",
        start=scene.since,
        end=scene.case.current_span[1],
        query=scene.query,
    )
