"""Lines of investigation beside one another: opened, moved, reminded of, ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from aright.core.incident.dues import due, track_key
from aright.core.incident.effects import Cancel, Effect, Record, Step
from aright.core.incident.events import IllegalEventError
from aright.core.incident.standing import demand, is_open, name_of
from aright.core.incident.words import cut
from aright.core.model.command import Track, TrackStatus
from aright.core.model.incident import OPEN, State
from aright.core.model.times import MINUTE, Micros, clock_text

if TYPE_CHECKING:
    from aright.core.incident.command_events import TrackEnded, TrackMoved, TrackOpened, TrackReminded
    from aright.core.model.incident import Incident

MOST_TRACKS: Final = 50
LONGEST_HYPOTHESIS: Final = 500
LONGEST_CHECK: Final = 500
LONGEST_FINDING: Final = 2_000
ESCALATE_AFTER: Final = 15 * MINUTE
"""How long after its owner was reminded the commander is told (µs)."""

ENDS: Final[dict[str, TrackStatus]] = {
    "confirmed": "confirmed",
    "refuted": "refuted",
    "dropped": "dropped",
}


def opened(incident: Incident, event: TrackOpened) -> Step:
    """Begin a track; the next free id is its own."""
    by = name_of(event.by)
    demand(incident, OPEN, "open a track in", "It is over: write what you find into a note.")
    hypothesis = cut(event.hypothesis.strip(), LONGEST_HYPOTHESIS)
    if not hypothesis:
        raise IllegalEventError("the track has no hypothesis: say what it is to show or to refute")
    if len(incident.tracks) >= MOST_TRACKS:
        raise IllegalEventError(f"{incident.key} has had {MOST_TRACKS} tracks: go on in one of them")
    _to_come(event.due_at, event.at)
    made = Track(
        id=f"T{len(incident.tracks) + 1}",
        hypothesis=hypothesis,
        opened_at=event.at,
        owner=event.owner.strip()[:200],
        next_check=cut(event.next_check.strip(), LONGEST_CHECK),
        due_at=event.due_at,
    )
    text = f"{made.id} is opened: {made.hypothesis}{_standing(made)}"
    effects: list[Effect] = [_line(event.at, made, text, by)]
    if made.due_at:
        effects.append(_scheduled(incident, made, made.due_at))
    return Step(msgspec.structs.replace(incident, tracks=(*incident.tracks, made)), tuple(effects))


def moved(incident: Incident, event: TrackMoved) -> Step:
    """Give a track another owner, next check or time; a new time begins its reminders anew."""
    by = name_of(event.by)
    demand(incident, OPEN, "move a track of", "It is over: end the track instead.")
    before = _open_one(incident, event.track)
    due_at = before.due_at if event.due_at is None else event.due_at
    if event.due_at is not None and event.due_at != before.due_at:
        _to_come(event.due_at, event.at)
    after = msgspec.structs.replace(
        before,
        owner=before.owner if event.owner is None else event.owner.strip()[:200],
        next_check=before.next_check
        if event.next_check is None
        else cut(event.next_check.strip(), LONGEST_CHECK),
        due_at=due_at,
    )
    if after == before:
        return Step(incident)
    effects: list[Effect] = [_line(event.at, after, f"{after.id} goes on{_standing(after)}", by)]
    if due_at != before.due_at:
        after = msgspec.structs.replace(after, reminders=0)
        key = track_key(incident.key, after.id)
        effects.append(_scheduled(incident, after, due_at) if due_at else Cancel(key))
    return Step(_with(incident, after), tuple(effects))


def ended(incident: Incident, event: TrackEnded) -> Step:
    """End a track with what came out; also after the incident was resolved. The same again: nothing."""
    by = name_of(event.by)
    demand(incident, OPEN | {State.RESOLVED, State.REVIEWED}, "end a track of", "It is filed away.")
    status = ENDS.get(event.status)
    if status is None:
        raise IllegalEventError(f"a track cannot end as {event.status!r}: say one of {', '.join(ENDS)}")
    known = find(incident, event.track)
    if known is not None and (known.status, known.finding) == (event.status, event.finding.strip()):
        return Step(incident)
    before = _open_one(incident, event.track)
    finding = cut(event.finding.strip(), LONGEST_FINDING)
    if not finding and status != "dropped":
        raise IllegalEventError(f"say what came out of {before.id}: that is what others go on from")
    after = msgspec.structs.replace(before, status=status, finding=finding, due_at=0)
    said = f": {finding}" if finding else ""
    line = Record(
        at=event.at,
        kind="track",
        text=cut(f"{after.id} is {status} ({after.hypothesis}){said}", 1_000),
        by=by,
        key=status == "confirmed",
        refs=(after.id,),
    )
    return Step(_with(incident, after), (line, Cancel(track_key(incident.key, after.id))))


def reminded(incident: Incident, event: TrackReminded) -> Step:
    """Note that somebody was reminded of a check; of a track that has ended, or has time again: nothing."""
    track = find(incident, event.track)
    if track is None:
        raise IllegalEventError(_no_track(incident, event.track))
    if track.status != "open" or not is_open(incident) or not track.due_at or event.at < track.due_at:
        return Step(incident)
    after = msgspec.structs.replace(track, reminded_at=event.at, reminders=track.reminders + 1)
    check = f" (“{track.next_check}”)" if track.next_check else ""
    told = f"{event.whom} was reminded" if event.whom else "nobody could be reminded"
    text = f"{track.id} was due at {clock_text(track.due_at)} UTC{check} and nothing was told: {told}"
    effects: list[Effect] = [Record(at=event.at, kind="reminded", text=text, refs=(track.id,))]
    if event.again_at:
        effects.append(_scheduled(incident, after, event.again_at))
    return Step(_with(incident, after), tuple(effects))


def find(incident: Incident, track: str) -> Track | None:
    """Return a track by its id."""
    return next((known for known in incident.tracks if known.id == track), None)


def stopped(incident: Incident) -> tuple[Cancel, ...]:
    """Return the effects that end all reminders of an incident's tracks."""
    return tuple(Cancel(track_key(incident.key, track.id)) for track in incident.tracks if track.due_at)


def resumed(incident: Incident) -> tuple[Effect, ...]:
    """Return the effects that begin the reminders of an incident's tracks again."""
    return tuple(
        _scheduled(incident, track, track.due_at)
        for track in incident.tracks
        if track.status == "open" and track.due_at
    )


def taken_in(incident: Incident, younger: Incident, at: Micros) -> tuple[Incident, tuple[Effect, ...]]:
    """Return the incident with the open tracks of one that it took in, under new ids, and their lines."""
    effects: list[Effect] = []
    tracks = list(incident.tracks)
    for track in younger.tracks:
        if track.status != "open" or len(tracks) >= MOST_TRACKS:
            continue
        made = msgspec.structs.replace(track, id=f"T{len(tracks) + 1}")
        tracks.append(made)
        effects.append(
            _line(at, made, f"{made.id} goes on from {track.id} of {younger.key}{_standing(made)}", "")
        )
        if made.due_at:
            effects.append(_scheduled(incident, made, max(made.due_at, at)))
    return msgspec.structs.replace(incident, tracks=tuple(tracks)), tuple(effects)


def _open_one(incident: Incident, name: str) -> Track:
    track = find(incident, name)
    if track is None:
        raise IllegalEventError(_no_track(incident, name))
    if track.status != "open":
        raise IllegalEventError(f"{track.id} is {track.status} already: open another track to go on")
    return track


def _no_track(incident: Incident, name: str) -> str:
    known = ", ".join(track.id for track in incident.tracks) or "none yet"
    return f"{incident.key} has no track {name[:40]!r}: it has {known}"


def _to_come(due_at: Micros, now: Micros) -> None:
    if due_at and due_at <= now:
        raise IllegalEventError(
            f"{clock_text(due_at)} UTC is over: say until when the check is made, or give no time"
        )


def _standing(track: Track) -> str:
    parts = [f"followed by {track.owner}" if track.owner else "nobody follows it yet"]
    if track.next_check:
        parts.append(f"next: {track.next_check}")
    if track.due_at:
        parts.append(f"due at {clock_text(track.due_at)} UTC")
    return f" ({'; '.join(parts)})"


def _line(at: Micros, track: Track, text: str, by: str) -> Record:
    return Record(at=at, kind="track", text=cut(text, 1_000), by=by or "aright", refs=(track.id,))


def _scheduled(incident: Incident, track: Track, at: Micros) -> Effect:
    return due("track", track_key(incident.key, track.id), incident.key, at)


def _with(incident: Incident, track: Track) -> Incident:
    replaced = tuple(track if known.id == track.id else known for known in incident.tracks)
    return msgspec.structs.replace(incident, tracks=replaced)
