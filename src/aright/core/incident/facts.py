"""Events as facts: kept as JSON, read again, and replayed into the incident that they made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, get_args

import msgspec

from aright.core.incident.chain import fact_chain_broken, first_broken
from aright.core.incident.events import Event
from aright.core.model.fact import Fact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from aright.core.incident.effects import Step
    from aright.core.model.incident import Incident, TimelineEvent

KINDS: Final[dict[str, type[Event]]] = {kind.__name__: kind for kind in get_args(Event)}
"""Every event by the name that its facts carry."""


class UnknownFactError(ValueError):
    """The fact is of no event that this aright knows, or its body is not of that event."""


def fact_of(incident: str, event: Event) -> Fact:
    """Return an event as it is kept; its number and hashes are given when it is appended.

    >>> from aright.core.incident.events import Noted
    >>> made = fact_of("INC-1", Noted(at=5, by="ada", text="seen"))
    >>> made.kind, event_of(made).text
    ('Noted', 'seen')
    """
    body = msgspec.json.encode(event)
    return Fact(incident=incident, number=0, at=event.at, kind=type(event).__name__, body=body)


def event_of(fact: Fact) -> Event:
    """Return the event of a fact; raises ``UnknownFactError``."""
    kind = KINDS.get(fact.kind)
    if kind is None:
        raise UnknownFactError(f"there is no event {fact.kind!r}: was this store written by a newer aright?")
    try:
        return msgspec.json.decode(fact.body, type=kind)
    except msgspec.MsgspecError as error:
        raise UnknownFactError(f"fact {fact.number} is no {fact.kind}: {error}") from error


def replay(facts: Iterable[Fact], apply: Callable[[Incident | None, Event], Step]) -> Incident | None:
    """Return the incident that the facts make; raises what ``apply`` and ``event_of`` raise.

    Args:
        facts: oldest first.
        apply: ``core.incident.machine.apply``.
    """
    incident: Incident | None = None
    for fact in facts:
        incident = apply(incident, event_of(fact)).incident
    return incident


def wrongs(
    incident: Incident,
    timeline: Sequence[TimelineEvent],
    facts: Sequence[Fact],
    apply: Callable[[Incident | None, Event], Step],
) -> tuple[str, ...]:
    """Return what is wrong with an incident's record, in words; empty where nothing is.

    Args:
        incident: as it is kept.
        timeline: oldest first.
        facts: oldest first.
        apply: ``core.incident.machine.apply``.
    """
    found = []
    if line := first_broken(timeline):
        found.append(f"line {line} of the timeline was changed, or lines before it are missing")
    if place := fact_chain_broken(facts):
        found.append(f"event {place} was changed, or events before it are missing")
        return tuple(found)
    if not facts:
        return (*found, "no events were kept: it was opened before aright kept any")
    try:
        made = replay(facts, apply)
    except ValueError as broken:
        return (*found, f"its events do not fit one another: {broken}")
    found += _differences(made, incident)
    return tuple(found)


def _differences(made: Incident | None, kept: Incident) -> list[str]:
    after, before = msgspec.to_builtins(made), msgspec.to_builtins(kept)
    names = [name for name in before if made is None or after[name] != before[name]]
    return [f"replayed, its events give another {', '.join(names)}"] if names else []
