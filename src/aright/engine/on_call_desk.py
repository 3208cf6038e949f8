"""The desk's part for who is told and when; see ``OnCallOperations`` for what each method promises."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import msgspec

from aright.core.model.incident import Incident
from aright.core.model.on_call import Override, Person, Policy, Schedule, Shift
from aright.core.model.outlet import ExternalRef
from aright.core.model.paging import Paging
from aright.core.model.times import DAY
from aright.core.page.ical import BROUGHT, CalendarError, read_overrides, write_calendar
from aright.core.page.linting import weaknesses
from aright.core.page.schedule import ScheduleError, next_shift, on_shift, shifts, swap_of, take_of
from aright.engine.on_call_operations import Duty
from aright.engine.operations import RefusedError, UnknownError
from aright.engine.overriding import end_override, known_person, known_schedule, of_schedule, put_override

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.model.on_call import Weakness
    from aright.core.model.times import Micros
    from aright.core.page.schedule import Part
    from aright.engine.world import World
    from aright.ports.state import Transaction

LONGEST_SPAN: Final[Micros] = 400 * DAY
"""Of shifts that are asked for at once."""

CALENDAR_PAST: Final[Micros] = 14 * DAY
CALENDAR_AHEAD: Final[Micros] = 120 * DAY
"""What a calendar holds: so far back, and so far ahead."""

TAKEN_AHEAD: Final[Micros] = 366 * DAY
"""How far ahead series of a calendar that is taken are followed."""

_EVERY: Final = 1_000_000


class OnCallDesk:
    """People, schedules and overrides, and what is weak about them."""

    def __init__(self, world: World) -> None:
        self._world = world

    def people(self) -> Sequence[Person]:
        """Return everybody, by name."""
        with self._world.state.transaction() as tx:
            return sorted(tx.list(Person, limit=_EVERY), key=lambda person: person.key)

    def schedules(self) -> Sequence[Schedule]:
        """Return the schedules, by name."""
        with self._world.state.transaction() as tx:
            return sorted(tx.list(Schedule, limit=_EVERY), key=lambda schedule: schedule.key)

    def policies(self) -> Sequence[Policy]:
        """Return the escalation policies, by name."""
        with self._world.state.transaction() as tx:
            return sorted(tx.list(Policy, limit=_EVERY), key=lambda policy: policy.key)

    def duties(self) -> Sequence[Duty]:
        """Return who has each schedule now, and who is next."""
        now = self._now()
        with self._world.state.transaction() as tx:
            schedules, overrides = tx.list(Schedule, limit=_EVERY), _all_overrides(tx)
        return [_duty(each, overrides, now) for each in sorted(schedules, key=lambda each: each.key)]

    def shifts(self, schedule: str, *, start: Micros, end: Micros) -> Sequence[Shift]:
        """Return the shifts that tile a span, gaps too."""
        if end - start > LONGEST_SPAN:
            raise RefusedError(f"the span is longer than {LONGEST_SPAN // DAY} days", "Ask for a part of it.")
        known, overrides = self._of(schedule)
        try:
            return shifts(known, overrides, start, end)
        except ScheduleError as wrong:
            raise RefusedError(str(wrong)) from wrong

    def overrides(self, schedule: str) -> Sequence[Override]:
        """Return what holds now or later, by start."""
        now = self._now()
        _, overrides = self._of(schedule)
        holding = [each for each in overrides if each.end > now]
        return sorted(holding, key=lambda each: (each.start, each.created_at, each.key))

    def override(
        self, schedule: str, *, person: str, start: Micros, end: Micros, by: str, why: str = ""
    ) -> Override:
        """Give a span to somebody."""
        with self._world.state.transaction() as tx:
            wanted = Shift(schedule=schedule, person=known_person(tx, person), start=start, end=end)
            known_schedule(tx, schedule)
            return put_override(tx, wanted, by=by, why=why, now=self._now())

    def take(self, schedule: str, *, person: str, part: Part, by: str, why: str = "") -> Override:
        """Give a shift or a part of one, or a gap, to somebody."""
        now = self._now()
        with self._world.state.transaction() as tx:
            known, name = known_schedule(tx, schedule), known_person(tx, person)
            try:
                wanted = take_of(known, of_schedule(tx, schedule), part, name, since=now)
            except ScheduleError as wrong:
                raise RefusedError(str(wrong)) from wrong
            return put_override(tx, wanted, by=by, why=why, now=now)

    def swap(
        self, schedule: str, *, one: Part, other: Part, by: str, why: str = ""
    ) -> tuple[Override, Override]:
        """Let the people of two shifts, or of parts of them, change places."""
        now = self._now()
        with self._world.state.transaction() as tx:
            known = known_schedule(tx, schedule)
            try:
                wanted = swap_of(known, of_schedule(tx, schedule), one, other, since=now)
            except ScheduleError as wrong:
                raise RefusedError(str(wrong)) from wrong
            first, second = (put_override(tx, each, by=by, why=why or "swap", now=now) for each in wanted)
            return first, second

    def end_override(self, key: str, *, by: str) -> Override:
        """Take an override back."""
        with self._world.state.transaction() as tx:
            return end_override(tx, key, by=by)

    def take_calendar(self, schedule: str, calendar: bytes, *, by: str) -> Sequence[Override]:
        """Take the events of an iCalendar file as overrides, instead of those it brought before."""
        now = self._now()
        known, before = self._of(schedule)
        try:
            made = read_overrides(
                calendar,
                known,
                self.people(),
                start=now,
                end=now + TAKEN_AHEAD,
                by=by.strip()[:200] or "a calendar",
                now=now,
            )
        except CalendarError as wrong:
            where = f"line {wrong.line}: " if wrong.line else ""
            raise RefusedError(f"{where}{wrong.problem}", wrong.fix) from wrong
        brought = [old for old in before if old.key.startswith(BROUGHT)]
        kept = _as_old(made, brought)
        with self._world.state.transaction() as tx:
            for old in brought:
                tx.delete(Override, old.key)
            tx.put_all(kept)
        return kept

    def calendar(self, schedule: str) -> bytes:
        """Return a schedule's shifts as an iCalendar file."""
        now = self._now()
        known, overrides = self._of(schedule)
        try:
            first = on_shift(
                known, overrides, max(0, now - CALENDAR_PAST)
            )  # from its begin, so its UID stays
            found = shifts(known, overrides, max(0, first.start), now + CALENDAR_AHEAD)
        except ScheduleError as wrong:
            raise RefusedError(str(wrong)) from wrong
        people = self.people()
        alike = Counter(person.shown.casefold() for person in people)
        shown = {person.key: person.shown for person in people if alike[person.shown.casefold()] == 1}
        return write_calendar(schedule, found, shown, stamp=now)

    def weaknesses(self) -> Sequence[Weakness]:
        """Return what would fail at night, the serious first."""
        with self._world.state.transaction() as tx:
            overrides = _all_overrides(tx)
        paging = self._world.outlets.paging
        return weaknesses(self.people(), self.schedules(), self.policies(), overrides, paging, self._now())

    def paging(self, incident: str) -> Paging | None:
        """Return how far an incident's escalation has come."""
        with self._world.state.transaction() as tx:
            _known_incident(tx, incident)
            return tx.get(Paging, incident)

    def references(self, incident: str) -> Sequence[ExternalRef]:
        """Return what other systems call an incident."""
        with self._world.state.transaction() as tx:
            _known_incident(tx, incident)
            return sorted(tx.list(ExternalRef, tag=incident), key=lambda each: each.key)

    def _of(self, schedule: str) -> tuple[Schedule, Sequence[Override]]:
        with self._world.state.transaction() as tx:
            return known_schedule(tx, schedule), of_schedule(tx, schedule)

    def _now(self) -> Micros:
        return self._world.clock.now()


def _duty(schedule: Schedule, overrides: Sequence[Override], now: Micros) -> Duty:
    own = [each for each in overrides if each.schedule == schedule.key]
    try:
        under_way, following = on_shift(schedule, own, now), next_shift(schedule, own, now)
    except ScheduleError as wrong:  # the others are shown all the same
        under_way, following = (
            Shift(schedule=schedule.key, person="", start=now, end=now, because=str(wrong)),
            None,
        )
    return Duty(schedule=schedule.key, zone=schedule.zone, now=under_way, next=following)


def _all_overrides(tx: Transaction) -> Sequence[Override]:
    return tx.list(Override, tag="open", limit=_EVERY)


def _as_old(made: Sequence[Override], before: Sequence[Override]) -> list[Override]:
    """Return overrides as old as the same ones before: what people changed since goes over them still."""
    since = {(old.person, old.start, old.end): old.created_at for old in before}
    return [
        msgspec.structs.replace(
            each, created_at=since.get((each.person, each.start, each.end), each.created_at)
        )
        for each in made
    ]


def _known_incident(tx: Transaction, key: str) -> Incident:
    found = tx.get(Incident, key)
    if found is None:
        raise UnknownError(
            f"there is no incident {key[:80]!r}", "`aright incident list` shows those there are."
        )
    return found
