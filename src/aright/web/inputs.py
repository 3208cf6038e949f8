"""The features through which the likeliest cause shows: what they held before and now, from kept profiles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec

from aright.core.model.columns import FEATURE
from aright.core.model.signal import ALL, Segment
from aright.engine.profiles import Wanted

if TYPE_CHECKING:
    from aright.core.model.incident import Incident
    from aright.core.model.times import Micros
    from aright.engine.operations import Operations
    from aright.engine.profiles import ProfileView

MOST: Final = 6


@dataclass(frozen=True)
class Inputs:
    """What the features of a cause held.

    Attributes:
        segment: which part of the traffic it is of.
        views: by feature.
        beside: which part the reference is of: all traffic where the segment itself was not there before.
    """

    segment: Segment = ALL
    views: tuple[ProfileView, ...] = ()
    beside: Segment = ALL


def inputs_of(operations: Operations, incident: Incident, now: Micros) -> Inputs:
    """Return the features of the likeliest cause, of who is hit, or of all where that is not kept yet."""
    diagnosis = incident.diagnosis
    if diagnosis is None or not diagnosis.causes:
        return Inputs()
    features = diagnosis.causes[0].features[:MOST]
    end = incident.mitigated_at or incident.resolved_at or now
    if not features or end <= incident.began_at:
        return Inputs()
    wanted = Wanted(
        service=incident.service,
        now=(incident.began_at, end),
        reference=diagnosis.reference,
        names=tuple(FEATURE + name.removeprefix(FEATURE) for name in features),
    )
    for segment in dict.fromkeys((diagnosis.scope.segment, ALL)):
        views = tuple(
            view
            for view in operations.profiles(msgspec.structs.replace(wanted, segment=segment))
            if view.now is not None
        )
        if views and segment != ALL and not _held(views):
            beside = _beside_all(operations, wanted, views)
            return Inputs(segment, beside, ALL if _held(beside) else segment)
        if views:
            return Inputs(segment, views, segment)
    return Inputs()


def _held(views: tuple[ProfileView, ...]) -> bool:
    return any(view.reference is not None for view in views)


def _beside_all(
    operations: Operations, wanted: Wanted, views: tuple[ProfileView, ...]
) -> tuple[ProfileView, ...]:
    """Return what a segment held beside what all traffic held before, for one that has no past of its own."""
    usual = {view.name: view.reference for view in operations.profiles(wanted)}
    return tuple(msgspec.structs.replace(view, reference=usual.get(view.name)) for view in views)
