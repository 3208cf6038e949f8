"""The public status page as data: services by public name, what is under way, and ninety days of history.

It holds what was published to the public and nothing else: no incident that the public did not hear of, no
name of the inside, no draft.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

import msgspec

from aright.core.communicate.naming import public_names
from aright.core.communicate.outward import public_title
from aright.core.incident.standing import is_open, services_of
from aright.core.model.incident import State
from aright.core.model.times import DAY, Micros

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aright.core.model.command import Updating
    from aright.core.model.incident import Incident
    from aright.core.model.service import Service

HISTORY: Final = 90 * DAY
MOST_HISTORY: Final = 200


class PublicUpdate(msgspec.Struct, frozen=True, kw_only=True):
    """What the public was told.

    Attributes:
        at: when (µs, UTC).
        text: what.
    """

    at: Micros
    text: str


class PublicTrouble(msgspec.Struct, frozen=True, kw_only=True):
    """An incident as the public knows it.

    Attributes:
        id: stable, for links and feeds; says nothing.
        title: what it is called outside.
        services: by public name.
        began_at: since when (µs, UTC).
        ended_at: until when (µs, UTC); 0 while it goes on.
        updates: the newest first.
    """

    id: str
    title: str
    services: tuple[str, ...]
    began_at: Micros
    ended_at: Micros
    updates: tuple[PublicUpdate, ...]


class PublicService(msgspec.Struct, frozen=True, kw_only=True):
    """A service as the public knows it.

    Attributes:
        name: its public name.
        state: ``works as usual`` or ``has trouble``.
        since: since when it has (µs, UTC); 0 where it has none.
    """

    name: str
    state: str
    since: Micros = 0


class StatusPage(msgspec.Struct, frozen=True, kw_only=True):
    """All that the public may know.

    Attributes:
        at: as of when (µs, UTC).
        services: those that have a public name, and those that have trouble.
        current: what is under way, the newest first.
        history: what ended within ninety days, the newest first.
    """

    at: Micros
    services: tuple[PublicService, ...]
    current: tuple[PublicTrouble, ...]
    history: tuple[PublicTrouble, ...]


def status_page(
    incidents: Iterable[Incident], services: Iterable[Service], updating: Updating, now: Micros
) -> StatusPage:
    """Return what the public may know.

    Args:
        incidents: in any order; those that are restricted, or that the public never heard of, are left out.
        services: as the catalog has them.
        updating: gives public names.
        now: as of when (µs, UTC).
    """
    known = list(services)
    names = public_names(known, updating.names)
    told = [found for found in incidents if not found.restricted_to and _published(found)]
    troubles = [(found, _trouble(found, names)) for found in told]
    newest = sorted(troubles, key=lambda pair: (pair[1].updates[0].at, pair[1].id), reverse=True)
    current = tuple(trouble for found, trouble in newest if is_open(found))
    ended = [trouble for found, trouble in newest if not is_open(found) and found.state is not State.MERGED]
    history = tuple(trouble for trouble in ended if trouble.ended_at >= now - HISTORY)[:MOST_HISTORY]
    named = [names[service.key] for service in known if updating.names.get(service.key, "").strip()]
    return StatusPage(at=now, services=_services(named, current), current=current, history=history)


def _published(incident: Incident) -> list[PublicUpdate]:
    told = [
        PublicUpdate(at=update.published_at or update.at, text=update.text)
        for update in incident.updates
        if update.audience == "public" and update.status == "published"
    ]
    return sorted(told, key=lambda update: update.at, reverse=True)


def _trouble(incident: Incident, names: dict[str, str]) -> PublicTrouble:
    shown = dict.fromkeys(names[name] for name in services_of(incident) if name in names)
    ended = 0 if is_open(incident) else incident.resolved_at
    secret = f"{incident.key} {incident.opened_at}".encode()
    return PublicTrouble(
        id=hashlib.sha256(secret).hexdigest()[:12],
        title=public_title(incident, names),
        services=tuple(shown),
        began_at=incident.began_at,
        ended_at=ended,
        updates=tuple(_published(incident)),
    )


def _services(named: Iterable[str], current: Iterable[PublicTrouble]) -> tuple[PublicService, ...]:
    since: dict[str, Micros] = {}
    for trouble in current:
        for name in trouble.services:
            since[name] = min(since.get(name, trouble.began_at), trouble.began_at)
    shown = sorted(dict.fromkeys((*named, *since)))
    return tuple(
        PublicService(
            name=name, state="has trouble" if name in since else "works as usual", since=since.get(name, 0)
        )
        for name in shown
    )
