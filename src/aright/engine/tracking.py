"""Tracks whose check is due: their owner is reminded, then the commander."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aright.core.incident import TrackReminded, is_open
from aright.core.incident.tracks import ESCALATE_AFTER, find
from aright.core.model.incident import Incident
from aright.core.model.times import clock_text
from aright.engine.happening import happen
from aright.engine.operations import Happening
from aright.engine.reminding import leader, remind

if TYPE_CHECKING:
    from aright.core.model.command import Track
    from aright.core.model.message import Due
    from aright.engine.world import World

TRACK: Final = "track"
"""The task; its key ends with the track's id: ``track:INC-1:T1``."""


def run_track(world: World, due: Due) -> None:
    """Remind the owner of a check that is due, and the commander a quarter of an hour later.

    It depends on the incident and the clock alone: done twice, or by two at once, nobody is reminded twice.
    """
    now = world.clock.now()
    with world.state.transaction() as tx:
        tx.done(due.key)
        incident = tx.get(Incident, due.subject)
        track = find(incident, due.key.rpartition(":")[2]) if incident is not None else None
        if incident is None or track is None or not _is_late(incident, track, now):
            return
        whom, why = _whom(incident, track)
        told = remind(
            world,
            tx,
            incident,
            whom=whom,
            because=why,
            text=_text(incident, track),
            name=f"{track.id}-{track.due_at}-{track.reminders + 1}",
        )
        again_at = 0 if track.reminders else now + ESCALATE_AFTER
        event = TrackReminded(at=now, track=track.id, whom=", ".join(told), again_at=again_at)
        happen(world, tx, incident, event)
    world.happenings.tell(Happening(kind="incident", key=due.subject))


def _is_late(incident: Incident, track: Track, now: int) -> bool:
    if not is_open(incident) or track.status != "open" or not track.due_at or track.reminders > 1:
        return False
    since = track.reminded_at + ESCALATE_AFTER if track.reminders else track.due_at
    return now >= since


def _whom(incident: Incident, track: Track) -> tuple[str, str]:
    if track.owner and not track.reminders:
        return track.owner, f"you follow {track.id} of {incident.key}"
    return leader(incident), f"you lead {incident.key}"


def _text(incident: Incident, track: Track) -> str:
    check = f": {track.next_check}" if track.next_check else ""
    who = track.owner or "nobody"
    return (
        f"{track.id} of {incident.key} ({track.hypothesis}), followed by {who}, was due at "
        f"{clock_text(track.due_at)} UTC{check}. Say what came of it: "
        f"aright incident track end {incident.key} {track.id}, or move it on with `track move`"
    )
