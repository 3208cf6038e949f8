"""The people on call: acknowledged, told, or not reached."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from aright.core.incident.dues import due, update_key
from aright.core.incident.effects import Record, SendPage, Step
from aright.core.incident.leading import led_by_first
from aright.core.incident.standing import demand, name_of
from aright.core.incident.words import cut
from aright.core.model.incident import OPEN

if TYPE_CHECKING:
    from aright.core.incident.effects import PageAction
    from aright.core.incident.events import Acknowledged, PageFailed, PageSent
    from aright.core.model.incident import Incident

TELL_AT: Final = frozenset({1, 10, 100, 1_000})
"""Failed attempts that the timeline tells of; the others are in the outbox."""

_TOLD: Final[dict[PageAction, str]] = {
    "trigger": "The people on call were paged",
    "acknowledge": "The acknowledgement was passed on",
    "resolve": "The end was passed on",
}
_NOT_TOLD: Final[dict[PageAction, str]] = {
    "trigger": "The people on call could not be paged",
    "acknowledge": "The acknowledgement could not be passed on",
    "resolve": "The end could not be passed on",
}


def acknowledged(incident: Incident, event: Acknowledged) -> Step:
    """Take it on, or over; again by the same person changes nothing, and the channel is told once."""
    by = name_of(event.by)
    demand(incident, OPEN, "acknowledge", "There is nothing left to take on.")
    before = incident.acknowledged_by
    if before == by:
        return Step(incident)
    text = f"taken over from {before}" if before else "taken on"
    line = Record(at=event.at, kind="acknowledged", text=text, by=by, key=not before, origin=event.origin)
    taken = msgspec.structs.replace(incident, acknowledged_by=by)
    taken, leads = led_by_first(taken, by, event.at)
    told = due("update", update_key(incident.key), incident.key, event.at)
    passed_on = () if before else (SendPage(at=event.at, action="acknowledge", origin=event.origin),)
    return Step(taken, (line, *leads, *passed_on, told))


def sent(incident: Incident, event: PageSent) -> Step:
    """Write down that the channel accepted it."""
    tries = f", at attempt {event.attempts}" if event.attempts > 1 else ""
    what = f"{event.to} was paged" if event.to and event.action == "trigger" else _TOLD[event.action]
    text = f"{what} through {event.channel}{tries}"
    line = Record(at=event.at, kind="paged", text=text, key=event.action == "trigger", refs=(event.message,))
    return Step(incident, (line,))


def failed(incident: Incident, event: PageFailed) -> Step:
    """Write down that it did not, unless that is known already."""
    if not event.permanent and event.attempts not in TELL_AT:
        return Step(incident)
    what_next = "it will not be tried again" if event.permanent else f"attempt {event.attempts}, tried again"
    what = f"{event.to} could not be paged" if event.to and event.action == "trigger" else None
    text = f"{what or _NOT_TOLD[event.action]} through {event.channel} ({what_next}): {event.error}"
    line = Record(
        at=event.at,
        kind="page_failed",
        text=cut(text, 1_000),
        key=event.action == "trigger",
        refs=(event.message,),
    )
    return Step(incident, (line,))
