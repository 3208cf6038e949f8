"""Heartbeats: when one is due, when it counts as missed, and what is told of it.

A beat that did not come says that its sender is silent, or that aright was not there to hear it. So times in
which aright was not awake do not count: neither a restart, nor an outage of aright, nor a clock that jumps
forward misses heartbeats, however many there are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aright.core.model.alert import Alert
from aright.core.model.times import DAY, HOUR, MINUTE, SECOND, iso

if TYPE_CHECKING:
    from aright.core.model.heartbeat import Heartbeat
    from aright.core.model.times import Micros

HEARTBEAT: Final = "heartbeat:"
"""What the signal of a missed heartbeat begins with; its name follows."""

ASLEEP: Final = 15 * SECOND
"""A longer pause between two looks at the clock means that aright was not awake in between."""

_BACK: Final = SECOND
"""Threads that look at the same time may be told in any order."""

_MOST_PAUSES: Final = 200


@dataclass(frozen=True, slots=True)
class Vigil:
    """When aright was awake, as its own looks at the clock show it.

    Attributes:
        since: since when it has been without a pause (µs, UTC); 0 before the first look.
        seen: the last look (µs, UTC); 0 before the first.
        pauses: when it was not awake, from and until (µs, UTC), oldest first.
    """

    since: Micros = 0
    seen: Micros = 0
    pauses: tuple[tuple[Micros, Micros], ...] = ()

    def look(self, now: Micros) -> Vigil:
        """Return what is known after a look at the clock.

        >>> vigil = Vigil()
        >>> for at in (100, 110, 120, 500, 501, 300):
        ...     vigil = vigil.look(at * SECOND)
        >>> vigil.since // SECOND, vigil.asleep(110 * SECOND) // SECOND
        (300, 180)
        """
        if not self.seen or now < self.seen - _BACK:
            past = tuple((start, min(end, now)) for start, end in self.pauses if start < now)
            return Vigil(since=now, seen=now, pauses=past)
        if now - self.seen <= ASLEEP:
            return Vigil(since=self.since, seen=max(now, self.seen), pauses=self.pauses)
        return self.sleep(self.seen, now)

    def sleep(self, start: Micros, end: Micros) -> Vigil:
        """Return what is known after a time in which it was not awake (µs, UTC)."""
        return Vigil(since=end, seen=end, pauses=(*self.pauses, (start, end))[-_MOST_PAUSES:])

    def asleep(self, since: Micros) -> Micros:
        """Return how long it was not awake since an instant (µs)."""
        return sum(max(end - max(start, since), 0) for start, end in self.pauses)


def due_at(beat: Heartbeat) -> Micros:
    """Return when a heartbeat is missed unless it is heard before; 0 for one that was never heard.

    >>> from aright.core.model.heartbeat import Heartbeat
    >>> due_at(Heartbeat(key="etl", service="shop", every=HOUR, grace=MINUTE, last_at=HOUR)) // MINUTE
    121
    """
    return beat.last_at + beat.every + beat.grace if beat.last_at else 0


def judged_at(beat: Heartbeat, vigil: Vigil) -> Micros:
    """Return when a heartbeat can be judged: what aright slept through does not count, and then its grace.

    >>> from aright.core.model.heartbeat import Heartbeat
    >>> etl = Heartbeat(key="etl", service="shop", every=HOUR, grace=MINUTE, last_at=HOUR)
    >>> slept = Vigil().look(HOUR).look(5 * HOUR)
    >>> judged_at(etl, slept) // MINUTE - due_at(etl) // MINUTE
    240
    """
    return max(due_at(beat) + vigil.asleep(beat.last_at), vigil.since + beat.grace)


def alert_of(beat: Heartbeat, now: Micros) -> Alert:
    """Return the alert of a missed heartbeat: harm where it pages.

    >>> from aright.core.model.heartbeat import Heartbeat
    >>> etl = Heartbeat(key="etl", service="shop", every=HOUR, grace=MINUTE, last_at=HOUR)
    >>> alert_of(etl, now=3 * HOUR).text
    'the heartbeat etl is silent: last heard at 1970-01-01T01:00:00.000Z, expected every hour'
    """
    text = f"the heartbeat {beat.key} is silent: last heard at {iso(beat.last_at)}"
    return Alert(
        key=alert_key(beat),
        service=beat.service,
        signal=f"{HEARTBEAT}{beat.key}",
        harm=beat.page,
        at=now,
        since=min(beat.last_at + beat.every, now),
        before=0.0,
        now=0.0,
        low=0.0,
        high=0.0,
        units=0.0,
        log_e=0.0,
        threshold=0.0,
        rule=f"heartbeat {beat.key}, with a grace of {_span(beat.grace)}",
        text=f"{text}, expected every {_span(beat.every, after='every')}",
    )


def alert_key(beat: Heartbeat) -> str:
    """Return the key of the alert of its silence.

    >>> from aright.core.model.heartbeat import Heartbeat
    >>> alert_key(Heartbeat(key="etl", service="shop", every=HOUR))
    'shop/heartbeat/etl'
    """
    return f"{beat.service}/heartbeat/{beat.key}"


def found_again(beat: Heartbeat, now: Micros) -> str:
    """Return what an incident is told when a missed heartbeat beats again.

    >>> from aright.core.model.heartbeat import Heartbeat
    >>> found_again(Heartbeat(key="etl", service="s", every=HOUR, last_at=HOUR, missed_at=3 * HOUR), 5 * HOUR)
    'the heartbeat etl beats again, after 4 hours of silence'
    """
    return f"the heartbeat {beat.key} beats again, after {_span(now - beat.last_at)} of silence"


def _span(length: Micros, after: str = "") -> str:
    units = (("day", DAY), ("hour", HOUR), ("minute", MINUTE), ("second", SECOND))
    unit, size = next((each for each in units if length >= 2 * each[1] or length == each[1]), units[-1])
    count = round(length / size)
    if count == 1 and after:
        return unit
    return f"{count} {unit}{'' if count == 1 else 's'}"
