"""Reminding people: who of an incident's people is told, by which ways, and the messages that do it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from aright.core.incident.leading import holders
from aright.core.model.message import Message
from aright.core.model.on_call import Override, Person, Policy, Schedule, Step, Target
from aright.core.model.paging import Paging
from aright.core.model.service import Service
from aright.core.page.body import PageBody
from aright.core.page.escalating.reach import reach_of
from aright.core.page.schedule import ScheduleError, on_shift
from aright.engine.commit import dedup_key

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aright.core.model.incident import Incident
    from aright.core.model.on_call import Shift
    from aright.core.model.times import Micros
    from aright.core.page.escalating.reach import Way
    from aright.engine.world import World
    from aright.ports.state import Transaction

DEFAULT_POLICY: Final = "default"
URGENCY: Final = 4
"""After every page, before updates."""


def talker(incident: Incident) -> tuple[str, str]:
    """Return who publishes an incident's updates, and why they; empty where nobody of it does.

    >>> from aright.core.model.incident import Incident, State
    >>> talker(Incident(key="INC-1", service="s", state=State.TRIAGED, title="", opened_at=0, began_at=0,
    ...     acknowledged_by="ann"))
    ('ann', 'you took INC-1 on')
    """
    for role, why in (("communications", "you have communications of"), ("commander", "you lead")):
        having = holders(incident, role)
        if having:
            return having[0].person, f"{why} {incident.key}"
    by = incident.acknowledged_by
    return (by, f"you took {incident.key} on") if by else ("", "")


def leader(incident: Incident) -> str:
    """Return the commander; empty where nobody leads."""
    leads = holders(incident, "commander")
    return leads[0].person if leads else ""


def remind(
    world: World, tx: Transaction, incident: Incident, *, whom: str, because: str, text: str, name: str
) -> tuple[str, ...]:
    """Put a reminder to somebody into the outbox; to the policy's first step where ``whom`` is empty.

    Args:
        world: the ports.
        tx: open.
        incident: what it is about.
        whom: by any of their names.
        because: why they.
        text: what is to be done.
        name: of the reminder within the incident: the same one again sends nothing.

    Returns:
        Who is told, by key or, of a room, by channel; empty where nobody can be.
    """
    ways = _ways_to(world, tx, whom) if whom else _first_step(world, tx, incident)
    told: dict[str, None] = {}
    for way in ways:
        if not _may_see(tx, incident, way.person):
            continue
        why = because or way.because
        tx.send(_message(incident, way, why, text, name, now=world.clock.now(), base_url=world.public_url))
        told[way.person or way.channel] = None
    return tuple(told)


def person_of(tx: Transaction, name: str) -> Person | None:
    """Return somebody by their key, their name or what other systems call them; ``None`` for a stranger."""
    known = tx.get(Person, name)
    if known is not None:
        return known
    told = name.casefold()
    return next(
        (person for person in tx.list(Person) if told in _called(person)),
        None,
    )


def _may_see(tx: Transaction, incident: Incident, key: str) -> bool:
    """Return whether somebody may hear of an incident: anybody, or of a restricted one its own people."""
    if not incident.restricted_to:
        return True
    person = tx.get(Person, key)
    named = {name.casefold() for name in incident.restricted_to}
    return person is not None and bool(named & _called(person))


def _called(person: Person) -> set[str]:
    return {called.casefold() for called in (person.key, person.name, *person.aliases)}


def _ways_to(world: World, tx: Transaction, name: str) -> tuple[Way, ...]:
    person = person_of(tx, name)
    if person is None:
        return ()
    one = Policy(key="", steps=(Step(notify=(Target("person", person.key),)),))
    return reach_of(one, {person.key: person}, {}, _reminding(world))[0].ways


def _first_step(world: World, tx: Transaction, incident: Incident) -> tuple[Way, ...]:
    policy = _policy(tx, incident)
    if policy is None or not policy.steps:
        return ()
    first = msgspec.structs.replace(policy, steps=policy.steps[:1])
    people = {person.key: person for person in tx.list(Person)}
    shifts = dict(_shifts(tx, first.steps[0].notify, world.clock.now()))
    return reach_of(first, people, shifts, _reminding(world))[0].ways


def _policy(tx: Transaction, incident: Incident) -> Policy | None:
    paging = tx.get(Paging, incident.key)
    if paging is not None:
        return paging.policy  # as it was when the page fired
    service = tx.get(Service, incident.service)
    named = service.policy if service is not None else ""
    return tx.get(Policy, named or DEFAULT_POLICY)


def _shifts(tx: Transaction, targets: Iterable[Target], now: Micros) -> Iterable[tuple[str, Shift]]:
    overrides = tx.list(Override, tag="open")
    for target in targets:
        schedule = tx.get(Schedule, target.name) if target.kind == "schedule" else None
        if schedule is None:
            continue
        own = [override for override in overrides if override.schedule == schedule.key]
        try:
            yield schedule.key, on_shift(schedule, own, now)
        except ScheduleError:
            continue  # one that cannot be read reaches nobody; the lint says so


def _reminding(world: World) -> frozenset[str]:
    return frozenset(name for name, channel in world.channels.items() if "remind" in channel.takes)


def _message(
    incident: Incident, way: Way, because: str, text: str, name: str, *, now: Micros, base_url: str
) -> Message:
    link = f"{base_url.rstrip('/')}/incidents/{incident.key}" if base_url else ""
    body = PageBody(
        action="remind",
        incident=incident.key,
        service=incident.service,
        severity=incident.severity.level if incident.severity else 0,
        title=incident.title,
        opened_at=incident.opened_at,
        link=link,
        text=text,
        to=way.person,
        address=way.address,
        because=because,
        state=incident.state.value,
    )
    whom = f"{way.channel}/{way.person}" if way.person else way.channel
    return Message(
        id=f"{dedup_key(incident)}-{name}-{whom}-remind",
        channel=way.channel,
        dedup_key=f"{dedup_key(incident)}-{whom}-remind",
        incident=incident.key,
        urgency=URGENCY,
        body=msgspec.json.encode(body),
        due_at=now,
    )
