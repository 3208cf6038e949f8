"""The events of an iCalendar file, as they stand there: one per VEVENT."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aright.core.page.ical.errors import CalendarError
from aright.core.page.ical.lines import read_lines
from aright.core.page.ical.moments import Length, Moment, read_length, read_moments
from aright.core.page.ical.rules import Rule, read_rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aright.core.page.ical.lines import Line

MOST_EVENTS: Final = 5_000
_DEEPEST: Final = 5
_NOT_TAKEN: Final = frozenset({"RDATE", "EXRULE"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """A VEVENT.

    Attributes:
        line: where it begins in the file, from 1.
        uid: what names it, and all changed instances of it; its line where it has none.
        summary: its title.
        attendees: who takes part: names and addresses, each as written, without ``mailto:``.
        begins: its first begin.
        length: how long each instance is.
        rule: how it comes again; ``None`` where it does not.
        excepted: begins of instances that are left out.
        instead_of: which instance of the event of the same ``uid`` it stands for; ``None`` for none.
        cancelled: whether it does not take place.
    """

    line: int
    uid: str
    summary: str
    attendees: tuple[str, ...]
    begins: Moment
    length: Length
    rule: Rule | None
    excepted: tuple[Moment, ...]
    instead_of: Moment | None
    cancelled: bool


def read_events(body: bytes, zone: str) -> tuple[Event, ...]:
    """Return the events of a file; raises ``CalendarError`` that names the line.

    Args:
        body: the file.
        zone: of times that name none.
    """
    return tuple(_event(lines, zone) for lines in _components(body))


def _components(body: bytes) -> Iterator[list[Line]]:
    """Yield the lines of each VEVENT, its BEGIN first; what lies within it, such as alarms, is left out."""
    event: list[Line] = []
    count = 0
    for within, line in _nested(body):
        if within[1:] == ["VEVENT"]:
            event.append(line)
        elif event and len(within) < 2:
            count += 1
            if count > MOST_EVENTS:
                raise CalendarError(line.number, f"there are over {MOST_EVENTS:,} events", "Send fewer.")
            yield event
            event = []


def _nested(body: bytes) -> Iterator[tuple[list[str], Line]]:
    """Yield each line with the components that it lies in, its own BEGIN within and its own END without."""
    within: list[str] = []
    line = None
    for line in read_lines(body):
        named = line.value.strip().upper()
        if not within and (line.name, named) != ("BEGIN", "VCALENDAR"):
            raise CalendarError(line.number, "no calendar begins here", "It begins with BEGIN:VCALENDAR.")
        if line.name == "BEGIN":
            within.append(named)
            if len(within) > _DEEPEST:
                raise CalendarError(line.number, "it is nested too deep", "Events stand in a VCALENDAR.")
        if line.name == "END" and within.pop() != named:
            raise CalendarError(line.number, f"{named[:40]} ends and never began", "Mend its BEGIN.")
        yield within, line
    if line is None:
        raise CalendarError(0, "it is empty", "It begins with BEGIN:VCALENDAR.")
    if within:
        raise CalendarError(0, f"{within[-1][:40]} never ends", "The file may have been cut off.")


def _event(lines: Sequence[Line], zone: str) -> Event:
    found: dict[str, list[Line]] = {}
    for line in lines:
        if line.name in _NOT_TAKEN:
            raise CalendarError(
                line.number, f"{line.name} is not taken", "Write events of their own instead."
            )
        found.setdefault(line.name, []).append(line)
    first = lines[0].number
    starts = _one(found, "DTSTART")
    if starts is None:
        raise CalendarError(first, "an event has no DTSTART", "Say when it begins.")
    begins = read_moments(starts, zone)[0]
    rule, instead, uid = _one(found, "RRULE"), _one(found, "RECURRENCE-ID"), _one(found, "UID")
    if instead is not None and "RANGE" in instead.parameters:
        raise CalendarError(instead.number, "RANGE is not taken", "End the series, and begin another.")
    summary, status = _one(found, "SUMMARY"), _one(found, "STATUS")
    return Event(
        line=first,
        uid=uid.text.strip() if uid else f"line {first}",
        summary=summary.text.strip() if summary else "",
        attendees=tuple(name for line in found.get("ATTENDEE", ()) for name in _names(line)),
        begins=begins,
        length=read_length(starts, begins, _one(found, "DTEND"), _one(found, "DURATION"), zone),
        rule=read_rule(rule, begins) if rule else None,
        excepted=tuple(each for line in found.get("EXDATE", ()) for each in read_moments(line, zone)),
        instead_of=read_moments(instead, zone)[0] if instead else None,
        cancelled=status is not None and status.value.strip().upper() == "CANCELLED",
    )


def _one(found: dict[str, list[Line]], name: str) -> Line | None:
    lines = found.get(name, [])
    if len(lines) > 1:
        raise CalendarError(lines[1].number, f"an event has a second {name}", "Take one away.")
    return lines[0] if lines else None


def _names(line: Line) -> Iterator[str]:
    address = line.text.strip()
    yield address[7:] if address[:7].lower() == "mailto:" else address
    if line.parameters.get("CN"):
        yield line.parameters["CN"]
