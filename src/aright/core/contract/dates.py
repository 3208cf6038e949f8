"""Text that says when: ISO 8601 dates and times, and days with the year last."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final, NamedTuple

_ISO = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?)?")
_YEAR_LAST = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})(?:\D.{0,20})?")
EPOCH_UNITS: Final = (("s", 1.0), ("ms", 1e3), ("µs", 1e6), ("ns", 1e9))


class Moment(NamedTuple):
    """What a text says of a time.

    Attributes:
        seconds: since the epoch, UTC (a text without a zone is taken as UTC); None where it is no valid date.
        marks: what it looks like: ``iso`` or ``year_last``; ``clock`` where it has a time of day, ``zone``
            where it has an offset; ``day_month`` and ``month_day``, the orders in which it is a valid date.
    """

    seconds: float | None
    marks: tuple[str, ...]


def moment_of(text: str) -> Moment | None:
    """Return what a text says of a time, or None where it is not written like a date.

    >>> moment_of("2026-11-23T14:02:00Z")
    Moment(seconds=1795442520.0, marks=('iso', 'clock', 'zone'))
    >>> moment_of("23.11.2026").marks, moment_of("2026-23-11").marks, moment_of("x")
    (('year_last', 'day_month'), ('misdated',), None)
    """
    if not 8 <= len(text) <= 40 or not (text[0].isdecimal() and text.isascii()):
        return None
    found = _ISO.fullmatch(text)
    if found:
        try:
            when = datetime.fromisoformat(text.replace(",", "."))
        except ValueError:
            return Moment(None, ("misdated",))
        marks = ("iso", *(("clock",) if len(text) > 10 else ()), *(("zone",) if found[1] else ()))
        return Moment(_seconds(when), marks)
    parts = _YEAR_LAST.fullmatch(text)
    return _year_last(int(parts[1]), int(parts[2]), int(parts[3])) if parts else None


def _year_last(first: int, second: int, year: int) -> Moment:
    day_month, month_day = _day(year, second, first), _day(year, first, second)
    marks = ["year_last"]
    marks += ["day_month"] if day_month is not None else []
    marks += ["month_day"] if month_day is not None else []
    return Moment(day_month if day_month is not None else month_day, tuple(marks))


def _day(year: int, month: int, day: int) -> float | None:
    try:
        return _seconds(datetime(year, month, day, tzinfo=UTC))
    except ValueError:
        return None


def _seconds(when: datetime) -> float | None:
    try:
        return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
    except (OverflowError, ValueError):
        return None


def epoch_unit(value: float, at: float) -> tuple[str, float] | None:
    """Return the unit in which a number could be a time near ``at`` (s since the epoch), and that time in s.

    Near is within some nine years, so that ordinary numbers are seldom taken for times.

    >>> epoch_unit(1_795_442_520_000, 1_795_000_000.0)
    ('ms', 1795442520.0)
    >>> epoch_unit(12.5, 1_795_000_000.0) is None
    True
    """
    if not value >= at * 0.84:
        return None
    for unit, scale in EPOCH_UNITS:
        if abs(value / scale - at) <= at * 0.16:
            return unit, value / scale
    return None
