"""Calendars made for tests."""

from __future__ import annotations


def calendar(*events: str) -> bytes:
    """Return a calendar of events, each the lines within its VEVENT."""
    body = "".join(f"BEGIN:VEVENT\n{event}\nEND:VEVENT\n" for event in events)
    return f"BEGIN:VCALENDAR\nVERSION:2.0\n{body}END:VCALENDAR\n".encode()


def series(starts: str, rule: str, *more: str) -> bytes:
    """Return a calendar of one event of an hour, or a day, that comes again."""
    length = "DURATION:PT1H" if "T" in starts.rpartition(":")[2] else "DURATION:P1D"
    return calendar("\n".join((starts, length, f"RRULE:{rule}", *more)))
