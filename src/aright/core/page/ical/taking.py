"""Overrides from an iCalendar file: whom its events name, for how long."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from aright.core.model.on_call import Override
from aright.core.page.ical.errors import CalendarError
from aright.core.page.ical.occurrences import occurrences

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from aright.core.model.on_call import Person, Schedule
    from aright.core.model.times import Micros
    from aright.core.page.ical.events import Event

BROUGHT: Final = "ical:"
"""What the key of an override begins with that a calendar brought."""

_REMARK: Final = re.compile(r"\s*\([^()]*\)$")
_LONGEST_WHY: Final = 200


def read_overrides(
    body: bytes,
    schedule: Schedule,
    people: Iterable[Person],
    *,
    start: Micros,
    end: Micros,
    by: str,
    now: Micros,
) -> tuple[Override, ...]:
    """Return an override for each event within a span; of several at once, the one that begins last counts.

    An event names its person by SUMMARY, with or without a remark in brackets, else by ATTENDEE: a key, a
    name, an alias or an e-mail address, in capitals or not.

    Args:
        body: the file, RFC 5545.
        schedule: whose overrides they are; its zone is that of times that name none.
        people: everybody.
        start: events that end before are left out (µs, UTC).
        end: series are followed until then (µs, UTC).
        by: who brings it.
        now: when (µs, UTC).

    Raises:
        CalendarError: it cannot be taken, or an event names nobody; names the line.
    """
    known = _names(people)
    return tuple(
        Override(
            key=f"{BROUGHT}{schedule.key}:{number:05}",
            schedule=schedule.key,
            person=_person(each.event, known),
            start=each.start,
            end=each.end,
            by=by,
            created_at=now,
            why=each.event.summary[:_LONGEST_WHY],
        )
        for number, each in enumerate(occurrences(body, schedule.zone, start, end), 1)
    )


def _names(people: Iterable[Person]) -> Mapping[str, set[str]]:
    """Return who is called what, in small letters; a key is its person's alone."""
    everybody = tuple(people)
    known: dict[str, set[str]] = {}
    for person in everybody:
        for name in (person.name, *person.aliases, *person.addresses.values()):
            known.setdefault(name.casefold(), set()).add(person.key)
    return {**known, **{person.key.casefold(): {person.key} for person in everybody}, "": set()}


def _person(event: Event, known: Mapping[str, set[str]]) -> str:
    titles = (event.summary, _REMARK.sub("", event.summary))
    found = _called(titles[:1], known) or _called(titles[1:], known) or _called(event.attendees, known)
    named = ", ".join(each for each in (event.summary, *event.attendees) if each)[:100]
    if len(found) == 1:
        return next(iter(found))
    if found:
        several = " and ".join(sorted(found)[:5])
        raise CalendarError(event.line, f"an event names {several} by {named!r}", "Let it name one person.")
    raise CalendarError(
        event.line,
        f"an event names nobody who is known: {named!r}",
        "Write a person's key, name, alias or e-mail address as its title.",
    )


def _called(names: Iterable[str], known: Mapping[str, set[str]]) -> set[str]:
    return set().union(*(known.get(name.strip().casefold(), ()) for name in names))
