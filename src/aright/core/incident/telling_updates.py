"""Status updates: drafted, published, reminded of, missed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from aright.core.incident.dues import audience_key
from aright.core.incident.effects import Cancel, Record, Step
from aright.core.incident.events import IllegalEventError
from aright.core.incident.standing import name_of
from aright.core.incident.words import cut
from aright.core.model.command import AUDIENCES
from aright.core.model.incident import State
from aright.core.model.times import clock_text

if TYPE_CHECKING:
    from aright.core.incident.command_events import UpdateMissed, UpdatePublished, UpdateReminded
    from aright.core.incident.events import UpdateDrafted
    from aright.core.model.incident import Incident, StatusUpdate
    from aright.core.model.times import Micros

MOST_UPDATES: Final = 200
LONGEST_UPDATE: Final = 2_000
_ON_TIMELINE: Final = 500

TO: Final = {"internal": "those who work on it", "stakeholders": "stakeholders", "public": "the public"}
"""Audiences in words."""

_FILED: Final = frozenset({State.CLOSED, State.MERGED})


def drafted(incident: Incident, event: UpdateDrafted) -> Step:
    """Keep an update, published already or to be, instead of the draft before. Too late: nothing."""
    if incident.state in _FILED:
        return Step(incident)
    update = msgspec.structs.replace(event.update, text=cut(event.update.text, LONGEST_UPDATE))
    if update.id and find(incident, update.id) is not None:
        raise IllegalEventError(f"{incident.key} has an update {update.id} already: number it anew")
    _may_hear(incident, update.audience)
    before = tuple(_overtaken(known, update.audience) for known in incident.updates)
    updates = (*before, update)[-MOST_UPDATES:]
    line = Record(at=event.at, kind="update", text=_drafted_text(update), refs=_refs(update))
    return Step(msgspec.structs.replace(incident, updates=updates), (line,))


def published(incident: Incident, event: UpdatePublished) -> Step:
    """Tell a draft, or one that was missed, to its audience."""
    by = name_of(event.by)
    update = _known(incident, event.update)
    if incident.state in _FILED:
        raise IllegalEventError(f"cannot publish {update.id}: {incident.key} is {incident.state.value}")
    if update.status not in {"draft", "missed"}:
        raise IllegalEventError(_not_a_draft(incident, update))
    newer = open_draft(incident, update.audience)
    if update.status == "missed" and newer is not None:
        raise IllegalEventError(f"{update.id} is out of date: publish {newer.id}, which was drafted since")
    _may_hear(incident, update.audience)
    said = cut(event.text.strip(), LONGEST_UPDATE) or update.text
    told = msgspec.structs.replace(
        update, status="published", text=said, published_at=event.at, by=by, next_due=event.next_due
    )
    late = ", late" if update.due_at and event.at > update.due_at else ""
    text = cut(f"{told.id} was published to {TO[told.audience]}{late}: {said}", _ON_TIMELINE)
    line = Record(at=event.at, kind="update", text=text, by=by, refs=_refs(told))
    return Step(_with(incident, told), (line,))


def reminded(incident: Incident, event: UpdateReminded) -> Step:
    """Note who was reminded of a draft."""
    update = _known(incident, event.update)
    if update.status != "draft":
        return Step(incident)
    why = f" ({event.because})" if event.because else ""
    told = (
        f"{', '.join(event.whom)} was reminded{why}"
        if event.whom
        else "nobody could be reminded: give somebody the role of communications"
    )
    due_at = f", due at {clock_text(update.due_at)} UTC" if update.due_at else ""
    text = cut(f"{update.id} waits to be published to {TO[update.audience]}{due_at}: {told}", _ON_TIMELINE)
    return Step(incident, (Record(at=event.at, kind="reminded", text=text, refs=_refs(update)),))


def missed(incident: Incident, event: UpdateMissed) -> Step:
    """Count a draft that nobody published as missed. Again: nothing."""
    update = _known(incident, event.update)
    if update.status != "draft":
        return Step(incident)
    gone = msgspec.structs.replace(update, status="missed", next_due=event.next_due, missed_at=event.at)
    told = f"{', '.join(event.told)} was told" if event.told else "nobody leads who could be told"
    text = (
        f"{gone.id} to {TO[gone.audience]} was due at {clock_text(gone.due_at)} UTC "
        f"and was not published: {told}"
    )
    line = Record(at=event.at, kind="missed", text=cut(text, _ON_TIMELINE), refs=_refs(gone))
    return Step(_with(incident, gone), (line,))


def find(incident: Incident, update: str) -> StatusUpdate | None:
    """Return an update by its id."""
    return next((known for known in incident.updates if known.id and known.id == update), None)


def open_draft(incident: Incident, audience: str) -> StatusUpdate | None:
    """Return the draft that waits to be published to an audience."""
    drafts = [known for known in incident.updates if known.audience == audience and known.status == "draft"]
    return drafts[-1] if drafts else None


def next_id(incident: Incident) -> str:
    """Return the id of an incident's next update.

    >>> from aright.core.model.incident import Incident, State, StatusUpdate
    >>> made = Incident(key="INC-1", service="s", state=State.TRIAGED, title="", opened_at=0, began_at=0,
    ...     updates=(StatusUpdate(at=2, text="x", next_due=0, id="U7"),))
    >>> next_id(made)
    'U8'
    """
    numbers = [int(known.id[1:]) for known in incident.updates if known.id[1:].isdecimal()]
    return f"U{max([len(incident.updates), *numbers]) + 1}"


def overtaken(incident: Incident) -> Incident:
    """Return the incident without open drafts: what they say is out of date now that it has ended."""
    updates = tuple(
        msgspec.structs.replace(known, status="replaced") if known.status == "draft" else known
        for known in incident.updates
    )
    return msgspec.structs.replace(incident, updates=updates)


def left_untold(incident: Incident, at: Micros) -> tuple[Incident, tuple[Record, ...]]:
    """Return the incident with its open drafts counted as missed, as it is filed away, and their lines."""
    lines = []
    for draft in [known for known in incident.updates if known.status == "draft"]:
        text = f"{draft.id} to {TO[draft.audience]} was never published"
        lines.append(Record(at=at, kind="missed", text=text, refs=_refs(draft)))
        incident = _with(incident, msgspec.structs.replace(draft, status="missed"))
    return incident, tuple(lines)


def silent(incident: Incident) -> tuple[Cancel, ...]:
    """Return the effects that end all updates of an incident."""
    return tuple(Cancel(audience_key(incident.key, audience)) for audience in AUDIENCES)


def _may_hear(incident: Incident, audience: str) -> None:
    if audience not in AUDIENCES:
        raise IllegalEventError(f"there is no audience {audience!r}: say one of {', '.join(AUDIENCES)}")
    if incident.restricted_to and audience != "internal":
        raise IllegalEventError(
            f"{incident.key} is restricted: nothing of it is told to {TO[audience]}. Tell them by other ways."
        )


def _known(incident: Incident, update: str) -> StatusUpdate:
    found = find(incident, update)
    if found is None:
        waiting = ", ".join(known.id for known in incident.updates if known.status == "draft") or "none"
        raise IllegalEventError(f"{incident.key} has no update {update[:40]!r}; waiting drafts: {waiting}")
    return found


def _not_a_draft(incident: Incident, update: StatusUpdate) -> str:
    if update.status == "published":
        who = f" by {update.by}" if update.by else ""
        return f"{update.id} was published already{who}: draft another to say more"
    newer = open_draft(incident, update.audience)
    return f"{update.id} was overtaken: {f'publish {newer.id}' if newer else 'draft another'} instead"


def _overtaken(known: StatusUpdate, audience: str) -> StatusUpdate:
    if known.audience != audience or known.status != "draft":
        return known
    return msgspec.structs.replace(known, status="replaced")


def _drafted_text(update: StatusUpdate) -> str:
    if update.status == "draft":
        due_at = f", due at {clock_text(update.due_at)} UTC" if update.due_at else ""
        return cut(f"{update.id} was drafted for {TO[update.audience]}{due_at}: {update.text}", _ON_TIMELINE)
    to = "" if update.audience == "internal" else f"To {TO[update.audience]}: "
    return cut(f"{to}{update.text}", _ON_TIMELINE)


def _refs(update: StatusUpdate) -> tuple[str, ...]:
    return (update.id,) if update.id else ()


def _with(incident: Incident, update: StatusUpdate) -> Incident:
    updates = tuple(update if known.id == update.id else known for known in incident.updates)
    return msgspec.structs.replace(incident, updates=updates)
