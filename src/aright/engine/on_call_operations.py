"""What may be asked about who is told and when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import msgspec

from aright.core.model.on_call import Shift

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.model.on_call import Override, Person, Policy, Schedule, Weakness
    from aright.core.model.outlet import ExternalRef
    from aright.core.model.paging import Paging
    from aright.core.model.times import Micros
    from aright.core.page.schedule import Part


class Duty(msgspec.Struct, frozen=True, kw_only=True):
    """A schedule as it stands.

    Attributes:
        schedule: its name.
        zone: its time zone.
        now: the shift under way; with an empty person where there is a gap.
        next: the one after it; ``None`` where none follows within a month.
    """

    schedule: str
    zone: str
    now: Shift
    next: Shift | None = None


class OnCallOperations(Protocol):
    """Everything here may be called from any thread; what writes blocks until it is committed."""

    def people(self) -> Sequence[Person]:
        """Return everybody, by name."""
        ...

    def schedules(self) -> Sequence[Schedule]:
        """Return the schedules, by name."""
        ...

    def policies(self) -> Sequence[Policy]:
        """Return the escalation policies, by name."""
        ...

    def duties(self) -> Sequence[Duty]:
        """Return who has each schedule now, and who is next."""
        ...

    def shifts(self, schedule: str, *, start: Micros, end: Micros) -> Sequence[Shift]:
        """Return the shifts that tile a span, gaps too; raises ``UnknownError``, ``RefusedError``."""
        ...

    def overrides(self, schedule: str) -> Sequence[Override]:
        """Return what holds now or later, by start; raises ``UnknownError``."""
        ...

    def override(
        self, schedule: str, *, person: str, start: Micros, end: Micros, by: str, why: str = ""
    ) -> Override:
        """Give a span to somebody; raises ``UnknownError`` and ``RefusedError``."""
        ...

    def take(self, schedule: str, *, person: str, part: Part, by: str, why: str = "") -> Override:
        """Give a shift or a part of one, or a gap, to somebody; raises as above."""
        ...

    def swap(
        self, schedule: str, *, one: Part, other: Part, by: str, why: str = ""
    ) -> tuple[Override, Override]:
        """Let the people of two shifts, or of parts of them, change places; raises as above."""
        ...

    def end_override(self, key: str, *, by: str) -> Override:
        """Take an override back; raises as above."""
        ...

    def take_calendar(self, schedule: str, calendar: bytes, *, by: str) -> Sequence[Override]:
        """Take the events of an iCalendar file as overrides, instead of those it brought before.

        An event that was brought before stays as old as it was: what people changed since goes over it.
        """
        ...

    def calendar(self, schedule: str) -> bytes:
        """Return a schedule's shifts as an iCalendar file; raises ``UnknownError``."""
        ...

    def weaknesses(self) -> Sequence[Weakness]:
        """Return what would fail at night, the serious first."""
        ...

    def paging(self, incident: str) -> Paging | None:
        """Return how far an incident's escalation has come; raises ``UnknownError``."""
        ...

    def references(self, incident: str) -> Sequence[ExternalRef]:
        """Return what other systems call an incident; raises ``UnknownError``."""
        ...
