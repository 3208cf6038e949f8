"""Hearing: what another system tells of an incident happens here too, and is not told back to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from aright.core.incident import Acknowledged, IllegalEventError, Noted, Resolved, is_open
from aright.core.model.foreign_text import harmless
from aright.core.model.frame import Encoding, Format, Frame, Kind
from aright.core.model.incident import Incident
from aright.core.model.message import Due
from aright.core.model.on_call import Person
from aright.core.model.outlet import ExternalRef
from aright.core.observe.intake import read
from aright.core.page.body import read_page
from aright.engine.consuming import keep_documents
from aright.engine.happening import happen
from aright.engine.operations import Happening
from aright.engine.ticket_dues import nudged

if TYPE_CHECKING:
    from aright.core.incident import Event
    from aright.core.model.heard import Heard
    from aright.core.model.times import Micros
    from aright.engine.world import World
    from aright.ports.state import Transaction

LEARN: Final = "learn"
"""The task that writes the post-mortem of an incident that was resolved elsewhere."""

_OURS: Final = "aright-"
"""What each dedup key of ours begins with; the incident's key and when it was declared follow."""

_MOST_PARTS: Final = 8
_LATELY: Final = 200
"""Incidents, open or not, among which one is looked for by the other system's own key."""

_MOST_PEOPLE: Final = 10_000
_LARGEST: Final = 1 << 20


def hear(world: World, tx: Transaction, heard: Heard, *, now: Micros) -> bool:
    """Do what another system tells; return whether it changed anything.

    Args:
        world: the ports.
        tx: open; what is told and what comes of it are committed together.
        heard: what is told, for the first time.
        now: µs, UTC.
    """
    if heard.kind == "ping":
        return nudged(world, tx, heard.channel, now)
    if heard.ours:
        return False
    incident = incident_of(tx, heard)
    if incident is None:
        return _foreign(world, tx, heard, now)
    before = tx.get(ExternalRef, f"{heard.channel}/{incident.key}")
    if _is_over(before, heard):
        return False
    told = _remember(tx, incident, before, heard, now)
    event = _event(tx, incident, heard, now)
    return (event is not None and _happened(world, tx, incident, event)) or told


def _happened(world: World, tx: Transaction, incident: Incident, event: Event) -> bool:
    """Let it happen; what does not fit any more is dropped, since no repeat would fit either."""
    try:
        happen(world, tx, incident, event)
    except IllegalEventError:  # as a note to what is filed away
        return False
    if isinstance(event, Resolved):
        learn = Due(key=f"{LEARN}:{incident.key}", task=LEARN, subject=incident.key, due_at=event.at)
        tx.schedule(learn)
    world.happenings.tell(Happening(kind="incident", key=incident.key))
    return True


def incident_of(tx: Transaction, heard: Heard) -> Incident | None:
    """Return the incident of ours that is meant: by our key, by the other system's own, or by its title."""
    if heard.dedup_key.startswith(_OURS):
        found = _named_by(tx, heard.dedup_key)
        return _now_in(tx, found) if found else None
    if not heard.ref:
        return None
    lately = {found.key: found for found in tx.list(Incident, limit=_LATELY)}
    lately |= {found.key: found for found in tx.list(Incident, tag="open")}
    refs = tx.get_all(ExternalRef, [f"{heard.channel}/{key}" for key in lately])
    for ref in refs.values():
        if ref.id == heard.ref:
            return _now_in(tx, lately[ref.incident])
    if heard.kind != "opened" or heard.dedup_key:
        return None
    unknown = [found for key, found in lately.items() if f"{heard.channel}/{key}" not in refs]
    return next((found for found in unknown if _paged_as(tx, found, heard)), None)


def _named_by(tx: Transaction, dedup_key: str) -> Incident | None:
    parts = dedup_key.partition("/")[0].split("-")[1:_MOST_PARTS]  # a channel and a person may follow
    for place in range(1, len(parts)):
        found = tx.get(Incident, "-".join(parts[:place]))
        if found is not None and str(found.opened_at) == parts[place]:
            return found
    return None


def person_of(tx: Transaction, heard: Heard) -> str:
    """Return who did it: somebody of the catalog by alias, address or name, else as they are shown there."""
    people = tx.list(Person, limit=_MOST_PEOPLE)
    for name in (*heard.names, heard.by):
        found = {person.key for person in people if name.casefold() in _called(person)}
        if name and len(found) == 1:
            return found.pop()
    return heard.by or heard.channel


def _called(person: Person) -> set[str]:
    names = (person.key, person.name, *person.aliases, *person.addresses.values())
    return {name.casefold() for name in names if name}


def _paged_as(tx: Transaction, incident: Incident, heard: Heard) -> bool:
    """Return whether the other system's title is that of a page of ours: it may leave our key out."""
    for message in tx.messages(incident.key):
        if message.channel != heard.channel:
            continue
        try:
            title = harmless(read_page(message.body).title, 1_000)
        except msgspec.MsgspecError:
            continue
        if title and harmless(heard.title, 2_000).endswith(title):
            return True
    return False


def _now_in(tx: Transaction, incident: Incident) -> Incident:
    """Return the incident that took it in, where it was merged."""
    seen = {incident.key}
    while incident.merged_into and incident.merged_into not in seen:
        seen.add(incident.merged_into)
        into = tx.get(Incident, incident.merged_into)
        if into is None:
            break
        incident = into
    return incident


def _is_over(before: ExternalRef | None, heard: Heard) -> bool:
    """Return whether it is told of an incident there that another one has followed."""
    return before is not None and heard.ref not in {"", before.id} and heard.at < before.seen_at


def _remember(
    tx: Transaction, incident: Incident, before: ExternalRef | None, heard: Heard, now: Micros
) -> bool:
    """Keep what the other system calls the incident; return whether that is news."""
    if not heard.ref:
        return False
    same = before if before is not None and before.id == heard.ref else None
    after = ExternalRef(
        key=f"{heard.channel}/{incident.key}",
        channel=heard.channel,
        incident=incident.key,
        id=heard.ref,
        number=heard.number or (same.number if same else ""),
        link=heard.link or (same.link if same else ""),
        state=heard.state or (same.state if same else ""),
        seen_at=now,
    )
    tx.put(after)
    return same is None or msgspec.structs.replace(after, seen_at=same.seen_at) != same


def _event(tx: Transaction, incident: Incident, heard: Heard, now: Micros) -> Event | None:
    """Return what happens here; none where it has happened already, or is overtaken by what came after."""
    by, origin = person_of(tx, heard), heard.channel
    if heard.kind == "note":
        return Noted(at=now, by=by, text=heard.text, origin=origin) if heard.text else None
    if not is_open(incident) or _overtaken(incident, heard):
        return None
    if heard.kind == "acknowledged":
        ours = incident.acknowledged_by and (not heard.person or incident.acknowledged_by == by)
        return None if ours else Acknowledged(at=now, by=by, origin=origin)
    return _ended(heard, by, now) if heard.kind == "resolved" else None


def _ended(heard: Heard, by: str, now: Micros) -> Event:
    """Return the end, where somebody said so: one that only a timer brought there is no end of the harm."""
    origin = heard.channel
    if heard.by:
        return Resolved(at=now, by=by, text=f"resolved at {origin}", origin=origin)
    text = f"{origin} ended its incident by itself; here it stays open until somebody says it is over"
    return Noted(at=now, by=origin, text=text, origin=origin)


def _overtaken(incident: Incident, heard: Heard) -> bool:
    """Return whether it was told of a time before the harm came back."""
    return bool(incident.lulls) and heard.at < incident.lulls[-1].end


def _foreign(world: World, tx: Transaction, heard: Heard, now: Micros) -> bool:
    """Take an incident that is not ours for an alert of another program: it was paged there, and is not here.

    It goes the way of all events of that sort. Its severity is a warning: it gives notice, or joins what is
    open, unless the catalog says that alerts of its name page.
    """
    action = {"opened": "trigger", "acknowledged": "acknowledge", "resolved": "resolve"}.get(heard.kind)
    if action is None or not heard.ref or heard.dedup_key.startswith(_OURS):
        return False
    event = {
        "event_action": action,
        "dedup_key": f"{heard.channel} incident {heard.ref}"[:255],
        "client": person_of(tx, heard),
        "client_url": heard.link,
        "payload": {
            "summary": heard.title or f"incident {heard.ref}",
            "source": heard.channel,
            "severity": "warning",
            "component": heard.service,
            "custom_details": {"urgency": "high" if heard.urgent else "low", "number": heard.number},
        },
    }
    frame = Frame(
        kind=Kind.ALERTS,
        format=Format.PAGERDUTY,
        encoding=Encoding.IDENTITY,
        received_at=now,
        body=msgspec.json.encode(event),
    )
    documents = read(frame, limit_bytes=_LARGEST).documents
    keep_documents(world, tx, documents)
    return bool(documents)
