"""The end: resolved, reviewed, guarded, closed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from aright.core.incident.dues import diagnose_key, due, update_key, verify_key
from aright.core.incident.effects import Cancel, Effect, Record, SendPage, Step
from aright.core.incident.events import IllegalEventError
from aright.core.incident.standing import demand, is_mended, is_open, name_of
from aright.core.incident.telling_updates import left_untold, overtaken, silent
from aright.core.incident.tracks import stopped
from aright.core.incident.words import cut
from aright.core.model.incident import OPEN, State

if TYPE_CHECKING:
    from aright.core.incident.events import Closed, GuardAccepted, Resolved, Reviewed
    from aright.core.model.incident import Incident

LONGEST_TEXT: Final = 4_000


def resolved(incident: Incident, event: Resolved) -> Step:
    """End it: the channel is told, what was due is dropped, one last update falls due. Again: nothing."""
    by = name_of(event.by)
    if incident.state is State.MERGED:
        demand(incident, OPEN, "resolve", "")
    if not is_open(incident):
        return Step(incident)
    text = "resolved" if is_mended(incident) else "resolved without a mitigation that was verified"
    if event.text.strip():
        text = f"{text}: {cut(event.text.strip(), LONGEST_TEXT)}"
    effects: list[Effect] = [
        Record(at=event.at, kind="resolved", text=text, by=by, key=True, origin=event.origin),
        SendPage(at=event.at, action="resolve", origin=event.origin),
        Cancel(diagnose_key(incident.key)),
        *(Cancel(verify_key(incident.key, attempt.id)) for attempt in incident.mitigations),
        *stopped(incident),
        due("update", update_key(incident.key), incident.key, event.at),
    ]
    over = msgspec.structs.replace(overtaken(incident), state=State.RESOLVED, resolved_at=event.at)
    return Step(over, tuple(effects))


def reviewed(incident: Incident, event: Reviewed) -> Step:
    """Agree to the post-mortem. Again: nothing."""
    by = name_of(event.by)
    if incident.state in {State.REVIEWED, State.CLOSED}:
        return Step(incident)
    demand(incident, frozenset({State.RESOLVED}), "review", "Resolve it first: that writes the post-mortem.")
    line = Record(at=event.at, kind="reviewed", text="the post-mortem was read and agreed", by=by, key=True)
    return Step(msgspec.structs.replace(incident, state=State.REVIEWED), (line,))


def closed(incident: Incident, event: Closed) -> Step:
    """File it away. Again: nothing."""
    by = name_of(event.by)
    if incident.state is State.CLOSED:
        return Step(incident)
    first = "Resolve it first." if is_open(incident) else "Review its post-mortem first."
    demand(incident, frozenset({State.REVIEWED}), "close", first)
    line = Record(at=event.at, kind="closed", text="closed", by=by)
    filed, untold = left_untold(incident, event.at)
    page = SendPage(at=event.at, action="close")
    effects: tuple[Effect, ...] = (*untold, line, page, Cancel(update_key(incident.key)), *silent(incident))
    return Step(msgspec.structs.replace(filed, state=State.CLOSED), effects)


def guarded(incident: Incident, event: GuardAccepted) -> Step:
    """Add a guard that a replay has proven. Again: nothing."""
    if event.guard in incident.guards:
        return Step(incident)
    if incident.state is State.CLOSED:
        raise IllegalEventError(f"{incident.key} is closed: a guard can no longer be added to it")
    text = f"{event.guard} stands guard: {event.text}"
    line = Record(at=event.at, kind="guard", text=cut(text, 1_000), key=True, refs=(event.guard,))
    return Step(msgspec.structs.replace(incident, guards=(*incident.guards, event.guard)), (line,))
