"""Shifts as an iCalendar file (RFC 5545), for the calendar programs of people."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from aright.core.model.times import to_datetime

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from aright.core.model.on_call import Shift
    from aright.core.model.times import Micros

_WIDTH: Final = 75
"""Of a line (bytes, without its end)."""


def write_calendar(
    schedule: str, shifts: Iterable[Shift], shown: Mapping[str, str], *, stamp: Micros
) -> bytes:
    r"""Return an iCalendar file with one event for each shift that somebody has; gaps are left out.

    An event's UID is made of the schedule, the person and the shift's start, so that a program that reads the
    file again knows it again.

    Args:
        schedule: its name.
        shifts: by start.
        shown: names for people, by person.
        stamp: when it is written (µs, UTC).

    >>> from aright.core.model.on_call import Shift
    >>> made = write_calendar("night", [Shift(schedule="night", person="ada", start=0, end=3_600_000_000)],
    ...     {"ada": "Ada, Countess"}, stamp=0)
    >>> print(*made.decode().splitlines()[10:13])
    DTSTART:19700101T000000Z DTEND:19700101T010000Z SUMMARY:Ada\, Countess
    """
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//aright//on-call//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{_escaped(f'{schedule} on call')}",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
    ]
    for shift in shifts:
        if shift.person:
            lines += _event(shift, shown.get(shift.person) or shift.person, stamp)
    lines.append("END:VCALENDAR")
    return "".join(f"{part}\r\n" for line in lines for part in _folded(line)).encode()


def _event(shift: Shift, shown: str, stamp: Micros) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{_uid(shift)}"
    yield f"DTSTAMP:{_time(stamp)}"
    yield f"DTSTART:{_time(shift.start)}"
    yield f"DTEND:{_time(shift.end)}"
    yield f"SUMMARY:{_escaped(shown)}"
    yield f"DESCRIPTION:{_escaped(f'{shown} has {shift.schedule}: {shift.because}')}"
    yield f"CATEGORIES:{_escaped(shift.schedule)}"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def _uid(shift: Shift) -> str:
    named = "\n".join((shift.schedule, shift.person, str(shift.start)))
    return f"{hashlib.sha256(named.encode('utf-8', 'replace')).hexdigest()[:32]}@aright"


def _time(at: Micros) -> str:
    return f"{to_datetime(at):%Y%m%dT%H%M%SZ}"


def _escaped(text: str) -> str:
    r"""Return text as a value; what no value may hold becomes a space.

    >>> _escaped("a;b\nEND:VEVENT\x00")
    'a\\;b\\nEND:VEVENT '
    """
    for raw, written in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\r\n", "\n")):
        text = text.replace(raw, written)
    plain = "".join(each if each == "\n" or each.isprintable() else " " for each in text)
    return plain.replace("\n", "\\n")


def _folded(line: str) -> Iterator[str]:
    """Yield the parts of a line, each within 75 bytes and none within a character.

    >>> [len(part.encode()) for part in _folded("SUMMARY:" + "ö" * 50)]
    [74, 35]
    """
    part, width = "", 0
    for each in line:
        wide = len(each.encode("utf-8", "replace"))
        if width + wide > _WIDTH:
            yield part
            part, width = " ", 1
        part += each
        width += wide
    yield part
