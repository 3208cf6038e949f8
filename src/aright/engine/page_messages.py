"""The messages of an incident's page: who is needed, who is on it, that it is over, and lines for records."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Final
from zlib import crc32

import msgspec

from aright.core.model.message import Message
from aright.core.page.body import PageBody, page_body, read_page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aright.core.incident.effects import PageAction
    from aright.core.model.incident import Incident, TimelineEvent
    from aright.core.model.times import Micros
    from aright.core.page.escalating import Tell
    from aright.engine.outlets import Outlets

LONGEST_KEY: Final = 255
"""Characters that PagerDuty takes of a dedup key."""

_UNJUDGED: Final = 2
_TICKET: Final = 4
_AFTER_ALL_TRIGGERS: Final = 5
_NOTE: Final = 6

ASIDE: Final = "/notes"
"""What ends the key of notes that no page waits for."""


def dedup_key(incident: Incident) -> str:
    """Return the key by which the receiver knows an incident's messages as one alert.

    >>> from aright.core.model.incident import Incident, State
    >>> dedup_key(Incident(key="INC-7", service="s", state=State.DECLARED, title="", opened_at=5, began_at=0))
    'aright-INC-7-5'
    """
    return f"aright-{incident.key}-{incident.opened_at}"


def key_to(incident: Incident, channel: str, person: str, main: str) -> str:
    """Return the key of messages to one person by one channel; the pager that matters has the incident's own.

    >>> from aright.core.model.incident import Incident, State
    >>> made = Incident(key="INC-7", service="s", state=State.DECLARED, title="", opened_at=5, began_at=0)
    >>> key_to(made, "mail", "ann", "pagerduty"), key_to(made, "pagerduty", "", "pagerduty")
    ('aright-INC-7-5/mail/ann', 'aright-INC-7-5')
    """
    if channel == main:
        return dedup_key(incident)
    key = "/".join(part for part in (dedup_key(incident), channel, person) if part)
    if len(key) <= LONGEST_KEY:
        return key
    return f"{key[: LONGEST_KEY - 33]}-{sha256(key.encode()).hexdigest()[:32]}"


def trigger(incident: Incident, tell: Tell, *, main: str, base_url: str, ticket: bool) -> Message:
    """Return a page to one person, room or channel.

    Args:
        incident: as it is when the page is committed.
        tell: to whom.
        main: the pager whose key is the incident's own.
        base_url: where aright's own pages are; empty leaves the link out.
        ticket: whether it makes a record and wakes nobody.
    """
    told = tell.told
    level = incident.severity.level if incident.severity else _UNJUDGED
    body = read_page(page_body(incident, link_to(incident, base_url)))
    if incident.restricted_to and told.person not in incident.restricted_to:
        body = _closed(body)
    body = msgspec.structs.replace(body, to=told.person, address=tell.address, because=told.because)
    return Message(
        id=told.message,
        channel=told.channel,
        dedup_key=key_to(incident, told.channel, told.person, main),
        incident=incident.key,
        urgency=_TICKET if ticket else 1 if tell.urgent else level,
        body=msgspec.json.encode(body),
        due_at=told.at,
    )


def follow_ups(
    incident: Incident,
    messages: Mapping[str, Message],
    outlets: Outlets,
    *,
    action: PageAction,
    number: int,
    at: Micros,
    base_url: str,
    addresses: Mapping[str, str] | None = None,
) -> list[Message]:
    """Return what tells those who were paged that somebody is on it, or that it is over.

    Args:
        incident: as it is now.
        messages: the page that each of them was sent, by its dedup key.
        outlets: what each channel takes.
        action: what is told.
        number: which paging of the incident it ends.
        at: µs, UTC.
        base_url: as above.
        addresses: of whoever acknowledged, by channel: a record may be theirs from then on.
    """
    by = incident.acknowledged_by if action == "acknowledge" else ""
    said = read_page(page_body(incident, link_to(incident, base_url), action=action))
    made = []
    for key, page in messages.items():
        if not outlets.takes(page.channel, action):
            continue
        before = read_page(page.body)
        body = _closed(said) if _hidden_from(incident, before.to) else said
        theirs = "" if before.to or before.address else (addresses or {}).get(page.channel, "")
        address = before.address or theirs
        body = msgspec.structs.replace(body, by=by, to=before.to, address=address)
        made.append(
            Message(
                id=f"{key}-{number}-{action}",
                channel=page.channel,
                dedup_key=key,
                incident=incident.key,
                urgency=_AFTER_ALL_TRIGGERS,
                body=msgspec.json.encode(body),
                due_at=at,
            )
        )
    return made


def note(
    incident: Incident, line: TimelineEvent, channel: str, *, main: str, base_url: str, aside: bool = False
) -> Message:
    """Return a line of the timeline, for a channel that has a record of its own.

    Args:
        incident: as it is now.
        line: what is told.
        channel: to whom.
        main: the pager that matters.
        base_url: as above.
        aside: whether it has a key of its own: the end of a page must not wait behind a note.
    """
    key = key_to(incident, channel, "", main)
    said = read_page(page_body(incident, link_to(incident, base_url), action="note"))
    by = "" if line.by == "aright" else line.by
    return Message(
        id=f"{key}-{line.at}-{crc32(f'{line.kind} {line.by} {line.text}'.encode()):08x}-note",
        channel=channel,
        dedup_key=f"{key}{ASIDE}" if aside and len(key) + len(ASIDE) <= LONGEST_KEY else key,
        incident=incident.key,
        urgency=_NOTE,
        body=msgspec.json.encode(msgspec.structs.replace(said, text=line.text, by=by)),
        due_at=line.at,
    )


def link_to(incident: Incident, base_url: str) -> str:
    """Return the address of an incident's page; empty where aright does not know its own."""
    return f"{base_url.rstrip('/')}/incidents/{incident.key}" if base_url else ""


def _hidden_from(incident: Incident, person: str) -> bool:
    return bool(incident.restricted_to) and person not in incident.restricted_to


def _closed(body: PageBody) -> PageBody:
    """Return a message that says nothing of what is restricted."""
    title = f"{body.incident}, which only some may see, needs you"
    return msgspec.structs.replace(body, title=title, facts={})
