"""Whom targets reach, at any time of a span: what the lint asks again and again."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from aright.core.model.on_call import Person, Shift, Target
    from aright.core.model.times import Micros


@dataclass(frozen=True, slots=True)
class Reachable:
    """Who can be reached.

    Attributes:
        people: by name.
        channels: by which somebody can be paged.
        tiles: shifts by schedule, over the whole span.
        starts: when these begin.
        start: of the span (µs, UTC).
        end: of the span (µs, UTC).
    """

    people: Mapping[str, Person]
    channels: frozenset[str]
    tiles: Mapping[str, Sequence[Shift]]
    starts: Mapping[str, Sequence[Micros]]
    start: Micros
    end: Micros

    def why_not(self, person: str) -> str:
        """Return why somebody cannot be told; empty where they can."""
        known = self.people.get(person)
        if known is None:
            return f"there is nobody called {person}"
        if not known.ways:
            return f"{person} has no ways to be told by"
        return "" if self.channels & set(known.ways) else f"none of the ways of {person} is a channel"

    def never(self, target: Target) -> str:
        """Return why a target reaches nobody at any time of the span; empty where it does at some."""
        if target.kind == "channel":
            return "" if target.name in self.channels else f"there is no channel {target.name} to page by"
        if target.kind == "person":
            return self.why_not(target.name)
        if target.name not in self.tiles:
            return f"there is no schedule {target.name} that can be followed"
        if any(shift.person and not self.why_not(shift.person) for shift in self.tiles[target.name]):
            return ""
        return f"schedule {target.name} has nobody who can be told"

    def at(self, target: Target, at: Micros) -> str:
        """Return whom a target reaches at an instant: a person, ``#CHANNEL``, or nobody."""
        if target.kind == "channel":
            return f"#{target.name}" if target.name in self.channels else ""
        person = target.name
        if target.kind == "schedule":
            starts = self.starts.get(target.name, ())
            person = self.tiles[target.name][bisect_right(starts, at) - 1].person if starts else ""
        return person if person and not self.why_not(person) else ""

    def edges(self, targets: Iterable[Target]) -> list[Micros]:
        """Return when it may change whom targets reach, the span's start first."""
        names = {target.name for target in targets if target.kind == "schedule"}
        return sorted({self.start, *(at for name in names for at in self.starts.get(name, ()))})


def reachable_of(
    people: Iterable[Person],
    tiles: Mapping[str, Sequence[Shift]],
    channels: frozenset[str],
    start: Micros,
    end: Micros,
) -> Reachable:
    """Return who can be reached within a span (µs, UTC), by shifts that tile it."""
    return Reachable(
        people={person.key: person for person in people},
        channels=channels,
        tiles=tiles,
        starts={name: [shift.start for shift in found] for name, found in tiles.items()},
        start=start,
        end=end,
    )
